"""When a value became known: the design's schedule, on days where a careless rule goes wrong."""

from datetime import date, datetime

import pytest

from orchestration.catalog import Series, catalog
from warehouse.calendars import CalendarError, is_session, next_session, sessions
from warehouse.clocks import RULES, ReleaseCalendar, cutoff, knowledge_day, month_end


@pytest.mark.parametrize(
    ("rule", "day", "expected"),
    [
        ("utc_close", "2025-02-21", "2025-02-22T00:00"),
        ("utc_0005", "2025-02-21", "2025-02-21T00:05"),
        ("utc_next_0100", "2025-02-21", "2025-02-22T01:00"),
        ("utc_next_1200", "2025-02-25", "2025-02-26T12:00"),
        # H.15: next federal business day 16:15 New York: over a weekend with a holiday Monday, and in summer time.
        ("h15", "2025-02-14", "2025-02-18T21:15"),
        ("h15", "2025-02-20", "2025-02-21T21:15"),
        ("h15", "2025-07-03", "2025-07-07T20:15"),
        # H.10: the Monday after; the Tuesday when that Monday is a holiday.
        ("h10", "2025-02-21", "2025-02-24T21:15"),
        ("h10", "2025-02-17", "2025-02-24T21:15"),
        ("h10", "2025-02-14", "2025-02-18T21:15"),
        # H.4.1: Thursday 16:30 for Wednesday's level; Friday after Thanksgiving.
        ("h41", "2025-02-26", "2025-02-27T21:30"),
        ("h41", "2024-11-27", "2024-11-29T21:30"),
        ("ecb", "2025-02-21", "2025-02-21T15:00"),
        ("ecb", "2025-04-15", "2025-04-15T14:00"),
        ("hk_1800", "2025-02-21", "2025-02-21T10:00"),
        ("hk_2000", "2025-03-10", "2025-03-10T12:00"),
        ("hk_month_later", "2025-01-01", "2025-02-28T12:00"),
        # MSPD: 4th business day 16:00 New York; January's statement on 6 February 2025.
        ("mspd", "2025-01-01", "2025-02-06T21:00"),
        ("mspd", "2024-12-01", "2025-01-07T21:00"),
        ("us_close", "2025-02-21", "2025-02-21T21:15"),
        ("us_close", "2025-04-15", "2025-04-15T20:15"),
        ("sofr", "2025-02-14", "2025-02-18T13:00"),
    ],
)
def test_schedule(rule: str, day: str, expected: str) -> None:
    assert RULES[rule](date.fromisoformat(day)) == datetime.fromisoformat(expected)


def test_a_cutoff_belongs_to_its_day() -> None:
    assert cutoff(date(2025, 2, 28)) == datetime(2025, 3, 1)
    assert knowledge_day(datetime(2025, 3, 1)) == date(2025, 2, 28)
    assert knowledge_day(datetime(2025, 3, 1, 0, 0, 0, 1)) == date(2025, 3, 1)


def test_month_end() -> None:
    assert month_end(date(2024, 2, 1)) == date(2024, 2, 29)
    assert month_end(date(2025, 12, 15)) == date(2025, 12, 31)


def test_the_release_calendar_comes_before_the_rule() -> None:
    calendar = ReleaseCalendar({("CPI", date(2025, 1, 1)): datetime(2025, 2, 12, 13, 30)})
    assert calendar.scheduled_at("CPI", "month_end+16", date(2025, 1, 1)) == datetime(2025, 2, 12, 13, 30)
    assert calendar.scheduled_at("CPI", "month_end+16", date(2025, 2, 1)) == datetime(2025, 3, 16, 12, 30)


def test_gap_rules_are_never_earlier_than_the_dated_releases() -> None:
    """Every dated release of the seed came out no later than the rule that would have stood in for it."""
    from orchestration.catalog import catalog
    from orchestration.releases import release_calendar

    rules = {s.release: s.known_at_rule for s in catalog().values() if s.release}
    dated = release_calendar().released_at
    assert dated
    for (release, period), released_at in dated.items():
        assert RULES[rules[release]](period) >= released_at, (release, period)


def test_calendars_know_the_odd_days() -> None:
    carter, columbus, good_friday = date(2025, 1, 9), date(2024, 10, 14), date(2024, 3, 29)
    assert not is_session("us_equity", carter) and is_session("us_federal", carter)
    assert is_session("us_equity", columbus) and not is_session("us_federal", columbus)
    assert not is_session("us_equity", good_friday) and not is_session("target", good_friday)
    assert is_session("hong_kong", date(2025, 2, 3)) and not is_session("stock_connect", date(2025, 2, 3))


def test_days_beyond_the_calendars_are_an_error() -> None:
    with pytest.raises(CalendarError, match="us_federal"):
        next_session("us_federal", sessions("us_federal")[-1])
    with pytest.raises(CalendarError):
        next_session("us_equity", date(1990, 1, 1))


@pytest.mark.parametrize("series", [s for s in catalog().values() if s.publisher == "fred"], ids=lambda s: s.series_id)
def test_a_vintage_is_not_known_before_the_day_its_publisher_gives_it(series: Series) -> None:
    for vintage_date in (date(2025, 1, 15), date(2025, 7, 15)):
        assert knowledge_day(RULES[series.known_at_rule].on(vintage_date)) >= vintage_date
