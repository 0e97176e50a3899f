"""Coin Metrics community: daily reference prices, US$ a coin, of one page of the answer.

Prices are text; null is a day without one; a metric that an asset does not have is an absent key, which is an error
here. Times have nine-digit fractions and are the UTC midnight that opens the day; the price is of the day's end.
"""

import re
from datetime import date

from orchestration.parsing import ParseError, iso_date, json_body, member, number, quote
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "coinmetrics"
METRIC = "PriceUSD"
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})T00:00:00(\.0+)?Z")


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `coinmetrics.<asset>.PriceUSD`."""
    answer = json_body(PUBLISHER, body)
    if isinstance(answer, dict) and "error" in answer:
        raise ParseError(PUBLISHER, f"the publisher answered {quote(answer['error'])}", field="error")
    rows = member(PUBLISHER, answer, "data")
    if not isinstance(rows, list):
        raise ParseError(PUBLISHER, f"{quote(rows)} where a list of rows is due", field="data")
    prices: dict[str, list[tuple[date, float | None]]] = {}
    for row in rows:
        series = f"{PUBLISHER}.{member(PUBLISHER, row, 'asset')}.{METRIC}"
        day = _day(member(PUBLISHER, row, "time", series=series), series)
        price = member(PUBLISHER, row, METRIC, series=series)
        if price is not None:
            price = number(PUBLISHER, price, series=series, observation_date=day, field=METRIC)
        prices.setdefault(series, []).append((day, price))
    # Pages run from the newest day back: only the last one, which names no next, reaches the start that was asked.
    asked = None if "next_page_url" in answer else landed.params.get("start_time")
    start = iso_date(PUBLISHER, asked, field="start_time") if asked else None
    return Parsed([series_of(s, dated, start or min(day for day, _ in dated)) for s, dated in prices.items()])


def _day(text: object, series: str) -> date:
    match = _MIDNIGHT.fullmatch(str(text))
    if match is None:
        raise ParseError(PUBLISHER, f"{quote(text)} where midnight UTC is due", series=series, field="time")
    return iso_date(PUBLISHER, match[1], series=series, field="time")
