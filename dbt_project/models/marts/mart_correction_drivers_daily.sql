{% set article_themes = [
    'market', 'security', 'etf', 'fiscal', 'stagflation', 'ai', 'china', 'gold', 'tariffs', 'dollar', 'positioning',
] %}
with btc as (
    select date, close_usd, close_null_reason, return_null_reason, drawdown_90d_pct, drawdown_90d_null_reason
    from {{ ref('fct_crypto_market_daily') }}
    where asset = 'BTC'
),

themes as (
    select
        p.date,
        {%- for theme in article_themes + ['risk'] %}
        max(case when p.theme = '{{ theme }}' then p.pressure end) as {{ theme }}_pressure,
        max(case when p.theme = '{{ theme }}' then p.null_reason end) as {{ theme }}_pressure_null_reason,
        {%- endfor %}
        avg(case when themes.in_composite then p.pressure end) as mean_pressure,
        avg(case when themes.in_composite and p.theme not in ('market', 'etf') then p.pressure end) as mean_ex_price,
        count(case when themes.in_composite then p.pressure end) as scored_themes,
        sum(p.fresh_drivers) as fresh_drivers,
        sum(p.stale_drivers) as stale_drivers,
        sum(p.missing_drivers) as missing_drivers
    from {{ ref('mart_theme_pressure_daily') }} as p
    inner join {{ ref('themes') }} as themes
        on p.theme = themes.theme
    group by p.date
),

composites as (
    select
        *,
        case when scored_themes >= 6 then mean_pressure end as composite,
        case when scored_themes >= 6 then mean_ex_price end as composite_ex_price
    from themes
),

composite_ranks as (
    select
        today.date,
        count(past.composite) as past_days,
        avg(case when past.composite < today.composite then 1.0 when past.composite is not null then 0.0 end)
            as share_below
    from composites as today
    left join composites as past
        on past.date between today.date - 365 and today.date - 1
    group by today.date
),

ranked as (
    select
        p.date,
        p.driver_id,
        drivers.label,
        case when p.pressure > 0 then
            row_number() over (partition by p.date order by coalesce(p.pressure, -1000) desc, p.driver_id)
        end as headwind_rank,
        case when p.pressure < 0 then
            row_number() over (partition by p.date order by coalesce(p.pressure, 1000), p.driver_id)
        end as tailwind_rank
    from {{ ref('int_driver_pressure') }} as p
    inner join {{ ref('drivers') }} as drivers
        on p.driver_id = drivers.driver_id
),

contributions as (
    select
        date,
        {%- for theme in article_themes + ['risk'] %}
        max(case when theme = '{{ theme }}' then contribution_bps end) as {{ theme }}_contribution_bps,
        max(case when theme = '{{ theme }}' then null_reason end) as {{ theme }}_contribution_null_reason{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source('attribution', 'theme_contributions') }}
    group by date
),

winds as (
    select
        date,
        {{ driver_ranks('headwind') }},
        {{ driver_ranks('tailwind') }}
    from ranked
    group by date
),

daily as (
    select
        btc.date,
        btc.close_usd,
        btc.close_null_reason,
        attributed.btc_return_bps as return_bps,
        case when attributed.btc_return_bps is null then coalesce(btc.return_null_reason, 'not_reported') end
            as return_null_reason,
        btc.drawdown_90d_pct,
        btc.drawdown_90d_null_reason,
        btc.drawdown_90d_pct <= -10 as in_correction,
        episodes.episode_id,
        {{ r10('composites.composite') }} as composite_pressure,
        {{ r10('composites.composite_ex_price') }} as composite_ex_price,
        {{ r10('case when composites.composite is not null and composite_ranks.past_days >= 180
            then 100 * composite_ranks.share_below end') }} as composite_rank_365_pct,
        {%- for theme in article_themes + ['risk'] %}
        composites.{{ theme }}_pressure,
        composites.{{ theme }}_pressure_null_reason,
        {%- endfor %}
        {%- for theme in article_themes + ['risk'] %}
        contributions.{{ theme }}_contribution_bps,
        contributions.{{ theme }}_contribution_null_reason,
        {%- endfor %}
        attributed.explained_bps,
        attributed.baseline_bps,
        attributed.unexplained_bps,
        attributed.unexplained_closed_bps,
        attributed.attribution_status,
        attributed.attribution_known_at,
        composites.scored_themes,
        composites.fresh_drivers,
        composites.stale_drivers,
        composites.missing_drivers,
        {%- for kind in ['headwind', 'tailwind'] %}{% for rank in [1, 2, 3] %}
        winds.{{ kind }}_{{ rank }}_driver_id,
        winds.{{ kind }}_{{ rank }}_label,
        {%- endfor %}{% endfor %}
        clock.as_of,
        clock.publish_id
    from btc
    left join composites
        on btc.date = composites.date
    left join composite_ranks
        on btc.date = composite_ranks.date
    left join winds
        on btc.date = winds.date
    left join {{ source('attribution', 'days') }} as attributed
        on btc.date = attributed.date
    left join contributions
        on btc.date = contributions.date
    left join {{ source('attribution', 'episodes') }} as episodes
        on btc.date >= episodes.confirmed_date and btc.date <= coalesce(episodes.end_date, btc.date)
    cross join {{ source('run', 'clock') }} as clock
)

select
    date,
    close_usd as btc_close_usd,
    close_null_reason as btc_close_null_reason,
    return_bps as btc_return_bps,
    return_null_reason as btc_return_null_reason,
    drawdown_90d_pct,
    drawdown_90d_null_reason,
    in_correction,
    episode_id,
    composite_pressure,
    composite_ex_price,
    case when composite_pressure is null or composite_ex_price is null then 'fewer_than_6_themes' end
        as composite_null_reason,
    composite_rank_365_pct,
    case
        when composite_rank_365_pct is not null then null
        when composite_pressure is null then 'fewer_than_6_themes'
        else 'fewer_than_180_days'
    end as composite_rank_365_null_reason,
    {%- for theme in article_themes + ['risk'] %}
    {{ theme }}_pressure,
    {%- endfor %}
    {{ listed_nulls(article_themes + ['risk'], '_pressure') }} as pressure_null_reasons,
    {%- for kind in ['headwind', 'tailwind'] %}{% for rank in [1, 2, 3] %}
    {{ kind }}_{{ rank }}_driver_id,
    {%- endfor %}{% endfor %}
    unexplained_bps,
    unexplained_closed_bps,
    baseline_bps,
    case
        when unexplained_bps + unexplained_closed_bps + baseline_bps is not null then null
        when attribution_status = 'thin' then 'thin'
        when return_bps is null then 'no_return'
        else 'missing'
    end as attribution_null_reason,
    {%- for theme in article_themes + ['risk'] %}
    {{ theme }}_contribution_bps,
    {%- endfor %}
    {{ listed_nulls(article_themes + ['risk'], '_contribution', '_bps') }} as contribution_null_reasons,
    attribution_status,
    attribution_known_at,
    cast(scored_themes as integer) as scored_themes,
    cast(fresh_drivers as integer) as fresh_drivers,
    cast(stale_drivers as integer) as stale_drivers,
    cast(missing_drivers as integer) as missing_drivers,
    cast(date + interval '1' day as timestamp) as known_cutoff_at,
    as_of,
    publish_id,
    {{ daily_sentence() }} as sentence
from daily
order by date
