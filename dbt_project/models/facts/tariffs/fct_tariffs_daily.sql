{% set series = {'policy_uncertainty_index': 'fred.USEPUINDXD'} -%}
{% set deposits = 'fiscaldata.dts_customs_deposits_usd_mn' -%}
with uncertainty as (
    {{ as_known_rows(series) }}
),

sample_begins as (
    {{ sample_begins(dict(series, deposits=deposits)) }}
),

days as (
    select days.date
    from {{ ref('int_days') }} as days
    where days.date >= (
        select min(date)
        from {{ ref('int_as_known_daily') }}
        where series_id in ({{ series_list(series) }}, '{{ deposits }}')
    )
),

-- Seven days to the newest one known, as they stood that day. Decimals add up exactly, in any order of the rows.
week as (
    select u.date, sum(cast(v.value as decimal(24, 6))) as index_sum, count(v.value) as days_known, max(v.known_at) as known_at
    from uncertainty as u
    inner join {{ ref('int_vintages') }} as v
        on v.series_id = 'fred.USEPUINDXD'
        and v.observation_date between u.policy_uncertainty_index_observation_date - 6
            and u.policy_uncertainty_index_observation_date
        and v.value is not null
        and {{ valid_on('v', 'u.date') }} -- as-of filter: week of uncertainty
    group by u.date
),

-- Importers pay once a month, around the 21st: a window of one month holds one such day, as the same window a year
-- before does. Days the office was closed on have no statement; more than two of them missing is a hole.
windows as (
    select
        k.date,
        k.observation_date as last_date,
        years.years_back,
        cast(k.observation_date - years.years_back * interval '12' month as date) as window_end,
        cast(k.observation_date - years.years_back * interval '12' month - interval '1' month as date) as window_start
    from {{ ref('int_as_known_daily') }} as k
    cross join (select 0 as years_back union all select 1 as years_back) as years
    where k.series_id = '{{ deposits }}'
),

expected as (
    select windows.date, windows.years_back, count(sessions.date) as sessions
    from windows
    inner join {{ ref('int_days') }} as sessions
        on sessions.us_federal and sessions.date > windows.window_start and sessions.date <= windows.window_end
    group by windows.date, windows.years_back
),

paid as (
    select
        windows.date,
        windows.last_date,
        windows.years_back,
        sum(cast(v.value as decimal(24, 6))) as deposits_usd_mn,
        count(v.value) as statements,
        max(v.known_at) as known_at
    from windows
    inner join {{ ref('int_vintages') }} as v
        on v.series_id = '{{ deposits }}'
        and v.observation_date > windows.window_start
        and v.observation_date <= windows.window_end
        and v.value is not null
        and {{ valid_on('v', 'windows.date') }} -- as-of filter: customs deposits
    group by windows.date, windows.last_date, windows.years_back
),

customs as (
    select
        paid.date,
        max(paid.last_date) as last_date,
        max(case when paid.years_back = 0 and paid.statements >= expected.sessions - 2 then paid.deposits_usd_mn end)
            as deposits_usd_mn,
        max(case when paid.years_back = 1 and paid.statements >= expected.sessions - 2 then paid.deposits_usd_mn end)
            as deposits_year_ago_usd_mn,
        max(paid.known_at) as known_at
    from paid
    inner join expected
        on paid.date = expected.date and paid.years_back = expected.years_back
    group by paid.date
),

-- Months of the Treasury statement as the press quoted them, which is all that the sample has. The statement is out at
-- 14:00 New York, 18:00 or 19:00 UTC of the day it is dated.
quoted as (
    select
        days.date,
        anchor.period_start,
        anchor.value_usd_bn,
        anchor.source_url,
        cast(anchor.published_date as timestamp) + interval '19' hour as known_at,
        row_number() over (
            partition by days.date order by anchor.period_start desc, anchor.published_date desc
        ) as recency
    from days
    inner join {{ ref('treasury_statement_anchors') }} as anchor
        on anchor.item = 'customs_duties_net'
        and anchor.published_date <= days.date -- as-of filter: quoted statements
),

events as (
    select
        days.date,
        listed.event_date,
        listed.title,
        listed.source_url,
        listed.known_at,
        row_number() over (partition by days.date order by listed.event_date desc, listed.event_id) as recency
    from days
    inner join {{ ref('fct_policy_events') }} as listed
        on listed.topic = 'tariff'
        and {{ knowledge_date('listed.known_at') }} <= days.date -- as-of filter: tariff events
),

clocks as (
    select date, max(known_at) as known_at
    from (
        select date, known_at from uncertainty
        union all
        select date, known_at from week
        union all
        select date, known_at from customs
        union all
        select date, known_at from quoted where recency = 1
        union all
        select date, known_at from events where recency = 1
    ) as parts
    group by date
)

select
    days.date,
    uncertainty.policy_uncertainty_index,
    uncertainty.policy_uncertainty_index_observation_date,
    cast(days.date - uncertainty.policy_uncertainty_index_observation_date as integer)
        as policy_uncertainty_index_age_days,
    {{ level_null_reason('policy_uncertainty_index', 'uncertainty.policy_uncertainty_index', 'days.date') }}
        as policy_uncertainty_index_null_reason,
    {{ r10('case when week.days_known = 7 then week.index_sum / 7.0 end') }} as policy_uncertainty_7d_index,
    case
        when week.days_known = 7 then null
        when uncertainty.policy_uncertainty_index is null then 'no_figure_known'
        else 'a_day_of_7_missing'
    end as policy_uncertainty_7d_null_reason,
    {{ r10('customs.deposits_usd_mn') }} as customs_deposits_1m_usd_mn,
    customs.last_date as customs_deposits_1m_usd_mn_observation_date,
    cast(days.date - customs.last_date as integer) as customs_deposits_1m_usd_mn_age_days,
    case
        when customs.deposits_usd_mn is not null then null
        when customs.date is null then {{ level_null_reason('deposits', 'customs.date', 'days.date') }}
        else 'days_missing'
    end as customs_deposits_1m_null_reason,
    {{ r10('100 * (cast(customs.deposits_usd_mn as double) / customs.deposits_year_ago_usd_mn - 1)') }} as customs_deposits_1m_yoy_pct,
    case
        when customs.deposits_usd_mn / customs.deposits_year_ago_usd_mn is not null then null
        when customs.date is null then {{ level_null_reason('deposits', 'customs.date', 'days.date') }}
        else 'days_missing'
    end as customs_deposits_1m_yoy_null_reason,
    {{ r10('1000 * quoted.value_usd_bn') }} as customs_duties_net_usd_mn,
    quoted.period_start as customs_duties_net_usd_mn_observation_date,
    cast(days.date - quoted.period_start as integer) as customs_duties_net_usd_mn_age_days,
    quoted.source_url as customs_duties_net_source,
    case when quoted.date is null then 'no_figure_known' end as customs_duties_net_null_reason,
    events.event_date as last_tariff_event_date,
    events.title as last_tariff_event,
    events.source_url as last_tariff_event_source,
    cast(days.date - events.event_date as integer) as days_since_tariff_event,
    case when events.date is null then 'no_event_listed_yet' end as tariff_event_null_reason,
    clocks.known_at
from days
cross join sample_begins
left join uncertainty
    on days.date = uncertainty.date
left join week
    on days.date = week.date
left join customs
    on days.date = customs.date
left join quoted
    on days.date = quoted.date and quoted.recency = 1
left join events
    on days.date = events.date and events.recency = 1
left join clocks
    on days.date = clocks.date
order by days.date
