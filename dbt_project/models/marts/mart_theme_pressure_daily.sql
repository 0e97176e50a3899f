with days as (
    select distinct date
    from {{ ref('int_driver_pressure') }}
),

counted as (
    select
        theme,
        date,
        avg(pressure) as pressure,
        count(case when status = 'fresh' then 1 end) as fresh_drivers,
        count(case when status = 'stale' then 1 end) as stale_drivers,
        count(case when status = 'missing' then 1 end) as missing_drivers,
        count(pressure) as scored_drivers,
        count(case when null_reason = 'no_direction' then 1 end) as undirected_drivers
    from {{ ref('int_driver_pressure') }}
    group by theme, date
)

select
    days.date,
    themes.theme,
    {{ r10('counted.pressure') }} as pressure,
    cast(coalesce(counted.scored_drivers, 0) as integer) as scored_drivers,
    cast(coalesce(counted.fresh_drivers, 0) as integer) as fresh_drivers,
    cast(coalesce(counted.stale_drivers, 0) as integer) as stale_drivers,
    cast(coalesce(counted.missing_drivers, 0) as integer) as missing_drivers,
    case
        when counted.pressure is not null then null
        when counted.theme is null then coalesce(themes.null_reason, 'no_driver_yet')
        when counted.missing_drivers = counted.missing_drivers + counted.fresh_drivers + counted.stale_drivers
            then 'missing'
        when counted.undirected_drivers > 0 then 'no_direction'
        else 'thin'
    end as null_reason
from days
cross join {{ ref('themes') }} as themes
left join counted
    on days.date = counted.date and themes.theme = counted.theme
order by days.date, themes.sort_order
