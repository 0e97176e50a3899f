-- Every observation has one valid vintage at a time: validities follow each other without a gap or an overlap.
select a.series_id, a.observation_date, a.known_at
from {{ ref('fct_observations') }} as a
left join {{ ref('fct_observations') }} as b
    on a.series_id = b.series_id
    and a.observation_date = b.observation_date
    and a.vintage_number + 1 = b.vintage_number
where a.superseded_date is distinct from b.known_date
    or a.known_at >= b.known_at
