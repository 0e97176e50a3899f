{#- The lengths in days that the windows below are made of; a frame has to be written out. Another one in the seed leaves
    its driver without a score, which a test refuses. -#}
{% set day_windows = [365] %}
-- Pressure of a driver: where today's signal stands among its own past, -100 to 100, positive presses crypto down.
-- The window is the seed's. Days: it ends the day before and counts days on which the signal was known. Releases: it holds
-- the signal as it stood on the first day of each of the releases before the present one; a release is a day on which the
-- inputs reach further than on any day before.
with signals as (
    select
        *,
        case
            when oldest_input_date > max(oldest_input_date) over before then 1
            when oldest_input_date is not null and max(oldest_input_date) over before is null then 1
            else 0
        end as is_release
    from {{ ref('int_driver_signals') }}
    window before as (
        partition by driver_id order by date rows between unbounded preceding and 1 preceding
    )
),

day_windows as (
    select
        driver_id,
        theme,
        date,
        is_shown,
        direction,
        window_kind,
        window_length,
        minimum_observations,
        oldest_input_date,
        age_days,
        status,
        signal,
        null_reason,
        is_release,
        sum(is_release) over (
            partition by driver_id order by date rows between unbounded preceding and current row
        ) as release_number,
        {%- for days in day_windows %}
        avg(signal) over days_{{ days }} as mean_{{ days }},
        stddev_samp(signal) over days_{{ days }} as sd_{{ days }},
        count(signal) over days_{{ days }} as observations_{{ days }}{{ ',' if not loop.last }}
        {%- endfor %}
    from signals
    window
        {%- for days in day_windows %}
        days_{{ days }} as (
            partition by driver_id order by date rows between {{ days }} preceding and 1 preceding
        ){{ ',' if not loop.last }}
        {%- endfor %}
),

releases as (
    select driver_id, release_number, window_length, signal
    from day_windows
    where window_kind = 'releases' and is_release = 1
),

release_windows as (
    select
        releases.driver_id,
        releases.release_number,
        avg(past.signal) as mean,
        stddev_samp(past.signal) as sd,
        count(past.signal) as observations
    from releases
    inner join releases as past
        on releases.driver_id = past.driver_id
        and past.release_number < releases.release_number
        and past.release_number >= releases.release_number - releases.window_length
    group by releases.driver_id, releases.release_number
),

windows as (
    select
        d.driver_id,
        d.theme,
        d.date,
        d.direction,
        d.minimum_observations,
        d.oldest_input_date,
        d.age_days,
        d.status,
        d.signal,
        d.null_reason,
        {%- for part in ['mean', 'sd', 'observations'] %}
        case
            when d.window_kind = 'releases' then r.{{ part }}
            {%- for days in day_windows %}
            when d.window_kind = 'days' and d.window_length = {{ days }} then d.{{ part }}_{{ days }}
            {%- endfor %}
        end as {{ part }}{{ ',' if not loop.last }}
        {%- endfor %}
    from day_windows as d
    left join release_windows as r
        on d.driver_id = r.driver_id and d.release_number = r.release_number
    where d.is_shown
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
    cast(coalesce(observations, 0) as integer) as observations,
    {{ r10('case when observations >= minimum_observations then mean end') }} as window_mean,
    {{ r10('case when observations >= minimum_observations then sd end') }} as window_sd,
    {{ r10('z') }} as z,
    {{ r10('200 * (' ~ normal_cdf('directed_z') ~ ') - 100') }} as pressure,
    case
        when null_reason is not null then null_reason
        when coalesce(observations, 0) < minimum_observations then 'thin'
        when z is null then 'no_variation'
        when direction = 0 then 'no_direction'
    end as null_reason
from winsorised
