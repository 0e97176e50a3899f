-- Farside prints one decimal: eleven funds may miss their total by rounding, not by more.
select asset, date, net_flow_usd_mn, printed_total_usd_mn
from {{ ref('fct_etf_flows_daily') }}
where abs(net_flow_usd_mn - printed_total_usd_mn) > 0.15
    or (net_flow_usd_mn is null) <> (printed_total_usd_mn is null)
