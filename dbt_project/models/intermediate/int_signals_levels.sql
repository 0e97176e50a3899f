-- Signals that need one series and one rule: its level, or its change over 20 sessions as known on the day.
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
