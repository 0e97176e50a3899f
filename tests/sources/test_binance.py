"""Binance klines: closes of finished UTC days, and what is refused."""

import json
from datetime import UTC, date, datetime
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from orchestration.catalog import of_publisher
from orchestration.defs.sources.binance import source as binance
from orchestration.defs.sources.binance.parser import parse
from orchestration.extraction import rule_of
from orchestration.http import Fetcher, FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, publisher
from tests.support import landed, recorded
from warehouse.landing import Landing

DAY_MS = 86_400_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def kline(day: str, *, open_="1.0", high="3.0", low="0.5", close="2.0", volume="10.5") -> list:
    opened = ms(day)
    return [opened, open_, high, low, close, volume, opened + DAY_MS - 1, "1", 5, "1", "1", "0"]


def parsed(*klines, fetched_at="2025-02-27T00:00:30", **params):
    body = json.dumps(list(klines)).encode()
    answer = parse(landed("binance", "klines", fetched_at=fetched_at, symbol="BTCUSDT", **params), body)
    return {series.series_id: series for series in answer.series}


def test_every_field_is_read_from_its_own_element():
    series = parsed(kline("2025-02-25"))
    assert {name: s.rows[0][1] for name, s in series.items()} == {
        "binance.BTCUSDT.open": 1.0,
        "binance.BTCUSDT.high": 3.0,
        "binance.BTCUSDT.low": 0.5,
        "binance.BTCUSDT.close": 2.0,
        "binance.BTCUSDT.volume": 10.5,
    }
    assert series["binance.BTCUSDT.close"].rows[0][0] == date(2025, 2, 25)


def test_unfinished_day_is_left_out():
    klines = [kline("2025-02-25"), kline("2025-02-26")]
    finished = parsed(*klines, fetched_at="2025-02-26T23:59:59")["binance.BTCUSDT.close"]
    assert [day for day, _, _ in finished.rows] == [date(2025, 2, 25)]
    both = parsed(*klines, fetched_at="2025-02-27T00:00:00")["binance.BTCUSDT.close"]
    assert [day for day, _, _ in both.rows] == [date(2025, 2, 25), date(2025, 2, 26)]


def test_only_the_close_is_required():
    series = parsed(kline("2025-02-25", open_=None, high=None, low=None, volume=None), kline("2025-02-26"))
    assert len(series["binance.BTCUSDT.close"].rows) == 2
    assert [day for day, _, _ in series["binance.BTCUSDT.open"].rows] == [date(2025, 2, 26)]
    closes_only = parsed(kline("2025-02-25", open_=None, high=None, low=None, volume=None))
    assert list(closes_only) == ["binance.BTCUSDT.close"]


def test_a_null_close_is_an_error():
    with pytest.raises(ParseError, match=r"series BTCUSDT, date 2025-02-25, field close"):
        parsed(kline("2025-02-25", close=None))


def test_coverage_starts_where_the_request_started():
    assert parsed(kline("2025-02-25"))["binance.BTCUSDT.close"].covers_from == date(2025, 2, 25)
    asked = parsed(kline("2025-02-25"), startTime=str(ms("2025-02-20")))
    assert asked["binance.BTCUSDT.close"].covers_from == date(2025, 2, 20)


def test_no_finished_day_gives_nothing():
    """Three days may be too early for a candle; before its listing a coin has none."""
    assert parsed(kline("2025-02-27"), startTime=str(ms("2025-02-25"))) == {}
    assert parsed(startTime=str(ms("2017-01-01")), endTime=str(ms("2019-09-28") - 1)) == {}


@pytest.mark.parametrize("klines", [[], [kline("2025-02-27")]])
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"startTime": str(ms("2025-02-24"))},
        {"startTime": str(ms("2025-02-24")), "endTime": str(ms("2025-02-28") - 1)},
        {"startTime": str(ms("2022-01-01")), "endTime": str(ms("2025-02-27") - 1)},
    ],
)
def test_days_up_to_the_fetch_without_a_finished_candle_are_an_error(klines, asked):
    """There is no day without trades."""
    with pytest.raises(ParseError, match=r"binance, series BTCUSDT, date .*2025-02-2[67], field close: .*no figure"):
        parsed(*klines, **asked)


def test_microseconds_are_refused():
    bar = kline("2025-02-25")
    bar[0], bar[6] = bar[0] * 1000, bar[6] * 1000
    with pytest.raises(ParseError, match=r"field open time: .* is not in epoch milliseconds"):
        parsed(bar)


def test_candles_that_are_not_one_utc_day_are_refused():
    bar = kline("2025-02-25")
    bar[0] += 3_600_000
    with pytest.raises(ParseError, match=r"date 2025-02-25, field open time: a candle from .* is not a UTC day"):
        parsed(bar)
    weekly = kline("2025-02-24")
    weekly[6] += 6 * DAY_MS
    with pytest.raises(ParseError, match="date 2025-02-24, field open time"):
        parsed(weekly)


def test_documented_shape_is_a_weekly_candle():
    with pytest.raises(ParseError, match=r"2017-07-03 00:00:00 to 2017-07-09 23:59:59.999000 is not a UTC day"):
        parse(landed("binance", "klines", symbol="ETHBTC"), recorded("binance", "klines_documented_shape.json"))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the body is empty"),
        (b"<html>418</html>", "HTML where JSON is due"),
        (b'{"code":-1121,"msg":"Invalid symbol."}', "where a list of klines is due"),
        (json.dumps([kline("2025-02-25")]).encode()[:-20], "not JSON"),
        (b'[[1740441600000,"1"]]', "where a kline is due"),
        (json.dumps([kline("2025-02-25", close="n/a")]).encode(), "'n/a' where a number is due"),
        (json.dumps([kline("2025-02-25", volume="")]).encode(), "field volume: '' where a number is due"),
    ],
)
def test_malformed_bodies_are_named(body, message):
    with pytest.raises(ParseError, match=message) as error:
        parse(landed("binance", "klines", symbol="BTCUSDT"), body)
    assert "binance, series BTCUSDT" in str(error.value)


def test_fetch_asks_newest_pages_first_and_every_day_once(monkeypatch, tmp_path):
    monkeypatch.setattr(binance, "of_publisher", lambda _: [SimpleNamespace(native_id="BTCUSDT")] * 5)
    monkeypatch.setattr(binance, "PAGE_DAYS", 10)
    with publisher(lambda _: (200, "[]")) as served:
        monkeypatch.setattr(binance, "URL", f"{served.url}/klines")
        binance.fetch(fetcher(binance.SOURCE, tmp_path), Window(date(2025, 1, 1), date(2025, 1, 25)))
    spans = [(asked.query["startTime"], asked.query["endTime"]) for asked in served.asked]
    assert spans == [
        (str(ms("2025-01-16")), str(ms("2025-01-26") - 1)),
        (str(ms("2025-01-06")), str(ms("2025-01-16") - 1)),
        (str(ms("2025-01-01")), str(ms("2025-01-06") - 1)),
    ]
    assert {asked.query["symbol"] for asked in served.asked} == {"BTCUSDT"}


def test_the_limit_is_named_and_no_request_spans_more_days_than_it(monkeypatch, tmp_path):
    """Without a limit an answer ends after 500 candles; no limit goes beyond 1,000."""
    monkeypatch.setattr(binance, "of_publisher", lambda _: [SimpleNamespace(native_id="BTCUSDT")])
    with publisher(lambda _: (200, "[]")) as served:
        monkeypatch.setattr(binance, "URL", f"{served.url}/klines")
        binance.fetch(fetcher(binance.SOURCE, tmp_path), Window(date(2022, 1, 1), date(2026, 11, 1)))
    assert len(served.asked) == 2
    for asked in served.asked:
        days = (int(asked.query["endTime"]) + 1 - int(asked.query["startTime"])) // DAY_MS
        assert days <= int(asked.query["limit"]) <= 1000


@pytest.mark.parametrize("status", [403, 418, 451])
def test_a_host_that_shuts_us_out_is_asked_once_and_no_more(monkeypatch, tmp_path, status):
    """418 is a ban for asking on after 429, 403 the firewall, 451 a country: another request makes it worse."""
    symbols = [SimpleNamespace(native_id=symbol) for symbol in ("BTCUSDT", "ETHUSDT")]
    monkeypatch.setattr(binance, "of_publisher", lambda _: symbols)
    patient = Fetcher("binance", Landing(tmp_path), gap_s=0.0, retries=3, backoff_s=0.0)
    with publisher(lambda _: (status, "no")) as served:
        monkeypatch.setattr(binance, "URL", f"{served.url}/klines")
        with pytest.raises(FetchError, match=f"binance, endpoint klines: HTTP {status}"):
            binance.fetch(patient, Window(date(2025, 1, 1), date(2025, 1, 25)))
    assert len(served.asked) == 1


def test_an_unknown_symbol_fails_in_the_publishers_words(monkeypatch, tmp_path):
    monkeypatch.setattr(binance, "of_publisher", lambda _: [SimpleNamespace(native_id="BTCUSD")])
    with publisher(lambda _: (400, '{"code":-1121,"msg":"Invalid symbol."}')) as served:
        monkeypatch.setattr(binance, "URL", f"{served.url}/klines")
        with pytest.raises(FetchError, match=r"HTTP 400.*Invalid symbol"):
            binance.fetch(fetcher(binance.SOURCE, tmp_path), Window(date(2025, 1, 1), date(2025, 1, 25)))


def test_the_host_is_the_open_one_and_stays_below_its_weight():
    """api.binance.com answers 451 to whole countries. A call weighs 2 of 6,000 a minute."""
    assert urlsplit(binance.URL).hostname == "data-api.binance.vision"
    assert 2 * 60 / binance.SOURCE.gap_s <= 6000


def test_prices_are_tether_not_dollars_never_restated_and_due_when_the_day_is_over():
    prices = [series for series in of_publisher("binance") if not series.series_id.endswith(".volume")]
    assert {series.unit for series in prices} == {"USDT"}
    assert {series.revisions for series in prices} == {"none"}
    assert rule_of("binance.BTCUSDT.close").scheduled_at(date(2025, 2, 21)) == datetime(2025, 2, 22)
