{# Claims on inflation and growth. #}

{# Releases in a row in the direction of the newest one, falls counted negative. #}
{% macro claim_stg_cpi_rising(k, metric) -%}
    select
        max(case when recency = 1 then direction end) * (min(case when turned then recency end) - 1) as value,
        max(recency) as n,
        min(observation_date) as first_date,
        max(observation_date) as last_date
    from (
        select
            observation_date,
            recency,
            direction,
            direction is null or direction <> max(case when recency = 1 then direction end) over () as turned
        from (
            select
                observation_date,
                recency,
                sign(value - lag(value) over (order by observation_date)) as direction
            from figures_{{ k }}
            where series_id = 'release.CPI_ALL_YOY_NSA'
        ) as steps
    ) as runs
    having count(*) > 1
{%- endmacro %}

{% macro claim_stg_contained(k, metric) -%}
    {{ claim_newest(k, 'fred.T10YIE') }}
{%- endmacro %}

{% macro claim_stg_growth_stalls(k, metric) -%}
    {{ claim_newest(k, 'gdpnow.tracking') }}
{%- endmacro %}

{# By Michigan's clock the figure of February was out; the only copy of it is FRED's, printed later. #}
{% macro claim_stg_expectations(k, metric) -%}
    {{ claim_change(k if metric == 'fred_clock' else 'now', 'fred.MICH', 3) }}
{%- endmacro %}
