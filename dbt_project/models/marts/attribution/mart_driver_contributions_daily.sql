with contributed as (
    select
        days.date,
        days.attribution_status,
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
)

select
    date,
    driver_id,
    theme,
    market_at,
    shock_bps,
    coefficient,
    contribution_bps,
    null_reason,
    case
        when market_at is not null and shock_bps is not null and coefficient is not null then null
        when null_reason is not null then null_reason
        when attribution_status = 'closed' then 'closed'
        else 'market_closed'
    end as shock_null_reason
from contributed
order by date, driver_id
