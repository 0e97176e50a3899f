"""The rolling decomposition: its algebra against statsmodels, its identity, and nothing of the future in it."""

import numpy as np
import pytest
import statsmodels.api as sm

from orchestration.defs.attribution.decomposition import (
    decompose,
    last_loadings,
    loaded,
    return_weights,
    rolling_coefficients,
    rolling_design,
    statuses,
    theme_loadings,
    theme_sums,
)

WINDOW, LEAST = 60, 40
THEMES = {"a": [0, 2], "b": [1]}


def panel(rows: int = 150, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    shocks = rng.normal(size=(rows, 3)) * [100, 5, 30]
    shocks[:, 2] += 0.2 * shocks[:, 0]
    return 10 + shocks @ [1.5, -8.0, 0.5] + rng.normal(size=rows) * 200, shocks


def fit(returns: np.ndarray, shocks: np.ndarray):
    design = rolling_design(shocks, np.isfinite(returns), window=WINDOW, min_sessions=LEAST)
    return design, decompose(returns, shocks, rolling_coefficients(design, returns))


@pytest.mark.parametrize("row", [40, 59, 60, 100, 149])
def test_coefficients_are_ordinary_least_squares_on_the_rows_before(row: int):
    returns, shocks = panel()
    _, parts = fit(returns, shocks)
    behind = slice(max(0, row - WINDOW), row)
    expected = sm.OLS(returns[behind], sm.add_constant(shocks[behind])).fit().params
    assert parts.coefficients[row] == pytest.approx(expected, rel=1e-9)


def test_a_hand_computed_contribution():
    shocks = np.array([[-1.0], [0.0], [1.0], [4.0]])
    returns = np.array([1.0, 3.0, 5.0, 20.0])  # the line 3 + 2 x until then
    design = rolling_design(shocks, window=3, min_sessions=3)
    parts = decompose(returns, shocks, rolling_coefficients(design, returns))
    assert parts.contributions[3, 0] == pytest.approx(8.0)
    assert parts.baseline[3] == pytest.approx(3.0)
    assert parts.unexplained[3] == pytest.approx(12.0)  # the drift belongs to it


def test_contributions_and_unexplained_make_the_return():
    returns, shocks = panel()
    _, parts = fit(returns, shocks)
    total = theme_sums(parts.contributions, THEMES).sum(axis=1) + parts.unexplained
    assert np.abs(total - returns)[LEAST:].max() < 1e-9


def test_thin_rows_are_null_and_not_zero():
    returns, shocks = panel()
    design, parts = fit(returns, shocks)
    assert design.sessions[:LEAST].tolist() == list(range(LEAST))
    for column in (parts.contributions[:, 0], parts.baseline, parts.explained, parts.unexplained):
        assert np.isnan(column[:LEAST]).all() and np.isfinite(column[LEAST:]).all()


def test_a_missing_shock_takes_its_own_contribution_only_and_its_row_enters_no_window():
    returns, shocks = panel()
    shocks[100, 1] = np.nan
    design, parts = fit(returns, shocks)
    assert np.isnan(parts.contributions[100]).tolist() == [False, True, False]
    assert parts.unexplained[100] == pytest.approx(returns[100] - np.nansum(parts.contributions[100]))
    assert np.isnan(theme_sums(parts.contributions, THEMES)[100]).tolist() == [False, True]
    behind = np.setdiff1d(np.arange(60, 120), [100])
    expected = sm.OLS(returns[behind], sm.add_constant(shocks[behind])).fit().params
    assert parts.coefficients[120] == pytest.approx(expected, rel=1e-9)
    assert design.sessions[120] == 59


def test_nothing_of_the_day_or_later_changes_a_coefficient():
    returns, shocks = panel()
    _, parts = fit(returns, shocks)
    changed_returns, changed_shocks = returns.copy(), shocks.copy()
    changed_returns[100:] += 999
    changed_shocks[100:] *= -3
    _, changed = fit(changed_returns, changed_shocks)
    assert np.array_equal(changed.coefficients[:101], parts.coefficients[:101], equal_nan=True)
    assert not np.allclose(changed.coefficients[101], parts.coefficients[101])


def test_rows_do_not_change_when_later_rows_arrive():
    returns, shocks = panel()
    _, parts = fit(returns, shocks)
    _, early = fit(returns[:110], shocks[:110])
    assert np.array_equal(early.unexplained, parts.unexplained[:110], equal_nan=True)


def test_condition_number_of_the_standardised_window():
    returns, shocks = panel()
    design, _ = fit(returns, shocks)
    window = shocks[40:100]
    standard = (window - window.mean(axis=0)) / window.std(axis=0)
    assert design.condition[100] == pytest.approx(np.linalg.cond(standard))
    assert np.isnan(design.condition[LEAST - 1])


@pytest.mark.parametrize("spoil", ["constant", "identity"])
def test_a_shock_without_information_of_its_own_gives_no_fit(spoil: str):
    returns, shocks = panel()
    shocks[:, 1] = 7.75 if spoil == "constant" else shocks[:, 0] + shocks[:, 2]
    design, parts = fit(returns, shocks)
    assert np.isinf(design.condition[LEAST:]).all()
    assert np.isnan(parts.explained).all()


def test_weights_turn_returns_into_the_contributions_of_any_set_of_days():
    returns, shocks = panel()
    returns[70], shocks[80, 2] = np.nan, np.nan
    design, parts = fit(returns, shocks)
    days = np.zeros(len(returns), dtype=bool)
    days[[20, 45, 90, 91, 92, 149]] = True
    weights = return_weights(design, theme_loadings(shocks, THEMES), days)
    expected = np.nansum(theme_sums(parts.contributions, THEMES)[days], axis=0)
    assert weights.T @ np.nan_to_num(returns) == pytest.approx(expected, rel=1e-9)
    assert not weights[[70, 80, 149]].any()  # rows out of every window, and the last day itself


def test_weights_of_no_day_are_zero():
    returns, shocks = panel()
    design, _ = fit(returns, shocks)
    loadings = theme_loadings(shocks, THEMES)
    assert not return_weights(design, loadings, np.zeros(len(returns), dtype=bool)).any()
    assert not return_weights(design, loadings, np.arange(len(returns)) < LEAST).any()


def test_entering_last_is_the_full_fit_less_the_fit_without_the_theme():
    returns, shocks = panel()
    design, parts = fit(returns, shocks)
    last = loaded(parts.coefficients, last_loadings(design, shocks, THEMES))
    for position, others in enumerate(([1], [0, 2])):
        _, without = fit(returns, shocks[:, others])
        assert last[LEAST:, position] == pytest.approx(parts.explained[LEAST:] - without.explained[LEAST:], abs=1e-8)


def test_statuses():
    named = statuses(
        session=np.array([False, True, True, True, True]),
        complete=np.array([True, True, True, False, False]),
        sessions_behind=np.array([250, 179, 180, 250, 250]),
        age_days=np.array([0, 0, 0, 8, 9]),
    )
    assert named == ["closed", "thin", "settled", "provisional", "settled"]
