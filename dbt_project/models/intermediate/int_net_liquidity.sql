-- Fed assets less Treasury account less reverse repo, US$ mn, for the newest Wednesday known on each day and the one
-- four weeks before, all parts as known on the day. Reverse repo is lent overnight: on a holiday Wednesday the newest
-- operation of the four days before is what was outstanding.
with wednesdays as (
    select k.date, k.observation_date as newest_wednesday, cast(k.observation_date - lags.days as date) as wednesday
    from {{ ref('int_as_known_daily') }} as k
    cross join (select 0 as days union all select 28 as days) as lags
    where k.series_id = 'fred.WALCL'
),

parts as (
    select
        w.date,
        w.newest_wednesday,
        w.wednesday,
        v.series_id,
        v.value,
        v.known_at,
        row_number() over (
            partition by w.date, w.wednesday, v.series_id order by v.observation_date desc
        ) as recency
    from wednesdays as w
    inner join {{ ref('int_vintages') }} as v
        on v.series_id in ('fred.WALCL', 'fred.WDTGAL', 'fred.RRPONTSYD')
        and v.observation_date between w.wednesday - case v.series_id when 'fred.RRPONTSYD' then 4 else 0 end
            and w.wednesday
        and v.value is not null
        and {{ valid_on('v', 'w.date') }} -- as-of filter: net liquidity
)

select
    date,
    newest_wednesday,
    wednesday,
    max(case when series_id = 'fred.WALCL' then value end) as fed_assets_usd_mn,
    max(case when series_id = 'fred.WDTGAL' then value end) as treasury_account_usd_mn,
    max(case when series_id = 'fred.RRPONTSYD' then value end) as reverse_repo_usd_bn,
    max(case when series_id = 'fred.WALCL' then value end)
    - max(case when series_id = 'fred.WDTGAL' then value end)
    - 1000 * max(case when series_id = 'fred.RRPONTSYD' then value end) as net_liquidity_usd_mn,
    max(known_at) as known_at
from parts
where recency = 1
group by date, newest_wednesday, wednesday
