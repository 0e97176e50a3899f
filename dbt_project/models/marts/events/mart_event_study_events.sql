select
    event_group,
    last_day as window_last_day,
    event_date,
    titles,
    listed_events,
    abnormal_bps,
    percentile,
    excluded is null as is_counted,
    case excluded
        when 'another_event_in_window' then 'Another listed event lies in its window.'
        when 'no_return' then 'The closes do not reach: too few days before it, or its window is not over.'
    end as reason
from {{ source('attribution', 'event_study_events') }}
order by event_group, last_day, event_date
