with prices as (
    select
        series_id,
        observation_date as date,
        value,
        known_at,
        first_known_at,
        first_value,
        replace(split_part(series_id, '.', 2), 'USDT', '') as asset,
        split_part(series_id, '.', 3) as field
    from {{ ref('int_observations') }}
    where series_id like 'binance.%'
),

-- From the day on which the catalog counts on a close, or from the first close where that came before.
ranges as (
    select
        replace(split_part(catalog.series_id, '.', 2), 'USDT', '') as asset,
        min(case when prices.value is not null then prices.date end) as first_close,
        min(catalog.expected_from) as expected_from
    from {{ ref('series_catalog') }} as catalog
    left join prices
        on catalog.series_id = prices.series_id
    where catalog.series_id like 'binance.%.close'
    group by replace(split_part(catalog.series_id, '.', 2), 'USDT', '')
),

daily as (
    select
        ranges.asset,
        days.date,
        ranges.first_close,
        max(case when prices.field = 'open' then prices.value end) as open_usd,
        max(case when prices.field = 'high' then prices.value end) as high_usd,
        max(case when prices.field = 'low' then prices.value end) as low_usd,
        max(case when prices.field = 'close' then prices.value end) as close_usd,
        max(case when prices.field = 'volume' then prices.value end) as volume_coins,
        max(case when prices.field = 'close' then prices.known_at end) as known_at,
        max(case when prices.field = 'close' then prices.first_known_at end) as first_known_at,
        max(case when prices.field = 'close' then prices.first_value end) as first_close_usd
    from ranges
    inner join {{ ref('int_days') }} as days
        on days.date >= ranges.expected_from or days.date >= ranges.first_close
    left join prices
        on prices.asset = ranges.asset and prices.date = days.date
    group by ranges.asset, days.date, ranges.first_close
),

returns as (
    select
        *,
        10000 * ln(close_usd / lag(close_usd) over (partition by asset order by date)) as return_bps,
        max(close_usd) over (
            partition by asset order by date rows between 89 preceding and current row
        ) as high_close
    from daily
),

measured as (
    select
        *,
        stddev_samp(return_bps) over (
            partition by asset order by date rows between 29 preceding and current row
        ) as return_sd_bps,
        count(return_bps) over (
            partition by asset order by date rows between 29 preceding and current row
        ) as returns_in_window,
        case when date >= first_close + 89 then high_close end as high_close_90d_usd
    from returns
),

-- Of Solana the sample holds closes alone.
sample_begins as (
    {{ sample_begins({
        'BTC': 'binance.BTCUSDT.open', 'ETH': 'binance.ETHUSDT.open', 'SOL': 'binance.SOLUSDT.open',
    }) }}
)

select
    asset,
    date,
    open_usd,
    high_usd,
    low_usd,
    close_usd,
    case when close_usd is null then 'not_reported' end as close_null_reason,
    volume_coins,
    {{ observation_null_reason(
        'open_usd + high_usd + low_usd + volume_coins', 'date',
        "case asset when 'BTC' then BTC_begins when 'ETH' then ETH_begins else SOL_begins end"
    ) }} as range_null_reason,
    {{ r10('return_bps') }} as return_bps,
    case
        when return_bps is not null then null
        when date = first_close then 'first_day'
        else 'not_reported'
    end as return_null_reason,
    high_close_90d_usd,
    {{ r10('100 * (close_usd / high_close_90d_usd - 1)') }} as drawdown_90d_pct,
    case
        when close_usd / high_close_90d_usd is not null then null
        when date < first_close + 89 then 'fewer_than_90_days'
        else 'not_reported'
    end as drawdown_90d_null_reason,
    {{ r10('case when returns_in_window = 30 then return_sd_bps / 100 * sqrt(365) end') }} as realised_vol_30d_pct,
    case when returns_in_window < 30 then 'fewer_than_30_returns' end as realised_vol_30d_null_reason,
    known_at,
    first_known_at,
    first_close_usd
from measured
cross join sample_begins
order by asset, date
