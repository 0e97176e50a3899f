-- Signals made of flows: ETF sums and streaks over reported sessions, southbound buying over Stock Connect sessions.
with reported as (
    select
        drivers.driver_id,
        drivers.transform,
        w.date,
        w.value,
        row_number() over (partition by drivers.driver_id, w.date order by w.observation_date desc) as recency
    from {{ ref('drivers') }} as drivers
    inner join {{ ref('driver_inputs') }} as inputs
        on drivers.driver_id = inputs.driver_id
    inner join {{ ref('int_signal_windows') }} as w
        on inputs.series_id = w.series_id
    where drivers.transform in ('flow_5', 'streak')
),

etf as (
    select
        driver_id,
        transform,
        date,
        sum(case when recency <= 5 then value end) as sum_5,
        count(case when recency <= 5 then 1 end) as sessions,
        coalesce(min(case when value >= 0 then recency end), count(value) + 1) - 1 as streak
    from reported
    group by driver_id, transform, date
),

southbound_sums as (
    select
        w.date,
        days.stock_connect_session as session,
        max(days.stock_connect_session) over (partition by w.date) as newest_session,
        sum(w.value) over (
            partition by w.date order by days.stock_connect_session range between 4 preceding and current row
        ) as sum_5,
        count(w.value) over (
            partition by w.date order by days.stock_connect_session range between 4 preceding and current row
        ) as present
    from {{ ref('int_signal_windows') }} as w
    inner join {{ ref('int_days') }} as days
        on w.observation_date = days.date
    where w.series_id = 'eastmoney.southbound_net'
),

southbound as (
    select
        date,
        max(case when session = newest_session then sum_5 end) as newest_sum,
        avg(sum_5) as usual_sum,
        count(sum_5) as sums
    from southbound_sums
    where present >= 4 and session > newest_session - 20
    group by date
)

select
    driver_id,
    date,
    case
        when transform = 'flow_5' and sessions = 5 then sum_5
        when transform = 'streak' then cast(streak as double)
    end as signal
from etf
union all
select
    'southbound_5' as driver_id,
    date,
    case when sums >= 16 then newest_sum - usual_sum end as signal
from southbound
