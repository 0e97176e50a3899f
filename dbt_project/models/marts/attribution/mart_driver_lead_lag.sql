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
    next_less_same_upper,
    case
        when correlation + lower + upper + next_less_same + next_less_same_lower + next_less_same_upper is not null
            and significant is not null then null
        else 'too_few_pairs'
    end as null_reason
from {{ source('attribution', 'lead_lag') }}
order by kind, subject, lag_sessions
