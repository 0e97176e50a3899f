{% set measures = macro_measures() %}
{% set printed = {
    'inflation_expectations_1y_pct': 'fred.MICH',
    'consumer_sentiment_index': 'fred.UMCSENT',
    'breakeven_5y_pct': 'fred.T5YIE',
    'breakeven_10y_pct': 'fred.T10YIE',
    'initial_claims_persons': 'fred.ICSA',
    'gdpnow_pct': 'fred.GDPNOW',
} %}
with days as (
    select date from {{ ref('int_days') }}
),

sample_begins as (
    {{ sample_begins(printed) }}
),

states as (
    select
        series_id,
        since_date,
        until_date,
        newest_observation_date as observation_date,
        {%- for months in [0, 1, 3, 12] %}
        max(case when months_back = {{ months }} then value end) as value_{{ months }},
        max(case when months_back = {{ months }} then known_at end) as known_at_{{ months }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_slow_windows') }}
    where series_id in ({% for m in measures %}'{{ m.series_id }}'{{ ', ' if not loop.last }}{% endfor %})
    group by series_id, since_date, until_date, newest_observation_date
),

-- From levels: both sides as known on the day, so that a first print never meets a revised level.
computed as (
    {%- for m in measures %}
    select
        '{{ m.name }}' as measure,
        since_date,
        until_date,
        observation_date,
        {{ m.figure }} as value,
        case when known_at_{{ m.months }} > known_at_0 then known_at_{{ m.months }} else known_at_0 end as known_at
    from states
    where series_id = '{{ m.series_id }}'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- The release's own figures, of which a later one of the same period replaces the earlier.
released as (
    select
        case r.series_id
            {%- for m in measures %}{% for release in m.releases %}
            when '{{ release }}' then '{{ m.name }}'
            {%- endfor %}{% endfor %}
        end as measure,
        r.observation_date,
        r.value,
        r.released_at,
        {{ knowledge_date('r.released_at') }} as since_date
    from {{ ref('release_figures') }} as r
),

reaching as (
    select
        measure,
        observation_date,
        value,
        released_at,
        since_date,
        max(observation_date) over (
            partition by measure order by released_at, observation_date
            rows between unbounded preceding and current row
        ) as newest_observation_date
    from released
    where measure is not null
),

releases as (
    select
        measure,
        observation_date,
        value,
        released_at as known_at,
        since_date,
        lead(since_date) over (partition by measure order by released_at, observation_date) as until_date
    from reaching
    where observation_date = newest_observation_date
),

candidates as (
    select
        days.date,
        m.measure,
        c.observation_date as computed_date,
        c.value as computed_value,
        c.known_at as computed_at,
        r.observation_date as release_date,
        r.value as release_value,
        r.known_at as released_at,
        -- The newer period leads; for the same one the release's own figure, until a level is revised after it.
        r.observation_date is not null
        and (
            c.observation_date is null
            or r.observation_date > c.observation_date
            or (r.observation_date = c.observation_date and (c.value is null or r.known_at >= c.known_at))
        ) as is_release
    from days
    cross join (
        {%- for m in measures %}
        select '{{ m.name }}' as measure{{ ' union all' if not loop.last }}
        {%- endfor %}
    ) as m
    left join computed as c
        on m.measure = c.measure
        and c.since_date <= days.date -- as-of filter: stagflation, computed
        and days.date < {{ or_never('c.until_date') }}
    left join releases as r
        on m.measure = r.measure
        and r.since_date <= days.date -- as-of filter: stagflation, releases
        and days.date < {{ or_never('r.until_date') }}
),

decided as (
    select
        date,
        measure,
        case when is_release then release_value else computed_value end as value,
        case when is_release then release_date else computed_date end as observation_date,
        case when is_release then released_at else computed_at end as known_at,
        is_release
    from candidates
),

pivoted as (
    select
        date,
        {%- for m in measures %}
        max(case when measure = '{{ m.name }}' then value end) as {{ m.name }},
        max(case when measure = '{{ m.name }}' then observation_date end) as {{ m.name }}_observation_date,
        max(case when measure = '{{ m.name }}' and observation_date is not null
            then case when is_release then 'release' else '{{ 'computed' if m.months else 'series' }}' end
        end) as {{ m.name }}_basis,
        {%- endfor %}
        max(known_at) as known_at
    from decided
    group by date
),

measured as (
    select
        *,
        case
            when unemployment_rate_pct_observation_date < cpi_yoy_pct_observation_date
                then unemployment_rate_pct_observation_date
            when unemployment_rate_pct_observation_date is not null then cpi_yoy_pct_observation_date
        end as misery_index_pct_observation_date
    from pivoted
),

levels as (
    select
        k.date,
        {{ as_known_columns(printed) }},
        max(case when k.series_id = 'fred.GDPNOW' then {{ knowledge_date('k.known_at') }} end) as gdpnow_forecast_date
    from {{ ref('int_as_known_daily') }} as k
    where k.series_id in ({{ series_list(printed) }})
    group by k.date
),

weeks as (
    select
        date,
        value,
        known_at,
        max(observation_date) over (partition by date) - observation_date as days_back
    from {{ ref('int_signal_windows') }}
    where series_id = 'fred.ICSA'
),

claims as (
    select date, case when count(value) = 4 then avg(value) end as mean_4w, max(known_at) as known_at
    from weeks
    where days_back in (0, 7, 14, 21)
    group by date
),

instants as (
    select date, max(known_at) as known_at
    from (
        select date, known_at from measured
        union all
        select date, known_at from levels
        union all
        select date, known_at from claims
    ) as each
    where known_at is not null
    group by date
)

select
    instants.date,
    {%- for m in measures %}
    {{ r10('measured.' ~ m.name) }} as {{ m.name }},
    measured.{{ m.name }}_observation_date,
    cast(instants.date - measured.{{ m.name }}_observation_date as integer) as {{ m.name }}_age_days,
    measured.{{ m.name }}_basis,
    case
        when measured.{{ m.name }}_observation_date is null then 'no_figure_known'
        when measured.{{ m.name }} is null
            then '{{ 'year_ago_missing' if m.months == 12 else 'previous_period_missing' }}'
    end as {{ m.name }}_null_reason,
    {%- endfor %}
    {{ r10('measured.cpi_yoy_pct + measured.unemployment_rate_pct') }} as misery_index_pct,
    measured.misery_index_pct_observation_date,
    cast(instants.date - measured.misery_index_pct_observation_date as integer) as misery_index_pct_age_days,
    case
        when measured.cpi_yoy_pct is null then 'no_cpi_yoy'
        when measured.unemployment_rate_pct is null then 'no_unemployment_rate'
    end as misery_index_pct_null_reason,
    {%- for column in printed %}
    levels.{{ column }},
    levels.{{ column }}_observation_date,
    cast(instants.date - levels.{{ column }}_observation_date as integer) as {{ column }}_age_days,
    {{ level_null_reason(column, 'levels.' ~ column, 'instants.date') }} as {{ column }}_null_reason,
    {%- endfor %}
    levels.gdpnow_forecast_date,
    {{ r10('case when levels.gdpnow_pct_observation_date = week_ago.gdpnow_pct_observation_date
        then levels.gdpnow_pct - week_ago.gdpnow_pct end') }} as gdpnow_change_7d_pp,
    case
        when levels.gdpnow_pct is null then 'no_figure_known'
        when week_ago.gdpnow_pct is null then 'week_ago_missing'
        when levels.gdpnow_pct_observation_date <> week_ago.gdpnow_pct_observation_date then 'another_quarter'
    end as gdpnow_change_7d_pp_null_reason,
    {{ r10('claims.mean_4w') }} as initial_claims_4w_mean_persons,
    case
        when levels.initial_claims_persons is null then 'no_figure_known'
        when claims.mean_4w is null then 'window_incomplete'
    end as initial_claims_4w_mean_persons_null_reason,
    instants.known_at
from instants
cross join sample_begins
inner join measured
    on instants.date = measured.date
left join levels
    on instants.date = levels.date
left join levels as week_ago
    on instants.date = week_ago.date + 7
left join claims
    on instants.date = claims.date
order by instants.date
