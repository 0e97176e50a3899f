select
    window_end_date,
    window_kind,
    theme,
    share,
    r_squared,
    shuffled_r_squared,
    shuffled_r_squared_95,
    sessions
from {{ source('attribution', 'variance_shares') }}
order by window_end_date, window_kind, theme
