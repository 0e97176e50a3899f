{# Schemas are named as written in dbt_project.yml, never prefixed with the target's schema. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{# Figures are rounded before they are stored, so that the same landing gives the same bytes everywhere. #}
{% macro r10(expression) -%}
    round(cast({{ expression }} as double), 10)
{%- endmacro %}
