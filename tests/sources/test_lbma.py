"""LBMA gold PM: the dollar price of each fixing."""

import json
from datetime import date, datetime

import pytest

from orchestration.catalog import catalog
from orchestration.defs.sources.lbma import source
from orchestration.defs.sources.lbma.parser import parse
from orchestration.extraction import rule_of
from orchestration.http import FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, publisher
from tests.support import landed, recorded


def fixing(*prices, day="2025-02-24"):
    return {"is_cms_locked": 0, "d": day, "v": list(prices)}


def read(content):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    (series,) = parse(landed("lbma", "gold_pm"), body).series
    return series


def test_recorded_shape():
    series = read(recorded("lbma", "gold_pm_shape.json"))
    assert series.series_id == "lbma.gold_pm_usd"
    assert series.covers_from == date(1968, 4, 1)
    assert series.rows[0] == (date(1968, 4, 1), 37.7, None)
    assert series.rows[-1] == (date(2026, 8, 20), 4482.95, None)


@pytest.mark.parametrize("none", [0, 0.0, None])
def test_zero_and_null_are_no_fixing(none):
    known = fixing(2936.8, 1, 1, day="2025-02-21")
    assert read([known, fixing(none, 0, None)]).rows[1] == (date(2025, 2, 24), None, None)


@pytest.mark.parametrize("none", [0, 0.0, None])
def test_a_history_without_a_price_is_no_answer(none):
    with pytest.raises(ParseError, match=r"lbma, series lbma.gold_pm_usd, date up to 2026-11-01, field v: .*no figure"):
        read([fixing(none, 2300.0, 2800.0), fixing(none, none, none, day="2025-02-25")])


def test_only_the_dollar_price_need_be_known():
    assert read([fixing(2944.1, None, None)]).rows == [(date(2025, 2, 24), 2944.1, None)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<html>403</html>", "HTML"),
        (b'[{"d":"2025-02-24","v":[2944.1', "not JSON"),
        ([], "list of fixings"),
        ({"error": "members only"}, "list of fixings"),
        ([fixing("dear", 1, 1)], "date 2025-02-24, field v"),
        ([fixing(2944.1)], "USD, GBP, EUR"),
        ([{"d": "2025-02-24"}], "field v"),
        ([fixing(1, 1, 1, day="24.02.2025")], "field d"),
    ],
)
def test_malformed_bodies_are_errors(content, reason):
    with pytest.raises(ParseError, match=reason):
        read(content)


def test_one_request_whatever_the_window(monkeypatch, tmp_path):
    with publisher(lambda _: (200, "[]")) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/json/gold_pm.json")
        source.fetch(fetcher(source.SOURCE, tmp_path), Window(date(2025, 1, 1), date(2025, 1, 2)))
    assert [(asked.path, asked.query) for asked in served.asked] == [("/json/gold_pm.json", {})]


def test_dollars_come_first_then_pounds_and_euros():
    assert read([fixing(2944.1, 2331.9, 2812.3)]).rows == [(date(2025, 2, 24), 2944.1, None)]


def test_a_half_day_without_an_afternoon_fixing_is_blank_or_absent():
    rows = read([fixing(2610.85, 1, 1, day="2024-12-23"), fixing(0, 0, 0, day="2024-12-24")]).rows
    assert rows == [(date(2024, 12, 23), 2610.85, None), (date(2024, 12, 24), None, None)]


def test_a_feed_that_closes_is_a_failure(monkeypatch, tmp_path):
    with publisher(lambda _: (403, "members only")) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/json/gold_pm.json")
        with pytest.raises(FetchError, match="lbma, endpoint gold_pm: HTTP 403"):
            source.fetch(fetcher(source.SOURCE, tmp_path), Window(date(2025, 1, 1), date(2025, 1, 2)))


def test_the_price_is_dollars_an_ounce_due_at_midnight_of_london_and_not_revised():
    assert rule_of("lbma.gold_pm_usd").scheduled_at(date(2025, 2, 24)) == datetime(2025, 2, 25)
    assert rule_of("lbma.gold_pm_usd").scheduled_at(date(2025, 6, 24)) == datetime(2025, 6, 24, 23)
    line = catalog()["lbma.gold_pm_usd"]
    assert (line.unit, line.revisions) == ("US$ per troy oz", "none")
