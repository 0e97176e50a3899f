-- Bills and BTC in fixed shares, restored at each midnight UTC at no cost. Bills earn the 3-month Treasury yield of the
-- day before, simple, actual/365, on every calendar day, weekends included.
with closes as (
    select
        observation_date as date,
        value,
        first_value,
        known_at,
        first_known_at,
        lag(value) over (order by observation_date) as value_before,
        lag(first_value) over (order by observation_date) as first_value_before,
        lag(known_at) over (order by observation_date) as known_at_before,
        lag(first_known_at) over (order by observation_date) as first_known_at_before,
        lag(observation_date) over (order by observation_date) as date_before
    from {{ ref('int_observations') }}
    where series_id = 'binance.BTCUSDT.close' and value is not null
),

yields as (
    select observation_date as date, value, first_value, known_at, first_known_at
    from {{ ref('int_observations') }}
    where series_id = 'fred.DGS3MO' and value is not null
),

-- The newest yield of a day or before it: a level carries, and says how old it is.
yield_days as (
    select days.date, max(yields.date) over (order by days.date) as yield_date
    from {{ ref('int_days') }} as days
    left join yields
        on days.date = yields.date
),

-- What bills earn on a day rests on the yield of the day before.
accruals as (
    select
        cast(yield_days.date + 1 as date) as date,
        yields.date as yield_date,
        yields.known_at,
        yields.first_known_at,
        sum(yields.value / 36500) over (order by yield_days.date) as accrued,
        sum(yields.first_value / 36500) over (order by yield_days.date) as first_accrued
    from yield_days
    inner join yields
        on yield_days.yield_date = yields.date
),

-- A day without a close has no return; the next one spans it, for both legs. Nothing is restored in between.
legs as (
    select
        closes.date,
        closes.value / closes.value_before - 1 as btc_return,
        closes.first_value / closes.first_value_before - 1 as first_btc_return,
        accruals.accrued - coalesce(base.accrued, 0) as bill_return,
        accruals.first_accrued - coalesce(base.first_accrued, 0) as first_bill_return,
        accruals.yield_date,
        greatest(closes.known_at, closes.known_at_before, accruals.known_at) as known_at,
        greatest(closes.first_known_at, closes.first_known_at_before, accruals.first_known_at) as first_known_at
    from closes
    inner join accruals
        on closes.date = accruals.date
    left join accruals as base
        on closes.date_before = base.date
    where closes.date_before >= (select min(date) from yields)
),

calendar as (
    select days.date, row_number() over (order by days.date) as place
    from {{ ref('int_days') }} as days
    where days.date >= (select min(date) - 1 from legs)
),

mixes as (
    select
        mixes.mix,
        mixes.btc_share_pct,
        calendar.date,
        calendar.place,
        legs.btc_return,
        legs.bill_return,
        legs.yield_date,
        mixes.btc_share_pct / 100.0 * legs.btc_return + (1 - mixes.btc_share_pct / 100.0) * legs.bill_return as mix_return,
        mixes.btc_share_pct / 100.0 * legs.first_btc_return + (1 - mixes.btc_share_pct / 100.0) * legs.first_bill_return
            as first_mix_return,
        legs.known_at,
        legs.first_known_at
    from {{ ref('barbell_mixes') }} as mixes
    cross join calendar
    left join legs
        on calendar.date = legs.date
),

indexed as (
    select
        *,
        case when place = 1 or mix_return is not null then
            100 * exp(coalesce(sum(ln(1 + mix_return)) over (partition by mix order by date), 0))
        end as mix_index,
        case when place = 1 or btc_return is not null then
            100 * exp(coalesce(sum(ln(1 + btc_return)) over (partition by mix order by date), 0))
        end as btc_index
    from mixes
),

highs as (
    select
        *,
        max(mix_index) over (partition by mix order by date) as high_index,
        max(btc_index) over (partition by mix order by date) as btc_high_index,
        max(known_at) over (partition by mix order by date) as index_known_at
    from indexed
),

-- The day of the high in force: highs rise, so the newest day that stood at its own high is the day of the high.
dated as (
    select
        *,
        max(case when mix_index = high_index then date end) over (partition by mix order by date) as high_date
    from highs
),

-- A high is regained on the day of the next one.
recoveries as (
    select mix, high_date, lead(high_date) over (partition by mix order by high_date) as regained_date
    from (select distinct mix, high_date from dated) as high_dates
)

select
    dated.mix,
    dated.date,
    {{ r10('dated.btc_share_pct') }} as btc_share_pct,
    {{ r10('100 * dated.mix_return') }} as return_pct,
    {{ r10('100 * dated.btc_return') }} as btc_return_pct,
    {{ r10('100 * dated.bill_return') }} as bill_return_pct,
    dated.yield_date as bill_yield_observation_date,
    {{ r10('100 * (dated.mix_return - dated.btc_return)') }} as return_less_btc_pp,
    {{ r10('dated.mix_index') }} as mix_index,
    {{ r10('dated.btc_index') }} as btc_index,
    {{ r10('100 * (dated.mix_index / dated.high_index - 1)') }} as drawdown_pct,
    {{ r10('100 * (dated.btc_index / dated.btc_high_index - 1)') }} as btc_drawdown_pct,
    dated.high_date,
    cast(dated.date - dated.high_date as integer) as days_since_high,
    case when dated.date > dated.high_date then recoveries.regained_date end as regained_date,
    case when dated.date > dated.high_date then cast(recoveries.regained_date - dated.high_date as integer) end
        as days_to_recover,
    case
        when dated.date = dated.high_date then 'at_high'
        when recoveries.regained_date is not null then 'recovered'
        else 'open'
    end as recovery_status,
    case
        when dated.place = 1 then 'first_day'
        when dated.mix_return is null then 'not_reported'
    end as return_null_reason,
    dated.known_at,
    dated.index_known_at,
    dated.first_known_at,
    {{ r10('100 * dated.first_mix_return') }} as first_return_pct
from dated
left join recoveries
    on dated.mix = recoveries.mix and dated.high_date = recoveries.high_date
order by dated.mix, dated.date
