"""HKMA tables: daily and monthly records, refusals, forecasts, paging."""

import json
from datetime import date, datetime, timedelta

import pytest

from orchestration.catalog import of_publisher
from orchestration.defs.sources.hkma import source as hkma
from orchestration.defs.sources.hkma.parser import TABLES, parse, records
from orchestration.extraction import rule_of
from orchestration.http import FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, loadable, publisher
from tests.support import landed, recorded
from warehouse.vintages import LoadError, Vintages, open_raw

LIQUIDITY = "interbank_liquidity_daily"


def body(*rows, **header) -> bytes:
    head = {"success": True, "err_code": "0000", "err_msg": "No error found"} | header
    return json.dumps({"header": head, "result": {"datasize": len(rows), "records": list(rows)}}).encode()


def parsed(endpoint: str, answer: bytes, fetched_at="2026-11-01T00:00:00", **params):
    """Series name to {day: value}."""
    series = parse(landed("hkma", endpoint, fetched_at=fetched_at, **params), answer).series
    return {s.series_id: {day: value for day, value, _ in s.rows} for s in series}


def liquidity(day: str, **changes):
    record = {
        "end_of_date": day,
        "cu_weakside": 7.85,
        "cu_strongside": 7.75,
        "disc_win_base_rate": 4.75,
        "hibor_overnight": 3.62,
        "hibor_fixing_1m": 3.93976,
        "opening_balance": 44658,
        "closing_balance": 44720,
        "market_activities": "+0",
        "forecast_aggregate_bal_t1": "44720",
    }
    return record | changes


def test_liquidity_fields():
    found = parsed(LIQUIDITY, body(liquidity("2025-03-12", market_activities="-50", closing_balance="+44720")))
    day = date(2025, 3, 12)
    assert found == {
        "hkma.closing_balance": {day: 44720.0},
        "hkma.opening_balance": {day: 44658.0},
        "hkma.market_activities": {day: -50.0},
        "hkma.hibor_overnight": {day: 3.62},
        "hkma.hibor_fixing_1m": {day: 3.93976},
        "hkma.base_rate": {day: 4.75},
    }


def test_null_is_a_blank_and_plus_zero_a_zero():
    found = parsed(LIQUIDITY, body(liquidity("2025-03-12", closing_balance=None)))
    assert found["hkma.closing_balance"] == {date(2025, 3, 12): None}
    assert found["hkma.market_activities"] == {date(2025, 3, 12): 0.0}


def test_records_of_days_to_come_are_left_out_by_hong_kong_date():
    answer = body(liquidity("2025-03-14"), liquidity("2025-03-13"), liquidity("2025-03-12"))
    found = parsed(LIQUIDITY, answer, fetched_at="2025-03-12T15:59:59")  # 23:59 of the 12th in Hong Kong
    assert list(found["hkma.closing_balance"]) == [date(2025, 3, 12)]
    found = parsed(LIQUIDITY, answer, fetched_at="2025-03-12T16:00:00")
    assert list(found["hkma.closing_balance"]) == [date(2025, 3, 12), date(2025, 3, 13)]
    few_days = {"from": "2025-03-04", "to": "2025-03-12"}
    assert parsed(LIQUIDITY, body(liquidity("2025-03-14")), fetched_at="2025-03-12T16:00:00", **few_days) == {}


def nothing(endpoint: str):
    """A record of the table without a figure."""
    table = TABLES[endpoint]
    return {table.date_field: "2025-03" if table.monthly else "2025-03-12"} | dict.fromkeys(table.series)


@pytest.mark.parametrize(
    ("endpoint", "first", "last"),
    [
        ("interbank_liquidity_daily", "2025-03-04", "2025-03-12"),
        ("monetary_base_daily", "2025-03-04", "2025-03-12"),
        ("hibor_fixing_daily", "2025-01-02", "2025-03-12"),
        ("monetary_base_monthend", "2025-01", "2025-03"),
        ("hibor_monthend", "2025-01", "2025-03"),
        ("hibor_monthavg", "2025-01", "2025-03"),
        ("base_rate_monthend", "2025-01", "2025-03"),
    ],
)
def test_a_first_page_may_be_without_a_figure_for_a_holiday_or_as_long_as_the_bulletin_takes(endpoint, first, last):
    short = {"from": first, "to": last}
    assert parsed(endpoint, body(), **short) == {}
    assert {v for rows in parsed(endpoint, body(nothing(endpoint)), **short).values() for v in rows.values()} == {None}
    a_day_or_month_more = first[:-1] + str(int(first[-1]) - 1) if first[-2:] != "01" else "2024-12"
    for answer in (body(), body(nothing(endpoint))):
        for asked in ({"from": a_day_or_month_more, "to": last}, {}):
            with pytest.raises(
                ParseError, match=r"hkma, series .*, date .*, field .*: the answer holds no figure at all"
            ):
                parsed(endpoint, answer, **asked)


def test_the_page_behind_the_last_full_one_is_empty():
    assert parsed(LIQUIDITY, body(), **{"from": "2022-01-01", "to": "2025-03-12", "offset": "100"}) == {}


def test_coverage_starts_at_the_oldest_record_of_the_page():
    answer = body(liquidity("2025-03-13"), liquidity("2025-03-11"))
    series = parse(landed("hkma", LIQUIDITY, **{"from": "2025-01-01"}), answer).series
    assert {s.covers_from for s in series} == {date(2025, 3, 11)}


def test_the_request_says_which_fields_an_answer_must_hold():
    short = {"end_of_date": "2025-03-12", "closing_balance": 44720}
    found = parsed(LIQUIDITY, body(short), fields="end_of_date,closing_balance")
    assert found == {"hkma.closing_balance": {date(2025, 3, 12): 44720.0}}
    with pytest.raises(ParseError, match="hkma, series opening_balance, field opening_balance: field is missing"):
        parsed(LIQUIDITY, body(short))
    with pytest.raises(ParseError, match="series hibor_overnight, field hibor_overnight: field is missing"):
        parsed(LIQUIDITY, body(short), fields="end_of_date,closing_balance,hibor_overnight")


def test_fixings_and_market_quotes_are_different_series():
    record = {"end_of_day": "2025-03-12", "ir_overnight": 3.27226, "ir_1m": 3.9, "ir_3m": 3.91536, "ir_9m": None}
    assert parsed("hibor_fixing_daily", body(record)) == {
        "hkma.hibor_fixing_overnight": {date(2025, 3, 12): 3.27226},
        "hkma.hibor_fixing_3m": {date(2025, 3, 12): 3.91536},
    }


def test_monetary_base_daily():
    record = {
        "end_of_date": "2025-03-17",
        "aggr_balance_bf_disc_win": 44720,
        "aggr_balance_af_disc_win": 46720,
        "outstanding_efbn": 1308859,
        "mb_bf_disc_win_total": 1976000,
    }
    assert parsed("monetary_base_daily", body(record)) == {
        "hkma.aggr_balance_bf_disc_win": {date(2025, 3, 17): 44720.0},
        "hkma.outstanding_efbn": {date(2025, 3, 17): 1308859.0},
        "hkma.mb_bf_disc_win_total": {date(2025, 3, 17): 1976000.0},
    }


BASE = {
    "cert_of_indebt": 633625,
    "gov_notes_coins_circulation": 13387,
    "aggr_balance_bf_disc_win": 44637,
    "outstanding_efbn": 1302882,
    "ow_lb_bf_disc_win": 1205033,
    "mb_bf_disc_win_total": 1994531,
}


@pytest.mark.parametrize("month", ["2025-01", "2025-01-31", "2025-01-01"])
def test_a_month_is_dated_with_its_first_day(month):
    found = parsed("monetary_base_monthend", body({"end_of_month": month} | BASE))
    assert found == {f"hkma.month.{field}": {date(2025, 1, 1): float(value)} for field, value in BASE.items()}


def test_annual_summaries_and_unfinished_months_are_no_months():
    answer = body(*[{"end_of_month": month, "ir_1m": 3.99} for month in ("2025-02", "2025-01", "2024-00")])
    found = parsed("hibor_monthavg", answer, fetched_at="2025-02-27T00:00:00")
    assert found == {"hkma.month.hibor_1m_average": {date(2025, 1, 1): 3.99}}


def test_end_of_month_rates():
    rates = {"ir_overnight": 4.37, "ir_1w": 4.25, "ir_1m": 3.83, "ir_3m": 3.81, "ir_6m": 3.93, "ir_12m": 4.0}
    found = parsed("hibor_monthend", body({"end_of_month": "2025-01"} | rates))
    assert {name.rsplit("_", 1)[1]: value[date(2025, 1, 1)] for name, value in found.items()} == {
        "overnight": 4.37,
        "1w": 4.25,
        "1m": 3.83,
        "3m": 3.81,
        "6m": 3.93,
    }
    found = parsed("base_rate_monthend", body({"end_of_month": "2025-01", "disc_win_base_rate": 4.75}))
    assert found == {"hkma.month.base_rate": {date(2025, 1, 1): 4.75}}


def test_no_two_tables_feed_the_same_series():
    names = [name for table in TABLES.values() for name in table.series.values()]
    assert len(names) == len(set(names))


def test_the_recorded_envelope_reads():
    found = records(recorded("hkma", "er-eeri-daily_2026-02-25_2026-02-28_0.json"))
    assert [record["end_of_day"] for record in found] == ["2026-02-28", "2026-02-27", "2026-02-26", "2026-02-25"]


def test_an_answer_of_another_table_is_an_error():
    with pytest.raises(ParseError, match="hkma, field end_of_date: field is missing"):
        parsed(LIQUIDITY, recorded("hkma", "er-eeri-daily_2026-02-25_2026-02-28_0.json"))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "the body is empty"),
        (b"<html>Request Rejected</html>", "HTML where JSON is due"),
        (body(liquidity("2025-03-12"))[:-9], "not JSON"),
        (body(success=False, err_code="E00002", err_msg="bad field"), "field header.success: .*E00002: bad field"),
        (b'{"result": {"records": []}}', "field header: field is missing"),
        (b'{"header": {"success": true}, "result": {"datasize": 0}}', "field records: field is missing"),
        (b'{"header": {"success": true}, "result": {"records": null}}', "field records: 'None' where a list"),
        (body(liquidity("12/03/2025")), "field end_of_date: '12/03/2025' where a date"),
        (body("2025-03-12"), "field end_of_date: '2025-03-12' where an object is due"),
        (
            body(liquidity("2025-03-12", hibor_overnight="n.a.")),
            "series hibor_overnight, date 2025-03-12, field hibor_overnight: 'n.a.' where a number is due",
        ),
    ],
)
def test_malformed_bodies_are_named(answer, message):
    with pytest.raises(ParseError, match=message) as error:
        parsed(LIQUIDITY, answer)
    assert str(error.value).startswith("hkma")


@pytest.mark.parametrize("month", ["2025-13", "January 2025", 202501, None])
def test_malformed_months_are_named(month):
    with pytest.raises(ParseError, match=r"hkma, field end_of_month: .* where a month YYYY-MM is due"):
        parsed("hibor_monthavg", body({"end_of_month": month, "ir_1m": 1.0}))


def test_unknown_endpoint_is_refused():
    with pytest.raises(ParseError, match="no such endpoint: 'er_eeri_daily'"):
        parsed("er_eeri_daily", body())


WINDOW = Window(date(2025, 2, 1), date(2025, 2, 27))


def run_fetch(monkeypatch, tmp_path, answer, window=WINDOW):
    with publisher(answer) as served:
        monkeypatch.setattr(hkma, "URL", served.url)
        try:
            hkma.fetch(fetcher(hkma.SOURCE, tmp_path), window)
        finally:
            asked = served.asked
    return asked


def serve_liquidity(days: int, most: int):
    """Daily records newest first, never more than `most` an answer whatever is asked; every other table is empty."""
    history = [liquidity(str(date(2025, 2, 27) - timedelta(days=n))) for n in range(days)]

    def answer(asked):
        if not asked.path.endswith("daily-figures-interbank-liquidity"):
            return 200, body().decode()
        offset, size = int(asked.query["offset"]), min(int(asked.query["pagesize"]), most)
        return 200, body(*history[offset : offset + size]).decode()

    return answer


@pytest.mark.parametrize(
    ("days", "most", "offsets"),
    [
        (30, 1000, ["0"]),
        (250, 100, ["0", "100", "200"]),  # a server that gives fewer rows than asked
        (200, 100, ["0", "100", "200"]),  # the last page is empty
        (1050, 1000, ["0", "1000"]),
    ],
)
def test_fetch_reads_all_pages(monkeypatch, tmp_path, days, most, offsets):
    asked = run_fetch(monkeypatch, tmp_path, serve_liquidity(days, most))
    pages = [a.query["offset"] for a in asked if a.path.endswith("daily-figures-interbank-liquidity")]
    assert pages == offsets
    series = loadable(hkma.SOURCE, tmp_path)["hkma.closing_balance"]
    assert sum(len(s.rows) for s in series) == days
    starts = [s.covers_from for s in series]
    assert starts == sorted(starts, reverse=True)  # newest page first, none claims the days of a later one


def test_fetch_asks_each_table_for_its_own_window_and_fields(monkeypatch, tmp_path):
    asked = {a.path.rsplit("/", 1)[1]: a.query for a in run_fetch(monkeypatch, tmp_path, serve_liquidity(5, 1000))}
    assert len(asked) == len(hkma.ENDPOINTS) == len(TABLES)
    daily, monthly = asked["daily-figures-interbank-liquidity"], asked["monetary-base-endperiod"]
    assert (daily["choose"], daily["from"], daily["to"]) == ("end_of_date", "2025-02-01", "2025-02-27")
    assert (daily["sortby"], daily["sortorder"], daily["pagesize"]) == ("end_of_date", "desc", "1000")
    assert "segment" not in daily
    assert daily["fields"].split(",") == ["end_of_date", *TABLES[LIQUIDITY].series]
    assert (monthly["choose"], monthly["from"], monthly["to"]) == ("end_of_month", "2024-10", "2025-02")
    assert asked["hk-interbank-ir-daily"]["from"] == "2024-12-01"
    assert asked["hk-interbank-ir-periodaverage"]["segment"] == "hibor.fixing"


def test_fetch_goes_on_after_a_table_that_fails_and_then_reports_it(monkeypatch, tmp_path):
    serve = serve_liquidity(5, 1000)

    def answer(asked):
        if asked.path.endswith("daily-figures-interbank-liquidity"):
            return 503, "busy"
        if asked.path.endswith("monetary-base-endperiod"):
            return 200, body(success=False, err_code="E1", err_msg="no").decode()
        return serve(asked)

    with pytest.raises(FetchError) as error:
        run_fetch(monkeypatch, tmp_path, answer)
    assert "interbank_liquidity_daily" in str(error.value)
    assert "header.success" in str(error.value)
    endpoints = {path.name for path in (tmp_path / "hkma").iterdir()}
    assert endpoints == set(TABLES)


def test_fetch_gives_up_when_the_offset_is_ignored(monkeypatch, tmp_path):
    page = body(*[liquidity(str(date(2025, 2, 27) - timedelta(days=n))) for n in range(100)]).decode()
    with pytest.raises(FetchError, match="the page at offset 100 is the one before it"):
        run_fetch(monkeypatch, tmp_path, lambda a: (200, page if "interbank-liquidity" in a.path else body().decode()))


def test_patience_lasts_for_three_more_tries():
    """The server hangs and resets: silences of 30 to 60 s, and a third retry that has its whole time."""
    silences = (hkma.SOURCE.retries + 1) * hkma.SOURCE.timeout_s
    pauses = sum(max(hkma.SOURCE.backoff_s * 2**n, hkma.SOURCE.gap_s) for n in range(hkma.SOURCE.retries))
    assert hkma.SOURCE.retries >= 3
    assert 30 <= hkma.SOURCE.timeout_s <= 60
    assert silences + pauses < hkma.SOURCE.deadline_s


def test_the_fixing_of_199_percent_is_refused(tmp_path):
    """It stands in the official table, on 11 June 2019."""
    response = landed("hkma", LIQUIDITY)
    answer = parse(response, body(liquidity("2019-06-11", hibor_fixing_1m=199.29)))
    said = "series hkma.hibor_fixing_1m, date 2019-06-11, field value: 199.29 is outside"
    with open_raw(tmp_path / "raw.duckdb") as connection, pytest.raises(LoadError, match=said):
        Vintages(connection).load(response, answer, rule_of)


def test_rates_are_percent_and_balances_millions_of_hong_kong_dollars():
    lines = of_publisher("hkma")
    rates = [line for line in lines if "hibor" in line.series_id or "base_rate" in line.series_id]
    assert {(line.unit, line.minimum, line.maximum) for line in rates} == {("percent", 0, 25)}
    assert {line.unit for line in lines if line not in rates} == {"HK$ mn"}


def test_daily_figures_are_due_at_eight_in_the_evening_and_the_bulletin_a_month_later():
    assert rule_of("hkma.closing_balance").scheduled_at(date(2025, 3, 12)) == datetime(2025, 3, 12, 12)
    assert rule_of("hkma.month.hibor_1m").scheduled_at(date(2025, 1, 1)) == datetime(2025, 2, 28, 12)
