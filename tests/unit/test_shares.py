"""LMG shares: against all orders by hand, and beside what shuffled returns give."""

from itertools import permutations

import numpy as np
import pytest
import statsmodels.api as sm

from orchestration.defs.attribution.shares import trailing_shares, variance_shares

THEMES = {"a": [0, 1], "b": [2], "c": [3]}


def panel(rows: int = 250, effect: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(21)
    shocks = rng.normal(size=(rows, 4))
    shocks[:, 2] += 0.7 * shocks[:, 0]
    return effect * shocks @ [1.0, 0.5, 0.4, 0.0] + rng.normal(size=rows), shocks


def test_shares_are_the_mean_gain_over_all_orders_and_add_up_to_r_squared():
    returns, shocks = panel()
    fit = sm.OLS(returns, sm.add_constant(shocks)).fit()
    scores = np.column_stack([shocks[:, c] @ fit.params[1:][c] for c in THEMES.values()])

    def r_squared(entered: tuple[int, ...]) -> float:
        return sm.OLS(returns, sm.add_constant(scores[:, list(entered)])).fit().rsquared if entered else 0.0

    gains = np.zeros(3)
    for order in permutations(range(3)):
        for place, member in enumerate(order):
            gains[member] += (r_squared(order[: place + 1]) - r_squared(order[:place])) / 6
    found = variance_shares(returns, shocks, THEMES)
    assert found.shares == pytest.approx(gains)
    assert found.r_squared == pytest.approx(fit.rsquared)
    assert found.sessions == 250


def test_shuffled_returns_fit_about_as_many_shocks_over_rows():
    returns, shocks = panel()
    found = variance_shares(returns, shocks, THEMES)
    assert found.shuffled_r_squared == pytest.approx(4 / 249, rel=0.15)
    assert found.shuffled_r_squared < found.shuffled_r_squared_95 < found.r_squared
    nothing = variance_shares(*panel(effect=0.0), THEMES)
    assert nothing.r_squared < nothing.shuffled_r_squared_95


def test_a_theme_that_fits_nothing_has_no_share():
    returns, shocks = panel()
    shocks[:, 3] = 0.0
    found = variance_shares(returns, shocks, THEMES)
    assert found.shares[2] == 0.0
    assert found.r_squared == pytest.approx(sm.OLS(returns, sm.add_constant(shocks[:, :3])).fit().rsquared)


def test_too_few_sessions_are_refused():
    returns, shocks = panel(180)
    returns[3] = np.nan
    with pytest.raises(ValueError, match="179 sessions"):
        variance_shares(returns, shocks, THEMES)


def test_month_ends_are_last_sessions_with_a_month_behind_them_and_enough_rows():
    returns, shocks = panel(320)
    days = np.busday_offset("2024-01-01", np.arange(320), roll="forward")
    found = trailing_shares(days, returns, shocks, THEMES)
    assert [str(days[row]) for row in found] == [
        "2024-09-30", "2024-10-31", "2024-11-29", "2024-12-31", "2025-01-31", "2025-02-28",
    ]  # fmt: skip
    last = max(found)
    expected = variance_shares(returns[last - 249 : last + 1], shocks[last - 249 : last + 1], THEMES)
    assert found[last].shares.tolist() == expected.shares.tolist()
