"""Nasdaq.com historical quotes: daily closes of one symbol.

Text in US notation, newest first: dates MM/DD/YYYY, prices "$1,341.07" (funds and indices without the sign), "N/A"
where there is none. Errors come as HTTP 200 with another `rCode`. Closes are adjusted for splits, not for dividends.
"""

import re
from datetime import date, datetime

from orchestration.parsing import ParseError, iso_date, json_body, member, quote
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "nasdaq"
_PRICE = re.compile(r"\$?(\d{1,3}(,\d{3})*|\d+)(\.\d+)?")


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `nasdaq.<SYMBOL>.close`, in US$; a span without sessions has none."""
    answer = json_body(PUBLISHER, body)
    status = member(PUBLISHER, answer, "status")
    if member(PUBLISHER, status, "rCode") != 200:
        message = f"the publisher answered {quote(status.get('bCodeMessage'))}"
        raise ParseError(PUBLISHER, message, field="rCode")
    data = member(PUBLISHER, answer, "data")
    symbol = member(PUBLISHER, data, "symbol")
    series = f"{PUBLISHER}.{symbol}.close"
    rows = member(PUBLISHER, member(PUBLISHER, data, "tradesTable", series=series), "rows", series=series)
    rows = [] if rows is None else rows
    total = member(PUBLISHER, data, "totalRecords", series=series)
    if not isinstance(rows, list) or len(rows) != total:
        raise ParseError(PUBLISHER, f"not the {quote(total)} rows of totalRecords", series=series, field="rows")
    closes = [_close(row, series) for row in rows]
    if not closes:
        return Parsed()
    asked = landed.params.get("fromdate")
    start = iso_date(PUBLISHER, asked, series=series, field="fromdate") if asked else min(day for day, _ in closes)
    return Parsed([series_of(series, closes, start)])


def _close(row: object, series: str) -> tuple[date, float | None]:
    day = _day(member(PUBLISHER, row, "date", series=series), series)
    text = member(PUBLISHER, row, "close", series=series)
    if text == "N/A":
        return day, None
    if not isinstance(text, str) or not _PRICE.fullmatch(text):
        message = f"{quote(text)} where a price is due"
        raise ParseError(PUBLISHER, message, series=series, observation_date=day, field="close")
    return day, float(text.lstrip("$").replace(",", ""))


def _day(text: object, series: str) -> date:
    try:
        return datetime.strptime(str(text), "%m/%d/%Y").date()
    except ValueError as error:
        message = f"{quote(text)} where a date MM/DD/YYYY is due"
        raise ParseError(PUBLISHER, message, series=series, field="date") from error
