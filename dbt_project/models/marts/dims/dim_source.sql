select
    catalog.publisher,
    cast(count(catalog.series_id) as integer) as series_in_catalog,
    coalesce(max(outcomes.outcome), 'never_run') as outcome,
    max(outcomes.error) as error
from {{ ref('series_catalog') }} as catalog
left join {{ source('raw', 'source_outcomes') }} as outcomes
    on catalog.publisher = outcomes.publisher
group by catalog.publisher
order by catalog.publisher
