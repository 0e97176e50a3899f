"""Farside's ETF tables in all their forms, and the order in which fetch looks for them."""

import json
from datetime import date, datetime

import pytest

from orchestration.catalog import of_publisher
from orchestration.defs.sources.farside import source as farside
from orchestration.defs.sources.farside.parser import parse
from orchestration.extraction import rule_of
from orchestration.http import FetchError
from orchestration.parsing import ParseError, UnavailableError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, loadable, publisher
from tests.support import landed, recorded
from warehouse.calendars import is_session, sessions

CHALLENGE = "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
HEAD = ["Date", "IBIT", "GBTC", "BTC", "Total"]


def cell(text: str) -> str:
    inner = f'<span class="redFont">{text}</span>' if text.startswith("(") else text
    return f'<td><div align="right"><span class="tabletext">{inner}</span></div></td>'


def page(*rows, heads=(HEAD,)) -> str:
    """A page as Farside builds it; a row is a list of cell texts, first the day."""
    head = "".join(
        "<tr>" + "".join(f'<th><div><span class="tabletext">{text}</span></div></th>' for text in row) + "</tr>"
        for row in heads
    )
    body = "".join("<tr>" + "".join(cell(text) for text in row) + "</tr>" for row in rows)
    table = f'<table class="etf"><thead>{head}</thead><tbody>{body}<tr></tr></tbody></table>'
    return f"<html><body><table><tr><td>menu</td></tr></table><figure>{table}</figure></body></html>"


def flows(text: str | bytes, endpoint: str = "btc_page_html"):
    """Series name (without publisher and asset) to its rows, {day: value}."""
    body = text if isinstance(text, bytes) else text.encode()
    answer = parse(landed("farside", endpoint), body)
    return {s.series_id.split(".", 2)[2]: {day: value for day, value, _ in s.rows} for s in answer.series}


DAY = date(2025, 2, 25)
GOOD = page(["25 Feb 2025", "(164.4)", "(66.1)", "(1,085.8)", "(1,316.3)"])


def test_parentheses_commas_and_series_ids():
    answer = parse(landed("farside", "btc_page_html"), GOOD.encode())
    assert [s.series_id for s in answer.series] == [
        "farside.BTC.IBIT",
        "farside.BTC.GBTC",
        "farside.BTC.BTC",
        "farside.BTC.TOTAL",
    ]
    assert flows(GOOD) == {
        "IBIT": {DAY: -164.4},
        "GBTC": {DAY: -66.1},
        "BTC": {DAY: -1085.8},
        "TOTAL": {DAY: -1316.3},
    }


def test_blank_dash_zero_nbsp_and_minus_sign_differ():
    found = flows(
        page(["25 Feb 2025", "-", "\u00a0", "0.0", "0.0"], ["26\u00a0Feb 2025", "\u22121.5", "-2.0", "", "\u22123.5"])
    )
    assert found["IBIT"] == {DAY: None, date(2025, 2, 26): -1.5}
    assert found["GBTC"] == {DAY: None, date(2025, 2, 26): -2.0}
    assert found["BTC"] == {DAY: 0.0, date(2025, 2, 26): None}
    assert found["TOTAL"] == {DAY: 0.0, date(2025, 2, 26): -3.5}


def test_stray_empty_rows_count_for_nothing():
    assert flows(page(["", "", "", "", ""], ["25 Feb 2025", "1.0", "", "", "1.0"], ["\u00a0"]))["TOTAL"] == {DAY: 1.0}


def test_the_header_names_the_columns_wherever_they_stand():
    moved = page(["25 Feb 2025", "3.0", "1.0", "2.0", ""], heads=(["Date", "Total", "NEWF", "IBIT", "GBTC"],))
    found = flows(moved)
    assert found["TOTAL"] == {DAY: 3.0}
    assert found["NEWF"] == {DAY: 1.0}
    assert found["GBTC"] == {DAY: None}


@pytest.mark.parametrize(
    "heads",
    [
        (
            ["", "Blackrock", "Grayscale", "Grayscale", "Total"],
            ["", "ETHA", "ETHE", "ETH", ""],
            ["Fee", "0.25%", "2.50%", "0.15%", ""],
        ),
        (["", "", "", "", ""], ["Date", "ETHA", "ETHE", "ETH", "Total"]),
    ],
)
def test_several_header_rows_and_rows_that_are_not_days(heads):
    text = page(
        ["Seed", "10.0", "9,000.0", "1,000.0", "10,010.0"],
        ["25 Feb 2025", "1.0", "(2.0)", "0.5", "(0.5)"],
        ["Total", "100", "(5,000)", "20", "(4,880)"],
        ["Average", "1.0", "-", "0.1", "1.1"],
        ["Maximum", "9.0", "0.0", "1.0", "10.0"],
        ["Minimum", "(9.0)", "(8.0)", "(1.0)", "(18.0)"],
        heads=heads,
    )
    found = flows(text, "eth_compact")
    assert found == {"ETHA": {DAY: 1.0}, "ETHE": {DAY: -2.0}, "ETH": {DAY: 0.5}, "TOTAL": {DAY: -0.5}}


def test_a_row_that_is_neither_day_nor_summary_is_an_error():
    with pytest.raises(ParseError, match="farside, series BTC, field Date: 'Holiday' where a day"):
        flows(page(["Holiday", "", "", "", "0.0"]))
    with pytest.raises(ParseError, match="'31 Feb 2025' where a day"):
        flows(page(["31 Feb 2025", "1.0", "1.0", "1.0", "3.0"]))


def test_a_day_without_any_fund_is_blank_not_zero():
    found = flows(page(["17 Feb 2025", "-", "-", "-", "0.0"], ["18 Feb 2025", "1.0", "", "", "1.0"]))
    assert found["TOTAL"] == {date(2025, 2, 17): None, date(2025, 2, 18): 1.0}
    assert found["IBIT"][date(2025, 2, 17)] is None


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (["25 Feb 2025", "1.0", "2.0", "3.0", "6.1"], False),  # rounding of the printed cells
        (["25 Feb 2025", "1.0", "2.0", "3.0", "6.15"], False),
        (["25 Feb 2025", "1.0", "2.0", "3.0", "6.2"], True),
        (["25 Feb 2025", "1.0", "2.0", "", "6.0"], True),
        (["25 Feb 2025", "1.0", "2.0", "3.0", ""], True),
        (["25 Feb 2025", "-", "-", "-", "6.0"], True),
    ],
)
def test_funds_must_sum_to_the_total(row, wrong):
    if not wrong:
        assert flows(page(row))["TOTAL"] == {DAY: float(row[-1])}
        return
    with pytest.raises(ParseError, match="farside, series BTC, date 2025-02-25, field Total"):
        flows(page(row))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (page(["25 Feb 2025", "1.0", "2.0", "3.0"]), "date 2025-02-25, field row: 4 cells"),
        (page(["25 Feb 2025", "1.0", "n/a", "3.0", "4.0"]), "date 2025-02-25, field GBTC: 'n/a'"),
        (page(["25 Feb 2025", "1,0", "2.0", "3.0", "6.0"]), "field IBIT: '1,0'"),
        (page(["25 Feb 2025", "(-1.0)", "2.0", "3.0", "4.0"]), r"field IBIT: '\(-1.0\)'"),
        (page(), "field Date: the table holds no day"),
        (page(["25 Feb 2025", "1.0", "1.0"], heads=(["Date", "IBIT", "Sum"],)), "field header"),
        (page(["25 Feb 2025", "1.0", "1.0", "2.0"], heads=(["Date", "IBIT", "IBIT", "Total"],)), "field header"),
        (page(["25 Feb 2025", "1.0", "1.0", "2.0"], heads=(["Date", "IBIT", "", "Total"],)), "field header"),
    ],
)
def test_a_table_that_is_not_what_it_should_be(text, message):
    with pytest.raises(ParseError, match=message) as error:
        flows(text)
    assert not isinstance(error.value, UnavailableError)


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        ("btc_page_html", CHALLENGE),
        ("btc_page_html", "<html><body><h1>403 Forbidden</h1></body></html>"),
        ("btc_page_html", ""),
        ("btc_page_html", GOOD[: GOOD.index("</tbody>")]),
        ("btc_compact", GOOD.replace('class="etf"', 'class="other"')),
        ("btc_page_rest", CHALLENGE),
        ("btc_page_rest", "[]"),
        ("btc_page_rest", '{"code":"rest_no_route","message":"No route","data":{"status":404}}'),
        ("btc_page_rest", json.dumps([{"content": {"rendered": "<p>moved</p>"}}])),
        ("btc_page_rest", json.dumps([{"content": {"rendered": GOOD}}])[:-40]),
        ("btc_mirror", CHALLENGE),
    ],
)
def test_an_answer_without_the_table_says_source_unavailable(endpoint, text):
    with pytest.raises(UnavailableError, match="source unavailable"):
        flows(text, endpoint)


def test_rest_answers_as_list_and_as_object():
    assert flows(json.dumps([{"id": 1321, "content": {"rendered": GOOD}}]), "btc_page_rest") == flows(GOOD)
    assert flows(json.dumps({"id": 1321, "content": {"rendered": GOOD}}), "btc_page_rest") == flows(GOOD)


def test_unknown_endpoint_is_refused():
    with pytest.raises(ParseError, match="no such endpoint: 'sol_page_html'"):
        flows(GOOD, "sol_page_html")


def test_mirror_has_minus_signs_blanks_and_a_seed_row():
    found = flows("Date,ETHA,ETH,Total\nSeed,1.0,,1.0\n15 Jan 2025,,,0.0\n16 Jan 2025,-1.5,0.0,-1.5\n", "eth_mirror")
    assert found["ETHA"] == {date(2025, 1, 15): None, date(2025, 1, 16): -1.5}
    assert found["TOTAL"] == {date(2025, 1, 15): None, date(2025, 1, 16): -1.5}


def test_mirror_cut_in_its_last_row_is_an_error():
    text = "Date,ETHA,ETH,Total\n15 Jan 2025,1.0,1.0,2.0\n16 Jan 2025,10.5,20.0,30.5\n"
    for cut in (text[:-3], text[:-7]):
        with pytest.raises(ParseError, match="2025-01-16"):
            flows(cut, "eth_mirror")


def test_recorded_mirror_adds_up_on_every_day():
    found = flows(recorded("etf_farside_mirror", "etf_btc_2026-08-22.csv"), "btc_mirror")
    assert len(found["TOTAL"]) == 671
    assert found["TOTAL"][date(2024, 1, 11)] == 655.3
    assert found["TOTAL"][date(2024, 1, 15)] is None
    assert found["MSBT"][date(2024, 1, 11)] is None
    assert found["MSBT"][date(2026, 8, 21)] == 7.7


def test_recorded_markup():
    found = flows(recorded("farside", "table_markup_sample.html"))
    assert found["GBTC"] == {date(2026, 9, 9): -430.8, date(2026, 9, 10): None}
    assert found["TOTAL"] == {date(2026, 9, 9): -239.7, date(2026, 9, 10): 0.0}


WINDOW = Window(date(2025, 2, 18), date(2025, 2, 27))
REST = json.dumps([{"content": {"rendered": GOOD}}])
CSV = "Date,IBIT,Total\n25 Feb 2025,(1.0),(1.0)\n"


def run_fetch(monkeypatch, tmp_path, answers, window=WINDOW):
    """Ask for BTC and ETH with answers by path; returns what was asked, and what the landing then holds."""

    def answer(asked):
        return answers.get(asked.path + asked.query.get("slug", ""), (404, "not found"))

    with publisher(answer) as served:
        monkeypatch.setattr(farside, "SITE", served.url)
        monkeypatch.setattr(farside, "MIRROR", f"{served.url}/mirror")
        try:
            farside.fetch(fetcher(farside.SOURCE, tmp_path), window)
        finally:
            asked = served.paths
    return asked, loadable(farside.SOURCE, tmp_path)


REST_PATH, BTC_PAGE, ETH_PAGE = "/wp-json/wp/v2/pages", "/bitcoin-etf-flow-all-data/", "/ethereum-etf-flow-all-data/"


def test_fetch_stops_at_the_first_place_that_has_the_table(monkeypatch, tmp_path):
    slugs = ("bitcoin-etf-flow-all-data", "ethereum-etf-flow-all-data")
    asked, series = run_fetch(monkeypatch, tmp_path, {REST_PATH + slug: (200, REST) for slug in slugs})
    assert asked == [REST_PATH, REST_PATH]
    assert series["farside.BTC.TOTAL"][0].rows == [(DAY, -1316.3, None)]
    assert "farside.ETH.TOTAL" in series


def test_fetch_moves_on_when_refused_challenged_or_stale(monkeypatch, tmp_path):
    answers = {
        REST_PATH + "bitcoin-etf-flow-all-data": (403, CHALLENGE),
        BTC_PAGE: (200, CHALLENGE),
        "/mirror/etf_btc.csv": (200, CSV),
        REST_PATH + "ethereum-etf-flow-all-data": (200, REST.replace("25 Feb 2025", "25 Jan 2025")),
        ETH_PAGE: (200, GOOD),
    }
    asked, series = run_fetch(monkeypatch, tmp_path, answers)
    assert asked == [REST_PATH, BTC_PAGE, "/mirror/etf_btc.csv", REST_PATH, ETH_PAGE]
    assert series["farside.BTC.IBIT"][0].rows == [(DAY, -1.0, None)]
    assert series["farside.ETH.TOTAL"][-1].rows == [(DAY, -1316.3, None)]


def test_fetch_keeps_a_wrong_table_for_the_loader_to_refuse(monkeypatch, tmp_path):
    wrong = REST.replace("(1,316.3)", "(1,000.0)")
    slugs = ("bitcoin-etf-flow-all-data", "ethereum-etf-flow-all-data")
    asked, series = run_fetch(monkeypatch, tmp_path, {REST_PATH + slug: (200, wrong) for slug in slugs})
    assert asked == [REST_PATH, REST_PATH]
    assert series == {}


def test_fetch_fails_only_after_every_asset_was_tried(monkeypatch, tmp_path):
    with pytest.raises(FetchError) as error:
        run_fetch(monkeypatch, tmp_path, {ETH_PAGE: (200, GOOD)})
    message = str(error.value)
    assert all(place in message for place in ("btc_page_rest", "btc_page_html", "btc_mirror", "HTTP 404"))
    assert "eth_mirror" not in message
    assert "farside.ETH.TOTAL" in loadable(farside.SOURCE, tmp_path)


def test_fetch_is_honest_about_who_asks(tmp_path, monkeypatch):
    with publisher(lambda _: (200, GOOD)) as served:
        monkeypatch.setattr(farside, "SITE", served.url)
        monkeypatch.setattr(farside, "MIRROR", served.url)
        farside.fetch(fetcher(farside.SOURCE, tmp_path), WINDOW)
    assert served.asked[0].headers["user-agent"].startswith("correction-drivers/")
    assert served.asked[0].query == {"slug": "bitcoin-etf-flow-all-data"}


# Days on which the table has a row of blanks and a Total of 0.0.
HOLIDAYS = (
    "2024-01-15 2024-02-19 2024-03-29 2024-05-27 2024-06-19 2024-07-04 2024-09-02 2024-11-28 2024-12-25 "
    "2025-01-01 2025-01-09 2025-01-20 2025-02-17 2025-04-18 2025-05-26 2025-06-19"
)


def test_rows_of_blanks_are_the_days_on_which_us_exchanges_are_shut():
    """One day of mourning, 9 January 2025, among them."""
    assert not [day for day in HOLIDAYS.split() if is_session("us_equity", date.fromisoformat(day))]


def test_recorded_mirror_has_a_flow_on_every_session_and_on_no_other_day():
    total = flows(recorded("etf_farside_mirror", "etf_btc_2026-08-22.csv"), "btc_mirror")["TOTAL"]
    assert [str(day) for day, value in total.items() if value is None] == HOLIDAYS.split()
    reported = [day for day, value in total.items() if value is not None]
    assert reported == [day for day in sessions("us_equity") if reported[0] <= day <= reported[-1]]


def test_a_fund_the_catalog_does_not_know_has_the_clock_of_its_table():
    (new,) = [s for s in parse(landed("farside", "btc_page_html"), GOOD.replace("IBIT", "NEWF").encode()).series][:1]
    assert new.series_id == "farside.BTC.NEWF"
    assert rule_of(new.series_id).scheduled_at(DAY) == rule_of("farside.BTC.IBIT").scheduled_at(DAY)


def test_flows_are_millions_of_dollars_and_due_at_noon_of_the_next_day():
    assert {series.unit for series in of_publisher("farside")} == {"US$ mn"}
    assert {series.revisions for series in of_publisher("farside")} == {"revised"}
    assert rule_of("farside.BTC.IBIT").scheduled_at(DAY) == datetime(2025, 2, 26, 12)


def test_a_mirror_that_stopped_is_no_answer(monkeypatch, tmp_path):
    old = CSV.replace("25 Feb 2025", "19 Feb 2025")
    answers = {"/mirror/etf_btc.csv": (200, old), "/mirror/etf_eth.csv": (200, CSV)}
    with pytest.raises(FetchError, match="btc_mirror: its newest day is 2025-02-19"):
        run_fetch(monkeypatch, tmp_path, answers)
