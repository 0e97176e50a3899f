"""Nasdaq: US notation, and errors that come as HTTP 200."""

import json
from dataclasses import replace
from datetime import date, datetime
from types import SimpleNamespace

import pytest

from orchestration.catalog import of_publisher
from orchestration.defs.sources.nasdaq import source
from orchestration.defs.sources.nasdaq.parser import parse
from orchestration.extraction import rule_of
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, publisher
from tests.support import landed, recorded


def answer(*rows, symbol="NVDA", total=None, **changes):
    table = {"asOf": None, "headers": {}, "rows": list(rows)}
    data = {"symbol": symbol, "totalRecords": len(rows) if total is None else total, "tradesTable": table}
    return {"data": data, "message": None, "status": {"rCode": 200, "bCodeMessage": None}} | changes


def row(close, day="09/25/2026"):
    return {"date": day, "close": close, "volume": "30,002,510", "open": "N/A", "high": "N/A", "low": "N/A"}


WEEK = {"fromdate": "2001-09-11", "todate": "2001-09-17"}


def read(content, symbol=None, **params):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    asked = landed("nasdaq", "historical", **params)
    address = f"https://api.nasdaq.com/api/quote/{symbol}/historical?limit=9999" if symbol else asked.url
    parsed = parse(replace(asked, url=address), body)
    return {s.series_id: {day: value for day, value, _ in s.rows} for s in parsed.series}


def test_recorded_share_has_a_dollar_sign_and_commas():
    found = read(recorded("nasdaq", "historical_stock_shape_2026-09-25.json"))
    assert found == {"nasdaq.AAPL.close": {date(2026, 9, 25): 1341.07}}


def test_recorded_fund_has_neither():
    found = read(recorded("nasdaq", "historical_SPY_etf_2026-09-25.json"))
    assert found == {"nasdaq.SPY.close": {date(2026, 9, 24): 767.18, date(2026, 9, 25): 771.35}}


def test_rows_of_null_are_a_span_without_sessions():
    empty = answer()
    empty["data"]["tradesTable"]["rows"] = None
    assert read(empty, **WEEK) == {}


def test_recorded_answer_without_rows_has_no_series():
    assert read(recorded("nasdaq", "historical_no_rows.json"), **WEEK) == {}


@pytest.mark.parametrize("rows", [[], [row("N/A"), row("N/A", "09/24/2026")]])
@pytest.mark.parametrize("asked", [{}, WEEK | {"fromdate": "2001-09-10"}, {"fromdate": "2022-01-01"}])
def test_more_than_a_week_without_a_close_is_an_error(rows, asked):
    with pytest.raises(ParseError, match=r"nasdaq, series nasdaq.NVDA.close, date .*, field rows: .*no figure at all"):
        read(answer(*rows), **asked)


def test_an_answer_of_another_symbol_is_an_error():
    assert list(read(answer(row("$1.0")), symbol="NVDA")) == ["nasdaq.NVDA.close"]
    with pytest.raises(ParseError, match="nasdaq, series QQQ, field symbol: the answer is of 'NVDA'"):
        read(answer(row("$1.0")), symbol="QQQ")


def test_an_error_names_the_symbol_of_the_address():
    with pytest.raises(ParseError, match="nasdaq, series QQQ, field rCode"):
        read(answer(data=None, status={"rCode": 400, "bCodeMessage": []}), symbol="QQQ")


@pytest.mark.parametrize(
    ("file", "code"),
    [("historical_error_symbol_not_exists.json", "1001"), ("historical_error_same_day_window.json", "1011")],
)
def test_recorded_errors_are_errors(file, code):
    with pytest.raises(ParseError, match=code):
        read(recorded("nasdaq", file))


def test_an_error_code_at_http_200_is_an_error():
    status = {"rCode": 400, "bCodeMessage": [{"code": 1001, "errorMessage": "Symbol not exists."}]}
    with pytest.raises(ParseError, match="Symbol not exists"):
        read(answer(data=None, status=status))


def test_the_wrong_asset_class_answers_null_and_is_an_error():
    with pytest.raises(ParseError, match="where an object is due"):
        read(answer(data=None))


def test_not_available_is_a_blank():
    assert read(answer(row("N/A"), row("$1,234,567.5", "09/24/2026")))["nasdaq.NVDA.close"] == {
        date(2026, 9, 24): 1234567.5,
        date(2026, 9, 25): None,
    }


def test_covers_from_the_asked_start():
    parsed = parse(landed("nasdaq", "historical", fromdate="2026-09-01"), json.dumps(answer(row("$1.0"))).encode())
    assert parsed.series[0].covers_from == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<html></html>", "HTML"),
        (json.dumps(answer(row("$1"))).encode()[:-9], "not JSON"),
        (answer(row("$1.234,50")), "series nasdaq.NVDA.close, date 2026-09-25, field close"),
        (answer(row("178,42")), "field close"),
        (answer(row("")), "field close"),
        (answer(row(178.42)), "field close"),
        (answer(row("$1", "25/09/2026")), "field date"),
        (answer({"date": "09/25/2026"}), "field close"),
        (answer(row("$1"), total=2), "totalRecords"),
        (answer(row("$1"), status={}), "rCode"),
    ],
)
def test_malformed_answers_are_errors(content, reason):
    with pytest.raises(ParseError, match=reason):
        read(content)


def test_requests_look_like_a_browser_and_ask_the_whole_history(monkeypatch, tmp_path):
    lines = [SimpleNamespace(native_id=symbol) for symbol in ("NVDA", "QQQ", "QQQ")]
    monkeypatch.setattr(source, "of_publisher", lambda _: lines)
    with publisher(lambda _: (200, "{}")) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/{{symbol}}/historical")
        source.fetch(fetcher(source.SOURCE, tmp_path), Window(date(2026, 9, 25), date(2026, 9, 25)))
    share, fund = served.asked
    assert (share.path, fund.path) == ("/NVDA/historical", "/QQQ/historical")
    assert (share.query["assetclass"], fund.query["assetclass"]) == ("stocks", "etf")
    assert (share.query["fromdate"], share.query["todate"]) == ("2022-01-01", "2026-09-25")
    assert share.headers["user-agent"].startswith("Mozilla/")
    assert share.query["limit"] == "9999"
    assert share.headers["accept"] == "application/json"
    assert share.headers["origin"] == "https://www.nasdaq.com"
    assert share.headers["referer"] == "https://www.nasdaq.com/"


def test_every_symbol_of_the_catalog_is_asked_in_its_own_class():
    """The wrong class answers null: what is no fund has to stand among the shares."""
    symbols = {series.native_id for series in of_publisher("nasdaq")}
    assert symbols - source.SHARES == {"QQQ", "SPY", "KWEB", "FXI"}
    assert symbols >= source.SHARES


def test_a_window_of_a_single_day_is_never_asked(monkeypatch, tmp_path):
    """Equal bounds are error 1011: on the first day of the history there is nothing to ask yet."""
    monkeypatch.setattr(source, "of_publisher", lambda _: [SimpleNamespace(native_id="NVDA")])
    with publisher(lambda _: (200, "{}")) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/{{symbol}}/historical")
        source.fetch(fetcher(source.SOURCE, tmp_path), Window(date(2026, 9, 25), date(2026, 9, 25)))
    assert served.asked[0].query["fromdate"] < served.asked[0].query["todate"]


def test_closes_know_no_dividends_and_are_due_late_in_the_evening():
    assert {series.series_id.rsplit(".", 1)[1] for series in of_publisher("nasdaq")} == {"close"}
    assert rule_of("nasdaq.NVDA.close").scheduled_at(date(2025, 2, 21)) == datetime(2025, 2, 22, 3)
