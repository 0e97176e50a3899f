select
    landing_id,
    publisher,
    endpoint,
    url,
    http_status,
    fetched_at,
    sha256,
    path,
    outcome,
    error
from {{ source('raw', 'landings') }}
order by publisher, fetched_at, landing_id
