{% set series = {
    'broad_dollar_index': 'fred.DTWEXBGS',
    'eur_usd': 'fred.DEXUSEU',
    'usd_cny': 'fred.DEXCHUS',
    'usd_jpy': 'fred.DEXJPUS',
    'real_yield_10y_pct': 'fred.DFII10',
} %}
with known as (
    {{ as_known_rows(series) }}
),

sample_begins as (
    {{ sample_begins(dict(series, net_liquidity='fred.WALCL', berkshire_cash='sec.company_facts')) }}
),

-- Insurance and other, before what is payable for bills bought: as reported, or from its parts.
anchors as (
    select
        as_of_date as observation_date,
        public_at as known_at,
        1000 * coalesce(
            max(case when item = 'cash_and_tbills_gross_insurance_and_other' then value_usd_bn end),
            max(case when item = 'cash_and_tbills_insurance_and_other' then value_usd_bn end),
            max(case when item = 'cash_and_tbills_net_insurance_and_other' then value_usd_bn end)
            + max(case when item = 'payable_for_tbill_purchases' then value_usd_bn end),
            max(case when item = 'cash_and_equivalents_insurance_and_other' then value_usd_bn end)
            + max(case when item = 'tbills_insurance_and_other' then value_usd_bn end)
        ) as cash_and_tbills_usd_mn,
        1000 * max(case when item = 'tbills_insurance_and_other' then value_usd_bn end) as tbills_usd_mn
    from {{ ref('berkshire_cash_anchors') }}
    group by as_of_date, public_at
),

berkshire as (
    select
        *,
        {{ knowledge_date('known_at') }} as since_date,
        lead({{ knowledge_date('known_at') }}) over (order by observation_date) as until_date
    from anchors
),

-- Cash alone, of the whole company, as filed: EDGAR's facts hold no Treasury bills.
filed as (
    select
        observation_date,
        value_usd,
        known_at,
        max(observation_date) over (
            order by known_at, observation_date rows between unbounded preceding and current row
        ) as newest_date
    from {{ source('raw', 'company_facts') }}
    where cik = 1067983 and tag = 'CashAndCashEquivalentsAtCarryingValue' and status = 'listed'
),

cash as (
    select
        observation_date,
        value_usd / 1e6 as cash_usd_mn,
        known_at,
        {{ knowledge_date('known_at') }} as since_date,
        lead({{ knowledge_date('known_at') }}) over (order by known_at, observation_date) as until_date
    from filed
    where observation_date = newest_date
)

select
    known.date,
    {%- for column in series %}
    known.{{ column }},
    known.{{ column }}_observation_date,
    cast(known.date - known.{{ column }}_observation_date as integer) as {{ column }}_age_days,
    {{ level_null_reason(column, 'known.' ~ column, 'known.date') }} as {{ column }}_null_reason,
    {%- endfor %}
    liquidity.fed_assets_usd_mn,
    liquidity.treasury_account_usd_mn,
    liquidity.reverse_repo_usd_bn,
    {{ r10('liquidity.net_liquidity_usd_mn') }} as net_liquidity_usd_mn,
    liquidity.wednesday as net_liquidity_observation_date,
    cast(known.date - liquidity.wednesday as integer) as net_liquidity_age_days,
    {{ r10('liquidity.net_liquidity_usd_mn / 1e6') }} as net_liquidity_usd_tn,
    case
        when liquidity.net_liquidity_usd_mn is not null then null
        when liquidity.date is null then {{ level_null_reason('net_liquidity', 'liquidity.date', 'known.date') }}
        when liquidity.fed_assets_usd_mn is null then 'no_fed_assets_of_that_day'
        when liquidity.treasury_account_usd_mn is null then 'no_treasury_account_of_that_day'
        else 'no_reverse_repo_of_that_day'
    end as net_liquidity_null_reason,
    {{ r10('berkshire.cash_and_tbills_usd_mn') }} as berkshire_cash_and_tbills_usd_mn,
    {{ r10('berkshire.tbills_usd_mn') }} as berkshire_tbills_usd_mn,
    berkshire.observation_date as berkshire_cash_and_tbills_observation_date,
    cast(known.date - berkshire.observation_date as integer) as berkshire_cash_and_tbills_age_days,
    case
        when berkshire.cash_and_tbills_usd_mn is not null then null
        when berkshire.observation_date is null then 'no_figure_known'
        else 'a_part_not_quoted'
    end as berkshire_cash_and_tbills_null_reason,
    case
        when berkshire.tbills_usd_mn is not null then null
        when berkshire.observation_date is null then 'no_figure_known'
        else 'not_quoted_apart'
    end as berkshire_tbills_null_reason,
    {{ r10('cash.cash_usd_mn') }} as berkshire_cash_usd_mn,
    cash.observation_date as berkshire_cash_observation_date,
    cast(known.date - cash.observation_date as integer) as berkshire_cash_age_days,
    {{ level_null_reason('berkshire_cash', 'cash.cash_usd_mn', 'known.date') }} as berkshire_cash_null_reason,
    greatest(
        known.known_at,
        coalesce(liquidity.known_at, known.known_at),
        coalesce(berkshire.known_at, known.known_at),
        coalesce(cash.known_at, known.known_at)
    ) as known_at
from known
cross join sample_begins
left join {{ ref('int_net_liquidity') }} as liquidity
    on known.date = liquidity.date and liquidity.wednesday = liquidity.newest_wednesday
left join berkshire
    on berkshire.since_date <= known.date -- as-of filter: dollar, anchors
    and known.date < {{ or_never('berkshire.until_date') }}
left join cash
    on cash.since_date <= known.date -- as-of filter: dollar, filings
    and known.date < {{ or_never('cash.until_date') }}
order by known.date
