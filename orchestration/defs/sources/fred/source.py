"""FRED (Federal Reserve Bank of St. Louis): every series of the catalog whose publisher is `fred`.

Two ways. With FRED_API_KEY in the environment, the JSON API: series the catalog calls `revised` with all their ALFRED
vintages, the others as they stand today, and the dates of the macro releases. Without a key, the keyless graph CSV, as
it stands today.

Units: each series' own (catalog). Nulls: "" or "."; a period without a figure is a null, a day that does not exist is
absent. Time zone: dates are the publisher's (monthly and quarterly: first day; weekly: last day); vintage dates are
days in St. Louis. Known at: a vintage at its own date and the rule's time of day; a figure without one by the release
calendar, else by FRED's own list of release days, else by the catalog's rule of the series. Revisions: annual
benchmarks, whole histories each week (NFCI). Re-read: 600 days before the newest figure of any series, so that the
slowest quarterly one is inside, and so is the year-ago side of every yearly change; benchmarks that reach further
back come with a new home. A new home starts in 2018: three years of monthly signals that compare twelve-month sums a
year apart need five years before 2023. Limits: 120 requests a minute with a key; without one no rule is printed, we
keep a second. A browser's User-Agent is hung up on: ours says what we are, and FRED_USER_AGENT replaces it; once a
client was left hanging under such a name and served under that of its library, so a try that found nobody is followed
by one of that kind. A stalled answer drips for ever: a request ends after a minute, tries included. Terms:
attribution; S&P, ICE BofA, Cboe, Nasdaq and University of Michigan figures may not be passed on.
"""

import os
from collections.abc import Callable
from datetime import date
from functools import partial

from requests.utils import default_user_agent

from orchestration.catalog import of_publisher
from orchestration.defs.sources.fred.parser import (
    EARLIEST,
    LATEST,
    PUBLISHER,
    RELEASES,
    page_size,
    parse,
    vintage_dates,
)
from orchestration.http import USER_AGENT, Fetcher, FetchError, fetch_each
from orchestration.source import Source, Window
from warehouse.landing import Landed

CSV_URL = "https://fred.stlouisfed.org/graph/fredgraph.csv"
API_URL = "https://api.stlouisfed.org/fred"
# FRED refuses more than 2,000 vintage dates a request; the rest is room for what is published between two requests.
VINTAGES_A_REQUEST = 1_900
ROWS_A_PAGE = 100_000
DATES_A_PAGE = 10_000


def fetch(fetcher: Fetcher, window: Window) -> None:
    """Every series of the catalog, from the window's start on. A series that fails does not stop the others.

    Raises one FetchError at the end that lists the failures.
    """
    catalog = sorted(of_publisher(PUBLISHER), key=lambda series: series.native_id)
    key = os.environ.get("FRED_API_KEY", "").strip()
    tasks: dict[str, Callable[[], object]] = {}
    if key:
        api = _Api(fetcher, key, window.start)
        # First, since they date the first prints of what follows.
        tasks |= {f"release {name}": partial(api.release_dates, number) for number, name in RELEASES.items()}
        for series in catalog:
            tasks[series.native_id] = partial(
                api.vintages if series.revisions == "revised" else api.today, series.native_id
            )
    else:
        tasks |= {series.native_id: partial(_graph_csv, fetcher, series.native_id, window.start) for series in catalog}
    fetch_each(PUBLISHER, tasks)


def vintage_windows(vintages: list[date], at_most: int) -> list[tuple[str, str]]:
    """Windows of real time, both ends included, with at most `at_most` vintage dates each.

    The first starts before everything and the last never ends. Each later one starts on the last vintage date of the
    one before it: why, see the parser.
    """
    windows, first = [], 0
    while first + at_most < len(vintages):
        windows.append((first, first + at_most - 1))
        first += at_most - 1
    windows.append((first, len(vintages) - 1))
    return [
        (
            EARLIEST if start == 0 else vintages[start].isoformat(),
            LATEST if end == len(vintages) - 1 else vintages[end].isoformat(),
        )
        for start, end in windows
    ]


class _Api:
    """The keyed API, asked from one observation date on."""

    def __init__(self, fetcher: Fetcher, key: str, start: date) -> None:
        self._fetcher = fetcher
        self._key = key
        self._start = start.isoformat()

    def today(self, series: str) -> None:
        """The series as it stands."""
        self._pages(
            "observations",
            "series/observations",
            ROWS_A_PAGE,
            {"series_id": series, "observation_start": self._start},
        )

    def vintages(self, series: str) -> None:
        """The series with all its vintages, oldest first; as it stands when ALFRED does not keep it."""
        try:
            answers = self._pages(
                "vintage_dates",
                "series/vintagedates",
                DATES_A_PAGE,
                {"series_id": series, "realtime_start": EARLIEST, "realtime_end": LATEST},
            )
        except FetchError as error:
            if error.status != 400 or "does not exist in ALFRED" not in error.message:
                raise
            answers = []
        dates = [day for landed, body in answers for day in vintage_dates(landed, body)]
        if not dates:
            self.today(series)
            return
        for start, end in vintage_windows(dates, VINTAGES_A_REQUEST):
            self._pages(
                "observations",
                "series/observations",
                ROWS_A_PAGE,
                {
                    "series_id": series,
                    "observation_start": self._start,
                    "realtime_start": start,
                    "realtime_end": end,
                    "output_type": "1",
                },
            )

    def release_dates(self, number: int) -> None:
        """When a release came out since the start, and when it is due."""
        self._pages(
            "release_dates",
            "release/dates",
            DATES_A_PAGE,
            {
                "release_id": str(number),
                "realtime_start": self._start,
                "realtime_end": LATEST,
                "include_release_dates_with_no_data": "true",
            },
        )

    def _pages(self, endpoint: str, path: str, limit: int, params: dict[str, str]) -> list[tuple[Landed, bytes]]:
        """All pages of a request, in ascending order, up to the first that is not full."""
        pages: list[tuple[Landed, bytes]] = []
        size = limit
        while size == limit:
            landed = self._fetcher.get(
                endpoint,
                f"{API_URL}/{path}",
                params=params
                | {"file_type": "json", "sort_order": "asc", "limit": str(limit), "offset": str(len(pages) * limit)},
                secrets={"api_key": self._key},
                headers=_headers(),
            )
            body = self._fetcher.landing.body(landed)
            size = page_size(landed, body)
            pages.append((landed, body))
        return pages


def _graph_csv(fetcher: Fetcher, series: str, start: date) -> None:
    fetcher.get("graph_csv", CSV_URL, params={"id": series, "cosd": start.isoformat()}, headers=_headers())


def _headers() -> dict[str, str]:
    return {"User-Agent": os.environ.get("FRED_USER_AGENT", "").strip() or USER_AGENT}


SOURCE = Source(
    publisher=PUBLISHER,
    title="FRED and ALFRED",
    fetch=fetch,
    parse=parse,
    reread_days=600,
    first_date=date(2018, 1, 1),
    gap_s=1.0,
    timeout_s=25.0,
    deadline_s=60.0,
    second_user_agent=default_user_agent(),
)
