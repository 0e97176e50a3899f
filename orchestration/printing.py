"""What everything printed has in common: opening a release, asking it, tables, figures as text."""

import os
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from warehouse.publishing import DATABASE

# A pipe has no width: lines are left whole for whoever reads them, unless COLUMNS says otherwise. Figures and errors
# quote what publishers print, so nothing in them is taken for markup.
console = Console(
    width=None if sys.stdout.isatty() or os.environ.get("COLUMNS") else 10_000,
    markup=False,
    emoji=False,
    highlight=False,
)

# Why a figure is null, of pressure and of contributions, in the few words a table has room for.
REASONS = {
    "no_daily_shock": "no daily shock",
    "event_only": "events only",
    "price_derived": "made of price",
    "no_driver": "an outcome, not a driver",
    "no_driver_yet": "no driver yet",
    "thin": "thin history",
    "missing": "input missing",
    "no_direction": "no direction",
    "no_data": "no data yet",
    "too_old": "too old",
    "window_incomplete": "input missing",
    "no_variation": "did not move",
}


class ReportError(Exception):
    """The question cannot be answered from the publish."""


def open_release(release: Path) -> duckdb.DuckDBPyConnection:
    """The release's file, read-only."""
    return duckdb.connect(str(release / DATABASE), read_only=True)


def rows_of(connection: duckdb.DuckDBPyConnection, query: str, **parameters: object) -> list[dict[str, Any]]:
    """Rows of a query with named parameters ($name), each by column name. Raises ReportError for another's publish."""
    try:
        cursor = connection.execute(query, parameters)
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise other_version(error) from error
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def other_version(error: duckdb.Error) -> ReportError:
    """What to say of a publish that lacks a table or column which is asked for."""
    reason = str(error).splitlines()[0]
    return ReportError(f"another version of the project made this publish ({reason}): `drivers run` renews it")


def row_of(connection: duckdb.DuckDBPyConnection, query: str, **parameters: object) -> dict[str, Any]:
    """The first row of a query."""
    return rows_of(connection, query, **parameters)[0]


def as_date(text: str) -> date:
    """A day from the command line. Raises ReportError."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ReportError(f"{text!r} is no date YYYY-MM-DD") from error


def published_day(connection: duckdb.DuckDBPyConnection, text: str | None) -> date:
    """A day of the publish, by default its newest. Raises ReportError for a day it does not hold."""
    span = row_of(connection, "select min(date) as first, max(date) as last from marts.mart_correction_drivers_daily")
    if span["last"] is None:
        raise ReportError("the publish holds no day: nothing has been loaded yet")
    last: date = span["last"]
    if text is None:
        return last
    wanted = as_date(text)
    if not span["first"] <= wanted <= last:
        raise ReportError(f"{wanted} is not in the publish, which runs from {span['first']} to {last}")
    return wanted


def plain_table(*columns: str) -> Table:
    """A table without rules.

    A column whose name begins with ">" holds figures: right-aligned, never broken. "=": never broken either.
    """
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        if column.startswith(">"):
            table.add_column(column[1:], justify="right", no_wrap=True)
        elif column.startswith("="):
            table.add_column(column[1:], no_wrap=True)
        else:
            table.add_column(column, overflow="fold")
    return table


def figure(value: float | None, places: int = 4) -> str:
    """A figure with thousands separated and at most `places` decimals; empty for null, which is not zero."""
    if value is None:
        return ""
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(value: float | None, places: int = 0) -> str:
    """A figure with its sign; empty for null. What rounds to zero has none."""
    if value is None:
        return ""
    return f"{value:+,.{places}f}" if round(value, places) else f"{0:.{places}f}"


def chance(p: float) -> str:
    """A p value; never a zero."""
    return f"{p:.2f}" if p >= 0.005 else "<0.01"


def text_of(value: object) -> str:
    """Anything, as it stands; empty for null."""
    return "" if value is None else str(value)


def instant(value: datetime) -> str:
    """An instant to the minute (UTC)."""
    return value.strftime("%Y-%m-%d %H:%M")
