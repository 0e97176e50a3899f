{#- The measures of one query each, and those that need a p value or an interval, which the Python step computes. -#}
with measured as (
    select
        claim_id,
        metric,
        knowledge,
        value,
        cast(null as double) as lower,
        cast(null as double) as upper,
        cast(null as double) as p_value,
        n,
        first_date,
        last_date,
        cast(null as varchar) as reason
    from {{ ref('int_claim_measures') }}
    union all
    select claim_id, metric, knowledge, value, lower, upper, p_value, n, first_date, last_date, reason
    from {{ source('attribution', 'claim_statistics') }}
    union all
    select 'ai_explains_btc', metric, knowledge, value, lower, upper, null, n, first_date, last_date, reason
    from ({{ claim_ai_explains_btc() }}) as contributions
),

-- A run that ends before the article knows nothing of it, whatever the archive holds.
known as (
    select
        claim_id,
        metric,
        knowledge,
        {{ r10('value') }} as value,
        {{ r10('lower') }} as lower,
        {{ r10('upper') }} as upper,
        {{ r10('p_value') }} as p_value,
        n,
        first_date,
        last_date,
        reason
    from measured
    where {{ claims_cutoff() }} <= {{ clock('as_of') }}
),

judged as (
    select
        seed.*,
        t.value,
        t.lower,
        t.upper,
        t.p_value,
        t.n,
        t.first_date,
        t.last_date,
        now.value as value_now,
        {{ claim_verdict('t.value', 't.lower', 't.upper', 't.p_value', 't.n') }} as verdict,
        {{ claim_verdict('now.value', 'now.lower', 'now.upper', 'now.p_value', 'now.n') }} as verdict_now,
        case
            when {{ clock('as_of') }} < {{ claims_cutoff() }} then 'The run''s as_of lies before the end of 27 February 2025.'
            else t.reason
        end as missing_reason,
        {{ claim_expectation() }} as expectation
    from {{ ref('article_claims') }} as seed
    left join known as t
        on seed.claim_id = t.claim_id and seed.metric = t.metric and t.knowledge = 'then'
    left join known as now
        on seed.claim_id = now.claim_id and seed.metric = now.metric and now.knowledge = 'now'
)

select
    claim_id,
    metric,
    theme,
    combine,
    article_says,
    metric_label,
    value as metric_value,
    lower as lower_90,
    upper as upper_90,
    p_value,
    case
        when lower is not null and upper is not null then null
        when value is null or rule = 'sign_interval' then 'no_figure'
        else 'rule_needs_none'
    end as interval_null_reason,
    case
        when p_value is not null then null
        when value is null or rule = 'sign_significant' then 'no_figure'
        else 'rule_needs_none'
    end as p_value_null_reason,
    n as observations,
    unit,
    expectation as expected,
    verdict,
    {{ claim_reason('verdict', 'value', 'n', 'missing_reason') }} as reason,
    case when value_now is not null and verdict_now <> verdict then value_now end as ex_post_value,
    case when value_now is not null and verdict_now <> verdict then verdict_now end as ex_post_verdict,
    case
        when value_now is null then 'no_figure_now'
        when verdict_now = verdict then 'verdict_unchanged'
    end as ex_post_null_reason,
    first_date as first_observation_date,
    last_date as last_observation_date,
    caveat,
    cast(sort_order as integer) as sort_order
from judged
order by sort_order
