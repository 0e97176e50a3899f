"""Corrections in a daily close series: when each began, was confirmed, reached its bottom and ended.

A confirmation uses only closes up to its day, so `episode_of_days` never changes when later closes arrive; the trough
of an open episode is the trough to date.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

FALL = 0.10
RECOVERY = 0.15


@dataclass(frozen=True)
class Episode:
    """One correction. Closes are in the series' unit; `depth_pct` is simple, negative, trough against peak."""

    peak_date: date
    peak_close: float
    confirmed_date: date
    trough_date: date
    trough_close: float
    end_date: date | None

    @property
    def status(self) -> Literal["open", "ended"]:
        return "open" if self.end_date is None else "ended"

    @property
    def depth_pct(self) -> float:
        return 100.0 * (self.trough_close / self.peak_close - 1.0)


def find_episodes(days: Days, closes: Floats, *, fall: float = FALL, recovery: float = RECOVERY) -> list[Episode]:
    """The episodes of `closes` (T,) on `days` (T,), both oldest first; days without a close (NaN) are passed over.

    Confirmed on the first close at least `fall` below the highest close since the last trough. Ended on the first
    close at least `recovery` above the lowest close, or above the peak. The peak is that highest close, the trough
    the lowest close up to the end. Raises ValueError for days that do not ascend.
    """
    if (np.diff(days) <= np.timedelta64(0, "D")).any():
        raise ValueError("days must ascend")
    when: list[date] = days.astype("datetime64[D]").tolist()
    found: list[Episode] = []
    peak, confirmed, trough = -1, -1, -1
    for now in np.flatnonzero(np.isfinite(closes)).tolist():
        close = closes[now]
        if peak < 0:
            peak = now
        elif confirmed < 0:
            if close > closes[peak]:
                peak = now
            elif close <= (1.0 - fall) * closes[peak]:
                confirmed = trough = now
        elif close < closes[trough]:
            trough = now
        elif close >= (1.0 + recovery) * closes[trough] or close > closes[peak]:
            found.append(_episode(when, closes, peak=peak, confirmed=confirmed, trough=trough, end=when[now]))
            # Every close since the trough was below the one that ended the episode: the next peak starts here.
            peak, confirmed = now, -1
    if confirmed >= 0:
        found.append(_episode(when, closes, peak=peak, confirmed=confirmed, trough=trough, end=None))
    return found


def episode_of_days(days: Days, episodes: list[Episode]) -> NDArray[np.int64]:
    """For every day the position in `episodes` of the one it belongs to, confirmation to end day, or -1."""
    member = np.full(len(days), -1, dtype=np.int64)
    for position, episode in enumerate(episodes):
        inside = days >= np.datetime64(episode.confirmed_date)
        if episode.end_date is not None:
            inside &= days <= np.datetime64(episode.end_date)
        member[inside] = position
    return member


def fall_days(days: Days, episode: Episode) -> NDArray[np.bool_]:
    """Marks the days whose returns make the fall: after the peak, up to the trough."""
    marked: NDArray[np.bool_] = (days > np.datetime64(episode.peak_date)) & (days <= np.datetime64(episode.trough_date))
    return marked


def _episode(when: list[date], closes: Floats, *, peak: int, confirmed: int, trough: int, end: date | None) -> Episode:
    return Episode(when[peak], float(closes[peak]), when[confirmed], when[trough], float(closes[trough]), end)
