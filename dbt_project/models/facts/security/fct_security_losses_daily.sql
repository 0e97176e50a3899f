with observed as (
    select max(cast(fetched_at as date)) - 1 as through_date, min(covers_from) as from_date
    from {{ source('raw', 'response_coverage') }}
    where series_id = 'defillama.hack_incidents'
),

incidents as (
    select date, loss_usd, known_at, first_known_at
    from {{ ref('fct_security_incidents') }}
    where loss_usd >= 1000000
),

daily as (
    select
        days.date,
        count(incidents.loss_usd) as incidents,
        coalesce(sum(incidents.loss_usd), 0) as loss_usd,
        max(incidents.known_at) as known_at,
        max(incidents.first_known_at) as first_known_at
    from {{ ref('int_days') }} as days
    inner join observed
        on days.date between observed.from_date and observed.through_date
    left join incidents
        on days.date = incidents.date
    group by days.date
)

select
    daily.date,
    cast(daily.incidents as integer) as incidents,
    daily.loss_usd,
    case when daily.date >= observed.from_date + 29 then
        sum(daily.loss_usd) over (order by daily.date rows between 29 preceding and current row)
    end as loss_30d_usd,
    case when daily.date < observed.from_date + 29 then 'fewer_than_30_days' end as loss_30d_null_reason,
    case when daily.date >= observed.from_date + 364 then
        sum(daily.loss_usd) over (order by daily.date rows between 364 preceding and current row)
    end as loss_365d_usd,
    case when daily.date < observed.from_date + 364 then 'fewer_than_365_days' end as loss_365d_null_reason,
    daily.known_at,
    daily.first_known_at
from daily
cross join observed
order by daily.date
