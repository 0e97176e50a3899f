with expected as (
    select publisher, count(series_id) as series_in_catalog
    from {{ ref('series_catalog') }}
    group by publisher
),

asked as (
    select expected.publisher, expected.series_in_catalog, clock.is_past
    from expected
    cross join {{ source('run', 'clock') }} as clock
)

select
    asked.publisher,
    cast(asked.series_in_catalog as integer) as series_in_catalog,
    coalesce(outcomes.outcome, case when asked.is_past then 'not_asked' else 'never_run' end) as outcome,
    outcomes.error
from asked
left join {{ source('raw', 'source_outcomes') }} as outcomes
    on asked.publisher = outcomes.publisher and not asked.is_past
order by asked.publisher
