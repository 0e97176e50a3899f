-- What pressure is worth, from the daily mart over all days of the run.
with days as (
    select
        d.date,
        d.composite_pressure,
        d.composite_ex_price,
        d.drawdown_90d_pct,
        10000 * ln(later.btc_close_usd / d.btc_close_usd) as next_week_bps
    from {{ ref('mart_correction_drivers_daily') }} as d
    left join {{ ref('mart_correction_drivers_daily') }} as later
        on later.date = d.date + 7
),

measured as (
    {%- for composite in ['composite_pressure', 'composite_ex_price'] %}
    {%- for against in ['drawdown_90d_pct', 'next_week_bps'] %}
    select
        '{{ composite }}' as composite,
        '{{ against }}' as against,
        corr({{ composite }}, {{ against }}) as value,
        count(case when {{ composite }} is not null and {{ against }} is not null then 1 end) as n,
        min(case when {{ composite }} is not null and {{ against }} is not null then date end) as first_date,
        max(case when {{ composite }} is not null and {{ against }} is not null then date end) as last_date
    from days
    {{ 'union all' if not (loop.last and composite == 'composite_ex_price') }}
    {%- endfor %}
    {%- endfor %}
),

-- A correlation of a handful of days is no statement.
told as (
    select composite, against, case when n >= 60 then value end as value, n, first_date, last_date
    from measured
),

wide as (
    select
        max(case when composite = 'composite_pressure' and against = 'drawdown_90d_pct' then value end) as link,
        max(case when composite = 'composite_ex_price' and against = 'drawdown_90d_pct' then value end) as link_ex_price,
        max(case when composite = 'composite_pressure' and against = 'next_week_bps' then value end) as ahead,
        max(case when composite = 'composite_pressure' and against = 'drawdown_90d_pct' then n end) as n_link,
        max(case when composite = 'composite_pressure' and against = 'next_week_bps' then n end) as n_ahead
    from told
),

statement as (
    select
        case
            when link is null or link_ex_price is null or ahead is null or ci.lower is null
                then 'Too few days have a composite pressure to say what it goes with.'
            else
                'Composite pressure says what is unusual on a day: its correlation with the drawdown (a negative figure) is '
                || {{ decimal_text('link', 2) }} || ' over ' || n_link || ' days, so it is '
                || case when link < 0 then 'higher' else 'lower' end || ' the deeper the fall; without the indices made '
                || 'of price or flows it is ' || {{ decimal_text('link_ex_price', 2) }}
                || case
                    when sign(link) <> sign(link_ex_price) then ', so the whole of this link comes from those'
                    when abs(link) <= abs(link_ex_price) then ', so none of this link needs those'
                    else ', so ' || {{ decimal_text('100 * (1 - link_ex_price * link_ex_price / (link * link))', 0) }}
                        || '% of the variance they share comes from those'
                end
                || '; with the return of the next week it is ' || {{ decimal_text('ahead', 2) }} || ' (90% interval '
                || {{ decimal_text('ci.lower', 2) }} || ' to ' || {{ decimal_text('ci.upper', 2) }} || ', ' || n_ahead
                || ' days)' || case when ci.lower <= 0 and ci.upper >= 0 then ': no forecast.' else '.' end
        end as statement
    from wide
    left join {{ source('attribution', 'pressure_link') }} as ci
        on ci.composite = 'composite_pressure'
)

select
    told.composite,
    told.against,
    {{ r10('told.value') }} as correlation,
    case
        when told.value is not null then null
        when told.n < 60 then 'fewer_than_60_days'
        else 'no_variation'
    end as correlation_null_reason,
    case when told.against = 'next_week_bps' then ci.lower end as lower_90,
    case when told.against = 'next_week_bps' then ci.upper end as upper_90,
    case
        when told.against <> 'next_week_bps' then 'for_the_next_week_only'
        when ci.lower is null or ci.upper is null then 'too_few_days'
    end as interval_null_reason,
    cast(told.n as integer) as days,
    told.first_date,
    told.last_date,
    statement.statement
from told
cross join statement
left join {{ source('attribution', 'pressure_link') }} as ci
    on told.composite = ci.composite
order by told.composite, told.against
