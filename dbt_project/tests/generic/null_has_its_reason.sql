{# Every null has its reason in its row, and every reason a null.

   `levels` are columns of an as-known fact: the value, its `_observation_date` and its `_age_days` are null exactly where
   `<column>_null_reason` is given. Each of `reasons` names a column that says why others are null:
     column: the reason; or a status, which then takes `present`, its words for a value that is there
     exact: null exactly where the reason is given, each of them
     any_of: at least one of them is null exactly where the reason is given
     covers: may be null only where the reason is given (a part that is known although the whole is not)
     words: the reasons there are
   Each of `unless` is a condition of other columns under which its `exact` columns, and only then, are null.
   Each of `lists` is a column that names, as `key: reason`, those of its `keys` whose `<key><suffix>` is null.
   `described` is held by no query: what a null of these columns means, their own comment says. #}
{% test null_has_its_reason(
    model, levels=[], level_words=['no_figure_known', 'not_in_sample'], reasons=[], unless=[], lists=[], described=[]
) %}
{%- set all_reasons = [] -%}
{%- for level in levels -%}
    {%- do all_reasons.append({
        'column': level ~ '_null_reason',
        'exact': [level, level ~ '_observation_date', level ~ '_age_days'],
        'words': level_words,
    }) -%}
{%- endfor -%}
{%- do all_reasons.extend(reasons) -%}
{%- set faults = [] -%}
{%- for r in all_reasons -%}
    {%- if r.present -%}
        {%- set given -%}({{ r.column }} not in ('{{ r.present | join("', '") }}')){%- endset -%}
    {%- else -%}
        {%- set given -%}({{ r.column }} is not null){%- endset -%}
    {%- endif -%}
    {%- for value in r.exact or [] -%}
        {%- do faults.append((value, '(' ~ value ~ ' is null) <> ' ~ given)) -%}
    {%- endfor -%}
    {%- if r.any_of -%}
        {%- do faults.append((r.column, '(' ~ (r.any_of | join(' is null or ')) ~ ' is null) <> ' ~ given)) -%}
    {%- endif -%}
    {%- for value in r.covers or [] -%}
        {%- do faults.append((value, value ~ ' is null and not ' ~ given)) -%}
    {%- endfor -%}
    {%- if r.words -%}
        {%- do faults.append((r.column, r.column ~ " not in ('" ~ (r.words | join("', '")) ~ "')")) -%}
    {%- endif -%}
{%- endfor -%}
{%- for u in unless -%}
    {%- for value in u.exact -%}
        {%- do faults.append((value, '(' ~ value ~ ' is null) <> (' ~ u.condition ~ ')')) -%}
    {%- endfor -%}
{%- endfor -%}
{%- for l in lists -%}
    {%- for key in l['keys'] -%}
        {%- do faults.append((key ~ l.suffix, '(' ~ key ~ l.suffix ~ ' is null) <> (coalesce(' ~ "', ' || " ~ l.column
            ~ ", '') like '%, " ~ key ~ ": %')")) -%}
    {%- endfor -%}
{%- endfor -%}
select fault, count(*) as rows_at_fault
from (
    select
        case
            when false then ''
            {%- for column, condition in faults %}
            when {{ condition }} then '{{ column }}'
            {%- endfor %}
        end as fault
    from {{ model }}
) as judged
where fault is not null
group by fault
{% endtest %}
