select
    asset,
    fund,
    issuer,
    launch_date
from {{ ref('etf_funds') }}
order by asset, fund
