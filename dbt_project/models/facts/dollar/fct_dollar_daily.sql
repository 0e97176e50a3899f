{% set series = {
    'broad_dollar_index': 'fred.DTWEXBGS',
    'eur_usd': 'fred.DEXUSEU',
    'usd_cny': 'fred.DEXCHUS',
    'usd_jpy': 'fred.DEXJPUS',
    'real_yield_10y_pct': 'fred.DFII10',
} %}
with known as (
    select
        k.date,
        {{ as_known_columns(series) }}
    from {{ ref('int_as_known_daily') }} as k
    where k.series_id in ({{ series_list(series) }})
    group by k.date
)

select
    known.date,
    {%- for column in series %}
    known.{{ column }},
    known.{{ column }}_observation_date,
    cast(known.date - known.{{ column }}_observation_date as integer) as {{ column }}_age_days,
    {%- endfor %}
    liquidity.fed_assets_usd_mn,
    liquidity.treasury_account_usd_mn,
    liquidity.reverse_repo_usd_bn,
    {{ r10('liquidity.net_liquidity_usd_mn') }} as net_liquidity_usd_mn,
    liquidity.wednesday as net_liquidity_observation_date,
    cast(known.date - liquidity.wednesday as integer) as net_liquidity_age_days,
    case when liquidity.known_at > known.known_at then liquidity.known_at else known.known_at end as known_at
from known
left join {{ ref('int_net_liquidity') }} as liquidity
    on known.date = liquidity.date and liquidity.wednesday = liquidity.newest_wednesday
order by known.date
