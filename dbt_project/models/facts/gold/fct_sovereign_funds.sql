with listed as (
    select
        seed.fund_id,
        seed.fund,
        seed.country,
        'published_estimate' as basis,
        cast(seed.assets_usd_bn as double) as assets_usd_bn,
        seed.as_of_date as assets_date,
        seed.published_date,
        seed.publisher,
        seed.source_url as source,
        seed.note,
        cast(seed.published_date + interval '1' day as timestamp) as known_at
    from {{ ref('sovereign_funds') }} as seed
    where seed.published_date <= {{ clock('last_day') }}
),

gold as (
    select *, row_number() over (order by date desc) as recency
    from {{ ref('fct_gold_revaluation_daily') }}
    where revaluation_gain_usd_bn is not null
),

-- The fund that does not exist: what the article would put into it, at the newest price.
proposed as (
    select
        'us_proposed' as fund_id,
        'US sovereign wealth fund, as the article proposes it' as fund,
        'United States' as country,
        'gold_revaluation_gain' as basis,
        revaluation_gain_usd_bn as assets_usd_bn,
        date as assets_date,
        date as published_date,
        'computed: fct_gold_revaluation_daily' as publisher,
        official_gold_source as source,
        'No such fund exists; the gain is what revaluing the gold from 42.2222 to the day''s price would book.' as note,
        known_at
    from gold
    where recency = 1
),

funds as (
    select * from listed
    union all
    select * from proposed
)

select
    fund_id,
    fund,
    country,
    basis,
    assets_usd_bn,
    cast(rank() over (order by assets_usd_bn desc) as integer) as rank_with_proposed,
    cast(case when basis = 'published_estimate' then
        rank() over (partition by basis order by assets_usd_bn desc) end as integer) as published_rank,
    assets_date,
    published_date,
    publisher,
    source,
    note,
    known_at
from funds
order by assets_usd_bn desc, fund_id
