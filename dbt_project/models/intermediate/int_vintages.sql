-- Every visible vintage of every series with its validity: from known_date up to, but without, superseded_date.
-- A vintage replaced within one knowledge day has an empty validity: no cutoff ever saw it. The only door from the
-- bitemporal table to the models.
with visible as (
    select
        v.series_id,
        v.observation_date,
        v.known_at,
        v.known_at_basis,
        v.value,
        v.status,
        v.landing_id,
        {{ knowledge_date('v.known_at') }} as known_date
    from {{ source('raw', 'observations') }} as v
    where v.known_at <= {{ clock('as_of') }} -- as-of filter: vintages
)

select
    series_id,
    observation_date,
    known_at,
    known_at_basis,
    value,
    status,
    landing_id,
    known_date,
    lead(known_date) over (partition by series_id, observation_date order by known_at) as superseded_date,
    row_number() over (partition by series_id, observation_date order by known_at) as vintage_number,
    row_number() over (partition by series_id, observation_date order by known_at desc) as recency
from visible
