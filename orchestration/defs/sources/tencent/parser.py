"""Tencent's Hong Kong daily bars: bytes to the closes of HSI and HSTECH, index points.

{"code": 0, "data": {"hkHSI": {"day": [["2024-01-02", open, CLOSE, high, low, volume], ...]}}}: strings, in this order,
close before high; under `qfqday` when adjusted; a seventh element (dividends) may follow. Only the close is required:
the other prices may be empty strings. A window without bars is an empty list: right for a holiday, wrong for more than
a week. The bar of a session that is still open is left out.
"""

from datetime import date
from typing import Any

from orchestration.parsing import ParseError, iso_date, json_body, member, number, quote, refuse_silence
from warehouse.clocks import HONG_KONG, at
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "tencent"
DATE, CLOSE, HIGH, LOW, LENGTH = 0, 2, 3, 4, 6
SESSION_OVER = "16:30"  # Hong Kong time
SILENT_DAYS = 9  # the New Year's holiday with its weekends, and the day that is still open
ROUNDING = 0.001  # how far, as a share, a close may lie outside its bar's range before the columns are in doubt


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `tencent.<INDEX>` (the symbol without its market prefix `hk`), closes in index points.

    Raises ParseError for a code other than 0, another symbol, short rows, a close outside the bar's high and low (which
    a changed order of columns would give), and for more than a week without a bar.
    """
    symbol, _, *bounds = landed.params["param"].split(",")[:4]
    index = symbol.removeprefix("hk")
    closes = []
    for bar in _bars(symbol, index, json_body(PUBLISHER, body, index)):
        if not isinstance(bar, list) or len(bar) < LENGTH:
            raise ParseError(PUBLISHER, f"{quote(bar)} where a daily bar is due", series=index, field="day")
        day = iso_date(PUBLISHER, bar[DATE], series=index, field="date")
        close = number(PUBLISHER, bar[CLOSE], series=index, observation_date=day, field="close")
        _check_range(index, day, close, bar)
        if landed.fetched_at >= at(day, SESSION_OVER, HONG_KONG):
            closes.append((day, close))
    first, last = (iso_date(PUBLISHER, bound, series=index, field="param") for bound in bounds)
    if not closes:
        refuse_silence(PUBLISHER, landed.fetched_at, first, last, SILENT_DAYS, series=index, field="day")
        return Parsed()
    return Parsed([series_of(f"{PUBLISHER}.{index}", closes, first)])


def _bars(symbol: str, index: str, answer: Any) -> list[Any]:
    code = member(PUBLISHER, answer, "code", series=index)
    if code != 0:
        raise ParseError(PUBLISHER, f"code {quote(code)}: {quote(answer.get('msg'))}", series=index, field="code")
    data = member(PUBLISHER, answer, "data", series=index)
    if data == []:
        return []
    quotes = member(PUBLISHER, data, symbol, series=index)
    key = "qfqday" if isinstance(quotes, dict) and "qfqday" in quotes else "day"
    bars = member(PUBLISHER, quotes, key, series=index)
    if not isinstance(bars, list):
        raise ParseError(PUBLISHER, f"{quote(bars)} where a list of bars is due", series=index, field=key)
    return bars


def _check_range(index: str, day: date, close: float, bar: list[Any]) -> None:
    if bar[HIGH] == "" or bar[LOW] == "":
        return
    high = number(PUBLISHER, bar[HIGH], series=index, observation_date=day, field="high")
    low = number(PUBLISHER, bar[LOW], series=index, observation_date=day, field="low")
    if not low * (1 - ROUNDING) <= close <= high * (1 + ROUNDING):
        raise ParseError(
            PUBLISHER,
            f"close {close} is not between low {low} and high {high}",
            series=index,
            observation_date=day,
            field="close",
        )
