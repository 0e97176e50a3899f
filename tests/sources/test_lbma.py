"""LBMA gold PM: the dollar price of each fixing."""

import json
from datetime import date

import pytest

from orchestration.defs.sources.lbma import source
from orchestration.defs.sources.lbma.parser import parse
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
    assert read([fixing(none, 0, None)]).rows == [(date(2025, 2, 24), None, None)]


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
