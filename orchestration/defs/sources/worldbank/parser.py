"""World Bank indicators: annual values of one indicator by country.

A list of two: a header (pages, `lastupdated`) and the rows, newest first, years as text, null for a year without a
value. Errors come as HTTP 200 and a list of one. The whole history is revised together, so every row carries
`lastupdated` as its vintage date. Rows name their indicator and country, which must be those asked for; a country
without a value is right for the newest years alone.
"""

import re
from datetime import date
from urllib.parse import unquote

from orchestration.parsing import ParseError, iso_date, json_body, member, number, quote, refuse_silence
from warehouse.landing import Landed
from warehouse.parsed import Parsed, ParsedSeries

PUBLISHER = "worldbank"
SILENT_DAYS = 3 * 366  # a year's value comes out in the middle of the next one, at times a year later


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `worldbank.<ISO3>.<indicator>`, in the indicator's unit, dated 1 January.

    Raises ParseError for rows of another indicator or country, and where a country has no value in years.
    """
    answer = json_body(PUBLISHER, body)
    if not isinstance(answer, list) or not answer:
        raise ParseError(PUBLISHER, f"{quote(answer)} where a list is due", field="body")
    if len(answer) == 1:
        message = f"the publisher answered {quote(member(PUBLISHER, answer[0], 'message'))}"
        raise ParseError(PUBLISHER, message, field="message")
    head, rows = answer[0], answer[1]
    pages = number(PUBLISHER, member(PUBLISHER, head, "pages"), field="pages")
    if pages > 1:
        raise ParseError(PUBLISHER, f"{pages:.0f} pages where one is due", field="pages")
    rows = [] if rows is None else rows
    if not isinstance(rows, list):
        raise ParseError(PUBLISHER, f"{quote(rows)} where a list of rows is due", field="body")
    asked = [f"{PUBLISHER}.{country}.{landed.endpoint}" for country in _countries(landed)]
    found: dict[str, list[tuple[date, float | None]]] = {series: [] for series in asked}
    for row in rows:
        series, year, value = _row(row, landed.endpoint)
        if asked and series not in asked:
            message = f"a row of {quote(series)}, which was not asked for"
            raise ParseError(
                PUBLISHER, message, series=", ".join(asked), observation_date=year, field="countryiso3code"
            )
        found.setdefault(series, []).append((year, value))
    _refuse_silence(landed, found)
    if not rows:
        return Parsed()
    updated = iso_date(PUBLISHER, member(PUBLISHER, head, "lastupdated"), field="lastupdated")
    first = landed.params.get("date", "").split(":")[0]
    parsed = []
    for series, values in found.items():
        values.sort(key=lambda row: row[0])
        if values:
            start = _year(first, series) if first else values[0][0]
            parsed.append(ParsedSeries(series, start, [(year, value, updated) for year, value in values]))
    return Parsed(parsed)


def _countries(landed: Landed) -> list[str]:
    """The ISO3 codes of the address; none where it names none."""
    path = re.search(r"/country/([A-Z;]+)/", unquote(landed.url))
    return path[1].split(";") if path else []


def _refuse_silence(landed: Landed, found: dict[str, list[tuple[date, float | None]]]) -> None:
    first, _, last = landed.params.get("date", "").partition(":")
    for series, values in (found or {landed.endpoint: []}).items():
        if all(value is None for _, value in values):
            start = _year(first, series) if first else None
            end = _year(last or first, series).replace(month=12, day=31) if first else None
            refuse_silence(PUBLISHER, landed.fetched_at, start, end, SILENT_DAYS, series=series, field="value")


def _row(row: object, asked: str) -> tuple[str, date, float | None]:
    indicator = member(PUBLISHER, member(PUBLISHER, row, "indicator"), "id")
    series = f"{PUBLISHER}.{member(PUBLISHER, row, 'countryiso3code')}.{indicator}"
    if indicator != asked:
        raise ParseError(
            PUBLISHER, f"a row of {quote(series)}, which was not asked for", series=asked, field="indicator"
        )
    year = _year(member(PUBLISHER, row, "date", series=series), series)
    value = member(PUBLISHER, row, "value", series=series)
    if value is not None:
        value = number(PUBLISHER, value, series=series, observation_date=year, field="value")
    return series, year, value


def _year(text: object, series: str) -> date:
    return iso_date(PUBLISHER, f"{text}-01-01", series=series, field="date")
