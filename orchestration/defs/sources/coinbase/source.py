"""Coinbase Exchange (no key): daily closes of BTC, ETH and SOL against the US dollar.

Units: US$ a coin. Nulls: none; days without trades are absent. Time zone: UTC days. Known at: D+1 00:00 UTC, when the
candle closes. Revisions: none. Re-read: 3 days. Limits: 10 requests a second, 300 candles a request. Terms: personal
and internal use, no building of indices.
"""

from datetime import timedelta
from functools import partial

from orchestration.catalog import of_publisher
from orchestration.defs.sources.coinbase.parser import DAY_S, PUBLISHER, parse
from orchestration.http import Fetcher, fetch_each
from orchestration.source import Source, Window

URL = "https://api.exchange.coinbase.com/products/{product}/candles"
PAGE_DAYS = 300


def fetch(fetcher: Fetcher, window: Window) -> None:
    """Every product of the catalog over the window."""
    products = sorted({s.native_id for s in of_publisher(PUBLISHER)})
    fetch_each(PUBLISHER, {product: partial(_fetch_product, fetcher, product, window) for product in products})


def _fetch_product(fetcher: Fetcher, product: str, window: Window) -> None:
    """One request for every 300 days, newest first, so that no answer seems to lack days that an older one holds."""
    end = window.end
    while end >= window.start:
        start = max(window.start, end - timedelta(days=PAGE_DAYS - 1))
        params = {"granularity": str(DAY_S), "start": f"{start}T00:00:00Z", "end": f"{end}T00:00:00Z"}
        fetcher.get("candles", URL.format(product=product), params=params)
        end = start - timedelta(days=1)


SOURCE = Source(
    publisher=PUBLISHER,
    title="Coinbase Exchange candles",
    fetch=fetch,
    parse=parse,
    reread_days=3,
    gap_s=0.2,
)
