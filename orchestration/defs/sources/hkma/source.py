"""Hong Kong Monetary Authority, open API: Aggregate Balance, Exchange Fund paper, HIBOR, base rate; keyless.

Units: HK$ millions and per cent a year. Nulls: null. Time zone: Hong Kong days. Known at: daily tables the day itself
20:00 Hong Kong (`hk_2000`), monthly tables one month after the month's end (`hk_month_later`). The daily fixings belong
to the monthly bulletin, so that we see them up to a month late, though they are public at 11:15 of the day. Re-read: 10
days, further back for what the bulletin prints late. Limits: none stated; slow, with hangs and resets, so one request
every two seconds; half a minute of silence ends a try, and three more have as long. Terms: free use with attribution.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from orchestration.defs.sources.hkma.parser import PUBLISHER, TABLES, parse, records
from orchestration.http import Fetcher, FetchError, fetch_each
from orchestration.source import Source, Window

URL = "https://api.hkma.gov.hk/public/market-data-and-statistics"
PAGE_ROWS = 1000
# The documentation names both 100 and 1000 as the most an answer holds: only a page below 100 is surely the last.
SHORT_PAGE = 100


@dataclass(frozen=True)
class Endpoint:
    """Where a table lives, and how many days further back than the window it is asked for, being printed late."""

    path: str
    segment: str = ""
    late_days: int = 0


_BULLETIN = "monthly-statistical-bulletin"
ENDPOINTS = {
    "interbank_liquidity_daily": Endpoint("daily-monetary-statistics/daily-figures-interbank-liquidity"),
    "monetary_base_daily": Endpoint("daily-monetary-statistics/daily-figures-monetary-base"),
    "hibor_fixing_daily": Endpoint(f"{_BULLETIN}/er-ir/hk-interbank-ir-daily", "hibor.fixing", late_days=62),
    "monetary_base_monthend": Endpoint(f"{_BULLETIN}/monetary-operation/monetary-base-endperiod", late_days=93),
    "hibor_monthend": Endpoint(f"{_BULLETIN}/er-ir/hk-interbank-ir-endperiod", "hibor.fixing", late_days=93),
    "hibor_monthavg": Endpoint(f"{_BULLETIN}/er-ir/hk-interbank-ir-periodaverage", "hibor.fixing", late_days=93),
    "base_rate_monthend": Endpoint(
        f"{_BULLETIN}/monetary-operation/disc-win-liquid-adj-win-rates-endperiod", late_days=93
    ),
}


def fetch(fetcher: Fetcher, window: Window) -> None:
    """Every table over the window, newest records first. One that fails does not stop the others; then FetchError."""
    fetch_each(PUBLISHER, {name: partial(_fetch_table, fetcher, window, name) for name in ENDPOINTS})


def _fetch_table(fetcher: Fetcher, window: Window, name: str) -> None:
    """All pages of one table, until one is short. A page that comes twice is an error: the offset was ignored."""
    offset, before = 0, b""
    while True:
        landed = fetcher.get(name, f"{URL}/{ENDPOINTS[name].path}", params=_params(window, name, offset))
        body = fetcher.landing.body(landed)
        found = len(records(body))
        if found < SHORT_PAGE:
            return
        if body == before:
            raise FetchError(PUBLISHER, name, f"the page at offset {offset} is the one before it")
        offset, before = offset + found, body


def _params(window: Window, name: str, offset: int) -> dict[str, str]:
    endpoint, table = ENDPOINTS[name], TABLES[name]
    start = window.start - timedelta(days=endpoint.late_days)
    form = "%Y-%m" if table.monthly else "%Y-%m-%d"
    params = {
        "choose": table.date_field,
        "from": start.strftime(form),
        "to": window.end.strftime(form),
        "fields": ",".join([table.date_field, *table.series]),
        "sortby": table.date_field,
        "sortorder": "desc",
        "pagesize": str(PAGE_ROWS),
        "offset": str(offset),
    }
    return params | ({"segment": endpoint.segment} if endpoint.segment else {})


SOURCE = Source(
    publisher=PUBLISHER,
    title="Hong Kong Monetary Authority",
    fetch=fetch,
    parse=parse,
    reread_days=10,
    gap_s=2.0,
    timeout_s=30.0,
    deadline_s=150.0,
)
