-- Known by the hour of a release where the release calendar has it, else at the end of the event's day in New York.
with releases as (
    select release, cast(released_at as date) as release_date, min(released_at) as released_at
    from {{ ref('release_calendar') }}
    group by release, cast(released_at as date)
),

events as (
    select
        events.event_id,
        events.event_date,
        events.topic,
        events.title,
        cast(events.direction as integer) as direction,
        coalesce(releases.released_at, cast(events.event_date as timestamp) + interval '29' hour) as known_at,
        case when releases.released_at is null then 'end_of_day' else 'release' end as known_at_basis,
        events.source_url,
        events.note
    from {{ ref('policy_events') }} as events
    left join releases
        on upper(events.topic) = releases.release and events.event_date = releases.release_date
)

select event_id, event_date, topic, title, direction, known_at, known_at_basis, source_url, note
from events
where known_at <= {{ clock('as_of') }} -- as-of filter: policy events
order by event_date, event_id
