"""Shares of variance: how much of the return's variance goes with each theme, averaged over all orders of entry (LMG).

In sample, therefore beside what shuffled returns give: a regression on many shocks fits noise too. Never for the few
sessions of one episode, where the two are the same.
"""

from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from orchestration.defs.attribution.decomposition import MIN_SESSIONS, WINDOW, Themes

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

SHUFFLES = 199
SEED = 20250221


@dataclass(frozen=True)
class VarianceShares:
    """`shares` (one a theme, adding up to `r_squared`); what shuffled returns give, on average and at 95%."""

    sessions: int
    r_squared: float
    shares: Floats
    shuffled_r_squared: float
    shuffled_r_squared_95: float


def variance_shares(
    returns: Floats, shocks: Floats, themes: Themes, *, shuffles: int = SHUFFLES, seed: int = SEED
) -> VarianceShares:
    """LMG shares of `themes` in `returns` (n,), each theme entering as its fitted part of the OLS on `shocks` (n, k).

    Rows with a NaN are left out. Raises ValueError below `MIN_SESSIONS` rows: the figure would mean nothing.
    """
    usable = np.isfinite(shocks).all(axis=1) & np.isfinite(returns)
    n = int(usable.sum())
    if n < MIN_SESSIONS:
        raise ValueError(f"{n} sessions are too few for shares of variance; {MIN_SESSIONS} are due")
    x = shocks[usable] - shocks[usable].mean(axis=0)
    y = returns[usable] - returns[usable].mean()
    coefficients = np.linalg.lstsq(x, y)[0]
    scores = np.column_stack([x[:, list(c)] @ coefficients[list(c)] for c in themes.values()])
    shares = _lmg(scores, y)
    rng = np.random.default_rng(seed)
    shuffled = rng.permuted(np.tile(y, (shuffles, 1)), axis=1)
    basis = np.linalg.qr(x)[0]
    null = ((shuffled @ basis) ** 2).sum(axis=1) / (y @ y)
    return VarianceShares(n, float(shares.sum()), shares, float(null.mean()), float(np.quantile(null, 0.95)))


def trailing_shares(
    days: Days, returns: Floats, shocks: Floats, themes: Themes, *, window: int = WINDOW
) -> dict[int, VarianceShares]:
    """Shares over the `window` rows up to the last session of every month that has another month behind it.

    By row number. Month ends with fewer than `MIN_SESSIONS` usable rows have no entry.
    """
    usable = np.isfinite(shocks).all(axis=1) & np.isfinite(returns)
    months = days.astype("datetime64[M]")
    found = {}
    for row in np.flatnonzero(months[1:] != months[:-1]).tolist():
        behind = slice(max(0, row + 1 - window), row + 1)
        if usable[behind].sum() >= MIN_SESSIONS:
            found[row] = variance_shares(returns[behind], shocks[behind], themes)
    return found


def _lmg(scores: Floats, y: Floats) -> Floats:
    """The average gain in R squared of each of the centred `scores` (n, K), over all orders in which they enter."""
    total = scores.shape[1]
    gram, cross = scores.T @ scores, scores.T @ y
    scale = np.sqrt(np.where(gram.diagonal() > 0, gram.diagonal(), 1.0))
    # A theme that fits nothing has a score of zeros: it stands apart from the others and gains nothing.
    gram = gram / np.outer(scale, scale) + np.diag((gram.diagonal() <= 0).astype(float))
    cross = cross / scale
    fit = np.zeros(2**total)
    for size in range(1, total + 1):
        members = np.array(list(combinations(range(total), size)))
        blocks = gram[members[:, :, None], members[:, None, :]]
        solved = np.linalg.solve(blocks, cross[members][:, :, None])[:, :, 0]
        fit[(1 << members).sum(axis=1)] = (solved * cross[members]).sum(axis=1) / (y @ y)
    sets = np.arange(2**total)
    sizes = np.array([s.bit_count() for s in sets.tolist()])
    weight = np.array([factorial(s) * factorial(total - s - 1) / factorial(total) for s in range(total)] + [0.0])
    shares = np.empty(total)
    for member in range(total):
        without = sets[(sets >> member) & 1 == 0]
        shares[member] = (weight[sizes[without]] * (fit[without | (1 << member)] - fit[without])).sum()
    return shares
