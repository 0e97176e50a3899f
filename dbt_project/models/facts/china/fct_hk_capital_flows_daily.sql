with observed as (
    select
        observation_date as date,
        max(case when series_id = 'fred.DEXHKUS' then value end) as usd_hkd,
        max(case when series_id = 'ecb.HKD' then value end) / max(case when series_id = 'ecb.USD' then value end)
            as usd_hkd_ecb,
        max(case when series_id = 'eastmoney.southbound_net' then value end) as southbound_net_hkd_mn,
        max(case when series_id = 'eastmoney.southbound_buy' then value end) as southbound_buy_hkd_mn,
        max(case when series_id = 'eastmoney.southbound_sell' then value end) as southbound_sell_hkd_mn,
        max(case when series_id = 'hkma.closing_balance' then value end) as aggregate_balance_hkd_mn,
        coalesce(
            max(case when series_id = 'hkma.hibor_fixing_overnight' then value end),
            max(case when series_id = 'hkma.hibor_overnight' then value end)
        ) as hibor_overnight_pct,
        case
            when max(case when series_id = 'hkma.hibor_fixing_overnight' then value end) is not null then 'fixing'
            when max(case when series_id = 'hkma.hibor_overnight' then value end) is not null then 'market quote'
        end as hibor_overnight_basis,
        max(case when series_id = 'fred.SOFR' then value end) as sofr_pct,
        max(case when series_id = 'tencent.HSI' then value end) as hsi_index,
        max(case when series_id = 'tencent.HSTECH' then value end) as hstech_index,
        max(known_at) as known_at,
        max(case when series_id in ('fred.DEXHKUS', 'eastmoney.southbound_net') then first_known_at end) as first_known_at,
        max(case when series_id = 'fred.DEXHKUS' then first_value end) as first_usd_hkd,
        max(case when series_id = 'eastmoney.southbound_net' then first_value end) as first_southbound_net_hkd_mn
    from {{ ref('int_observations') }}
    where series_id in (
        'fred.DEXHKUS', 'ecb.HKD', 'ecb.USD', 'eastmoney.southbound_net', 'eastmoney.southbound_buy',
        'eastmoney.southbound_sell', 'hkma.closing_balance', 'hkma.hibor_fixing_overnight',
        'hkma.hibor_overnight', 'fred.SOFR', 'tencent.HSI', 'tencent.HSTECH'
    )
    group by observation_date
),

sample_begins as (
    {{ sample_begins({
        'aggregate_balance': 'hkma.closing_balance',
        'hibor': ['hkma.hibor_fixing_overnight', 'hkma.hibor_overnight'],
    }) }}
)

select
    days.date,
    observed.usd_hkd,
    {{ observation_null_reason('observed.usd_hkd', 'days.date', open='days.us_federal') }} as usd_hkd_null_reason,
    {{ r10('observed.usd_hkd_ecb') }} as usd_hkd_ecb,
    {{ observation_null_reason('observed.usd_hkd_ecb', 'days.date', open='days.target') }} as usd_hkd_ecb_null_reason,
    {{ r10('observed.usd_hkd - 7.75') }} as distance_to_strong_side_hkd,
    {{ r10('7.85 - observed.usd_hkd') }} as distance_to_weak_side_hkd,
    case
        when observed.southbound_net_hkd_mn is not null then 'reported'
        when not days.stock_connect then 'holiday'
        else 'not_reported'
    end as southbound_status,
    observed.southbound_net_hkd_mn,
    observed.southbound_buy_hkd_mn,
    observed.southbound_sell_hkd_mn,
    {{ observation_null_reason(
        'observed.southbound_buy_hkd_mn + observed.southbound_sell_hkd_mn', 'days.date', open='days.stock_connect'
    ) }} as southbound_turnover_null_reason,
    observed.aggregate_balance_hkd_mn,
    {{ observation_null_reason(
        'observed.aggregate_balance_hkd_mn', 'days.date', 'aggregate_balance_begins', 'days.hong_kong'
    ) }} as aggregate_balance_null_reason,
    observed.hibor_overnight_pct,
    observed.hibor_overnight_basis,
    {{ observation_null_reason('observed.hibor_overnight_pct', 'days.date', 'hibor_begins', 'days.hong_kong') }}
        as hibor_overnight_null_reason,
    observed.sofr_pct,
    {#- Money markets rest on Good Friday too, which is no federal holiday. #}
    {{ observation_null_reason('observed.sofr_pct', 'days.date', open='(days.us_federal and days.us_equity)') }}
        as sofr_null_reason,
    {{ r10('observed.hibor_overnight_pct - observed.sofr_pct') }} as hibor_overnight_less_sofr_pp,
    case
        when observed.hibor_overnight_pct is null then 'no_hibor'
        when observed.sofr_pct is null then 'no_sofr'
    end as hibor_overnight_less_sofr_null_reason,
    observed.hsi_index,
    {{ observation_null_reason('observed.hsi_index', 'days.date', open='days.hong_kong') }} as hsi_null_reason,
    observed.hstech_index,
    {{ observation_null_reason('observed.hstech_index', 'days.date', open='days.hong_kong') }} as hstech_null_reason,
    observed.known_at,
    observed.first_known_at,
    observed.first_usd_hkd,
    observed.first_southbound_net_hkd_mn
from {{ ref('int_days') }} as days
cross join sample_begins
left join observed
    on days.date = observed.date
where days.iso_weekday <= 5 and days.date >= (select min(date) from observed)
order by days.date
