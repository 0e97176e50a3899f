{# Columns of an as-known fact: value, observation date and age in days of one series, from the pivot `k`. #}
{% macro as_known_columns(series) -%}
    {%- for column, series_id in series.items() %}
    max(case when k.series_id = '{{ series_id }}' then k.value end) as {{ column }},
    max(case when k.series_id = '{{ series_id }}' then k.observation_date end) as {{ column }}_observation_date,
    {%- endfor %}
    max(k.known_at) as known_at
{%- endmacro %}

{# A quoted, comma-separated list of the mapping's series. #}
{% macro series_list(series) -%}
    {% for series_id in series.values() %}'{{ series_id }}'{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# One row a knowledge day: the newest figures of the mapping's series, their observation dates, and when they were known. #}
{% macro as_known_rows(series) -%}
    select
        k.date,
        {{ as_known_columns(series) }}
    from {{ ref('int_as_known_daily') }} as k
    where k.series_id in ({{ series_list(series) }})
    group by k.date
{%- endmacro %}
