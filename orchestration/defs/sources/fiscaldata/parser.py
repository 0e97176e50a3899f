"""FiscalData (US Treasury): one answer of one endpoint to typed rows.

Every value is a string, a missing one the literal "null". Amounts: US dollars (debt to the penny, gold's book value,
the monthly statement, here divided down to millions), millions of dollars (daily statement, monthly debt statement),
fine troy ounces (gold). `observation_date` is the record date of a daily figure and of the gold report, and the first
of the month for the two monthly statements.

A figure that is put together from several rows of a date (all but the debt to the penny) is only read from an answer
of one page: a page's edge could cut the date, and the sum would be short without saying so.

A short span may hold nothing (a weekend, a month whose statement is still to come): SILENT_DAYS says how long one must
be to be refused without a figure.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

from orchestration.parsing import ParseError, iso_date, json_body, member, number, quote, refuse_silence
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "fiscaldata"

Row = dict[str, Any]
Values = dict[str, list[tuple[date, float | None]]]

DEBT = {
    "debt_total_usd": "tot_pub_debt_out_amt",
    "debt_held_public_usd": "debt_held_public_amt",
    "debt_intragov_usd": "intragov_hold_amt",
}
# The closing balance has stood in three places: until September 2021, until 15 April 2022, and since. Today's row
# carries it in the column of the opening balance.
CLOSING_BALANCE = {
    "Federal Reserve Account": "close_today_bal",
    "Treasury General Account (TGA)": "close_today_bal",
    "Treasury General Account (TGA) Closing Balance": "open_today_bal",
}
# Names by transaction type, every one the line has had. "Customs and Border Protection" is the agency's whole
# spending; refunds of duties are in it.
LINES = {
    "dts_customs_deposits_usd_mn": (
        "Deposits",
        {
            "Customs and Certain Excise Taxes",
            "DHS - Customs and Certain Excise Taxes",
            "DHS - Customs Duties, Taxes, and Fees",
        },
    ),
    "dts_customs_refunds_usd_mn": ("Withdrawals", {"DHS - Customs & Border Protection (CBP)"}),
    "dts_federal_salaries_usd_mn": ("Withdrawals", {"Federal Salaries (EFT)"}),
}
# What a renamed line would still be called. "DoD - Military Active Duty Pay" is none of them.
_WATCHED = re.compile(r"\b(customs|tariffs?|duties|federal salar(y|ies))\b", re.IGNORECASE)

MSPD_LINES = {
    ("Marketable", "Bills"): "bills",
    ("Marketable", "Notes"): "notes",
    ("Marketable", "Bonds"): "bonds",
    ("Marketable", "Treasury Inflation-Protected Securities"): "tips",
    ("Marketable", "TIPS"): "tips",
    ("Marketable", "Floating Rate Notes"): "frn",
    ("Marketable", "FRN"): "frn",
    ("Marketable", "Federal Financing Bank"): "ffb",
    ("Total Marketable", "_"): "total_marketable",
    ("Total Nonmarketable", "_"): "total_nonmarketable",
    ("Total Public Debt Outstanding", "_"): "total_public_debt",
}
MSPD_SUMS = {
    "total_marketable": ("bills", "notes", "bonds", "tips", "frn", "ffb"),
    "total_public_debt": ("total_marketable", "total_nonmarketable"),
}
MSPD_TOLERANCE_USD_MN = 5.0  # printed totals miss the sum of their lines by one or two in some months
MTS_TOLERANCE_USD_MN = 1.0
# fmt: off
MONTHS = ("January", "February", "March", "April", "May", "June",
          "July", "August", "September", "October", "November", "December")
# fmt: on
MONTHLY = {"mts_table_1", "mspd_table_1"}
# Daily figures: a holiday beside a weekend, and a business day until they are out. Monthly ones: two month-ends are
# 62 days apart at most, and the newest statement may be a month late.
SILENT_DAYS = {
    "debt_to_penny": 9,
    "operating_cash_balance": 9,
    "deposits_withdrawals_operating_cash": 9,
    "mts_table_1": 93,
    "mspd_table_1": 93,
    "gold_reserve": 93,
}


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `fiscaldata.<name>` of one answer.

    Raises ParseError for error objects, changed names, broken sums, and a long span without a figure.
    """
    endpoint = landed.endpoint
    if endpoint not in _READERS:
        raise ParseError(PUBLISHER, "no parser for this endpoint", series=endpoint, field="endpoint")
    answer = json_body(PUBLISHER, body, endpoint)
    if isinstance(answer, dict) and "error" in answer:
        message = f"{quote(answer['error'])}: {quote(answer.get('message'))}"
        raise ParseError(PUBLISHER, message, series=endpoint, field="error")
    rows = member(PUBLISHER, answer, "data", series=endpoint)
    if not isinstance(rows, list):
        raise ParseError(PUBLISHER, f"{quote(rows)} where a list of rows is due", series=endpoint, field="data")
    meta = member(PUBLISHER, answer, "meta", series=endpoint)
    pages = number(PUBLISHER, member(PUBLISHER, meta, "total-pages", series=endpoint), field="total-pages")
    if pages > 1 and endpoint != "debt_to_penny":
        message = f"{pages:.0f} pages where one is due: ask for a shorter span, a page's edge cuts a date"
        raise ParseError(PUBLISHER, message, series=endpoint, field="total-pages")
    values = _READERS[endpoint](rows)
    if all(value is None for dated in values.values() for _, value in dated):
        start, end, silent = _asked_day(landed, "gte"), _asked_day(landed, "lte"), SILENT_DAYS[endpoint]
        refuse_silence(PUBLISHER, landed.fetched_at, start, end, silent, series=endpoint, field="data")
    asked = _asked_from(landed) if pages <= 1 else None
    return Parsed(
        [
            series_of(f"{PUBLISHER}.{name}", dated, asked or min(day for day, _ in dated))
            for name, dated in values.items()
            if dated
        ]
    )


def _asked_from(landed: Landed) -> date | None:
    """The first observation date the request asked for."""
    day = _asked_day(landed, "gte")
    return day.replace(day=1) if day is not None and landed.endpoint in MONTHLY else day


def _asked_day(landed: Landed, bound: str) -> date | None:
    """The first (gte) or last (lte) record date the request asked for, None when it does not say."""
    asked = re.search(rf"record_date:{bound}:(\d{{4}}-\d{{2}}-\d{{2}})", landed.params.get("filter", ""))
    return None if asked is None else iso_date(PUBLISHER, asked[1], field="filter")


def _debt(rows: list[Row]) -> Values:
    values: Values = defaultdict(list)
    for row in rows:
        day = _record_date(row, "debt_to_penny")
        for name, column in DEBT.items():
            values[name].append((day, _amount(row, column, name, day)))
    return values


def _cash(rows: list[Row]) -> Values:
    """The one row of each date that is the closing balance; none or several are errors."""
    name = "tga_closing_balance_usd_mn"
    closing: dict[date, list[float | None]] = defaultdict(list)
    for row in rows:
        day = _record_date(row, name)
        found = closing[day]
        column = CLOSING_BALANCE.get(_text(row, "account_type", name, day))
        if column is not None:
            found.append(_amount(row, column, name, day))
    for day, found in closing.items():
        if len(found) != 1:
            message = f"{len(found)} rows are the closing balance, one is due"
            raise ParseError(PUBLISHER, message, series=name, observation_date=day, field="account_type")
    return {name: [(day, found[0]) for day, found in closing.items()]}


def _transactions(rows: list[Row]) -> Values:
    """The lines of LINES, lines of one name on one date summed.

    Totals, sub-totals and the public debt lines (Table IIIB) have other names and fall away. A date without the line
    has no row. A name that looks like one of the lines but is none of the known ones is an error.
    """
    wanted = {(kind, name): line for line, (kind, names) in LINES.items() for name in names}
    amounts: dict[str, dict[date, list[float | None]]] = {line: defaultdict(list) for line in LINES}
    for row in rows:
        day = _record_date(row, "deposits_withdrawals_operating_cash")
        kind = _text(row, "transaction_type", None, day)
        # Until 2023 names had spaces inside their brackets.
        name = re.sub(r"\(\s*(.*?)\s*\)", r"(\1)", _text(row, "transaction_catg", None, day))
        line = wanted.get((kind, name))
        if line is not None:
            amounts[line][day].append(_amount(row, "transaction_today_amt", line, day))
        elif _WATCHED.search(name):
            message = f"{kind} line {quote(name)} is not known: tell which series it belongs to"
            raise ParseError(PUBLISHER, message, observation_date=day, field="transaction_catg")
    return {line: [(day, _sum(parts)) for day, parts in days.items()] for line, days in amounts.items()}


def _monthly_statement(rows: list[Row]) -> Values:
    """Each statement's own month, as first printed; a positive deficit is a deficit.

    A statement repeats the months of the previous fiscal year (sequence 1.x) and of this one (2.x), a year to date and
    headings. Only the row of this year that names the statement's month is read, so later restatements never replace
    what was known on release day.
    """
    columns = {
        "receipts": "current_month_gross_rcpt_amt",
        "outlays": "current_month_gross_outly_amt",
        "deficit": "current_month_dfct_sur_amt",
    }
    own: dict[date, list[Row]] = defaultdict(list)
    for row in rows:
        day = _record_date(row, "mts_table_1").replace(day=1)
        found = own[day]
        this_year = _text(row, "sequence_number_cd", "mts_table_1", day).startswith("2.")
        monthly = _text(row, "record_type_cd", "mts_table_1", day) == "MTH"
        if this_year and monthly and _text(row, "classification_desc", "mts_table_1", day) == MONTHS[day.month - 1]:
            found.append(row)
    values: Values = defaultdict(list)
    for day, found in own.items():
        if len(found) != 1:
            message = f"{len(found)} rows are the statement's own month, one is due"
            raise ParseError(PUBLISHER, message, series="mts", observation_date=day, field="classification_desc")
        figures = {name: _millions(_amount(found[0], column, f"mts_{name}", day)) for name, column in columns.items()}
        _check_deficit(figures, day)
        for name, figure in figures.items():
            values[f"mts_{name}_usd_mn"].append((day, figure))
    return values


def _check_deficit(figures: dict[str, float | None], day: date) -> None:
    """The statement's identity; it also fixes the sign."""
    receipts, outlays, deficit = figures["receipts"], figures["outlays"], figures["deficit"]
    if receipts is None or outlays is None or deficit is None:
        return
    if abs(outlays - receipts - deficit) > MTS_TOLERANCE_USD_MN:
        message = f"outlays {outlays} less receipts {receipts} are not the deficit {deficit}"
        raise ParseError(PUBLISHER, message, series="mts_deficit_usd_mn", observation_date=day, field="sum")


def _debt_statement(rows: list[Row]) -> Values:
    """Marketable debt by class, and the totals, whose sums are checked."""
    months: dict[date, dict[str, float | None]] = defaultdict(dict)
    for row in rows:
        day = _record_date(row, "mspd_table_1").replace(day=1)
        kind = _text(row, "security_type_desc", "mspd_table_1", day)
        label = _text(row, "security_class_desc", "mspd_table_1", day)
        name = MSPD_LINES.get((kind, label))
        if name is None and kind != "Marketable":
            continue
        if name is None or name in months[day]:
            message = f"class {quote(label)} of {quote(kind)} debt is not known, or stands there twice"
            raise ParseError(PUBLISHER, message, series="mspd", observation_date=day, field="security_class_desc")
        months[day][name] = _amount(row, "total_mil_amt", f"mspd_{name}", day)
    values: Values = defaultdict(list)
    for day, lines in months.items():
        _check_sums(lines, day)
        for name, amount in lines.items():
            values[f"mspd_{name}_usd_mn"].append((day, amount))
    return values


def _check_sums(lines: dict[str, float | None], day: date) -> None:
    for name in dict.fromkeys(MSPD_LINES.values()):
        if lines.get(name) is None:
            message = "the statement has no such line, or no figure in it"
            raise ParseError(PUBLISHER, message, series=f"mspd_{name}", observation_date=day, field="total_mil_amt")
    for total, parts in MSPD_SUMS.items():
        printed, summed = lines[total], _sum([lines[part] for part in parts])
        if printed is None or summed is None or abs(printed - summed) > MSPD_TOLERANCE_USD_MN:
            message = f"the lines sum to {summed}, the printed total is {printed}"
            raise ParseError(PUBLISHER, message, series=f"mspd_{total}", observation_date=day, field="sum")


def _gold(rows: list[Row]) -> Values:
    """Ounces and book value, summed over the depositories of a date."""
    columns = {"gold_fine_troy_oz": "fine_troy_ounce_qty", "gold_book_value_usd": "book_value_amt"}
    amounts: dict[str, dict[date, list[float | None]]] = {name: defaultdict(list) for name in columns}
    for row in rows:
        day = _record_date(row, "gold_reserve")
        for name, column in columns.items():
            amounts[name][day].append(_amount(row, column, name, day))
    return {name: [(day, _sum(parts)) for day, parts in days.items()] for name, days in amounts.items()}


_READERS: dict[str, Callable[[list[Row]], Values]] = {
    "debt_to_penny": _debt,
    "operating_cash_balance": _cash,
    "deposits_withdrawals_operating_cash": _transactions,
    "mts_table_1": _monthly_statement,
    "mspd_table_1": _debt_statement,
    "gold_reserve": _gold,
}


def _record_date(row: Row, series: str) -> date:
    return iso_date(PUBLISHER, member(PUBLISHER, row, "record_date", series=series), series=series, field="record_date")


def _text(row: Row, column: str, series: str | None, day: date) -> str:
    value = member(PUBLISHER, row, column, series=series)
    if not isinstance(value, str):
        message = f"{quote(value)} where text is due"
        raise ParseError(PUBLISHER, message, series=series, observation_date=day, field=column)
    return value.strip()


def _amount(row: Row, column: str, series: str, day: date) -> float | None:
    value = member(PUBLISHER, row, column, series=series)
    if value == "null":
        return None
    return number(PUBLISHER, value, series=series, observation_date=day, field=column)


def _sum(parts: list[float | None]) -> float | None:
    """The sum to 4 decimals, or None when a part is missing: a short sum would be a wrong figure."""
    known = [part for part in parts if part is not None]
    return round(math.fsum(known), 4) if len(known) == len(parts) else None


def _millions(dollars: float | None) -> float | None:
    return None if dollars is None else round(dollars / 1e6, 8)
