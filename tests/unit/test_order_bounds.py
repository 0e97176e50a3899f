"""Order bounds: alone against a fit of its own, last against leaving the theme out, and the weights of both."""

import numpy as np
import pytest

from orchestration.defs.attribution import order_bounds
from orchestration.defs.attribution.decomposition import decompose, rolling_coefficients, rolling_design

THEMES = {"risk": [0, 1], "ai": [2]}


def panel() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    moves = rng.normal(size=(300, 3)) * 100
    moves[:, 2] = 0.9 * moves[:, 0] + 0.3 * moves[:, 2]
    moves[120, 1] = np.nan
    return np.nan_to_num(moves) @ [1.0, 0.3, 0.0] + rng.normal(size=300) * 50, moves


def explained(returns: np.ndarray, moves: np.ndarray, rows: np.ndarray) -> np.ndarray:
    design = rolling_design(moves, rows)
    return decompose(returns, moves, rolling_coefficients(design, returns)).explained


def test_bounds_are_those_of_the_fits_they_stand_for():
    returns, moves = panel()
    rows = np.isfinite(moves).all(axis=1)
    alone, last = order_bounds.alone(returns, moves, THEMES), order_bounds.last(returns, moves, THEMES)
    full = explained(returns, moves, rows)
    later = slice(181, None)
    for position, (own, other) in enumerate((([0, 1], [2]), ([2], [0, 1]))):
        assert alone.contributions[later, position] == pytest.approx(explained(returns, moves[:, own], rows)[later])
        without = explained(returns, moves[:, other], rows)
        assert last.contributions[later, position] == pytest.approx((full - without)[later], abs=1e-8)
    assert np.isnan(alone.contributions[:181]).all() and np.isnan(last.contributions[120]).all()


def test_a_theme_that_only_follows_the_market_has_a_gap_between_its_bounds():
    returns, moves = panel()
    days = np.arange(300) >= 290
    alone = order_bounds.alone(returns, moves, THEMES).contributions[days, 1].sum()
    last = order_bounds.last(returns, moves, THEMES).contributions[days, 1].sum()
    assert abs(alone) > 5 * abs(last)


def test_weights_give_the_bounds_back():
    returns, moves = panel()
    days = np.arange(300) >= 285
    for bound in (order_bounds.alone(returns, moves, THEMES), order_bounds.last(returns, moves, THEMES)):
        assert bound.weights(days).T @ returns == pytest.approx(bound.contributions[days].sum(axis=0), rel=1e-8)
        assert bound.errors.shape == bound.weights(days).shape == (300, 2)


def test_with_one_theme_both_bounds_are_the_contribution():
    returns, moves = panel()
    whole = {"all": [0, 1, 2]}
    alone, last = order_bounds.alone(returns, moves, whole), order_bounds.last(returns, moves, whole)
    assert alone.contributions[181:] == pytest.approx(last.contributions[181:])
