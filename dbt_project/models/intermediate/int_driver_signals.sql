-- One row a driver and day: its signal as known at the day's cutoff, how old its oldest input is, and its status.
-- From the day on which the catalog counts on a BTC close, or from the first one where that came before; drivers whose window counts releases from the first day of all, since a slow driver's
-- releases before that are part of its past.
with days as (
    select date
    from {{ ref('int_days') }}
),

first_close as (
    select
        case
            when min(known.date) < min(catalog.expected_from) then min(known.date)
            else min(catalog.expected_from)
        end as date
    from {{ ref('series_catalog') }} as catalog
    left join {{ ref('int_as_known_daily') }} as known
        on catalog.series_id = known.series_id
    where catalog.series_id = 'binance.BTCUSDT.close'
),

driver_days as (
    select drivers.*, days.date, days.date >= first_close.date as is_shown
    from {{ ref('drivers') }} as drivers
    cross join days
    cross join first_close
    where days.date >= first_close.date or drivers.window_kind = 'releases'
),

signals as (
    select driver_id, date, signal from {{ ref('int_signals_levels') }}
    union all
    select driver_id, date, signal from {{ ref('int_signals_flows') }}
    union all
    select driver_id, date, signal from {{ ref('int_signals_other') }}
    union all
    select driver_id, date, signal from {{ ref('int_signals_slow') }}
),

-- Incidents are seen through the day before the newest fetch: a day without a hack is news too.
hacks_observed as (
    select max(cast(fetched_at as date)) - 1 as through_date
    from {{ source('raw', 'response_coverage') }}
    where series_id = 'defillama.hack_incidents'
),

inputs as (
    select
        inputs.driver_id,
        days.date,
        inputs.series_id,
        inputs.role,
        case
            when inputs.role = 'incidents' and days.date > hacks_observed.through_date then hacks_observed.through_date
            when inputs.role = 'incidents' and hacks_observed.through_date is not null then days.date
            -- A forecast of a quarter is as old as its printing.
            when inputs.role = 'forecast' then {{ knowledge_date('k.known_at') }}
            -- The newest month that is over, of a daily flow.
            when inputs.role = 'month' then cast({{ dbt.date_trunc('month', 'k.observation_date') }} as date) - 1
            else {{ period_end('k.observation_date', 'series.frequency') }}
        end as described_until
    from {{ ref('driver_inputs') }} as inputs
    inner join driver_days as days
        on inputs.driver_id = days.driver_id
    cross join hacks_observed
    left join {{ ref('series_catalog') }} as series
        on inputs.series_id = series.series_id
    left join {{ ref('int_as_known_daily') }} as k
        on inputs.series_id = k.series_id and days.date = k.date
),

-- Inputs of the role `either` stand in for one another: the newest of them counts.
interchangeable as (
    select driver_id, date, max(described_until) as described_until
    from inputs
    where role = 'either'
    group by driver_id, date
),

needed as (
    select driver_id, date, described_until from inputs where role not in ('either', 'refund')
    union all
    select driver_id, date, described_until from interchangeable
),

ages as (
    select
        driver_id,
        date,
        min(described_until) as oldest_input_date,
        count(case when described_until is null then 1 end) as absent_inputs
    from needed
    group by driver_id, date
),

dated as (
    select
        days.driver_id,
        days.theme,
        days.direction,
        days.window_kind,
        days.window_length,
        days.minimum_observations,
        days.stale_after_days,
        days.date,
        days.is_shown,
        signals.signal,
        case when ages.absent_inputs = 0 then ages.oldest_input_date end as oldest_input_date,
        case when ages.absent_inputs = 0 then days.date - ages.oldest_input_date end as age_days
    from driver_days as days
    left join signals
        on days.driver_id = signals.driver_id and days.date = signals.date
    left join ages
        on days.driver_id = ages.driver_id and days.date = ages.date
)

select
    driver_id,
    theme,
    date,
    is_shown,
    direction,
    window_kind,
    window_length,
    minimum_observations,
    oldest_input_date,
    cast(age_days as integer) as age_days,
    case
        when age_days is null or signal is null or age_days > 2 * stale_after_days then 'missing'
        when age_days > stale_after_days then 'stale'
        else 'fresh'
    end as status,
    case when age_days <= 2 * stale_after_days then signal end as signal,
    case
        when age_days is null then 'no_data'
        when age_days > 2 * stale_after_days then 'too_old'
        when signal is null then 'window_incomplete'
    end as null_reason
from dated
