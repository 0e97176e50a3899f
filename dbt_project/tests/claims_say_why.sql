{{ config(meta={'dagster': {'ref': {'name': 'mart_article_claims'}}}) }}
-- A verdict needs a figure; no verdict needs a reason; a claim has as many metrics as its lines of the seed.
select claim_id, metric
from {{ ref('mart_article_claim_metrics') }}
where (verdict = 'not_decidable') <> (reason is not null)
    or (metric_value is null and verdict <> 'not_decidable')
    or verdict is null
    or expected is null
union all
select claims.claim_id, claims.metric
from {{ ref('mart_article_claims') }} as claims
left join (
    select claim_id, count(*) as lines from {{ ref('article_claims') }} group by claim_id
) as seed
    on claims.claim_id = seed.claim_id
where (claims.verdict = 'not_decidable') <> (claims.reason is not null)
    or claims.metrics is distinct from seed.lines
