"""Yahoo chart (no key): daily closes of US-listed shares and funds.

Units: US$. Nulls: null on a holiday. Time zone: sessions of the exchange. Known at: D 16:15 New York. Revisions:
`adjclose` changes backward at every dividend (a revised series); `close` only at a split. Re-read: the
whole history: one request holds it, and a split must not leave two scales in one series. Limits: unpublished; some
networks get 429 at once: a host is asked once more after 20 s, then the second host. Terms: personal use, no
redistribution.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from urllib.parse import quote

from orchestration.catalog import of_publisher
from orchestration.defs.sources.yahoo.parser import PUBLISHER, parse
from orchestration.http import Fetcher, FetchError, fetch_each
from orchestration.source import Source, Window

HOST, SECOND_HOST = "https://query1.finance.yahoo.com", "https://query2.finance.yahoo.com"
PATH = "/v8/finance/chart/"
FIRST_DAY = date(2022, 1, 1)


def fetch(fetcher: Fetcher, window: Window) -> None:
    """One request a symbol of the catalog, always from FIRST_DAY: a dividend changes every `adjclose` before it."""
    params = {
        "period1": str(_seconds(FIRST_DAY)),
        "period2": str(_seconds(window.end + timedelta(days=1))),
        "interval": "1d",
        "events": "div,splits",
    }
    symbols = sorted({s.native_id for s in of_publisher(PUBLISHER)})
    fetch_each(PUBLISHER, {symbol: partial(_fetch_symbol, fetcher, symbol, params) for symbol in symbols})


def _fetch_symbol(fetcher: Fetcher, symbol: str, params: Mapping[str, str]) -> None:
    path = PATH + quote(symbol, safe="")
    try:
        fetcher.get("chart", HOST + path, params=params)
    except FetchError:
        fetcher.get("chart", SECOND_HOST + path, params=params)


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


SOURCE = Source(
    publisher=PUBLISHER,
    title="Yahoo daily closes",
    fetch=fetch,
    parse=parse,
    reread_days=0,
    first_date=FIRST_DAY,
    gap_s=2.0,
    retries=1,
    backoff_s=20.0,
)
