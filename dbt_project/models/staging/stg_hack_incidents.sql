-- Incidents as listed by DefiLlama, every version that the run may see, with the version that replaces each.
with visible as (
    select
        i.record_id,
        i.observation_date,
        i.name,
        i.loss_usd,
        i.returned_funds_usd,
        i.chain,
        i.technique,
        i.status,
        i.known_at,
        i.known_at_basis,
        i.landing_id,
        {{ knowledge_date('i.known_at') }} as known_date
    from {{ source('raw', 'hack_incidents') }} as i
    where i.known_at <= {{ clock('as_of') }} -- as-of filter: incidents
)

select
    record_id,
    observation_date,
    name,
    loss_usd,
    returned_funds_usd,
    chain,
    technique,
    status,
    known_at,
    known_at_basis,
    landing_id,
    known_date,
    lead(known_date) over (partition by record_id order by known_at) as superseded_date,
    row_number() over (partition by record_id order by known_at desc) as recency,
    min(known_at) over (partition by record_id) as first_known_at,
    first_value(loss_usd) over (partition by record_id order by known_at) as first_loss_usd
from visible
