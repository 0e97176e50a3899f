"""Yahoo chart: session dates, nulls, the live bar, and answers that know only one of the closes."""

import json
from dataclasses import replace
from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from orchestration.catalog import of_publisher
from orchestration.defs.sources.yahoo import source
from orchestration.defs.sources.yahoo.parser import parse
from orchestration.extraction import rule_of
from orchestration.http import Fetcher, FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, publisher
from tests.support import landed, recorded

NEW_YORK = ZoneInfo("America/New_York")


def stamp(text, zone=NEW_YORK):
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def chart(closes, *, days=("2025-03-07", "2025-03-10"), adjusted=None, **meta):
    result = {
        "meta": {"symbol": "NVDA", "exchangeTimezoneName": "America/New_York"} | meta,
        "timestamp": [stamp(f"{day}T09:30:00") for day in days],
        "indicators": {
            "quote": [{"open": None, "close": closes}],
            "adjclose": [{"adjclose": closes if adjusted is None else adjusted}],
        },
    }
    return {"chart": {"result": [result], "error": None}}


def read(answer, fetched_at="2026-11-01T00:00:00", **params):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    parsed = parse(landed("yahoo", "chart", fetched_at=fetched_at, **params), body)
    return {s.series_id: {day: value for day, value, _ in s.rows} for s in parsed.series}


def test_recorded_fund_keeps_its_finished_session_and_is_rounded():
    found = read(recorded("yahoo", "chart_SPY_1y_1d_2026-05-03.json"), fetched_at="2026-05-03T18:06:00")
    assert found["yahoo.SPY.close"][date(2026, 5, 1)] == 720.65
    assert found["yahoo.SPY.close"][date(2026, 4, 29)] == 711.58
    assert set(found) == {"yahoo.SPY.close", "yahoo.SPY.adjclose"}


def test_recorded_coin_loses_the_day_that_is_still_running():
    found = read(recorded("yahoo", "chart_BTC-USD_1y_1d_2026-05-03.json"), fetched_at="2026-05-03T18:06:00")
    assert max(found["yahoo.BTC-USD.close"]) == date(2026, 5, 2)


def test_recorded_index_before_its_close_loses_the_last_bar_and_keeps_its_blank():
    found = read(recorded("yahoo", "chart_TNX_2026-06-08_trim.json"), fetched_at="2026-06-08T18:59:55")[
        "yahoo.^TNX.close"
    ]
    assert max(found) == date(2026, 6, 5)
    assert found[date(2026, 5, 25)] is None


def test_recorded_index_has_blanks_on_holidays():
    found = read(recorded("yahoo", "chart_VIX_1y_1d_2026-05-03.json"), fetched_at="2026-05-03T18:06:00")[
        "yahoo.^VIX.close"
    ]
    assert [day for day, value in found.items() if value is None][:2] == [date(2025, 5, 26), date(2025, 6, 19)]
    assert found[date(2026, 5, 1)] == 16.99


def test_a_null_is_a_day_without_a_price_and_noise_is_rounded_away():
    found = read(chart([None, 711.5800170898438]))
    assert found["yahoo.NVDA.close"] == {date(2025, 3, 7): None, date(2025, 3, 10): 711.58}


def test_an_unknown_symbol_is_an_error_in_the_publishers_words():
    error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
    with pytest.raises(ParseError, match=r"field error.*symbol may be delisted"):
        read({"chart": {"result": None, "error": error}})


def test_recorded_unknown_symbol_is_an_error():
    with pytest.raises(ParseError, match="No data found"):
        read(recorded("yahoo", "chart_not_found.json"))


def test_session_date_is_the_exchange_day_on_both_sides_of_the_clock_change():
    found = read(chart([1.0, 2.0], gmtoffset=-18000))
    assert list(found["yahoo.NVDA.close"]) == [date(2025, 3, 7), date(2025, 3, 10)]


def test_session_date_of_hong_kong_is_not_the_utc_day_of_new_york():
    answer = chart([1.0], days=("2025-03-07",), exchangeTimezoneName="Asia/Hong_Kong")
    answer["chart"]["result"][0]["timestamp"] = [stamp("2025-03-10T00:30:00", ZoneInfo("Asia/Hong_Kong"))]
    assert list(read(answer)["yahoo.NVDA.close"]) == [date(2025, 3, 10)]


def test_the_live_bar_goes_while_the_session_is_open():
    period = {"regular": {"start": stamp("2025-03-10T09:30:00"), "end": stamp("2025-03-10T16:00:00")}}
    open_ = chart([1.0, 2.0], currentTradingPeriod=period, regularMarketTime=stamp("2025-03-10T15:59:00"))
    shut = chart([1.0, 2.0], currentTradingPeriod=period, regularMarketTime=stamp("2025-03-10T16:00:01"))
    assert list(read(open_)["yahoo.NVDA.close"]) == [date(2025, 3, 7)]
    assert list(read(shut)["yahoo.NVDA.close"]) == [date(2025, 3, 7), date(2025, 3, 10)]


def test_yesterdays_bar_stays_before_todays_session_opens():
    period = {"regular": {"start": stamp("2025-03-11T09:30:00"), "end": stamp("2025-03-11T16:00:00")}}
    answer = chart([1.0, 2.0], currentTradingPeriod=period, regularMarketTime=stamp("2025-03-10T16:00:01"))
    assert max(read(answer)["yahoo.NVDA.close"]) == date(2025, 3, 10)


def test_without_a_printed_period_the_bar_of_the_fetch_day_goes():
    answer = chart([1.0, 2.0])
    assert max(read(answer, fetched_at="2025-03-11T03:59:00")["yahoo.NVDA.close"]) == date(2025, 3, 7)
    assert max(read(answer, fetched_at="2025-03-11T04:01:00")["yahoo.NVDA.close"]) == date(2025, 3, 10)


@pytest.mark.parametrize("unknown", [[None, None], None])
def test_an_answer_that_knows_only_one_close_has_only_that_series(unknown):
    answer = chart(unknown, adjusted=[1.0, None])
    assert read(answer) == {"yahoo.NVDA.adjclose": {date(2025, 3, 7): 1.0, date(2025, 3, 10): None}}
    answer["chart"]["result"][0]["indicators"]["quote"][0]["close"] = [5.0, 6.0]
    answer["chart"]["result"][0]["indicators"]["adjclose"][0]["adjclose"] = unknown
    assert list(read(answer)) == ["yahoo.NVDA.close"]


def test_covers_from_the_asked_start():
    body = json.dumps(chart([1.0, 2.0])).encode()
    parsed = parse(landed("yahoo", "chart", period1="1735689600"), body)
    assert {s.covers_from for s in parsed.series} == {date(2025, 1, 1)}


def test_an_empty_day_has_no_series():
    answer = chart([])
    del answer["chart"]["result"][0]["timestamp"]
    answer["chart"]["result"][0]["indicators"] = {"quote": [{}], "adjclose": [{}]}
    nine_days = {"period1": str(stamp("2025-01-26T00:00:00")), "period2": str(stamp("2025-02-03T00:00:00"))}
    assert read(answer, **nine_days) == {}
    assert read(chart([None, None]), **nine_days) == {}


@pytest.mark.parametrize("printed", ["nothing", "nulls", "live"])
@pytest.mark.parametrize("asked", [{}, {"period1": "1640995200"}, {"period1": "1737846000", "period2": "1738623600"}])
def test_more_than_a_week_without_a_close_is_an_error(printed, asked):
    answer = chart([None, None]) if printed == "nulls" else chart([1.0], days=("2026-10-31",))
    if printed == "nothing":
        del answer["chart"]["result"][0]["timestamp"]
        answer["chart"]["result"][0]["indicators"] = {"quote": [{}], "adjclose": [{}]}
    with pytest.raises(
        ParseError, match=r"yahoo, series NVDA, date .*, field close: the answer holds no figure at all"
    ):
        read(answer, fetched_at="2026-10-31T15:00:00", **asked)


def test_too_many_requests_is_text_and_an_error_that_names_the_symbol():
    asked = replace(
        landed("yahoo", "chart"), url="https://query1.finance.yahoo.com/v8/finance/chart/%5EVIX?interval=1d"
    )
    with pytest.raises(ParseError, match=r"series \^VIX.*Too Many Requests"):
        parse(asked, b"Too Many Requests\r\n")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "empty"),
        (b"<html></html>", "HTML"),
        (json.dumps(chart([1.0, 2.0])).encode()[:-3], "not JSON"),
        ({"finance": {}}, "field chart"),
        ({"chart": {"result": None, "error": None}}, "field result"),
        (chart([1.0]), "2 prices are due"),
        (chart([1.0, "2,0"]), "date 2025-03-10, field price"),
        (chart([1.0, 2.0], exchangeTimezoneName="Mars/Olympus"), "no time zone"),
        (chart([1.0, 2.0], currentTradingPeriod={}), "field regular"),
    ],
)
def test_malformed_answers_are_errors(answer, reason):
    with pytest.raises(ParseError, match=reason):
        read(answer)


def test_a_missing_close_column_is_an_error():
    answer = chart([1.0, 2.0])
    answer["chart"]["result"][0]["indicators"]["quote"] = [{"last": [1.0, 2.0]}]
    with pytest.raises(ParseError, match="field close"):
        read(answer)


def fetch(monkeypatch, tmp_path, answer, *symbols):
    """Both hosts are one server; the second one is told apart by its path."""
    monkeypatch.setattr(source, "of_publisher", lambda _: [SimpleNamespace(native_id=s) for s in symbols])
    with publisher(answer) as served:
        monkeypatch.setattr(source, "HOST", served.url)
        monkeypatch.setattr(source, "SECOND_HOST", f"{served.url}/second")
        source.fetch(fetcher(source.SOURCE, tmp_path), Window(date(2025, 1, 1), date(2025, 1, 31)))
    return served.asked


def test_the_symbol_is_encoded_and_the_whole_history_asked_in_epoch_seconds(monkeypatch, tmp_path):
    (asked,) = fetch(monkeypatch, tmp_path, lambda _: (200, "{}"), "^VIX", "^VIX")
    assert asked.path == "/v8/finance/chart/%5EVIX"
    assert asked.query == {"period1": "1640995200", "period2": "1738368000", "interval": "1d", "events": "div,splits"}


def test_the_second_host_is_asked_when_the_first_refuses(monkeypatch, tmp_path):
    asked = fetch(monkeypatch, tmp_path, lambda a: (200, "{}") if "/second/" in a.path else (429, ""), "SPY")
    assert [a.path for a in asked] == ["/v8/finance/chart/SPY", "/second/v8/finance/chart/SPY"]


def test_a_host_that_is_short_of_patience_is_asked_once_more_and_only_after_a_long_pause():
    """Seven symbols and two hosts: quick tries would be half a hundred knocks on a shut door."""
    assert source.SOURCE.retries == 1
    assert 15 <= source.SOURCE.backoff_s < Fetcher.deadline_s


def test_a_symbol_refused_by_both_hosts_is_named_and_stops_no_other(monkeypatch, tmp_path):
    with pytest.raises(FetchError, match=r"endpoint NVDA: 1 of 2 failed.*HTTP 429"):
        fetch(monkeypatch, tmp_path, lambda a: (429, "") if a.path.endswith("NVDA") else (200, "{}"), "NVDA", "SPY")
    assert len(list(tmp_path.rglob("*.meta.json"))) == 3


def test_the_request_says_who_asks_and_pretends_to_be_no_browser(monkeypatch, tmp_path):
    (asked,) = fetch(monkeypatch, tmp_path, lambda _: (200, "{}"), "SPY")
    assert asked.headers["user-agent"].startswith("correction-drivers/")
    assert source.SOURCE.gap_s >= 2


def test_only_the_close_that_dividends_change_backward_is_a_revised_series():
    kept = {series.series_id.rsplit(".", 1)[1]: set() for series in of_publisher("yahoo")}
    for series in of_publisher("yahoo"):
        kept[series.series_id.rsplit(".", 1)[1]].add(series.revisions)
    assert kept == {"close": {"none"}, "adjclose": {"revised"}}


def test_a_close_is_due_a_quarter_past_four_in_new_york_summer_and_winter():
    assert rule_of("yahoo.NVDA.close").scheduled_at(date(2025, 3, 7)) == datetime(2025, 3, 7, 21, 15)
    assert rule_of("yahoo.NVDA.close").scheduled_at(date(2025, 3, 10)) == datetime(2025, 3, 10, 20, 15)


def test_an_answer_of_another_symbol_is_an_error():
    asked = replace(landed("yahoo", "chart"), url="http://127.0.0.1/v8/finance/chart/QQQ")
    with pytest.raises(ParseError, match="yahoo, series QQQ, field symbol"):
        parse(asked, json.dumps(chart([1.0, 2.0], symbol="SPY")).encode())
