"""BLS Quarterly Census of Employment and Wages (no key): average weekly wages by ownership, United States.

Units: US$ a week. Nulls: disclosure code N. Time zone: quarters. Known at: five to six months after the quarter; the
rule takes 180 days. Revisions: quarters of a year are restated with the following ones. Re-read: 400 days. Limits:
none published, one request a second. Terms: US government work, public domain.
"""

from datetime import date, timedelta

from orchestration.defs.sources.bls.parser import PUBLISHER, US, parse
from orchestration.http import Fetcher, FetchError
from orchestration.source import Source, Window

URL = "https://data.bls.gov/cew/data/api/{year}/{quarter}/area/{area}.csv"
# A quarter is out five to six months after its end. One that began less than this ago may still be missing.
MAY_BE_MISSING_DAYS = 330


def fetch(fetcher: Fetcher, window: Window) -> None:
    """One file a quarter, newest first. A file not found is an error only once it must be out."""
    first = _quarter_start(window.start)
    quarter = _quarter_start(window.end)
    while quarter >= first:
        try:
            fetcher.get(
                "qcew_area", URL.format(year=quarter.year, quarter=(quarter.month + 2) // 3, area=US), params={}
            )
        except FetchError as error:
            if error.status != 404 or quarter < window.end - timedelta(days=MAY_BE_MISSING_DAYS):
                raise
        quarter = _quarter_start(quarter - timedelta(days=1))


def _quarter_start(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


SOURCE = Source(
    publisher=PUBLISHER,
    title="BLS quarterly census of employment and wages",
    fetch=fetch,
    parse=parse,
    reread_days=400,
)
