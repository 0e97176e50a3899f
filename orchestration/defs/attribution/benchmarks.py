"""What the decomposition is worth: its fit out of sample, against nothing, against the S&P 500 alone, against ridge.

All figures compare predictions made with coefficients known before the session. "Conditional" means given the shocks
of the session itself; the forecast figure uses those of the session before.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from orchestration.defs.attribution.decomposition import (
    MIN_SESSIONS,
    WINDOW,
    RollingDesign,
    decompose,
    rolling_coefficients,
    rolling_design,
    window_moments,
)

Floats = NDArray[np.float64]

# Strongest first: before there are errors to choose by, the first one stands.
PENALTIES = (10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01)


@dataclass(frozen=True)
class Fit:
    """Out of sample R squared over `sessions`, and one-sided Clark-West t and p of the larger model's gain."""

    sessions: int
    r_squared_against_zero: float
    r_squared_against_market: float
    clark_west_t: float
    clark_west_p: float
    ridge_r_squared_against_zero: float
    forecast_r_squared: float


def fit_report(returns: Floats, shocks: Floats, design: RollingDesign, explained: Floats, *, market: int = 0) -> Fit:
    """Fit of `explained` (T,) and of its benchmarks, all over the sessions that every conditional model covers.

    `market` is the column of the S&P 500. Clark-West compares with the S&P 500 alone.
    """
    alone = conditional(returns, shocks[:, [market]])
    ridge = ridge_explained(returns, shocks, design)
    before = np.vstack([np.full((1, shocks.shape[1]), np.nan), shocks[:-1]])
    common = np.isfinite(returns) & np.isfinite(explained) & np.isfinite(alone) & design.usable
    r, full, small = returns[common], explained[common], alone[common]
    t, p = clark_west(r, small, full)
    return Fit(
        sessions=int(common.sum()),
        r_squared_against_zero=out_of_sample_r2(r, full),
        r_squared_against_market=out_of_sample_r2(r, full, small),
        clark_west_t=t,
        clark_west_p=p,
        ridge_r_squared_against_zero=out_of_sample_r2(r, ridge[common]),
        forecast_r_squared=out_of_sample_r2(returns, conditional(returns, before)),
    )


def conditional(returns: Floats, shocks: Floats, *, window: int = WINDOW, min_sessions: int = MIN_SESSIONS) -> Floats:
    """What `shocks` (T, k) explain of `returns` (T,), at rolling coefficients; NaN without them or without a shock."""
    usable = np.isfinite(returns)
    design = rolling_design(shocks, usable, window=window, min_sessions=min_sessions)
    explained = decompose(returns, shocks, rolling_coefficients(design, returns)).explained
    return np.where(np.isfinite(shocks).all(axis=1), explained, np.nan)


def out_of_sample_r2(returns: Floats, prediction: Floats, rival: Floats | None = None) -> float:
    """One less the squared errors of `prediction` over those of `rival` (zero by default), on the rows all have."""
    against = np.zeros_like(returns) if rival is None else rival
    rows = np.isfinite(returns) & np.isfinite(prediction) & np.isfinite(against)
    if not rows.any():
        return float("nan")
    error, base = (returns - prediction)[rows], (returns - against)[rows]
    return float(1.0 - (error @ error) / (base @ base))


def clark_west(returns: Floats, small: Floats, large: Floats) -> tuple[float, float]:
    """t and one-sided p of the nested `large` model's gain over `small`, adjusted for the noise of its extra terms."""
    gain = (returns - small) ** 2 - ((returns - large) ** 2 - (small - large) ** 2)
    test = stats.ttest_1samp(gain[np.isfinite(gain)], 0.0, alternative="greater")
    return float(test.statistic), float(test.pvalue)


def ridge_explained(
    returns: Floats, shocks: Floats, design: RollingDesign, *, penalties: tuple[float, ...] = PENALTIES
) -> Floats:
    """What ridge explains: a benchmark of fit only, since its intervals do not cover.

    The penalty is on standardised slopes, per row of the window. That of a session is the one with the least squared
    errors over the sessions of the window before, each made with coefficients known then (forward chaining).
    """
    gram, moments = window_moments(design, returns)
    gram, moments = gram[design.fitted], moments[design.fitted]
    count = gram[:, 0, 0]
    # Sums of squares around the mean: zero for the constant, which is not penalised.
    spread = gram.diagonal(axis1=1, axis2=2) - gram[:, 0, :] ** 2 / count[:, None]
    explained = np.full((len(returns), len(penalties)), np.nan)
    for position, penalty in enumerate(penalties):
        penalised = gram + penalty * spread[:, :, None] * np.eye(gram.shape[1])
        slopes = np.linalg.solve(penalised, moments[:, :, None])[:, 1:, 0]
        explained[design.fitted, position] = (slopes * shocks[design.fitted]).sum(axis=1)
    errors = np.where(design.usable[:, None], np.nan_to_num((returns[:, None] - explained) ** 2), 0.0)
    running = np.vstack([np.zeros((1, len(penalties))), errors.cumsum(axis=0)])
    row = np.arange(len(returns))
    past = running[row] - running[np.maximum(row - design.window, 0)]
    chosen: Floats = explained[row, past.argmin(axis=1)]
    return chosen
