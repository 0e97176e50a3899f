{# The run's clock: `as_of` decides what may be seen at all, `last_day` is the last complete UTC day. #}
{% macro clock(column) -%}
    (select {{ column }} from {{ source('run', 'clock') }})
{%- endmacro %}

{# The knowledge day of an instant: the first day whose cutoff (00:00 UTC of the next day, inclusive) is not before it. #}
{% macro knowledge_date(instant) -%}
    cast({{ instant }} - interval '1' microsecond as date)
{%- endmacro %}

{# True where the vintage `v` is the one a reader had at the cutoff of `day`. Two plain comparisons: a join on ranges is
   fast, one with an `or` in it compares everything with everything. #}
{% macro valid_on(v, day) -%}
    {{ v }}.known_date <= {{ day }} and {{ day }} < {{ or_never(v ~ '.superseded_date') }}
{%- endmacro %}

{# A date that may not have come yet. #}
{% macro or_never(date) -%}
    coalesce({{ date }}, cast('9999-12-31' as date))
{%- endmacro %}

{# The last day of the period that starts on (or, for days and weeks, is) an observation date. #}
{% macro period_end(observation_date, frequency) -%}
    case {{ frequency }}
        when 'monthly' then cast({{ observation_date }} + interval '1' month - interval '1' day as date)
        when 'quarterly' then cast({{ observation_date }} + interval '3' month - interval '1' day as date)
        when 'annual' then cast({{ observation_date }} + interval '12' month - interval '1' day as date)
        else {{ observation_date }}
    end
{%- endmacro %}

{# How many sessions of a series' calendar there were up to a day: two days' difference is their distance in sessions. #}
{% macro session_number(calendar, days) -%}
    case {{ calendar }}
        {%- for name in ['us_equity', 'us_federal', 'hong_kong', 'stock_connect', 'target', 'london'] %}
        when '{{ name }}' then {{ days }}.{{ name }}_session
        {%- endfor %}
    end
{%- endmacro %}
