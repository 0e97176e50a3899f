select
    driver_id,
    series_id,
    role,
    cast(window_days as integer) as window_days
from {{ ref('driver_inputs') }}
order by driver_id, series_id
