"""BLS Quarterly Census of Employment and Wages: the US file of one quarter to average weekly wages by ownership.

A CSV of quoted text, one row an ownership, industry and aggregation level. Wages are current dollars a week. A row
with disclosure code N is suppressed: the zeros printed in it are no figures. Rows name area, year and quarter, which
must be those of the address; wages of the whole nation are never all suppressed.
"""

import csv
import io
import re
from datetime import date

from orchestration.parsing import ParseError, number, quote, text_body
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "bls"
US, ALL_INDUSTRIES = "US000", "10"
# (own_code, agglvl_code): level 10 is the national total, level 11 the nation by ownership.
OWNERSHIP = {
    ("0", "10"): "total",
    ("1", "11"): "federal",
    ("2", "11"): "state",
    ("3", "11"): "local",
    ("5", "11"): "private",
}
COLUMNS = (
    "area_fips",
    "own_code",
    "industry_code",
    "agglvl_code",
    "size_code",
    "year",
    "qtr",
    "disclosure_code",
    "avg_wkly_wage",
)


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `bls.avg_weekly_wage.<ownership>`, one quarter each, dated by the quarter's first day.

    Raises ParseError for another area or quarter, a missing ownership, and a file without a wage.
    """
    asked = _asked_quarter(landed)
    reader = csv.DictReader(io.StringIO(text_body(PUBLISHER, body), newline=""))
    missing = sorted(set(COLUMNS) - set(reader.fieldnames or []))
    if missing:
        message = f"columns missing: {', '.join(missing)}; the header is {quote(','.join(reader.fieldnames or []))}"
        raise ParseError(PUBLISHER, message, field="header")
    wages: dict[str, tuple[date, float | None]] = {}
    for row in reader:
        ownership = OWNERSHIP.get((row["own_code"], row["agglvl_code"]))
        if ownership is None or row["industry_code"] != ALL_INDUSTRIES or row["size_code"] != "0":
            continue
        series = f"{PUBLISHER}.avg_weekly_wage.{ownership}"
        if row["area_fips"] != US or series in wages:
            message = "a second row" if series in wages else f"area {quote(row['area_fips'])} where {US} is due"
            raise ParseError(PUBLISHER, message, series=series, field="area_fips")
        wages[series] = quarter, _ = _wage(row, series)
        if asked is not None and quarter != asked:
            message = f"a row of {quarter} in the file of {asked}"
            raise ParseError(PUBLISHER, message, series=series, observation_date=quarter, field="qtr")
    absent = sorted(set(OWNERSHIP.values()) - {series.rsplit(".", 1)[1] for series in wages})
    if absent:
        raise ParseError(PUBLISHER, f"no row for {', '.join(absent)}", field="own_code")
    if all(wage is None for _, wage in wages.values()):
        message = "every wage is suppressed: the answer holds no figure at all"
        series, (quarter, _) = next(iter(wages.items()))
        raise ParseError(PUBLISHER, message, series=series, observation_date=quarter, field="avg_wkly_wage")
    return Parsed([series_of(series, [wage], wage[0]) for series, wage in wages.items()])


def _asked_quarter(landed: Landed) -> date | None:
    """The first day of the quarter of the address, None where it names none."""
    path = re.search(r"/(\d{4})/([1-4])/area/", landed.url)
    return date(int(path[1]), 3 * int(path[2]) - 2, 1) if path else None


def _wage(row: dict[str, str], series: str) -> tuple[date, float | None]:
    if not row["year"].isdecimal() or row["qtr"] not in ("1", "2", "3", "4"):
        message = f"{quote(row['year'])} and {quote(row['qtr'])} where a year and a quarter are due"
        raise ParseError(PUBLISHER, message, series=series, field="qtr")
    quarter = date(int(row["year"]), 3 * int(row["qtr"]) - 2, 1)
    if row["disclosure_code"] == "N":
        return quarter, None
    wage = row["avg_wkly_wage"]
    return quarter, number(PUBLISHER, wage, series=series, observation_date=quarter, field="avg_wkly_wage")
