{# Why a computed figure of an as-known fact is null: nothing known yet, or the parts do not allow it. #}
{% macro null_reason(figure, nothing_known, otherwise) -%}
    case
        when {{ figure }} is not null then null
        when {{ nothing_known }} then 'no_figure_known'
        else '{{ otherwise }}'
    end
{%- endmacro %}
