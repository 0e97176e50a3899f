"""The attribution of periods: the fall of every episode, the named periods, and the whole attributed sample.

A period's figures are the sums of its days' published rows; intervals come from the weights with which past returns
make them. A period with a session that has too little history behind it is not attributed at all: part of a sum would
pass for the whole.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.defs.attribution import benchmarks, second_model, words
from orchestration.defs.attribution.daily import DECIMALS, LAYERS, THEME_FIGURES, Attribution, rounded
from orchestration.defs.attribution.decomposition import return_weights, theme_loadings
from orchestration.defs.attribution.episodes import Episode
from orchestration.defs.attribution.inputs import Inputs
from orchestration.defs.attribution.intervals import Intervals, multiplier_intervals
from orchestration.defs.attribution.second_model import YIELD_DRIVER, ThreeShocks

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

WHOLE_SAMPLE = "whole_sample"
SUMS = [
    "btc_return_bps", "explained_bps", "baseline_bps", "unexplained_bps", "unexplained_open_bps",
    "unexplained_closed_bps", *(f"etf_associated_{name}_bps" for name in LAYERS),
]  # fmt: skip


@dataclass(frozen=True)
class Period:
    """A set of days, first and last included. `kind`: episode, named or sample."""

    period_id: str
    kind: str
    label: str
    first_date: pd.Timestamp
    last_date: pd.Timestamp


def list_periods(inputs: Inputs, episodes: list[Episode], days: pd.DataFrame) -> list[Period]:
    """Episodes from the day after the peak to the trough, named periods as far as they have come, the whole sample."""
    newest = pd.Timestamp(inputs.last_day)
    periods = [
        Period(
            episode.peak_date.isoformat(),
            "episode",
            f"Fall from the peak of {episode.peak_date}",
            pd.Timestamp(episode.peak_date) + pd.Timedelta(days=1),
            pd.Timestamp(episode.trough_date),
        )
        for episode in episodes
    ]
    named = inputs.periods[
        (inputs.periods["first_date"] <= newest) & (inputs.periods["first_date"] >= days.index.min())
    ]
    periods += [
        Period(row["period_id"], "named", row["label"], row["first_date"], min(row["last_date"], newest))
        for row in named.to_dict("records")
    ]
    attributed = days.index[days["attribution_status"].isin(["settled", "provisional"])]
    if len(attributed):
        periods.append(Period(WHOLE_SAMPLE, "sample", "All attributed days", attributed.min(), newest))
    return periods


def period_tables(
    inputs: Inputs, found: Attribution, days: pd.DataFrame, themes: pd.DataFrame, periods: list[Period]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row a period (totals and the sentence), and a row a period and theme. `days`, `themes`: the daily tables."""
    loadings = theme_loadings(found.sessions.shocks, found.themes)
    structural = _second_model(inputs, found)
    by_day = themes[THEME_FIGURES].to_numpy().reshape(len(days), len(inputs.themes), len(THEME_FIGURES))
    totals, parts = [], []
    for period in periods:
        inside = days["date"].between(period.first_date, period.last_date).to_numpy()
        chosen = days[inside]
        marked = np.isin(found.sessions.days, chosen["date"].to_numpy("datetime64[D]"))
        total = _totals(period, found, chosen, marked)
        part = _theme_sums(inputs, by_day[inside], thin=total["status"] == "thin")
        if total["status"] in ("settled", "provisional"):
            intervals, of_explained = _intervals(found, loadings, marked)
            part = part.join(_of_figures(intervals, part))
            total |= of_explained | _structural_ranges(structural, marked)
        total["sentence"] = words.period_sentence(total, part)
        totals.append(total)
        parts.append(part.drop(columns="label").rename_axis("theme").reset_index().assign(period_id=period.period_id))
    return pd.DataFrame(totals), pd.concat([pd.DataFrame(), *parts], ignore_index=True)


def _totals(period: Period, found: Attribution, chosen: pd.DataFrame, marked: Bools) -> dict[str, Any]:
    """Sums over the days of a period. Its status: thin when any session is, else provisional when any is."""
    held = set(chosen["attribution_status"])
    status = next((s for s in ("thin", "provisional", "settled") if s in held), "closed")
    sums = rounded(chosen[SUMS].sum(min_count=1))
    explained = found.contributions.sum(axis=1)
    complete = marked & np.isfinite(explained) & np.isfinite(found.sessions.returns)
    r_squared = benchmarks.out_of_sample_r2(found.sessions.returns[marked], explained[marked])
    if status == "thin":
        sums[sums.index != "btc_return_bps"] = r_squared = np.nan
    return {
        "period_id": period.period_id,
        "kind": period.kind,
        "label": period.label,
        "first_date": period.first_date,
        "last_date": period.last_date,
        "status": status,
        "days": len(chosen),
        "sessions": int(marked.sum()),
        "thin_sessions": int((chosen["attribution_status"] == "thin").sum()),
        "complete_sessions": int(complete.sum()),
        "btc_return_pct": _figure(100.0 * np.expm1(sums["btc_return_bps"] / 1e4)),
        **{str(name): value for name, value in sums.items()},
        "daily_r_squared": _figure(r_squared),
        "etf_sessions": int(chosen["etf_associated_as_dated_bps"].notna().sum()),
        "attribution_known_at": chosen["attribution_known_at"].max(),
    }


def _theme_sums(inputs: Inputs, inside: Floats, *, thin: bool) -> pd.DataFrame:
    """By theme in the seed's order: contribution, alone and last, or why there is none. `inside` (days, themes, 3)."""
    known = np.isfinite(inside).any(axis=0) & (not thin)
    sums = rounded(np.where(known, np.nansum(inside, axis=0), np.nan))
    themes = inputs.themes.set_index("theme")
    part = themes[["label"]].join(pd.DataFrame(sums, themes.index, THEME_FIGURES))
    why = themes["null_reason"].fillna("thin" if thin else "missing")
    return part.assign(null_reason=why.where(part["contribution_bps"].isna(), None))


def _intervals(found: Attribution, loadings: Floats, marked: Bools) -> tuple[pd.DataFrame, dict[str, float]]:
    """Intervals of a period by theme (contribution, alone, last), and of what all themes explain together."""
    returns = np.nan_to_num(found.sessions.returns)
    weights = return_weights(found.design, loadings, marked)
    scores = weights * found.errors[:, None]
    own = _interval(returns, weights, scores)
    columns: dict[str, Any] = {}
    of_explained = {}
    if own is not None:
        columns = _bounds("contribution", own) | {"standard_error_bps": own.standard_error, "t": own.t}
        together = multiplier_intervals((weights.T @ returns).sum(keepdims=True), scores.sum(axis=1, keepdims=True))
        of_explained = {
            "explained_lower_bps": _figure(together.lower[0]),
            "explained_upper_bps": _figure(together.upper[0]),
            "critical_t": _figure(own.critical),
        }
    for name, bound in (("alone", found.alone), ("last", found.last)):
        weights = bound.weights(marked)
        columns |= _bounds(name, _interval(returns, weights, weights * bound.errors))
    table = rounded(pd.DataFrame(columns, index=list(found.themes)))
    return table.assign(significant=own.significant if own is not None else None), of_explained


def _of_figures(intervals: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    """Intervals of the figures there are: of one on which no session bears it would be zero to zero."""
    own = {"alone": "alone_bps", "last": "last_bps"}  # all else is of the contribution
    there = {name: part[own.get(str(name).split("_")[0], "contribution_bps")].notna() for name in intervals}
    return pd.DataFrame({name: column.where(there[name]) for name, column in intervals.items()})


def _interval(returns: Floats, weights: Floats, scores: Floats) -> Intervals | None:
    """Intervals of what `weights` (T, themes) make of the returns; None when no row bears on any."""
    return multiplier_intervals(weights.T @ returns, scores) if scores.any() else None


def _bounds(name: str, intervals: Intervals | None) -> dict[str, Any]:
    if intervals is None:
        return {}
    return {f"{name}_lower_bps": intervals.lower, f"{name}_upper_bps": intervals.upper}


def _second_model(inputs: Inputs, found: Attribution) -> ThreeShocks | None:
    """The three shocks of the second model; None without a driver for the 2-year yield."""
    place = {driver.driver_id: column for column, driver in enumerate(inputs.drivers)}
    if YIELD_DRIVER not in place:
        return None
    moves = found.sessions.moves
    return second_model.three_shocks(found.sessions.returns, moves[:, place[YIELD_DRIVER]], moves[:, 0])


def _structural_ranges(structural: ThreeShocks | None, marked: Bools) -> dict[str, float | int]:
    if structural is None:
        return {}
    parts = second_model.split(structural, marked)
    if parts is None:
        return {}
    ranges = {"policy": parts.policy, "risk_premium": parts.risk_premium}
    return {
        "conventional_bps": _figure(parts.conventional),
        "crypto_specific_bps": _figure(parts.crypto_specific),
        "rotations": parts.rotations,
        **{f"{name}_lower_bps": _figure(r[0]) for name, r in ranges.items() if r},
        **{f"{name}_upper_bps": _figure(r[1]) for name, r in ranges.items() if r},
    }


def _figure(value: float) -> float:
    return round(float(value), DECIMALS) + 0.0
