select
    date,
    attribution_status,
    btc_return_bps,
    case
        when btc_return_bps is not null then null
        when row_number() over (order by date) = 1 then 'first_day'
        else 'not_reported'
    end as btc_return_null_reason,
    explained_bps,
    baseline_bps,
    unexplained_bps,
    unexplained_open_bps,
    unexplained_closed_bps,
    case
        when explained_bps + baseline_bps + unexplained_bps + unexplained_open_bps + unexplained_closed_bps is not null
            then null
        when attribution_status = 'thin' then 'thin'
        when btc_return_bps is null then 'no_return'
        else 'missing'
    end as attribution_null_reason,
    etf_associated_as_dated_bps,
    etf_associated_realigned_bps,
    etf_associated_without_late_bps,
    {{ etf_associated_null_reason('attribution_status') }} as etf_associated_null_reason,
    condition_number,
    sessions_behind,
    case
        when condition_number + sessions_behind is not null then null
        when attribution_status in ('closed', 'thin') then attribution_status
        else 'missing'
    end as window_null_reason,
    attribution_known_at
from {{ source('attribution', 'days') }}
order by date
