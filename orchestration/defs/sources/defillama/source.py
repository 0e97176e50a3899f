"""DefiLlama: supply of dollar stablecoins, and the list of hacks; keyless.

Units: US dollars at market value (all dollar-pegged coins together), coins (USDT, USDC), US dollars (losses). Nulls: a
missing amount. Time zone: UTC days. Known at: supply of D on D+1 01:00 UTC (`utc_next_0100`), today's row moves and is
left out; a hack at the end of its day (`utc_close`), one added later when we first saw it. Revisions: adapter fixes
rewrite the supply, losses and returned funds are corrected, incidents are added weeks late; every answer is the whole
history, so there is no re-read window. Limits: about 500 requests a minute; four are made. The list of hacks is
documented as a paid source and may end with status 402: what was landed stays, and the failure says so. Terms: free
use, attribution.
"""

from functools import partial

from orchestration.defs.sources.defillama.parser import PUBLISHER, parse
from orchestration.http import Fetcher, fetch_each
from orchestration.source import Source, Window

# Hacks first: they live on another host, which is asked whether or not the one of the stablecoins answers.
# /stablecoin/<id> holds every chain's history too, many megabytes for USDT; only its totals are read.
URLS = {
    "hacks": "https://api.llama.fi/hacks",
    "stablecoincharts_all": "https://stablecoins.llama.fi/stablecoincharts/all",
    "stablecoin_USDT": "https://stablecoins.llama.fi/stablecoin/1",
    "stablecoin_USDC": "https://stablecoins.llama.fi/stablecoin/2",
}


def fetch(fetcher: Fetcher, window: Window) -> None:
    """Four requests, each the whole history whatever the window; one that fails does not stop the others."""
    fetch_each(PUBLISHER, {endpoint: partial(fetcher.get, endpoint, url) for endpoint, url in URLS.items()})


SOURCE = Source(
    publisher=PUBLISHER,
    title="DefiLlama stablecoins and hacks",
    fetch=fetch,
    parse=parse,
    reread_days=0,
    timeout_s=60.0,
)
