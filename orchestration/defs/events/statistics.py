"""Correlations with their uncertainty, for claims and for what is said of pressure. Pure functions on arrays.

NumPy alone: statsmodels and SciPy would take 1.3 s and 0.25 s of a run to import for a handful of p values. The tests
hold every figure made here against theirs.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.defs.attribution.lead_lag import lead_lag

Floats = NDArray[np.float64]
MIN_ROWS = 10


@dataclass(frozen=True)
class Statistic:
    """A figure and what is known of its precision; None where there is too little to say."""

    value: float | None
    n: int
    lower: float | None = None
    upper: float | None = None
    p_value: float | None = None


def correlation(x: Floats, y: Floats) -> Statistic:
    """Correlation of two (T,) series on the rows both have, with a two-sided p.

    The p is that of the slope between the standardised series, with Newey and West's standard error (Bartlett weights,
    4 (n / 100)^(2/9) lags, small-sample correction, t distribution): neighbouring rows may hang together.
    """
    both = np.isfinite(x) & np.isfinite(y)
    a, b = x[both], y[both]
    n = len(a)
    if n < MIN_ROWS or a.std() == 0 or b.std() == 0:
        return Statistic(None, n)
    a, b = ((v - v.mean()) / v.std() for v in (a, b))
    slope = float(a @ b / n)
    scores = a * (b - slope * a)
    spread = scores @ scores
    lags = int(4 * (n / 100) ** (2 / 9))
    for lag in range(1, lags + 1):
        spread += 2 * (1 - lag / (lags + 1)) * (scores[lag:] @ scores[:-lag])
    error = math.sqrt(n / (n - 2) * spread) / n
    return Statistic(slope, n, p_value=student_t_p(slope / error, n - 2) if error > 0 else 0.0)


def student_t_p(t: float, freedom: int) -> float:
    """Chance of a value as far from zero as `t` under Student's distribution (Abramowitz and Stegun, 26.7.3 and 4)."""
    angle = math.atan(abs(t) / math.sqrt(freedom))
    odd = freedom % 2
    term, total = (math.cos(angle) if odd else 1.0), 0.0
    for order in range(odd, freedom - 1, 2):
        total += term
        term *= math.cos(angle) ** 2 * (order + 1) / (order + 2)
    inside = 2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total
    return max(0.0, 1.0 - inside)


def correlation_interval(returns: Floats, driver: Floats, *, block: int) -> Statistic:
    """Correlation of two (T,) series with a 90% interval from circular blocks of `block` rows."""
    n = int((np.isfinite(returns) & np.isfinite(driver)).sum())
    if n < 4 * block:
        return Statistic(None, n)
    found = lead_lag(returns, driver, max_lag=0, block=block)
    return Statistic(float(found.correlation[0]), n, float(found.lower[0]), float(found.upper[0]))


def next_less_same(returns: Floats, flows: Floats) -> Statistic:
    """Correlation of a session's return with the next session's flow less that with its own; 90% interval."""
    n = int((np.isfinite(returns) & np.isfinite(flows)).sum())
    if n < MIN_ROWS:
        return Statistic(None, n)
    found = lead_lag(returns, flows)
    return Statistic(found.next_less_same, n, found.next_less_same_lower, found.next_less_same_upper)
