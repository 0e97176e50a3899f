"""Sentences made of a period's own figures: what is not explained first, never a share above the whole.

Figures are log basis points. Nothing is a percentage of the return, except the simple return itself.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from orchestration.defs.attribution.benchmarks import Fit, Gain

FEWEST_SESSIONS = 5  # a week: an R squared of fewer says nothing

VERDICTS = {
    "adds": "The other themes add to the S&P 500 alone",
    "does_not_add": "The other themes do not add to the S&P 500 alone",
    "worse": "The other themes make it worse than the S&P 500 alone",
}


def period_sentence(total: Mapping[str, Any], themes: pd.DataFrame) -> str:
    """One period in a few sentences. `themes` by theme: label, contribution_bps and its interval, significant."""
    first, last = (f"{total[name]:%Y-%m-%d}" for name in ("first_date", "last_date"))
    span = first if first == last else f"{first} to {last}"
    move = total["btc_return_bps"]
    if np.isnan(move):
        return f"{span}: no return of BTC is known."
    opening = f"{span}: BTC {'fell' if move < 0 else 'rose'} {abs(total['btc_return_pct']):.1f}% ({bps(move)} log bps)."
    if total["status"] == "thin":
        few = f"{total['thin_sessions']} of its {total['sessions']} sessions have too few complete ones behind them"
        return f"{opening} It is not attributed: {few}."
    if total["status"] == "closed":
        return f"{opening} All of it is unexplained: no US session lies in these days."
    parts = [opening, _unexplained(total), _explained(total), *_missing(total), _themes(themes), _day_by_day(total)]
    if total["status"] == "provisional":
        parts.append("Provisional: figures of its last sessions are still to come.")
    return " ".join(parts)


def _unexplained(total: Mapping[str, Any]) -> str:
    closed, in_sessions = total["unexplained_closed_bps"], total["unexplained_open_bps"]
    return (
        f"Unexplained: {bps(total['unexplained_bps'])}, of which {bps(closed)} on days without a US session and "
        f"{bps(in_sessions)} in sessions."
    )


def _explained(total: Mapping[str, Any]) -> str:
    move, explained = total["btc_return_bps"], total["explained_bps"]
    known = "explained_lower_bps" in total
    interval = f" (90% {_interval(total['explained_lower_bps'], total['explained_upper_bps'])})" if known else ""
    if known and total["explained_lower_bps"] * total["explained_upper_bps"] <= 0:
        how = "which cannot be told from zero"
    elif explained * move < 0:
        how = "against the direction of the return"
    elif abs(explained) > abs(move):
        how = f"more than all of it, offset by {bps(total['unexplained_bps'])} unexplained"
    else:
        how = "a part of it"
    return f"What priced markets did goes with {bps(explained)}{interval}, {how}."


def _missing(total: Mapping[str, Any]) -> list[str]:
    """That the sums are of less than all, where they are."""
    lacking = total["sessions"] - total["complete_sessions"]
    if not lacking:
        return []
    return [
        f"In {lacking} of its {total['sessions']} sessions an input is missing: what it would explain is not in that."
    ]


def _themes(themes: pd.DataFrame) -> str:
    """The themes told apart from zero, largest first."""
    known = themes[themes["contribution_bps"].notna()]
    told = known[known["significant"].eq(True)]
    told = told.reindex(told["contribution_bps"].abs().sort_values(ascending=False).index)
    if not len(told):
        return "No theme can be told from zero."
    listed = "; ".join(
        f"{label} {bps(value)} ({_interval(lower, upper)})"
        for label, value, lower, upper in zip(
            told["label"],
            told["contribution_bps"],
            told["contribution_lower_bps"],
            told["contribution_upper_bps"],
            strict=True,
        )
    )
    return f"Told from zero: {listed}." + (" No other theme is." if len(told) < len(known) else "")


def _day_by_day(total: Mapping[str, Any]) -> str:
    fit, explained, move = total["daily_r_squared"], total["explained_bps"], total["btc_return_bps"]
    told = explained * move > 0 and total.get("explained_lower_bps", 0.0) * total.get("explained_upper_bps", 0.0) > 0
    market = "fall" if explained < 0 else "rise"
    complete, sessions = total["complete_sessions"], total["sessions"]
    days = "these days" if complete == sessions else f"the {complete} sessions that have all their figures"
    if np.isnan(fit):
        return "No session of it has all its figures."
    if complete < FEWEST_SESSIONS:
        return f"Too few sessions have all their figures ({complete}) to say how it goes day by day."
    if fit > 0:
        return f"Day by day it goes with {days} at an R squared of {fit:.2f}: association, not cause."
    if told:
        return (
            f"The total agrees with the market's {market}, but the model does not follow {days} one by one "
            f"(R squared {fit:.2f}): association, not cause."
        )
    return f"The model does not follow {days} one by one (R squared {fit:.2f}): association, not cause."


def fit_sentence(fit: Fit) -> str:
    """What the decomposition is worth out of sample, and which of the three verdicts holds."""
    gain = f"Clark-West t {fit.clark_west_t:.2f}, p {chance(fit.clark_west_p)}"
    loss = f"larger errors: Diebold-Mariano t {fit.worse_t:.2f}, p {chance(fit.worse_p)}"
    return (
        f"Over {fit.sessions} sessions, with coefficients known before each, the shocks of a session go with an R "
        f"squared of {fit.r_squared_against_zero:.2f} of its return, the S&P 500 alone with "
        f"{fit.market_r_squared_against_zero:.2f}. {VERDICTS[fit.verdict]} ({gain}; {loss}). As a forecast, with the "
        f"shocks of the session before, R squared is {fit.forecast_r_squared:.2f}: this describes, it does not predict."
    )


def market_sentence(market: Gain) -> str:
    """The S&P 500 alone, against nothing."""
    return f"The S&P 500 alone goes with an R squared of {market.r_squared_against_zero:.2f} ({_tested(market)})."


def theme_sentence(label: str, gain: Gain, market: Gain) -> str:
    """One theme beside the S&P 500."""
    how = {"adds": "adds to it", "does_not_add": "does not add to it", "worse": "makes it worse"}[gain.verdict]
    of_family = (
        f"; {gain.family} themes are tried, so p must be below {0.1 / gain.family:.3f}" if gain.family > 1 else ""
    )
    return (
        f"{label} beside the S&P 500: R squared {gain.r_squared_against_zero:.2f}, "
        f"{market.r_squared_against_zero:.2f} without. It {how} ({_tested(gain)}{of_family})."
    )


def flow_sentence(dated: str, gain: Gain) -> str:
    """Unexpected fund flows on what priced markets leave of a session's return."""
    how = {"adds": "They add to it", "does_not_add": "They add nothing", "worse": "They make it worse"}[gain.verdict]
    return (
        f"Unexpected fund flows {dated} go with an R squared of {gain.r_squared_against_zero:.2f} of what priced "
        f"markets leave, over {gain.sessions} sessions. {how} ({_tested(gain)})."
    )


def _tested(gain: Gain) -> str:
    return f"Clark-West t {gain.clark_west_t:.2f}, p {chance(gain.clark_west_p)}"


def chance(p: float) -> str:
    """A p value to two decimals; never a zero."""
    return f"{p:.2f}" if p >= 0.005 else "below 0.01"


def bps(value: float) -> str:
    """A signed figure with thousands, without decimals."""
    rounded = round(value)
    return f"{rounded:+,d}" if rounded else "0"


def _interval(lower: float, upper: float) -> str:
    return f"{bps(lower)} to {bps(upper)}"
