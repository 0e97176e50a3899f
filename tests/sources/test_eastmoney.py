"""East Money southbound flows: HK$ millions, closed days, refusals, paging."""

import json
from datetime import date, datetime, timedelta

import pytest

from orchestration.catalog import of_publisher
from orchestration.defs.sources.eastmoney import source as eastmoney
from orchestration.defs.sources.eastmoney.parser import parse
from orchestration.extraction import rule_of
from orchestration.http import FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, loadable, publisher
from tests.support import landed, recorded
from warehouse.calendars import is_session

DAY = date(2025, 2, 25)


def row(day="2025-02-25", net=3130.79, **more):
    return {"MUTUAL_TYPE": "006", "TRADE_DATE": f"{day} 00:00:00", "NET_DEAL_AMT": net, "DEAL_AMT": 1.0} | more


def body(*rows, pages=1, **changes) -> bytes:
    answer = {"success": True, "message": "ok", "result": {"pages": pages, "count": len(rows), "data": list(rows)}}
    return json.dumps(answer | changes).encode()


def parsed(answer: bytes, fetched_at="2026-11-01T00:00:00"):
    """Series name to {day: value}."""
    series = parse(landed("eastmoney", "southbound", fetched_at=fetched_at), answer).series
    return {s.series_id: {day: value for day, value, _ in s.rows} for s in series}


def test_amounts_are_hkd_millions_rounded_to_six_decimals():
    found = parsed(body(row(net=14.629999999999, BUY_AMT=39584.150000000001, SELL_AMT=39569.52)))
    assert found == {
        "eastmoney.southbound_net": {DAY: 14.63},
        "eastmoney.southbound_buy": {DAY: 39584.15},
        "eastmoney.southbound_sell": {DAY: 39569.52},
    }


def test_newest_first_answers_come_out_in_date_order_with_their_coverage():
    answer = parse(landed("eastmoney", "southbound"), body(row("2025-02-26"), row("2025-02-24"), row("2025-02-25")))
    assert [day.day for day, _, _ in answer.series[0].rows] == [24, 25, 26]
    assert answer.series[0].covers_from == date(2025, 2, 24)


def test_null_is_a_closed_link_not_zero():
    found = parsed(body(row(net=None, BUY_AMT=None, SELL_AMT=None), row("2025-02-26", net=0.0)))
    assert found["eastmoney.southbound_net"] == {DAY: None, date(2025, 2, 26): 0.0}
    assert found["eastmoney.southbound_buy"] == {DAY: None}


def test_a_zero_beside_a_turnover_of_null_is_a_closed_link():
    """The turnover tells a closed day: what is printed beside it sums nothing."""
    zeros = {"net": 0.0, "BUY_AMT": 0, "SELL_AMT": 0.0}
    closed = parsed(body(row(**zeros, DEAL_AMT=None)))
    assert {name: values[DAY] for name, values in closed.items()} == dict.fromkeys(closed) and len(closed) == 3
    assert parsed(body(row(**zeros, DEAL_AMT=0.0)))["eastmoney.southbound_net"] == {DAY: 0.0}


def test_the_holdings_that_are_no_longer_disclosed_are_not_read():
    found = parsed(body(row(HOLD_MARKET_CAP=0, QUOTA_BALANCE=0, INDEX_CLOSE_PRICE=None)))
    assert found == {"eastmoney.southbound_net": {DAY: 3130.79}}


def test_buy_and_sell_may_be_left_out_but_net_may_not():
    assert list(parsed(body(row()))) == ["eastmoney.southbound_net"]
    renamed = row()
    renamed["NET_AMT"] = renamed.pop("NET_DEAL_AMT")
    with pytest.raises(ParseError, match="series southbound_net, field NET_DEAL_AMT: field is missing"):
        parsed(body(renamed))


@pytest.mark.parametrize(("net", "wrong"), [(100.05, False), (100.06, True), (-100.0, True)])
def test_net_is_buy_less_sell(net, wrong):
    answer = body(row(net=net, BUY_AMT=500.0, SELL_AMT=400.0))
    if not wrong:
        assert parsed(answer)["eastmoney.southbound_net"] == {DAY: net}
        return
    with pytest.raises(ParseError, match="series southbound_net, date 2025-02-25, field NET_DEAL_AMT: net"):
        parsed(answer)


CLOSED = {"net": None, "DEAL_AMT": None}


def closed_days(count):
    return [row(str(DAY + timedelta(days=n)), **CLOSED) for n in range(count)]


def test_a_first_page_shows_days_and_figures_unless_they_are_few():
    """Hong Kong trades on while the mainland's longest holiday closes the link."""
    for rows in ([], closed_days(9)):
        with pytest.raises(
            ParseError, match="eastmoney, series southbound_net, date up to 2026-11-01, field NET_DEAL_AMT"
        ):
            parsed(body(*rows))
    assert set(parsed(body(*closed_days(8)))["eastmoney.southbound_net"].values()) == {None}
    assert len(parsed(body(row("2025-02-24"), *closed_days(9)))["eastmoney.southbound_net"]) == 10


@pytest.mark.parametrize("rows", [[], closed_days(9)])
def test_a_later_page_may_be_empty(rows):
    answer = landed("eastmoney", "southbound", pageNumber="2")
    found = [day for series in parse(answer, body(*rows)).series for day, _, _ in series.rows]
    assert len(found) == len(rows)


def test_today_alone_is_still_open_and_no_silence():
    assert parsed(body(row()), fetched_at="2025-02-25T03:00:00") == {}


def test_identity_is_not_asked_of_a_closed_day():
    assert parsed(body(row(net=None, BUY_AMT=500.0, SELL_AMT=400.0)))["eastmoney.southbound_net"] == {DAY: None}


def test_the_day_itself_counts_once_its_session_is_over():
    answer = body(row(), row("2025-02-24"))
    before = parsed(answer, fetched_at="2025-02-25T08:29:59")
    assert list(before["eastmoney.southbound_net"]) == [date(2025, 2, 24)]
    assert DAY in parsed(answer, fetched_at="2025-02-25T08:30:00")["eastmoney.southbound_net"]


def test_recorded_rows():
    rows = json.loads(recorded("eastmoney", "RPT_MUTUAL_DEAL_HISTORY_rows_2026.json"))["result"]["data"]
    found = parsed(body(*[r for r in rows if r["MUTUAL_TYPE"] == "006"]))
    assert found["eastmoney.southbound_net"] == {
        date(2026, 9, 28): -6553.87,
        date(2026, 9, 29): 14.63,
        date(2026, 9, 30): 6863.61,
    }


def test_another_type_in_the_answer_is_an_error():
    mixed = recorded("eastmoney", "RPT_MUTUAL_DEAL_HISTORY_rows_2026.json")
    with pytest.raises(ParseError, match="field MUTUAL_TYPE: a row of type '002' where 006 was asked"):
        parsed(mixed)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "the body is empty"),
        (b"<html>WAF</html>", "HTML where JSON is due"),
        (body(row())[:-15], "not JSON"),
        (body(success=False, result=None, message="rejected"), "field success: the request was refused: 'rejected'"),
        (body(result=None), "field data: 'None' where an object is due"),
        (body(result={"pages": 1}), "field data: field is missing"),
        (body(result={"pages": 1, "data": None}), "field data"),
        (body(row("25.02.2025")), "field TRADE_DATE"),
        (body(row(net="-")), "series southbound_net, date 2025-02-25, field NET_DEAL_AMT: '-' where a number"),
        (body({"TRADE_DATE": "2025-02-25", "NET_DEAL_AMT": 1.0}), "field MUTUAL_TYPE: field is missing"),
    ],
)
def test_malformed_bodies_are_named(answer, message):
    with pytest.raises(ParseError, match=message) as error:
        parsed(answer)
    assert str(error.value).startswith("eastmoney")


def serve_history(days: int, newest=date(2025, 2, 28)):
    """A publisher with one row a day, newest first, cut into pages as asked."""
    history = [row(str(newest - timedelta(days=n)), net=float(n)) for n in range(days)]

    def answer(asked):
        size, page = int(asked.query["pageSize"]), int(asked.query["pageNumber"])
        rows = history[(page - 1) * size : page * size]
        return 200, body(*rows, pages=-(-days // size)).decode()

    return answer


def run_fetch(monkeypatch, tmp_path, answer, window):
    with publisher(answer) as served:
        monkeypatch.setattr(eastmoney, "URL", f"{served.url}/api/data/v1/get")
        eastmoney.fetch(fetcher(eastmoney.SOURCE, tmp_path), window)
    days = [
        day for s in loadable(eastmoney.SOURCE, tmp_path).get("eastmoney.southbound_net", []) for day, _, _ in s.rows
    ]
    return served.asked, days


def test_fetch_reads_every_page_once_until_the_start(monkeypatch, tmp_path):
    monkeypatch.setattr(eastmoney, "PAGE_ROWS", 10)
    window = Window(date(2025, 2, 5), date(2025, 2, 28))
    asked, days = run_fetch(monkeypatch, tmp_path, serve_history(365), window)
    assert [a.query["pageNumber"] for a in asked] == ["1", "2", "3"]
    assert sorted(days) == [date(2025, 2, 28) - timedelta(days=n) for n in reversed(range(30))]
    assert asked[0].headers["referer"] == "https://data.eastmoney.com/"
    assert asked[0].query["filter"] == '(MUTUAL_TYPE="006")'
    assert (asked[0].query["sortColumns"], asked[0].query["sortTypes"]) == ("TRADE_DATE", "-1")


def test_fetch_keeps_the_last_page(monkeypatch, tmp_path):
    monkeypatch.setattr(eastmoney, "PAGE_ROWS", 10)
    asked, days = run_fetch(monkeypatch, tmp_path, serve_history(23), Window(date(2014, 11, 17), date(2025, 2, 28)))
    assert [a.query["pageNumber"] for a in asked] == ["1", "2", "3"]
    assert len(days) == 23


def test_fetch_asks_a_short_window_in_one_small_page(monkeypatch, tmp_path):
    asked, _ = run_fetch(monkeypatch, tmp_path, serve_history(365), Window(date(2025, 2, 18), date(2025, 2, 28)))
    assert [a.query["pageSize"] for a in asked] == ["11"]


def test_fetch_reports_a_refusal_at_http_200(monkeypatch, tmp_path):
    refusal = body(success=False, result=None, message="rejected").decode()
    with pytest.raises(FetchError, match="the request was refused: 'rejected'"):
        run_fetch(monkeypatch, tmp_path, lambda _: (200, refusal), Window(date(2025, 2, 18), date(2025, 2, 28)))


def test_amounts_are_millions_of_hong_kong_dollars_due_at_six_in_the_evening_there():
    assert {series.unit for series in of_publisher("eastmoney")} == {"HK$ mn"}
    assert rule_of("eastmoney.southbound_net").scheduled_at(DAY) == datetime(2025, 2, 25, 10)


@pytest.mark.parametrize("day", ["2026-01-02", "2026-02-16", "2026-02-20", "2026-02-23", "2026-05-04", "2026-05-05"])
def test_the_link_is_closed_on_mainland_holidays_though_hong_kong_trades(day):
    assert is_session("hong_kong", date.fromisoformat(day))
    assert not is_session("stock_connect", date.fromisoformat(day))
