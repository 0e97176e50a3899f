"""The crypto Fear & Greed index: bytes to series `alternative_me.fng`, an index from 0 to 100.

JSON rows, newest first, everything a string: `value`, and `timestamp` in epoch seconds, 00:00 UTC of the index's day.
The newest row is today's index, which is final when it appears. Missing days are absent. Failures come with status 200
and a text in `metadata.error`, or as an HTML page.
"""

from datetime import UTC, datetime

from orchestration.parsing import ParseError, epoch_date, json_body, member, number, quote
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "alternative_me"
SERIES = f"{PUBLISHER}.fng"


def parse(landed: Landed, body: bytes) -> Parsed:
    """One row an index day; only days the answer holds."""
    payload = json_body(PUBLISHER, body, SERIES)
    metadata = member(PUBLISHER, payload, "metadata", series=SERIES)
    error = member(PUBLISHER, metadata, "error", series=SERIES)
    if error is not None:
        raise ParseError(PUBLISHER, f"the publisher says {quote(error)}", series=SERIES, field="metadata.error")
    rows = member(PUBLISHER, payload, "data", series=SERIES)
    if not isinstance(rows, list) or not rows:
        raise ParseError(PUBLISHER, f"{quote(rows)} where a list of days is due", series=SERIES, field="data")
    values = []
    for row in rows:
        timestamp = member(PUBLISHER, row, "timestamp", series=SERIES)
        day = epoch_date(PUBLISHER, timestamp, series=SERIES, field="timestamp")
        if datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() != float(timestamp):
            raise ParseError(
                PUBLISHER,
                f"{quote(timestamp)} is not 00:00 UTC",
                series=SERIES,
                observation_date=day,
                field="timestamp",
            )
        value = member(PUBLISHER, row, "value", series=SERIES)
        values.append((day, number(PUBLISHER, value, series=SERIES, observation_date=day, field="value")))
    return Parsed([series_of(SERIES, values, min(day for day, _ in values))])
