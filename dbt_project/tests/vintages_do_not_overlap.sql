-- No two vintages of an observation are valid on the same day, and the newest one has no successor.
select a.series_id, a.observation_date, a.known_at
from {{ ref('fct_observations') }} as a
inner join {{ ref('fct_observations') }} as b
    on a.series_id = b.series_id
    and a.observation_date = b.observation_date
    and a.vintage_number < b.vintage_number
where a.known_at >= b.known_at or a.superseded_date is null or a.superseded_date > b.known_date
union all
select series_id, observation_date, known_at
from {{ ref('fct_observations') }}
where is_newest <> (superseded_date is null)
