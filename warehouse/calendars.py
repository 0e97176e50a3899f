"""Market calendars: which days are sessions where.

US equity, Hong Kong, mainland China, London and TARGET come from `exchange_calendars`; its Euronext Paris calendar has
TARGET's closing days. Stock Connect is open when Hong Kong and Shanghai both are. US federal business days come from
pandas: no exchange follows them (10 October 2024 has a stock session but no H.10 rate; 9 January 2025 the reverse).
The libraries are imported on first use: a run with nothing new to load never needs them.
"""

import bisect
from datetime import date
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2030, 12, 31)
_EXCHANGES = {"us_equity": "XNYS", "hong_kong": "XHKG", "shanghai": "XSHG", "target": "XPAR", "london": "XLON"}
CALENDARS = ("us_equity", "us_federal", "hong_kong", "stock_connect", "target", "london")


class CalendarError(Exception):
    """A day outside the range for which sessions are known."""


@cache
def sessions(calendar: str) -> tuple[date, ...]:
    """All sessions of one of CALENDARS between FIRST_DAY and LAST_DAY, ascending."""
    if calendar == "us_federal":
        import pandas as pd  # noqa: PLC0415
        from pandas.tseries.holiday import USFederalHolidayCalendar  # noqa: PLC0415

        days = pd.bdate_range(FIRST_DAY, LAST_DAY).difference(USFederalHolidayCalendar().holidays(FIRST_DAY, LAST_DAY))
        return tuple(day.date() for day in days)
    if calendar == "stock_connect":
        # Mainland holidays are decreed a year ahead. Beyond them every Hong Kong session counts: a day without trading
        # then shows as not reported, never as a holiday nobody announced.
        decreed = sessions("shanghai")[-1]
        both = set(sessions("hong_kong")) & set(sessions("shanghai"))
        return tuple(sorted(both | {day for day in sessions("hong_kong") if day > decreed}))
    import exchange_calendars  # noqa: PLC0415  (one second of import)

    name = _EXCHANGES[calendar]
    bound = exchange_calendars.get_calendar(name).bound_max()
    last = LAST_DAY if bound is None else min(LAST_DAY, bound.date())
    exchange = exchange_calendars.get_calendar(name, start=str(FIRST_DAY), end=str(last))
    return tuple(day.date() for day in exchange.sessions)


@cache
def _session_set(calendar: str) -> frozenset[date]:
    return frozenset(sessions(calendar))


def is_session(calendar: str, day: date) -> bool:
    """Whether `day` is a session."""
    return day in _session_set(calendar)


def next_session(calendar: str, day: date) -> date:
    """The first session after `day`."""
    return nth_session_after(calendar, day, 1)


def nth_session_of_month(calendar: str, month_start: date, n: int) -> date:
    """The n-th session (from 1) of the month that starts on `month_start`."""
    return nth_session_after(calendar, month_start.replace(day=1), n, inclusive=True)


def nth_session_after(calendar: str, day: date, n: int, *, inclusive: bool = False) -> date:
    """The n-th session after `day` (or from `day` on, when inclusive). Raises CalendarError beyond the known range."""
    days = sessions(calendar)
    position = (bisect.bisect_left(days, day) if inclusive else bisect.bisect_right(days, day)) + n - 1
    if day < FIRST_DAY or position >= len(days):
        raise CalendarError(f"calendar {calendar}: sessions are known from {FIRST_DAY} to {LAST_DAY}, asked {day}")
    return days[position]


def calendar_edition() -> str:
    """Names the calendars by what makes them: another release of a library may know other holidays."""
    return " ".join(f"{library} {version(library)}" for library in ("exchange-calendars", "pandas"))


def calendar_frame() -> "pd.DataFrame":
    """One row a day from FIRST_DAY to the last that all calendars know.

    Columns `date`, `iso_weekday` (Monday = 1), and a boolean for each of CALENDARS.
    """
    import pandas as pd  # noqa: PLC0415

    last = min(sessions(calendar)[-1] for calendar in CALENDARS)
    frame = pd.DataFrame({"date": pd.date_range(FIRST_DAY, last)})
    frame["iso_weekday"] = frame["date"].dt.dayofweek + 1
    for calendar in CALENDARS:
        frame[calendar] = frame["date"].isin(pd.DatetimeIndex(sessions(calendar)))
    return frame
