{#- One query a metric, in macros/claims, on the figures known at the end of 27 February and on those of now. -#}
{% set queries = [
    'mkt_correction.drawdown', 'mkt_fear.fear_greed', 'mkt_no_structural_break.supply_7d',
    'mkt_no_structural_break.supply_30d', 'sec_bybit_loss.loss', 'sec_infini_loss.loss', 'sec_unusual.ratio',
    'sec_coinbase.revenue', 'sec_coinbase.net_income', 'sec_coinbase.expenses', 'sec_revenue_doubled.growth',
    'sec_reserve_3_12m.low_end', 'sec_reserve_3_12m.high_end', 'sec_loss_exceeds.ratio', 'etf_outflow_since_21.flow',
    'etf_extreme.rank', 'etf_began_with_hack.start', 'fis_bills_share.share', 'fis_bills_share.rise',
    'fis_inverted.share_2024', 'fis_inverted.latest', 'fis_deficit_up.change', 'fis_rstar_up.change',
    'fis_layoffs.change', 'fis_gov_share.us', 'fis_gov_share.china', 'stg_cpi_rising.run', 'stg_contained.breakeven',
    'stg_growth_stalls.gdpnow', 'stg_expectations.fred_clock', 'stg_expectations.michigan_clock',
    'ai_us_down_cn_up.z', 'ai_open_source_week.z', 'cn_southbound_high.percentile', 'gold_750.gain',
    'gold_tonnes.tonnes', 'gold_price.price', 'tar_traded.vix', 'tar_traded.hy_oas', 'tar_traded.epu',
    'usd_up_then_down.up', 'usd_up_then_down.down', 'usd_strong_policy_date.date', 'usd_buffett_letter.date',
    'usd_buffett_bills.change', 'pos_barbell.return', 'pos_buy_low.excess',
] -%}
with
{%- for k in ['then', 'now'] %}
figures_{{ k }} as (
    select series_id, observation_date, value, recency
    from {{ ref('int_claim_figures') }}
    where knowledge = '{{ k }}'
),
{% endfor %}
incidents_then as (
    select observation_date as date, name, loss_usd
    from {{ ref('stg_hack_incidents') }} as incidents
    where status = 'listed' and loss_usd >= 1000000 and {{ valid_on('incidents', claims_day()) }}
),

incidents_now as (
    select date, name, loss_usd
    from {{ ref('fct_security_incidents') }}
    where loss_usd >= 1000000 and date <= {{ claims_day() }}
),

coinbase as (
    select *
    from {{ ref('coinbase_financials') }}
    where fiscal_year <= 2024
),

gold_reserve as (
    select record_date, total_fine_troy_oz as fine_troy_ounces
    from {{ ref('gold_reserve_anchors') }}
    where record_date = (select max(record_date) from {{ ref('gold_reserve_anchors') }} where record_date <= {{ claims_day() }})
),

events as (
    select event_id, event_date
    from {{ ref('policy_events') }}
    where event_date <= {{ claims_day() }}
),

measured as (
    {%- for query in queries %}
    {%- set claim_id, metric = query.split('.') %}
    {%- for k in ['then', 'now'] %}
    select
        '{{ claim_id }}' as claim_id,
        '{{ metric }}' as metric,
        '{{ k }}' as knowledge,
        cast(q.value as double) as value,
        cast(q.n as integer) as n,
        cast(q.first_date as date) as first_date,
        cast(q.last_date as date) as last_date
    from ({{ context['claim_' ~ claim_id](k, metric) }}) as q
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select claim_id, metric, knowledge, value, n, first_date, last_date
from measured
