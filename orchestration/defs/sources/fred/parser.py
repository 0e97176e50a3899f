"""FRED and ALFRED: bytes to series `fred.<ID>`, in the units of the catalog.

Four endpoints. `graph_csv`: two columns, dates and one series. `observations`: JSON of one series, either the view of
today or one row for every period (realtime_start to realtime_end) in which a value stood. `vintage_dates`: on which
days a series changed; read by `fetch` only. `release_dates`: on which days a release came out, future ones included.
A blank and "." mean that the period has no figure.

Vintages. FRED clamps a row's realtime_start to the window asked for, so a start equal to the window's says "this or
earlier", never "published then". The first window therefore starts in 1776, before everything. A series with more
vintages than one request may hold is asked for in windows that overlap by one vintage date: what a later window prints
at its own start is in the window before it with its true date, and is left out here. Nothing is lost and no carried
over value passes for a new vintage.

Silence. A short span may hold nothing, a window of past real time too, and so may a page behind the last full one. An
answer that tells how a series stands today, over more than a year, holds a figure: the slowest series is quarterly, and
what has ended or was withdrawn is to be said, not passed over. A window in which nothing changed still shows what was
carried into it, so that is no exception.
"""

import re
from datetime import date, timedelta
from typing import Any

from orchestration.parsing import ParseError, iso_date, json_body, member, number, quote, refuse_silence, text_body
from warehouse.landing import Landed
from warehouse.parsed import Parsed, ParsedSeries, series_of

PUBLISHER = "fred"
EARLIEST = "1776-07-04"
LATEST = "9999-12-31"
SILENT_DAYS = 366  # a quarter is dated by its first day and out as late as five months after its last
RELEASES = {10: "CPI", 50: "EMPSIT", 53: "GDP", 54: "PCE"}

Row = tuple[date, float | None, date | None]


def parse(landed: Landed, body: bytes) -> Parsed:
    """The series or records of one answer; nothing of a `vintage_dates` answer."""
    if landed.endpoint == "graph_csv":
        return _graph_csv(landed, body)
    if landed.endpoint == "observations":
        return _observations(landed, body)
    if landed.endpoint == "release_dates":
        return _release_dates(landed, body)
    if landed.endpoint == "vintage_dates":
        vintage_dates(landed, body)
        return Parsed()
    raise ParseError(PUBLISHER, f"no reading for endpoint {quote(landed.endpoint)}", field="endpoint")


def _graph_csv(landed: Landed, body: bytes) -> Parsed:
    series = landed.params["id"]
    text = text_body(PUBLISHER, body, series)
    if text.lstrip().startswith("<"):
        raise ParseError(PUBLISHER, f"HTML where CSV is due: {quote(text)}", series=series, field="body")
    header, *lines = text.splitlines()
    if header not in (f"observation_date,{series}", f"DATE,{series}"):
        raise ParseError(
            PUBLISHER, f"{quote(header)} where observation_date,{series} is due", series=series, field="header"
        )
    if not text.endswith("\n"):
        raise ParseError(PUBLISHER, f"cut off: {quote(lines[-1:])} ends without a newline", series=series, field="body")
    values = []
    for line in lines:
        cells = line.split(",")
        if len(cells) != 2:
            raise ParseError(PUBLISHER, f"{quote(line)} where a date and a value are due", series=series, field="row")
        day = iso_date(PUBLISHER, cells[0], series=series, field="observation_date")
        values.append((day, _value(series, day, cells[1])))
    cosd = landed.params.get("cosd")
    start = iso_date(PUBLISHER, cosd, series=series, field="cosd") if cosd else None
    if all(value is None for _, value in values):
        refuse_silence(PUBLISHER, landed.fetched_at, start, None, SILENT_DAYS, series=series, field="value")
    return Parsed([series_of(f"{PUBLISHER}.{series}", values, start or min(day for day, _ in values))])


def _observations(landed: Landed, body: bytes) -> Parsed:
    series = landed.params["series_id"]
    payload = _payload(body, series)
    for key, plain in (("units", "lin"), ("output_type", 1)):
        if member(PUBLISHER, payload, key, series=series) != plain:
            raise ParseError(PUBLISHER, f"{quote(payload[key])} where {plain} is due", series=series, field=key)
    window_start = _window_start(landed, payload, series)
    rows: list[Row] = []
    silent = True
    for row in _page(landed, payload, series):
        day = iso_date(PUBLISHER, member(PUBLISHER, row, "date", series=series), series=series, field="date")
        value = _value(series, day, member(PUBLISHER, row, "value", series=series))
        silent = silent and value is None
        since = member(PUBLISHER, row, "realtime_start", series=series)
        vintage = iso_date(PUBLISHER, since, series=series, field="realtime_start")
        if window_start is None:
            rows.append((day, value, None))
        elif vintage > window_start:
            rows.append((day, value, vintage))
        elif vintage < window_start or window_start.isoformat() == EARLIEST:
            raise ParseError(
                PUBLISHER,
                f"{quote(since)} dates nothing in a window from {window_start}",
                series=series,
                observation_date=day,
                field="realtime_start",
            )
    if silent and payload["offset"] == 0 and landed.params.get("realtime_end", LATEST) == LATEST:
        start = _observation_start(payload, series)
        refuse_silence(PUBLISHER, landed.fetched_at, start, None, SILENT_DAYS, series=series, field="value")
    rows.sort(key=lambda row: (row[0], row[2] or date.min))
    return Parsed([ParsedSeries(f"{PUBLISHER}.{series}", _covers_from(landed, payload, series, rows), rows)])


def _window_start(landed: Landed, payload: dict[str, Any], series: str) -> date | None:
    """The bound to which this answer's realtime_start is clamped; None for the view of today, which dates nothing."""
    asked = landed.params.get("realtime_start")
    start, end = (member(PUBLISHER, payload, f"realtime_{bound}", series=series) for bound in ("start", "end"))
    if asked is None and start == end:
        return None
    if asked is None or asked != start or start == end:
        raise ParseError(
            PUBLISHER,
            f"a window from {quote(start)} to {quote(end)} where {asked or 'a single day'} was asked for",
            series=series,
            field="realtime_start",
        )
    return iso_date(PUBLISHER, start, series=series, field="realtime_start")


def _covers_from(landed: Landed, payload: dict[str, Any], series: str, rows: list[Row]) -> date:
    """From where on a missing date means "not published yet".

    Only an answer that reaches the newest vintage and the last page can say that; any other one promises nothing, not
    even for the day of the fetch.
    """
    last_page = payload["offset"] + len(payload["observations"]) >= payload["count"]
    if not last_page or landed.params.get("realtime_end", LATEST) != LATEST:
        return landed.fetched_at.date() + timedelta(days=1)
    if payload["offset"] and rows:
        return rows[0][0]
    return _observation_start(payload, series)


def _observation_start(payload: dict[str, Any], series: str) -> date:
    start = member(PUBLISHER, payload, "observation_start", series=series)
    return iso_date(PUBLISHER, start, series=series, field="observation_start")


def _release_dates(landed: Landed, body: bytes) -> Parsed:
    asked = landed.params["release_id"]
    series = f"release {asked}"
    release = {str(release_id): name for release_id, name in RELEASES.items()}.get(asked)
    if release is None:
        raise ParseError(PUBLISHER, f"no release of ours has number {quote(asked)}", field="release_id")
    days = set()
    for row in _page(landed, _payload(body, series), series):
        if str(member(PUBLISHER, row, "release_id", series=series)) != asked:
            raise ParseError(
                PUBLISHER, f"{quote(row['release_id'])} among the dates", series=series, field="release_id"
            )
        days.add(iso_date(PUBLISHER, member(PUBLISHER, row, "date", series=series), series=series, field="date"))
    start = landed.params.get("realtime_start")
    if not days and landed.params.get("offset", "0") == "0":
        first = iso_date(PUBLISHER, start, series=series, field="realtime_start") if start else None
        refuse_silence(PUBLISHER, landed.fetched_at, first, None, SILENT_DAYS, series=series, field="release_dates")
    # FRED may print a day twice when a release was corrected on it; a set of days loses nothing.
    return Parsed(records={"release_dates": [{"release": release, "release_date": day} for day in sorted(days)]})


def vintage_dates(landed: Landed, body: bytes) -> list[date]:
    """The days on which the series changed, ascending (one page of a `vintage_dates` answer)."""
    series = landed.params["series_id"]
    days = [
        iso_date(PUBLISHER, day, series=series, field="vintage_dates")
        for day in _page(landed, _payload(body, series), series)
    ]
    if days != sorted(set(days)):
        raise ParseError(PUBLISHER, "vintage dates do not ascend", series=series, field="vintage_dates")
    return days


def page_size(landed: Landed, body: bytes) -> int:
    """How many entries one page of the API holds, after the checks that all answers go through."""
    series = landed.params.get("series_id") or f"release {landed.params['release_id']}"
    return len(_page(landed, _payload(body, series), series))


def _payload(body: bytes, series: str) -> dict[str, Any]:
    """The answer as an object; FRED's own error object becomes an error, whatever status it came with."""
    payload = json_body(PUBLISHER, body, series)
    if isinstance(payload, dict) and "error_message" in payload:
        # An API key is 32 lower-case letters and digits; FRED is not known to repeat it, and this keeps it so.
        message = re.sub(r"\b[0-9a-z]{32}\b", "***", str(payload["error_message"]))
        code = quote(payload.get("error_code"))
        raise ParseError(PUBLISHER, f"FRED says {code}: {quote(message)}", series=series, field="error_message")
    if not isinstance(payload, dict):
        raise ParseError(PUBLISHER, f"{quote(payload)} where an object is due", series=series, field="body")
    return payload


def _page(landed: Landed, payload: dict[str, Any], series: str) -> list[Any]:
    """The list that bears the endpoint's name; it must be as long as count, offset and limit say."""
    key = landed.endpoint
    count, offset, limit = (member(PUBLISHER, payload, name, series=series) for name in ("count", "offset", "limit"))
    rows = member(PUBLISHER, payload, key, series=series)
    if not isinstance(rows, list) or not all(isinstance(n, int) for n in (count, offset, limit)):
        raise ParseError(PUBLISHER, f"{quote(rows)} where a list with its count is due", series=series, field=key)
    if len(rows) != max(min(limit, count - offset), 0):
        raise ParseError(
            PUBLISHER, f"{len(rows)} rows at offset {offset} of {count}, {limit} a page", series=series, field=key
        )
    if str(offset) != landed.params.get("offset", "0"):
        raise ParseError(PUBLISHER, f"the page at offset {offset} was not asked for", series=series, field="offset")
    return rows


def _value(series: str, day: date, text: object) -> float | None:
    if text in ("", "."):
        return None
    return number(PUBLISHER, text, series=series, observation_date=day, field="value")
