"""Shocks as the regressions take them: without extremes, and without what the S&P 500 already says.

A row is a US session, oldest first. Every value of row t is made from row t and rows before it, so that a row never
changes when later rows arrive. NaN means that the market's value is not there; it is never zero. A market that was
closed while New York traded has fixed no new value: its shock is 0.0, which the caller puts there.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WINDOW = 250
LIMIT_SDS = 6.0
# Fewer rows than the attribution's own 180: the two warm-ups follow each other, and one year must be enough for both.
MIN_SESSIONS = 30


def winsorized(
    values: Floats, *, limit_sds: float = LIMIT_SDS, window: int = WINDOW, min_sessions: int = MIN_SESSIONS
) -> Floats:
    """`values` (rows, or rows x columns) cut at +-`limit_sds` standard deviations of the `window` rows before.

    Cut around zero, since shocks have no mean worth speaking of. Rows with fewer than `min_sessions` values behind
    them are left as they are.
    """
    frame = pd.DataFrame(values)
    bound = limit_sds * frame.rolling(window, min_periods=min_sessions).std().shift(1).fillna(np.inf)
    cut: Floats = frame.clip(-bound, bound).to_numpy()
    return cut.reshape(values.shape)


def residual(values: Floats, market: Floats, *, window: int = WINDOW, min_sessions: int = MIN_SESSIONS) -> Floats:
    """`values` less what `market` (same rows) implies at the intercept and slope of the `window` rows before.

    NaN where either is NaN, and where fewer than `min_sessions` rows behind have both.
    """
    y = pd.Series(values, dtype=float)
    x = pd.Series(market, dtype=float).where(y.notna())
    y = y.where(x.notna())
    past_x, past_y = (series.rolling(window, min_periods=min_sessions) for series in (x, y))
    slope = (past_y.cov(x) / past_x.var()).shift(1)
    expected = past_y.mean().shift(1) + slope * (x - past_x.mean().shift(1))
    left: Floats = (y - expected).to_numpy()
    return left
