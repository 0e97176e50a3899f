"""alternative.me: the crypto Fear & Greed index; keyless.

Units: index, 0 (extreme fear) to 100 (extreme greed). Nulls: none; a few days are missing (2018-04-14 to 16,
2024-10-26) and stay absent. Time zone: UTC days. Known at: the day itself 00:05 UTC (`utc_0005`), so a day's value is
made of the prices of the day before. Revisions: none. Re-read: 7 days. Limits: 60 requests a minute; one is made.
Terms: the source must be shown beside the figure.
"""

from datetime import date

from orchestration.defs.sources.alternative_me.parser import PUBLISHER, parse
from orchestration.http import Fetcher
from orchestration.source import Source, Window

URL = "https://api.alternative.me/fng/"


def fetch(fetcher: Fetcher, window: Window) -> None:
    """One request for as many newest days as the window has; the window ends today. Never zero, which means all."""
    days = (window.end - window.start).days + 1
    fetcher.get("fng", URL, params={"limit": str(days), "format": "json"})


SOURCE = Source(
    publisher=PUBLISHER,
    title="Crypto Fear & Greed index",
    fetch=fetch,
    parse=parse,
    reread_days=7,
    first_date=date(2018, 2, 1),
)
