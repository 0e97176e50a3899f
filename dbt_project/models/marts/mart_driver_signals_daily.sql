select
    p.date,
    p.driver_id,
    p.theme,
    p.signal,
    drivers.unit,
    p.oldest_input_date,
    p.age_days,
    p.status,
    p.observations,
    p.window_mean,
    p.window_sd,
    p.z,
    p.pressure,
    p.null_reason
from {{ ref('int_driver_pressure') }} as p
inner join {{ ref('drivers') }} as drivers
    on p.driver_id = drivers.driver_id
order by p.date, p.driver_id
