with printed as (
    select
        split_part(series_id, '.', 2) as asset,
        split_part(series_id, '.', 3) as fund,
        observation_date as date,
        value,
        known_at,
        first_known_at,
        first_value
    from {{ ref('int_observations') }}
    where series_id like 'farside.%' and series_id not like '%.TOTAL'
),

-- A fund is launched on its seed's date; one the seed does not know yet, on the first day it printed a figure.
funds as (
    select
        printed.asset,
        printed.fund,
        coalesce(min(seed.launch_date), min(case when printed.value is not null then printed.date end)) as launch_date
    from printed
    left join {{ ref('etf_funds') }} as seed
        on printed.asset = seed.asset and printed.fund = seed.fund
    group by printed.asset, printed.fund
),

ranges as (
    select asset, min(date) as first_date
    from printed
    where value is not null
    group by asset
),

grid as (
    select
        funds.asset,
        funds.fund,
        days.date,
        funds.launch_date,
        days.us_equity as is_session
    from funds
    inner join ranges
        on funds.asset = ranges.asset
    inner join {{ ref('int_days') }} as days
        on days.date >= ranges.first_date and days.iso_weekday <= 5
)

select
    grid.asset,
    grid.fund,
    grid.date,
    case
        when grid.launch_date is null or grid.date < grid.launch_date then 'not_launched'
        when not grid.is_session then 'holiday'
        when printed.value is not null then 'reported'
        else 'not_reported'
    end as status,
    case when grid.is_session and grid.date >= grid.launch_date then printed.value end as net_flow_usd_mn,
    printed.known_at,
    printed.first_known_at,
    printed.first_value as first_net_flow_usd_mn
from grid
left join printed
    on grid.asset = printed.asset and grid.fund = printed.fund and grid.date = printed.date
order by grid.asset, grid.fund, grid.date
