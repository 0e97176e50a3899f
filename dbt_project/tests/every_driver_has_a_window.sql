-- A window in days has to be one that int_driver_pressure is made of: any other would leave its driver without a score.
select driver_id, window_kind, window_length
from {{ ref('drivers') }}
where not (
        (window_kind = 'days' and window_length in (365))
        or (window_kind = 'releases' and window_length between 12 and 60)
    )
    or minimum_observations > window_length
