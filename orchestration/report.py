"""What the command line prints of a run, of coverage, of one day. Reads a release directory only."""

from pathlib import Path
from typing import Any

import duckdb
from rich.text import Text

from orchestration.printing import (
    REASONS,
    ReportError,
    console,
    figure,
    instant,
    open_release,
    plain_table,
    published_day,
    row_of,
    rows_of,
    signed,
    text_of,
)
from warehouse.publishing import AS_OF, DATABASE

_ADVICE = {
    "failed": "could not be read: see the error below; the next run tries again",
    "rejected": "an answer was not believed: its body is kept in landing/, see the error below",
    "never_run": "no extraction yet: `drivers run`",
}
# From the gravest to the mildest: a source shows the gravest state of its series.
_STATES = ("absent", "out_of_range", "short", "stale", "unexpected", "gaps", "ok", "not_yet", "not_in_sample")
_DOUBTFUL = "state not in ('ok', 'not_yet', 'not_in_sample')"
_MOST_DISAGREEMENTS = 10

STATUSES = ("fresh", "stale", "missing")
# What may be null of a theme on a day, and the column that says why.
NULLS = {"pressure": "null_reason", "bps": "contribution_null_reason"}


def print_summary(release: Path, vintages_new: int, seconds: float) -> list[str]:
    """The end of a run: newest day, state, winds, failures, where the file is. Returns the publishers that failed."""
    with open_release(release) as connection:
        days = rows_of(connection, "select * from marts.mart_correction_drivers_daily order by date desc limit 1")
        failed = rows_of(connection, "select publisher, outcome, error from marts.dim_source where error is not null")
        states = rows_of(
            connection, "select state, count(*) as series from marts.mart_source_coverage group by state order by state"
        )
        disagreements = rows_of(
            connection,
            "select comparison_id, count(*) as days, max(date) as newest from marts.mart_publisher_comparison "
            "where not within_tolerance group by comparison_id order by comparison_id",
        )
        console.print()
        if not days:
            console.print("No day to tell of: nothing is loaded that was known by then.")
        for day in days:
            console.print(Text.assemble((str(day["date"]), "bold"), f"  {day['sentence']}"))
            _print_winds(connection, day)
    coverage = ", ".join(f"{state['series']} {state['state']}" for state in states)
    console.print(f"Coverage   {coverage}")
    for d in disagreements:
        console.print(
            f"Compared   {d['comparison_id']}: publishers differ beyond the tolerance, days: {d['days']}, newest "
            f"{d['newest']} (drivers status)"
        )
    for source in failed:
        console.print(Text.assemble((f"{source['publisher']} {source['outcome']}", "red"), f": {source['error']}"))
    console.print(f"Vintages   {vintages_new} new")
    console.print(f"Published  {release / DATABASE}", soft_wrap=True)
    console.print(f"Took       {seconds:.1f} s")
    console.print(f"Next       {_next_steps(release)}", soft_wrap=True)
    return [source["publisher"] for source in failed]


def _next_steps(release: Path) -> str:
    """What can be done with a release: the other commands read the current one, and not one beside it."""
    if release.parent.name == AS_OF:
        return "the commands read the current publish: open this file read-only with DuckDB, or read parquet/ beside it"
    return 'drivers show · drivers status · drivers sql "from marts.mart_theme_pressure_daily" · make ui'


def print_status(release: Path) -> None:
    """One line a source, then every series that is not as expected, then what publishers disagree on."""
    with open_release(release) as connection:
        sources = rows_of(
            connection,
            """
            select publisher, coalesce(endpoint, 'not in the catalog') as source,
                   count(*) filter (state not in ('not_in_sample', 'not_yet', 'unexpected')) as expected,
                   count(*) filter (observations > 0) as present, max(newest_observation_date) as newest,
                   min(age_days) filter (observations > 0) as lag_days, any_value(publisher_outcome) as outcome,
                   list(distinct state) as states, count(*) filter ("""
            + _DOUBTFUL
            + """) as doubtful
            from marts.mart_source_coverage group by publisher, endpoint order by publisher, source
            """,
        )
        errors = rows_of(connection, "select publisher, error from marts.dim_source where error is not null")
        doubtful = rows_of(
            connection,
            "select series_id, state, newest_observation_date, age_days, reason, what_to_do "
            f"from marts.mart_source_coverage where {_DOUBTFUL} order by publisher, series_id",
        )
        absent = row_of(
            connection, "select count(*) as n from marts.mart_source_coverage where state = 'not_in_sample'"
        )
        _print_sources(sources)
        for error in errors:
            console.print(Text.assemble((error["publisher"], "red"), f": {error['error']}"))
        _print_doubtful(doubtful)
        _print_comparisons(connection)
    if absent["n"]:
        console.print(f"{absent['n']} series are not in the sample, by design.")


def _print_sources(sources: list[dict[str, Any]]) -> None:
    """`lag`: days between the end of the newest period and the run's last complete day."""
    table = plain_table(
        "publisher", "source", ">expected", ">present", "newest", ">lag (days)", "read", "state", "what to do"
    )
    for s in sources:
        state = next(state for state in _STATES if state in s["states"])
        looked_at = f"{s['doubtful']} series below need a look" if s["doubtful"] else ""
        table.add_row(
            s["publisher"], s["source"], str(s["expected"]), str(s["present"]), str(s["newest"] or "-"),
            text_of(s["lag_days"]), s["outcome"], state, _ADVICE.get(s["outcome"], looked_at),
        )  # fmt: skip
    console.print(table)


def _print_doubtful(series: list[dict[str, Any]]) -> None:
    if not series:
        return
    table = plain_table("series", "state", "newest", ">age (days)", "meaning", "what to do")
    for s in series:
        newest = str(s["newest_observation_date"] or "-")
        table.add_row(s["series_id"], s["state"], newest, text_of(s["age_days"]), s["reason"], s["what_to_do"])
    console.print()
    console.print(table)


def _print_comparisons(connection: duckdb.DuckDBPyConnection) -> None:
    """Days on which two publishers differ by more than the tolerance, newest first; and what has no second opinion."""
    counts = row_of(
        connection,
        "select count(*) as days, count(distinct comparison_id) as comparisons, "
        "count(*) filter (not within_tolerance) as beyond from marts.mart_publisher_comparison",
    )
    newest = rows_of(
        connection,
        "select * from marts.mart_publisher_comparison where not within_tolerance "
        f"order by date desc, comparison_id limit {_MOST_DISAGREEMENTS}",
    )
    alone = rows_of(
        connection,
        "select series_id from marts.mart_source_coverage where compared_days = 0 and observations > 0 "
        "order by series_id",
    )
    console.print()
    console.print(
        f"Second opinions: {counts['comparisons']} quantities of two publishers, {counts['days']} days, "
        f"{counts['beyond']} beyond the tolerance. A warning, no error: either publisher may be right."
    )
    if newest:
        table = plain_table("date", "quantity", "first", ">value", "second", ">value", ">difference", ">tolerance")
        for n in newest:
            unit = {"pct": "%", "bps": " bps"}[n["difference_unit"]]
            table.add_row(
                str(n["date"]), n["quantity"], n["left_publisher"], figure(n["left_value"]), n["right_publisher"],
                figure(n["right_value"]), f"{signed(n['difference'], 3)}{unit}", f"{figure(n['tolerance'], 6)}{unit}",
            )  # fmt: skip
        console.print(table)
    if alone:
        console.print(f"Without a second opinion here: {', '.join(s['series_id'] for s in alone)}.")


def print_day(release: Path, day: str | None) -> None:
    """One day in a sentence and two tables. Raises ReportError for a day the publish does not hold."""
    with open_release(release) as connection:
        wanted = published_day(connection, day)
        mart = row_of(connection, "select * from marts.mart_correction_drivers_daily where date = $day", day=wanted)
        themes = rows_of(
            connection,
            "select t.label, p.pressure, p.fresh_drivers, p.stale_drivers, p.missing_drivers, p.null_reason, "
            "c.contribution_bps, c.alone_bps, c.last_bps, c.null_reason as contribution_null_reason "
            "from marts.mart_theme_pressure_daily p join marts.dim_theme t using (theme) "
            "left join marts.mart_theme_contributions_daily c using (date, theme) "
            "where p.date = $day order by t.sort_order",
            day=wanted,
        )
        drivers = rows_of(
            connection,
            "select d.label, s.driver_id, s.signal, s.unit, s.z, s.pressure, s.status, s.age_days, s.null_reason "
            "from marts.mart_driver_signals_daily s join marts.dim_driver d using (driver_id) "
            "where s.date = $day order by s.pressure desc nulls last, s.driver_id",
            day=wanted,
        )
        days = rows_of(connection, "select * from marts.mart_attribution_daily where date = $day", day=wanted)
        worth = rows_of(
            connection,
            "select 1 as place, statement from marts.mart_attribution_fit where model = 'all_themes' "
            "union all select 2, min(statement) from marts.mart_pressure_statement order by place",
        )
    console.print(Text.assemble((str(mart["date"]), "bold"), f"  {mart['sentence']}"))
    console.print(
        f"Signals as known at {instant(mart['known_cutoff_at'])} UTC, run as of {instant(mart['as_of'])} UTC."
    )
    for attributed in days:
        _print_attribution(attributed)
    _print_themes(themes)
    _print_drivers(drivers)
    console.print()
    for row in worth:
        console.print(row["statement"])
    console.print(f"Next       drivers explain {wanted} {drivers[0]['driver_id']} · drivers show --episode")


def _print_attribution(day: dict[str, Any]) -> None:
    """The day's return: what is not explained first."""
    status = day["attribution_status"]
    if status == "closed":
        move = day["btc_return_bps"]
        rest = "" if move is None else f", all of {signed(move)} bps is unexplained"
        console.print(f"No US session: no priced market to explain by{rest}.")
    elif status == "thin":
        console.print(
            f"Not attributed: {day['sessions_behind']} sessions with every input lie behind it, 180 are needed."
        )
    else:
        layers = {
            "as_dated": "as printed",
            "realigned": "with IBIT one session earlier",
            "without_late": "without IBIT",
        }
        figures = {words: day[f"etf_associated_{name}_bps"] for name, words in layers.items()}
        parts = ", ".join(f"{signed(value)} {words}" for words, value in figures.items() if value is not None)
        console.print(
            f"Not explained {signed(day['unexplained_bps'])} bps, goes with priced markets "
            f"{signed(day['explained_bps'])} ({status}); association, not cause."
            + (f" Beside it, never added, unexpected fund flows: {parts}." if parts else "")
        )


def _print_themes(themes: list[dict[str, Any]]) -> None:
    """`bps`: the theme's part of the day's return; `alone` and `last` bound what another order would make of it."""
    table = plain_table("theme", ">pressure", "drivers", ">bps", ">alone", ">last", "why none")
    for t in themes:
        counts = (f"{t[f'{status}_drivers']} {status}" for status in STATUSES if t[f"{status}_drivers"])
        figures = (signed(t[f"{name}_bps"]) for name in ("contribution", "alone", "last"))
        reasons = {name: REASONS.get(t[column], t[column]) for name, column in NULLS.items() if t[column]}
        if len(set(reasons.values())) == len(NULLS):
            why = ", ".join(f"{name}: {reason}" for name, reason in reasons.items())
        else:
            why = next(iter(reasons.values()), "")
        table.add_row(t["label"], signed(t["pressure"]), ", ".join(counts) or "none", *figures, why)
    console.print()
    console.print(table)


def _print_drivers(drivers: list[dict[str, Any]]) -> None:
    table = plain_table("=driver", "what", ">signal", "", ">z", ">pressure", "state")
    for d in drivers:
        state = REASONS.get(d["null_reason"], d["null_reason"])
        if state is None:
            state = "" if d["status"] == "fresh" else f"{d['status']}, "
            state += f"{d['age_days']} d old" if d["age_days"] else "of the day"
        known = d["signal"] is not None
        table.add_row(
            d["driver_id"], d["label"], figure(d["signal"], 3), d["unit"] if known else "", signed(d["z"], 2),
            signed(d["pressure"]), state,
        )  # fmt: skip
    console.print()
    console.print(table)


def print_query(release: Path, query: str) -> None:
    """The result of a query on the release as a table, at most 1,000 rows. Raises ReportError for SQL that fails."""
    with open_release(release) as connection:
        try:
            cursor = connection.execute(query)
            if cursor is None:
                raise ReportError("the query is empty")
            names = [column[0] for column in cursor.description or []]
            rows = cursor.fetchmany(1001)
        except duckdb.Error as error:
            raise ReportError(f"the query failed: {error}") from error
    table = plain_table()
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows[:1000]:
        table.add_row(*(text_of(cell) for cell in row))
    console.print(table)
    if len(rows) > 1000:
        console.print("... more rows: add a limit, or open the file itself")


def _print_winds(connection: duckdb.DuckDBPyConnection, day: dict[str, Any]) -> None:
    labels = {
        row["driver_id"]: row["label"] for row in rows_of(connection, "select driver_id, label from marts.dim_driver")
    }
    pressure = {
        row["driver_id"]: row["pressure"]
        for row in rows_of(
            connection,
            "select driver_id, pressure from marts.mart_driver_signals_daily where date = $day",
            day=day["date"],
        )
    }
    for kind, title in (("headwind", "Headwinds"), ("tailwind", "Tailwinds")):
        drivers = [day[f"{kind}_{rank}_driver_id"] for rank in (1, 2, 3) if day[f"{kind}_{rank}_driver_id"]]
        listed = ", ".join(f"{labels[driver]} {pressure[driver]:+.0f}" for driver in drivers)
        console.print(f"{title}  {listed or 'none'}")
