"""Flow surprises: an autoregression's innovation, three datings of the total, and the layer on what is unexplained."""

import numpy as np
import pytest
import statsmodels.api as sm

from orchestration.defs.attribution.flow_surprise import associated, flow_layer, flow_totals, surprise


def flows(rows: int = 400) -> np.ndarray:
    rng = np.random.default_rng(41)
    values = rng.normal(size=(rows, 3)) * 50
    for row in range(1, rows):
        values[row] += 0.6 * values[row - 1]
    return values


def test_surprise_is_the_error_of_five_lags_on_the_120_sessions_before():
    flow = flows()[:, 0]
    row = 300
    lags = np.column_stack([flow[row - 120 - lag : row + 1 - lag] for lag in range(1, 6)])
    fit = sm.OLS(flow[row - 120 : row], sm.add_constant(lags[:-1])).fit()
    expected = flow[row] - fit.params @ np.append(1.0, lags[-1])
    assert surprise(flow)[row] == pytest.approx(expected)
    assert np.isnan(surprise(flow)[:105]).all() and np.isfinite(surprise(flow)[105:]).all()


def test_a_flow_not_reported_makes_six_sessions_null_and_never_zero():
    flow = flows()[:, 0]
    flow[200] = np.nan
    found = surprise(flow)
    assert np.isnan(found[200:206]).all()
    assert np.isfinite(np.delete(found, np.s_[200:206])[105:]).all()


def test_totals_as_dated_realigned_and_without_the_late_fund():
    printed = np.array([[1.0, 10.0, 100.0], [2.0, 20.0, 200.0], [3.0, 30.0, np.nan]])
    totals = flow_totals(printed, late=[0])
    assert totals[0].tolist() == [111.0, 112.0, 110.0]
    assert totals[1].tolist() == [222.0, 223.0, 220.0]
    assert np.isnan(totals[2]).all()
    assert np.isnan(flow_totals(printed[:2], late=[0])[-1]).tolist() == [False, True, False]


def test_layer_takes_the_slope_of_the_sessions_before():
    rng = np.random.default_rng(42)
    surprises = rng.normal(size=300) * 100
    unexplained = 30 + 0.5 * surprises + rng.normal(size=300)
    found = associated(unexplained, surprises)
    assert np.isnan(found[:40]).all()
    behind = slice(10, 260)
    slope = np.polyfit(surprises[behind], unexplained[behind], 1)[0]
    assert found[260] == pytest.approx(slope * surprises[260])
    assert found[40:] == pytest.approx(0.5 * surprises[40:], abs=8)


def test_sessions_without_a_decomposition_enter_no_slope():
    rng = np.random.default_rng(44)
    surprises = rng.normal(size=300) * 100
    unexplained = 0.5 * surprises
    unexplained[:100] = np.nan
    found = associated(unexplained, surprises)
    assert np.isnan(found[:140]).all()
    assert found[140:] == pytest.approx(0.5 * surprises[140:])


def test_the_realigned_layer_finds_a_fund_that_prints_a_session_late():
    printed = np.random.default_rng(43).normal(size=(600, 2)) * 100
    true = printed.copy()
    true[:-1, 0] = printed[1:, 0]
    returns = true.sum(axis=1)
    layer = flow_layer(returns, printed, late=[0])
    left = [np.nanvar(returns - layer.associated[:, way]) for way in range(3)]
    assert left[1] < 0.2 * min(left[0], left[2])


def test_rows_do_not_change_when_later_rows_arrive():
    printed = flows()
    unexplained = printed.sum(axis=1) + np.random.default_rng(1).normal(size=400)
    whole = flow_layer(unexplained, printed, late=[0])
    early = flow_layer(unexplained[:300], printed[:300], late=[0])
    assert np.array_equal(early.associated[:299], whole.associated[:299], equal_nan=True)
    assert np.isnan(early.associated[299, 1]) and np.isfinite(whole.associated[299, 1])


def test_a_run_of_equal_flows_gives_no_surprise_of_any_size():
    """Before the first fund there are zeros only; an autoregression on them would forecast anything."""
    flow = np.append(np.zeros(300), flows()[:, 0])
    found = surprise(flow)
    assert np.isnan(found[:305]).all() and np.isfinite(found[-200:]).all()
    assert np.nanmax(np.abs(found)) < 10 * flow.std()
