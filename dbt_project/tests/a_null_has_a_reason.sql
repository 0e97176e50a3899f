-- A driver without a score says why, and one with a score has no excuse.
select date, driver_id
from {{ ref('mart_driver_signals_daily') }}
where (pressure is null) <> (null_reason is not null)
    or (status = 'missing') <> (signal is null)
