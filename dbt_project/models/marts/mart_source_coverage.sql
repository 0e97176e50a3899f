{# Days after which the newest figure is older than its publisher's rhythm allows; H.10 comes once a week. #}
{% set limits = {'daily': 7, 'weekly': 14, 'monthly': 75, 'quarterly': 290, 'annual': 900} %}
{# From one period to the next, for what comes less than daily. #}
{% set steps = {'weekly': "'7' day", 'monthly': "'1' month", 'quarterly': "'3' month", 'annual': "'12' month"} %}
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

-- Records are no series: an incident or a filing has no rhythm that could be missed.
records as (
    select
        'defillama.hack_incidents' as series_id,
        count(incident_id) as observations,
        min(date) as first_observation_date,
        max(date) as newest_observation_date,
        max(known_at) as newest_known_at,
        cast(0 as bigint) as later_vintages
    from {{ ref('fct_security_incidents') }}
    union all
    select
        'sec.company_facts' as series_id,
        count(distinct record_id) as observations,
        min(observation_date) as first_observation_date,
        max(observation_date) as newest_observation_date,
        max(known_at) as newest_known_at,
        count(*) - count(distinct record_id) as later_vintages
    from {{ source('raw', 'company_facts') }}
    where known_at <= {{ clock('as_of') }}
),

present as (
    select * from observed
    union all
    select * from records
),

-- Sessions without a figure between the first and the newest one. The publisher's own blank is no gap in a level, which
-- carries; in a flow it is. Bonds rest on Good Friday, which is no federal holiday: where the stock exchange is closed
-- as well, nothing is missed.
sessions as (
    select catalog.series_id, catalog.carries, days.date
    from {{ ref('series_catalog') }} as catalog
    inner join observed
        on catalog.series_id = observed.series_id
    inner join {{ ref('int_days') }} as days
        on days.date > observed.first_observation_date and days.date < observed.newest_observation_date
    where catalog.frequency = 'daily'
        and case catalog.calendar
            when 'us_federal' then days.us_federal and days.us_equity
            {%- for calendar in ['us_equity', 'hong_kong', 'stock_connect', 'target', 'london'] %}
            when '{{ calendar }}' then days.{{ calendar }}
            {%- endfor %}
            when 'utc' then true
            else false
        end
),

-- Periods: a month that the publisher printed blank is as missing as one that never came.
periods as (
    select
        o.series_id,
        o.observation_date,
        case catalog.frequency
            {%- for frequency, step in steps.items() %}
            when '{{ frequency }}' then cast(o.observation_date + interval {{ step }} as date)
            {%- endfor %}
        end as due_date,
        lead(o.observation_date) over (partition by o.series_id order by o.observation_date) as following_date
    from {{ ref('int_observations') }} as o
    inner join {{ ref('series_catalog') }} as catalog
        on o.series_id = catalog.series_id
    where o.value is not null and catalog.frequency in ('weekly', 'monthly', 'quarterly', 'annual')
),

missing as (
    select sessions.series_id, sessions.date as missing_date, sessions.date as last_missing_date
    from sessions
    left join {{ ref('int_observations') }} as o
        on sessions.series_id = o.series_id and sessions.date = o.observation_date
    where o.value is null and (o.status is null or not sessions.carries)
    union all
    select series_id, due_date, following_date - 1
    from periods
    where following_date > due_date
),

gaps as (
    select
        series_id,
        count(*) as gaps,
        min(missing_date) as first_missing_date,
        max(last_missing_date) as newest_missing_date
    from missing
    group by series_id
),

-- The loader refuses such values; they are found here when the catalog's range was narrowed afterwards.
beyond as (
    select v.series_id, count(*) as out_of_range
    from {{ ref('int_vintages') }} as v
    inner join {{ ref('series_catalog') }} as catalog
        on v.series_id = catalog.series_id
    where v.value < catalog.minimum or v.value > catalog.maximum
    group by v.series_id
),

legs as (
    select comparison_id, left_series_id as series_id from {{ ref('publisher_comparisons') }}
    union all
    select comparison_id, right_series_id as series_id from {{ ref('publisher_comparisons') }}
    union all
    select comparison_id, right_divisor_series_id as series_id from {{ ref('publisher_comparisons') }}
),

compared as (
    select
        legs.series_id,
        count(distinct comparison.date) as compared_days,
        count(distinct case when not comparison.within_tolerance then comparison.date end) as disagreeing_days,
        max(case when not comparison.within_tolerance then comparison.date end) as newest_disagreement_date
    from legs
    left join {{ ref('mart_publisher_comparison') }} as comparison
        on legs.comparison_id = comparison.comparison_id
    where legs.series_id is not null
    group by legs.series_id
),

expected as (
    select
        coalesce(catalog.series_id, present.series_id) as series_id,
        coalesce(catalog.publisher, split_part(present.series_id, '.', 1)) as publisher,
        catalog.series_id is not null as in_catalog,
        catalog.endpoint,
        catalog.theme,
        catalog.frequency,
        catalog.known_at_rule,
        catalog.expected_from,
        coalesce(present.observations, 0) as observations,
        present.first_observation_date,
        present.newest_observation_date,
        present.newest_known_at,
        present.later_vintages,
        case when catalog.frequency <> 'event' and present.newest_observation_date is not null then
            greatest(clock.last_day - {{ period_end('present.newest_observation_date', 'catalog.frequency') }}, 0)
        end as age_days,
        coalesce(gaps.gaps, 0) as gaps,
        gaps.first_missing_date,
        gaps.newest_missing_date,
        coalesce(beyond.out_of_range, 0) as out_of_range,
        compared.compared_days,
        compared.disagreeing_days,
        compared.newest_disagreement_date,
        clock.last_day,
        clock.is_past,
        clock.home_kind
    from {{ ref('series_catalog') }} as catalog
    full outer join present
        on catalog.series_id = present.series_id
    cross join {{ source('run', 'clock') }} as clock
    left join gaps
        on catalog.series_id = gaps.series_id
    left join beyond
        on catalog.series_id = beyond.series_id
    left join compared
        on catalog.series_id = compared.series_id
),

judged as (
    select
        *,
        expected_from is not null and first_observation_date > expected_from + 10 as is_short,
        coalesce(age_days > case when known_at_rule = 'h10' then 12 else case frequency
            {%- for frequency, days in limits.items() %} when '{{ frequency }}' then {{ days }}{% endfor %} end end, false)
            as is_stale
    from expected
),

stated as (
    select
        *,
        case
            when not in_catalog then 'unexpected'
            when observations = 0 and expected_from is null and home_kind = 'sample' then 'not_in_sample'
            when observations = 0 and expected_from > last_day then 'not_yet'
            when observations = 0 then 'absent'
            when out_of_range > 0 then 'out_of_range'
            when is_short then 'short'
            when is_stale then 'stale'
            when gaps > 0 then 'gaps'
            else 'ok'
        end as state
    from judged
)

select
    stated.series_id,
    stated.publisher,
    stated.endpoint,
    stated.theme,
    stated.frequency,
    stated.state,
    stated.expected_from as expected_from_date,
    stated.first_observation_date,
    stated.newest_observation_date,
    stated.newest_known_at,
    cast(stated.age_days as integer) as age_days,
    cast(stated.observations as integer) as observations,
    cast(coalesce(stated.later_vintages, 0) as integer) as later_vintages,
    cast(stated.gaps as integer) as gaps,
    stated.first_missing_date,
    stated.newest_missing_date,
    cast(stated.out_of_range as integer) as out_of_range_vintages,
    cast(stated.compared_days as integer) as compared_days,
    cast(stated.disagreeing_days as integer) as disagreeing_days,
    stated.newest_disagreement_date,
    coalesce(
        outcomes.outcome, case when stated.is_past then 'not_asked' else 'never_run' end
    ) as publisher_outcome,
    outcomes.error as publisher_error,
    case stated.state
        when 'unexpected' then 'The publisher prints it, the catalog does not know it.'
        when 'not_in_sample' then 'Not among the figures of the sample, by design.'
        when 'not_yet' then 'Expected only after the run''s last day.'
        when 'absent' then case
            when outcomes.error is not null then 'Nothing has been loaded: the publisher''s answer failed or was refused.'
            else 'In the catalog, but nothing has been loaded.'
        end
        when 'ok' then null
        else trim(
            case when stated.out_of_range > 0
                then 'Values outside the catalog''s range: ' || stated.out_of_range || '. ' else '' end
            || case when stated.is_short
                then 'Begins on ' || stated.first_observation_date || ', expected from ' || stated.expected_from || '. '
                else '' end
            || case when stated.is_stale
                then 'The newest figure is older than the publisher''s rhythm allows. ' else '' end
            || case when stated.gaps = 0 then ''
                when stated.frequency = 'daily'
                    then 'Sessions without a figure: ' || stated.gaps || ' (' || stated.first_missing_date
                        || case when stated.newest_missing_date > stated.first_missing_date
                            then ' to ' || stated.newest_missing_date else '' end || '). '
                else 'Holes: ' || stated.gaps || ' (periods from ' || stated.first_missing_date || '). ' end
        )
    end as reason,
    case stated.state
        when 'unexpected' then 'add a catalog line'
        when 'absent' then case
            when outcomes.error is not null then 'see the publisher''s error'
            else 'check the catalog line' end
        when 'out_of_range' then 'look at the values in fct_observations, correct the range or the loading'
        when 'short' then 'widen the fetch, or correct expected_from'
        when 'stale' then 'look at the publisher''s page; it may have moved'
        when 'gaps' then 'compare with the publisher''s page; its own holes stay'
    end as what_to_do
from stated
left join {{ source('raw', 'source_outcomes') }} as outcomes
    on stated.publisher = outcomes.publisher and not stated.is_past
order by stated.series_id
