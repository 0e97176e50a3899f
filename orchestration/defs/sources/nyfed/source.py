"""New York Fed, secured overnight financing rate (no key).

Units: percent. Nulls: none; holidays are absent. Time zone: business days of New York. Known at: next business day
08:00 New York. Revisions: rarely, the same day at 14:30 New York. Re-read: 10 days. Limits: none published, one
request a second. Terms: New York Fed terms of use for reference rates, with attribution.
"""

from orchestration.defs.sources.nyfed.parser import PUBLISHER, parse
from orchestration.http import Fetcher
from orchestration.source import Source, Window

URL = "https://markets.newyorkfed.org/api/rates/secured/sofr/search.json"


def fetch(fetcher: Fetcher, window: Window) -> None:
    """One request; the answer is not paged."""
    fetcher.get("sofr", URL, params={"startDate": window.start.isoformat(), "endDate": window.end.isoformat()})


SOURCE = Source(
    publisher=PUBLISHER,
    title="New York Fed SOFR",
    fetch=fetch,
    parse=parse,
    reread_days=10,
)
