select
    date,
    theme,
    contribution_bps,
    alone_bps,
    last_bps,
    null_reason
from {{ source('attribution', 'theme_contributions') }}
order by date, theme
