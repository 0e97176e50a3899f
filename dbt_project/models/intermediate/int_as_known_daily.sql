-- What was the newest figure of a series at the cutoff of each day? Exact under revisions and withdrawals.
--
-- An observation leads from the first day it has a value until a newer one has. Observations that were never blanked
-- again stay candidates for ever, so their upper envelope is a running maximum; the few that were blanked are laid out
-- day by day. The later of the two leads the day, and its value is the vintage valid then.
with printed as (
    select
        series_id,
        observation_date,
        min(case when value is not null then known_date end) as first_date,
        max(case when value is null then known_date end) as last_blank_date
    from {{ ref('int_vintages') }}
    group by series_id, observation_date
),

lasting as (
    select
        series_id,
        observation_date,
        first_date,
        max(observation_date) over (
            partition by series_id
            order by first_date, observation_date desc
            rows between unbounded preceding and 1 preceding
        ) as newest_before
    from printed
    where first_date is not null and (last_blank_date is null or last_blank_date < first_date)
),

leaders as (
    select
        series_id,
        observation_date,
        first_date,
        lead(first_date) over (partition by series_id order by first_date, observation_date) as next_date
    from lasting
    where newest_before is null or observation_date > newest_before
),

blanked_vintages as (
    select
        v.series_id,
        v.observation_date,
        v.known_date,
        v.superseded_date
    from {{ ref('int_vintages') }} as v
    left join lasting as l
        on v.series_id = l.series_id and v.observation_date = l.observation_date
    where v.value is not null and l.series_id is null
),

candidates as (
    select leaders.series_id, days.date, leaders.observation_date
    from leaders
    inner join {{ ref('int_days') }} as days
        on days.date >= leaders.first_date -- as-of filter: leading observations
        and days.date < {{ or_never('leaders.next_date') }}
    union all
    select b.series_id, days.date, b.observation_date
    from blanked_vintages as b
    inner join {{ ref('int_days') }} as days
        on {{ valid_on('b', 'days.date') }} -- as-of filter: blanked observations
),

newest as (
    select series_id, date, max(observation_date) as observation_date
    from candidates
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
