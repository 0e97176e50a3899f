{{ config(meta={'dagster': {'ref': {'name': 'mart_attribution_daily'}}}) }}
-- The return of every settled or provisional day is what its drivers, and its themes, explain plus what stays; what stays
-- is its open and its closed part; a thin day has no figure at all; a shock belongs to the day its market fixed it on.
with drivers as (
    select date, coalesce(sum(contribution_bps), 0) as explained, count(contribution_bps) as figures
    from {{ ref('mart_driver_contributions_daily') }}
    group by date
),

themes as (
    select date, coalesce(sum(contribution_bps), 0) as explained, count(coalesce(contribution_bps, alone_bps, last_bps)) as figures
    from {{ ref('mart_theme_contributions_daily') }}
    group by date
)

select a.date, a.attribution_status
from {{ ref('mart_attribution_daily') }} as a
left join drivers
    on a.date = drivers.date
left join themes
    on a.date = themes.date
where (
        a.attribution_status <> 'thin'
        and (
            abs(drivers.explained - a.explained_bps) > 1e-9
            or abs(themes.explained - a.explained_bps) > 1e-9
            or abs(drivers.explained + a.unexplained_bps - a.btc_return_bps) > 1e-9
            or abs(themes.explained + a.unexplained_bps - a.btc_return_bps) > 1e-9
            or abs(a.unexplained_open_bps + a.unexplained_closed_bps - a.unexplained_bps) > 1e-9
            or (a.unexplained_bps is null) <> (a.btc_return_bps is null)
            or drivers.explained is null
            or themes.explained is null
        )
    )
    or (
        a.attribution_status = 'thin'
        and (
            drivers.figures + themes.figures > 0
            or coalesce(
                a.explained_bps, a.baseline_bps, a.unexplained_bps, a.unexplained_open_bps, a.unexplained_closed_bps,
                a.etf_associated_as_dated_bps, a.etf_associated_realigned_bps, a.etf_associated_without_late_bps
            ) is not null
        )
    )
union all
select date, driver_id
from {{ ref('mart_driver_contributions_daily') }}
where {{ knowledge_date('market_at') }} <> date
union all
select date, 'wide mart' as place
from {{ ref('mart_correction_drivers_daily') }}
where attribution_status in ('settled', 'provisional', 'closed')
    and abs(
        {%- for theme in [
            'market', 'security', 'etf', 'fiscal', 'stagflation', 'ai', 'china', 'gold', 'tariffs', 'dollar', 'positioning', 'risk',
        ] %}
        coalesce({{ theme }}_contribution_bps, 0) +
        {%- endfor %} unexplained_bps - btc_return_bps
    ) > 1e-9
