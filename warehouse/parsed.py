"""What a parser hands to the loader: typed rows of one landed response, before they have a clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass
class ParsedSeries:
    """The rows one response holds of one series.

    `series_id` is a catalog id such as `fred.DGS10`. `rows` holds (observation_date, value, vintage_date):
    value None where the publisher printed a blank; vintage_date None unless the publisher dates its own vintages.
    `covers_from` and `covers_to` are the first and last observation dates the response would have shown (to the fetch
    when `covers_to` is None): a date between them that is not among the rows was not yet published. `table` is the
    part before the last dot of `series_id` where the response is one table that shows all its series on every day: one
    that is missing from it is no longer printed, and one that is new in it was not printed before.
    """

    series_id: str
    covers_from: date
    rows: list[tuple[date, float | None, date | None]]
    covers_to: date | None = None
    table: str = ""


@dataclass
class Parsed:
    """Everything one response holds: series, and records (table name to rows) for what is not a series."""

    series: list[ParsedSeries] = field(default_factory=list)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def series_of(
    series_id: str,
    values: Iterable[tuple[date, float | None]],
    covers_from: date,
    covers_to: date | None = None,
    table: str = "",
) -> ParsedSeries:
    """A ParsedSeries without publisher's vintages, in date order. Duplicate days are left for the loader to refuse."""
    rows: list[tuple[date, float | None, date | None]] = [
        (day, value, None) for day, value in sorted(values, key=_by_day)
    ]
    return ParsedSeries(series_id, covers_from, rows, covers_to, table)


def _by_day(row: tuple[date, float | None]) -> date:
    return row[0]
