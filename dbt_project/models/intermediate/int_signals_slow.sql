-- Signals of monthly releases: changes over three months, twelve-month sums against the year before, deviations from the
-- mean of twelve months. Both sides are of one vintage state, as known on the day, and stand by date: a month without a
-- figure moves no other.
with days as (
    select date from {{ ref('int_days') }}
),

states as (
    select
        series_id,
        since_date,
        until_date,
        newest_observation_date,
        max(case when months_back = 0 then value end) as newest,
        max(case when months_back = 3 then value end) as before,
        avg(case when months_back <= 11 then value end) as mean_12,
        sum(case when months_back <= 11 then value end) as sum_12,
        sum(case when months_back between 12 and 23 then value end) as sum_year_ago,
        count(case when months_back <= 11 then 1 end) as months_12,
        count(case when months_back between 12 and 23 then 1 end) as months_year_ago
    from {{ ref('int_slow_windows') }}
    where series_id in (
        'fiscaldata.mspd_bills_usd_mn', 'fiscaldata.mspd_total_marketable_usd_mn', 'fred.MTSDS133FMS',
        'fred.CES9091000001', 'fred.MICH', 'fred.UNRATE'
    )
    group by series_id, since_date, until_date, newest_observation_date
),

inflation as (
    select
        now.since_date,
        now.until_date,
        max(case when now.months_back = 0 then 100 * (now.value / year_ago.value - 1) end) as newest,
        avg(100 * (now.value / year_ago.value - 1)) as mean_12,
        count(*) as months_12
    from {{ ref('int_slow_windows') }} as now
    inner join {{ ref('int_slow_windows') }} as year_ago
        on now.series_id = year_ago.series_id
        and now.since_date = year_ago.since_date
        and now.months_back + 12 = year_ago.months_back
    where now.series_id = 'fred.CPIAUCSL' and now.months_back <= 11
    group by now.since_date, now.until_date
),

known as (
    select days.date, states.*
    from days
    inner join states
        on states.since_date <= days.date -- as-of filter: slow signals
        and days.date < {{ or_never('states.until_date') }}
),

bills_share as (
    select
        bills.date,
        100 * (bills.newest / marketable.newest - bills.before / marketable.before) as signal
    from known as bills
    inner join known as marketable
        on bills.date = marketable.date and bills.newest_observation_date = marketable.newest_observation_date
    where bills.series_id = 'fiscaldata.mspd_bills_usd_mn'
        and marketable.series_id = 'fiscaldata.mspd_total_marketable_usd_mn'
),

-- The series is a surplus; a year without a deficit has no year-on-year change of one.
deficit as (
    select
        date,
        case when months_12 = 12 and months_year_ago = 12 and sum_year_ago < 0
            then 100 * (sum_12 / sum_year_ago - 1)
        end as signal
    from known
    where series_id = 'fred.MTSDS133FMS'
),

-- Ten months of the twelve: a month that was never asked must not silence the next eleven.
misery as (
    select
        days.date,
        case when inflation.months_12 >= 10 and unemployment.months_12 >= 10
            then inflation.newest + unemployment.newest - inflation.mean_12 - unemployment.mean_12
        end as signal
    from days
    inner join inflation
        on inflation.since_date <= days.date -- as-of filter: slow signals, inflation
        and days.date < {{ or_never('inflation.until_date') }}
    inner join known as unemployment
        on days.date = unemployment.date and unemployment.series_id = 'fred.UNRATE'
),

-- Customs: a month is whole once a later one has begun to be printed. Refunds go off; a day without one has no line.
customs_months as (
    select
        k.date,
        sides.side,
        cast({{ dbt.dateadd('month', 'sides.months', dbt.date_trunc('month', 'k.observation_date')) }} as date) as month
    from {{ ref('int_as_known_daily') }} as k
    cross join (select 'newest' as side, -1 as months union all select 'year_ago' as side, -13 as months) as sides
    where k.series_id = 'fiscaldata.dts_customs_deposits_usd_mn'
),

customs_sums as (
    select
        months.date,
        sum(case
            when months.side = 'newest' and v.series_id = 'fiscaldata.dts_customs_refunds_usd_mn' then -v.value
            when months.side = 'newest' then v.value
        end) as newest,
        sum(case
            when months.side = 'year_ago' and v.series_id = 'fiscaldata.dts_customs_refunds_usd_mn' then -v.value
            when months.side = 'year_ago' then v.value
        end) as year_ago,
        count(case when months.side = 'newest' and v.series_id = 'fiscaldata.dts_customs_deposits_usd_mn' then 1 end)
            as days_newest,
        count(case when months.side = 'year_ago' and v.series_id = 'fiscaldata.dts_customs_deposits_usd_mn' then 1 end)
            as days_year_ago
    from customs_months as months
    inner join {{ ref('int_vintages') }} as v
        on months.month = cast({{ dbt.date_trunc('month', 'v.observation_date') }} as date)
        and v.series_id in ('fiscaldata.dts_customs_deposits_usd_mn', 'fiscaldata.dts_customs_refunds_usd_mn')
        and v.value is not null
        and {{ valid_on('v', 'months.date') }} -- as-of filter: customs
    group by months.date
),

customs as (
    select
        date,
        case when days_newest >= 15 and days_year_ago >= 15 and year_ago > 0
            then 100 * (newest / year_ago - 1)
        end as signal
    from customs_sums
)

select 'bills_share' as driver_id, date, signal from bills_share
union all
select 'deficit_12m' as driver_id, date, signal from deficit
union all
select 'fed_jobs' as driver_id, date, newest - before as signal from known where series_id = 'fred.CES9091000001'
union all
select 'infl_exp' as driver_id, date, newest - before as signal from known where series_id = 'fred.MICH'
union all
select 'misery' as driver_id, date, signal from misery
union all
select 'customs' as driver_id, date, signal from customs
