-- Every visible vintage of every series with its validity: from known_date up to, but without, superseded_date.
-- A vintage replaced within one knowledge day has an empty validity: no cutoff ever saw it. The only door from the
-- bitemporal table to the models; the tracking of GDPNow, which only a key to FRED dates, comes in by it too, except
-- where a response has brought the same vintage.
with loaded as (
    select series_id, observation_date, known_at, known_at_basis, value, status, landing_id
    from {{ source('raw', 'observations') }}
    union all
    select
        'fred.GDPNOW' as series_id,
        quarter_start as observation_date,
        {{ gdpnow_known_at('forecast_date') }} as known_at,
        'vintage' as known_at_basis,
        gdpnow_pct as value,
        'value' as status,
        'seed:gdpnow_tracking' as landing_id
    from {{ ref('gdpnow_tracking') }} as quoted
    where not exists (
        select 1
        from {{ source('raw', 'observations') }} as printed
        where printed.series_id = 'fred.GDPNOW' and printed.observation_date = quoted.quarter_start
            and printed.known_at = {{ gdpnow_known_at('quoted.forecast_date') }}
    )
),

visible as (
    select
        v.series_id,
        v.observation_date,
        v.known_at,
        v.known_at_basis,
        v.value,
        v.status,
        v.landing_id,
        {{ knowledge_date('v.known_at') }} as known_date
    from loaded as v
    where v.known_at <= {{ clock('as_of') }} -- as-of filter: vintages
)

select
    series_id,
    observation_date,
    known_at,
    known_at_basis,
    value,
    status,
    landing_id,
    known_date,
    lead(known_date) over (partition by series_id, observation_date order by known_at) as superseded_date,
    lead(known_at) over (partition by series_id, observation_date order by known_at) as superseded_at,
    row_number() over (partition by series_id, observation_date order by known_at) as vintage_number,
    row_number() over (partition by series_id, observation_date order by known_at desc) as recency
from visible
