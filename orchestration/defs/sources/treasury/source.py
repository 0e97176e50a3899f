"""US Treasury, daily par yield curve rates (no key): one CSV a year.

Units: percent. Nulls: empty or `N/A`; tenors that did not exist yet are absent. Time zone: business days of New York.
Known at: the same day 18:00 New York, a day before FRED's DGS series show the same rates. Revisions: none. Re-read:
10 days (the smallest answer is a year). Limits: none published, one request a second. Terms: US government work,
public domain.
"""

from orchestration.defs.sources.treasury.parser import PUBLISHER, YEAR_PARAM, parse
from orchestration.http import Fetcher
from orchestration.source import Source, Window

URL = "https://home.treasury.gov/resource-center/data-chart-center/interest-rates/daily-treasury-rates.csv/{year}/all"


def fetch(fetcher: Fetcher, window: Window) -> None:
    """One request a year, newest first, so that no answer seems to lack days an older one holds."""
    for year in range(window.end.year, window.start.year - 1, -1):
        fetcher.get(
            "par_yield_curve",
            URL.format(year=year),
            params={"type": "daily_treasury_yield_curve", YEAR_PARAM: str(year), "page": "", "_format": "csv"},
        )


SOURCE = Source(
    publisher=PUBLISHER,
    title="US Treasury par yield curve",
    fetch=fetch,
    parse=parse,
    reread_days=10,
)
