{# Days after which the newest figure is older than its publisher's rhythm allows; H.10 comes once a week. #}
{% set limits = {'daily': 7, 'weekly': 14, 'monthly': 75, 'quarterly': 290, 'annual': 900} %}
with observed as (
    select
        series_id,
        count(value) as observations,
        min(case when value is not null then observation_date end) as first_observation_date,
        max(case when value is not null then observation_date end) as newest_observation_date,
        max(known_at) as newest_known_at,
        sum(vintages - 1) as later_vintages
    from {{ ref('int_observations') }}
    group by series_id
),

incidents as (
    select
        'defillama.hack_incidents' as series_id,
        count(incident_id) as observations,
        min(date) as first_observation_date,
        max(date) as newest_observation_date,
        max(known_at) as newest_known_at,
        cast(0 as bigint) as later_vintages
    from {{ ref('fct_security_incidents') }}
),

present as (
    select * from observed
    union all
    select * from incidents
),

expected as (
    select
        coalesce(catalog.series_id, present.series_id) as series_id,
        coalesce(catalog.publisher, split_part(present.series_id, '.', 1)) as publisher,
        catalog.series_id is not null as in_catalog,
        catalog.theme,
        catalog.frequency,
        catalog.known_at_rule,
        catalog.expected_from,
        present.observations,
        present.first_observation_date,
        present.newest_observation_date,
        present.newest_known_at,
        present.later_vintages,
        case when catalog.frequency <> 'event' then
            clock.last_day - {{ period_end('present.newest_observation_date', 'catalog.frequency') }}
        end as age_days,
        clock.last_day,
        clock.is_past,
        clock.home_kind
    from {{ ref('series_catalog') }} as catalog
    full outer join present
        on catalog.series_id = present.series_id
    cross join {{ source('run', 'clock') }} as clock
),

judged as (
    select
        *,
        case
            when not in_catalog then 'unexpected'
            when coalesce(observations, 0) = 0 and expected_from is null and home_kind = 'sample'
                then 'not_in_sample'
            when coalesce(observations, 0) = 0 and expected_from > last_day then 'not_yet'
            when coalesce(observations, 0) = 0 then 'absent'
            when expected_from is not null and first_observation_date > expected_from + 10 then 'short'
            when age_days > case when known_at_rule = 'h10' then 12 else case frequency
                {%- for frequency, days in limits.items() %} when '{{ frequency }}' then {{ days }}{% endfor %} end end
                then 'stale'
            else 'ok'
        end as state
    from expected
)

select
    judged.series_id,
    judged.publisher,
    judged.theme,
    judged.frequency,
    judged.state,
    judged.expected_from as expected_from_date,
    judged.first_observation_date,
    judged.newest_observation_date,
    judged.newest_known_at,
    cast(judged.age_days as integer) as age_days,
    cast(coalesce(judged.observations, 0) as integer) as observations,
    cast(coalesce(judged.later_vintages, 0) as integer) as later_vintages,
    coalesce(
        outcomes.outcome, case when judged.is_past then 'not_asked' else 'never_run' end
    ) as publisher_outcome,
    outcomes.error as publisher_error,
    case judged.state
        when 'unexpected' then 'The publisher prints it, the catalog does not know it: add a catalog line.'
        when 'not_in_sample' then 'Not among the figures of the sample, by design.'
        when 'not_yet' then 'Expected only after the run''s last day.'
        when 'absent' then 'In the catalog, but nothing has been loaded.'
        when 'short' then 'History starts later than expected.'
        when 'stale' then 'The newest figure is older than the publisher''s rhythm allows.'
    end as reason
from judged
left join {{ source('raw', 'source_outcomes') }} as outcomes
    on judged.publisher = outcomes.publisher and not judged.is_past
order by judged.series_id
