"""A second, structural reading: Bitcoin, the S&P 500 and the 2-year yield moved by three shocks.

After Adams, Ibert and Liao (2024), What Drives Crypto Asset Prices?, with sign restrictions:

| a shock of one                | 2-year yield | S&P 500 | Bitcoin |
|-------------------------------|--------------|---------|---------|
| policy (tighter)              | up           | down    | down    |
| risk premium (higher)         | down         | down    | down    |
| crypto-specific               | none         | none    | any     |

The zeros identify what policy and risk premium do together: it is the part of Bitcoin's return that goes with yield
and S&P 500. How it divides between the two is not identified: every rotation of the two shocks that keeps the signs
fits equally well, so the split is a range over them, never a figure. Unlike the paper there are no lags and no
stablecoins. Covariances of session t come from the sessions before t.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.defs.attribution.decomposition import (
    MIN_SESSIONS,
    WINDOW,
    decompose,
    rolling_coefficients,
    rolling_design,
    window_moments,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# The driver whose move is the change of the 2-year yield.
YIELD_DRIVER = "y2"
ANGLES = 360


@dataclass(frozen=True)
class ThreeShocks:
    """A row a session, bps: `conventional` (policy plus risk premium) and `crypto_specific`, which holds the drift.

    `policy` (T, ANGLES): policy's part of `conventional` at each rotation; `accepted` (T, ANGLES): it keeps the signs.
    """

    conventional: Floats
    crypto_specific: Floats
    policy: Floats
    accepted: Bools


@dataclass(frozen=True)
class Split:
    """A set of days, bps. The ranges are over the `rotations` accepted on every day of it; None where there is none."""

    conventional: float
    crypto_specific: float
    rotations: int
    policy: tuple[float, float] | None
    risk_premium: tuple[float, float] | None


def three_shocks(
    returns: Floats, yield_2y: Floats, sp500: Floats, *, window: int = WINDOW, min_sessions: int = MIN_SESSIONS
) -> ThreeShocks:
    """The decomposition of `returns` (T,) by the session's change of the yield and return of the S&P 500 (T,)."""
    pair = np.column_stack([yield_2y, sp500])
    design = rolling_design(pair, np.isfinite(returns), window=window, min_sessions=min_sessions)
    parts = decompose(returns, pair, rolling_coefficients(design, returns))
    complete = np.isfinite(pair).all(axis=1)
    gram, _ = window_moments(design, returns)
    covariance = np.tile(np.eye(2), (len(returns), 1, 1))
    count = gram[design.fitted, 0, 0][:, None, None]
    means = gram[design.fitted, 1:, :1] / count
    covariance[design.fitted] = gram[design.fitted, 1:, 1:] / count - means * means.swapaxes(1, 2)
    factor = np.linalg.cholesky(covariance)
    angle = np.arange(ANGLES) * np.pi / ANGLES
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    impact = np.einsum("tij,jka->tika", factor, turn)
    loading = np.einsum("ti,tika->tka", parts.coefficients[:, 1:], impact)
    accepted = _signs_hold(impact, loading) & design.fitted[:, None]
    whitened = np.linalg.solve(factor, pair[:, :, None])[:, :, 0]
    shock = np.einsum("tj,jka->tka", whitened, turn)
    policy = loading[:, 0, :] * shock[:, 0, :]
    conventional = np.where(complete, parts.explained, np.nan)
    return ThreeShocks(conventional, returns - conventional, policy, accepted)


def split(shocks: ThreeShocks, days: Bools) -> Split | None:
    """Sums over the `days` (T,) that have a decomposition, and the ranges of the parts that are not identified.

    None when no day has one.
    """
    chosen = days & np.isfinite(shocks.conventional)
    if not chosen.any():
        return None
    conventional = float(shocks.conventional[chosen].sum())
    crypto_specific = float(shocks.crypto_specific[chosen].sum())
    everywhere = shocks.accepted[chosen].all(axis=0)
    if not everywhere.any():
        return Split(conventional, crypto_specific, 0, None, None)
    policy = shocks.policy[chosen][:, everywhere].sum(axis=0)
    low, high = float(policy.min()), float(policy.max())
    return Split(
        conventional, crypto_specific, int(everywhere.sum()), (low, high), (conventional - high, conventional - low)
    )


def _signs_hold(impact: Floats, loading: Floats) -> Bools:
    """Whether the rotated shocks keep the table's signs; `impact` (T, 2, 2, A) is (yield, S&P) by (policy, premium).

    The direction of a shock is free, so each column is first turned to push the S&P 500 down.
    """
    down = -np.sign(impact[:, 1])
    yields = impact[:, 0] * down
    bitcoin = loading * down
    held: Bools = (yields[:, 0] > 0) & (yields[:, 1] < 0) & (bitcoin < 0).all(axis=1)
    return held
