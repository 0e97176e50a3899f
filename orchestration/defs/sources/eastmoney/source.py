"""East Money: southbound Stock Connect turnover (mainland money into Hong Kong shares), keyless, undocumented.

Units: HK$ millions (a hundredth of the 100-million units that pages show). Nulls: null on days the link was closed.
Time zone: Hong Kong days. Known at: the day itself 18:00 Hong Kong (`hk_1800`). Re-read: 10 days. Limits: none stated;
one request a second, with the Referer of its own pages. Terms: none stated; attribution, no redistribution of the
series. History from 2014-11-17, newest first.
"""

from orchestration.defs.sources.eastmoney.parser import PUBLISHER, SOUTHBOUND, page_count, parse
from orchestration.http import Fetcher, FetchError
from orchestration.parsing import ParseError
from orchestration.source import Source, Window

URL = "https://datacenter-web.eastmoney.com/api/data/v1/get"
REFERER = "https://data.eastmoney.com/"
ENDPOINT = "southbound"
PAGE_ROWS = 1000


def fetch(fetcher: Fetcher, window: Window) -> None:
    """Pages from the newest day back, until one reaches the window's start or there is no further page."""
    rows = min(PAGE_ROWS, (window.end - window.start).days + 1)
    page = 1
    while True:
        landed = fetcher.get(ENDPOINT, URL, params=_params(page, rows), headers={"Referer": REFERER})
        body = fetcher.landing.body(landed)
        try:
            series, pages = parse(landed, body).series, page_count(body)
        except ParseError as error:
            raise FetchError(PUBLISHER, ENDPOINT, str(error)) from error
        if not series or series[0].covers_from <= window.start or page >= pages:
            return
        page += 1


def _params(page: int, rows: int) -> dict[str, str]:
    return {
        "reportName": "RPT_MUTUAL_DEAL_HISTORY",
        "columns": "ALL",
        "filter": f'(MUTUAL_TYPE="{SOUTHBOUND}")',
        "sortColumns": "TRADE_DATE",
        "sortTypes": "-1",
        "pageSize": str(rows),
        "pageNumber": str(page),
        "source": "WEB",
        "client": "WEB",
    }


SOURCE = Source(
    publisher=PUBLISHER, title="East Money southbound Stock Connect", fetch=fetch, parse=parse, reread_days=10
)
