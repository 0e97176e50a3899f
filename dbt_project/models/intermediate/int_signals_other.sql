-- Signals with a rule of their own: security losses, stablecoins, volatility, claims, policy uncertainty, liquidity.
with days as (
    select date
    from {{ ref('int_days') }}
),

hacks_observed as (
    select min(covers_from) as from_date, max(cast(fetched_at as date)) - 1 as through_date
    from {{ source('raw', 'response_coverage') }}
    where series_id = 'defillama.hack_incidents'
),

hack_losses as (
    select
        days.date,
        ln(1 + coalesce(sum(incidents.loss_usd), 0)) as signal
    from days
    inner join hacks_observed
        on days.date >= hacks_observed.from_date + 29 and days.date <= hacks_observed.through_date
    left join {{ ref('stg_hack_incidents') }} as incidents
        on incidents.observation_date between days.date - 29 and days.date
        and incidents.status = 'listed'
        and incidents.loss_usd >= 1000000
        and {{ valid_on('incidents', 'days.date') }} -- as-of filter: incidents of the window
    group by days.date
),

-- A reserve of three months of expenses, the lower end of the article's range, by the newest year known on the day.
exchange_reserves as (
    select
        known_date,
        lead(known_date) over (order by fiscal_year) as superseded_date,
        operating_expenses_usd * 3 / 12 as reserve_usd
    from ({{ exchange_years() }}) as years
),

largest_hacks as (
    select
        days.date,
        coalesce(max(incidents.loss_usd), 0) / exchange_reserves.reserve_usd as signal
    from days
    inner join hacks_observed
        on days.date >= hacks_observed.from_date + 364 and days.date <= hacks_observed.through_date
    inner join exchange_reserves
        on {{ valid_on('exchange_reserves', 'days.date') }} -- as-of filter: reserves
    left join {{ ref('stg_hack_incidents') }} as incidents
        on incidents.observation_date between days.date - 364 and days.date
        and incidents.status = 'listed'
        and {{ valid_on('incidents', 'days.date') }} -- as-of filter: incidents of the year
    group by days.date, exchange_reserves.reserve_usd
),

windows as (
    select
        w.series_id,
        w.date,
        w.observation_date,
        w.value,
        max(w.observation_date) over (partition by w.series_id, w.date) - w.observation_date as days_back,
        lag(w.value) over (partition by w.series_id, w.date order by w.observation_date) as value_before,
        lag(w.observation_date) over (partition by w.series_id, w.date order by w.observation_date) as date_before
    from {{ ref('int_signal_windows') }} as w
    where w.series_id in (
        'defillama.stablecoins_total_usd', 'binance.BTCUSDT.close', 'fred.ICSA', 'fred.USEPUINDXD',
        'hkma.hibor_fixing_overnight', 'hkma.hibor_overnight', 'fred.SOFR'
    )
),

stablecoins as (
    select
        date,
        100 * ln(max(case when days_back = 0 then value end) / max(case when days_back = 30 then value end)) as signal
    from windows
    where series_id = 'defillama.stablecoins_total_usd'
    group by date
),

volatility as (
    select
        date,
        case when count(value_before) = 30
            then 100 * sqrt(365) * stddev_samp(ln(value / value_before))
        end as signal
    from windows
    where series_id = 'binance.BTCUSDT.close' and (date_before is null or observation_date - date_before = 1)
    group by date
),

claims as (
    select
        date,
        case when count(case when days_back in (0, 7, 14, 21) then 1 end) = 4
                and count(case when days_back in (91, 98, 105, 112) then 1 end) = 4
            then 100 * ln(
                avg(case when days_back in (0, 7, 14, 21) then value end)
                / avg(case when days_back in (91, 98, 105, 112) then value end)
            )
        end as signal
    from windows
    where series_id = 'fred.ICSA'
    group by date
),

uncertainty as (
    select date, case when count(value) = 7 then ln(avg(value)) end as signal
    from windows
    where series_id = 'fred.USEPUINDXD'
    group by date
),

-- Both rates of the newest day on which both are known; the fixing before the market quote, which is out sooner.
hong_kong_money as (
    select
        hibor.date,
        hibor.value - sofr.value as signal,
        row_number() over (
            partition by hibor.date order by hibor.observation_date desc, hibor.series_id
        ) as recency
    from windows as hibor
    inner join windows as sofr
        on hibor.date = sofr.date and hibor.observation_date = sofr.observation_date
    where hibor.series_id in ('hkma.hibor_fixing_overnight', 'hkma.hibor_overnight') and sofr.series_id = 'fred.SOFR'
),

liquidity as (
    select
        date,
        100 * ln(
            max(case when wednesday = newest_wednesday then net_liquidity_usd_mn end)
            / max(case when wednesday < newest_wednesday then net_liquidity_usd_mn end)
        ) as signal
    from {{ ref('int_net_liquidity') }}
    group by date
)

select 'hack_loss_30' as driver_id, date, signal from hack_losses
union all
select 'hack_loss_max_365' as driver_id, date, signal from largest_hacks
union all
select 'stable_30' as driver_id, date, signal from stablecoins
union all
select 'btc_vol_30' as driver_id, date, signal from volatility
union all
select 'claims' as driver_id, date, signal from claims
union all
select 'epu' as driver_id, date, signal from uncertainty
union all
select 'hibor_sofr' as driver_id, date, signal from hong_kong_money where recency = 1
union all
select 'net_liquidity' as driver_id, date, signal from liquidity
