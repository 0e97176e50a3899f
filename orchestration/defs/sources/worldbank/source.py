"""World Bank, general government consumption of the United States and China (no key).

Units: % of GDP (NE.CON.GOVT.ZS), current US$ (NE.CON.GOVT.CD). Nulls: null. Time zone: none, calendar years. Known at:
the publisher's own `lastupdated` date. Revisions: the whole history, about quarterly. Re-read: everything, every time.
Limits: none published; occasional 502 pages are retried. Terms: CC BY 4.0.
"""

from functools import partial

from orchestration.catalog import of_publisher
from orchestration.defs.sources.worldbank.parser import PUBLISHER, parse
from orchestration.http import Fetcher, fetch_each
from orchestration.source import Source, Window

URL = "https://api.worldbank.org/v2/country/USA;CHN/indicator/"
FIRST_YEAR = 1990
ONE_PAGE = "20000"


def fetch(fetcher: Fetcher, window: Window) -> None:
    """One request an indicator, always from FIRST_YEAR: a new edition may change any year."""
    params = {"format": "json", "per_page": ONE_PAGE, "date": f"{FIRST_YEAR}:{window.end.year}"}
    indicators = sorted({s.endpoint for s in of_publisher(PUBLISHER)})
    fetch_each(PUBLISHER, {name: partial(fetcher.get, name, URL + name, params=params) for name in indicators})


SOURCE = Source(
    publisher=PUBLISHER,
    title="World Bank indicators",
    fetch=fetch,
    parse=parse,
    reread_days=0,
)
