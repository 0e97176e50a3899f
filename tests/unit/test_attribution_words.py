"""What a period says of itself: unexplained first, no share above the whole, no more than its figures hold."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orchestration.defs.attribution.benchmarks import Fit
from orchestration.defs.attribution.words import bps, fit_sentence, period_sentence

TOTAL: dict[str, Any] = {
    "first_date": pd.Timestamp("2025-01-22"),
    "last_date": pd.Timestamp("2025-04-08"),
    "status": "settled",
    "sessions": 53,
    "thin_sessions": 0,
    "complete_sessions": 53,
    "btc_return_bps": -3298.0,
    "btc_return_pct": -28.1,
    "explained_bps": -2524.0,
    "explained_lower_bps": -3330.0,
    "explained_upper_bps": -1717.0,
    "unexplained_bps": -774.0,
    "unexplained_open_bps": 555.0,
    "unexplained_closed_bps": -1329.0,
    "daily_r_squared": -0.29,
}
THEMES = pd.DataFrame(
    {
        "label": ["Risk", "Gold", "Market"],
        "contribution_bps": [-2115.0, -81.0, np.nan],
        "contribution_lower_bps": [-2937.0, -200.0, np.nan],
        "contribution_upper_bps": [-1294.0, 38.0, np.nan],
        "significant": [True, False, None],
    },
    index=["risk", "gold", "market"],
)


def test_what_is_not_explained_comes_first() -> None:
    assert period_sentence(TOTAL, THEMES) == (
        "2025-01-22 to 2025-04-08: BTC fell 28.1% (-3,298 log bps). "
        "Unexplained: -774, of which -1,329 on days without a US session and +555 in sessions. "
        "What priced markets did goes with -2,524 (90% -3,330 to -1,717), a part of it. "
        "Told from zero: Risk -2,115 (-2,937 to -1,294). No other theme is. "
        "The total agrees with the market's fall, but the model does not follow these days one by one "
        "(R squared -0.29): association, not cause."
    )


def test_more_than_all_of_it_is_offset_by_the_rest() -> None:
    more = TOTAL | {"explained_bps": -4000.0, "unexplained_bps": 702.0}
    assert "more than all of it, offset by +702 unexplained" in period_sentence(more, THEMES)


def test_against_the_return_nothing_agrees() -> None:
    against = TOTAL | {"explained_bps": 500.0, "explained_lower_bps": 100.0, "explained_upper_bps": 900.0}
    sentence = period_sentence(against, THEMES)
    assert "+500 (90% +100 to +900), against the direction of the return" in sentence
    assert "agrees" not in sentence and "does not follow these days one by one" in sentence


def test_an_interval_with_zero_in_it_agrees_with_nothing() -> None:
    sentence = period_sentence(TOTAL | {"explained_upper_bps": 20.0}, THEMES)
    assert "-2,524 (90% -3,330 to +20), which cannot be told from zero." in sentence
    assert "agrees" not in sentence and "does not follow these days one by one" in sentence


def test_a_rise_agrees_with_a_rise() -> None:
    rise = {"btc_return_bps": 3298.0, "btc_return_pct": 39.1, "explained_bps": 2000.0}
    sentence = period_sentence(TOTAL | rise | {"explained_lower_bps": 100.0, "explained_upper_bps": 3900.0}, THEMES)
    assert "BTC rose 39.1%" in sentence and "agrees with the market's rise" in sentence


def test_a_model_that_follows_the_days_says_so() -> None:
    sentence = period_sentence(TOTAL | {"daily_r_squared": 0.41}, THEMES)
    assert "Day by day it goes with these days at an R squared of 0.41: association, not cause." in sentence
    assert "does not follow" not in sentence


def test_no_theme_is_named_that_is_not_significant() -> None:
    sentence = period_sentence(TOTAL, THEMES.assign(significant=[False, False, None]))
    assert "No theme can be told from zero." in sentence and "Risk" not in sentence


def test_only_the_return_itself_is_a_percentage() -> None:
    for total in (TOTAL, TOTAL | {"explained_bps": -9000.0, "unexplained_bps": 5702.0}):
        shares = re.sub(r"\(90% ", "(", period_sentence(total, THEMES))
        assert re.findall(r"[\d.,]+%", shares) == ["28.1%"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"status": "thin", "thin_sessions": 12}, "It is not attributed: 12 of its 53 sessions"),
        ({"status": "closed"}, "All of it is unexplained: no US session lies in these days."),
        ({"status": "provisional"}, "Provisional: figures of its last sessions are still to come."),
        (
            {"complete_sessions": 50},
            "In 3 of its 53 sessions an input is missing: what it would explain is not in that.",
        ),
        ({"complete_sessions": 50}, "does not follow the 50 sessions that have all their figures one by one"),
        ({"complete_sessions": 4, "daily_r_squared": 0.93}, "Too few sessions have all their figures (4) to say how"),
        ({"daily_r_squared": np.nan}, "No session of it has all its figures."),
        ({"btc_return_bps": np.nan}, "no return of BTC is known"),
        ({"last_date": TOTAL["first_date"]}, "2025-01-22: BTC fell"),
    ],
)
def test_other_states(changed: dict[str, Any], expected: str) -> None:
    assert expected in period_sentence(TOTAL | changed, THEMES)


def test_signed_figures() -> None:
    assert [bps(value) for value in (-3298.4, 0.4, -0.4, 12.6)] == ["-3,298", "0", "0", "+13"]


@pytest.mark.parametrize(
    ("gain_p", "worse_p", "verdict", "words"),
    [
        (0.05, 0.9, "adds", "The other themes add to"),
        (0.6, 0.3, "does_not_add", "The other themes do not add to"),
        (0.6, 0.01, "worse", "The other themes make it worse than"),
    ],
)
def test_one_of_three_verdicts_holds(gain_p: float, worse_p: float, verdict: str, words: str) -> None:
    fit = Fit(np.ones(120, dtype=bool), 0.09, -0.05, 0.13, 0.11, -0.03, 3.5, 0.0, 1.0, gain_p, 1.0, worse_p)
    assert fit.verdict == verdict
    assert words in fit_sentence(fit)
    assert "Over 120 sessions" in fit_sentence(fit) and "it does not predict" in fit_sentence(fit)
