"""What the decomposition is worth, as a table: every model that is tried out of sample, a row each.

The decomposition with all its themes; the S&P 500 alone; each theme beside the S&P 500; and unexpected fund flows on
what priced markets leave, dated three ways.
"""

from typing import Any

import numpy as np
import pandas as pd

from orchestration.defs.attribution import benchmarks, words
from orchestration.defs.attribution.benchmarks import Gain
from orchestration.defs.attribution.daily import LAYERS, Attribution, rounded
from orchestration.defs.attribution.decomposition import Themes
from orchestration.defs.attribution.inputs import Inputs

# Fewer sessions predicted give an R squared of noise.
MIN_FIT_SESSIONS = 60
RISK = "risk"
FLOWS = {"as_dated": "as printed", "realigned": "with IBIT one session earlier", "without_late": "without IBIT"}


def fit_table(inputs: Inputs, found: Attribution) -> pd.DataFrame:
    """A row a model (see the module); none before there are `MIN_FIT_SESSIONS` sessions to judge by."""
    rows = found.sessions
    explained = found.contributions.sum(axis=1)
    fit = benchmarks.fit_report(rows.returns, rows.shocks, found.design, explained)
    if fit.sessions < MIN_FIT_SESSIONS:
        return pd.DataFrame()
    whole = {name: value for name, value in vars(fit).items() if name != "covered"} | {
        "model": "all_themes", "target": "return", "label": "All themes", "covered": fit.covered,
        "verdict": fit.verdict, "sentence": words.fit_sentence(fit),
    }  # fmt: skip
    table = pd.DataFrame(
        [_dated(found, row) for row in (whole, *_market_and_themes(inputs, found, whole), *_flows(found))]
    )
    figures = table.select_dtypes("float").columns
    table[figures] = rounded(table[figures])
    return table


def _market_and_themes(inputs: Inputs, found: Attribution, whole: dict[str, Any]) -> list[dict[str, Any]]:
    """The S&P 500 against nothing, the rest of the risk block beside it, and each theme of the article beside it."""
    rows, covered = found.sessions, whole["covered"]
    labels = dict(zip(inputs.themes["theme"], inputs.themes["label"], strict=True))
    alone = benchmarks.conditional(rows.returns, rows.shocks[:, [0]], found.design.usable)
    market = benchmarks.gain(rows.returns, alone, np.zeros_like(alone), covered)
    table = [
        _row("sp500", "return", "S&P 500 alone", market)
        | {"market_r_squared_against_zero": market.r_squared_against_zero, "sentence": words.market_sentence(market)}
    ]
    own: Themes = {theme: columns for theme, columns in found.themes.items() if theme == RISK}
    others: Themes = {theme: columns for theme, columns in found.themes.items() if theme != RISK}
    for family in (own, others):
        gains = benchmarks.theme_gains(rows.returns, rows.shocks, found.design, family, covered)
        for theme, gain in gains.items():
            label = "VIX" if theme == RISK else str(labels[theme])
            table.append(
                _row(theme, "return", label, gain, rival="market")
                | {
                    "market_r_squared_against_zero": market.r_squared_against_zero,
                    "sentence": words.theme_sentence(label, gain, market),
                }
            )
    return table


def _flows(found: Attribution) -> list[dict[str, Any]]:
    """Unexpected flows on what the priced shocks leave, against nothing; rows only for those with enough sessions."""
    left = np.where(found.design.usable, found.sessions.returns - found.contributions.sum(axis=1), np.nan)
    table = []
    for place, name in enumerate(LAYERS):
        known = np.isfinite(left)
        gain = benchmarks.gain(left, found.associated[:, place], np.zeros_like(left), known)
        if gain.sessions >= MIN_FIT_SESSIONS:
            sentence = words.flow_sentence(FLOWS[name], gain)
            table.append(_row(f"flows_{name}", "remainder", f"Flows {FLOWS[name]}", gain) | {"sentence": sentence})
    return table


def _row(model: str, target: str, label: str, gain: Gain, *, rival: str = "zero") -> dict[str, Any]:
    """A row of figures; those of the other rival stay null."""
    against = "" if rival == "market" else "_zero"
    row: dict[str, Any] = {
        "model": model,
        "target": target,
        "label": label,
        "covered": gain.covered,
        "r_squared_against_zero": gain.r_squared_against_zero,
        f"clark_west{against}_t": gain.clark_west_t,
        f"clark_west{against}_p": gain.clark_west_p,
        "worse_t": gain.worse_t,
        "worse_p": gain.worse_p,
        "verdict": gain.verdict,
    }
    return row | ({"r_squared_against_market": gain.r_squared_against_rival} if rival == "market" else {})


def _dated(found: Attribution, row: dict[str, Any]) -> dict[str, Any]:
    covered = np.flatnonzero(row["covered"])
    days = found.sessions.days
    dates = {"first_date": days[covered[0]], "last_date": days[covered[-1]], "sessions": len(covered)}
    return {name: value for name, value in row.items() if name != "covered"} | dates
