{# Claims on the crypto market. `k`: then or now. Each gives value, n, and the dates of the observations used. #}

{% macro claim_mkt_correction(k, metric) -%}
    select
        100 * (max(case when recency = 1 then value end) / max(value) - 1) as value,
        count(value) as n,
        min(observation_date) as first_date,
        max(observation_date) as last_date
    from figures_{{ k }}
    where series_id = 'binance.BTCUSDT.close' and observation_date > {{ claims_day() }} - 90
    having count(value) = 90
{%- endmacro %}

{% macro claim_mkt_fear(k, metric) -%}
    {{ claim_newest(k, 'alternative_me.fng') }}
{%- endmacro %}

{% macro claim_mkt_no_structural_break(k, metric) -%}
    select
        100 * (newest.value / earlier.value - 1) as value,
        2 as n,
        earlier.observation_date as first_date,
        newest.observation_date as last_date
    from figures_{{ k }} as newest
    inner join figures_{{ k }} as earlier
        on newest.series_id = earlier.series_id
        and newest.observation_date - earlier.observation_date = {{ 7 if metric == 'supply_7d' else 30 }}
    where newest.series_id = 'defillama.stablecoins_total_usd' and newest.recency = 1
{%- endmacro %}

{# The newest figure of a series. #}
{% macro claim_newest(k, series_id) -%}
    select value, 1 as n, observation_date as first_date, observation_date as last_date
    from figures_{{ k }}
    where series_id = '{{ series_id }}' and recency = 1
{%- endmacro %}
