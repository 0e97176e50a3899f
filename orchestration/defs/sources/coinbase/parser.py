"""Coinbase Exchange 1-day candles: bytes to daily closes in US$.

Lists [time, low, high, open, close, volume] of numbers, newest first, UTC days; days without trades are absent. The
day of the fetch is unfinished and left out. A day may stand there twice: the same candle once more is dropped, another
one is an error. Nothing in an answer names its product. A span before the listing is empty; one that reaches the fetch
is not: the products of the catalog trade every day.
"""

import re
from datetime import UTC, date, datetime, timedelta

from orchestration.parsing import ParseError, asked_day, epoch_date, json_body, number, quote, refuse_silence
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "coinbase"
DAY_S = 86_400
SILENT_DAYS = 3  # the day that still runs, and the re-read's two before it should the service be behind
FIELDS = ("time", "low", "high", "open", "close", "volume")


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `coinbase.<PRODUCT>.close`; a span without candles has none."""
    product = re.search(r"/products/([A-Z0-9]+-[A-Z]+)/candles", landed.url)
    if product is None:
        raise ParseError(PUBLISHER, f"{quote(landed.url)} names no product", field="url")
    series = f"{PUBLISHER}.{product[1]}.close"
    candles = json_body(PUBLISHER, body, series)
    if not isinstance(candles, list):
        raise ParseError(PUBLISHER, f"{quote(candles)} where a list of candles is due", series=series, field="body")
    days: dict[date, dict[str, float]] = {}
    for raw in candles:
        candle = _candle(raw, series)
        if candle["time"] + DAY_S > landed.fetched_at.replace(tzinfo=UTC).timestamp():
            continue
        day = datetime.fromtimestamp(candle["time"], UTC).date()
        if days.setdefault(day, candle) != candle:
            message = f"two candles, {quote(days[day])} and {quote(candle)}"
            raise ParseError(PUBLISHER, message, series=series, observation_date=day, field="time")
    start, end = (asked_day(PUBLISHER, landed.params, bound, series=series) for bound in ("start", "end"))
    if not days:
        # Without bounds the newest candles were asked for. An older page may lie before the listing.
        if end is None or end >= landed.fetched_at.date() - timedelta(days=1):
            refuse_silence(PUBLISHER, landed.fetched_at, start, end, SILENT_DAYS, series=series, field="close")
        return Parsed()
    return Parsed([series_of(series, [(day, candle["close"]) for day, candle in days.items()], start or min(days))])


def _candle(raw: object, series: str) -> dict[str, float]:
    """A candle by field; low and high must enclose open and close, else the columns are not where they were."""
    if not isinstance(raw, list) or len(raw) != len(FIELDS):
        raise ParseError(PUBLISHER, f"{quote(raw)} where a candle is due", series=series, field="candle")
    day = epoch_date(PUBLISHER, raw[0], series=series, field="time")
    candle = {
        field: number(PUBLISHER, value, series=series, observation_date=day, field=field)
        for field, value in zip(FIELDS, raw, strict=True)
    }
    if candle["time"] % DAY_S:
        message = "candle does not open at 00:00 UTC"
        raise ParseError(PUBLISHER, message, series=series, observation_date=day, field="time")
    if not all(candle["low"] <= candle[field] <= candle["high"] for field in ("open", "close")):
        message = f"{quote(raw)}: low and high do not enclose open and close"
        raise ParseError(PUBLISHER, message, series=series, observation_date=day, field="low")
    return candle
