"""What the command line prints. Reads a release directory only, never the home's working files."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table
from rich.text import Text

from warehouse.publishing import DATABASE

# A pipe has no width: lines are left whole for whoever reads them. Figures and errors quote what publishers print, so
# nothing in them is taken for markup.
console = Console(width=None if sys.stdout.isatty() else 10_000, markup=False, emoji=False)
_ADVICE = {
    "failed": "the publisher could not be read: see the error; the next run tries again",
    "rejected": "an answer was not believed: its body is kept in landing/, see the error",
    "never_run": "no extraction yet: `drivers run`",
    "stale": "newest figure is old: check the publisher",
    "absent": "in the catalog but never seen: check the catalog line",
    "short": "history starts late: widen the fetch",
    "unexpected": "add a catalog line",
}


class ReportError(Exception):
    """The question cannot be answered from the publish."""


def print_summary(release: Path, vintages_new: int, seconds: float) -> list[str]:
    """The end of a run: newest day, state, winds, failures, where the file is. Returns the publishers that failed."""
    with _open(release) as connection:
        days = _rows(connection, "select * from marts.mart_correction_drivers_daily order by date desc limit 1")
        failed = _rows(connection, "select publisher, outcome, error from marts.dim_source where error is not null")
        states = _rows(
            connection, "select state, count(*) as series from marts.mart_source_coverage group by state order by state"
        )
        console.print()
        if not days:
            console.print("No day to tell of: nothing is loaded that was known by then.")
        for day in days:
            console.print(Text.assemble((str(day["date"]), "bold"), f"  {day['sentence']}"))
            _print_winds(connection, day)
    coverage = ", ".join(f"{state['series']} {state['state']}" for state in states)
    console.print(f"Coverage   {coverage}", highlight=False)
    for source in failed:
        console.print(Text.assemble((f"{source['publisher']} {source['outcome']}", "red"), f": {source['error']}"))
    console.print(f"Vintages   {vintages_new} new", highlight=False)
    console.print(f"Published  {release / DATABASE}", highlight=False, soft_wrap=True)
    console.print(f"Took       {seconds:.1f} s", highlight=False)
    console.print(
        'Next       drivers show · drivers status · drivers sql "from marts.mart_theme_pressure_daily" · make ui'
    )
    return [source["publisher"] for source in failed]


def print_status(release: Path) -> None:
    """One line a publisher, then every series that is not as expected."""
    with _open(release) as connection:
        publishers = _rows(
            connection,
            """
            select publisher, count(*) filter (state not in ('not_in_sample', 'unexpected')) as expected,
                   count(*) filter (observations > 0) as present, max(newest_observation_date) as newest,
                   min(age_days) filter (observations > 0) as lag_days, any_value(publisher_outcome) as outcome,
                   any_value(publisher_error) as error,
                   count(*) filter (state in ('absent', 'short', 'stale', 'unexpected')) as doubtful
            from marts.mart_source_coverage group by publisher order by publisher
            """,
        )
        doubtful = _rows(
            connection,
            "select series_id, state, newest_observation_date, age_days, reason from marts.mart_source_coverage "
            "where state in ('absent', 'short', 'stale', 'unexpected') order by publisher, series_id",
        )
        absent = _row(connection, "select count(*) as n from marts.mart_source_coverage where state = 'not_in_sample'")
    table = _table("publisher", "expected", "present", "newest", "lag (days)", "state", "what to do")
    for p in publishers:
        advice = _ADVICE.get(p["outcome"], f"{p['doubtful']} series below need a look" if p["doubtful"] else "")
        error = f" ({p['error']})" if p["error"] else ""
        table.add_row(
            p["publisher"], str(p["expected"]), str(p["present"]), str(p["newest"] or "-"), _text(p["lag_days"]),
            p["outcome"], advice + error,
        )  # fmt: skip
    console.print(table)
    if doubtful:
        table = _table("series", "state", "newest", "age (days)", "meaning")
        for s in doubtful:
            table.add_row(
                s["series_id"], s["state"], str(s["newest_observation_date"] or "-"), _text(s["age_days"]), s["reason"]
            )
        console.print(table)
    if absent["n"]:
        console.print(f"{absent['n']} series are not in the sample, by design.")


def print_day(release: Path, day: str | None) -> None:
    """One day in a sentence and three tables. Raises ReportError for a day the publish does not hold."""
    with _open(release) as connection:
        wanted = _day(connection, day)
        mart = _row(connection, "select * from marts.mart_correction_drivers_daily where date = ?", wanted)
        themes = _rows(
            connection,
            "select p.theme, t.label, p.pressure, p.fresh_drivers, p.stale_drivers, p.missing_drivers, p.null_reason "
            "from marts.mart_theme_pressure_daily p join marts.dim_theme t using (theme) "
            "where p.date = ? order by t.sort_order",
            wanted,
        )
        drivers = _rows(
            connection,
            "select d.label, s.driver_id, s.signal, s.unit, s.z, s.pressure, s.status, s.age_days, s.null_reason "
            "from marts.mart_driver_signals_daily s join marts.dim_driver d using (driver_id) "
            "where s.date = ? order by s.pressure desc nulls last, s.driver_id",
            wanted,
        )
    console.print(Text.assemble((str(mart["date"]), "bold"), f"  {mart['sentence']}"))
    console.print(
        f"Known at {mart['known_cutoff_at']} UTC, run as of {mart['as_of']} UTC. Pressure says how unusual a signal is "
        "against its own past year; it is no forecast.",
        highlight=False,
    )
    table = _table("theme", "pressure", "fresh", "stale", "missing", "why none")
    for t in themes:
        table.add_row(
            t["label"], _number(t["pressure"], 0), str(t["fresh_drivers"]), str(t["stale_drivers"]),
            str(t["missing_drivers"]), t["null_reason"] or "",
        )  # fmt: skip
    console.print(table)
    table = _table("driver", "signal", "unit", "z", "pressure", "status", "age (days)", "why none")
    for d in drivers:
        table.add_row(
            f"{d['label']} ({d['driver_id']})", _number(d["signal"], 3), d["unit"], _number(d["z"], 2),
            _number(d["pressure"], 0), d["status"], _text(d["age_days"]), d["null_reason"] or "",
        )  # fmt: skip
    console.print(table)


def print_query(release: Path, query: str) -> None:
    """The result of a query on the release as a table, at most 1,000 rows. Raises ReportError for SQL that fails."""
    with _open(release) as connection:
        try:
            cursor = connection.execute(query)
            if cursor is None:
                raise ReportError("the query is empty")
            names = [column[0] for column in cursor.description or []]
            rows = cursor.fetchmany(1001)
        except duckdb.Error as error:
            raise ReportError(f"the query failed: {error}") from error
    table = _table(*names)
    for row in rows[:1000]:
        table.add_row(*(_text(cell) for cell in row))
    console.print(table)
    if len(rows) > 1000:
        console.print("... more rows: add a limit, or open the file itself")


def _print_winds(connection: duckdb.DuckDBPyConnection, day: dict[str, Any]) -> None:
    labels = {
        row["driver_id"]: row["label"] for row in _rows(connection, "select driver_id, label from marts.dim_driver")
    }
    pressure = {
        row["driver_id"]: row["pressure"]
        for row in _rows(
            connection, "select driver_id, pressure from marts.mart_driver_signals_daily where date = ?", day["date"]
        )
    }
    for kind, title in (("headwind", "Headwinds"), ("tailwind", "Tailwinds")):
        drivers = [day[f"{kind}_{rank}_driver_id"] for rank in (1, 2, 3) if day[f"{kind}_{rank}_driver_id"]]
        listed = ", ".join(f"{labels[driver]} {pressure[driver]:+.0f}" for driver in drivers)
        console.print(f"{title}  {listed or 'none'}", highlight=False)


def _day(connection: duckdb.DuckDBPyConnection, day: str | None) -> date:
    span = _row(connection, "select min(date) as first, max(date) as last from marts.mart_correction_drivers_daily")
    if span["last"] is None:
        raise ReportError("the publish holds no day: nothing has been loaded yet")
    if day is None:
        last: date = span["last"]
        return last
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise ReportError(f"{day!r} is no date YYYY-MM-DD") from error
    if not span["first"] <= wanted <= span["last"]:
        raise ReportError(f"{wanted} is not in the publish, which runs from {span['first']} to {span['last']}")
    return wanted


def _open(release: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(release / DATABASE), read_only=True)


def _rows(connection: duckdb.DuckDBPyConnection, query: str, *parameters: object) -> list[dict[str, Any]]:
    cursor = connection.execute(query, list(parameters))
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _row(connection: duckdb.DuckDBPyConnection, query: str, *parameters: object) -> dict[str, Any]:
    return _rows(connection, query, *parameters)[0]


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _number(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:+.{places}f}" if places < 3 else f"{value:.{places}f}"


def _text(value: object) -> str:
    return "" if value is None else str(value)
