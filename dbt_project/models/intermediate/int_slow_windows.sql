-- For every monthly and quarterly series: the observations of two years back, as known then, for each day on which
-- anything of the series became known. A row holds from since_date up to, but without, until_date; between two such days
-- nothing changes. Both sides of a change are therefore looked up in validity at every known_at of the series: a revision
-- of the year-ago figure alone makes a new state. By date: a month without a figure has no row, and moves no other.
with series as (
    select series_id, case frequency when 'quarterly' then 3 else 1 end as months_apart
    from {{ ref('series_catalog') }}
    where publisher in ('fred', 'fiscaldata') and frequency in ('monthly', 'quarterly')
),

changes as (
    select series.series_id, series.months_apart, greatest(v.known_date, span.first_day) as since_date
    from series
    inner join {{ ref('int_vintages') }} as v
        on series.series_id = v.series_id
    cross join (select min(date) as first_day from {{ ref('int_days') }}) as span
    group by series.series_id, series.months_apart, greatest(v.known_date, span.first_day)
),

states as (
    select
        changes.series_id,
        changes.months_apart,
        changes.since_date,
        lead(changes.since_date) over (partition by changes.series_id order by changes.since_date) as until_date,
        newest.observation_date
    from changes
    left join {{ ref('int_as_known_daily') }} as newest
        on changes.series_id = newest.series_id and changes.since_date = newest.date
),

months as (
    select row_number() over (order by date) - 1 as months_back
    from {{ ref('int_days') }}
),

wanted as (
    select
        states.series_id,
        states.since_date,
        states.until_date,
        states.observation_date as newest_observation_date,
        cast(months.months_back as integer) as months_back,
        cast({{ dbt.dateadd('month', '-cast(months.months_back as integer)', 'states.observation_date') }} as date)
            as observation_date
    from states
    inner join months
        on months.months_back <= 24 and mod(months.months_back, states.months_apart) = 0
    where states.observation_date is not null
)

select
    wanted.series_id,
    wanted.since_date,
    wanted.until_date,
    wanted.newest_observation_date,
    wanted.months_back,
    wanted.observation_date,
    v.value,
    v.known_at
from wanted
inner join {{ ref('int_vintages') }} as v
    on wanted.series_id = v.series_id
    and wanted.observation_date = v.observation_date
    and v.value is not null
    and {{ valid_on('v', 'wanted.since_date') }} -- as-of filter: slow windows
