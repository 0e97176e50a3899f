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

-- One figure an observation: the series itself, or one series over another on the days that both have.
figures as (
    select
        drivers.driver_id,
        drivers.transform,
        w.date,
        w.observation_date,
        max(case when inputs.role = 'level' then w.value end) as level,
        max(case when inputs.role = 'against' then w.value end) as against,
        max(case when inputs.role = 'level' then {{ session_number('series.calendar', 'days') }} end) as session
    from {{ ref('drivers') }} as drivers
    inner join {{ ref('driver_inputs') }} as inputs
        on drivers.driver_id = inputs.driver_id
    inner join {{ ref('series_catalog') }} as series
        on inputs.series_id = series.series_id
    inner join {{ ref('int_signal_windows') }} as w
        on inputs.series_id = w.series_id
    inner join {{ ref('int_days') }} as days
        on w.observation_date = days.date
    where drivers.transform in ('change_20_sessions', 'log_change_20_sessions', 'relative_20_sessions')
    group by drivers.driver_id, drivers.transform, w.date, w.observation_date
),

usable as (
    select
        driver_id,
        transform,
        date,
        observation_date,
        session,
        case when transform = 'relative_20_sessions' then level / against else level end as figure
    from figures
    where level is not null and (transform <> 'relative_20_sessions' or against is not null)
),

newest as (
    select
        driver_id,
        transform,
        date,
        figure,
        session,
        row_number() over (partition by driver_id, date order by observation_date desc) as recency
    from usable
),

-- The newest figure at least twenty sessions back by the calendar, not by rows: a publisher may print on holidays, and
-- a missing session must not move the others. Older than 25 sessions is no answer.
bases as (
    select
        newest.driver_id,
        newest.date,
        past.figure,
        row_number() over (partition by newest.driver_id, newest.date order by past.observation_date desc) as recency
    from newest
    inner join usable as past
        on newest.driver_id = past.driver_id
        and newest.date = past.date
        and past.session between newest.session - 25 and newest.session - 20
    where newest.recency = 1
),

changes as (
    select
        newest.driver_id,
        newest.date,
        case newest.transform
            when 'change_20_sessions' then newest.figure - bases.figure
            else 100 * ln(newest.figure / bases.figure)
        end as signal
    from newest
    inner join bases
        on newest.driver_id = bases.driver_id and newest.date = bases.date and bases.recency = 1
    where newest.recency = 1
)

select driver_id, date, signal
from levels
union all
select driver_id, date, signal
from changes
