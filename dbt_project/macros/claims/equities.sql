{# Claims on US technology, Hong Kong and gold. #}

{# Log return of one share over another, in standard deviations that independent days of the 250 sessions before would
   give: (sum - n x mean) / (sd x sqrt(n)). `from_date`: the last close before the span. #}
{% macro claim_relative_return(k, long, short, from_date, sessions) -%}
    select
        (sum(case when in_span then r end) - count(case when in_span then 1 end) * max(mean)) / (
            max(sd) * sqrt(count(case when in_span then 1 end))
        ) as value,
        max(days) as n,
        min(case when in_span then observation_date end) as first_date,
        max(observation_date) as last_date
    from (
        select
            *,
            avg(case when in_past then r end) over () as mean,
            stddev_samp(case when in_past then r end) over () as sd,
            count(case when in_past then r end) over () as days
        from (
            select
                *,
                {% if from_date %}observation_date > {{ from_date }}{% else %}place <= {{ sessions }}{% endif %} as in_span,
                {% if from_date -%}
                observation_date <= {{ from_date }}
                and place <= 250 + max(case when observation_date <= {{ from_date }} then 0 else place end) over ()
                {%- else -%}
                place > {{ sessions }} and place <= 250 + {{ sessions }}
                {%- endif %} as in_past
            from (
                select
                    a.observation_date,
                    ln(a.value / b.value) - lag(ln(a.value / b.value)) over (order by a.observation_date) as r,
                    row_number() over (order by a.observation_date desc) as place
                from figures_{{ k }} as a
                inner join figures_{{ k }} as b
                    on a.observation_date = b.observation_date and b.series_id = '{{ short }}'
                where a.series_id = '{{ long }}'
            ) as returns
            where r is not null
        ) as spans
    ) as measured
{%- endmacro %}

{% macro claim_ai_us_down_cn_up(k, metric) -%}
    {{ claim_relative_return(
        k, 'yahoo.QQQ.close', 'yahoo.KWEB.adjclose', claim_seed('article_date', 'ai_us_down_cn_up', metric), none
    ) }}
{%- endmacro %}

{% macro claim_ai_open_source_week(k, metric) -%}
    {{ claim_relative_return(k, 'yahoo.NVDA.adjclose', 'yahoo.SPY.close', none, 4) }}
{%- endmacro %}

{# Contributions are settled over days, not by the claims' clock: then and now are the same. #}
{% macro claim_ai_explains_btc() -%}
    {%- for metric in ['alone', 'last'] %}
    {%- for k in ['then', 'now'] %}
    select
        '{{ metric }}' as metric, '{{ k }}' as knowledge,
        parts.{{ metric }}_bps as value, parts.{{ metric }}_lower_bps as lower, parts.{{ metric }}_upper_bps as upper,
        periods.sessions as n, periods.first_date, periods.last_date,
        case
            when periods.status = 'thin' then 'Too few sessions lie behind the week to attribute it.'
            when parts.{{ metric }}_bps is null then 'The attribution has no figure for it: ' || parts.null_reason || '.'
        end as reason
    from {{ ref('mart_correction_periods') }} as periods
    inner join {{ ref('mart_period_contributions') }} as parts
        on periods.period_id = parts.period_id and parts.theme = 'ai'
    where periods.first_date = cast('2025-02-21' as date) and periods.last_date = cast('2025-02-28' as date)
        and periods.kind = 'named'
    {{ 'union all' if not (k == 'now' and metric == 'last') }}
    {%- endfor %}
    {%- endfor %}
{%- endmacro %}

{% macro claim_cn_southbound_high(k, metric) -%}
    select
        100 * avg(case when place > 1 and buying_20 <= newest then 1.0 when place > 1 then 0.0 end) as value,
        count(case when place > 1 then 1 end) as n,
        min(observation_date) as first_date,
        max(observation_date) as last_date
    from (
        select
            *,
            row_number() over (order by observation_date desc) as place,
            first_value(buying_20) over (order by observation_date desc) as newest
        from (
            select
                observation_date,
                sum(value) over (order by observation_date rows between 19 preceding and current row) as buying_20,
                count(value) over (order by observation_date rows between 19 preceding and current row) as sessions
            from figures_{{ k }}
            where series_id = 'eastmoney.southbound_net'
        ) as sums
        where sessions = 20
    ) as placed
    having count(*) > 1
{%- endmacro %}

{% macro claim_gold_750(k, metric) -%}
    select
        fine_troy_ounces * ({{ claim_seed('article_figure', 'gold_750', metric) }} - 42.2222) / 1e9 as value,
        1 as n,
        record_date as first_date,
        record_date as last_date
    from gold_reserve
{%- endmacro %}

{# 31.1034768 grams are a troy ounce. #}
{% macro claim_gold_tonnes(k, metric) -%}
    select
        fine_troy_ounces * 31.1034768 / 1e6 as value, 1 as n, record_date as first_date, record_date as last_date
    from gold_reserve
{%- endmacro %}

{% macro claim_gold_price(k, metric) -%}
    select avg(value) as value, count(value) as n, min(observation_date) as first_date, max(observation_date) as last_date
    from figures_{{ k }}
    where series_id = 'lbma.gold_pm_usd'
        and observation_date between {{ claim_seed('article_date', 'gold_price', metric) }} and cast('2025-02-26' as date)
{%- endmacro %}
