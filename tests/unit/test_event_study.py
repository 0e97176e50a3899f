"""Event study: expectations from days long before, separate events, placebo places, and what is never averaged."""

from datetime import date, timedelta

import numpy as np
import pytest

from orchestration.defs.attribution.event_study import Event, abnormal_returns, group_study, separate_events

START = date(2024, 1, 1)


def day(offset: int) -> date:
    return START + timedelta(days=offset)


def calendar(rows: int) -> np.ndarray:
    return np.datetime64(START) + np.arange(rows)


def noise(rows: int = 600, seed: int = 61) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=rows) * 100


def test_expected_return_is_the_mean_of_days_250_to_11_before():
    returns = noise()
    found = abnormal_returns(returns, None, 0)
    assert found[300] == pytest.approx(returns[300] - returns[50:290].mean())
    assert np.isnan(found[:130]).all() and np.isfinite(found[130:]).all()


def test_the_ten_days_before_do_not_count_and_nothing_later_does():
    returns = noise()
    changed = returns.copy()
    changed[290:300] += 5000
    changed[301:] -= 5000
    assert abnormal_returns(changed, None, 0)[300] == abnormal_returns(returns, None, 0)[300]


def test_market_adjusted_return_takes_the_slope_of_the_same_days():
    market = noise(seed=62)
    returns = 20 + 1.5 * market + noise()
    found = abnormal_returns(returns, market, 0)
    slope, intercept = np.polyfit(market[50:290], returns[50:290], 1)
    assert found[300] == pytest.approx(returns[300] - intercept - slope * market[300])


def test_a_window_of_two_days_adds_both_at_the_expectation_of_the_first():
    market, returns = noise(seed=62), noise()
    found = abnormal_returns(returns, market, 1)
    slope, intercept = np.polyfit(market[50:290], returns[50:290], 1)
    assert found[300] == pytest.approx(sum(returns[t] - intercept - slope * market[t] for t in (300, 301)))
    assert np.isnan(found[-1])


def test_a_cluster_is_one_event_at_its_first_day():
    events = [Event(day(n), "hack") for n in (3, 3, 4, 5, 9)] + [Event(day(4), "fed")]
    assert separate_events(events, "hack", 0) == {day(3): 2, day(4): 1, day(5): 1, day(9): 1}
    assert separate_events(events, "hack", 1) == {day(3): 3 + 1, day(9): 1}


def test_an_event_with_another_in_its_window_is_listed_but_does_not_count():
    abnormal = noise()
    events = [Event(day(n), "hack") for n in (200, 210, 220)] + [Event(day(211), "fed"), Event(day(220), "cpi")]
    narrow = group_study(calendar(600), abnormal, events, "hack", 0)
    wide = group_study(calendar(600), abnormal, events, "hack", 1)
    assert [e.excluded for e in narrow.events] == [None, None, "another_event_in_window"]
    assert [e.excluded for e in wide.events] == [None, "another_event_in_window", "another_event_in_window"]
    assert (narrow.n, wide.n) == (2, 1)
    assert narrow.events[2].abnormal_bps == abnormal[220]


def test_below_five_events_there_is_a_list_and_no_average():
    abnormal = noise()
    events = [Event(day(n), "hack") for n in (200, 250, 300, 350)]
    four = group_study(calendar(600), abnormal, events, "hack", 0)
    assert (four.n, four.mean_bps, four.percentile, four.p_value) == (4, None, None, None)
    assert four.share_negative is not None and four.detectable_bps is not None
    five = group_study(calendar(600), abnormal, [*events, Event(day(400), "hack")], "hack", 0)
    assert five.mean_bps == pytest.approx(abnormal[[200, 250, 300, 350, 400]].mean())
    assert five.share_negative == np.mean(abnormal[[200, 250, 300, 350, 400]] < 0)


def test_place_of_an_event_among_all_days():
    abnormal = np.arange(1.0, 101.0)
    found = group_study(calendar(100), abnormal, [Event(day(2), "hack")], "hack", 0).events[0]
    assert (found.abnormal_bps, found.percentile) == (3.0, 3.0)


def test_days_without_a_return_are_listed_and_enter_nothing():
    abnormal = noise()
    abnormal[:130] = np.nan
    events = [Event(day(50), "hack"), Event(day(9999), "hack"), Event(day(300), "hack")]
    found = group_study(calendar(600), abnormal, events, "hack", 0)
    assert [e.excluded for e in found.events] == ["no_return", None, "no_return"]
    assert found.events[0].abnormal_bps is None and found.n == 1
    empty = group_study(calendar(600), abnormal, events[:1], "hack", 0)
    assert (empty.n, empty.share_negative, empty.detectable_bps) == (0, None, None)


def test_detectable_effect_is_that_of_a_two_sided_test_at_eighty_percent_power():
    abnormal = noise(4000)
    events = [Event(day(100 * n), "hack") for n in range(1, 26)]
    found = group_study(calendar(4000), abnormal, events, "hack", 0)
    assert found.detectable_bps == pytest.approx((1.6449 + 0.8416) * abnormal.std() / 5, rel=0.05)


def test_p_is_two_sided_and_the_place_is_that_of_the_mean():
    abnormal = noise(4000)
    abnormal -= abnormal.mean()
    events = [Event(day(100 * n), "hack") for n in range(1, 26)]
    places = [100 * n for n in range(1, 26)]
    abnormal[places] += 100 * 1.6449 / 5 - abnormal[places].mean()
    found = group_study(calendar(4000), abnormal, events, "hack", 0)
    assert found.percentile == pytest.approx(95, abs=1.5)
    assert found.p_value == pytest.approx(0.10, abs=0.03)


def test_a_strong_effect_has_a_small_p_and_none_has_not():
    rng = np.random.default_rng(63)
    places = rng.choice(np.arange(200, 590), 12, replace=False)
    events = [Event(day(int(n)), "hack") for n in sorted(places)]
    abnormal = noise()
    nothing = group_study(calendar(600), abnormal, events, "hack", 0)
    abnormal[places] -= 150
    strong = group_study(calendar(600), abnormal, events, "hack", 0)
    assert strong.p_value is not None and strong.p_value < 0.01
    assert strong.percentile is not None and strong.percentile < 1
    assert nothing.p_value is not None and nothing.p_value > 0.05
    assert strong == group_study(calendar(600), abnormal, events, "hack", 0)
