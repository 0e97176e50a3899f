select
    event_group,
    last_day as window_last_day,
    case last_day when 0 then '[0]' else '[0,+' || last_day || ']' end as window_days,
    adjusted_for,
    by_direction,
    separate_events,
    n as counted_events,
    {{ r10('100 * share_negative') }} as share_negative_pct,
    detectable_bps,
    case when share_negative is null or detectable_bps is null then 'no_event_counted' end as share_null_reason,
    mean_bps as mean_abnormal_bps,
    percentile,
    p_value,
    case
        when mean_bps + percentile + p_value is not null then null
        when n < 5 then 'fewer_than_5_events'
        else 'not_computable'
    end as mean_null_reason,
    case when n < 5 then 'Fewer than five separate events: listed, not averaged. ' else '' end
    || case when by_direction
        then 'The direction of an event was judged after the fact, which flatters these p values. '
        else 'Events are taken whichever way they were judged to go. ' end
    || 'The p values are not corrected for the number of groups.' as note
from {{ source('attribution', 'event_study') }}
order by event_group, last_day
