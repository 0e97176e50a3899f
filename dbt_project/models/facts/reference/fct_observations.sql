select
    series_id,
    observation_date,
    known_at,
    known_at_basis,
    value,
    status,
    cast(vintage_number as integer) as vintage_number,
    recency = 1 as is_newest,
    known_date,
    superseded_date,
    landing_id
from {{ ref('int_vintages') }}
order by series_id, observation_date, known_at
