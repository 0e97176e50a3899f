with printed as (
    select
        split_part(series_id, '.', 2) as country,
        observation_date,
        max(case when series_id like '%.NE.CON.GOVT.CD' then value end) as consumption_usd,
        max(case when series_id like '%.NE.CON.GOVT.CD' then first_value end) as first_consumption_usd,
        max(case when series_id like '%.NE.CON.GOVT.ZS' then value end) as share_pct,
        max(case when series_id like '%.NE.CON.GOVT.ZS' then first_value end) as first_share_pct,
        max(known_at) as known_at,
        max(first_known_at) as first_known_at
    from {{ ref('int_observations') }}
    where series_id like 'worldbank.%.NE.CON.GOVT.%'
    group by split_part(series_id, '.', 2), observation_date
),

-- Of a country's series, by what the sample is to have of the same series of any country.
sample_begins as (
    {{ sample_begins({
        'consumption': ['worldbank.USA.NE.CON.GOVT.CD', 'worldbank.CHN.NE.CON.GOVT.CD'],
        'share': ['worldbank.USA.NE.CON.GOVT.ZS', 'worldbank.CHN.NE.CON.GOVT.ZS'],
    }) }}
),

reasoned as (
    select
        printed.*,
        {{ level_null_reason('consumption', 'consumption_usd', 'observation_date') }} as consumption_null_reason,
        {{ level_null_reason('share', 'share_pct', 'observation_date') }} as share_null_reason
    from printed
    cross join sample_begins
)

select
    printed.country,
    cast(extract(year from printed.observation_date) as integer) as year,
    printed.observation_date as date,
    printed.consumption_usd as government_consumption_usd,
    printed.consumption_null_reason,
    {{ r10('100 * (printed.consumption_usd / before.consumption_usd - 1)') }} as government_consumption_yoy_pct,
    case
        when printed.consumption_usd / before.consumption_usd is not null then null
        else coalesce(printed.consumption_null_reason, 'year_ago_missing')
    end as consumption_yoy_null_reason,
    printed.share_pct as government_consumption_share_of_gdp_pct,
    printed.share_null_reason,
    printed.known_at,
    printed.first_known_at,
    printed.first_consumption_usd as first_government_consumption_usd,
    printed.first_share_pct as first_government_consumption_share_of_gdp_pct
from reasoned as printed
left join printed as before
    on printed.country = before.country
    and before.observation_date = printed.observation_date - interval '12' month
order by printed.country, printed.observation_date
