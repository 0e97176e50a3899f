"""HKMA open API: bytes to liquidity and rates of the Hong Kong dollar, a day or a month.

Every endpoint answers {"header": {"success", "err_code", "err_msg"}, "result": {"datasize", "records": [{...}]}};
errors come with success false at HTTP 200. Amounts are HK$ millions, rates per cent a year; numbers may be strings with
a sign ("+0"), null is not published. Records of days to come (forecasts) are left out. A month's figures are dated with
the first day of the month; rows "YYYY-00" (annual summaries of the bulletin) are no months.

Field names are those of the API documentation, except `disc_win_base_rate` of base_rate_monthend, which is only known
from another reader of that endpoint. The request's `fields` says which fields an answer must hold; without it, all.

Two rates have similar names: `hibor_overnight` (daily liquidity table) is a market quote with two decimals, the
fixings (`hibor_fixing_*`, five decimals) are set at 11:15. They differ by some basis points and must not be mixed.
Likewise `closing_balance` includes borrowing at the discount window, `aggr_balance_bf_disc_win` does not.

No answer names its table. A first page may be without a figure only when the days asked for are few: holidays, or for
what the bulletin prints late the months it may take. Any later page may be the empty one behind the last full one.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestration.parsing import ParseError, iso_date, json_body, member, number, quote, refuse_silence
from warehouse.clocks import HONG_KONG, at, month_end
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "hkma"
BULLETIN_LATE = 70  # daily figures come out with a month's bulletin, a month after its end
MONTHS_LATE = 95  # the month that still runs, and the bulletin's month of delay, with a month to spare
_MONTH = re.compile(r"(\d{4})-(\d{2})(-\d{2})?")


@dataclass(frozen=True)
class Table:
    """One endpoint: the field that dates a record, the series of every field we read, the longest silence in days."""

    date_field: str
    series: dict[str, str]
    silent_days: int = 9

    @property
    def monthly(self) -> bool:
        """Whether a record is a month."""
        return self.date_field == "end_of_month"


TABLES = {
    "interbank_liquidity_daily": Table(
        "end_of_date",
        {
            "closing_balance": "closing_balance",
            "opening_balance": "opening_balance",
            "market_activities": "market_activities",
            "hibor_overnight": "hibor_overnight",
            "hibor_fixing_1m": "hibor_fixing_1m",
            "disc_win_base_rate": "base_rate",
        },
    ),
    "monetary_base_daily": Table(
        "end_of_date",
        {
            "aggr_balance_bf_disc_win": "aggr_balance_bf_disc_win",
            "outstanding_efbn": "outstanding_efbn",
            "mb_bf_disc_win_total": "mb_bf_disc_win_total",
        },
    ),
    # The 1-month fixing is here too, but this table comes out a month late; it is read from the liquidity table only,
    # so that a late copy of the same figure never counts as "not yet published".
    "hibor_fixing_daily": Table(
        "end_of_day",
        {"ir_overnight": "hibor_fixing_overnight", "ir_3m": "hibor_fixing_3m"},
        BULLETIN_LATE,
    ),
    "monetary_base_monthend": Table(
        "end_of_month",
        {
            "cert_of_indebt": "month.cert_of_indebt",
            "gov_notes_coins_circulation": "month.gov_notes_coins_circulation",
            "aggr_balance_bf_disc_win": "month.aggr_balance_bf_disc_win",
            "outstanding_efbn": "month.outstanding_efbn",
            "ow_lb_bf_disc_win": "month.ow_lb_bf_disc_win",
            "mb_bf_disc_win_total": "month.mb_bf_disc_win_total",
        },
        MONTHS_LATE,
    ),
    "hibor_monthend": Table(
        "end_of_month",
        {
            "ir_overnight": "month.hibor_overnight",
            "ir_1w": "month.hibor_1w",
            "ir_1m": "month.hibor_1m",
            "ir_3m": "month.hibor_3m",
            "ir_6m": "month.hibor_6m",
        },
        MONTHS_LATE,
    ),
    "hibor_monthavg": Table("end_of_month", {"ir_1m": "month.hibor_1m_average"}, MONTHS_LATE),
    "base_rate_monthend": Table("end_of_month", {"disc_win_base_rate": "month.base_rate"}, MONTHS_LATE),
}


def parse(landed: Landed, body: bytes) -> Parsed:
    """The series of TABLES[endpoint] that the request asked for, HK$ mn or % a year; None for what is not published.

    Raises ParseError for a refusal, a missing field, and a first page without a figure over more days than is right.
    """
    table = TABLES.get(landed.endpoint)
    if table is None:
        raise ParseError(PUBLISHER, f"no such endpoint: {quote(landed.endpoint)}", field="endpoint")
    asked = landed.params.get("fields", ",".join(table.series)).split(",")
    fields = {field: name for field, name in table.series.items() if field in asked}
    values: dict[str, list[tuple[date, float | None]]] = {name: [] for name in fields.values()}
    days = []
    for record in records(body):
        day = _day(table, record)
        if day is None or landed.fetched_at < at(month_end(day) if table.monthly else day, "00:00", HONG_KONG):
            continue
        days.append(day)
        for field, name in fields.items():
            printed = member(PUBLISHER, record, field, series=name)
            value = (
                None if printed is None else number(PUBLISHER, printed, series=name, observation_date=day, field=field)
            )
            values[name].append((day, value))
    if landed.params.get("offset", "0") == "0" and all(v is None for rows in values.values() for _, v in rows):
        start, end = _bound(landed, "from"), _bound(landed, "to")
        end = month_end(end) if end is not None and table.monthly else end
        silent, name = table.silent_days, ", ".join(values)
        refuse_silence(PUBLISHER, landed.fetched_at, start, end, silent, series=name, field=", ".join(fields))
    return Parsed([series_of(f"{PUBLISHER}.{name}", rows, min(days)) for name, rows in values.items() if rows])


def _bound(landed: Landed, bound: str) -> date | None:
    """The first or last day asked for, None when the request does not say; for a month its first day."""
    asked = landed.params.get(bound)
    if asked is None:
        return None
    return iso_date(PUBLISHER, asked if len(asked) > len("2025-01") else f"{asked}-01", field=bound)


def records(body: bytes) -> list[Any]:
    """The records of one answer; a refused request is an error."""
    answer = json_body(PUBLISHER, body)
    header = member(PUBLISHER, answer, "header")
    if member(PUBLISHER, header, "success") is not True:
        reason = f"{header.get('err_code')}: {header.get('err_msg')}"
        raise ParseError(PUBLISHER, f"the request was refused, {quote(reason)}", field="header.success")
    found = member(PUBLISHER, member(PUBLISHER, answer, "result"), "records")
    if not isinstance(found, list):
        raise ParseError(PUBLISHER, f"{quote(found)} where a list of records is due", field="records")
    return found


def _day(table: Table, record: Any) -> date | None:
    """The day a record describes: for a month its first day, for an annual summary none."""
    text = member(PUBLISHER, record, table.date_field)
    if not table.monthly:
        return iso_date(PUBLISHER, text, field=table.date_field)
    match = _MONTH.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[2]) > 12:
        raise ParseError(PUBLISHER, f"{quote(text)} where a month YYYY-MM is due", field=table.date_field)
    return date(int(match[1]), int(match[2]), 1) if match[2] != "00" else None
