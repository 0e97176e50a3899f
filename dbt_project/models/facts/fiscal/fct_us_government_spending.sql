with printed as (
    select
        split_part(series_id, '.', 2) as country,
        observation_date,
        max(case when series_id like '%.NE.CON.GOVT.CD' then value end) as consumption_usd,
        max(case when series_id like '%.NE.CON.GOVT.CD' then first_value end) as first_consumption_usd,
        max(case when series_id like '%.NE.CON.GOVT.ZS' then value end) as share_pct,
        max(case when series_id like '%.NE.CON.GOVT.ZS' then first_value end) as first_share_pct,
        max(known_at) as known_at,
        min(first_known_at) as first_known_at
    from {{ ref('int_observations') }}
    where series_id like 'worldbank.%.NE.CON.GOVT.%'
    group by split_part(series_id, '.', 2), observation_date
)

select
    printed.country,
    cast(extract(year from printed.observation_date) as integer) as year,
    printed.observation_date as date,
    printed.consumption_usd as government_consumption_usd,
    {{ r10('100 * (printed.consumption_usd / before.consumption_usd - 1)') }} as government_consumption_yoy_pct,
    printed.share_pct as government_consumption_share_of_gdp_pct,
    case when printed.share_pct is null then 'no_figure_known' end as share_null_reason,
    printed.known_at,
    printed.first_known_at,
    printed.first_consumption_usd as first_government_consumption_usd,
    printed.first_share_pct as first_government_consumption_share_of_gdp_pct
from printed
left join printed as before
    on printed.country = before.country
    and before.observation_date = printed.observation_date - interval '12' month
order by printed.country, printed.observation_date
