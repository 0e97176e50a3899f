"""ECB euro reference rates: bytes to units of a currency per euro, a TARGET day.

Endpoint `frankfurter`: Frankfurter v1 with base EUR, {"amount": 1.0, "base": "EUR", "rates": {day: {currency: rate}}};
with any other base the service rounds a cross rate, so that is an error. It begins with the fixing before the
requested start when that is no TARGET day. Endpoint `exr_csv`: the ECB's own SDMX csvdata, columns by name, one line a
currency and day, OBS_VALUE blank or NaN on closed days. Both carry the same figures and the same series. A currency
may be blank over a long weekend, not for a week.
"""

import csv
import io
import re
from collections.abc import Callable
from datetime import date

from orchestration.parsing import ParseError, iso_date, json_body, member, number, quote, refuse_silence, text_body
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "ecb"
CURRENCIES = ("CNY", "GBP", "HKD", "JPY", "USD")
SILENT_DAYS = 6  # Easter and Christmas are four days without a fixing, and today's may be still to come
# What is asked for: the average of the day's quotations, as announced.
EXR_KEY = {"FREQ": "D", "CURRENCY_DENOM": "EUR", "EXR_TYPE": "SP00", "EXR_SUFFIX": "A"}
Rates = dict[date, dict[str, float | None]]


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `ecb.<CURRENCY>`, units per EUR, for CURRENCIES; None where a day shown lacks a currency's rate.

    Raises ParseError when a currency is missing from the whole answer, or blank for a week, for another base or kind of
    rate, and for HTML or empty bodies.
    """
    readers: dict[str, Callable[[bytes], Rates]] = {"frankfurter": _frankfurter, "exr_csv": _exr_csv}
    reader = readers.get(landed.endpoint)
    if reader is None:
        raise ParseError(PUBLISHER, f"no such endpoint: {quote(landed.endpoint)}", field="endpoint")
    rates = reader(body)
    for currency in CURRENCIES:
        if not any(currency in of_day for of_day in rates.values()):
            raise ParseError(PUBLISHER, "the answer holds no day of this currency", series=currency, field="currency")
        if all(of_day.get(currency) is None for of_day in rates.values()):
            start, end = _asked_days(landed)
            refuse_silence(PUBLISHER, landed.fetched_at, start, end, SILENT_DAYS, series=currency, field="rate")
    return Parsed(
        [
            series_of(f"{PUBLISHER}.{currency}", [(day, rates[day].get(currency)) for day in rates], min(rates))
            for currency in CURRENCIES
        ]
    )


def _asked_days(landed: Landed) -> tuple[date | None, date | None]:
    """First and last day that were asked for: Frankfurter has them in its address, the ECB among its parameters."""
    path = re.search(r"/(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", landed.url)
    bounds = path.groups() if path else [landed.params.get(bound) for bound in ("startPeriod", "endPeriod")]
    start, end = (None if day is None else iso_date(PUBLISHER, day, field="startPeriod") for day in bounds)
    return start, end


def _frankfurter(body: bytes) -> Rates:
    answer = json_body(PUBLISHER, body)
    base, amount = member(PUBLISHER, answer, "base"), member(PUBLISHER, answer, "amount")
    if base != "EUR" or amount != 1:
        raise ParseError(PUBLISHER, f"rates of {quote(amount)} {quote(base)} where 1 EUR is due", field="base")
    days = member(PUBLISHER, answer, "rates")
    if not isinstance(days, dict):
        raise ParseError(PUBLISHER, f"{quote(days)} where rates by day are due", field="rates")
    rates: Rates = {}
    for text, of_day in days.items():
        day = iso_date(PUBLISHER, text, field="rates")
        if not isinstance(of_day, dict):
            raise ParseError(PUBLISHER, f"{quote(of_day)} where rates are due", observation_date=day, field="rates")
        rates[day] = {
            currency: None
            if rate is None
            else number(PUBLISHER, rate, series=currency, observation_date=day, field="rate")
            for currency, rate in of_day.items()
        }
    return rates


def _exr_csv(body: bytes) -> Rates:
    text = text_body(PUBLISHER, body)
    if text.lstrip().startswith("<"):
        raise ParseError(PUBLISHER, f"HTML where CSV is due: {quote(text)}", field="body")
    try:
        header, *lines = [line for line in csv.reader(io.StringIO(text)) if line]
    except csv.Error as error:
        raise ParseError(PUBLISHER, f"not CSV: {error}", field="body") from error
    for column in ("FREQ", "CURRENCY", "TIME_PERIOD", "OBS_VALUE"):
        if column not in header:
            raise ParseError(PUBLISHER, f"the column is missing; present: {quote(header)}", field=column)
    rates: Rates = {}
    for line in lines:
        if len(line) != len(header):
            raise ParseError(PUBLISHER, f"{quote(line)} where {len(header)} columns are due", field="row")
        row = dict(zip(header, line, strict=True))
        wrong = [column for column, due in EXR_KEY.items() if row.get(column, due) != due]
        if wrong:
            message = f"{quote(line)} is no daily reference rate per EUR"
            raise ParseError(PUBLISHER, message, series=row["CURRENCY"], field=", ".join(wrong))
        day = iso_date(PUBLISHER, row["TIME_PERIOD"], series=row["CURRENCY"], field="TIME_PERIOD")
        _enter(rates, day, row["CURRENCY"], row["OBS_VALUE"].strip())
    if not text.endswith("\n"):
        raise ParseError(PUBLISHER, f"cut off: {quote(lines[-1:])} ends without a newline", field="OBS_VALUE")
    return rates


def _enter(rates: Rates, day: date, currency: str, printed: str) -> None:
    of_day = rates.setdefault(day, {})
    if currency in of_day:
        raise ParseError(
            PUBLISHER, "the day stands there twice", series=currency, observation_date=day, field="TIME_PERIOD"
        )
    blank = printed in ("", "NaN")
    of_day[currency] = (
        None if blank else number(PUBLISHER, printed, series=currency, observation_date=day, field="OBS_VALUE")
    )
