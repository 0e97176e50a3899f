"""Intervals: the errors they are made of, their width, the family-wise verdict, and nothing of the future in them."""

import numpy as np
import pytest
import statsmodels.api as sm

from orchestration.defs.attribution.decomposition import (
    return_weights,
    rolling_coefficients,
    rolling_design,
    theme_loadings,
)
from orchestration.defs.attribution.intervals import forecast_errors, multiplier_intervals

THEMES = {"a": [0], "b": [1]}


def panel(rows: int = 300, effect: float = 1.0, seed: int = 11):
    rng = np.random.default_rng(seed)
    shocks = rng.normal(size=(rows, 2)) * 100
    returns = shocks @ [effect, 0.0] + rng.normal(size=rows) * 150
    design = rolling_design(shocks)
    return returns, shocks, design, rolling_coefficients(design, returns)


def test_later_rows_have_the_error_of_coefficients_known_before_them():
    returns, shocks, design, coefficients = panel()
    errors = forecast_errors(design, returns, coefficients)
    expected = returns[180:] - coefficients[180:, 0] - (coefficients[180:, 1:] * shocks[180:]).sum(axis=1)
    assert errors[180:] == pytest.approx(expected)


def test_rows_of_the_warm_up_have_the_error_of_a_fit_without_them():
    returns, shocks, design, coefficients = panel()
    errors = forecast_errors(design, returns, coefficients)
    first = sm.OLS(returns[:180], sm.add_constant(shocks[:180])).fit()
    assert errors[:180] == pytest.approx(first.get_influence().resid_press)


def test_unusable_rows_have_no_error():
    returns, shocks, _, _ = panel()
    shocks[200, 0], returns[250] = np.nan, np.nan
    design = rolling_design(shocks, np.isfinite(returns))
    errors = forecast_errors(design, returns, rolling_coefficients(design, returns))
    assert errors[200] == errors[250] == 0.0
    assert np.isfinite(errors).all()


def test_standard_error_is_that_of_block_sums():
    scores = np.zeros((100, 1))
    scores[40:75, 0] = 1.0  # blocks of ten, counted back from row 74: 10, 10, 10 and 5 rows
    found = multiplier_intervals(np.array([0.0]), scores, draws=200_000)
    assert found.standard_error[0] == pytest.approx(np.sqrt(3 * 10**2 + 5**2), rel=0.01)
    assert found.upper[0] == pytest.approx(1.645 * found.standard_error[0], rel=0.01)
    assert found.lower[0] == -found.upper[0]


def test_blocks_do_not_depend_on_rows_before_the_first_or_after_the_last_weight():
    scores = np.random.default_rng(0).normal(size=(60, 2))
    zeros = np.zeros((7, 2))
    estimates = np.array([1.0, 2.0])
    alone = multiplier_intervals(estimates, scores)
    padded = multiplier_intervals(estimates, np.vstack([zeros, scores, zeros]))
    assert alone.lower.tolist() == padded.lower.tolist()


def test_family_wise_threshold_is_higher_than_that_of_one_theme():
    scores = np.random.default_rng(0).normal(size=(400, 7))
    one = multiplier_intervals(np.zeros(1), scores[:, :1])
    seven = multiplier_intervals(np.zeros(7), scores)
    assert one.critical == pytest.approx(1.645, abs=0.08)
    assert seven.critical == pytest.approx(2.44, abs=0.12)  # 1 - 0.9^(1/7) two-sided, independent
    almost = multiplier_intervals(seven.standard_error * 2.0, scores)
    assert (almost.lower > 0).all() and not almost.significant.any()


def test_intervals_hold_the_truth_nine_times_in_ten_and_find_what_is_there():
    inside, found = [], []
    for seed in range(200):
        returns, shocks, design, coefficients = panel(effect=2.0, seed=seed)
        days = design.fitted & (shocks[:, 0] < -100)
        weights = return_weights(design, theme_loadings(shocks, THEMES), days)
        errors = forecast_errors(design, returns, coefficients)
        interval = multiplier_intervals(weights.T @ returns, weights * errors[:, None], draws=499)
        true = np.array([2.0, 0.0]) * shocks[days].sum(axis=0)
        inside.append((interval.lower < true) & (true < interval.upper))
        found.append(interval.significant)
    assert np.mean(inside, axis=0) == pytest.approx([0.9, 0.9], abs=0.055)
    assert np.mean(found, axis=0)[0] > 0.95
    assert np.mean(found, axis=0)[1] < 0.1


def test_intervals_do_not_change_when_later_rows_arrive():
    returns, shocks, _, _ = panel()
    days = (np.arange(300) >= 230) & (np.arange(300) < 260)

    def interval(rows: int):
        known = rolling_design(shocks[:rows])
        beta = rolling_coefficients(known, returns[:rows])
        weights = return_weights(known, theme_loadings(shocks[:rows], THEMES), days[:rows])
        errors = forecast_errors(known, returns[:rows], beta)
        return multiplier_intervals(weights.T @ returns[:rows], weights * errors[:, None])

    early, late = interval(260), interval(300)
    assert early.lower == pytest.approx(late.lower, rel=1e-9)
    assert early.upper == pytest.approx(late.upper, rel=1e-9)
    assert early.critical == pytest.approx(late.critical, rel=1e-9)


def test_same_draws_every_time_and_no_rows_is_an_error():
    scores = np.random.default_rng(0).normal(size=(60, 2))
    first, second = (multiplier_intervals(np.ones(2), scores) for _ in range(2))
    assert first.upper.tolist() == second.upper.tolist()
    with pytest.raises(ValueError, match="no row bears"):
        multiplier_intervals(np.ones(2), np.zeros((60, 2)))
