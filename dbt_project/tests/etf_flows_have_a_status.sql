{{ config(meta={'dagster': {'ref': {'name': 'fct_etf_flows'}}}) }}
-- A flow exists exactly where a fund reported, and the day's status follows from its funds'.
select asset, cast(date as varchar) as place
from {{ ref('fct_etf_flows') }}
where (net_flow_usd_mn is null) = (status = 'reported')
union all
select asset, cast(date as varchar) as place
from {{ ref('fct_etf_flows_daily') }}
where (net_flow_usd_mn is null) = (status in ('reported', 'partial'))
