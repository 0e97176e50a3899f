select
    period_id,
    theme,
    contribution_bps,
    contribution_lower_bps,
    contribution_upper_bps,
    standard_error_bps,
    t,
    significant,
    alone_bps,
    alone_lower_bps,
    alone_upper_bps,
    last_bps,
    last_lower_bps,
    last_upper_bps,
    null_reason,
    case
        when contribution_lower_bps + contribution_upper_bps + standard_error_bps + t + alone_bps + alone_lower_bps
            + alone_upper_bps + last_bps + last_lower_bps + last_upper_bps is not null and significant is not null then null
        else coalesce(null_reason, 'a_move_missing')
    end as bounds_null_reason
from {{ source('attribution', 'period_themes') }}
order by period_id, theme
