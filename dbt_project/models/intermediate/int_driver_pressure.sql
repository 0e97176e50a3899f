-- Pressure of a driver: where today's signal stands among its own past, -100 to 100, positive presses crypto down.
-- The window ends the day before and counts days on which the signal was known.
with windows as (
    select
        driver_id,
        theme,
        date,
        direction,
        minimum_observations,
        oldest_input_date,
        age_days,
        status,
        signal,
        null_reason,
        avg(signal) over trailing_year as mean,
        stddev_samp(signal) over trailing_year as sd,
        count(signal) over trailing_year as observations
    from {{ ref('int_driver_signals') }}
    window trailing_year as (
        partition by driver_id order by date rows between 365 preceding and 1 preceding
    )
),

scored as (
    select
        *,
        case when observations >= minimum_observations and sd > 1e-12 then (signal - mean) / sd end as z
    from windows
),

-- Written out, since greatest() and least() pass over nulls.
winsorised as (
    select
        *,
        case when direction <> 0 then direction * case when z > 4 then 4 when z < -4 then -4 else z end end as directed_z
    from scored
)

select
    driver_id,
    theme,
    date,
    status,
    oldest_input_date,
    age_days,
    {{ r10('signal') }} as signal,
    cast(observations as integer) as observations,
    {{ r10('case when observations >= minimum_observations then mean end') }} as window_mean,
    {{ r10('case when observations >= minimum_observations then sd end') }} as window_sd,
    {{ r10('z') }} as z,
    {{ r10('200 * (' ~ normal_cdf('directed_z') ~ ') - 100') }} as pressure,
    case
        when null_reason is not null then null_reason
        when observations < minimum_observations then 'thin'
        when z is null then 'no_variation'
        when direction = 0 then 'no_direction'
    end as null_reason
from winsorised
