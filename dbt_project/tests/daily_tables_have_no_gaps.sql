{{ config(meta={'dagster': {'ref': {'name': 'mart_correction_drivers_daily'}}}) }}
-- One row a UTC day between the first and the last, and the last is the run's last complete day.
with spans as (
    select 'mart_correction_drivers_daily' as name, count(*) as days, min(date) as first_day, max(date) as last_day
    from {{ ref('mart_correction_drivers_daily') }}
    union all
    select 'fct_crypto_market_daily' as name, count(*) as days, min(date) as first_day, max(date) as last_day
    from {{ ref('fct_crypto_market_daily') }}
    where asset = 'BTC'
    union all
    select 'mart_driver_signals_daily' as name, count(distinct date) as days, min(date) as first_day,
        max(date) as last_day
    from {{ ref('mart_driver_signals_daily') }}
)

select name, days, first_day, last_day
from spans
where days = 0 or days <> last_day - first_day + 1 or last_day <> {{ clock('last_day') }}
