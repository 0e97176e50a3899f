select
    date,
    cast(extract(year from date) as integer) as year,
    cast(extract(quarter from date) as integer) as quarter,
    cast(extract(month from date) as integer) as month,
    iso_weekday,
    us_equity as is_us_equity_session,
    us_federal as is_us_federal_business_day,
    hong_kong as is_hong_kong_session,
    stock_connect as is_stock_connect_session,
    target as is_target_day,
    london as is_london_session
from {{ ref('int_days') }}
order by date
