"""The second model: what is identified equals a regression, what is not is a range that holds the truth."""

import numpy as np
import pytest
from scipy.stats import ortho_group

from orchestration.defs.attribution.decomposition import decompose, rolling_coefficients, rolling_design
from orchestration.defs.attribution.second_model import ANGLES, ThreeShocks, split, three_shocks


def economy(yield_of_policy: float = 4.0, *, rows: int = 500):
    """Yield (bps), S&P (bps), Bitcoin (bps) from three independent shocks with the table's signs."""
    policy, premium, crypto = np.random.default_rng(71).normal(size=(3, rows))
    yields = yield_of_policy * policy - 3 * premium
    sp500 = -50 * policy - 80 * premium
    return -60 * policy - 100 * premium + 200 * crypto, yields, sp500, -60 * policy


def test_policy_and_premium_together_are_the_regression_on_yield_and_market():
    bitcoin, yields, sp500, _ = economy()
    found = three_shocks(bitcoin, yields, sp500)
    pair = np.column_stack([yields, sp500])
    coefficients = rolling_coefficients(rolling_design(pair), bitcoin)
    assert found.conventional[180:] == pytest.approx(decompose(bitcoin, pair, coefficients).explained[180:])
    assert found.conventional[180:] + found.crypto_specific[180:] == pytest.approx(bitcoin[180:])
    assert np.isnan(found.conventional[:180]).all()


def test_the_true_split_lies_within_the_range():
    bitcoin, yields, sp500, policy = economy(rows=3000)
    found = three_shocks(bitcoin, yields, sp500, window=2000, min_sessions=2000)
    days = np.zeros(3000, dtype=bool)
    days[2000:][np.argsort(policy[2000:])[:100]] = True
    parts = split(found, days)
    assert parts.policy is not None and parts.risk_premium is not None
    assert 0 < parts.rotations < ANGLES
    assert parts.policy[0] < policy[days].sum() < parts.policy[1]
    assert parts.policy[0] + parts.risk_premium[1] == pytest.approx(parts.conventional)
    assert parts.policy[1] + parts.risk_premium[0] == pytest.approx(parts.conventional)
    assert parts.conventional + parts.crypto_specific == pytest.approx(bitcoin[days].sum())


@pytest.mark.parametrize("yield_of_policy", [4.0, 20.0])
def test_the_range_is_that_of_random_rotations_with_the_signs(yield_of_policy: float):
    # Stocks rise with yields in the first economy, and fall when yields rise in the second.
    bitcoin, yields, sp500, _ = economy(yield_of_policy)
    row = 400
    found = split(three_shocks(bitcoin, yields, sp500), np.arange(500) == row)
    pair = np.column_stack([yields, sp500])
    factor = np.linalg.cholesky(np.cov(pair[row - 250 : row].T, bias=True))
    slopes = rolling_coefficients(rolling_design(pair), bitcoin)[row, 1:]
    parts = []
    for turn in ortho_group.rvs(2, size=3000, random_state=1):
        impact = factor @ turn
        impact = impact * -np.sign(impact[1])
        if impact[0, 0] > 0 > impact[0, 1] and (slopes @ impact < 0).all():
            parts.append((slopes @ impact)[0] * np.linalg.solve(impact, pair[row])[0])
    assert found.policy == pytest.approx((min(parts), max(parts)), abs=1.0)
    assert found.rotations / ANGLES == pytest.approx(len(parts) / 3000, abs=0.03)


def test_a_rotation_counts_only_if_it_is_accepted_on_every_day_of_the_set():
    shocks = ThreeShocks(
        conventional=np.array([-10.0, -20.0, np.nan]),
        crypto_specific=np.array([1.0, 2.0, np.nan]),
        policy=np.array([[-1.0, -2.0, -9.0], [-3.0, -5.0, 7.0], [0.0, 0.0, 0.0]]),
        accepted=np.array([[True, True, False], [True, True, True], [False, False, False]]),
    )
    parts = split(shocks, np.ones(3, dtype=bool))
    assert (parts.conventional, parts.crypto_specific, parts.rotations) == (-30.0, 3.0, 2)
    assert (parts.policy, parts.risk_premium) == ((-7.0, -4.0), (-26.0, -23.0))


def test_no_rotation_is_accepted_where_bitcoin_rises_with_falling_stocks():
    bitcoin, yields, sp500, _ = economy()
    parts = split(three_shocks(-bitcoin, yields, sp500), np.arange(500) >= 450)
    assert (parts.rotations, parts.policy, parts.risk_premium) == (0, None, None)
    assert np.isfinite(parts.conventional)


def test_days_without_a_decomposition_are_left_out():
    bitcoin, yields, sp500, _ = economy()
    yields[450] = np.nan
    found = three_shocks(bitcoin, yields, sp500)
    with_gap, without = (split(found, np.isin(np.arange(500), days)) for days in ([449, 450], [449]))
    assert with_gap == without
    assert split(found, np.arange(500) < 10) is None, "no day of a decomposition is no sum of zero"


def test_rows_do_not_change_when_later_rows_arrive():
    bitcoin, yields, sp500, _ = economy()
    whole, early = three_shocks(bitcoin, yields, sp500), three_shocks(bitcoin[:400], yields[:400], sp500[:400])
    assert np.array_equal(whole.policy[:400], early.policy, equal_nan=True)
    assert np.array_equal(whole.accepted[:400], early.accepted)
