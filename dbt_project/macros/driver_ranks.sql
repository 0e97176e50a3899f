{# The drivers that press hardest (or relieve most) on a day, by rank, from a CTE `ranked`. #}
{% macro driver_ranks(kind) -%}
    {%- for rank in [1, 2, 3] %}
    max(case when {{ kind }}_rank = {{ rank }} then driver_id end) as {{ kind }}_{{ rank }}_driver_id,
    max(case when {{ kind }}_rank = {{ rank }} then label end) as {{ kind }}_{{ rank }}_label{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
