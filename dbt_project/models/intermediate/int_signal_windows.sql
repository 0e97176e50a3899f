-- For every series a signal reads: the observations behind each day, as known at that day's cutoff.
-- window_days reaches back from the newest observation of the day.
with inputs as (
    select series_id, max(window_days) as window_days
    from {{ ref('driver_inputs') }}
    where window_days > 0
    group by series_id
),

offsets as (
    select row_number() over (order by date) - 1 as days_back
    from {{ ref('int_days') }}
),

wanted as (
    select
        newest.series_id,
        newest.date,
        cast(newest.observation_date - cast(offsets.days_back as integer) as date) as observation_date
    from {{ ref('int_as_known_daily') }} as newest
    inner join inputs
        on newest.series_id = inputs.series_id
    inner join offsets
        on offsets.days_back < inputs.window_days
)

select
    wanted.series_id,
    wanted.date,
    wanted.observation_date,
    v.value,
    v.known_at
from wanted
inner join {{ ref('int_vintages') }} as v
    on wanted.series_id = v.series_id
    and wanted.observation_date = v.observation_date
    and v.value is not null
    and {{ valid_on('v', 'wanted.date') }} -- as-of filter: windows
