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
        v.landing_id as origin,
        v.known_at_basis = 'vintage' as may_be_first
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
        series_id not like '%_2ND' and series_id not like '%_3RD' as may_be_first,
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
        source_url as origin,
        may_be_first
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
        lag(value) over (partition by series_id, observation_date order by known_at) as value_before,
        min(case when known_at_basis = 'vintage' then known_at end) over (partition by series_id) as vintages_begin_at
    from figures
),

-- A first print is one that the publisher's vintages or the release itself date. A level dated by schedule is what we
-- found later, revised or not; the oldest vintage of a series holds whatever had been printed by then.
prints as (
    select
        *,
        vintage_number = 1 and value is not null and may_be_first
        and (figure_of = 'release' or known_at > vintages_begin_at) as is_first_print
    from numbered
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
    case when f.value is null then 'blank_at_the_publisher' end as value_null_reason,
    f.is_first_print,
    case when first_held.is_first_print then first_held.value end as first_value,
    {{ not_first_print('first_held') }} as first_value_null_reason,
    first_held.known_at as first_known_at,
    {{ r10('f.value - f.value_before') }} as revision,
    case
        when f.vintage_number = 1 then 'first_vintage'
        when f.value is null or f.value_before is null then 'blank_at_the_publisher'
    end as revision_null_reason,
    {{ r10('case when first_held.is_first_print then f.value - first_held.value end') }} as revision_since_first,
    coalesce({{ not_first_print('first_held') }}, case when f.value is null then 'blank_at_the_publisher' end)
        as revision_since_first_null_reason,
    f.previous_observation_date,
    previous.value as previous_value,
    previous.known_at as previous_known_at,
    case
        when previous.known_at is null then 'previous_period_missing'
        when previous.value is null then 'blank_at_the_publisher'
    end as previous_value_null_reason,
    {{ r10('f.value - previous.value') }} as change_from_previous,
    case
        when f.value is null then 'blank_at_the_publisher'
        when previous.known_at is null then 'previous_period_missing'
        when previous.value is null then 'blank_at_the_publisher'
    end as change_from_previous_null_reason
from prints as f
inner join prints as first_held
    on f.series_id = first_held.series_id
    and f.observation_date = first_held.observation_date
    and first_held.vintage_number = 1
left join prints as previous
    on f.series_id = previous.series_id
    and f.previous_observation_date = previous.observation_date
    and previous.known_at <= f.known_at -- as-of filter: macro releases, period before
    and f.known_at < coalesce(previous.superseded_at, {{ never }})
order by f.series_id, f.observation_date, f.known_at
