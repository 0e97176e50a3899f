"""Which events are studied together, and their study as two tables. Pure; rows in, rows out.

Groups: each topic of the events table, and its adverse and its relieving events apart where it has both; all policy and
macro events of one direction together. Crypto-only events are adjusted for the S&P 500, the others for the mean alone.
`direction` was judged after the fact, so groups made with it flatter their p values.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import pandas as pd

from orchestration.defs.attribution.event_study import Event, EventReturn, GroupStudy, abnormal_returns, group_study

CRYPTO_TOPICS = ("hack", "bitcoin_reserve")
SIDES = {-1: "adverse", 1: "relieving"}
WINDOWS = (0, 1)


@dataclass(frozen=True)
class Group:
    """Rows of the events table, by position, that are studied together."""

    name: str
    rows: tuple[int, ...]
    crypto_only: bool
    by_direction: bool


def groups(events: pd.DataFrame) -> Iterator[Group]:
    """Groups of `events` (columns topic, direction), each with at least one event."""
    topics = events["topic"].to_numpy()
    directions = events["direction"].to_numpy()
    crypto = np.isin(topics, CRYPTO_TOPICS)
    for topic in sorted(set(topics)):
        of_topic = topics == topic
        yield _group(str(topic), of_topic, crypto_only=topic in CRYPTO_TOPICS)
        for direction, side in SIDES.items():
            chosen = of_topic & (directions == direction)
            if chosen.any() and not chosen[of_topic].all():
                yield _group(f"{topic}_{side}", chosen, crypto_only=topic in CRYPTO_TOPICS, by_direction=True)
    for direction, side in SIDES.items():
        chosen = ~crypto & (directions == direction)
        if chosen.any():
            yield _group(f"policy_{side}", chosen, crypto_only=False, by_direction=True)


def _group(name: str, chosen: np.ndarray, *, crypto_only: bool, by_direction: bool = False) -> Group:
    return Group(name, tuple(np.flatnonzero(chosen).tolist()), crypto_only, by_direction)


def study(days: pd.DataFrame, events: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(a row a group and window, a row a separate event of a group and window).

    `days`: date, btc_bps, market_bps of consecutive UTC days, market 0.0 where New York had no session, NaN where its
    close is not known. `events`: event_date, topic, direction, title.
    """
    dates = days["date"].to_numpy("datetime64[D]")
    returns, market = days["btc_bps"].to_numpy(float), days["market_bps"].to_numpy(float)
    listed = list(zip(pd.to_datetime(events["event_date"]).dt.date, events["title"], strict=True))
    studies, found = [], []
    for last_day in WINDOWS:
        abnormal = {
            True: abnormal_returns(returns, market, last_day),
            False: abnormal_returns(returns, None, last_day),
        }
        for group in groups(events):
            named = [Event(day, group.name if row in group.rows else "") for row, (day, _) in enumerate(listed)]
            result = group_study(dates, abnormal[group.crypto_only], named, group.name, last_day)
            studies.append(_study_row(group, result))
            members = sorted(listed[row] for row in group.rows)
            found += [_event_row(group, last_day, event, members) for event in result.events]
    return pd.DataFrame(studies), pd.DataFrame(found)


def _study_row(group: Group, result: GroupStudy) -> dict[str, object]:
    figures = {name: value for name, value in asdict(result).items() if name not in ("group", "events")}
    return {
        "event_group": group.name,
        "adjusted_for": "S&P 500" if group.crypto_only else "mean",
        "by_direction": group.by_direction,
        "separate_events": len(result.events),
        **figures,
    }


def _event_row(group: Group, last_day: int, event: EventReturn, listed: list[tuple[date, str]]) -> dict[str, object]:
    """One separate event with the titles of all listed events it stands for: `event.listed` of them from its day on."""
    titles = [title for day, title in listed if day >= event.day][: event.listed]
    return {
        "event_group": group.name,
        "last_day": last_day,
        "event_date": event.day,
        "listed_events": event.listed,
        "titles": " / ".join(titles),
        "abnormal_bps": event.abnormal_bps,
        "percentile": event.percentile,
        "excluded": event.excluded,
    }
