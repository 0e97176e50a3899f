{# One publisher's vintages that the run may see, with the day they became usable. The only door from raw to models. #}
{% macro staged_vintages(publisher) -%}
select
    v.series_id,
    v.observation_date,
    v.known_at,
    v.known_at_basis,
    v.value,
    v.status,
    v.landing_id,
    {{ knowledge_date('v.known_at') }} as known_date
from {{ source('raw', publisher) }} as v
where v.known_at <= {{ clock('as_of') }} -- as-of filter: vintages
{%- endmacro %}
