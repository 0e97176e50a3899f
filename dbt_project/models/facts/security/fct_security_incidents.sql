select
    record_id as incident_id,
    observation_date as date,
    name,
    loss_usd,
    case when loss_usd is null or first_loss_usd is null then 'blank_at_the_publisher' end as loss_null_reason,
    returned_funds_usd,
    case when returned_funds_usd is null then 'blank_at_the_publisher' end as returned_funds_null_reason,
    chain,
    technique,
    case when chain is null or technique is null then 'blank_at_the_publisher' end as details_null_reason,
    known_at,
    known_at_basis,
    first_known_at,
    first_loss_usd,
    landing_id
from {{ ref('stg_hack_incidents') }}
where recency = 1 and status = 'listed'
order by observation_date, record_id
