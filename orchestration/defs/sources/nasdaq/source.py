"""Nasdaq.com historical quotes (no key): fallback for daily closes of US-listed shares and funds.

Units: US$. Nulls: "N/A". Time zone: sessions of New York. Known at: D 22:00 New York, when the page surely has it.
Revisions: at a split. Re-read: the whole history (the publisher holds ten years), one request a symbol. Limits:
unpublished; clients that do not look like a browser are left hanging. Terms: personal use, no redistribution.
"""

from datetime import date
from functools import partial

from orchestration.catalog import of_publisher
from orchestration.defs.sources.nasdaq.parser import PUBLISHER, parse
from orchestration.http import Fetcher, fetch_each
from orchestration.source import Source, Window

URL = "https://api.nasdaq.com/api/quote/{symbol}/historical"
HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept": "application/json",
    "Origin": "https://www.nasdaq.com",
    "Referer": "https://www.nasdaq.com/",
}
SHARES = {"NVDA", "MSFT", "BABA"}
ALL_ROWS = "9999"
FIRST_DAY = date(2022, 1, 1)


def fetch(fetcher: Fetcher, window: Window) -> None:
    """One request a symbol of the catalog, always from FIRST_DAY: a split changes every close before it."""
    symbols = sorted({s.native_id for s in of_publisher(PUBLISHER)})
    fetch_each(PUBLISHER, {symbol: partial(_fetch_symbol, fetcher, symbol, window.end) for symbol in symbols})


def _fetch_symbol(fetcher: Fetcher, symbol: str, end: date) -> None:
    fetcher.get(
        "historical",
        URL.format(symbol=symbol),
        params={
            "assetclass": "stocks" if symbol in SHARES else "etf",
            "fromdate": FIRST_DAY.isoformat(),
            "todate": end.isoformat(),
            "limit": ALL_ROWS,
        },
        headers=HEADERS,
    )


SOURCE = Source(
    publisher=PUBLISHER,
    title="Nasdaq daily closes",
    fetch=fetch,
    parse=parse,
    reread_days=0,
    first_date=FIRST_DAY,
    gap_s=2.0,
)
