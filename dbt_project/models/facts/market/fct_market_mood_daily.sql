with mood as (
    select
        observation_date as date,
        max(case when series_id = 'alternative_me.fng' then value end) as fear_greed_index,
        max(case when series_id = 'defillama.stablecoins_total_usd' then value end) as stablecoin_supply_usd,
        max(case when series_id = 'defillama.USDT_circulating' then value end) as usdt_circulating_tokens,
        max(case when series_id = 'defillama.USDC_circulating' then value end) as usdc_circulating_tokens,
        max(known_at) as known_at,
        max(first_known_at) as first_known_at
    from {{ ref('int_observations') }}
    where series_id = 'alternative_me.fng'
        or series_id in (
            'defillama.stablecoins_total_usd', 'defillama.USDT_circulating', 'defillama.USDC_circulating'
        )
    group by observation_date
),

calendar as (
    select days.date
    from {{ ref('int_days') }} as days
    where days.date >= (select min(date) from mood)
)

select
    calendar.date,
    mood.fear_greed_index,
    case when mood.fear_greed_index is null then 'not_reported' end as fear_greed_null_reason,
    mood.stablecoin_supply_usd,
    case when mood.stablecoin_supply_usd is null then 'not_reported' end as stablecoin_supply_null_reason,
    {{ r10('100 * (mood.stablecoin_supply_usd / week.stablecoin_supply_usd - 1)') }} as stablecoin_change_7d_pct,
    case
        when mood.stablecoin_supply_usd is null then 'not_reported'
        when week.stablecoin_supply_usd is null then 'week_ago_missing'
    end as stablecoin_change_7d_null_reason,
    {{ r10('100 * (mood.stablecoin_supply_usd / month.stablecoin_supply_usd - 1)') }} as stablecoin_change_30d_pct,
    case
        when mood.stablecoin_supply_usd is null then 'not_reported'
        when month.stablecoin_supply_usd is null then 'month_ago_missing'
    end as stablecoin_change_30d_null_reason,
    mood.usdt_circulating_tokens,
    mood.usdc_circulating_tokens,
    case
        when mood.usdt_circulating_tokens is null or mood.usdc_circulating_tokens is null then 'not_reported'
    end as circulating_null_reason,
    mood.known_at,
    mood.first_known_at
from calendar
left join mood on calendar.date = mood.date
left join mood as week on week.date = calendar.date - 7
left join mood as month on month.date = calendar.date - 30
order by calendar.date
