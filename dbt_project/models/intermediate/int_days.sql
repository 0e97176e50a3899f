-- UTC days of the warehouse, to the last complete one, with their market sessions.
select
    cast(c.date as date) as date,
    c.us_equity,
    c.us_federal,
    c.hong_kong,
    c.stock_connect,
    c.target,
    c.london,
    c.iso_weekday,
    {%- for calendar in ['us_equity', 'us_federal', 'hong_kong', 'stock_connect', 'target', 'london'] %}
    sum(case when c.{{ calendar }} then 1 else 0 end) over (order by c.date) as {{ calendar }}_session{{ ',' if not loop.last }}
    {%- endfor %}
from {{ source('raw', 'market_calendar') }} as c
where c.date >= cast('2022-01-01' as date) and c.date <= {{ clock('last_day') }}
