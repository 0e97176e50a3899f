{# Equal-weighted mean of what a basket's components have, null without any. Written out, so that it depends on no order
   of rows. #}
{% macro basket_return(columns) -%}
    ({% for column in columns %}coalesce({{ column }}, 0){{ ' + ' if not loop.last }}{% endfor %})
    / nullif({{ basket_count(columns) }}, 0)
{%- endmacro %}

{# How many components of a basket have a figure. #}
{% macro basket_count(columns) -%}
    ({% for column in columns %}case when {{ column }} is null then 0 else 1 end{{ ' + ' if not loop.last }}{% endfor %})
{%- endmacro %}
