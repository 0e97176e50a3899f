"""New York Fed reference rates: the SOFR rows of one answer, in percent.

Newest first, numbers, business days. A rate revised in the afternoon (`revisionIndicator` set) simply arrives with
its new value. Rows of SOFRAI, the averages, may be mixed in and are left out. A long weekend has no rows, more than a
week must have.
"""

from orchestration.parsing import ParseError, asked_day, iso_date, json_body, member, number, quote, refuse_silence
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "nyfed"
SERIES = f"{PUBLISHER}.SOFR"
SILENT_DAYS = 7  # a holiday beside a weekend, and a rate comes out a business day late


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `nyfed.SOFR`; a span without business days has none."""
    rates = member(PUBLISHER, json_body(PUBLISHER, body, SERIES), "refRates", series=SERIES)
    if not isinstance(rates, list):
        raise ParseError(PUBLISHER, f"{quote(rates)} where a list of rates is due", series=SERIES, field="refRates")
    rows = []
    for rate in rates:
        kind = member(PUBLISHER, rate, "type", series=SERIES)
        if kind == "SOFRAI":
            continue
        if kind != "SOFR":
            raise ParseError(PUBLISHER, f"{quote(kind)} where SOFR is due", series=SERIES, field="type")
        printed = member(PUBLISHER, rate, "effectiveDate", series=SERIES)
        day = iso_date(PUBLISHER, printed, series=SERIES, field="effectiveDate")
        percent = member(PUBLISHER, rate, "percentRate", series=SERIES)
        rows.append((day, number(PUBLISHER, percent, series=SERIES, observation_date=day, field="percentRate")))
    start, end = (asked_day(PUBLISHER, landed.params, bound, series=SERIES) for bound in ("startDate", "endDate"))
    if not rows:
        refuse_silence(PUBLISHER, landed.fetched_at, start, end, SILENT_DAYS, series=SERIES, field="refRates")
        return Parsed()
    return Parsed([series_of(SERIES, rows, start or min(rows)[0])])
