{{ config(meta={'dagster': {'ref': {'name': 'mart_correction_drivers_daily'}}}) }}
-- Theme pressure is the mean of its drivers, the composite the mean of the article's themes (six or more), all bounded.
with themes as (
    select date, theme, avg(pressure) as expected
    from {{ ref('mart_driver_signals_daily') }}
    group by date, theme
),

composites as (
    select
        p.date,
        case when count(p.pressure) >= 6 then avg(p.pressure) end as expected
    from {{ ref('mart_theme_pressure_daily') }} as p
    inner join {{ ref('dim_theme') }} as t
        on p.theme = t.theme and t.in_composite
    group by p.date
)

select p.date, p.theme
from {{ ref('mart_theme_pressure_daily') }} as p
left join themes
    on p.date = themes.date and p.theme = themes.theme
where abs(p.pressure - themes.expected) > 1e-8
    or (p.pressure is null) <> (themes.expected is null)
    or abs(p.pressure) > 100
union all
select d.date, 'composite' as theme
from {{ ref('mart_correction_drivers_daily') }} as d
left join composites
    on d.date = composites.date
where abs(d.composite_pressure - composites.expected) > 1e-8
    or (d.composite_pressure is null) <> (composites.expected is null)
