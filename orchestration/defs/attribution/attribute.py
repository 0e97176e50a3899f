"""All tables of the attribution from its inputs: a pure function, and the schema in which its tables are stored."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.defs.attribution import shares
from orchestration.defs.attribution.daily import (
    LAYERS,
    Attribution,
    day_table,
    decompose,
    driver_table,
    rounded,
    theme_table,
)
from orchestration.defs.attribution.decomposition import MIN_SESSIONS
from orchestration.defs.attribution.episodes import Episode, find_episodes
from orchestration.defs.attribution.flow_surprise import flow_totals
from orchestration.defs.attribution.inputs import Inputs
from orchestration.defs.attribution.lead_lag import MAX_LAG, lead_lag
from orchestration.defs.attribution.market import fund_flows
from orchestration.defs.attribution.periods import Period, list_periods, period_tables
from orchestration.defs.attribution.statement import statement
from orchestration.defs.attribution.worth import fit_table

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Fewer sessions with both figures say nothing about eleven lags.
MIN_LEAD_LAG_SESSIONS, MIN_VARYING_SESSIONS = 60, 20
# An interval's end from 999 samples is as good as one from 1,999 to a fortieth of its width, at half the time.
LEAD_LAG_DRAWS = 999
TOTALS = {"as_dated": "TOTAL", "realigned": "TOTAL_REALIGNED", "without_late": "TOTAL_WITHOUT_LATE"}

_INTERVALS = [f"{name}_{side}_bps" for name in ("contribution", "alone", "last") for side in ("lower", "upper")]
_ASSOCIATED = [f"etf_associated_{name}_bps" for name in LAYERS]
_STRUCTURAL = [f"{name}_{side}_bps" for name in ("policy", "risk_premium") for side in ("lower", "upper")]


def _doubles(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "double")


TABLES: dict[str, dict[str, str]] = {
    "episodes": {
        "episode_id": "varchar", "peak_date": "date", "peak_close_usd": "double", "confirmed_date": "date",
        "trough_date": "date", "trough_close_usd": "double", "end_date": "date", "status": "varchar",
    },
    "days": {
        "date": "date", "attribution_status": "varchar",
        **_doubles("btc_return_bps", "explained_bps", "baseline_bps", "unexplained_bps", "unexplained_open_bps",
                   "unexplained_closed_bps", *_ASSOCIATED, "condition_number"),
        "sessions_behind": "integer", "attribution_known_at": "timestamp",
    },
    "driver_contributions": {
        "date": "date", "driver_id": "varchar", "theme": "varchar", "market_at": "timestamp",
        **_doubles("shock_bps", "coefficient", "contribution_bps"), "null_reason": "varchar",
    },
    "theme_contributions": {
        "date": "date", "theme": "varchar", **_doubles("contribution_bps", "alone_bps", "last_bps"),
        "null_reason": "varchar",
    },
    "periods": {
        "period_id": "varchar", "kind": "varchar", "label": "varchar", "first_date": "date", "last_date": "date",
        "status": "varchar", "days": "integer", "sessions": "integer", "thin_sessions": "integer",
        "complete_sessions": "integer",
        **_doubles("btc_return_bps", "btc_return_pct", "explained_bps", "explained_lower_bps", "explained_upper_bps",
                   "baseline_bps", "unexplained_bps", "unexplained_open_bps", "unexplained_closed_bps",
                   "daily_r_squared", "critical_t", *_ASSOCIATED),
        "etf_sessions": "integer", **_doubles("conventional_bps", "crypto_specific_bps", *_STRUCTURAL),
        "rotations": "integer", "attribution_known_at": "timestamp", "sentence": "varchar",
    },
    "period_themes": {
        "period_id": "varchar", "theme": "varchar",
        **_doubles("contribution_bps", "alone_bps", "last_bps", *_INTERVALS, "standard_error_bps", "t"),
        "significant": "boolean", "null_reason": "varchar",
    },
    "variance_shares": {
        "window_end_date": "date", "window_kind": "varchar", "theme": "varchar", "sessions": "integer",
        **_doubles("share", "r_squared", "shuffled_r_squared", "shuffled_r_squared_95"),
    },
    "fit": {
        "model": "varchar", "target": "varchar", "label": "varchar", "first_date": "date",
        "last_date": "date", "sessions": "integer",
        **_doubles("r_squared_against_zero", "r_squared_against_market", "market_r_squared_against_zero",
                   "ridge_r_squared_against_zero", "forecast_r_squared", "clark_west_zero_t", "clark_west_zero_p",
                   "clark_west_t", "clark_west_p", "worse_t", "worse_p"),
        "verdict": "varchar", "sentence": "varchar", "statement": "varchar",
    },
    "lead_lag": {
        "subject": "varchar", "kind": "varchar", "asset": "varchar", "lag_sessions": "integer", "sessions": "integer",
        **_doubles("correlation", "lower", "upper"), "significant": "boolean",
        **_doubles("next_less_same", "next_less_same_lower", "next_less_same_upper"), "verdict": "varchar",
    },
}  # fmt: skip
"""Columns and types of every table, in order."""


def attribute(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """All tables of `TABLES`. Raises AttributionError where the shocks cannot be told apart."""
    found = decompose(inputs)
    drivers = driver_table(inputs, found)
    themes = theme_table(inputs, found, drivers)
    days = day_table(found, drivers)
    episodes = _episodes(inputs)
    periods, period_themes = period_tables(inputs, found, days, themes, list_periods(inputs, episodes, found.days))
    tables = {
        "episodes": pd.DataFrame([_episode_row(episode) for episode in episodes]),
        "days": days,
        "driver_contributions": drivers,
        "theme_contributions": themes,
        "periods": periods,
        "period_themes": period_themes,
        "variance_shares": _variance_shares(found),
        "fit": fit_table(inputs, found),
        "lead_lag": _lead_lag(inputs, found),
    }
    tables["fit"]["statement"] = statement(tables)
    return {name: table.reindex(columns=list(TABLES[name])) for name, table in tables.items()}


def attribute_span(inputs: Inputs, first: date, last: date) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A span of days of one's own: its total, and its themes, with the columns of `periods` and `period_themes`.

    What no figure was made for is None. Raises AttributionError as `attribute` does.
    """
    found = decompose(inputs)
    drivers = driver_table(inputs, found)
    themes, days = theme_table(inputs, found, drivers), day_table(found, drivers)
    span = Period("span", "span", "", pd.Timestamp(first), pd.Timestamp(last))
    totals, parts = period_tables(inputs, found, days, themes, [span])
    (total,) = _records(totals.reindex(columns=list(TABLES["periods"])))
    return total, _records(parts.reindex(columns=list(TABLES["period_themes"])))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    cells = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in cells.to_dict("records")]


def _episodes(inputs: Inputs) -> list[Episode]:
    closes = inputs.closes
    return find_episodes(closes["date"].to_numpy("datetime64[D]"), closes["close_usd"].to_numpy("float64"))


def _episode_row(episode: Episode) -> dict[str, Any]:
    return {
        "episode_id": episode.peak_date.isoformat(),
        "peak_date": episode.peak_date,
        "peak_close_usd": episode.peak_close,
        "confirmed_date": episode.confirmed_date,
        "trough_date": episode.trough_date,
        "trough_close_usd": episode.trough_close,
        "end_date": episode.end_date,
        "status": episode.status,
    }


def _variance_shares(found: Attribution) -> pd.DataFrame:
    """LMG shares by theme at month ends, and over all sessions; none where too few sessions are complete."""
    rows = found.sessions
    windows = [
        ("trailing_250", row, of_window)
        for row, of_window in shares.trailing_shares(rows.days, rows.returns, rows.shocks, found.themes).items()
    ]
    if found.design.usable.sum() >= MIN_SESSIONS:
        last = int(np.flatnonzero(found.design.usable)[-1])
        windows.append(("whole_sample", last, shares.variance_shares(rows.returns, rows.shocks, found.themes)))
    table = pd.DataFrame(
        {
            "window_end_date": rows.days[row],
            "window_kind": kind,
            "theme": theme,
            "sessions": of_window.sessions,
            "share": share,
            "r_squared": of_window.r_squared,
            "shuffled_r_squared": of_window.shuffled_r_squared,
            "shuffled_r_squared_95": of_window.shuffled_r_squared_95,
        }
        for kind, row, of_window in windows
        for theme, share in zip(found.themes, of_window.shares.tolist(), strict=True)
    )
    return _rounded_figures(table)


def _lead_lag(inputs: Inputs, found: Attribution) -> pd.DataFrame:
    """Every fund, every total and every driver against BTC's session return, by lag."""
    rows = found.sessions
    subjects: list[tuple[str, str, str | None, Floats, bool]] = []
    for asset in ("BTC", "ETH"):
        flows = rows.flows if asset == "BTC" else fund_flows(inputs, asset, rows.days)
        reported = np.where(flows.launched, flows.us_dollar_mn, np.nan)
        subjects += [(fund, "fund", asset, reported[:, n], True) for n, fund in enumerate(flows.funds)]
        totals = flow_totals(flows.with_unlaunched, flows.late) if flows.funds else np.empty((len(rows.days), 0))
        begun = flows.launched.any(axis=1)
        subjects += [
            (f"{asset}.{TOTALS[name]}", "total", asset, np.where(begun, total, np.nan), False)
            for name, total in zip(LAYERS, totals.T, strict=False)
        ]
    subjects += [(d.driver_id, "driver", None, rows.shocks[:, n], True) for n, d in enumerate(inputs.drivers)]
    found_by = [
        ((subject, kind, asset), lead_lag(rows.returns, values, dated=dated, draws=LEAD_LAG_DRAWS))
        for subject, kind, asset, values, dated in subjects
        if _varies(rows.returns, values)
    ]
    if not found_by:
        return pd.DataFrame()
    named = np.array([names for names, _ in found_by for _ in range(2 * MAX_LAG + 1)], dtype=object)
    by_lag = {"lag_sessions": "lags", "sessions": "sessions", "correlation": "correlation", "lower": "lower",
              "upper": "upper", "significant": "significant"}  # fmt: skip
    by_subject = ("next_less_same", "next_less_same_lower", "next_less_same_upper", "verdict")
    table = pd.DataFrame(dict(zip(("subject", "kind", "asset"), named.T, strict=True)))
    for column, name in by_lag.items():
        table[column] = np.concatenate([getattr(each, name) for _, each in found_by])
    for name in by_subject:
        table[name] = np.repeat([getattr(each, name) for _, each in found_by], 2 * MAX_LAG + 1)
    return _rounded_figures(table)


def _varies(returns: Floats, values: Floats) -> bool:
    """Whether enough sessions have both figures, and enough of these a figure unlike the most frequent one (zero)."""
    both = values[np.isfinite(returns) & np.isfinite(values)]
    frequent = np.unique(both, return_counts=True)[1].max(initial=0)
    return len(both) >= MIN_LEAD_LAG_SESSIONS and len(both) - int(frequent) >= MIN_VARYING_SESSIONS


def _rounded_figures(table: pd.DataFrame) -> pd.DataFrame:
    figures = table.select_dtypes("float").columns
    table[figures] = rounded(table[figures])
    return table
