"""World Bank indicators: annual values of one indicator by country.

A list of two: a header (pages, `lastupdated`) and the rows, newest first, years as text, null for a year without a
value. Errors come as HTTP 200 and a list of one. The whole history is revised together, so every row carries
`lastupdated` as its vintage date.
"""

from datetime import date

from orchestration.parsing import ParseError, iso_date, json_body, member, number, quote
from warehouse.landing import Landed
from warehouse.parsed import Parsed, ParsedSeries

PUBLISHER = "worldbank"


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `worldbank.<ISO3>.<indicator>`, in the indicator's unit, dated 1 January."""
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
    if rows is None:
        return Parsed()
    if not isinstance(rows, list):
        raise ParseError(PUBLISHER, f"{quote(rows)} where a list of rows is due", field="body")
    updated = iso_date(PUBLISHER, member(PUBLISHER, head, "lastupdated"), field="lastupdated")
    found: dict[str, list[tuple[date, float | None]]] = {}
    for row in rows:
        series, year, value = _row(row)
        found.setdefault(series, []).append((year, value))
    asked = landed.params.get("date", "").split(":")[0]
    parsed = []
    for series, values in found.items():
        values.sort(key=lambda row: row[0])
        start = _year(asked, series) if asked else values[0][0]
        parsed.append(ParsedSeries(series, start, [(year, value, updated) for year, value in values]))
    return Parsed(parsed)


def _row(row: object) -> tuple[str, date, float | None]:
    indicator = member(PUBLISHER, member(PUBLISHER, row, "indicator"), "id")
    series = f"{PUBLISHER}.{member(PUBLISHER, row, 'countryiso3code')}.{indicator}"
    year = _year(member(PUBLISHER, row, "date", series=series), series)
    value = member(PUBLISHER, row, "value", series=series)
    if value is not None:
        value = number(PUBLISHER, value, series=series, observation_date=year, field="value")
    return series, year, value


def _year(text: object, series: str) -> date:
    return iso_date(PUBLISHER, f"{text}-01-01", series=series, field="date")
