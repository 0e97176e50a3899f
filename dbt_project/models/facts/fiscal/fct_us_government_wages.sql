-- Every quarter of the calendar has its rows, so that a quarter without figures is seen and not forgotten.
with quarters as (
    select distinct cast(date_trunc('quarter', days.date) as date) as date
    from {{ ref('int_days') }} as days
),

owners as (
    select series_id, split_part(series_id, '.', 3) as ownership
    from {{ ref('series_catalog') }}
    where series_id like 'bls.avg_weekly_wage.%'
),

grid as (
    select
        owners.ownership,
        quarters.date,
        printed.value,
        printed.status,
        printed.known_at,
        printed.first_known_at,
        printed.first_value
    from owners
    cross join quarters
    left join {{ ref('int_observations') }} as printed
        on owners.series_id = printed.series_id and quarters.date = printed.observation_date
    where quarters.date + interval '3' month <= {{ clock('last_day') }} + interval '1' day
),

sample_begins as (
    {{ sample_begins({'wage': [
        'bls.avg_weekly_wage.total', 'bls.avg_weekly_wage.federal', 'bls.avg_weekly_wage.state',
        'bls.avg_weekly_wage.local', 'bls.avg_weekly_wage.private',
    ]}) }}
),

reasoned as (
    select
        grid.*,
        case
            when grid.value is not null then null
            when grid.status is not null then 'blank_at_the_publisher'
            when grid.date < sample_begins.wage_begins then 'not_in_sample'
            else 'not_reported'
        end as wage_null_reason
    from grid
    cross join sample_begins
)

select
    grid.ownership,
    cast(extract(year from grid.date) as integer) as year,
    cast(extract(quarter from grid.date) as integer) as quarter,
    grid.date,
    grid.value as avg_weekly_wage_usd,
    {{ r10('grid.value / private.value') }} as wage_to_private_ratio,
    case
        when grid.value / private.value is not null then null
        else coalesce(grid.wage_null_reason, 'private_wage_missing')
    end as wage_to_private_null_reason,
    {{ r10('100 * (grid.value / before.value - 1)') }} as avg_weekly_wage_yoy_pct,
    case
        when grid.value / before.value is not null then null
        else coalesce(grid.wage_null_reason, 'year_ago_missing')
    end as wage_yoy_null_reason,
    grid.wage_null_reason,
    grid.known_at,
    grid.first_known_at,
    grid.first_value as first_avg_weekly_wage_usd
from reasoned as grid
left join grid as private
    on grid.date = private.date and private.ownership = 'private'
left join grid as before
    on grid.ownership = before.ownership and before.date = grid.date - interval '12' month
order by grid.ownership, grid.date
