{# Why a figure is null, in the row itself. The words are the same everywhere; each is decided by what was known on the
   row's own day, by calendars, and by what the sample holds by design, never by what came later.

   holiday, hong_kong_holiday   the market or the publisher rests that day
   not_in_sample                not among the figures of the sample, by design (series_catalog.expected_from)
   not_reported                 no figure of that day is known: not out yet, or left out
   no_figure_known              nothing was known at the cutoff of the row's day (as-known facts)
   blank_at_the_publisher       the publisher printed a blank
   first_..., fewer_than_..., ..._missing, no_...   the parts that the figure is made of do not allow it #}

{# Why a computed figure of an as-known fact is null: nothing known yet, or the parts do not allow it. #}
{% macro null_reason(figure, nothing_known, otherwise) -%}
    case
        when {{ figure }} is not null then null
        when {{ nothing_known }} then 'no_figure_known'
        else '{{ otherwise }}'
    end
{%- endmacro %}

{# One row: for each column, as `<column>_begins`, the day before which the sample has no figure of its series, by design;
   of several series, which stand in for each other, the earliest such day. Null in a live home, which is to have all. #}
{% macro sample_begins(columns) -%}
    select
        {%- for column, series in columns.items() %}
        {%- set ids = [series] if series is string else series %}
        min(
            case when clock.home_kind = 'sample' and catalog.series_id in ('{{ ids | join("', '") }}')
                then coalesce(catalog.expected_from, cast('9999-12-31' as date)) end
        ) as {{ column }}_begins{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('series_catalog') }} as catalog
    cross join {{ source('run', 'clock') }} as clock
{%- endmacro %}

{# Why a level of an as-known fact is null; `<level>_begins` is of sample_begins. #}
{% macro level_null_reason(level, figure=none, date='date') -%}
    case
        when {{ figure or level }} is not null then null
        when {{ date }} < {{ level }}_begins then 'not_in_sample'
        else 'no_figure_known'
    end
{%- endmacro %}

{# Why a figure of an observation fact is null. `open`: whether its publisher has a figure to print for the day; `begins`:
   the day of sample_begins. #}
{% macro observation_null_reason(figure, date, begins=none, open=none, holiday='holiday') -%}
    case
        when {{ figure }} is not null then null
        {%- if open %}
        when not {{ open }} then '{{ holiday }}'
        {%- endif %}
        {%- if begins %}
        when {{ date }} < {{ begins }} then 'not_in_sample'
        {%- endif %}
        else 'not_reported'
    end
{%- endmacro %}

{# Which of the keys have no figure, and why: 'gold: no_direction, positioning: no_driver'; null when all have one.
   `<key><stem>_null_reason` says why `<key><stem><unit>` is null. #}
{% macro listed_nulls(keys, stem, unit='') -%}
    nullif(substr(
        {%- for key in keys %}
        case when {{ key }}{{ stem }}{{ unit }} is null
            then ', {{ key }}: ' || coalesce({{ key }}{{ stem }}_null_reason, 'missing') else '' end
        {{- ' ||' if not loop.last }}
        {%- endfor %},
        3
    ), '')
{%- endmacro %}

{# Why one or more of the three flow layers of a day or a period are null; `status` is the attribution's. #}
{% macro etf_associated_null_reason(status) -%}
    case
        when etf_associated_as_dated_bps + etf_associated_realigned_bps + etf_associated_without_late_bps is not null
            then null
        when {{ status }} in ('closed', 'thin') then {{ status }}
        else 'no_flow_surprise'
    end
{%- endmacro %}
