"""Did Bitcoin move unusually on a kind of event?

Rows are consecutive UTC days. A day's expected return comes from the days -250 to -11 before it: an average, or for
crypto-only events an average and a beta to the S&P 500. (For policy and macro events the S&P 500 is the channel:
adjusting for it would remove the effect.) Inference is by placebo: where the event stands among all days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

FIRST_BEFORE, LAST_BEFORE = 250, 11
MIN_DAYS = 120
MIN_EVENTS = 5
DRAWS = 4999
LEVEL = 0.90
POWER = 0.80
SEED = 20250221


@dataclass(frozen=True)
class Event:
    """One line of the events table: the UTC day, and the group of events it is studied with."""

    day: date
    group: str


@dataclass(frozen=True)
class EventReturn:
    """One separate event. `percentile`: share of all days with as low an abnormal return, in percent.

    `abnormal_bps` and `percentile` are None where the closes do not reach. `excluded` says why the event is not in
    the group's mean.
    """

    day: date
    listed: int
    abnormal_bps: float | None
    percentile: float | None
    excluded: Literal["another_event_in_window", "no_return"] | None


@dataclass(frozen=True)
class GroupStudy:
    """A group over one window. `n` events count; the mean and its place are None below `MIN_EVENTS`.

    `percentile` places the mean among the means of as many random days, `p_value` is two-sided. `detectable_bps`: the
    smallest mean effect that a two-sided 10% test on n events would find in 80% of cases.
    """

    group: str
    last_day: int
    events: list[EventReturn]
    n: int
    share_negative: float | None
    detectable_bps: float | None
    mean_bps: float | None
    percentile: float | None
    p_value: float | None


def abnormal_returns(returns: Floats, market: Floats | None, last_day: int) -> Floats:
    """Abnormal return (T,) in bps of the window [0, `last_day`] that begins on each day.

    `market` (T,) is the S&P 500's return, 0.0 on days without a session; None adjusts for the mean alone. The
    expectation of day 0 holds for the whole window. NaN with fewer than `MIN_DAYS` days to learn from.
    """
    y = pd.Series(returns, dtype=float)
    span = FIRST_BEFORE - LAST_BEFORE + 1
    x = pd.Series(np.zeros_like(returns) if market is None else market, dtype=float)
    # Only days that have both: pandas takes its moments of a covariance from different days otherwise.
    both = y.notna() & x.notna()
    past_y, past_x = (series.where(both).rolling(span, min_periods=MIN_DAYS) for series in (y, x))
    mean = past_y.mean().shift(LAST_BEFORE)
    beta = pd.Series(0.0, y.index) if market is None else (past_y.cov(x.where(both)) / past_x.var()).shift(LAST_BEFORE)
    centre = past_x.mean().shift(LAST_BEFORE)
    parts = [y.shift(-day) - mean - beta * (x.shift(-day) - centre) for day in range(last_day + 1)]
    abnormal: Floats = np.sum([part.to_numpy() for part in parts], axis=0)
    return abnormal


def separate_events(events: Sequence[Event], group: str, last_day: int) -> dict[date, int]:
    """First day of each cluster of `group`, with the number of listed events in it.

    Events of the group no more than `last_day` days after the one before lie in its window: they are one event.
    """
    clusters: dict[date, int] = {}
    first = previous = date.min
    for day in sorted(event.day for event in events if event.group == group):
        if not clusters or (day - previous).days > last_day:
            first = day
        clusters[first] = clusters.get(first, 0) + 1
        previous = day
    return clusters


def group_study(
    days: Days,
    abnormal: Floats,
    events: Sequence[Event],
    group: str,
    last_day: int,
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = SEED,
) -> GroupStudy:
    """The study of `group` over `abnormal` (T,) returns of `days` (T,), as `abnormal_returns` gives for `last_day`.

    An event counts only if no event of another group lies in its window.
    """
    known = abnormal[np.isfinite(abnormal)]
    by_day = dict(zip(days.astype("datetime64[D]").tolist(), abnormal.tolist(), strict=True))
    others = {event.day for event in events if event.group != group}
    found = [
        _event_return(day, listed, by_day.get(day, float("nan")), known, alone=_alone(day, others, last_day))
        for day, listed in separate_events(events, group, last_day).items()
    ]
    counted = np.array([e.abnormal_bps for e in found if e.excluded is None and e.abnormal_bps is not None])
    n = len(counted)
    if n == 0:
        return GroupStudy(group, last_day, found, 0, None, None, None, None, None)
    placebo = known[np.random.default_rng(seed).integers(0, len(known), (draws, n))].mean(axis=1)
    reach = NormalDist().inv_cdf((1 + level) / 2) + NormalDist().inv_cdf(POWER)
    enough = n >= MIN_EVENTS
    below = (1 + (placebo <= counted.mean()).sum()) / (draws + 1)
    above = (1 + (placebo >= counted.mean()).sum()) / (draws + 1)
    return GroupStudy(
        group=group,
        last_day=last_day,
        events=found,
        n=n,
        share_negative=float((counted < 0).mean()),
        detectable_bps=float(reach * placebo.std()),
        mean_bps=float(counted.mean()) if enough else None,
        percentile=float(100 * below) if enough else None,
        p_value=float(min(1.0, 2 * min(below, above))) if enough else None,
    )


def _alone(day: date, others: set[date], last_day: int) -> bool:
    return not any(0 <= (other - day).days <= last_day for other in others)


def _event_return(day: date, listed: int, value: float, known: Floats, *, alone: bool) -> EventReturn:
    if not np.isfinite(value):
        return EventReturn(day, listed, None, None, "no_return")
    percentile = float(100 * (known <= value).mean())
    return EventReturn(day, listed, value, percentile, None if alone else "another_event_in_window")
