-- Every observation of the days before the article, twice: as it was known at the end of 27 February 2025 (`then`), and
-- as it stands now (`now`), which only adds what later figures say and decides nothing. `recency` 1 is the newest of its
-- series. Empty for a run whose as_of lies before that end.
with observed as (
    select 'then' as knowledge, v.series_id, v.observation_date, v.value
    from {{ ref('fct_observations') }} as v
    where {{ valid_on('v', claims_day()) }} -- as-of filter: claims, vintages
    union all
    select 'now' as knowledge, v.series_id, v.observation_date, v.value
    from {{ ref('fct_observations') }} as v
    where v.is_newest
),

-- First prints of macro releases: a figure of its own kind each, never replaced.
printed as (
    select k.knowledge, r.series_id, r.observation_date, r.value
    from {{ ref('release_figures') }} as r
    cross join (select 'then' as knowledge union all select 'now' as knowledge) as k
    where r.released_at <= case k.knowledge when 'then' then {{ claims_cutoff() }} else {{ clock('as_of') }} end -- as-of filter: claims, releases
),

nowcasts as (
    select
        k.knowledge,
        'gdpnow.tracking' as series_id,
        g.quarter_start as observation_date,
        g.gdpnow_pct as value,
        row_number() over (partition by k.knowledge, g.quarter_start order by g.forecast_date desc) as recency
    from {{ ref('gdpnow_tracking') }} as g
    cross join (select 'then' as knowledge union all select 'now' as knowledge) as k
    where g.forecast_date <= case k.knowledge when 'then' then {{ claims_day() }} else {{ clock('last_day') }} end -- as-of filter: claims, nowcasts
),

figures as (
    select * from observed
    union all
    select * from printed
    union all
    select knowledge, series_id, observation_date, value from nowcasts where recency = 1
)

select
    knowledge,
    series_id,
    observation_date,
    value,
    row_number() over (partition by knowledge, series_id order by observation_date desc) as recency
from figures
where value is not null
    and observation_date <= {{ claims_day() }}
    and {{ claims_cutoff() }} <= {{ clock('as_of') }}
