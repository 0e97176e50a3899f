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
    sum(case when c.stock_connect then 1 else 0 end) over (order by c.date) as stock_connect_session
from {{ source('raw', 'market_calendar') }} as c
where c.date >= cast('2022-01-01' as date) and c.date <= {{ clock('last_day') }}
