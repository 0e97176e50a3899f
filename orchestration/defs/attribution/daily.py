"""The attribution by day: the session matrix, its decomposition, each row's status and when it was known.

Figures are rounded to 10 decimals before anything is added up from them, so that the published rows add up too.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.defs.attribution import decomposition, flow_surprise, order_bounds
from orchestration.defs.attribution.decomposition import FREEZE_DAYS, MAX_CONDITION, MIN_SESSIONS, RollingDesign
from orchestration.defs.attribution.inputs import AttributionError, Inputs
from orchestration.defs.attribution.intervals import forecast_errors
from orchestration.defs.attribution.market import Flows, bitcoin_returns, fund_flows, session_moves
from orchestration.defs.attribution.order_bounds import Bound
from orchestration.defs.attribution.shocks import residual, winsorized

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

Values = TypeVar("Values", pd.DataFrame, "pd.Series[Any]", Floats)

DECIMALS = 10
THEME_FIGURES = ["contribution_bps", "alone_bps", "last_bps"]
LAYERS = ("as_dated", "realigned", "without_late")


@dataclass(frozen=True)
class Sessions:
    """A row a US session, in the order of `days`; columns in the order of the inputs' drivers.

    `returns` and `shocks` are what the regression takes, `moves` the markets' own moves (not residuals), winsorized.
    `known_at`: the latest instant at which anything that made the row became known.
    """

    days: Days
    returns: Floats
    shocks: Floats
    moves: Floats
    market_at: Instants
    known_at: Instants
    flows: Flows


@dataclass(frozen=True)
class Attribution:
    """Everything the tables are made of.

    `days`, by UTC day: btc_return_bps, its known_at, attribution_status, sessions_behind. All else is by session.
    `themes`: the columns of each theme that has shocks. `flow_totals`, `associated`: (T, 3), in the order of `LAYERS`.
    """

    days: pd.DataFrame
    sessions: Sessions
    themes: dict[str, list[int]]
    design: RollingDesign
    coefficients: Floats
    contributions: Floats
    errors: Floats
    alone: Bound
    last: Bound
    flow_totals: Floats
    associated: Floats


def session_matrix(inputs: Inputs, bitcoin: pd.DataFrame) -> Sessions:
    """Returns, shocks and flows of every US session from the first day with a BTC close."""
    days = inputs.calendar("us_equity")
    first = bitcoin.index.min().to_datetime64() if len(bitcoin) else inputs.last_day + 1
    days = days[(days >= first.astype("datetime64[D]")) & (days <= inputs.last_day)]
    moves = [session_moves(inputs, driver, days) for driver in inputs.drivers]
    raw = np.column_stack([m.bps for m in moves])
    entering = raw.copy()
    for column, driver in enumerate(inputs.drivers):
        if driver.residual:
            entering[:, column] = residual(raw[:, column], raw[:, 0])
    of_sessions = bitcoin.reindex(pd.DatetimeIndex(days))
    returns_known_at = of_sessions["known_at"].to_numpy("datetime64[us]")
    return Sessions(
        days=days,
        returns=of_sessions["bps"].to_numpy(dtype=float),
        shocks=winsorized(entering),
        moves=np.where(np.isnan(entering), np.nan, winsorized(raw)),
        market_at=np.column_stack([m.market_at for m in moves]),
        known_at=_latest(np.column_stack([returns_known_at, *(m.known_at for m in moves)])),
        flows=fund_flows(inputs, "BTC", days),
    )


def decompose(inputs: Inputs) -> Attribution:
    """The decomposition of every session. Raises AttributionError where the shocks cannot be told apart."""
    bitcoin = bitcoin_returns(inputs)
    rows = session_matrix(inputs, bitcoin)
    themes: dict[str, list[int]] = {}
    for column, driver in enumerate(inputs.drivers):
        themes.setdefault(driver.theme, []).append(column)
    design = decomposition.rolling_design(rows.shocks, np.isfinite(rows.returns))
    _refuse_collinear(rows.days, design)
    coefficients = decomposition.rolling_coefficients(design, rows.returns)
    parts = decomposition.decompose(rows.returns, rows.shocks, coefficients)
    left = np.where(design.usable, parts.unexplained, np.nan)
    layer = flow_surprise.flow_layer(left, rows.flows.with_unlaunched, rows.flows.late)
    return Attribution(
        days=_with_status(inputs, bitcoin, rows, design),
        sessions=rows,
        themes=themes,
        design=design,
        coefficients=coefficients,
        contributions=parts.contributions,
        errors=forecast_errors(design, rows.returns, coefficients),
        alone=order_bounds.alone(rows.returns, rows.moves, themes),
        last=order_bounds.last(rows.returns, rows.moves, themes),
        flow_totals=layer.totals,
        associated=layer.associated,
    )


def driver_table(inputs: Inputs, found: Attribution) -> pd.DataFrame:
    """A row a UTC day and driver with a shock: shock, coefficient and contribution in bps, or why there is none."""
    rows, status = found.sessions, found.days["attribution_status"].to_numpy()
    thin, closed = (status == "thin")[:, None], (status == "closed")[:, None]
    contribution = np.where(closed, 0.0, _by_day(found, found.contributions))
    figures = {
        "shock_bps": np.where(thin, np.nan, _by_day(found, rows.shocks)),
        "coefficient": _by_day(found, found.coefficients[:, 1:]),
        "contribution_bps": contribution,
    }
    number = len(inputs.drivers)
    market_at = np.full(contribution.shape, np.datetime64("NaT", "us"))
    market_at[_places(found)] = rows.market_at
    return pd.DataFrame(
        {
            "date": np.repeat(found.days.index.to_numpy(), number),
            "driver_id": np.tile(np.array([d.driver_id for d in inputs.drivers], dtype=object), len(status)),
            "theme": np.tile(np.array([d.theme for d in inputs.drivers], dtype=object), len(status)),
            "market_at": np.where(thin, np.datetime64("NaT", "us"), market_at).ravel(),
            **{name: rounded(values).ravel() for name, values in figures.items()},
            "null_reason": _reasons(contribution, status, [None] * number),
        }
    )


def theme_table(inputs: Inputs, found: Attribution, drivers: pd.DataFrame) -> pd.DataFrame:
    """A row a UTC day and theme, those without a shock included: the sum of its drivers, and its order bounds.

    A theme of which one driver is missing is the sum of the others; the missing one is in what stays unexplained.
    """
    status = found.days["attribution_status"].to_numpy()
    themes, why = inputs.themes["theme"].tolist(), inputs.themes["null_reason"].tolist()
    own = drivers["contribution_bps"].to_numpy().reshape(len(status), len(inputs.drivers))
    alone, last = (_by_day(found, bound.contributions) for bound in (found.alone, found.last))
    figures = np.full((3, len(status), len(themes)), np.nan)
    for place, theme in enumerate(found.themes):
        columns = found.themes[theme]
        known = np.isfinite(own[:, columns]).any(axis=1)
        total = np.where(known, np.nansum(own[:, columns], axis=1), np.nan)
        figures[:, :, themes.index(theme)] = total, alone[:, place], last[:, place]
    priced = np.array([reason is None for reason in why])
    figures[:, np.outer(status == "closed", priced)] = 0.0
    return pd.DataFrame(
        {
            "date": np.repeat(found.days.index.to_numpy(), len(themes)),
            "theme": np.tile(np.array(themes, dtype=object), len(status)),
            **dict(zip(THEME_FIGURES, rounded(figures).reshape(3, -1), strict=True)),
            "null_reason": _reasons(figures[0], status, why),
        }
    )


def day_table(found: Attribution, drivers: pd.DataFrame) -> pd.DataFrame:
    """A row a UTC day: return, what is explained and what is not, the flow layer, and the row's clocks."""
    rows = found.sessions
    table = found.days
    status, closed = table["attribution_status"], table["attribution_status"] == "closed"
    thin = status == "thin"
    of_sessions = pd.DataFrame(
        {"baseline_bps": found.coefficients[:, 0], "condition_number": found.design.condition}
        | {f"etf_associated_{name}_bps": found.associated[:, n] for n, name in enumerate(LAYERS)},
        index=pd.DatetimeIndex(rows.days),
    ).reindex(table.index)
    of_sessions.loc[thin] = np.nan
    of_sessions["baseline_bps"] = of_sessions["baseline_bps"].mask(closed, 0.0)
    explained = drivers.groupby("date")["contribution_bps"].sum().reindex(table.index).mask(thin)
    table = table.join(rounded(of_sessions))
    table["btc_return_bps"] = rounded(table["btc_return_bps"])
    table["explained_bps"] = rounded(explained)
    table["unexplained_open_bps"] = rounded((table["btc_return_bps"] - table["explained_bps"]).mask(closed, 0.0))
    table["unexplained_closed_bps"] = table["btc_return_bps"].where(closed, 0.0).mask(thin)
    table["unexplained_bps"] = rounded(table["unexplained_open_bps"] + table["unexplained_closed_bps"])
    table["attribution_known_at"] = _known_at(table, rows)
    table["date"] = table.index
    return table.drop(columns="known_at")


def rounded(values: Values) -> Values:
    """Figures as they are stored; adding zero turns a negative zero into zero."""
    stored: Values = values.round(DECIMALS) + 0.0
    return stored


def _with_status(inputs: Inputs, bitcoin: pd.DataFrame, rows: Sessions, design: RollingDesign) -> pd.DataFrame:
    """BTC's daily returns with each day's status and how many usable sessions lie in its window."""
    days = bitcoin.index.to_numpy().astype("datetime64[D]")
    age = (pd.Timestamp(inputs.as_of) - pd.DatetimeIndex(days + 1)).days.to_numpy()
    session = np.isin(days, rows.days)
    waiting = ~design.usable & (age[session] < FREEZE_DAYS)
    complete, behind = np.zeros(len(days), dtype=bool), np.zeros(len(days), dtype=np.int64)
    # A row waits for what is missing in its window as well as for its own.
    complete[session] = ~np.logical_or.accumulate(waiting)
    behind[session] = design.sessions
    table = bitcoin.rename(columns={"bps": "btc_return_bps"})
    table["attribution_status"] = decomposition.statuses(session, complete, behind, age)
    table["sessions_behind"] = pd.Series(behind, table.index, dtype="Int64").where(session)
    return table


def _places(found: Attribution) -> NDArray[np.int64]:
    """The row of every session among the days."""
    days = found.days.index.to_numpy().astype("datetime64[D]")
    places: NDArray[np.int64] = np.searchsorted(days, found.sessions.days)
    return places


def _by_day(found: Attribution, values: Floats) -> Floats:
    """`values` (sessions, m) by UTC day (days, m), NaN without a session."""
    table = np.full((len(found.days), values.shape[1]), np.nan)
    table[_places(found)] = values
    return table


def _reasons(contribution: Floats, status: NDArray[Any], own: list[str | None]) -> "pd.Series[Any]":
    """Why a contribution (days, m) is null, flattened: the column's `own` reason, else thin, else missing."""
    why = np.where(status == "thin", "thin", "missing").astype(object)[:, None].repeat(len(own), axis=1)
    for column, reason in enumerate(own):
        if reason is not None:
            why[:, column] = reason
    why[np.isfinite(contribution)] = None
    return pd.Series(why.ravel(), dtype=object)


def _known_at(days: pd.DataFrame, rows: Sessions) -> Instants:
    """The latest known_at behind each day: of the row, of all sessions before it, of the flows that its layer needs."""
    flows = _latest(rows.flows.known_at)
    next_flows = np.append(_latest(rows.flows.known_at[:, rows.flows.late]), np.datetime64("NaT", "us"))[1:]
    behind = np.fmax.accumulate(_latest(np.column_stack([rows.known_at, flows])))
    of_sessions = pd.Series(_latest(np.column_stack([behind, next_flows])), pd.DatetimeIndex(rows.days))
    own = days["known_at"].to_numpy("datetime64[us]")
    return _latest(np.column_stack([own, of_sessions.reindex(days.index).to_numpy("datetime64[us]")]))


def _refuse_collinear(days: Days, design: RollingDesign) -> None:
    wrong = (design.sessions >= MIN_SESSIONS) & (design.condition > MAX_CONDITION)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise AttributionError(
            f"attribution of {days[first]}: the shocks of its window have condition number "
            f"{design.condition[first]:.1f}, above {MAX_CONDITION:.0f}: they cannot be told apart"
        )


def _latest(instants: Instants) -> Instants:
    """The latest of each row of instants (T, n), which may be NaT; NaT where all are."""
    if instants.shape[1] == 0:
        return np.full(len(instants), np.datetime64("NaT", "us"))
    latest: Instants = np.fmax.reduce(instants, axis=1)
    return latest
