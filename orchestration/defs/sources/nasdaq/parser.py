"""Nasdaq.com historical quotes: daily closes of one symbol.

Text in US notation, newest first: dates MM/DD/YYYY, prices "$1,341.07" (funds and indices without the sign), "N/A"
where there is none. Errors come as HTTP 200 with another `rCode`. Closes are adjusted for splits, not for dividends.
The answer names its symbol, which must be the one of the address. A weekend may have no rows; the history that `fetch`
asks for may not.
"""

import re
from datetime import date, datetime
from urllib.parse import unquote, urlsplit

from orchestration.parsing import ParseError, asked_day, json_body, member, quote, refuse_silence
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "nasdaq"
SILENT_DAYS = 7  # September 2001 had six days without a session
_PRICE = re.compile(r"\$?(\d{1,3}(,\d{3})*|\d+)(\.\d+)?")


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `nasdaq.<SYMBOL>.close`, in US$; a weekend has none.

    Raises ParseError for an error code, another symbol, and a longer span without a close.
    """
    asked = _asked_symbol(landed)
    answer = json_body(PUBLISHER, body, asked)
    status = member(PUBLISHER, answer, "status", series=asked)
    if member(PUBLISHER, status, "rCode", series=asked) != 200:
        message = f"the publisher answered {quote(status.get('bCodeMessage'))}"
        raise ParseError(PUBLISHER, message, series=asked, field="rCode")
    data = member(PUBLISHER, answer, "data", series=asked)
    symbol = member(PUBLISHER, data, "symbol", series=asked)
    if asked and symbol != asked:
        raise ParseError(PUBLISHER, f"the answer is of {quote(symbol)}", series=asked, field="symbol")
    series = f"{PUBLISHER}.{symbol}.close"
    rows = member(PUBLISHER, member(PUBLISHER, data, "tradesTable", series=series), "rows", series=series)
    rows = [] if rows is None else rows
    total = member(PUBLISHER, data, "totalRecords", series=series)
    if not isinstance(rows, list) or len(rows) != total:
        raise ParseError(PUBLISHER, f"not the {quote(total)} rows of totalRecords", series=series, field="rows")
    closes = [_close(row, series) for row in rows]
    start, end = (asked_day(PUBLISHER, landed.params, bound, series=series) for bound in ("fromdate", "todate"))
    if all(close is None for _, close in closes):
        refuse_silence(PUBLISHER, landed.fetched_at, start, end, SILENT_DAYS, series=series, field="rows")
    if not closes:
        return Parsed()
    return Parsed([series_of(series, closes, start or min(day for day, _ in closes))])


def _asked_symbol(landed: Landed) -> str | None:
    """The symbol of the address, None where it names none."""
    path = re.search(r"/([^/]+)/historical$", urlsplit(landed.url).path)
    return unquote(path[1]) if path else None


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
