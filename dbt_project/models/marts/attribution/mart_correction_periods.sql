select
    period_id,
    kind,
    label,
    first_date,
    last_date,
    status,
    days,
    sessions,
    thin_sessions,
    complete_sessions,
    btc_return_bps,
    btc_return_pct,
    unexplained_bps,
    unexplained_open_bps,
    unexplained_closed_bps,
    explained_bps,
    explained_lower_bps,
    explained_upper_bps,
    baseline_bps,
    daily_r_squared,
    critical_t,
    case
        when btc_return_bps + btc_return_pct + unexplained_bps + unexplained_open_bps + unexplained_closed_bps
            + explained_bps + explained_lower_bps + explained_upper_bps + baseline_bps + daily_r_squared + critical_t
            is not null then null
        when status in ('thin', 'closed') then status
        else 'missing'
    end as null_reason,
    etf_associated_as_dated_bps,
    etf_associated_realigned_bps,
    etf_associated_without_late_bps,
    etf_sessions,
    {{ etf_associated_null_reason('status') }} as etf_associated_null_reason,
    conventional_bps,
    crypto_specific_bps,
    policy_lower_bps,
    policy_upper_bps,
    risk_premium_lower_bps,
    risk_premium_upper_bps,
    rotations,
    case
        when conventional_bps + crypto_specific_bps + policy_lower_bps + policy_upper_bps + risk_premium_lower_bps
            + risk_premium_upper_bps + rotations is not null then null
        when status in ('thin', 'closed') then status
        when rotations = 0 then 'no_rotation_accepted'
        else 'missing'
    end as second_model_null_reason,
    attribution_known_at,
    sentence
from {{ source('attribution', 'periods') }}
order by first_date, period_id
