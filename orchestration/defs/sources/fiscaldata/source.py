"""FiscalData, the US Treasury's open data (no key): debt, cash, daily and monthly statements, gold.

Units: US$ for the debt to the penny and gold's book value; US$ mn for the rest; fine troy ounces for gold. Nulls: the
text "null". Time zone: calendar days of New York. Known at: daily statement and debt to the penny next business day
16:00 New York; monthly debt statement (MSPD) 4th, monthly Treasury statement (MTS) 8th business day of the next month.
Revisions: small restatements of daily figures; MTS months are kept as first printed. Re-read: 100 days, so that a
monthly statement that was missed comes in later. Limits: none published; one request a second is asked, first bytes
can take a minute, so a request has time for two tries of a minute and a half. Terms: US government work, public domain.

Never ask for `fields`: an answer without the columns that tell rows apart is silently summed.
"""

import json
from datetime import timedelta
from functools import partial

from orchestration.defs.sources.fiscaldata.parser import PUBLISHER, parse
from orchestration.http import Fetcher, fetch_each
from orchestration.source import Source, Window
from warehouse.landing import Landed

BASE = "https://api.fiscaldata.treasury.gov/services/api/fiscal_service/"
PATHS = {
    "debt_to_penny": "v2/accounting/od/debt_to_penny",
    "operating_cash_balance": "v1/accounting/dts/operating_cash_balance",
    "deposits_withdrawals_operating_cash": "v1/accounting/dts/deposits_withdrawals_operating_cash",
    "mts_table_1": "v1/accounting/mts/mts_table_1",
    "mspd_table_1": "v1/debt/mspd/mspd_table_1",
    "gold_reserve": "v2/accounting/od/gold_reserve",
}
PAGE_SIZE = 10_000
# Days that fit in one page with room to spare: a business day has about 180 lines of deposits and withdrawals, and
# at most 28 rows in the other tables.
SPAN_DAYS = {"deposits_withdrawals_operating_cash": 40}
LONG_SPAN_DAYS = 1500


def fetch(fetcher: Fetcher, window: Window) -> None:
    """Every endpoint over the window; one that fails does not stop the others."""
    fetch_each(PUBLISHER, {endpoint: partial(_fetch_endpoint, fetcher, endpoint, window) for endpoint in PATHS})


def _fetch_endpoint(fetcher: Fetcher, endpoint: str, window: Window) -> None:
    """Newest span and newest page first, so that no answer seems to lack days that an older span holds."""
    end = window.end
    while end >= window.start:
        start = max(window.start, end - timedelta(days=SPAN_DAYS.get(endpoint, LONG_SPAN_DAYS) - 1))
        _fetch_span(fetcher, endpoint, Window(start, end))
        end = start - timedelta(days=1)


def _fetch_span(fetcher: Fetcher, endpoint: str, span: Window) -> None:
    page, pages = 1, 1
    while page <= pages:
        landed = fetcher.get(
            endpoint,
            BASE + PATHS[endpoint],
            params={
                "filter": f"record_date:gte:{span.start},record_date:lte:{span.end}",
                "sort": "-record_date,src_line_nbr",
                "page[number]": str(page),
                "page[size]": str(PAGE_SIZE),
            },
        )
        pages = _total_pages(fetcher, landed)
        page += 1


def _total_pages(fetcher: Fetcher, landed: Landed) -> int:
    """The answer's page count; 1 for a body the parser will refuse."""
    try:
        return int(json.loads(fetcher.landing.body(landed))["meta"]["total-pages"])
    except (ValueError, KeyError, TypeError):
        return 1


SOURCE = Source(
    publisher=PUBLISHER,
    title="US Treasury FiscalData",
    fetch=fetch,
    parse=parse,
    reread_days=100,
    gap_s=1.0,
    timeout_s=90.0,
    deadline_s=200.0,
)
