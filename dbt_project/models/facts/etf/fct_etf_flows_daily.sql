with totals as (
    select split_part(series_id, '.', 2) as asset, observation_date as date, value as printed_total_usd_mn, known_at,
        first_known_at, first_value
    from {{ ref('int_observations') }}
    where series_id like 'farside.%.TOTAL'
),

daily as (
    select
        asset,
        date,
        count(case when status = 'reported' then 1 end) as funds_reported,
        count(case when status = 'not_reported' then 1 end) as funds_not_reported,
        count(case when status = 'holiday' then 1 end) as funds_on_holiday,
        sum(net_flow_usd_mn) as net_flow,
        max(known_at) as known_at
    from {{ ref('fct_etf_flows') }}
    group by asset, date
),

flows as (
    select
        daily.asset,
        daily.date,
        case
            when daily.funds_on_holiday > 0 then 'holiday'
            when daily.funds_reported = 0 then 'not_reported'
            when daily.funds_not_reported > 0 then 'partial'
            else 'reported'
        end as status,
        {{ r10('daily.net_flow') }} as net_flow_usd_mn,
        totals.printed_total_usd_mn,
        daily.funds_reported,
        daily.funds_not_reported,
        greatest(daily.known_at, totals.known_at) as known_at,
        totals.first_known_at,
        totals.first_value as first_net_flow_usd_mn
    from daily
    left join totals
        on daily.asset = totals.asset and daily.date = totals.date
),

sessions as (
    select
        asset,
        date,
        net_flow_usd_mn,
        sum(case when net_flow_usd_mn >= 0 then 1 else 0 end) over (partition by asset order by date) as streak_id
    from flows
    where net_flow_usd_mn is not null
),

streaks as (
    select
        asset,
        date,
        sum(case when net_flow_usd_mn < 0 then 1 else 0 end) over (
            partition by asset, streak_id order by date
        ) as outflow_streak_sessions
    from sessions
)

select
    flows.asset,
    flows.date,
    flows.status,
    flows.net_flow_usd_mn,
    {{ r10('sum(flows.net_flow_usd_mn) over (partition by flows.asset order by flows.date)') }} as cumulative_flow_usd_mn,
    cast(streaks.outflow_streak_sessions as integer) as outflow_streak_sessions,
    flows.printed_total_usd_mn,
    case
        when flows.printed_total_usd_mn is not null and flows.first_net_flow_usd_mn is not null then null
        when flows.status in ('holiday', 'not_reported') then flows.status
        else 'not_printed'
    end as printed_total_null_reason,
    cast(flows.funds_reported as integer) as funds_reported,
    cast(flows.funds_not_reported as integer) as funds_not_reported,
    flows.known_at,
    flows.first_known_at,
    flows.first_net_flow_usd_mn
from flows
left join streaks
    on flows.asset = streaks.asset and flows.date = streaks.date
order by flows.asset, flows.date
