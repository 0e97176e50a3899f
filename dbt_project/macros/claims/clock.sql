{# The article was written on what was known at the end of this day. #}
{% macro claims_day() -%}
    cast('2025-02-27' as date)
{%- endmacro %}

{% macro claims_cutoff() -%}
    cast('2025-02-28 00:00:00' as timestamp)
{%- endmacro %}

{# A figure of the claim's own line of the seed: a quantity the article names, or the day it speaks of. #}
{% macro claim_seed(column, claim_id, metric) -%}
    (select {{ column }} from {{ ref('article_claims') }} where claim_id = '{{ claim_id }}' and metric = '{{ metric }}')
{%- endmacro %}
