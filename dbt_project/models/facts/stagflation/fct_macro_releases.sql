{% set never = "cast('9999-12-31' as timestamp)" %}
with vintages as (
    select
        v.series_id,
        s.title,
        s.unit,
        s.frequency,
        v.observation_date,
        v.known_at,
        v.superseded_at,
        v.known_at_basis,
        v.value,
        'series' as figure_of,
        v.landing_id as origin
    from {{ ref('int_vintages') }} as v
    inner join {{ ref('series_catalog') }} as s
        on v.series_id = s.series_id
    where s.publisher = 'fred'
        and (s.frequency in ('monthly', 'quarterly') or (s.frequency = 'weekly' and s.theme = 'stagflation'))
),

-- The three estimates of a quarter's growth are vintages of one figure.
released as (
    select
        replace(replace(replace(series_id, '_SAAR_ADV', '_SAAR'), '_SAAR_2ND', '_SAAR'), '_SAAR_3RD', '_SAAR')
            as series_id,
        unit,
        case when series_id like 'release.GDP%' then 'quarterly' else 'monthly' end as frequency,
        observation_date,
        released_at,
        value,
        source_url
    from {{ ref('release_figures') }}
    where released_at <= {{ clock('as_of') }} -- as-of filter: macro releases
),

figures as (
    select * from vintages
    union all
    select
        series_id,
        'Figure of the release itself' as title,
        unit,
        frequency,
        observation_date,
        released_at as known_at,
        lead(released_at) over (partition by series_id, observation_date order by released_at) as superseded_at,
        'vintage' as known_at_basis,
        value,
        'release' as figure_of,
        source_url as origin
    from released
),

numbered as (
    select
        *,
        case frequency
            when 'weekly' then observation_date - 7
            when 'monthly' then cast({{ dbt.dateadd('month', -1, 'observation_date') }} as date)
            else cast({{ dbt.dateadd('month', -3, 'observation_date') }} as date)
        end as previous_observation_date,
        row_number() over (partition by series_id, observation_date order by known_at) as vintage_number,
        lag(value) over (partition by series_id, observation_date order by known_at) as value_before
    from figures
)

select
    f.series_id,
    f.title,
    f.unit,
    f.frequency,
    f.observation_date,
    f.known_at,
    f.known_at_basis,
    f.figure_of,
    f.origin,
    cast(f.vintage_number as integer) as vintage_number,
    f.value,
    first_print.value as first_value,
    first_print.known_at as first_known_at,
    {{ r10('f.value - f.value_before') }} as revision,
    {{ r10('f.value - first_print.value') }} as revision_since_first,
    f.previous_observation_date,
    previous.value as previous_value,
    previous.known_at as previous_known_at,
    {{ r10('f.value - previous.value') }} as change_from_previous
from numbered as f
inner join numbered as first_print
    on f.series_id = first_print.series_id
    and f.observation_date = first_print.observation_date
    and first_print.vintage_number = 1
left join numbered as previous
    on f.series_id = previous.series_id
    and f.previous_observation_date = previous.observation_date
    and previous.known_at <= f.known_at -- as-of filter: macro releases, period before
    and f.known_at < coalesce(previous.superseded_at, {{ never }})
order by f.series_id, f.observation_date, f.known_at
