-- Signals of prices: a series' level, its change over 20 sessions, or its return over 20 sessions less another's, all as
-- known on the day.
with levels as (
    select
        drivers.driver_id,
        k.date,
        case drivers.transform
            when 'level' then k.value
            when 'level_less_7_75' then k.value - 7.75
        end as signal
    from {{ ref('drivers') }} as drivers
    inner join {{ ref('driver_inputs') }} as inputs
        on drivers.driver_id = inputs.driver_id
    inner join {{ ref('int_as_known_daily') }} as k
        on inputs.series_id = k.series_id
    where drivers.transform in ('level', 'level_less_7_75')
),

sessions as (
    select
        drivers.driver_id,
        drivers.transform,
        w.date,
        max(case when w.recency = 1 then w.value end) as newest,
        max(case when w.recency = 21 then w.value end) as twenty_sessions_before
    from {{ ref('drivers') }} as drivers
    inner join {{ ref('driver_inputs') }} as inputs
        on drivers.driver_id = inputs.driver_id
    inner join {{ ref('int_signal_windows') }} as w
        on inputs.series_id = w.series_id
    where drivers.transform in ('change_20_sessions', 'log_change_20_sessions') and w.recency in (1, 21)
    group by drivers.driver_id, drivers.transform, w.date
),

-- Both series on the sessions that both have.
pairs as (
    select
        inputs.driver_id,
        w.date,
        w.observation_date,
        max(case when inputs.role = 'level' then w.value end)
        / max(case when inputs.role = 'against' then w.value end) as ratio
    from {{ ref('drivers') }} as drivers
    inner join {{ ref('driver_inputs') }} as inputs
        on drivers.driver_id = inputs.driver_id
    inner join {{ ref('int_signal_windows') }} as w
        on inputs.series_id = w.series_id
    where drivers.transform = 'relative_20_sessions'
    group by inputs.driver_id, w.date, w.observation_date
),

common_sessions as (
    select
        driver_id,
        date,
        ratio,
        row_number() over (partition by driver_id, date order by observation_date desc) as recency
    from pairs
    where ratio is not null
),

relative as (
    select
        driver_id,
        date,
        100 * ln(max(case when recency = 1 then ratio end) / max(case when recency = 21 then ratio end)) as signal
    from common_sessions
    where recency in (1, 21)
    group by driver_id, date
)

select driver_id, date, signal
from levels
union all
select
    driver_id,
    date,
    case transform
        when 'change_20_sessions' then newest - twenty_sessions_before
        when 'log_change_20_sessions' then 100 * ln(newest / twenty_sessions_before)
    end as signal
from sessions
union all
select driver_id, date, signal
from relative
