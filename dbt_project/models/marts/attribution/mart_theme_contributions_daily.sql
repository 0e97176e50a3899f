select
    date,
    theme,
    contribution_bps,
    alone_bps,
    last_bps,
    null_reason,
    case when alone_bps is null or last_bps is null then coalesce(null_reason, 'a_move_missing') end as bounds_null_reason
from {{ source('attribution', 'theme_contributions') }}
order by date, theme
