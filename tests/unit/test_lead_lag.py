"""Lead and lag: which way round the lags go, the verdicts, and their intervals."""

import numpy as np
import pytest

from orchestration.defs.attribution.lead_lag import lead_lag


def series(shift: int, strength: float = 0.6, rows: int = 400, seed: int = 51) -> tuple[np.ndarray, np.ndarray]:
    """Returns, and a driver that moves `shift` sessions before them."""
    rng = np.random.default_rng(seed)
    returns = rng.normal(size=rows)
    return returns, strength * np.roll(returns, -shift) + rng.normal(size=rows)


@pytest.mark.parametrize(("shift", "verdict"), [(2, "leads"), (0, "coincides"), (-1, "follows")])
def test_verdict_says_which_moved_first(shift: int, verdict: str):
    found = lead_lag(*series(shift))
    assert found.lags[np.argmax(np.abs(found.correlation))] == shift
    assert found.significant[found.lags == shift].all()
    assert found.verdict == verdict


def test_correlations_are_those_of_the_shifted_series():
    returns, driver = series(1)
    found = lead_lag(returns, driver)
    assert found.correlation[5] == pytest.approx(np.corrcoef(returns, driver)[0, 1])
    assert found.correlation[6] == pytest.approx(np.corrcoef(returns[1:], driver[:-1])[0, 1])
    assert found.correlation[3] == pytest.approx(np.corrcoef(returns[:-2], driver[2:])[0, 1])
    assert found.sessions.tolist() == [395, 396, 397, 398, 399, 400, 399, 398, 397, 396, 395]


def test_gaps_are_left_out_lag_by_lag():
    returns, driver = series(0)
    driver[[10, 50]], returns[100] = np.nan, np.nan
    found = lead_lag(returns, driver)
    both = np.isfinite(driver[:-1]) & np.isfinite(returns[1:])
    assert found.correlation[6] == pytest.approx(np.corrcoef(returns[1:][both], driver[:-1][both])[0, 1])
    assert found.sessions[6] == both.sum()


def test_next_less_same_session():
    found = lead_lag(*series(-1))
    assert found.next_less_same == pytest.approx(found.correlation[4] - found.correlation[5])
    assert 0 < found.next_less_same_lower < found.next_less_same < found.next_less_same_upper


def test_a_figure_whose_day_is_not_documented_has_no_order():
    assert lead_lag(*series(-1), dated=False).verdict == "dating_unclear"


def test_two_sides_about_as_strong_have_no_order():
    returns, before = series(0, seed=52)
    driver = returns + np.roll(returns, 1) + 0.5 * before
    assert lead_lag(returns, driver).verdict in {"coincides", "follows", "dating_unclear"}
    even = returns + np.roll(returns, 1) + np.random.default_rng(0).normal(size=400)
    assert lead_lag(returns, even).verdict == "dating_unclear"


def test_noise_is_seldom_called_significant_over_all_lags():
    rng = np.random.default_rng(53)
    verdicts = [lead_lag(*rng.normal(size=(2, 300)), draws=499).verdict for _ in range(100)]
    assert sum(verdict is not None for verdict in verdicts) <= 20
    assert None in verdicts


def test_pointwise_interval_has_the_width_of_a_correlation_and_repeats():
    returns, driver = series(0, strength=0.0, rows=1000)
    found, again = lead_lag(returns, driver), lead_lag(returns, driver)
    assert (found.upper - found.lower)[5] == pytest.approx(2 * 1.645 / np.sqrt(1000), rel=0.25)
    assert found.lower.tolist() == again.lower.tolist()


def test_units_and_levels_do_not_matter():
    returns, driver = series(0)
    far = lead_lag(returns, 1e6 + 0.001 * driver)
    assert far.correlation == pytest.approx(lead_lag(returns, driver).correlation, abs=1e-6)
