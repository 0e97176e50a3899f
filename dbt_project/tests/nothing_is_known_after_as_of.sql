{{ config(meta={'dagster': {'ref': {'name': 'fct_observations'}}}) }}
-- Look-ahead: no figure of any fact may have become known after the run's clock.
{% set tables = [
    'fct_crypto_market_daily', 'fct_market_mood_daily', 'fct_security_incidents', 'fct_security_losses_daily',
    'fct_etf_flows', 'fct_etf_flows_daily', 'fct_hk_capital_flows_daily', 'fct_dollar_daily', 'fct_observations',
    'fct_ai_reassessment_daily', 'fct_barbell_daily', 'fct_exchange_resilience', 'fct_policy_events',
    'fct_us_fiscal_daily', 'fct_tariffs_daily', 'fct_gold_revaluation_daily', 'fct_sovereign_funds',
    'fct_us_government_spending', 'fct_us_government_wages',
    'fct_us_stagflation_daily', 'fct_macro_releases',
] %}
{% for table in tables %}
select '{{ table }}' as fact, known_at
from {{ ref(table) }}
where known_at > {{ clock('as_of') }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
