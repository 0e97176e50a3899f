-- One verdict a claim. `all`: every metric must hold, so one contradicted settles it, and an undecided one leaves it open.
-- `unanimous`: the metrics are several measurements of one thing, and decide only where they agree.
with counted as (
    select
        *,
        {% for suffix, verdict in [('', 'verdict'), ('_now', 'coalesce(ex_post_verdict, verdict)')] -%}
        count(*) over (partition by claim_id) as metrics{{ suffix }},
        sum(case when {{ verdict }} = 'supported' then 1 else 0 end) over (partition by claim_id) as supported{{ suffix }},
        sum(case when {{ verdict }} = 'contradicted' then 1 else 0 end) over (partition by claim_id)
            as contradicted{{ suffix }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ ref('mart_article_claim_metrics') }}
),

combined as (
    select
        *,
        {% for suffix in ['', '_now'] -%}
        case
            when supported{{ suffix }} = metrics{{ suffix }} then 'supported'
            when contradicted{{ suffix }} = metrics{{ suffix }} then 'contradicted'
            when combine = 'all' and contradicted{{ suffix }} > 0 then 'contradicted'
            else 'not_decidable'
        end as claim_verdict{{ suffix }}{{ ',' if not loop.last }}
        {% endfor -%}
    from counted
),

-- The metric to show: the first that has the claim's own verdict, else the first.
shown as (
    select
        *,
        row_number() over (
            partition by claim_id order by case when verdict = claim_verdict then 0 else 1 end, sort_order
        ) as place,
        min(case when ex_post_verdict is not null then sort_order end) over (partition by claim_id) as changed,
        min(first_observation_date) over (partition by claim_id) as first_date,
        max(last_observation_date) over (partition by claim_id) as last_date,
        min(sort_order) over (partition by claim_id) as claim_order
    from combined
),

ex_post as (
    select claim_id, ex_post_value, claim_verdict_now
    from shown
    where sort_order = changed and claim_verdict_now <> claim_verdict
)

select
    shown.claim_id,
    shown.theme,
    shown.article_says,
    shown.metric_label as metric,
    shown.metric_value,
    shown.unit,
    shown.expected,
    shown.lower_90,
    shown.upper_90,
    shown.interval_null_reason,
    shown.p_value,
    shown.p_value_null_reason,
    shown.observations,
    shown.claim_verdict as verdict,
    case
        when shown.claim_verdict <> 'not_decidable' then null
        when shown.reason is not null then shown.reason
        else 'Its measurements disagree.'
    end as reason,
    ex_post.ex_post_value,
    ex_post.claim_verdict_now as ex_post_verdict,
    case when ex_post.claim_id is null then 'verdict_unchanged' end as ex_post_null_reason,
    cast(shown.metrics as integer) as metrics,
    shown.first_date as first_observation_date,
    shown.last_date as last_observation_date,
    case when {{ clock('as_of') }} < {{ claims_cutoff() }} then {{ clock('as_of') }} else {{ claims_cutoff() }} end
        as known_until,
    shown.caveat
from shown
left join ex_post
    on shown.claim_id = ex_post.claim_id
where shown.place = 1
order by shown.claim_order
