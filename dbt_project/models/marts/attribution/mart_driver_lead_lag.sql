select
    subject,
    kind,
    asset,
    lag_sessions,
    sessions,
    correlation,
    lower,
    upper,
    significant,
    verdict,
    next_less_same,
    next_less_same_lower,
    next_less_same_upper
from {{ source('attribution', 'lead_lag') }}
order by kind, subject, lag_sessions
