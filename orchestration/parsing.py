"""What every parser needs: one error type that names the place, and strict readings of bytes, JSON, dates, numbers.

Parsers are pure: a landed response and its bytes in, a `Parsed` out, or a `ParseError`. They never guess: anything
that is not what the publisher's contract says is an error, so that a changed page cannot become a wrong figure.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")


class ParseError(Exception):
    """A body that is not what its publisher's contract says.

    Names publisher, series, observation date and field, as far as they are known. The message quotes at most 80
    characters of the body.
    """

    def __init__(
        self,
        publisher: str,
        message: str,
        *,
        series: str | None = None,
        observation_date: date | str | None = None,
        field: str | None = None,
    ) -> None:
        self.publisher = publisher
        self.series = series
        self.observation_date = observation_date
        self.field = field
        self.message = message
        place = [publisher]
        if series:
            place.append(f"series {series}")
        if observation_date:
            place.append(f"date {observation_date}")
        if field:
            place.append(f"field {field}")
        super().__init__(f"{', '.join(place)}: {message}")


class UnavailableError(ParseError):
    """A page where the publisher's answer should be: a challenge, a notice, a cut-off table.

    `series` names what the answer would have held. When a later answer has it, from another place of the publisher or
    on another day, this page is kept in quarantine without further ado.
    """


def quote(value: object) -> str:
    """At most 80 characters of `value`, for an error message."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = " ".join(text.split())
    return repr(text if len(text) <= 80 else text[:77] + "...")


def text_body(publisher: str, body: bytes, series: str | None = None) -> str:
    """The body as UTF-8 text (a leading byte-order mark dropped). Empty or undecodable bodies are errors."""
    if not body.strip():
        raise ParseError(publisher, "the body is empty", series=series, field="body")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(publisher, f"the body is not UTF-8: {error}", series=series, field="body") from error


def json_body(publisher: str, body: bytes, series: str | None = None) -> Any:
    """The body as JSON. HTML, truncated and empty bodies are errors that say so."""
    text = text_body(publisher, body, series)
    if text.lstrip().startswith("<"):
        raise ParseError(publisher, f"HTML where JSON is due: {quote(text)}", series=series, field="body")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ParseError(publisher, f"not JSON ({error}): {quote(text[-80:])}", series=series, field="body") from error


def number(
    publisher: str, value: object, *, series: str | None = None, observation_date: date | str | None = None, field: str
) -> float:
    """A finite number from a JSON number or a plain decimal string; anything else is an error."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        parsed = None
    elif isinstance(value, str):
        parsed = float(value) if _NUMBER.fullmatch(value.strip()) else None
    else:
        parsed = float(value)
    if parsed is None or not math.isfinite(parsed):
        raise ParseError(
            publisher,
            f"{quote(value)} where a number is due",
            series=series,
            observation_date=observation_date,
            field=field,
        )
    return parsed


def iso_date(publisher: str, value: object, *, series: str | None = None, field: str) -> date:
    """A date from YYYY-MM-DD, with or without a time behind it; anything else is an error."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}([ T].*)?", value.strip()):
        try:
            return date.fromisoformat(value.strip()[:10])
        except ValueError:
            pass
    raise ParseError(publisher, f"{quote(value)} where a date YYYY-MM-DD is due", series=series, field=field)


def epoch_date(publisher: str, value: object, *, series: str | None = None, field: str) -> date:
    """The UTC day of a number (or digit string) of epoch seconds; must be midnight-sane (2009 to 2100)."""
    seconds = number(publisher, value, series=series, field=field)
    if not 1_230_768_000 <= seconds < 4_102_444_800:
        raise ParseError(publisher, f"{quote(value)} is not in epoch seconds", series=series, field=field)
    return datetime.fromtimestamp(seconds, UTC).date()


def asked_day(publisher: str, params: Mapping[str, str], bound: str, *, series: str | None = None) -> date | None:
    """The day that the request names in its parameter `bound`, as YYYY-MM-DD; None where it names none."""
    asked = params.get(bound)
    return None if asked is None else iso_date(publisher, asked, series=series, field=bound)


def refuse_silence(
    publisher: str,
    fetched_at: datetime,
    start: date | None,
    end: date | None,
    silent_days: int,
    *,
    series: str,
    field: str,
) -> None:
    """Refuse an answer that holds no figure at all, when so many days were asked for that one must be there.

    `silent_days` is for how many days on end the publisher may have nothing: weekends, holidays, a late print. A
    window of no more days may be empty. `start` None is the whole history; `end` None is the day of the fetch, and
    days after it are not counted.
    """
    last = fetched_at.date() if end is None else min(end, fetched_at.date())
    if start is not None and (last - start).days + 1 <= silent_days:
        return
    asked = f"up to {last}" if start is None else f"{start} to {last}"
    raise ParseError(publisher, "the answer holds no figure at all", series=series, observation_date=asked, field=field)


def member(publisher: str, container: object, key: str, *, series: str | None = None) -> Any:
    """`container[key]` of a JSON object; a missing key or another type is an error naming the field."""
    if not isinstance(container, dict):
        raise ParseError(publisher, f"{quote(container)} where an object is due", series=series, field=key)
    if key not in container:
        raise ParseError(publisher, f"field is missing; present: {quote(sorted(container))}", series=series, field=key)
    return container[key]
