"""LBMA gold price, PM fixing: the whole history, US$ a fine troy ounce.

A list of {"d": date, "v": [USD, GBP, EUR]}. Zero and null both mean that no price was fixed. Every answer is the whole
history, so one without a single price is none. Nothing in it names the metal.
"""

from datetime import date

from orchestration.parsing import ParseError, iso_date, json_body, member, number, quote, refuse_silence
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "lbma"
SERIES = f"{PUBLISHER}.gold_pm_usd"


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `lbma.gold_pm_usd`."""
    fixings = json_body(PUBLISHER, body, SERIES)
    if not isinstance(fixings, list) or not fixings:
        raise ParseError(PUBLISHER, f"{quote(fixings)} where a list of fixings is due", series=SERIES, field="body")
    rows = [_fixing(fixing) for fixing in fixings]
    if all(price is None for _, price in rows):
        refuse_silence(PUBLISHER, landed.fetched_at, None, None, 0, series=SERIES, field="v")
    return Parsed([series_of(SERIES, rows, min(day for day, _ in rows))])


def _fixing(fixing: object) -> tuple[date, float | None]:
    day = iso_date(PUBLISHER, member(PUBLISHER, fixing, "d", series=SERIES), series=SERIES, field="d")
    prices = member(PUBLISHER, fixing, "v", series=SERIES)
    if not isinstance(prices, list) or len(prices) != 3:
        message = f"{quote(prices)} where [USD, GBP, EUR] is due"
        raise ParseError(PUBLISHER, message, series=SERIES, observation_date=day, field="v")
    if prices[0] is None:
        return day, None
    price = number(PUBLISHER, prices[0], series=SERIES, observation_date=day, field="v")
    return day, price or None
