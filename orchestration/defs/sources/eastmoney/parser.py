"""East Money's Stock Connect history: bytes to southbound net buying, buying and selling a day, HK$ millions.

Answers of the report RPT_MUTUAL_DEAL_HISTORY, filtered to MUTUAL_TYPE 006 (southbound, Shanghai and Shenzhen links
together). A refusal comes as `success: false` at HTTP 200. Amounts are printed with float noise and are rounded to 6
decimals; null is a day on which the link was closed, and so is a zero beside a turnover (DEAL_AMT) of null. Northbound
types are in RMB and have had no net figure since August 2024: a row of another type is an error. The first page holds
the newest days: it has rows, and figures among them if there are more rows than the link is ever closed days on end.
"""

from datetime import date
from typing import Any

from orchestration.parsing import ParseError, iso_date, json_body, member, number, quote, refuse_silence
from warehouse.clocks import HONG_KONG, at
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "eastmoney"
SOUTHBOUND = "006"
NET, BUY, SELL, TURNOVER = "NET_DEAL_AMT", "BUY_AMT", "SELL_AMT", "DEAL_AMT"
SERIES = {NET: "southbound_net", BUY: "southbound_buy", SELL: "southbound_sell"}
DAY_OVER = "16:30"  # Hong Kong time; before it, a row of the day itself is a figure of an open session
TOLERANCE = 0.05  # HK$ mn
SILENT_ROWS = 8  # days on which Hong Kong trades and the mainland's longest holiday closes the link


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `eastmoney.southbound_net`, `_buy` and `_sell` of one page, HK$ mn; None on days the link was closed.

    Raises ParseError for a refusal, a row of another type, a missing NET_DEAL_AMT, and where net is not buy less sell
    within 0.05, and for a first page without a figure. BUY_AMT and SELL_AMT may be left out of a row: it then gives no
    row of that series.
    """
    values: dict[str, list[tuple[date, float | None]]] = {name: [] for name in SERIES.values()}
    rows = _rows(_result(body))
    for row in rows:
        mutual_type = member(PUBLISHER, row, "MUTUAL_TYPE", series="southbound")
        if mutual_type != SOUTHBOUND:
            raise ParseError(PUBLISHER, f"a row of type {quote(mutual_type)} where 006 was asked", field="MUTUAL_TYPE")
        trade_date = member(PUBLISHER, row, "TRADE_DATE", series="southbound")
        day = iso_date(PUBLISHER, trade_date, series="southbound", field="TRADE_DATE")
        amounts = _amounts(day, row)
        if landed.fetched_at >= at(day, DAY_OVER, HONG_KONG):
            for field, amount in amounts.items():
                values[SERIES[field]].append((day, amount))
    silent = all(amount is None for _, amount in values[SERIES[NET]])
    if silent and landed.params.get("pageNumber", "1") == "1" and (not rows or len(rows) > SILENT_ROWS):
        refuse_silence(PUBLISHER, landed.fetched_at, None, None, 0, series=SERIES[NET], field=NET)
    if not values[SERIES[NET]]:
        return Parsed()
    first = min(day for day, _ in values[SERIES[NET]])
    return Parsed([series_of(f"{PUBLISHER}.{name}", rows, first) for name, rows in values.items() if rows])


def page_count(body: bytes) -> int:
    """How many pages the whole answer has."""
    return int(number(PUBLISHER, member(PUBLISHER, _result(body), "pages"), field="pages"))


def _result(body: bytes) -> Any:
    answer = json_body(PUBLISHER, body)
    if member(PUBLISHER, answer, "success") is not True:
        raise ParseError(PUBLISHER, f"the request was refused: {quote(answer.get('message'))}", field="success")
    return member(PUBLISHER, answer, "result")


def _rows(result: Any) -> list[Any]:
    rows = member(PUBLISHER, result, "data")
    if not isinstance(rows, list):
        raise ParseError(PUBLISHER, f"{quote(rows)} where a list of days is due", field="data")
    return rows


def _amounts(day: date, row: dict[str, Any]) -> dict[str, float | None]:
    """The row's amounts by field, HK$ mn; net must be buy less sell where all three are printed."""
    member(PUBLISHER, row, NET, series=SERIES[NET])
    closed = TURNOVER in row and row[TURNOVER] is None
    amounts: dict[str, float | None] = {}
    for field, name in SERIES.items():
        if field in row:
            printed = row[field]
            amounts[field] = (
                None
                if printed is None or (closed and printed == 0)
                else round(number(PUBLISHER, printed, series=name, observation_date=day, field=field), 6)
            )
    net, buy, sell = (amounts.get(field) for field in SERIES)
    if net is not None and buy is not None and sell is not None and abs(buy - sell - net) > TOLERANCE:
        raise ParseError(
            PUBLISHER,
            f"net {net} is not buy {buy} less sell {sell}",
            series=SERIES[NET],
            observation_date=day,
            field=NET,
        )
    return amounts
