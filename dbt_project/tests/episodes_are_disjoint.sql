-- Episodes follow each other: no day belongs to two, no peak is used twice, and each is in order.
with ordered as (
    select
        episode_id,
        peak_date,
        confirmed_date,
        trough_date,
        end_date,
        depth_pct,
        lag(end_date) over (order by peak_date) as end_before,
        lag(peak_date) over (order by peak_date) as peak_before
    from {{ ref('mart_correction_episodes') }}
)

select episode_id
from ordered
where peak_date < end_before
    or peak_date = peak_before
    or not (peak_date < confirmed_date and confirmed_date <= trough_date)
    or trough_date > end_date
    or depth_pct > -10
