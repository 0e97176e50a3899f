"""Coin Metrics community data (no key): reference prices of BTC and ETH in US$.

Units: US$ a coin. Nulls: null. Time zone: UTC days, the price of the day's end. Known at: D+1 05:00 UTC at the latest.
Revisions: none expected. Re-read: 7 days. Limits: 10 requests in 6 seconds. Terms: CC BY-NC 4.0, no commercial use.
"""

import json

from orchestration.catalog import of_publisher
from orchestration.defs.sources.coinmetrics.parser import METRIC, PUBLISHER, parse
from orchestration.http import Fetcher
from orchestration.source import Source, Window
from warehouse.landing import Landed

URL = "https://community-api.coinmetrics.io/v4/timeseries/asset-metrics"


def fetch(fetcher: Fetcher, window: Window) -> None:
    """All assets of the catalog in one question, page by page from the newest day back."""
    assets = sorted({s.native_id for s in of_publisher(PUBLISHER)})
    if not assets:
        return
    params = {
        "assets": ",".join(assets),
        "metrics": METRIC,
        "frequency": "1d",
        "start_time": window.start.isoformat(),
        "end_time": window.end.isoformat(),
        "page_size": "10000",
        "paging_from": "end",
    }
    token: str | None = ""
    while token is not None:
        page = params | ({"next_page_token": token} if token else {})
        token = _next_page_token(fetcher, fetcher.get("asset_metrics", URL, params=page))


def _next_page_token(fetcher: Fetcher, landed: Landed) -> str | None:
    """The token of the next page; None on the last one, and for a body the parser will refuse."""
    try:
        answer = json.loads(fetcher.landing.body(landed))
    except ValueError:
        return None
    token = answer.get("next_page_token") if isinstance(answer, dict) and answer.get("next_page_url") else None
    return token if isinstance(token, str) and token else None


SOURCE = Source(
    publisher=PUBLISHER,
    title="Coin Metrics reference prices",
    fetch=fetch,
    parse=parse,
    reread_days=7,
    gap_s=0.7,
)
