{{ config(meta={'dagster': {'ref': {'name': 'mart_correction_periods'}}}) }}
-- A period's totals and themes are the sums of its days, or null throughout when any of its sessions is thin.
with totals as (
    select
        p.period_id,
        p.status,
        max(case when a.attribution_status = 'thin' then 1 else 0 end) as thin,
        {%- for column in ['btc_return_bps', 'explained_bps', 'unexplained_bps', 'unexplained_open_bps', 'unexplained_closed_bps'] %}
        max(p.{{ column }}) as {{ column }},
        sum(a.{{ column }}) as {{ column }}_of_days{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('mart_correction_periods') }} as p
    inner join {{ ref('mart_attribution_daily') }} as a
        on a.date between p.first_date and p.last_date
    group by p.period_id, p.status
),

themes as (
    select
        p.period_id,
        c.theme,
        sum(c.contribution_bps) as contribution,
        sum(c.alone_bps) as alone,
        sum(c.last_bps) as last
    from {{ ref('mart_correction_periods') }} as p
    inner join {{ ref('mart_theme_contributions_daily') }} as c
        on c.date between p.first_date and p.last_date
    where p.status <> 'thin'
    group by p.period_id, c.theme
)

select period_id, 'total' as place
from totals
where abs(btc_return_bps - btc_return_bps_of_days) > 1e-9
    or (status = 'thin') <> (thin = 1)
    {%- for column in ['explained_bps', 'unexplained_bps', 'unexplained_open_bps', 'unexplained_closed_bps'] %}
    or (thin = 1 and {{ column }} is not null)
    or (thin = 0 and abs({{ column }} - {{ column }}_of_days) > 1e-9)
    {%- endfor %}
union all
select c.period_id, c.theme
from {{ ref('mart_period_contributions') }} as c
left join themes
    on c.period_id = themes.period_id and c.theme = themes.theme
where abs(c.contribution_bps - themes.contribution) > 1e-9
    or abs(c.alone_bps - themes.alone) > 1e-9
    or abs(c.last_bps - themes.last) > 1e-9
    or (c.contribution_bps is null) <> (themes.contribution is null)
    or not (c.contribution_bps between c.contribution_lower_bps and c.contribution_upper_bps)
    or not (c.alone_bps between c.alone_lower_bps and c.alone_upper_bps)
    or not (c.last_bps between c.last_lower_bps and c.last_upper_bps)
