{{ config(meta={'dagster': {'ref': {'name': 'mart_pressure_statement'}}}) }}
-- The interval of the link with the next week is of the composites that the daily mart publishes.
select statement.composite, statement.correlation, link.value
from {{ ref('mart_pressure_statement') }} as statement
left join {{ source('attribution', 'pressure_link') }} as link
    on statement.composite = link.composite
where statement.against = 'next_week_bps'
    and (
        link.n is distinct from statement.days
        or abs(statement.correlation - link.value) > 1e-8
        or (link.value is not null and (link.lower is null or link.upper < link.lower))
    )
