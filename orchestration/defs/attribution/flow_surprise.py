"""The flow-associated layer: what is left of a session's return, on what was unexpected in the ETF flow.

It comes after the priced shocks and apart from them, and is never added to what they explain. Three ways, because
publishers do not say which day a printed flow belongs to: as dated; with the late funds moved one session earlier;
and without them. Flows are US$ mn, rows are US sessions. A fund not launched yet has a flow of 0.0; a flow not
reported is NaN, and so is every total with one in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.defs.attribution.decomposition import (
    MAX_CONDITION,
    WINDOW,
    decompose,
    rolling_coefficients,
    rolling_design,
)

Floats = NDArray[np.float64]

# Their printed flow looks like the creations of the session before; nobody documents it.
LATE_FUNDS = ("IBIT", "ETHA")
LAGS = 5
FLOW_WINDOW = 120
# One blank cell takes six rows out of the autoregression; a full window would be lost for half a year to it.
MIN_FLOW_SESSIONS = 100
# Twenty rows a coefficient, which is also what the attribution's 180 rows give each of its nine shocks.
MIN_SESSIONS = 40


@dataclass(frozen=True)
class FlowLayer:
    """Totals, surprises (US$ mn) and associated returns (bps), each (T, 3): as dated, realigned, without late funds."""

    totals: Floats
    surprises: Floats
    associated: Floats


def flow_layer(unexplained: Floats, flows: Floats, late: Sequence[int]) -> FlowLayer:
    """The three layers for `unexplained` (T,) in bps and `flows` (T, funds); `late` are the columns to move."""
    totals = flow_totals(flows, late)
    surprises = np.column_stack([surprise(total) for total in totals.T])
    return FlowLayer(totals, surprises, np.column_stack([associated(unexplained, s) for s in surprises.T]))


def flow_totals(flows: Floats, late: Sequence[int]) -> Floats:
    """Totals (T, 3) of `flows` (T, funds). The realigned total of the newest session waits for the next print: NaN."""
    moved = flows.copy()
    moved[:-1, list(late)] = flows[1:, list(late)]
    moved[-1:, list(late)] = np.nan
    others = np.delete(flows, list(late), axis=1)
    return np.column_stack([flows.sum(axis=1), moved.sum(axis=1), others.sum(axis=1)])


def surprise(
    flow: Floats, *, lags: int = LAGS, window: int = FLOW_WINDOW, min_sessions: int = MIN_FLOW_SESSIONS
) -> Floats:
    """`flow` (T,) less its AR(`lags`) forecast, fitted on the `window` sessions before.

    NaN where `flow` or one of its lags is, with fewer than `min_sessions` complete rows behind, and where these rows
    cannot tell the lags apart (a run of equal flows): the forecast would be of any size.
    """
    past = np.full((len(flow), lags), np.nan)
    for lag in range(1, lags + 1):
        past[lag:, lag - 1] = flow[:-lag]
    design = rolling_design(past, np.isfinite(flow), window=window, min_sessions=min_sessions)
    coefficients = rolling_coefficients(design, flow)
    unexpected = flow - coefficients[:, 0] - (coefficients[:, 1:] * past).sum(axis=1)
    return np.where(design.condition <= MAX_CONDITION, unexpected, np.nan)


def associated(
    unexplained: Floats, surprises: Floats, *, window: int = WINDOW, min_sessions: int = MIN_SESSIONS
) -> Floats:
    """The part of `unexplained` (T,) that goes with `surprises` (T,), at the slope of the sessions before; bps."""
    design = rolling_design(surprises[:, None], np.isfinite(unexplained), window=window, min_sessions=min_sessions)
    parts = decompose(unexplained, surprises[:, None], rolling_coefficients(design, unexplained))
    return parts.contributions[:, 0]
