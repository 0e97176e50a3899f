"""Benchmarks of fit: hand-computed figures, ridge at its limits, and penalties chosen by past errors only."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from orchestration.defs.attribution.benchmarks import (
    clark_west,
    conditional,
    fit_report,
    out_of_sample_r2,
    ridge_explained,
)
from orchestration.defs.attribution.decomposition import decompose, rolling_coefficients, rolling_design


def panel(rows: int = 700, other: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(31)
    shocks = rng.normal(size=(rows, 4)) * [100, 40, 5, 300]
    returns = shocks[:, 0] + other * shocks[:, 1] + rng.normal(size=rows) * 200
    return returns, shocks


def explained(returns: np.ndarray, shocks: np.ndarray):
    design = rolling_design(shocks)
    return design, decompose(returns, shocks, rolling_coefficients(design, returns)).explained


def test_r_squared_by_hand_against_zero_and_against_a_rival():
    returns = np.array([1.0, -2.0, 3.0, np.nan])
    prediction = np.array([1.0, -1.0, 1.0, 5.0])
    assert out_of_sample_r2(returns, prediction) == pytest.approx(1 - 5 / 14)
    assert out_of_sample_r2(returns, prediction, np.array([0.0, 0.0, 2.0, 1.0])) == pytest.approx(1 - 5 / 6)
    assert np.isnan(out_of_sample_r2(returns, np.full(4, np.nan)))


def test_clark_west_by_hand():
    returns, small, large = np.array([1.0, 2.0, -1.0]), np.zeros(3), np.array([0.5, 1.0, 0.5])
    gain = np.array([1.0, 4.0, 1.0]) - (np.array([0.25, 1.0, 2.25]) - np.array([0.25, 1.0, 0.25]))
    expected = gain.mean() / (gain.std(ddof=1) / np.sqrt(3))
    t, p = clark_west(returns, small, large)
    assert t == pytest.approx(expected)
    assert 0 < p < 0.5


def test_shocks_that_matter_beat_the_market_alone_and_those_that_do_not_do_not():
    for other, matters in ((3.0, True), (0.0, False)):
        returns, shocks = panel(other=other)
        design, full = explained(returns, shocks)
        report = fit_report(returns, shocks, design, full)
        assert (report.r_squared_against_market > 0) is matters
        assert (report.clark_west_p < 0.01) is matters
        assert report.r_squared_against_zero > 0.1
        assert abs(report.forecast_r_squared) < 0.1
        assert report.sessions == 520


def test_forecast_uses_the_shocks_of_the_session_before():
    returns, shocks = panel()
    returns = np.append(0.0, 2 * shocks[:-1, 0])
    design, full = explained(returns, shocks)
    report = fit_report(returns, shocks, design, full)
    assert report.forecast_r_squared == pytest.approx(1.0)
    assert report.r_squared_against_zero < 0.1


def test_conditional_is_null_where_a_shock_is_missing():
    returns, shocks = panel()
    shocks[500, 2] = np.nan
    found = conditional(returns, shocks)
    assert np.isnan(found[:180]).all() and np.isnan(found[500]) and np.isfinite(found[501:]).all()


def test_ridge_without_penalty_is_ordinary_least_squares_and_with_a_great_one_nothing():
    returns, shocks = panel()
    design, full = explained(returns, shocks)
    assert ridge_explained(returns, shocks, design, penalties=(0.0,))[180:] == pytest.approx(full[180:])
    assert np.abs(ridge_explained(returns, shocks, design, penalties=(1e9,))[180:]).max() < 1e-3


def test_ridge_slope_by_hand():
    shocks = np.array([[-1.0], [0.0], [1.0], [2.0]])
    returns = np.array([-2.0, 0.0, 2.0, 9.0])
    design = rolling_design(shocks, window=3, min_sessions=3)
    # Slope = sum of xy over (1 + penalty) times the sum of squares: 4 / (1.5 x 2).
    assert ridge_explained(returns, shocks, design, penalties=(0.5,))[3] == pytest.approx(2 * 4 / 3)


def test_ridge_is_that_of_scikit_learn_on_standardised_shocks():
    returns, shocks = panel()
    design, _ = explained(returns, shocks)
    row, penalty = 600, 0.3
    past = slice(row - 250, row)
    spread = shocks[past].std(axis=0)
    fit = Ridge(alpha=penalty * 250).fit(shocks[past] / spread, returns[past])
    found = ridge_explained(returns, shocks, design, penalties=(penalty,))[row]
    assert found == pytest.approx(fit.coef_ @ (shocks[row] / spread))


def test_the_penalty_is_the_best_of_the_window_before():
    returns, shocks = panel()
    returns[400] = np.nan
    returns[450:] = np.random.default_rng(0).normal(size=250) * 200  # from here on the strongest penalty is best
    design = rolling_design(shocks, np.isfinite(returns))
    penalties = (10.0, 1.0, 0.01)
    each = np.column_stack([ridge_explained(returns, shocks, design, penalties=(p,)) for p in penalties])
    found = ridge_explained(returns, shocks, design, penalties=penalties)
    chosen = set()
    for row in range(181, 700):
        errors = np.nansum((returns[max(0, row - 250) : row, None] - each[max(0, row - 250) : row]) ** 2, axis=0)
        best = int(errors.argmin())
        chosen.add(best)
        assert found[row] == each[row, best]
    assert len(chosen) > 1
    assert found[180] == each[180, 0]  # nothing to choose by: the strongest
