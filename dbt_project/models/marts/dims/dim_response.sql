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
where (outcome <> 'loaded' and fetched_at <= {{ clock('as_of') }})
    or landing_id in (select landing_id from {{ ref('int_vintages') }})
    or landing_id in (select landing_id from {{ ref('stg_hack_incidents') }})
order by publisher, fetched_at, landing_id
