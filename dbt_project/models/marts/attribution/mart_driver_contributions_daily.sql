select
    days.date,
    drivers.driver_id,
    drivers.theme,
    c.market_at,
    c.shock_bps,
    c.coefficient,
    c.contribution_bps,
    case
        when c.driver_id is not null then c.null_reason
        when drivers.shock_null_reason = 'event_only' then 'event_only'
        when drivers.shock_null_reason in ('price_derived', 'follows_price') then 'price_derived'
        else 'no_daily_shock'
    end as null_reason
from {{ source('attribution', 'days') }} as days
cross join {{ ref('drivers') }} as drivers
left join {{ source('attribution', 'driver_contributions') }} as c
    on days.date = c.date and drivers.driver_id = c.driver_id
order by days.date, drivers.driver_id
