"""The release calendar: dated macro releases, from the seed. With a key FRED's list of release days fills its gaps."""

import csv
from datetime import date
from functools import cache

from orchestration.dbt import PROJECT
from warehouse.build import utc
from warehouse.clocks import ReleaseCalendar


@cache
def release_calendar() -> ReleaseCalendar:
    """(release, period start) to its release instant in UTC, read once a process."""
    path = PROJECT / "seeds" / "release_calendar.csv"
    with path.open(newline="", encoding="utf-8") as handle:
        return ReleaseCalendar(
            {
                (row["release"], date.fromisoformat(row["period_start"])): utc(row["released_at"])
                for row in csv.DictReader(handle)
            }
        )
