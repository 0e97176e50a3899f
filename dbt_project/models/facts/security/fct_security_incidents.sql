select
    record_id as incident_id,
    observation_date as date,
    name,
    loss_usd,
    returned_funds_usd,
    chain,
    technique,
    known_at,
    known_at_basis,
    first_known_at,
    first_loss_usd,
    landing_id
from {{ ref('stg_hack_incidents') }}
where recency = 1 and status = 'listed'
order by observation_date, record_id
