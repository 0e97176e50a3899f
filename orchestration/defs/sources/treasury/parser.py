"""US Treasury daily par yield curve: the CSV of one year to yields by tenor.

Percent, newest first, dates MM/DD/YYYY. The header differs by year (1.5 Month since 18 February 2025, 4 Mo since
October 2022), so columns go by name. Empty or `N/A` is a missing yield. A year in its first week may have no row yet:
only then is an empty file, a header alone, or a file of blanks no error.
"""

import csv
import io
from datetime import date, datetime

from orchestration.parsing import ParseError, number, quote, text_body
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "treasury"
TENORS = {
    "1 Mo": "1M",
    "1.5 Month": "1.5M",
    "2 Mo": "2M",
    "3 Mo": "3M",
    "4 Mo": "4M",
    "6 Mo": "6M",
    "1 Yr": "1Y",
    "2 Yr": "2Y",
    "3 Yr": "3Y",
    "5 Yr": "5Y",
    "7 Yr": "7Y",
    "10 Yr": "10Y",
    "20 Yr": "20Y",
    "30 Yr": "30Y",
}
# The nine columns of 1990, present in every year since.
CORE = {"3 Mo", "6 Mo", "1 Yr", "2 Yr", "3 Yr", "5 Yr", "7 Yr", "10 Yr", "30 Yr"}
YEAR_PARAM = "field_tdr_date_value"
FIRST_ROW_DUE = (1, 8)  # the first business day is over by 5 January, and its yields are out that evening


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `treasury.<tenor>` of one year's file, in percent."""
    year = int(number(PUBLISHER, landed.params.get(YEAR_PARAM), field=YEAR_PARAM))
    if not body.strip():
        return _no_rows(landed, year, "the body is empty")
    header, *lines = [cells for cells in csv.reader(io.StringIO(text_body(PUBLISHER, body), newline="")) if cells]
    _check_header(header)
    values: dict[str, list[tuple[date, float | None]]] = {column: [] for column in header[1:]}
    for cells in lines:
        day = _day(cells[0], year)
        if len(cells) != len(header):
            message = f"{len(cells)} cells where the header has {len(header)} columns"
            raise ParseError(PUBLISHER, message, observation_date=day, field="row")
        for column, cell in zip(header[1:], cells[1:], strict=True):
            blank = cell.strip() in ("", "N/A")
            series = f"{PUBLISHER}.{TENORS[column]}"
            percent = None if blank else number(PUBLISHER, cell, series=series, observation_date=day, field=column)
            values[column].append((day, percent))
    if not lines:
        return _no_rows(landed, year, "a header without rows")
    if all(percent is None for rows in values.values() for _, percent in rows):
        return _no_rows(landed, year, "not one yield")
    return Parsed([series_of(f"{PUBLISHER}.{TENORS[c]}", rows, date(year, 1, 1)) for c, rows in values.items()])


def _check_header(header: list[str]) -> None:
    if not header or header[0] != "Date":
        raise ParseError(PUBLISHER, f"{quote(','.join(header))} where the header Date,... is due", field="Date")
    wrong = [c for c in header[1:] if c not in TENORS] + sorted(CORE - set(header))
    if wrong or len(set(header)) != len(header):
        raise ParseError(PUBLISHER, f"columns unknown, missing or repeated: {quote(wrong or header)}", field="header")


def _day(text: str, year: int) -> date:
    try:
        day = datetime.strptime(text, "%m/%d/%Y").date()
    except ValueError:
        day = None
    if day is None or day.year != year:
        raise ParseError(PUBLISHER, f"{quote(text)} where a date MM/DD/{year} is due", field="Date")
    return day


def _no_rows(landed: Landed, year: int, what: str) -> Parsed:
    if landed.fetched_at.date() < date(year, *FIRST_ROW_DUE):
        return Parsed()
    message = f"{what}, although {year} must have yields by now"
    raise ParseError(PUBLISHER, message, series="par_yield_curve", observation_date=str(year), field="body")
