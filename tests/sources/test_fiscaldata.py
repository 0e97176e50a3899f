"""FiscalData: the strings, the names that changed, the sums, and the paging."""

import json
from datetime import date, datetime

import pytest

from orchestration.catalog import catalog
from orchestration.defs.sources.fiscaldata import source
from orchestration.defs.sources.fiscaldata.parser import parse
from orchestration.extraction import rule_of
from orchestration.http import FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, publisher
from tests.support import landed, recorded
from warehouse.clocks import NEW_YORK, at

ASKED = {"filter": "record_date:gte:2024-01-15,record_date:lte:2024-03-31"}
CUSTOMS_NAMES = (
    "Customs and Certain Excise Taxes",
    "DHS - Customs and Certain Excise Taxes",
    "DHS - Customs Duties, Taxes, and Fees",
)


def envelope(rows, pages=1):
    return json.dumps({"data": rows, "meta": {"count": len(rows), "total-pages": pages}, "links": {}}).encode()


def read(endpoint, rows, pages=1, **params):
    parsed = parse(landed("fiscaldata", endpoint, **(params or ASKED)), envelope(rows, pages))
    return {s.series_id.removeprefix("fiscaldata."): {day: value for day, value, _ in s.rows} for s in parsed.series}


def debt_row(day="2024-03-01", **changes):
    row = {
        "record_date": day,
        "debt_held_public_amt": "27000000000000.10",
        "intragov_hold_amt": "7000000000000.20",
        "tot_pub_debt_out_amt": "34000000000000.30",
        "src_line_nbr": "1",
    }
    return row | changes


def line(kind, name, amount, day="2024-03-01", account="Treasury General Account (TGA)"):
    return {
        "record_date": day,
        "account_type": account,
        "transaction_type": kind,
        "transaction_catg": name,
        "transaction_today_amt": amount,
    }


def cash(day, account, opening="null", closing="null"):
    return {"record_date": day, "account_type": account, "open_today_bal": opening, "close_today_bal": closing}


MSPD = {
    ("Marketable", "Bills"): "6011236.3775",
    ("Marketable", "Notes"): "13829792.0693",
    ("Marketable", "Bonds"): "4445076.9741",
    ("Marketable", "Treasury Inflation-Protected Securities"): "1973686.8518",
    ("Marketable", "Floating Rate Notes"): "553565.6081",
    ("Marketable", "Federal Financing Bank"): "5492.206",
    ("Total Marketable", "_"): "26818850.0868",
    ("Nonmarketable", "Domestic Series"): "25473.112",
    ("Total Nonmarketable", "_"): "7652232.5021",
    ("Total Public Debt Outstanding", "_"): "34471082.5889",
}


def mspd_rows(**changes):
    lines = MSPD | {key: changes[name] for name, key in {"bills": ("Marketable", "Bills")}.items() if name in changes}
    return [
        {
            "record_date": "2024-02-29",
            "security_type_desc": kind,
            "security_class_desc": label,
            "total_mil_amt": amount,
        }
        for (kind, label), amount in lines.items()
        if amount is not None
    ]


def mts_row(month, receipts, outlays, deficit, sequence, *, day="2024-03-31", record_type="MTH"):
    return {
        "record_date": day,
        "classification_desc": month,
        "current_month_gross_rcpt_amt": receipts,
        "current_month_gross_outly_amt": outlays,
        "current_month_dfct_sur_amt": deficit,
        "record_type_cd": record_type,
        "sequence_number_cd": sequence,
    }


MARCH = mts_row("March", "332078000000.00", "568642000000.00", "236564000000.00", "2.6")


# --- Envelope -------------------------------------------------------------------------------------------------------


def test_error_object_is_an_error():
    with pytest.raises(ParseError, match=r"Invalid Query Param.*field"):
        parse(landed("fiscaldata", "debt_to_penny"), b'{"error":"Invalid Query Param","message":"bad field sorts"}')


def test_recorded_error_object_is_an_error():
    with pytest.raises(ParseError, match="sorts"):
        parse(landed("fiscaldata", "debt_to_penny"), recorded("fiscaldata", "error_object.json"))


@pytest.mark.parametrize(
    "body", [b"", b"<html>busy</html>", envelope([debt_row()])[:60], b"[]", b'{"data":[]}', b'{"data":{},"meta":{}}']
)
def test_malformed_bodies_are_errors(body):
    with pytest.raises(ParseError, match="fiscaldata, series debt_to_penny"):
        parse(landed("fiscaldata", "debt_to_penny"), body)


def test_unknown_endpoint_is_an_error():
    with pytest.raises(ParseError, match="mts_table_9"):
        parse(landed("fiscaldata", "mts_table_9"), envelope([]))


SHORT = {"filter": "record_date:gte:2024-05-25,record_date:lte:2024-06-02"}
MONTHS = {"filter": "record_date:gte:2024-03-01,record_date:lte:2024-06-01"}


def test_no_rows_give_no_series():
    assert read("debt_to_penny", [], **SHORT) == {}


@pytest.mark.parametrize("endpoint", source.PATHS)
def test_a_span_may_be_without_a_figure_as_long_as_the_publisher_takes_and_no_longer(endpoint):
    monthly = endpoint in ("mts_table_1", "mspd_table_1", "gold_reserve")
    short = MONTHS if monthly else SHORT
    assert read(endpoint, [], **short) == {}
    day_before = {"filter": short["filter"].replace("03-01", "02-29").replace("05-25", "05-24")}
    for asked in (day_before, {"sort": "record_date"}):
        with pytest.raises(
            ParseError, match=rf"fiscaldata, series {endpoint}, date .*, field data: .*no figure at all"
        ):
            read(endpoint, [], **asked)


def test_a_long_span_of_blanks_is_an_error():
    blank = cash("2024-03-01", "Treasury General Account (TGA) Closing Balance")
    with pytest.raises(ParseError, match="series operating_cash_balance, date 2024-01-15 to 2024-03-31, field data"):
        read("operating_cash_balance", [blank])


def test_a_long_span_whose_lines_are_all_others_is_an_error():
    with pytest.raises(ParseError, match="series deposits_withdrawals_operating_cash, date 2024-01-15 to 2024-03-31"):
        read("deposits_withdrawals_operating_cash", [line("Deposits", "Postal Service", "300")])


# --- Debt to the penny ----------------------------------------------------------------------------------------------


def test_debt_reads_three_series_in_dollars():
    assert read("debt_to_penny", [debt_row()]) == {
        "debt_total_usd": {date(2024, 3, 1): 34000000000000.30},
        "debt_held_public_usd": {date(2024, 3, 1): 27000000000000.10},
        "debt_intragov_usd": {date(2024, 3, 1): 7000000000000.20},
    }


def test_the_text_null_is_a_blank_and_not_zero():
    rows = [debt_row("2005-03-31", debt_held_public_amt="null", intragov_hold_amt="null")]
    assert read("debt_to_penny", rows)["debt_held_public_usd"] == {date(2005, 3, 31): None}


@pytest.mark.parametrize("value", ["", "n/a", "34,000", None])
def test_text_where_an_amount_is_due_names_series_date_and_field(value):
    with pytest.raises(ParseError, match=r"series debt_total_usd, date 2024-03-01, field tot_pub_debt_out_amt"):
        read("debt_to_penny", [debt_row(tot_pub_debt_out_amt=value)])


def test_recorded_answer_cut_down_by_fields_is_refused_for_its_missing_column():
    with pytest.raises(ParseError, match="debt_held_public_amt"):
        parse(landed("fiscaldata", "debt_to_penny"), recorded("fiscaldata", "debt_to_penny_2026-05-12.json"))


def test_recorded_totals_are_read():
    answer = json.loads(recorded("fiscaldata", "debt_to_penny_2026-05-12.json"))
    rows = [row | {"debt_held_public_amt": "null", "intragov_hold_amt": "null"} for row in answer["data"]]
    total = read("debt_to_penny", rows, pages=4153)["debt_total_usd"]
    assert total == {date(2026, 5, 12): 38968295059805.35, date(2026, 5, 11): 38946800561409.14}


def test_covers_from_the_asked_start_only_when_the_answer_is_whole():
    whole = parse(landed("fiscaldata", "debt_to_penny", **ASKED), envelope([debt_row()]))
    page = parse(landed("fiscaldata", "debt_to_penny", **ASKED), envelope([debt_row()], pages=2))
    assert whole.series[0].covers_from == date(2024, 1, 15)
    assert page.series[0].covers_from == date(2024, 3, 1)


def test_duplicate_days_are_left_for_the_loader():
    parsed = parse(landed("fiscaldata", "debt_to_penny"), envelope([debt_row(), debt_row()]))
    assert len(parsed.series[0].rows) == 2


# --- Cash balance ---------------------------------------------------------------------------------------------------


def test_closing_balance_is_found_in_all_three_eras():
    rows = [
        cash("2021-09-30", "Federal Reserve Account", "173000", "215160"),
        cash("2021-09-30", "Tax and Loan Note Accounts (Table V)", "1", "2"),
        cash("2022-04-05", "Treasury General Account (TGA)", "579607", "542176"),
        cash("2024-10-01", "Treasury General Account (TGA) Opening Balance", "886201"),
        cash("2024-10-01", "Total TGA Deposits (Table II)", "29117"),
        cash("2024-10-01", "Treasury General Account (TGA) Closing Balance", "813994"),
    ]
    assert read("operating_cash_balance", rows) == {
        "tga_closing_balance_usd_mn": {
            date(2021, 9, 30): 215160.0,
            date(2022, 4, 5): 542176.0,
            date(2024, 10, 1): 813994.0,
        }
    }


def test_a_blank_closing_balance_is_a_blank():
    rows = [cash("2024-10-01", "Treasury General Account (TGA) Closing Balance")]
    found = read("operating_cash_balance", rows, **SHORT)
    assert found["tga_closing_balance_usd_mn"] == {date(2024, 10, 1): None}


def test_a_renamed_closing_row_is_an_error_not_a_gap():
    with pytest.raises(ParseError, match=r"date 2027-01-04.*0 rows are the closing balance"):
        read("operating_cash_balance", [cash("2027-01-04", "TGA Closing", "5")])


def test_two_closing_rows_of_one_day_are_an_error():
    row = cash("2024-10-01", "Treasury General Account (TGA) Closing Balance", "5")
    with pytest.raises(ParseError, match="2 rows are the closing balance"):
        read("operating_cash_balance", [row, row])


# --- Deposits and withdrawals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CUSTOMS_NAMES)
def test_customs_deposits_keep_their_series_through_every_name(name):
    found = read("deposits_withdrawals_operating_cash", [line("Deposits", name, "394")])
    assert found == {"dts_customs_deposits_usd_mn": {date(2024, 3, 1): 394.0}}


def test_lines_of_one_name_on_one_day_are_summed_and_days_kept_apart():
    rows = [
        line("Deposits", CUSTOMS_NAMES[1], "300"),
        line("Deposits", CUSTOMS_NAMES[1], "94"),
        line("Deposits", CUSTOMS_NAMES[1], "7", day="2024-03-04"),
    ]
    found = read("deposits_withdrawals_operating_cash", rows)["dts_customs_deposits_usd_mn"]
    assert found == {date(2024, 3, 1): 394.0, date(2024, 3, 4): 7.0}


def test_totals_subtotals_and_public_debt_lines_count_for_nothing():
    rows = [
        line("Deposits", CUSTOMS_NAMES[1], "300"),
        line("Deposits", "null", "99999", account="Treasury General Account Total Deposits"),
        line("Deposits", "Sub-Total Deposits", "88888"),
        line("Deposits", "Public Debt Cash Issues (Table IIIB)", "77777"),
        line("Withdrawals", "Public Debt Cash Redemp. (Table IIIB)", "66666"),
        line("Withdrawals", "DoD - Military Active Duty Pay", "55555"),
    ]
    found = read("deposits_withdrawals_operating_cash", rows)
    assert found == {"dts_customs_deposits_usd_mn": {date(2024, 3, 1): 300.0}}


def test_the_amount_of_the_day_is_read_not_of_the_month_or_the_year():
    row = line("Deposits", CUSTOMS_NAMES[1], "394")
    running = {"transaction_mtd_amt": "2100", "transaction_fytd_amt": "180000"}
    assert read("deposits_withdrawals_operating_cash", [running | row]) == {
        "dts_customs_deposits_usd_mn": {date(2024, 3, 1): 394.0}
    }


def test_a_federal_holiday_is_a_day_without_rows():
    rows = [line("Deposits", CUSTOMS_NAMES[1], "300", day=day) for day in ("2025-02-18", "2025-02-14")]
    found = read("deposits_withdrawals_operating_cash", rows)["dts_customs_deposits_usd_mn"]
    assert list(found) == [date(2025, 2, 14), date(2025, 2, 18)]


def test_refunds_and_salaries_come_from_withdrawals():
    rows = [
        line("Withdrawals", "DHS - Customs & Border Protection (CBP)", "55"),
        line("Withdrawals", "Federal Salaries (EFT)", "4764"),
        line("Withdrawals", "Federal Salaries ( EFT )", "12", day="2022-01-04"),
    ]
    assert read("deposits_withdrawals_operating_cash", rows) == {
        "dts_customs_refunds_usd_mn": {date(2024, 3, 1): 55.0},
        "dts_federal_salaries_usd_mn": {date(2024, 3, 1): 4764.0, date(2022, 1, 4): 12.0},
    }


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Deposits", "DHS - Customs and Tariff Revenue"),
        ("Deposits", "External Revenue Service - Duties"),
        ("Withdrawals", "DHS - Tariff Refunds"),
        ("Withdrawals", CUSTOMS_NAMES[2]),
        ("Withdrawals", "Federal Salaries (Check)"),
    ],
)
def test_an_unseen_name_that_looks_like_a_known_line_is_an_error(kind, name):
    with pytest.raises(ParseError, match=r"date 2024-03-01, field transaction_catg.*is not known"):
        read("deposits_withdrawals_operating_cash", [line(kind, name, "1")])


def test_a_blank_part_makes_the_sum_blank():
    rows = [line("Deposits", CUSTOMS_NAMES[1], "300"), line("Deposits", CUSTOMS_NAMES[1], "null")]
    found = read("deposits_withdrawals_operating_cash", rows, **SHORT)["dts_customs_deposits_usd_mn"]
    assert found == {date(2024, 3, 1): None}


@pytest.mark.parametrize(
    "endpoint",
    ["deposits_withdrawals_operating_cash", "operating_cash_balance", "mts_table_1", "mspd_table_1", "gold_reserve"],
)
def test_what_is_put_together_from_rows_is_not_read_from_a_cut_answer(endpoint):
    with pytest.raises(ParseError, match="2 pages where one is due"):
        read(endpoint, [], pages=2)


# --- Monthly Treasury statement -------------------------------------------------------------------------------------


def test_the_statement_gives_its_own_month_in_millions():
    rows = [
        mts_row("March", "313221000000.00", "691226000000.00", "378005000000.00", "1.6"),
        mts_row("Year-to-Date", "9.00", "9.00", "0.00", "1.13", record_type="SL"),
        mts_row("FY 2024", "null", "null", "null", "2", record_type="SL"),
        mts_row("February", "271126000000.00", "567402000000.00", "296276000000.00", "2.5"),
        MARCH,
        mts_row("Year-to-Date", "2187969000000.00", "3252509000000.00", "1064540000000.00", "2.7", record_type="SL"),
    ]
    assert read("mts_table_1", rows) == {
        "mts_receipts_usd_mn": {date(2024, 3, 1): 332078.0},
        "mts_outlays_usd_mn": {date(2024, 3, 1): 568642.0},
        "mts_deficit_usd_mn": {date(2024, 3, 1): 236564.0},
    }


def test_a_surplus_is_a_negative_deficit():
    rows = [mts_row("April", "776197000000.00", "566670000000.00", "-209527000000.00", "2.7", day="2024-04-30")]
    assert read("mts_table_1", rows)["mts_deficit_usd_mn"] == {date(2024, 4, 1): -209527.0}


def test_a_deficit_of_the_wrong_sign_is_an_error():
    with pytest.raises(ParseError, match="are not the deficit"):
        read("mts_table_1", [MARCH | {"current_month_dfct_sur_amt": "-236564000000.00"}])


def test_a_statement_without_its_own_month_is_an_error():
    with pytest.raises(ParseError, match=r"date 2024-03-01.*0 rows are the statement's own month"):
        read("mts_table_1", [MARCH | {"sequence_number_cd": "1.6"}])


def test_monthly_statements_cover_from_the_first_of_the_asked_month():
    parsed = parse(landed("fiscaldata", "mts_table_1", **ASKED), envelope([MARCH]))
    assert {s.covers_from for s in parsed.series} == {date(2024, 1, 1)}


# --- Monthly statement of the public debt ---------------------------------------------------------------------------


def test_debt_classes_and_totals_are_dated_the_first_of_the_month():
    found = read("mspd_table_1", mspd_rows())
    assert len(found) == 9
    assert found["mspd_bills_usd_mn"] == {date(2024, 2, 1): 6011236.3775}
    assert found["mspd_tips_usd_mn"] == {date(2024, 2, 1): 1973686.8518}
    assert found["mspd_frn_usd_mn"] == {date(2024, 2, 1): 553565.6081}
    assert found["mspd_ffb_usd_mn"] == {date(2024, 2, 1): 5492.206}
    assert found["mspd_total_public_debt_usd_mn"] == {date(2024, 2, 1): 34471082.5889}


def test_classes_go_by_their_short_names_too():
    short = {"Treasury Inflation-Protected Securities": "TIPS", "Floating Rate Notes": "FRN"}
    rows = [
        row | {"security_class_desc": short.get(row["security_class_desc"], row["security_class_desc"])}
        for row in mspd_rows()
    ]
    assert read("mspd_table_1", rows) == read("mspd_table_1", mspd_rows())


def test_the_total_of_a_class_is_read_not_the_part_the_public_holds():
    parts = {"debt_held_public_mil_amt": "1", "intragov_hold_mil_amt": "2"}
    assert read("mspd_table_1", [parts | row for row in mspd_rows()]) == read("mspd_table_1", mspd_rows())


def test_sums_may_miss_by_two_as_upstream_does_but_not_by_more_than_five():
    assert read("mspd_table_1", mspd_rows(bills="6011238.3775"))
    with pytest.raises(ParseError, match=r"series mspd_total_marketable, date 2024-02-01.*printed total is"):
        read("mspd_table_1", mspd_rows(bills="6011242.3775"))


@pytest.mark.parametrize("bills", ["null", None])
def test_a_class_without_a_figure_is_an_error(bills):
    with pytest.raises(ParseError, match="mspd_bills"):
        read("mspd_table_1", mspd_rows(bills=bills))


def test_an_unknown_class_of_marketable_debt_is_an_error():
    extra = mspd_rows()[0] | {"security_class_desc": "Century Bonds"}
    with pytest.raises(ParseError, match="Century Bonds"):
        read("mspd_table_1", [*mspd_rows(), extra])


def test_a_line_that_stands_there_twice_is_an_error():
    with pytest.raises(ParseError, match="twice"):
        read("mspd_table_1", [*mspd_rows(), mspd_rows()[0]])


# --- Gold -----------------------------------------------------------------------------------------------------------


def test_gold_is_summed_over_depositories():
    rows = [
        {"record_date": "2026-07-31", "fine_troy_ounce_qty": "147341858.382", "book_value_amt": "6221097412.78"},
        {"record_date": "2026-07-31", "fine_troy_ounce_qty": "13376987.724", "book_value_amt": "564805851.07"},
        {"record_date": "2026-06-30", "fine_troy_ounce_qty": "1.5", "book_value_amt": "63.33"},
    ]
    assert read("gold_reserve", rows) == {
        "gold_fine_troy_oz": {date(2026, 7, 31): 160718846.106, date(2026, 6, 30): 1.5},
        "gold_book_value_usd": {date(2026, 7, 31): 6785903263.85, date(2026, 6, 30): 63.33},
    }


def test_gold_with_a_blank_part_is_blank():
    rows = [
        {"record_date": "2026-07-31", "fine_troy_ounce_qty": "147341858.382", "book_value_amt": "null"},
        {"record_date": "2026-07-31", "fine_troy_ounce_qty": "13376987.724", "book_value_amt": "564805851.07"},
    ]
    assert read("gold_reserve", rows)["gold_book_value_usd"] == {date(2026, 7, 31): None}


# --- Fetching -------------------------------------------------------------------------------------------------------


def asked_for(monkeypatch, tmp_path, answer, start=date(2024, 3, 1), end=date(2024, 3, 31)):
    with publisher(answer) as served:
        monkeypatch.setattr(source, "BASE", f"{served.url}/")
        source.fetch(fetcher(source.SOURCE, tmp_path), Window(start, end))
    return served.asked


def test_every_endpoint_is_asked_with_a_full_sort_and_without_fields(monkeypatch, tmp_path):
    asked = asked_for(monkeypatch, tmp_path, lambda _: (200, envelope([]).decode()))
    assert [a.path.removeprefix("/") for a in asked] == list(source.PATHS.values())
    for a in asked:
        assert a.query == {
            "filter": "record_date:gte:2024-03-01,record_date:lte:2024-03-31",
            "sort": "-record_date,src_line_nbr",
            "page[number]": "1",
            "page[size]": "10000",
        }


def test_pages_are_asked_by_number_until_the_last(monkeypatch, tmp_path):
    pages = {"debt_to_penny": 3}
    asked = asked_for(
        monkeypatch,
        tmp_path,
        lambda a: (200, envelope([debt_row()], pages.get(a.path.rsplit("/", 1)[1], 1)).decode()),
    )
    assert [a.query["page[number]"] for a in asked if a.path.endswith("debt_to_penny")] == ["1", "2", "3"]


def test_a_body_that_is_no_answer_ends_the_paging(monkeypatch, tmp_path):
    assert len(asked_for(monkeypatch, tmp_path, lambda _: (200, "<html>busy</html>"))) == len(source.PATHS)


def test_transactions_are_asked_in_spans_without_gap_or_overlap_newest_first(monkeypatch, tmp_path):
    answer = envelope([]).decode()
    asked = asked_for(monkeypatch, tmp_path, lambda _: (200, answer), start=date(2024, 1, 1))
    filters = [a.query["filter"] for a in asked if a.path.endswith("deposits_withdrawals_operating_cash")]
    assert filters == [
        "record_date:gte:2024-02-21,record_date:lte:2024-03-31",
        "record_date:gte:2024-01-12,record_date:lte:2024-02-20",
        "record_date:gte:2024-01-01,record_date:lte:2024-01-11",
    ]


def test_an_endpoint_that_fails_does_not_stop_the_others_and_is_named(monkeypatch, tmp_path):
    seen = []

    def answer(a):
        seen.append(a.path)
        return (404, "gone") if a.path.endswith("operating_cash_balance") else (200, envelope([]).decode())

    with pytest.raises(FetchError, match=r"operating_cash_balance.*1 of 6 failed.*HTTP 404"):
        asked_for(monkeypatch, tmp_path, answer)
    assert len(seen) == len(source.PATHS)


def test_patience_is_long_and_requests_are_a_second_apart():
    """The first byte can take more than a minute; no limit is printed."""
    assert source.SOURCE.timeout_s >= 90
    assert 2 * source.SOURCE.timeout_s + source.SOURCE.backoff_s < source.SOURCE.deadline_s, "a second try has its time"
    assert source.SOURCE.gap_s >= 1


# --- What the catalog says of them ----------------------------------------------------------------------------------


def test_dollars_millions_and_ounces_are_told_apart():
    lines = [line for line in catalog().values() if line.publisher == "fiscaldata"]
    units = {line.series_id.removeprefix("fiscaldata."): line.unit for line in lines}
    assert {name for name, unit in units.items() if unit == "US$ mn"} == {n for n in units if n.endswith("_usd_mn")}
    assert {name for name, unit in units.items() if unit == "US$"} == {
        "debt_total_usd",
        "debt_held_public_usd",
        "debt_intragov_usd",
        "gold_book_value_usd",
    }
    assert units["gold_fine_troy_oz"] == "troy oz"


@pytest.mark.parametrize(
    ("series", "day", "due"),
    [
        # The day before a weekend with a federal holiday: the Tuesday, 16:00 New York.
        ("tga_closing_balance_usd_mn", "2025-02-14", "2025-02-18T21:00"),
        ("dts_customs_deposits_usd_mn", "2025-02-14", "2025-02-18T21:00"),
        ("debt_total_usd", "2025-02-14", "2025-02-18T21:00"),
        # The 4th and the 8th business day of the next month, 16:00 and 14:00.
        ("mspd_bills_usd_mn", "2025-01-01", "2025-02-06T21:00"),
        ("mts_deficit_usd_mn", "2025-01-01", "2025-02-12T19:00"),
        ("gold_fine_troy_oz", "2025-01-31", "2025-03-03T17:00"),
    ],
)
def test_when_a_figure_is_due(series, day, due):
    assert rule_of(f"fiscaldata.{series}").scheduled_at(date.fromisoformat(day)) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("month", "out"),
    [
        ("2023-09-01", "2023-10-20"),
        ("2024-09-01", "2024-10-18"),
        ("2024-12-01", "2025-01-14"),
        ("2025-01-01", "2025-02-12"),
        ("2025-02-01", "2025-03-12"),
        ("2025-03-01", "2025-04-10"),
        ("2025-04-01", "2025-05-12"),
    ],
)
def test_the_monthly_statement_is_not_due_before_it_came_out(month, out):
    """Days on which the statements were in the news, from two in the afternoon in New York."""
    due = rule_of("fiscaldata.mts_deficit_usd_mn").scheduled_at(date.fromisoformat(month))
    assert due >= at(date.fromisoformat(out), "14:00", NEW_YORK)
