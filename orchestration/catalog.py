"""The series catalog: one line a series, read by extraction, dbt (as a seed) and the docs."""

import csv
import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from warehouse.calendars import CALENDARS
from warehouse.clocks import RULES

SEEDS = Path(__file__).resolve().parent.parent / "dbt_project" / "seeds"
CATALOG_FILE = SEEDS / "series_catalog.csv"


def _themes() -> set[str]:
    """The article's themes, and what only divides or dates other series."""
    with (SEEDS / "themes.csv").open(newline="", encoding="utf-8") as handle:
        return {row["theme"] for row in csv.DictReader(handle)} | {"reference"}


_VOCABULARY = {
    "theme": _themes(),
    "known_at_rule": set(RULES),
    "frequency": {"daily", "weekly", "monthly", "quarterly", "annual", "event"},
    "calendar": {*CALENDARS, "utc", "none"},
    "revisions": {"none", "revised"},
    "carries": {"true", "false"},
}


class CatalogError(Exception):
    """A catalog line that cannot be used; names file, line and column."""


@dataclass(frozen=True)
class Series:
    """One catalog line.

    `native_id` is the publisher's own name, `endpoint` the source it comes from. `known_at_rule` names a rule of
    `warehouse/clocks.py`. `revisions` is `none` (a later vintage is a correction worth a warning) or `revised`.
    `minimum` and `maximum` bound what is believable, in `unit`. `expected_from` is the first observation date we
    count on. `carries` says that the value holds until changed.
    """

    series_id: str
    publisher: str
    endpoint: str
    native_id: str
    title: str
    unit: str
    frequency: str
    calendar: str
    release: str
    known_at_rule: str
    revisions: str
    minimum: float | None
    maximum: float | None
    theme: str
    expected_from: date | None
    carries: bool
    licence: str


def read_catalog(path: Path = CATALOG_FILE) -> dict[str, Series]:
    """series_id to Series, in file order. Raises CatalogError for a line that cannot be used."""
    catalog: dict[str, Series] = {}
    with path.open(newline="", encoding="utf-8") as handle:
        for number, row in enumerate(csv.DictReader(handle), start=2):
            series = _series(path, number, row)
            if series.series_id in catalog:
                raise CatalogError(f"{path.name}, line {number}: {series.series_id} stands there twice")
            catalog[series.series_id] = series
    return catalog


@cache
def catalog() -> dict[str, Series]:
    """The project's catalog, read once a process."""
    return read_catalog()


def of_publisher(publisher: str, endpoint: str | None = None) -> list[Series]:
    """The catalog's series of one publisher, or of one of its endpoints."""
    return [s for s in catalog().values() if s.publisher == publisher and endpoint in (None, s.endpoint)]


def catalog_mark(publisher: str) -> str:
    """Names the publisher's set of series: a home that was filled for another set asks for everything again."""
    return hashlib.sha256("\n".join(sorted(s.series_id for s in of_publisher(publisher))).encode()).hexdigest()[:16]


def _series(path: Path, number: int, row: dict[str, str]) -> Series:
    try:
        if row["series_id"] != f"{row['publisher']}.{row['series_id'].split('.', 1)[-1]}":
            raise ValueError("series_id must start with the publisher's name and a dot")
        for column, allowed in _VOCABULARY.items():
            if row[column] not in allowed:
                raise ValueError(f"{column} {row[column]!r} is none of {', '.join(sorted(allowed))}")
        return Series(
            **{
                name: row[name]
                for name in ("series_id", "publisher", "endpoint", "native_id", "title", "unit", "frequency")
            },
            **{name: row[name] for name in ("calendar", "release", "known_at_rule", "revisions", "theme", "licence")},
            minimum=float(row["minimum"]) if row["minimum"] else None,
            maximum=float(row["maximum"]) if row["maximum"] else None,
            expected_from=date.fromisoformat(row["expected_from"]) if row["expected_from"] else None,
            carries={"true": True, "false": False}[row["carries"]],
        )
    except (KeyError, ValueError, TypeError) as error:
        raise CatalogError(f"{path.name}, line {number}: {type(error).__name__}: {error}") from error
