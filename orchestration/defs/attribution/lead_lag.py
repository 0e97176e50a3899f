"""Does a driver move before Bitcoin, with it, or after it?

Rows are US sessions. Lag k pairs the return of session t with the driver's value of session t - k: a positive lag
means that the driver moved first ("leads"), a negative one that it followed. Lag -1 is what `method` calls "next":
the flow printed for the session after the return.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Verdict = Literal["leads", "coincides", "follows", "dating_unclear"]

MAX_LAG = 5
BLOCK = 10
DRAWS = 1999
LEVEL = 0.90
SEED = 20250221


@dataclass(frozen=True)
class LeadLag:
    """Correlations by lag, `-max_lag` first, each array (2 x max_lag + 1,).

    `lower`, `upper` are pointwise; `significant` holds over all lags together. `next_less_same` is the correlation at
    lag -1 less that at lag 0, with its interval. `verdict` is None where no lag is significant.
    """

    lags: NDArray[np.int64]
    sessions: NDArray[np.int64]
    correlation: Floats
    lower: Floats
    upper: Floats
    significant: NDArray[np.bool_]
    next_less_same: float
    next_less_same_lower: float
    next_less_same_upper: float
    verdict: Verdict | None


def lead_lag(
    returns: Floats,
    driver: Floats,
    *,
    dated: bool = True,
    max_lag: int = MAX_LAG,
    block: int = BLOCK,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = SEED,
) -> LeadLag:
    """Lead and lag of `driver` (T,) against `returns` (T,); NaN rows are left out lag by lag.

    `dated` False says that the publisher does not document which day the figure belongs to: a link may then be there,
    but its verdict is `dating_unclear`. Blocks of `block` sessions are drawn in a circle, return and driver together.
    Raises ValueError for a driver that hardly ever varies.
    """
    lags = np.arange(-max_lag, max_lag + 1)
    sums = _sums(returns, driver, lags)
    correlation = _correlation(sums.sum(axis=0))
    drawn = _correlation(_resampled(sums, block, draws, seed))
    # A sample in which the driver happens not to vary has no correlation.
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    if 2 * len(drawn) < draws:
        raise ValueError("the driver varies on too few sessions for correlations by lag")
    spread = np.abs(drawn - correlation)
    error = drawn.std(axis=0)
    critical = np.quantile((spread / error).max(axis=1), level)
    significant = np.abs(correlation) > critical * error
    tails = [(1 - level) / 2, (1 + level) / 2]
    lower, upper = np.quantile(drawn, tails, axis=0)
    difference = drawn[:, max_lag - 1] - drawn[:, max_lag]
    difference_lower, difference_upper = np.quantile(difference, tails)
    return LeadLag(
        lags=lags,
        sessions=sums[:, :, 0].sum(axis=0).astype(np.int64),
        correlation=correlation,
        lower=lower,
        upper=upper,
        significant=significant,
        next_less_same=float(correlation[max_lag - 1] - correlation[max_lag]),
        next_less_same_lower=float(difference_lower),
        next_less_same_upper=float(difference_upper),
        verdict=_verdict(lags, correlation, drawn, significant, dated=dated, level=level),
    )


def _verdict(
    lags: NDArray[np.int64],
    correlation: Floats,
    drawn: Floats,
    significant: NDArray[np.bool_],
    *,
    dated: bool,
    level: float,
) -> Verdict | None:
    """Where the strongest significant lag lies, unless another side of zero is significant and about as strong."""
    if not significant.any():
        return None
    strength = np.where(significant, np.abs(correlation), -1.0)
    best = int(strength.argmax())
    lead = np.abs(drawn[:, [best]]) - np.abs(drawn)
    as_strong = significant & (np.quantile(lead, (1 - level) / 2, axis=0) <= 0)
    if not dated or (as_strong & (np.sign(lags) != np.sign(lags[best]))).any():
        return "dating_unclear"
    return "leads" if lags[best] > 0 else "coincides" if lags[best] == 0 else "follows"


def _sums(returns: Floats, driver: Floats, lags: NDArray[np.int64]) -> Floats:
    """What a correlation is made of, a row and a lag: (T, lags, 6) of n, x, y, xx, yy, xy."""
    rows = len(returns)
    x = np.full((rows, len(lags)), np.nan)
    for position, lag in enumerate(lags.tolist()):
        x[max(lag, 0) : rows + min(lag, 0), position] = driver[max(-lag, 0) : rows - max(lag, 0)]
    y = np.broadcast_to(returns[:, None], x.shape)
    both = np.isfinite(x) & np.isfinite(y)
    # Scaled, so that sums of squares of figures far from zero lose no digits.
    x, y = ((v - np.mean(v, where=both)) / np.std(v, where=both) for v in (x, y))
    x, y = np.where(both, x, 0.0), np.where(both, y, 0.0)
    return np.stack([both.astype(float), x, y, x * x, y * y, x * y], axis=2)


def _resampled(sums: Floats, block: int, draws: int, seed: int) -> Floats:
    """`sums` (T, lags, 6) added up over `draws` samples of as many rows, drawn in circular blocks."""
    rows = len(sums)
    wrapped = np.concatenate([np.zeros((1, *sums.shape[1:])), sums, sums[: block - 1]]).cumsum(axis=0)
    of_block = wrapped[block:] - wrapped[:-block]
    drawn: Floats = (_times(rows, block, draws, seed) @ of_block.reshape(rows, -1)).reshape(draws, *sums.shape[1:])
    return drawn


@lru_cache(maxsize=1)
def _times(rows: int, block: int, draws: int, seed: int) -> Floats:
    """How often each sample (draws, rows) draws the block that begins on each row: the same for every driver."""
    starts = np.random.default_rng(seed).integers(0, rows, (draws, -(-rows // block)))
    times = np.bincount((np.arange(draws)[:, None] * rows + starts).ravel(), minlength=draws * rows)
    return times.reshape(draws, rows).astype(float)


def _correlation(sums: Floats) -> Floats:
    n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation: Floats = (xy - x * y / n) / np.sqrt((xx - x * x / n) * (yy - y * y / n))
    return correlation
