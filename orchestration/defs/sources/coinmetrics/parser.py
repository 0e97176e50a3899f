"""Coin Metrics community: daily reference prices, US$ a coin, of one page of the answer.

Prices are text; null is a day without one; a metric that an asset does not have is an absent key, which is an error
here. Times have nine-digit fractions and are the UTC midnight that opens the day; the price is of the day's end. Every
row names its asset, which must be one of those asked for; and each of these has a price within any week.
"""

import re
from datetime import date

from orchestration.parsing import ParseError, iso_date, json_body, member, number, quote, refuse_silence
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "coinmetrics"
METRIC = "PriceUSD"
SILENT_DAYS = 7  # a row is there five hours after its day; the rest is for days on which the service is behind
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})T00:00:00(\.0+)?Z")


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `coinmetrics.<asset>.PriceUSD`.

    Raises ParseError for an asset nobody asked for, and for one without a price in a whole answer of over a week.
    """
    answer = json_body(PUBLISHER, body)
    if isinstance(answer, dict) and "error" in answer:
        raise ParseError(PUBLISHER, f"the publisher answered {quote(answer['error'])}", field="error")
    rows = member(PUBLISHER, answer, "data")
    if not isinstance(rows, list):
        raise ParseError(PUBLISHER, f"{quote(rows)} where a list of rows is due", field="data")
    assets = [asset for asset in landed.params.get("assets", "").split(",") if asset]
    prices: dict[str, list[tuple[date, float | None]]] = {}
    for row in rows:
        asset = member(PUBLISHER, row, "asset")
        series = f"{PUBLISHER}.{asset}.{METRIC}"
        if assets and asset not in assets:
            raise ParseError(PUBLISHER, f"{quote(asset)} where {assets} are due", series=series, field="asset")
        day = _day(member(PUBLISHER, row, "time", series=series), series)
        price = member(PUBLISHER, row, METRIC, series=series)
        if price is not None:
            price = number(PUBLISHER, price, series=series, observation_date=day, field=METRIC)
        prices.setdefault(series, []).append((day, price))
    _refuse_silence(landed, answer, {f"{PUBLISHER}.{asset}.{METRIC}": [] for asset in assets} | prices)
    # Pages run from the newest day back: only the last one, which names no next, reaches the start that was asked.
    asked = None if "next_page_url" in answer else landed.params.get("start_time")
    start = iso_date(PUBLISHER, asked, field="start_time") if asked else None
    return Parsed([series_of(s, dated, start or min(day for day, _ in dated)) for s, dated in prices.items()])


def _refuse_silence(
    landed: Landed, answer: dict[str, object], prices: dict[str, list[tuple[date, float | None]]]
) -> None:
    """An answer of one page shows every asset; one page of several need not."""
    if "next_page_url" in answer or "next_page_token" in landed.params:
        return
    bounds = [landed.params.get(bound) for bound in ("start_time", "end_time")]
    start, end = (iso_date(PUBLISHER, asked, field="start_time") if asked else None for asked in bounds)
    for series, dated in prices.items():
        if all(price is None for _, price in dated):
            refuse_silence(PUBLISHER, landed.fetched_at, start, end, SILENT_DAYS, series=series, field=METRIC)
    if not prices:
        refuse_silence(PUBLISHER, landed.fetched_at, start, end, SILENT_DAYS, series=METRIC, field="data")


def _day(text: object, series: str) -> date:
    match = _MIDNIGHT.fullmatch(str(text))
    if match is None:
        raise ParseError(PUBLISHER, f"{quote(text)} where midnight UTC is due", series=series, field="time")
    return iso_date(PUBLISHER, match[1], series=series, field="time")
