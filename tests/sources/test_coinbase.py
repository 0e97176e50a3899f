"""Coinbase candles: the unusual order, doubled days, the unfinished day."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from orchestration.catalog import of_publisher
from orchestration.defs.sources.coinbase import source
from orchestration.defs.sources.coinbase.parser import parse
from orchestration.extraction import rule_of
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, publisher
from tests.support import landed, recorded

URL = "https://api.exchange.coinbase.com/products/BTC-USD/candles?granularity=86400"


def candle(day, low=10, high=20.5, opened=12, close=15.25):
    return [int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()), low, high, opened, close, 3.5]


def read(content, fetched_at="2026-11-01T00:00:00", url=URL, **params):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return parse(replace(landed("coinbase", "candles", fetched_at=fetched_at, **params), url=url), body).series


def test_recorded_candles_close_is_the_fifth_number_and_today_is_left_out():
    body = recorded("coinbase", "candles_BTC-USD_86400_2026-09-29.json")
    (series,) = read(body, fetched_at="2026-09-29T00:40:00")
    assert series.series_id == "coinbase.BTC-USD.close"
    assert series.rows == [(date(2026, 9, 27), 84462.14, None), (date(2026, 9, 28), 83456.74, None)]


def test_a_day_is_finished_at_midnight_and_not_before():
    asked = {"start": "2026-10-30T00:00:00Z", "end": "2026-10-31T00:00:00Z"}
    assert read([candle("2026-10-31")], fetched_at="2026-10-31T23:59:59", **asked) == []
    assert len(read([candle("2026-10-31")], fetched_at="2026-11-01T00:00:00")) == 1


def test_the_same_candle_twice_counts_once():
    (series,) = read([candle("2026-10-02"), candle("2026-10-01"), candle("2026-10-01")])
    assert [day for day, _, _ in series.rows] == [date(2026, 10, 1), date(2026, 10, 2)]


def test_two_different_candles_of_a_day_are_an_error():
    with pytest.raises(ParseError, match=r"series coinbase.BTC-USD.close, date 2026-10-01.*two candles"):
        read([candle("2026-10-01"), candle("2026-10-01", close=16)])


def test_two_versions_of_the_unfinished_day_are_no_error():
    doubled = [candle("2026-10-31"), candle("2026-10-31", close=16)]
    assert read(doubled, fetched_at="2026-10-31T12:00:00", start="2026-10-30T00:00:00Z") == []


def test_columns_in_the_usual_order_are_an_error():
    with pytest.raises(ParseError, match="do not enclose"):
        read([[1790553600, 12, 20.5, 10, 15.25, 3.5]])


def test_covers_from_the_asked_start():
    (series,) = read([candle("2026-10-02")], start="2026-09-01T00:00:00Z")
    assert series.covers_from == date(2026, 9, 1)


def test_no_candles_give_no_series():
    """Three days may be too early for a candle; before its listing a coin has none."""
    assert read([], start="2026-10-30T00:00:00Z", end="2026-11-01T00:00:00Z") == []
    assert read([], start="2014-01-01T00:00:00Z", end="2014-10-27T00:00:00Z") == []


@pytest.mark.parametrize("candles", [[], [candle("2026-11-01")]])
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"start": "2026-10-29T00:00:00Z"},
        {"start": "2026-10-29T00:00:00Z", "end": "2026-11-01T00:00:00Z"},
        {"start": "2026-01-05T00:00:00Z", "end": "2026-10-31T00:00:00Z"},
    ],
)
def test_days_up_to_the_fetch_without_a_finished_candle_are_an_error(candles, asked):
    with pytest.raises(ParseError, match=r"coinbase, series coinbase.BTC-USD.close, date .*, field close: .*no figure"):
        read(candles, **asked)


def test_a_candle_that_opens_within_the_day_is_refused():
    with pytest.raises(ParseError, match="field time: candle does not open at 00:00 UTC"):
        read([candle("2026-10-01T01:00:00")])


def test_recorded_hourly_candle_is_refused():
    with pytest.raises(ParseError, match="does not open at 00:00 UTC"):
        read(recorded("coinbase", "candles_BTC-USDT_3600_2024-03-13.json"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<html></html>", "HTML"),
        (json.dumps([candle("2026-10-01")]).encode()[:-4], "not JSON"),
        ({"message": "granularity too small"}, "list of candles"),
        ([[1790553600, 1, 2]], "a candle is due"),
        ([candle("2026-10-01", close="dear")], "date 2026-10-01, field close"),
        ([candle("2026-10-01", close=None)], "date 2026-10-01, field close"),
        ([[1790553600000, 1, 2, 1, 2, 3]], "epoch seconds"),
    ],
)
def test_malformed_answers_are_errors(content, reason):
    with pytest.raises(ParseError, match=reason):
        read(content)


def test_an_address_without_a_product_is_an_error():
    with pytest.raises(ParseError, match="names no product"):
        read([], url="http://127.0.0.1/")


def test_no_request_spans_more_than_300_days(monkeypatch, tmp_path):
    line = SimpleNamespace(native_id="BTC-USD")
    monkeypatch.setattr(source, "of_publisher", lambda _: [line, line])
    with publisher(lambda _: (200, "[]")) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/products/{{product}}/candles")
        source.fetch(fetcher(source.SOURCE, tmp_path), Window(date(2025, 1, 1), date(2026, 1, 1)))
    assert set(served.paths) == {"/products/BTC-USD/candles"}
    assert [(asked.query["start"], asked.query["end"]) for asked in served.asked] == [
        ("2025-03-08T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2025-01-01T00:00:00Z", "2025-03-07T00:00:00Z"),
    ]


def test_a_day_without_trades_is_absent():
    (series,) = read([candle("2026-10-03"), candle("2026-10-01")])
    assert [day for day, _, _ in series.rows] == [date(2026, 10, 1), date(2026, 10, 3)]


def test_requests_say_who_asks_and_keep_below_ten_a_second(monkeypatch, tmp_path):
    monkeypatch.setattr(source, "of_publisher", lambda _: [SimpleNamespace(native_id="BTC-USD")])
    with publisher(lambda _: (200, "[]")) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/products/{{product}}/candles")
        source.fetch(fetcher(source.SOURCE, tmp_path), Window(date(2026, 1, 1), date(2026, 1, 2)))
    assert served.asked[0].headers["user-agent"].startswith("correction-drivers/")
    assert 1 / source.SOURCE.gap_s <= 10


def test_a_price_is_dollars_and_due_when_the_day_is_over():
    assert {series.unit for series in of_publisher("coinbase")} == {"US$"}
    assert rule_of("coinbase.BTC-USD.close").scheduled_at(date(2025, 2, 21)) == datetime(2025, 2, 22)
