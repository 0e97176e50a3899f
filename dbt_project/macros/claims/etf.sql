{# Claims on the flows of US spot bitcoin funds, as printed. #}

{% macro claim_etf_outflow_since_21(k, metric) -%}
    select sum(value) as value, count(value) as n, min(observation_date) as first_date, max(observation_date) as last_date
    from figures_{{ k }}
    where series_id = 'farside.BTC.TOTAL'
        and observation_date between {{ claim_seed('article_date', 'etf_outflow_since_21', metric) }}
            and cast('2025-02-26' as date)
    having count(value) = 4
{%- endmacro %}

{# How many of the earlier sums of four sessions were as low. #}
{% macro claim_etf_extreme(k, metric) -%}
    select
        100 * avg(case when place > 1 and flow_4 <= newest then 1.0 when place > 1 then 0.0 end) as value,
        count(case when place > 1 then 1 end) as n,
        min(observation_date) as first_date,
        max(observation_date) as last_date
    from (
        select
            *,
            max(case when place = 1 then flow_4 end) over () as newest
        from (
            select
                observation_date,
                sum(value) over (order by observation_date rows between 3 preceding and current row) as flow_4,
                count(value) over (order by observation_date rows between 3 preceding and current row) as sessions,
                row_number() over (order by observation_date desc) as place
            from figures_{{ k }}
            where series_id = 'farside.BTC.TOTAL' and observation_date <= cast('2025-02-26' as date)
        ) as sums
        where sessions = 4
    ) as placed
    having count(*) > 0
{%- endmacro %}

{# Sessions from the article's day to the first of the outflows in a row that reach to the newest flow. #}
{% macro claim_etf_began_with_hack(k, metric) -%}
    select
        min(case when session > last_inflow then session end)
        - max(case when observation_date = {{ claim_seed('article_date', 'etf_began_with_hack', metric) }} then session end)
            as value,
        count(case when session > last_inflow then 1 end) as n,
        min(case when session > last_inflow then observation_date end) as first_date,
        max(observation_date) as last_date
    from (
        select
            observation_date,
            session,
            max(case when value >= 0 then session end) over () as last_inflow
        from (
            select observation_date, value, row_number() over (order by observation_date) as session
            from figures_{{ k }}
            where series_id = 'farside.BTC.TOTAL'
        ) as sessions
    ) as flows
{%- endmacro %}
