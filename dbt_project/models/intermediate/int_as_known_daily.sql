-- What was the newest figure of a series at the cutoff of each day? Exact under revisions and withdrawals.
--
-- An observation leads from the first day it has a value until a newer one has. Once it is not blanked any more it stays
-- a candidate for ever, so the one that leads is a running maximum over the days; the few vintages that a blank follows
-- are laid out day by day. The later of the two leads the day, and its value is the vintage valid then.
with printed as (
    select
        series_id,
        observation_date,
        min(case when value is not null then known_date end) as first_date,
        max(case when value is null then known_at end) as last_blank_at
    from {{ ref('int_vintages') }}
    group by series_id, observation_date
),

-- From when on an observation has a value and keeps having one.
kept as (
    select series_id, observation_date, first_date
    from printed
    where last_blank_at is null
    union all
    select printed.series_id, printed.observation_date, min(v.known_date) as first_date
    from printed
    inner join {{ ref('int_vintages') }} as v
        on printed.series_id = v.series_id
        and printed.observation_date = v.observation_date
        and printed.last_blank_at < v.known_at
    where v.value is not null
    group by printed.series_id, printed.observation_date
),

-- The newest of the kept observations that became known on a day; the first day stands for all before it.
lasting as (
    select
        kept.series_id,
        greatest(kept.first_date, span.first_day) as date,
        max(kept.observation_date) as observation_date
    from kept
    cross join (select min(date) as first_day from {{ ref('int_days') }}) as span
    group by kept.series_id, greatest(kept.first_date, span.first_day)
),

led as (
    select
        series.series_id,
        days.date,
        max(lasting.observation_date) over (
            partition by series.series_id order by days.date rows between unbounded preceding and current row
        ) as observation_date
    from (select distinct series_id from lasting) as series
    cross join {{ ref('int_days') }} as days
    left join lasting
        on series.series_id = lasting.series_id and days.date = lasting.date
),

-- Grouped, though each is alone: it has the few picked before the days are joined, in whatever order a planner likes.
before_blanks as (
    select v.series_id, v.observation_date, v.known_date, v.superseded_date
    from printed
    inner join {{ ref('int_vintages') }} as v
        on printed.series_id = v.series_id
        and printed.observation_date = v.observation_date
        and v.known_at < printed.last_blank_at
        and v.value is not null
    group by v.series_id, v.observation_date, v.known_date, v.superseded_date
),

blanked as (
    select v.series_id, days.date, v.observation_date
    from before_blanks as v
    inner join {{ ref('int_days') }} as days
        on {{ valid_on('v', 'days.date') }} -- as-of filter: blanked observations
),

newest as (
    select series_id, date, max(observation_date) as observation_date
    from (select * from led union all select * from blanked) as candidates
    group by series_id, date
)

select
    newest.series_id,
    newest.date,
    newest.observation_date,
    v.value,
    v.known_at,
    v.landing_id
from newest
inner join {{ ref('int_vintages') }} as v
    on newest.series_id = v.series_id
    and newest.observation_date = v.observation_date
    and v.value is not null
    and {{ valid_on('v', 'newest.date') }} -- as-of filter: as-known values
