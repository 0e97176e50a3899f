"""Yahoo chart: daily closes of one symbol, in its currency.

Timestamps are the session's opening in epoch seconds; the session's date is that instant in the exchange's time zone
(`gmtoffset` is today's and wrong across a change of clocks). Prices carry float noise and are rounded to 4 decimals.
`close` is adjusted for splits, `adjclose` for dividends too: the first changes backward at a split, the second at every
dividend. A null is a day without a price. The last bar is left out while its session is still open. A holiday has no
bars; the history that `fetch` asks for has.
"""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from orchestration.parsing import ParseError, epoch_date, json_body, member, number, quote, refuse_silence
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "yahoo"
DECIMALS = 4
SILENT_DAYS = 9  # the longest holiday of an exchange we know, and the session that is still open


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `yahoo.<SYMBOL>.close` and `.adjclose`; one of which nothing is printed is left out.

    Raises ParseError for another symbol, and where nothing is printed of either in more than a week.
    """
    asked = unquote(urlsplit(landed.url).path.rsplit("/", 1)[-1]) or None
    result = _result(json_body(PUBLISHER, body, asked), asked)
    meta = member(PUBLISHER, result, "meta", series=asked)
    symbol = str(member(PUBLISHER, meta, "symbol", series=asked))
    if asked and symbol != asked:
        raise ParseError(PUBLISHER, f"the answer is of {quote(symbol)}", series=asked, field="symbol")
    indicators = member(PUBLISHER, result, "indicators", series=symbol)
    quotes = _only(member(PUBLISHER, indicators, "quote", series=symbol), symbol, "quote")
    if quotes == {} and not result.get("timestamp"):
        _refuse_silence(landed, symbol)
        return Parsed()
    adjusted = _only(member(PUBLISHER, indicators, "adjclose", series=symbol), symbol, "adjclose")
    stamps = member(PUBLISHER, result, "timestamp", series=symbol)
    days = _sessions(stamps, meta, symbol)
    if days and _is_live(landed, meta, stamps[-1], days[-1], symbol):
        days = days[:-1]
    parsed = []
    for field, container in (("close", quotes), ("adjclose", adjusted)):
        rows = _prices(member(PUBLISHER, container, field, series=symbol), stamps, days, f"{symbol}.{field}")
        if any(price is not None for _, price in rows):
            parsed.append(series_of(f"{PUBLISHER}.{symbol}.{field}", rows, _asked_day(landed, "period1") or min(days)))
    if not parsed:
        _refuse_silence(landed, symbol)
    return Parsed(parsed)


def _refuse_silence(landed: Landed, symbol: str) -> None:
    start, end = (_asked_day(landed, bound) for bound in ("period1", "period2"))
    refuse_silence(PUBLISHER, landed.fetched_at, start, end, SILENT_DAYS, series=symbol, field="close")


def _result(answer: object, asked: str | None) -> dict[str, Any]:
    chart = member(PUBLISHER, answer, "chart", series=asked)
    error = member(PUBLISHER, chart, "error", series=asked)
    if error is not None:
        raise ParseError(PUBLISHER, f"the publisher answered {quote(error)}", series=asked, field="error")
    return _only(member(PUBLISHER, chart, "result", series=asked), asked, "result")


def _only(items: object, series: str | None, field: str) -> dict[str, Any]:
    """The one object of a list of one."""
    if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], dict):
        raise ParseError(PUBLISHER, f"{quote(items)} where a list of one object is due", series=series, field=field)
    return items[0]


def _sessions(stamps: object, meta: object, symbol: str) -> list[date]:
    if not isinstance(stamps, list):
        raise ParseError(PUBLISHER, f"{quote(stamps)} where a list is due", series=symbol, field="timestamp")
    zone = _zone(meta, symbol)
    for stamp in stamps:
        epoch_date(PUBLISHER, stamp, series=symbol, field="timestamp")
    return [datetime.fromtimestamp(stamp, zone).date() for stamp in stamps]


def _zone(meta: object, symbol: str) -> ZoneInfo:
    name = member(PUBLISHER, meta, "exchangeTimezoneName", series=symbol)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, TypeError) as error:
        message = f"{quote(name)} is no time zone"
        raise ParseError(PUBLISHER, message, series=symbol, field="exchangeTimezoneName") from error


def _is_live(landed: Landed, meta: dict[str, Any], opened: float, day: date, symbol: str) -> bool:
    """Whether the last bar's session was still open: by the session's printed end, else by the day of the fetch."""
    period = meta.get("currentTradingPeriod")
    if period is None:
        return landed.fetched_at.replace(tzinfo=UTC).astimezone(_zone(meta, symbol)).date() <= day
    regular = member(PUBLISHER, period, "regular", series=symbol)
    start = number(PUBLISHER, member(PUBLISHER, regular, "start", series=symbol), series=symbol, field="start")
    end = number(PUBLISHER, member(PUBLISHER, regular, "end", series=symbol), series=symbol, field="end")
    traded = member(PUBLISHER, meta, "regularMarketTime", series=symbol)
    return opened >= start and number(PUBLISHER, traded, series=symbol, field="regularMarketTime") < end


def _prices(prices: object, stamps: list[Any], days: list[date], series: str) -> list[tuple[date, float | None]]:
    """Prices of the sessions; `days` may be one shorter than the arrays. An array that is null holds none."""
    if prices is None:
        return []
    if not isinstance(prices, list) or len(prices) != len(stamps):
        message = f"{quote(prices)} where {len(stamps)} prices are due"
        raise ParseError(PUBLISHER, message, series=series, field="prices")
    return [(day, _price(price, series, day)) for day, price in zip(days, prices, strict=False)]


def _price(price: object, series: str, day: date) -> float | None:
    if price is None:
        return None
    return round(number(PUBLISHER, price, series=series, observation_date=day, field="price"), DECIMALS)


def _asked_day(landed: Landed, bound: str) -> date | None:
    asked = landed.params.get(bound)
    return epoch_date(PUBLISHER, asked, field=bound) if asked else None
