"""When a value became known: the `known_at` rules of the catalog.

Every rule takes observation dates and gives the instant (UTC, without time zone) at which the publisher's schedule
says the value is out. A rule may be late, never early: it decides what a reader of that day could have used. Macro
releases follow the release calendar; their rule (`month_end+N`) only fills its gaps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from warehouse.calendars import is_session, next_session, nth_session_of_month

UTC, NEW_YORK, FRANKFURT = ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
HONG_KONG, LONDON = ZoneInfo("Asia/Hong_Kong"), ZoneInfo("Europe/London")


def at(day: date, local_time: str, zone: ZoneInfo) -> datetime:
    """The UTC instant (without time zone) of a local time of day."""
    local = datetime.combine(day, time.fromisoformat(local_time), tzinfo=zone)
    return local.astimezone(UTC).replace(tzinfo=None)


def cutoff(day: date) -> datetime:
    """The last instant that belongs to the knowledge day: 00:00 UTC of the next day, inclusive."""
    return datetime.combine(day + timedelta(days=1), time())


def knowledge_day(instant: datetime) -> date:
    """The first day whose cutoff is not before `instant`."""
    return (instant - timedelta(microseconds=1)).date()


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """A publisher's schedule: the release day of an observation date, and the local time of day it comes out.

    `vintage`: the local time and zone of a vintage the publisher dates, where midnight stands for the end of a day.
    """

    release_day: Callable[[date], date]
    local_time: str
    zone: ZoneInfo
    vintage: tuple[str, ZoneInfo] | None = None

    def __call__(self, day: date) -> datetime:
        """When the value of `day` is out, UTC."""
        return at(self.release_day(day), self.local_time, self.zone)

    def on(self, vintage_date: date) -> datetime:
        """When a vintage the publisher dates `vintage_date` was out, UTC."""
        return at(vintage_date, *(self.vintage or (self.local_time, self.zone)))


def _days_later(days: int) -> Callable[[date], date]:
    return lambda day: day + timedelta(days=days)


def _next_federal_day(day: date) -> date:
    return next_session("us_federal", day)


def _after_month_end(days: int) -> Callable[[date], date]:
    return lambda day: month_end(day) + timedelta(days=days)


def _after_quarter_end(days: int) -> Callable[[date], date]:
    return lambda day: month_end(day.replace(day=1, month=(day.month - 1) // 3 * 3 + 3)) + timedelta(days=days)


def _following_monday(day: date) -> date:
    """H.10: the Monday after, or the next federal business day when that Monday is a holiday."""
    monday = day + timedelta(days=7 - day.weekday())
    return monday if is_session("us_federal", monday) else _next_federal_day(monday)


def _following_thursday(day: date) -> date:
    """H.4.1: the Thursday after the Wednesday level, or the next federal business day."""
    thursday = day + timedelta(days=(3 - day.weekday()) % 7 or 7)
    return thursday if is_session("us_federal", thursday) else _next_federal_day(thursday)


def _business_day_of_next_month(n: int) -> Callable[[date], date]:
    return lambda day: nth_session_of_month("us_federal", month_end(day) + timedelta(days=1), n)


# Federal offices shut by order on days that the market calendars count as business days.
_OFFICES_SHUT = (date(2025, 1, 9),)


def _monthly_treasury_statement(day: date) -> date:
    """The 8th business day of the next month. September's closes the fiscal year and comes later, on no fixed day: in
    the second half of October in 2023 and 2024, so the month's last day is late but never early.
    """
    if day.month == 9:
        return date(day.year, 10, 31)
    first = month_end(day) + timedelta(days=1)
    shut = sum(first <= closed < first + timedelta(days=14) for closed in _OFFICES_SHUT)
    return nth_session_of_month("us_federal", first, 8 + shut)


def _one_month_after_month_end(day: date) -> date:
    return month_end(month_end(day) + timedelta(days=1))


RULES: dict[str, Rule] = {
    # Crypto: UTC days.
    "utc_close": Rule(_days_later(1), "00:00", UTC),
    "utc_0005": Rule(_days_later(0), "00:05", UTC),
    "utc_next_0100": Rule(_days_later(1), "01:00", UTC),
    "utc_next_0500": Rule(_days_later(1), "05:00", UTC),
    "utc_next_1200": Rule(_days_later(1), "12:00", UTC),
    "utc_second_midnight": Rule(_days_later(2), "00:00", UTC, vintage=("18:00", NEW_YORK)),
    # US markets and agencies.
    "us_close": Rule(_days_later(0), "16:15", NEW_YORK),
    "us_evening": Rule(_days_later(0), "22:00", NEW_YORK),
    "us_next_evening": Rule(_days_later(1), "21:00", NEW_YORK),
    "h15": Rule(_next_federal_day, "16:15", NEW_YORK),
    "h10": Rule(_following_monday, "16:15", NEW_YORK),
    "h41": Rule(_following_thursday, "16:30", NEW_YORK),
    "sofr": Rule(_next_federal_day, "08:00", NEW_YORK),
    "treasury_next_1600": Rule(_next_federal_day, "16:00", NEW_YORK),
    "treasury_same_1800": Rule(_days_later(0), "18:00", NEW_YORK),
    "mspd": Rule(_business_day_of_next_month(4), "16:00", NEW_YORK),
    "mts": Rule(_monthly_treasury_statement, "14:00", NEW_YORK),
    "claims": Rule(_days_later(5), "08:30", NEW_YORK),
    "nfci": Rule(_days_later(6), "08:30", NEW_YORK),
    "filed": Rule(_days_later(0), "23:59", NEW_YORK),
    # Elsewhere.
    "ecb": Rule(_days_later(0), "16:00", FRANKFURT),
    "hk_1800": Rule(_days_later(0), "18:00", HONG_KONG),
    "hk_2000": Rule(_days_later(0), "20:00", HONG_KONG),
    "hk_month_later": Rule(_one_month_after_month_end, "20:00", HONG_KONG),
    "lbma": Rule(_days_later(1), "00:00", LONDON),
    # Macro releases: the release calendar decides; these only fill its gaps, and are later than every release
    # of 2022 to 2025 outside a government shutdown.
    "month_end+12": Rule(_after_month_end(12), "08:30", NEW_YORK),
    "month_end+16": Rule(_after_month_end(16), "08:30", NEW_YORK),
    "month_end+28": Rule(_after_month_end(28), "16:00", NEW_YORK),
    "month_end+31": Rule(_after_month_end(31), "12:00", NEW_YORK),
    "month_end+35": Rule(_after_month_end(35), "08:30", NEW_YORK),
    "month_end+45": Rule(_after_month_end(45), "10:00", NEW_YORK),
    "quarter_end+35": Rule(_after_quarter_end(35), "08:30", NEW_YORK),
    "gdpnow": Rule(_after_quarter_end(35), "22:00", UTC),
    "quarter_end+90": Rule(_after_quarter_end(90), "16:00", NEW_YORK),
    "quarter_end+180": Rule(_after_quarter_end(180), "16:00", NEW_YORK),
    "year_end+400": Rule(lambda day: date(day.year, 12, 31) + timedelta(days=400), "16:00", NEW_YORK),
}


@dataclass(frozen=True)
class ReleaseCalendar:
    """Dated releases: (release, period start) to the instant it was released, UTC without time zone."""

    released_at: dict[tuple[str, date], datetime]

    def scheduled_at(self, release: str, rule: str, day: date, listed: tuple[date, ...] = ()) -> datetime:
        """When the value of `day` was due: the calendar's entry, else the publisher's list, else the rule.

        `listed`: the days on which the publisher says the release came out or will. Raises KeyError for no such rule.
        """
        known = self.released_at.get((release, day)) if release else None
        if known is not None:
            return known
        release_day = _release_days(release, rule, listed).get(day) if release and listed else None
        return RULES[rule](day) if release_day is None else RULES[rule].on(release_day)


# No first print of a period came sooner after its end than this many days; an earlier day of the list is of another
# period, or of a correction of seasonal factors.
_SOONEST_DAYS = {"CPI": 8, "EMPSIT": 1, "PCE": 18, "GDP": 24}


@cache
def _release_days(release: str, rule: str, listed: tuple[date, ...]) -> dict[date, date]:
    """Period start to the listed day that printed it first, as far as the list goes; never a day that is too early.

    The list names days, not periods. Each day serves one period, the oldest first. Within the time the rule allows the
    last listed day counts, since an earlier one may be a correction; a release that was late by the rule (a shutdown)
    takes the next listed day that no older period has taken. Where two periods came out at once the list cannot say so:
    what follows is then dated by a later day, until a line of the seed says better.
    """
    quarterly = rule.startswith("quarter_end")
    days = sorted(set(listed))
    period = days[0].replace(day=1)
    if quarterly:
        period = period.replace(month=(period.month - 1) // 3 * 3 + 1)
    for _ in range(4):
        period = _period_before(period, quarterly=quarterly)
    while RULES[rule].release_day(period) < days[0]:
        period = _period_after(period, quarterly=quarterly)
    found: dict[date, date] = {}
    taken = date.min
    while True:
        after = _period_after(period, quarterly=quarterly)
        due = RULES[rule].release_day(period)
        open_days = [d for d in days if d > taken and (d - after).days + 1 >= _SOONEST_DAYS.get(release, 1)]
        if not open_days:
            return found
        in_time = [d for d in open_days if d <= due]
        taken = in_time[-1] if in_time else open_days[0]
        found[period] = taken
        period = after


def _period_after(period: date, *, quarterly: bool) -> date:
    return (period + timedelta(days=100 if quarterly else 40)).replace(day=1)


def _period_before(period: date, *, quarterly: bool) -> date:
    return (period - timedelta(days=80 if quarterly else 20)).replace(day=1)
