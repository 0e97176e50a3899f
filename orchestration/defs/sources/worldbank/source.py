"""World Bank, general government consumption of the United States and China (no key).

Units: % of GDP (NE.CON.GOVT.ZS), current US$ (NE.CON.GOVT.CD). Nulls: null. Time zone: none, calendar years. Known at:
the publisher's own `lastupdated` date. Revisions: the whole history, about quarterly. Re-read: everything, every time.
Limits: none published; its gateway now and then answers 502, 400 or a page in HTML to a good request, which is asked
again. Terms: CC BY 4.0.
"""

from collections.abc import Mapping
from functools import partial

from orchestration.catalog import of_publisher
from orchestration.defs.sources.worldbank.parser import PUBLISHER, parse
from orchestration.http import Fetcher, FetchError, fetch_each
from orchestration.source import Source, Window

URL = "https://api.worldbank.org/v2/country/USA;CHN/indicator/"
FIRST_YEAR = 1990
ONE_PAGE = "20000"


def fetch(fetcher: Fetcher, window: Window) -> None:
    """One request an indicator, always from FIRST_YEAR: a new edition may change any year."""
    params = {"format": "json", "per_page": ONE_PAGE, "date": f"{FIRST_YEAR}:{window.end.year}"}
    indicators = sorted({s.endpoint for s in of_publisher(PUBLISHER)})
    fetch_each(PUBLISHER, {name: partial(_fetch_indicator, fetcher, name, params) for name in indicators})


def _fetch_indicator(fetcher: Fetcher, name: str, params: Mapping[str, str]) -> None:
    """One indicator, asked again when the gateway answered in the publisher's place: by a 400, or a page in HTML.

    A request that the publisher cannot answer gets 200 and a message.
    """
    try:
        landed = fetcher.get(name, URL + name, params=params)
        of_gateway = fetcher.landing.body(landed).lstrip().startswith(b"<")
    except FetchError as error:
        if error.status != 400:
            raise
        of_gateway = True
    if of_gateway:
        fetcher.get(name, URL + name, params=params)


SOURCE = Source(
    publisher=PUBLISHER,
    title="World Bank indicators",
    fetch=fetch,
    parse=parse,
    reread_days=0,
)
