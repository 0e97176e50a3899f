{#- 31 U.S.C. 5117(b): the price at which the gold certificates are issued, US$ a fine troy ounce. -#}
{% set statutory = 42.2222 -%}
with prices as (
    select
        observation_date as date,
        value,
        status,
        known_at,
        first_known_at,
        first_value,
        lag(value) over (order by observation_date) as value_before,
        row_number() over (order by observation_date) as place,
        ln(value / lag(value) over (order by observation_date)) as log_return,
        sum(cast(value as decimal(18, 4))) over (order by observation_date rows between 49 preceding and current row)
            as sum_50,
        count(value) over (order by observation_date rows between 49 preceding and current row) as prices_in_window
    from {{ ref('int_observations') }}
    where series_id = 'lbma.gold_pm_usd'
),

-- The Treasury's own table where a home has it, else the reports quoted in the seed.
reports as (
    select
        observation_date as report_date,
        'US Treasury, FiscalData gold_reserve' as source,
        max(case when series_id = 'fiscaldata.gold_fine_troy_oz' then value end) as fine_troy_oz,
        max(case when series_id = 'fiscaldata.gold_book_value_usd' then value end) as book_value_usd,
        max(known_at) as known_at,
        1 as preference
    from {{ ref('int_observations') }}
    where series_id in ('fiscaldata.gold_fine_troy_oz', 'fiscaldata.gold_book_value_usd')
    group by observation_date
    having count(value) = 2
    union all
    select record_date, source_url, total_fine_troy_oz, book_value_usd, cast(null as timestamp), 2
    from {{ ref('gold_reserve_anchors') }}
),

held as (
    select
        prices.date,
        reports.report_date,
        reports.source,
        reports.fine_troy_oz,
        reports.book_value_usd,
        reports.known_at,
        row_number() over (
            partition by prices.date order by reports.report_date desc, reports.preference
        ) as recency
    from prices
    inner join reports
        on reports.report_date <= prices.date
)

select
    prices.date,
    prices.value as gold_pm_usd_per_oz,
    prices.status,
    {{ r10('10000 * prices.log_return') }} as gold_return_bps,
    case
        when prices.log_return is not null then null
        when prices.value is null then 'price_blanked'
        when prices.place = 1 then 'first_session'
        else 'price_before_blanked'
    end as gold_return_null_reason,
    {{ r10('case when prices.prices_in_window = 50 then 100 * (50 * prices.value / prices.sum_50 - 1) end') }}
        as gold_above_mean_50_pct,
    case
        when prices.prices_in_window = 50 then null
        when prices.value is null then 'price_blanked'
        else 'fewer_than_50_prices'
    end as gold_above_mean_50_null_reason,
    cast(held.fine_troy_oz as double) as official_gold_fine_troy_oz,
    {{ r10('held.fine_troy_oz / 32150.7465686') }} as official_gold_tonnes,
    cast(held.book_value_usd as double) as official_gold_book_value_usd,
    held.report_date as official_gold_report_date,
    held.source as official_gold_source,
    cast({{ statutory }} as double) as statutory_price_usd_per_oz,
    {{ r10('held.fine_troy_oz * prices.value / 1e9') }} as market_value_usd_bn,
    {{ r10('held.fine_troy_oz * (prices.value - ' ~ statutory ~ ') / 1e9') }} as revaluation_gain_usd_bn,
    case
        when prices.value is null then 'price_blanked'
        when held.fine_troy_oz is null then 'no_report_of_the_reserve'
    end as revaluation_gain_null_reason,
    greatest(prices.known_at, coalesce(held.known_at, prices.known_at)) as known_at,
    prices.first_known_at,
    prices.first_value as first_gold_pm_usd_per_oz
from prices
left join held
    on prices.date = held.date and held.recency = 1
order by prices.date
