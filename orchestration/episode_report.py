"""`drivers show --episode`: a whole correction, or any span of days. What is not explained comes first.

Reads a release directory only. Contributions are log basis points and add up; depth is told both ways.
"""

from pathlib import Path
from typing import Any

import duckdb
from rich.text import Text

from orchestration.printing import (
    REASONS,
    ReportError,
    as_date,
    chance,
    console,
    open_release,
    other_version,
    plain_table,
    published_day,
    row_of,
    rows_of,
    signed,
)
from warehouse.publishing import DATABASE

NOT_CAUSE = (
    "A contribution is what of BTC's return goes with what priced markets did on the same days, at coefficients known "
    "before each: association, not cause, not a forecast."
)

PICKED = (
    "Days picked after looking at the chart flatter what is found in them: an interval is for days named beforehand."
)


def print_episode(release: Path, episode_id: str | None) -> None:
    """One episode, by default the newest. Raises ReportError for an id that does not exist."""
    with open_release(release) as connection:
        episodes = rows_of(connection, "select * from marts.mart_correction_episodes order by peak_date")
        episode = _episode(episodes, episode_id)
        period = _period(connection, "period_id = $id", id=episode["episode_id"])
        themes = _period_themes(connection, period)
        fit = _fit(connection)
    state = f"ended {episode['end_date']}" if episode["end_date"] else "open: its trough may still deepen"
    console.print(Text(f"Episode {episode['episode_id']}", "bold"))
    _print_statement(fit)
    console.print()
    console.print(
        f"Peak {episode['peak_date']} at ${episode['peak_close_usd']:,.2f}, confirmed {episode['confirmed_date']}, "
        f"trough {episode['trough_date']} at ${episode['trough_close_usd']:,.2f}, {state}."
    )
    console.print(
        f"Depth {episode['depth_pct']:.1f}% simple, {signed(episode['depth_bps'])} log bps, "
        f"in {episode['days_to_trough']} days."
    )
    _print_period(period, themes)
    _print_fit(fit)
    console.print(NOT_CAUSE)
    others = [e["episode_id"] for e in episodes if e is not episode]
    if others:
        console.print(f"Next       drivers show --episode {others[-1]} · all: {', '.join(others)}")


def print_span(release: Path, first: str, last: str) -> None:
    """Any span of days, both ends included, attributed anew from what is published. Raises ReportError."""
    # Half a second of pandas that the other questions do without.
    from orchestration.defs.attribution.inputs import AttributionError  # noqa: PLC0415
    from orchestration.defs.attribution.step import compute_span  # noqa: PLC0415

    with open_release(release) as connection:
        start, end = published_day(connection, first), published_day(connection, last)
        if start > end:
            raise ReportError(f"{start} is after {end}")
        as_of = row_of(connection, "select max(as_of) as as_of from marts.mart_correction_drivers_daily")["as_of"]
        labels = {row["theme"]: row["label"] for row in rows_of(connection, "select theme, label from marts.dim_theme")}
        fit = _fit(connection)
    try:
        period, themes = compute_span(release / DATABASE, as_of, start, end)
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise other_version(error) from error
    except AttributionError as error:
        raise ReportError(f"{start} to {end} cannot be attributed: {error}") from error
    for theme in themes:
        theme["label"] = labels[theme["theme"]]
    themes.sort(key=lambda theme: (theme["contribution_bps"] is None, -abs(theme["contribution_bps"] or 0.0)))
    console.print(Text(f"{start} to {end}", "bold"))
    _print_statement(fit)
    console.print()
    _print_period(period, themes)
    if period["sessions"] and period["status"] != "thin":
        console.print(PICKED)
    _print_fit(fit)
    console.print(NOT_CAUSE)


def _episode(episodes: list[dict[str, Any]], episode_id: str | None) -> dict[str, Any]:
    if not episodes:
        raise ReportError("the publish holds no episode")
    if episode_id is None:
        return episodes[-1]
    wanted = as_date(episode_id).isoformat()
    for episode in episodes:
        if episode["episode_id"] == wanted:
            return episode
    ids = ", ".join(episode["episode_id"] for episode in episodes)
    raise ReportError(f"there is no episode {episode_id}; an id is the day of its peak: {ids}")


def _period(connection: duckdb.DuckDBPyConnection, condition: str, **parameters: object) -> dict[str, Any]:
    return row_of(connection, f"select * from marts.mart_correction_periods where {condition}", **parameters)


def _period_themes(connection: duckdb.DuckDBPyConnection, period: dict[str, Any]) -> list[dict[str, Any]]:
    return rows_of(
        connection,
        "select p.*, t.label from marts.mart_period_contributions p join marts.dim_theme t using (theme) "
        "where p.period_id = $id order by p.contribution_bps is null, abs(p.contribution_bps) desc, t.sort_order",
        id=period["period_id"],
    )


def _fit(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every model that was tried out of sample; empty before there are sessions to judge by."""
    return rows_of(
        connection,
        "select * from marts.mart_attribution_fit order by "
        "case model when 'all_themes' then 1 when 'sp500' then 2 when 'risk' then 3 else 4 end, target desc, model",
    )


def _print_period(period: dict[str, Any], themes: list[dict[str, Any]]) -> None:
    console.print(period["sentence"])
    if period["status"] == "thin" or period["btc_return_bps"] is None:
        return
    _print_totals(period)
    _print_themes(themes)
    _print_beside(period)


def _print_totals(period: dict[str, Any]) -> None:
    closed = period["days"] - period["sessions"]
    between = _interval(period, "explained")
    lines = [
        ("not explained", "unexplained_bps", f"of which {signed(period['baseline_bps'])} is drift"),
        ("  in US sessions", "unexplained_open_bps", f"{period['sessions']} sessions"),
        ("  without a session", "unexplained_closed_bps", f"{closed} days: no priced market to explain by"),
        ("goes with priced markets", "explained_bps", f"90% {between}" if between else "no session, no interval"),
        ("return", "btc_return_bps", f"the sum of both; {period['status']}"),
    ]
    table = plain_table("", ">log bps", "")
    for label, column, words in lines:
        table.add_row(label, signed(period[column]), words)
    console.print()
    console.print(table)


def _print_themes(themes: list[dict[str, Any]]) -> None:
    """Themes by size; `alone` and `last` bound what the order of entry could make of a theme."""
    told = any(t["significant"] is not None for t in themes)
    intervals = (">90% interval", "told from 0") if told else ()
    table = plain_table("theme", ">log bps", *intervals, ">alone", ">last", "why none")
    for t in themes:
        figures = [signed(t[f"{name}_bps"]) for name in ("contribution", "alone", "last")]
        if told:
            significant = {True: "yes", False: "no", None: ""}[t["significant"]]
            figures[1:1] = [_interval(t, "contribution"), significant]
        absent = t["contribution_bps"] is None
        table.add_row(t["label"], *figures, REASONS.get(t["null_reason"], t["null_reason"]) if absent else "")
    console.print()
    console.print(table)
    console.print(
        "alone: entered before all other themes; last: after them. The gap is what the data cannot assign."
        + (" An interval is one theme's; told from 0 holds for all themes together." if told else "")
    )


def _print_statement(fit: list[dict[str, Any]]) -> None:
    """What the data of the whole run support."""
    console.print(fit[0]["statement"] if fit else "Too few sessions are attributed to say what the data support.")


def _print_fit(fit: list[dict[str, Any]]) -> None:
    """Out of sample: the sentence on the whole model, and every model that was tried."""
    if not fit:
        return
    console.print()
    console.print(fit[0]["sentence"])
    told = {"adds": "adds", "does_not_add": "does not add", "worse": "makes it worse"}
    table = plain_table("out of sample", ">sessions", ">R2", "against", ">Clark-West t", ">p", "verdict")
    for row in fit:
        market = row["clark_west_t"] is not None
        t, p = (row[f"clark_west{'' if market else '_zero'}_{name}"] for name in ("t", "p"))
        beside = "" if row["model"] == "all_themes" or not market else "S&P 500 and "
        table.add_row(
            beside + row["label"], str(row["sessions"]), f"{row['r_squared_against_zero']:.3f}",
            "S&P 500" if market else "zero", f"{t:.2f}", chance(p), told[row["verdict"]],
        )  # fmt: skip
    console.print(table)
    console.print(
        "R2 is one less squared errors over squared returns; that of zero is 0. Rows of flows are of what priced "
        "markets leave. A theme's p must be below 0.1 over the number of themes."
    )


def _print_beside(period: dict[str, Any]) -> None:
    """What is told apart and never added to what is explained."""
    console.print()
    if period["etf_sessions"]:
        as_dated, realigned, without = (
            signed(period[f"etf_associated_{name}_bps"]) or "none known"
            for name in ("as_dated", "realigned", "without_late")
        )
        console.print(
            f"Beside it, never added: over {period['etf_sessions']} sessions {as_dated} bps of the remainder go with "
            f"unexpected fund flows as printed, {realigned} with IBIT one session earlier, {without} without it. "
            "Publishers do not document which day a flow belongs to."
        )
    if period.get("conventional_bps") is not None:
        console.print(
            f"Second model: policy and risk premium together {signed(period['conventional_bps'])} bps, crypto's own "
            f"{signed(period['crypto_specific_bps'])}. "
            + (
                f"Apart they are not identified: over {period['rotations']} rotations that keep the signs policy is "
                f"anywhere from {signed(period['policy_lower_bps'])} to {signed(period['policy_upper_bps'])}, risk "
                f"premium from {signed(period['risk_premium_lower_bps'])} to "
                f"{signed(period['risk_premium_upper_bps'])}."
                if period["rotations"]
                else "No rotation keeps the signs on all its days: the two cannot be told apart at all."
            )
        )


def _interval(row: dict[str, Any], name: str) -> str:
    lower, upper = row.get(f"{name}_lower_bps"), row.get(f"{name}_upper_bps")
    return "" if lower is None or upper is None else f"{signed(lower)} to {signed(upper)}"
