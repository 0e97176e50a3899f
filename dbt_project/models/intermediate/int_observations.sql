-- One row an observation: its newest vintage known at the run's as_of, and what was first printed.
with firsts as (
    select
        series_id,
        observation_date,
        min(known_at) as first_known_at
    from {{ ref('int_vintages') }}
    where value is not null
    group by series_id, observation_date
)

select
    newest.series_id,
    newest.observation_date,
    newest.value,
    newest.status,
    newest.known_at,
    newest.known_at_basis,
    newest.landing_id,
    newest.vintage_number as vintages,
    firsts.first_known_at,
    printed.value as first_value
from {{ ref('int_vintages') }} as newest
left join firsts
    on newest.series_id = firsts.series_id and newest.observation_date = firsts.observation_date
left join {{ ref('int_vintages') }} as printed
    on firsts.series_id = printed.series_id
    and firsts.observation_date = printed.observation_date
    and firsts.first_known_at = printed.known_at
where newest.recency = 1
