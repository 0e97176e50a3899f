"""Binance 1-day klines: bytes to daily closes (and open, high, low, volume where printed).

Twelve-element arrays [open ms, open, high, low, close, volume, close ms, ...], prices as strings in USDT, UTC days.
Since 2025 the bulk files hold microseconds; the REST answers read here hold milliseconds. A candle whose close lies
after the fetch is unfinished and is left out. Only the close is required: a candle with a null for another element
gives no row of that field. Nothing in an answer names its symbol. A span before the listing is empty; one that reaches
the fetch is not, since there is no day without trades.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from orchestration.parsing import ParseError, json_body, number, quote, refuse_silence
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "binance"
SILENT_DAYS = 3  # the day that still runs, and the re-read's two before it should the service be behind
FIELDS = {"open": 1, "high": 2, "low": 3, "close": 4, "volume": 5}


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `binance.<SYMBOL>.<field>` of one klines answer; prices in USDT, volume in coins."""
    symbol = landed.params["symbol"]
    candles = json_body(PUBLISHER, body, symbol)
    if not isinstance(candles, list):
        raise ParseError(PUBLISHER, f"{quote(candles)} where a list of klines is due", series=symbol, field="body")
    values: dict[str, list[tuple[date, float | None]]] = {field: [] for field in FIELDS}
    for candle in candles:
        day, closes_at = _day(symbol, candle)
        if closes_at >= landed.fetched_at:
            continue
        for field, position in FIELDS.items():
            if candle[position] is not None or field == "close":
                value = number(PUBLISHER, candle[position], series=symbol, observation_date=day, field=field)
                values[field].append((day, value))
    if not values["close"]:
        _refuse_silence(landed)
        return Parsed()
    start = _requested(landed, "startTime") or min(day for day, _ in values["close"])
    return Parsed([series_of(f"{PUBLISHER}.{symbol}.{field}", rows, start) for field, rows in values.items() if rows])


def _day(symbol: str, candle: Any) -> tuple[date, datetime]:
    """The UTC day a candle covers, and its last instant; it must open at midnight and close before the next."""
    if not isinstance(candle, list) or len(candle) < 7:
        raise ParseError(PUBLISHER, f"{quote(candle)} where a kline is due", series=symbol, field="kline")
    opened, closes_at = _instant(symbol, candle[0], "open time"), _instant(symbol, candle[6], "close time")
    day = opened.date()
    if opened != datetime(day.year, day.month, day.day) or closes_at.date() != day:
        raise ParseError(
            PUBLISHER,
            f"a candle from {opened} to {closes_at} is not a UTC day",
            series=symbol,
            observation_date=day,
            field="open time",
        )
    return day, closes_at


def _refuse_silence(landed: Landed) -> None:
    """Without a bound the newest candles were asked for. An older page may lie before the listing."""
    start, end = _requested(landed, "startTime"), _requested(landed, "endTime")
    if end is None or end >= landed.fetched_at.date() - timedelta(days=1):
        series = landed.params["symbol"]
        refuse_silence(PUBLISHER, landed.fetched_at, start, end, SILENT_DAYS, series=series, field="close")


def _requested(landed: Landed, bound: str) -> date | None:
    """The first or last day the request asked for, when it says so."""
    asked = landed.params.get(bound)
    return None if asked is None else _instant(landed.params["symbol"], asked, bound).date()


def _instant(symbol: str, value: object, field: str) -> datetime:
    milliseconds = number(PUBLISHER, value, series=symbol, field=field)
    if not 1_230_768_000_000 <= milliseconds < 4_102_444_800_000:
        raise ParseError(PUBLISHER, f"{quote(value)} is not in epoch milliseconds", series=symbol, field=field)
    return datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)
