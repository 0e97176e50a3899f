select
    episode_id,
    peak_date,
    peak_close_usd,
    confirmed_date,
    trough_date,
    trough_close_usd,
    end_date,
    status,
    {{ r10('100 * (trough_close_usd / peak_close_usd - 1)') }} as depth_pct,
    {{ r10('10000 * ln(trough_close_usd / peak_close_usd)') }} as depth_bps,
    cast(trough_date - peak_date as integer) as days_to_trough
from {{ source('attribution', 'episodes') }}
order by peak_date
