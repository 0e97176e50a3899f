select
    catalog.publisher,
    cast(count(catalog.series_id) as integer) as series_in_catalog,
    coalesce(
        max(outcomes.outcome), case when {{ clock('is_past') }} then 'not_asked' else 'never_run' end
    ) as outcome,
    max(outcomes.error) as error
from {{ ref('series_catalog') }} as catalog
left join {{ source('raw', 'source_outcomes') }} as outcomes
    on catalog.publisher = outcomes.publisher and not {{ clock('is_past') }}
group by catalog.publisher
order by catalog.publisher
