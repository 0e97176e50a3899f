"""Intervals of contributions: a multiplier bootstrap on blocks of what one-step-ahead errors do to them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.defs.attribution.decomposition import RollingDesign

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BLOCK = 10
DRAWS = 1999
LEVEL = 0.90
SEED = 20250221


@dataclass(frozen=True)
class Intervals:
    """One entry a theme: `lower`, `upper` (bps) at the level, standard error, |t|, and the family's critical |t|.

    `significant` is the only ground for that word: |t| above `critical`, which holds the chance that any theme is
    wrongly called so to one less the level.
    """

    lower: Floats
    upper: Floats
    standard_error: Floats
    t: Floats
    critical: float
    significant: Bools


def forecast_errors(design: RollingDesign, returns: Floats, coefficients: Floats) -> Floats:
    """The error (T,) of every usable row at coefficients known before it; zero where a row is not usable.

    Rows of the warm-up have no coefficients of their own: they take the residual of the first later fit, divided by
    one less its leverage (HC3), which is what leaving the row out would have made of it.
    """
    fits = np.append(np.flatnonzero(design.fitted), -1)
    later = fits[np.searchsorted(fits[:-1], np.arange(len(returns)))]
    known = later >= 0
    at = np.where(known, later, 0)
    error = returns - (design.rows * np.nan_to_num(coefficients[at])).sum(axis=1)
    leverage = np.einsum("ti,tij,tj->t", design.rows, design.inverse_gram[at], design.rows)
    inside = (at > np.arange(len(returns))) & known
    error = np.where(inside, error / np.maximum(1.0 - leverage, 1e-6), error)
    return np.where(design.usable & known, error, 0.0)


def multiplier_intervals(
    estimates: Floats, scores: Floats, *, block: int = BLOCK, draws: int = DRAWS, level: float = LEVEL, seed: int = SEED
) -> Intervals:
    """Intervals of `estimates` (m,), each linear in the returns.

    `scores` (T, m): weight of the return of row t in the estimate times the forecast error of row t. Blocks are counted
    back from the last row with a score, so that they depend on the set of days alone. Raises ValueError without any.
    """
    rows = np.flatnonzero(np.abs(scores).sum(axis=1) > 0)
    if not len(rows):
        raise ValueError("no row bears on the estimates: there is nothing to draw from")
    used = scores[rows[0] : rows[-1] + 1]
    number = (len(used) - 1 - np.arange(len(used))) // block
    blocks = np.zeros((number[0] + 1, scores.shape[1]))
    np.add.at(blocks, number, used)
    deviations = np.random.default_rng(seed).standard_normal((draws, len(blocks))) @ blocks
    error = deviations.std(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.nan_to_num(np.abs(estimates) / error)
        furthest = np.nan_to_num(np.abs(deviations) / error).max(axis=1)
    critical = float(np.quantile(furthest, level))
    half = np.quantile(np.abs(deviations), level, axis=0)
    return Intervals(estimates - half, estimates + half, error, t, critical, t > critical)
