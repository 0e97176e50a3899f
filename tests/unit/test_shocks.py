"""Shocks: extremes cut at six trailing standard deviations, residuals on the market by past slopes only."""

import numpy as np
import pytest

from orchestration.defs.attribution.shocks import residual, winsorized


def test_cut_at_the_limit_times_the_deviation_of_the_rows_before():
    values = np.array([1.0, -1, 1, -1, 50, -50, 2])
    deviation = np.std([1, -1, 1, -1], ddof=1)
    cut = winsorized(values, limit_sds=6, window=4, min_sessions=4)
    assert cut[:4].tolist() == [1, -1, 1, -1]
    assert cut[4] == pytest.approx(6 * deviation)
    assert cut[5] == -50  # the extreme of the row before is in the deviation by then


def test_missing_values_stay_missing_and_enter_no_deviation():
    values = np.column_stack([[1.0, np.nan, -1, 1, -1, np.nan, 50], np.arange(7.0)])
    cut = winsorized(values, window=6, min_sessions=4)
    assert np.isnan(cut[[1, 5], 0]).all()
    assert cut[6, 0] == pytest.approx(6 * np.std([1, -1, 1, -1], ddof=1))
    assert cut[:, 1].tolist() == values[:, 1].tolist()


def test_residual_is_what_the_line_through_the_rows_before_leaves():
    rng = np.random.default_rng(1)
    market = rng.normal(size=60)
    values = 2 + 3 * market + rng.normal(size=60)
    left = residual(values, market, window=20, min_sessions=15)
    slope, intercept = np.polyfit(market[30:50], values[30:50], 1)
    assert left[50] == pytest.approx(values[50] - intercept - slope * market[50])
    assert np.isnan(left[:15]).all() and np.isfinite(left[15:]).all()


def test_a_gap_in_either_series_is_left_out_of_the_line():
    rng = np.random.default_rng(2)
    market, values = rng.normal(size=(2, 40))
    market[5], values[10] = np.nan, np.nan
    left = residual(values, market, window=30, min_sessions=10)
    both = np.isfinite(market[:30]) & np.isfinite(values[:30])
    slope, intercept = np.polyfit(market[:30][both], values[:30][both], 1)
    assert left[30] == pytest.approx(values[30] - intercept - slope * market[30])
    assert np.isnan(left[[5, 10]]).all()


def test_rows_do_not_change_when_later_rows_arrive():
    rng = np.random.default_rng(3)
    market, values = rng.standard_t(2, size=(2, 400))
    cut = 300
    assert np.array_equal(residual(values, market)[:cut], residual(values[:cut], market[:cut]), equal_nan=True)
    assert np.array_equal(winsorized(values)[:cut], winsorized(values[:cut]), equal_nan=True)
    assert (winsorized(values) != values).any()
