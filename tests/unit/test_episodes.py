"""Episodes: hand-computed series, and the corrections of 2024-01 to 2025-04."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.defs.attribution.episodes import episode_of_days, fall_days, find_episodes
from tests.unit.session_matrix import table

FIRST = np.datetime64("2024-01-01")


def days(count: int) -> np.ndarray:
    return FIRST + np.arange(count)


def found(*closes: float) -> list[tuple[int, int, int, int | None]]:
    """(peak, confirmed, trough, end) as positions in the series."""
    episodes = find_episodes(days(len(closes)), np.array(closes, dtype=float))
    start = date(2024, 1, 1)
    return [
        (
            (e.peak_date - start).days,
            (e.confirmed_date - start).days,
            (e.trough_date - start).days,
            None if e.end_date is None else (e.end_date - start).days,
        )
        for e in episodes
    ]


def test_confirmed_at_exactly_ninety_percent_of_the_highest_close():
    assert found(100, 95, 90.01) == []
    assert found(100, 95, 90) == [(0, 2, 2, None)]


def test_ends_at_exactly_fifteen_percent_above_the_lowest_close():
    assert found(200, 180, 160, 183.99) == [(0, 1, 2, None)]
    assert found(200, 180, 160, 184) == [(0, 1, 2, 3)]


def test_ends_above_its_peak_although_less_than_fifteen_percent_were_gained():
    assert found(100, 90, 100) == [(0, 1, 1, None)]
    assert found(100, 90, 100.5) == [(0, 1, 1, 2)]


def test_next_peak_is_the_highest_close_since_the_trough_and_no_peak_is_used_twice():
    # After the end at 94 nothing above 94 was closed since the trough: 100 is no peak any more.
    assert found(100, 90, 80, 94, 86, 84) == [(0, 1, 2, 3), (3, 5, 5, None)]
    assert found(100, 90, 80, 94, 97, 88, 87) == [(0, 1, 2, 3), (4, 6, 6, None)]


def test_an_open_episode_has_the_trough_to_date():
    series = np.array([100.0, 90, 85, 88])
    before, after = find_episodes(days(4), series)[0], find_episodes(days(5), np.append(series, 80.0))[0]
    assert (before.status, before.trough_close, before.depth_pct) == ("open", 85.0, pytest.approx(-15.0))
    assert (after.status, after.trough_close, after.confirmed_date) == ("open", 80.0, before.confirmed_date)


def test_days_without_a_close_are_passed_over():
    assert found(100, float("nan"), 90, float("nan"), 80, 92) == [(0, 2, 4, 5)]


def test_membership_runs_from_confirmation_to_end_day_and_the_fall_from_peak_to_trough():
    closes = np.array([100.0, 95, 89, 80, 85, 92, 93])
    episodes = find_episodes(days(7), closes)
    assert episode_of_days(days(7), episodes).tolist() == [-1, -1, 0, 0, 0, 0, -1]
    assert fall_days(days(7), episodes[0]).tolist() == [False, True, True, True, False, False, False]


def test_days_must_ascend():
    with pytest.raises(ValueError, match="ascend"):
        find_episodes(days(3)[::-1], np.ones(3))


@given(st.lists(st.floats(-0.12, 0.12), min_size=2, max_size=120))
def test_episodes_are_disjoint_and_later_closes_change_nothing_already_known(moves: list[float]):
    closes = 100 * np.exp(np.cumsum(moves))
    all_days = days(len(closes))
    episodes = find_episodes(all_days, closes)
    member = episode_of_days(all_days, episodes)
    ends = [e.end_date for e in episodes]
    assert all(end is not None and end < e.confirmed_date for end, e in zip(ends[:-1], episodes[1:], strict=True))
    assert len({e.peak_date for e in episodes}) == len(episodes)
    assert all(e.peak_date < e.confirmed_date <= e.trough_date and e.depth_pct <= -10 + 1e-9 for e in episodes)
    cut = len(closes) // 2
    early = find_episodes(all_days[:cut], closes[:cut])
    known = [e for e in early if e.status == "ended"]
    assert known == episodes[: len(known)]
    assert episode_of_days(all_days[:cut], early).tolist() == member[:cut].tolist()


def test_the_corrections_of_2024_and_2025():
    closes = table("figures", "btc_usdt_daily")["close"]
    episodes = find_episodes(closes.index.to_numpy().astype("datetime64[D]"), closes.to_numpy())
    rows = [(str(e.peak_date), str(e.confirmed_date), str(e.trough_date), round(e.depth_pct, 1)) for e in episodes]
    assert rows == [
        ("2024-01-08", "2024-01-14", "2024-01-22", -15.7),
        ("2024-03-13", "2024-03-16", "2024-03-19", -15.2),
        ("2024-04-08", "2024-04-13", "2024-05-01", -18.5),
        ("2024-05-20", "2024-06-21", "2024-07-07", -21.8),
        ("2024-07-28", "2024-08-03", "2024-08-05", -20.9),
        ("2024-08-25", "2024-09-01", "2024-09-06", -16.0),
        ("2024-12-17", "2024-12-22", "2025-01-09", -12.8),
        ("2025-01-21", "2025-02-24", "2025-04-08", -28.1),
    ]
    assert (episodes[-1].status, str(episodes[-1].end_date)) == ("ended", "2025-04-22")
