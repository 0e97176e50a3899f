"""How much of a session's return goes with what priced markets did, at the coefficients of the past.

A conditional decomposition: association, no cause and no forecast. Rows are US sessions, oldest first; returns are log
bps. The coefficients of row t come from the rows before t, so nothing of t or later can change them. The identity
`return = sum of contributions + unexplained` holds by construction: `unexplained` is the remainder and holds the drift.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Themes = Mapping[str, Sequence[int]]
Status = Literal["settled", "provisional", "thin", "closed"]

WINDOW = 250
MIN_SESSIONS = 180
MAX_CONDITION = 30.0
FREEZE_DAYS = 9


@dataclass(frozen=True)
class RollingDesign:
    """The regressors of every window, ready to be fitted to any return.

    `rows` (T, p): a constant and the shocks, all zero where a row cannot be used. `usable` (T,). `inverse_gram`
    (T, p, p): inverse of Z'Z over the `window` rows before t, zero where there is no fit. `sessions` (T,): usable rows
    in that window. `condition` (T,): condition number of the window's standardised shocks; NaN when thin, infinite
    when a shock does not vary. `fitted` (T,): there are coefficients for t.
    """

    rows: Floats
    usable: Bools
    inverse_gram: Floats
    sessions: NDArray[np.int64]
    condition: Floats
    fitted: Bools
    window: int


@dataclass(frozen=True)
class Decomposition:
    """A row a session: `contributions` (T, k) a shock, `baseline`, `explained`, `unexplained` (T,), all in bps.

    Everything is NaN where there are no coefficients. Where one shock is missing only its own contribution is NaN,
    and `unexplained` holds what it would have taken.
    """

    coefficients: Floats
    contributions: Floats
    baseline: Floats
    explained: Floats
    unexplained: Floats


def rolling_design(
    shocks: Floats, usable: Bools | None = None, *, window: int = WINDOW, min_sessions: int = MIN_SESSIONS
) -> RollingDesign:
    """The windows of `shocks` (T, k). A row with a missing shock, or not `usable` (T,), enters no window."""
    enters: Bools = np.logical_and.reduce(np.isfinite(shocks), axis=1)
    if usable is not None:
        enters = enters & usable
    rows = np.where(enters[:, None], np.column_stack([np.ones(len(shocks)), shocks]), 0.0)
    gram = _gram(rows, window)
    sessions = gram[:, 0, 0].astype(np.int64)
    enough = sessions >= max(min_sessions, rows.shape[1] + 1)
    condition = np.full(len(rows), np.nan)
    condition[enough] = _condition(gram[enough])
    fitted = enough & np.isfinite(condition)
    inverse = np.zeros_like(gram)
    scale = np.sqrt(gram[fitted].diagonal(axis1=1, axis2=2))
    units = scale[:, :, None] * scale[:, None, :]
    inverse[fitted] = np.linalg.inv(gram[fitted] / units) / units
    return RollingDesign(rows, enters, inverse, sessions, condition, fitted, window)


def rolling_coefficients(design: RollingDesign, returns: Floats) -> Floats:
    """OLS coefficients (T, p), the constant first: row t from the window before t. NaN where there is no fit."""
    coefficients = (design.inverse_gram @ _moments(design, returns)[:, :, None])[:, :, 0]
    return np.where(design.fitted[:, None], coefficients, np.nan)


def window_moments(design: RollingDesign, returns: Floats) -> tuple[Floats, Floats]:
    """Z'Z (T, p, p) and Z'r (T, p) of every window, for estimators other than OLS."""
    return _gram(design.rows, design.window), _moments(design, returns)


def decompose(returns: Floats, shocks: Floats, coefficients: Floats) -> Decomposition:
    """Contributions of `shocks` (T, k) at `coefficients` (T, 1 + k), uncentred; the constant is the baseline."""
    contributions = coefficients[:, 1:] * shocks
    explained = np.where(np.isnan(coefficients[:, 0]), np.nan, np.nansum(contributions, axis=1))
    return Decomposition(coefficients, contributions, coefficients[:, 0], explained, returns - explained)


def theme_sums(contributions: Floats, themes: Themes) -> Floats:
    """Contributions (T, number of themes) in the order of `themes`; NaN where any of a theme's shocks is missing."""
    return np.column_stack([contributions[:, list(columns)].sum(axis=1) for columns in themes.values()])


def statuses(
    session: Bools,
    complete: Bools,
    sessions_behind: NDArray[np.int64],
    age_days: NDArray[np.int64],
    *,
    min_sessions: int = MIN_SESSIONS,
) -> list[Status]:
    """The `attribution_status` of every UTC day; the arrays have one entry a day.

    `session`: New York traded. `complete`: return and all shocks are known. `sessions_behind`: usable sessions in the
    window before. `age_days`: days from the day to the run's clock; from `FREEZE_DAYS` on a row waits for nothing.
    """
    rules: list[tuple[Bools, Status]] = [
        (~session, "closed"),
        (sessions_behind < min_sessions, "thin"),
        (complete | (age_days >= FREEZE_DAYS), "settled"),
    ]
    names: list[Status] = np.select([rule for rule, _ in rules], [name for _, name in rules], "provisional").tolist()
    return names


def theme_loadings(shocks: Floats, themes: Themes) -> Floats:
    """What turns coefficients (T, 1 + k) into theme contributions: (T, 1 + k, number of themes)."""
    loadings = np.zeros((len(shocks), 1 + shocks.shape[1], len(themes)))
    for position, columns in enumerate(themes.values()):
        for column in columns:
            loadings[:, 1 + column, position] = shocks[:, column]
    return loadings


def return_weights(design: RollingDesign, loadings: Floats, days: Bools) -> Floats:
    """Weights w (T, m) with which the returns make the contributions of `days`: C = sum over t of w[t] * return[t].

    A contribution is a coefficient, linear in the returns of its window, times a known shock; over a set of days the
    weights add up. `loadings` (T, p, m) as `theme_loadings` gives them; `days` (T,) marks the set. Days without
    coefficients and missing shocks add nothing.
    """
    chosen = np.flatnonzero(days & design.fitted)
    weights = np.zeros((len(design.rows), loadings.shape[2]))
    if not len(chosen):
        return weights
    start, stop = max(0, chosen[0] - design.window), chosen[-1] + 1
    per_day = np.zeros((stop - start + 1, *loadings.shape[1:]))
    per_day[chosen - start + 1] = design.inverse_gram[chosen] @ np.nan_to_num(loadings[chosen])
    running = per_day.cumsum(axis=0)
    row = np.arange(stop - start)
    # Row t enters the windows of the days t + 1 to t + window.
    ahead = running[np.minimum(row + design.window + 1, stop - start)] - running[row + 1]
    weights[start:stop] = (design.rows[start:stop, None, :] @ ahead)[:, 0, :]
    return weights


def last_loadings(design: RollingDesign, shocks: Floats, themes: Themes) -> Floats:
    """What turns coefficients (T, 1 + k) into what each theme adds when it enters last: (T, 1 + k, themes).

    That is what all shocks explain less what the others explain in a fit without the theme. By Frisch, Waugh and
    Lovell it is the theme's coefficients times the part of its shocks that the others do not imply in the window; the
    inverse of the window's cross-products holds the slopes of that regression.
    """
    inputs = np.column_stack([np.zeros(len(shocks)), np.nan_to_num(shocks)])
    loadings = np.zeros((*inputs.shape, len(themes)))
    for position, columns in enumerate(themes.values()):
        own = 1 + np.array(columns)
        other = np.setdiff1d(np.arange(inputs.shape[1]), own)
        inverse = design.inverse_gram[design.fitted]
        implied = inverse[:, own[:, None], other] @ inputs[design.fitted][:, other, None]
        free = np.linalg.solve(inverse[:, own[:, None], own], implied)[:, :, 0]
        loadings[design.fitted, own[:, None], position] = (inputs[design.fitted][:, own] + free).T
    return loadings


def loaded(coefficients: Floats, loadings: Floats) -> Floats:
    """Contributions (T, m) of `loadings` (T, p, m) at `coefficients` (T, p)."""
    contributions: Floats = (coefficients[:, None, :] @ loadings)[:, 0, :]
    return contributions


def _past(rows: Floats, window: int) -> Floats:
    """A view (T, columns, window): for every row the `window` rows before it, zeros before the first."""
    padded = np.concatenate([np.zeros((window, rows.shape[1])), rows])
    view: Floats = sliding_window_view(padded, window, axis=0)[: len(rows)]
    return view


def _gram(rows: Floats, window: int) -> Floats:
    past = _past(rows, window)
    product: Floats = past @ past.swapaxes(1, 2)
    return product


def _moments(design: RollingDesign, returns: Floats) -> Floats:
    past_returns = _past(np.where(design.usable, returns, 0.0)[:, None], design.window)
    moments: Floats = (_past(design.rows, design.window) @ past_returns.swapaxes(1, 2))[:, :, 0]
    return moments


def _condition(gram: Floats) -> Floats:
    """Condition number of the standardised shocks of windows with cross-products `gram` (n, p, p)."""
    count = gram[:, 0, 0]
    centred = gram[:, 1:, 1:] - gram[:, 1:, :1] * gram[:, :1, 1:] / count[:, None, None]
    spread = np.sqrt(np.maximum(centred.diagonal(axis1=1, axis2=2), 0.0))
    varies = (spread > 1e-9 * np.sqrt(gram[:, 1:, 1:].diagonal(axis1=1, axis2=2))).all(axis=1)
    condition = np.full(len(gram), np.inf)
    scale = spread[varies]
    eigenvalues = np.linalg.eigvalsh(centred[varies] / (scale[:, :, None] * scale[:, None, :]))
    # Below this the smallest eigenvalue is rounding: one shock is a sum of others.
    smallest = np.where(eigenvalues[:, 0] > 1e-12, eigenvalues[:, 0], 0.0)
    with np.errstate(divide="ignore"):
        condition[varies] = np.sqrt(eigenvalues[:, -1] / smallest)
    return condition
