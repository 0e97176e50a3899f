select
    date,
    attribution_status,
    btc_return_bps,
    explained_bps,
    baseline_bps,
    unexplained_bps,
    unexplained_open_bps,
    unexplained_closed_bps,
    etf_associated_as_dated_bps,
    etf_associated_realigned_bps,
    etf_associated_without_late_bps,
    condition_number,
    sessions_behind,
    attribution_known_at
from {{ source('attribution', 'days') }}
order by date
