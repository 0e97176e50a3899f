"""Tencent's index bars: the close is the third element, and open sessions do not count."""

import json
from datetime import date, datetime
from types import SimpleNamespace

import pytest

from orchestration.catalog import of_publisher
from orchestration.defs.sources.tencent import source as tencent
from orchestration.defs.sources.tencent.parser import parse
from orchestration.extraction import rule_of
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, publisher
from tests.support import landed

DAY = date(2025, 2, 26)
PARAM = "hkHSI,day,2025-02-20,2025-02-27,640,"


def bar(day="2025-02-26", *, open_="23340.12", close="23787.93", high="23973.44", low="23206.51", volume="1.0", **more):
    return [day, open_, close, high, low, volume, *more.values()]


def body(*bars, key="day", symbol="hkHSI", **changes) -> bytes:
    return json.dumps({"code": 0, "msg": "", "data": {symbol: {key: list(bars), "qt": {}}}} | changes).encode()


def closes(answer: bytes, fetched_at="2026-11-01T00:00:00", param=PARAM):
    series = parse(landed("tencent", "hkfqkline", fetched_at=fetched_at, param=param), answer).series
    return {s.series_id: {day: value for day, value, _ in s.rows} for s in series}


def test_the_close_is_the_third_element():
    assert closes(body(bar())) == {"tencent.HSI": {DAY: 23787.93}}


@pytest.mark.parametrize("close", ["23973.44", "23206.51"])
def test_a_close_at_the_edge_of_the_range_is_fine(close):
    assert closes(body(bar(close=close))) == {"tencent.HSI": {DAY: float(close)}}


def test_a_changed_order_of_columns_is_seen():
    usual_order = ["2025-02-26", "23340.12", "23973.44", "23206.51", "23787.93", "1.0"]  # open, high, low, close
    with pytest.raises(ParseError, match="tencent, series HSI, date 2025-02-26, field close: close 23973"):
        closes(body(usual_order))


def test_adjusted_bars_and_a_seventh_element():
    answer = body(bar(dividend={"cqr": "2025-02-26"}), key="qfqday", symbol="hkHSTECH")
    param = PARAM.replace("hkHSI", "hkHSTECH")
    assert closes(answer, param=param) == {"tencent.HSTECH": {DAY: 23787.93}}


def test_only_the_close_is_required():
    assert closes(body(bar(open_="", high="", low="", volume=""))) == {"tencent.HSI": {DAY: 23787.93}}
    with pytest.raises(ParseError, match="series HSI, date 2025-02-26, field close: '' where a number is due"):
        closes(body(bar(close="")))


def test_the_bar_of_an_open_session_is_left_out():
    answer = body(bar("2025-02-25"), bar("2025-02-26"))
    assert list(closes(answer, fetched_at="2025-02-26T08:29:59")["tencent.HSI"]) == [date(2025, 2, 25)]
    assert list(closes(answer, fetched_at="2025-02-26T08:30:00")["tencent.HSI"]) == [date(2025, 2, 25), DAY]
    assert closes(body(bar()), fetched_at="2025-02-26T02:00:00") == {}


def test_coverage_starts_at_the_requested_day():
    (series,) = parse(landed("tencent", "hkfqkline", param=PARAM), body(bar())).series
    assert series.covers_from == date(2025, 2, 20)


NINE_DAYS = "hkHSI,day,2025-01-25,2025-02-02,640,"


@pytest.mark.parametrize("answer", [body(), body(data=[])])
def test_an_empty_window_gives_nothing(answer):
    """The New Year's holiday with its weekends."""
    assert closes(answer, param=NINE_DAYS) == {}
    assert closes(answer, param="hkHSI,day,2025-01-25,2025-12-31,640,", fetched_at="2025-02-02T09:00:00") == {}


@pytest.mark.parametrize("answer", [body(), body(data=[])])
@pytest.mark.parametrize("param", [NINE_DAYS.replace("01-25", "01-24"), "hkHSI,day,2022-01-01,2023-12-31,640,"])
def test_more_than_a_week_without_a_bar_is_an_error(answer, param):
    with pytest.raises(ParseError, match=r"tencent, series HSI, date .* to .*, field day: the answer holds no figure"):
        closes(answer, param=param)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "the body is empty"),
        (b"<html>502</html>", "HTML where JSON is due"),
        (body(bar())[:-12], "not JSON"),
        (body(code=-1, msg="param error"), "field code: code '-1': 'param error'"),
        (body(bar(), symbol="hkHSCEI"), "field hkHSI: field is missing"),
        (body(bar(), key="week"), "field day: field is missing"),
        (body(data={"hkHSI": {"day": {}}}), "field day: '{}' where a list of bars"),
        (body(data=None), "field hkHSI: 'None' where an object"),
        (body(["2025-02-26", "1", "2"]), "field day: .* where a daily bar is due"),
        (body(bar("26 Feb 2025")), "field date"),
        (body(bar(close="--")), "date 2025-02-26, field close: '--'"),
        (body(bar(high="--")), "date 2025-02-26, field high: '--'"),
    ],
)
def test_malformed_bodies_are_named(answer, message):
    with pytest.raises(ParseError, match=message) as error:
        closes(answer)
    assert str(error.value).startswith("tencent, series HSI")


def test_fetch_asks_two_year_slices_newest_first(monkeypatch, tmp_path):
    symbols = [SimpleNamespace(native_id=symbol) for symbol in ("hkHSTECH", "hkHSI")]
    monkeypatch.setattr(tencent, "of_publisher", lambda _: symbols)
    with publisher(lambda _: (200, '{"code": 0, "data": []}')) as served:
        monkeypatch.setattr(tencent, "URL", f"{served.url}/get")
        tencent.fetch(fetcher(tencent.SOURCE, tmp_path), Window(date(2022, 1, 1), date(2025, 2, 27)))
    assert [asked.query["param"] for asked in served.asked] == [
        "hkHSI,day,2023-03-01,2025-02-27,640,",
        "hkHSI,day,2022-01-01,2023-02-28,640,",
        "hkHSTECH,day,2023-03-01,2025-02-27,640,",
        "hkHSTECH,day,2022-01-01,2023-02-28,640,",
    ]


def test_a_slice_never_holds_more_sessions_than_an_answer():
    assert tencent.MOST_BARS <= 640
    assert tencent.SLICE_DAYS * 5 / 7 < tencent.MOST_BARS


def test_closes_are_index_points_due_at_six_in_the_evening_of_hong_kong():
    assert {series.unit for series in of_publisher("tencent")} == {"index"}
    assert rule_of("tencent.HSI").scheduled_at(DAY) == datetime(2025, 2, 26, 10)
