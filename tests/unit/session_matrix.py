"""The attribution's session matrix from the tables beside the checkout, by the method's clocks.

`history` is long and stays outside the project; `figures` is what the sample archive is rendered from. Tests that ask
for a table that is absent are skipped.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from orchestration.defs.attribution import decomposition, shocks
from tests.support import SHARED

Floats = NDArray[np.float64]

THEMES = {
    "risk": [0, 1],
    "ai": [2],
    "china": [3],
    "fiscal": [4, 5],
    "stagflation": [6],
    "dollar": [7],
    "gold": [8],
}
YIELDS = ("y2", "real10", "be10")
HISTORY = {
    "spx": ("sp500_yahoo_daily", "close"),
    "vix": ("vix_cboe_daily", "close"),
    "nvda": ("eq_nvda_adjclose_daily", "adj_close"),
    "kweb": ("eq_kweb_adjclose_daily", "adj_close"),
    "y2": ("fred_DGS2", "value"),
    "real10": ("fred_DFII10", "value"),
    "be10": ("fred_T10YIE", "value"),
    "usd": ("fred_DTWEXBGS", "value"),
    "gold": ("gold_lbma_pm_daily", "close"),
    "btc": ("btc_usdt_binance_daily", "close"),
}
FIGURES = {
    "spx": ("fred_daily", "SP500"),
    "vix": ("fred_daily", "VIXCLS"),
    "nvda": ("equities_daily", "NVDA"),
    "kweb": ("equities_daily", "KWEB"),
    "y2": ("fred_daily", "DGS2"),
    "real10": ("fred_daily", "DFII10"),
    "be10": ("fred_daily", "T10YIE"),
    "usd": ("fred_daily", "DTWEXBGS"),
    "gold": ("gold_daily", "lbma_pm_usd_per_oz"),
    "btc": ("btc_usdt_daily", "close"),
}


@dataclass(frozen=True)
class Sessions:
    """`days` (T,) US sessions, BTC `returns` (T,), `shocks` and own `moves` (T, 9) in bps; `all_returns` by UTC day."""

    days: NDArray[np.datetime64]
    returns: Floats
    shocks: Floats
    moves: Floats
    all_returns: "pd.Series[float]"

    def between(self, first: str, last: str) -> NDArray[np.bool_]:
        marked: NDArray[np.bool_] = (self.days >= np.datetime64(first)) & (self.days <= np.datetime64(last))
        return marked


def table(folder: str, name: str) -> pd.DataFrame:
    """A table of shared/`folder`, by its first column's dates; skips where it is absent."""
    path: Path = SHARED / folder / f"{name}.csv"
    if not path.is_file():
        pytest.skip(f"no table {path.name}: shared/{folder} is not beside the checkout")
    return pd.read_csv(path, index_col=0, parse_dates=[0]).sort_index()


def sessions(folder: str) -> Sessions:
    """A session is a day with an S&P 500 close; a market that fixed no value that day has a shock of zero."""
    columns = HISTORY if folder == "history" else FIGURES
    level = {name: table(folder, file)[column].dropna() for name, (file, column) in columns.items()}
    days = level["spx"].index
    bitcoin = 1e4 * np.log(level["btc"]).diff()
    moves = {}
    for name in list(columns)[:9]:
        series = level[name]
        change = 100 * series.diff() if name in YIELDS else 1e4 * np.log(series).diff()
        move = change.reindex(days)
        open_market = (days > series.index[0]) & (days <= series.index[-1])
        moves[name] = move.mask(move.isna() & open_market, 0.0).to_numpy()
    raw = np.column_stack(list(moves.values()))
    raw[np.isnan(raw).any(axis=1)] = np.nan
    entering = raw.copy()
    for column in (1, 2, 3):
        entering[:, column] = shocks.residual(raw[:, column], raw[:, 0])
    entering[np.isnan(entering).any(axis=1)] = np.nan
    moves_known = np.where(np.isnan(entering), np.nan, shocks.winsorized(raw))
    return Sessions(
        days.to_numpy().astype("datetime64[D]"),
        bitcoin.reindex(days).to_numpy(),
        shocks.winsorized(entering),
        moves_known,
        bitcoin,
    )


def fitted(data: Sessions) -> tuple[decomposition.RollingDesign, decomposition.Decomposition]:
    """The design and the decomposition of a session matrix."""
    design = decomposition.rolling_design(data.shocks, np.isfinite(data.returns))
    coefficients = decomposition.rolling_coefficients(design, data.returns)
    return design, decomposition.decompose(data.returns, data.shocks, coefficients)
