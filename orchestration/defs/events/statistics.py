"""Correlations with their uncertainty, for claims and for what is said of pressure. Pure functions on arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from statsmodels.regression.linear_model import OLS  # statsmodels.api takes seconds to import

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
    lags = int(4 * (n / 100) ** (2 / 9))
    fit = OLS(b, np.column_stack([np.ones(n), a])).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
    )
    return Statistic(float(fit.params[1]), n, p_value=float(fit.pvalues[1]))


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
