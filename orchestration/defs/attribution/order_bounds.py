"""How much a theme's contribution depends on the order in which themes enter.

Two bounds a theme: `alone`, as if nothing else were known, and `last`, what it adds to all the others. Their gap is
what the data cannot assign. Both take the markets' own moves (not residuals on the S&P 500, which would already put
the S&P 500 first), winsorized like the shocks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.defs.attribution.decomposition import (
    RollingDesign,
    Themes,
    last_loadings,
    loaded,
    return_weights,
    rolling_coefficients,
    rolling_design,
    theme_loadings,
)
from orchestration.defs.attribution.intervals import forecast_errors

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Bound:
    """One bound of every theme: contributions (T, themes) in bps, and what their intervals need.

    `errors` (T, themes) are the forecast errors of the fit that each theme's contribution comes from.
    """

    contributions: Floats
    errors: Floats
    designs: list[RollingDesign]
    loadings: list[Floats]

    def weights(self, days: Bools) -> Floats:
        """Weights (T, themes) with which the returns make the bound of a set of `days` (T,); unknown ones add none."""
        parts, start = [], 0
        for design, load in zip(self.designs, self.loadings, strict=True):
            stop = start + load.shape[2]
            known = np.isfinite(self.contributions[:, None, start:stop])
            parts.append(return_weights(design, np.where(known, load, 0.0), days))
            start = stop
        return np.hstack(parts)


def alone(returns: Floats, moves: Floats, themes: Themes) -> Bound:
    """Each theme's contribution in a fit on its own columns of `moves` (T, k) only, on the rows all themes have."""
    usable = np.isfinite(moves).all(axis=1) & np.isfinite(returns)
    designs = [rolling_design(moves[:, list(columns)], usable) for columns in themes.values()]
    loadings = [
        theme_loadings(moves[:, list(columns)], {theme: range(len(columns))}) for theme, columns in themes.items()
    ]
    coefficients = [rolling_coefficients(design, returns) for design in designs]
    return Bound(
        np.hstack([loaded(c, load) for c, load in zip(coefficients, loadings, strict=True)]),
        np.column_stack([forecast_errors(d, returns, c) for d, c in zip(designs, coefficients, strict=True)]),
        designs,
        loadings,
    )


def last(returns: Floats, moves: Floats, themes: Themes) -> Bound:
    """What each theme adds to a fit on all the other columns of `moves` (T, k)."""
    design = rolling_design(moves, np.isfinite(returns))
    loadings = last_loadings(design, moves, themes)
    coefficients = rolling_coefficients(design, returns)
    incomplete = np.isnan(moves).any(axis=1, keepdims=True)
    errors = forecast_errors(design, returns, coefficients)
    return Bound(
        np.where(incomplete, np.nan, loaded(coefficients, loadings)),
        np.repeat(errors[:, None], len(themes), axis=1),
        [design],
        [loadings],
    )
