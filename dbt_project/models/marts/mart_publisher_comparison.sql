-- Both publishers' newest figures of the days that both printed, and whether they agree within the stated tolerance.
with figures as (
    select series_id, observation_date, value, known_at
    from {{ ref('int_observations') }}
    where value is not null
),

month_ends as (
    select cast(date_trunc('month', date) as date) as month_start, max(date) as last_session
    from {{ ref('int_days') }}
    where us_federal
    group by cast(date_trunc('month', date) as date)
),

-- A month's figure describes its end: it is held against the other publisher's figure of the last business day.
left_side as (
    select
        seed.comparison_id,
        case when seed.paired_by = 'month_end' then month_ends.last_session else figures.observation_date end as date,
        figures.value,
        figures.known_at
    from {{ ref('publisher_comparisons') }} as seed
    inner join figures
        on seed.left_series_id = figures.series_id
    left join month_ends
        on figures.observation_date = month_ends.month_start
),

right_side as (
    select
        seed.comparison_id,
        figures.observation_date as date,
        figures.value * seed.right_scale
        / case when seed.right_divisor_series_id is null then 1 else divisor.value end as value,
        case when divisor.known_at > figures.known_at then divisor.known_at else figures.known_at end as known_at
    from {{ ref('publisher_comparisons') }} as seed
    inner join figures
        on seed.right_series_id = figures.series_id
    left join figures as divisor
        on seed.right_divisor_series_id = divisor.series_id and figures.observation_date = divisor.observation_date
),

measured as (
    select
        l.date,
        seed.comparison_id,
        seed.quantity,
        seed.left_publisher,
        seed.right_publisher,
        seed.unit,
        seed.difference_unit,
        seed.tolerance,
        seed.reason,
        l.value as left_value,
        r.value as right_value,
        case when l.known_at > r.known_at then l.known_at else r.known_at end as known_at,
        case seed.difference_unit
            when 'bps' then 100 * (r.value - l.value)
            else 100 * (r.value / l.value - 1)
        end as difference
    from left_side as l
    inner join right_side as r
        on l.comparison_id = r.comparison_id and l.date = r.date
    inner join {{ ref('publisher_comparisons') }} as seed
        on l.comparison_id = seed.comparison_id
    where r.value is not null
)

select
    date,
    comparison_id,
    quantity,
    left_publisher,
    {{ r10('left_value') }} as left_value,
    right_publisher,
    {{ r10('right_value') }} as right_value,
    unit,
    {{ r10('difference') }} as difference,
    difference_unit,
    cast(tolerance as double) as tolerance,
    abs({{ r10('difference') }}) <= tolerance as within_tolerance,
    reason as tolerance_reason,
    known_at
from measured
order by date, comparison_id
