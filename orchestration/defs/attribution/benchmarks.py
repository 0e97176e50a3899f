"""What the decomposition is worth: its fit out of sample, against nothing, against the S&P 500 alone, against ridge.

All figures compare predictions made with coefficients known before the session. "Conditional" means given the shocks
of the session itself; the forecast figure uses those of the session before. Models that are compared learn from the
same sessions, so that one is nested in the other.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from orchestration.defs.attribution.decomposition import (
    MIN_SESSIONS,
    WINDOW,
    RollingDesign,
    Themes,
    decompose,
    rolling_coefficients,
    rolling_design,
    window_moments,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Verdict = Literal["adds", "does_not_add", "worse"]

SIGNIFICANCE = 0.10
# Strongest first: before there are errors to choose by, the first one stands.
PENALTIES = (10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01)


@dataclass(frozen=True)
class Fit:
    """Out of sample, over the sessions marked in `covered` (T,).

    R squared: of the model against zero and against the S&P 500 alone, of the S&P 500 alone and of ridge against zero,
    of a forecast against zero. One-sided tests of the model: Clark-West of a gain over zero, and over the S&P 500
    alone; Diebold-Mariano of larger squared errors than the S&P 500 alone makes.
    """

    covered: Bools
    r_squared_against_zero: float
    r_squared_against_market: float
    market_r_squared_against_zero: float
    ridge_r_squared_against_zero: float
    forecast_r_squared: float
    clark_west_zero_t: float
    clark_west_zero_p: float
    clark_west_t: float
    clark_west_p: float
    worse_t: float
    worse_p: float

    @property
    def sessions(self) -> int:
        return int(self.covered.sum())

    @property
    def verdict(self) -> Verdict:
        """What the other themes do for the S&P 500 alone.

        Clark-West asks whether they would add if their coefficients were known, Diebold-Mariano whether using them as
        estimated costs more than it brings.
        """
        if self.clark_west_p < SIGNIFICANCE:
            return "adds"
        return "worse" if self.worse_p < SIGNIFICANCE else "does_not_add"


@dataclass(frozen=True)
class Gain:
    """What one prediction brings over its rival, over the sessions marked in `covered` (T,).

    `r_squared_against_zero` of the prediction, `r_squared_against_rival`; one-sided tests: Clark-West of a gain,
    Diebold-Mariano of larger squared errors. `family`: how many such predictions are asked the same question, and how
    many times stricter a verdict of a gain therefore is (Bonferroni).
    """

    covered: Bools
    r_squared_against_zero: float
    r_squared_against_rival: float
    clark_west_t: float
    clark_west_p: float
    worse_t: float
    worse_p: float
    family: int

    @property
    def sessions(self) -> int:
        return int(self.covered.sum())

    @property
    def verdict(self) -> Verdict:
        if self.clark_west_p < SIGNIFICANCE / self.family:
            return "adds"
        return "worse" if self.worse_p < SIGNIFICANCE / self.family else "does_not_add"


def fit_report(returns: Floats, shocks: Floats, design: RollingDesign, explained: Floats, *, market: int = 0) -> Fit:
    """Fit of `explained` (T,) and of its benchmarks, all over the sessions that every conditional model covers.

    `market` is the column of the S&P 500.
    """
    alone = conditional(returns, shocks[:, [market]], design.usable)
    ridge = ridge_explained(returns, shocks, design)
    before = np.vstack([np.full((1, shocks.shape[1]), np.nan), shocks[:-1]])
    common = np.isfinite(returns) & np.isfinite(explained) & np.isfinite(alone) & design.usable
    r, full, small = returns[common], explained[common], alone[common]
    over_zero, over_market = clark_west(r, np.zeros_like(r), full), clark_west(r, small, full)
    worse = one_sided((r - full) ** 2 - (r - small) ** 2)
    return Fit(
        covered=common,
        r_squared_against_zero=out_of_sample_r2(r, full),
        r_squared_against_market=out_of_sample_r2(r, full, small),
        market_r_squared_against_zero=out_of_sample_r2(r, small),
        ridge_r_squared_against_zero=out_of_sample_r2(r, ridge[common]),
        forecast_r_squared=out_of_sample_r2(returns, conditional(returns, before)),
        clark_west_zero_t=over_zero[0],
        clark_west_zero_p=over_zero[1],
        clark_west_t=over_market[0],
        clark_west_p=over_market[1],
        worse_t=worse[0],
        worse_p=worse[1],
    )


def theme_gains(
    returns: Floats, shocks: Floats, design: RollingDesign, themes: Themes, covered: Bools, *, market: int = 0
) -> dict[str, Gain]:
    """What each of `themes` alone brings over the S&P 500 alone, over the sessions `covered` (T,)."""
    alone = conditional(returns, shocks[:, [market]], design.usable)
    found = {}
    for theme, columns in themes.items():
        entering = [market, *(column for column in columns if column != market)]
        both = conditional(returns, shocks[:, entering], design.usable)
        found[theme] = gain(returns, both, alone, covered, family=len(themes))
    return found


def gain(returns: Floats, prediction: Floats, rival: Floats, covered: Bools, *, family: int = 1) -> Gain:
    """What `prediction` (T,) brings over `rival` (T,), over those of the sessions `covered` (T,) that have both."""
    common = covered & np.isfinite(returns) & np.isfinite(prediction) & np.isfinite(rival)
    r, large, small = returns[common], prediction[common], rival[common]
    return Gain(
        common,
        out_of_sample_r2(r, large),
        out_of_sample_r2(r, large, small),
        *clark_west(r, small, large),
        *one_sided((r - large) ** 2 - (r - small) ** 2),
        family,
    )


def conditional(
    returns: Floats,
    shocks: Floats,
    usable: Bools | None = None,
    *,
    window: int = WINDOW,
    min_sessions: int = MIN_SESSIONS,
) -> Floats:
    """What `shocks` (T, k) explain of `returns` (T,), at rolling coefficients; NaN without them or without a shock.

    Only rows `usable` (T,) are learnt from.
    """
    enters = np.isfinite(returns) if usable is None else usable & np.isfinite(returns)
    design = rolling_design(shocks, enters, window=window, min_sessions=min_sessions)
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
    return one_sided((returns - small) ** 2 - ((returns - large) ** 2 - (small - large) ** 2))


def one_sided(gains: Floats) -> tuple[float, float]:
    """t of the mean of `gains`, and the chance of one as large without any (normal distribution); NaN below two."""
    known = gains[np.isfinite(gains)]
    if len(known) < 2:
        return float("nan"), float("nan")
    t = float(known.mean() / (known.std(ddof=1) / np.sqrt(len(known))))
    return t, NormalDist().cdf(-t)


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
