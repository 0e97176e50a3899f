{{ config(meta={'dagster': {'ref': {'name': 'fct_dollar_daily'}}}) }}
-- An as-known row may hold nothing that became known after 00:00 UTC of the next day.
select 'fct_dollar_daily' as fact, date, known_at
from {{ ref('fct_dollar_daily') }}
where known_at > cast(date + interval '1' day as timestamp)
union all
select 'fct_us_fiscal_daily' as fact, date, known_at
from {{ ref('fct_us_fiscal_daily') }}
where known_at > cast(date + interval '1' day as timestamp)
union all
select 'fct_tariffs_daily' as fact, date, known_at
from {{ ref('fct_tariffs_daily') }}
where known_at > cast(date + interval '1' day as timestamp)
union all
select 'fct_us_stagflation_daily' as fact, date, known_at
from {{ ref('fct_us_stagflation_daily') }}
where known_at > cast(date + interval '1' day as timestamp)
union all
select 'int_as_known_daily' as fact, date, known_at
from {{ ref('int_as_known_daily') }}
where known_at > cast(date + interval '1' day as timestamp)
