"""The step that studies events and measures claims: groups, returns of sessions, correlations and their uncertainty."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from orchestration.defs.events.claims import (
    MEASURES,
    SERIES,
    Figures,
    bills_raise_short,
    flows_lead_as_dated,
    flows_lead_realigned,
    hkd_appetite,
    market_returns,
    migration,
    southbound_drives,
    trigger,
)
from orchestration.defs.events.statistics import correlation, correlation_interval, next_less_same, student_t_p
from orchestration.defs.events.study import groups, study


def events(*rows: tuple[str, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["event_date", "topic", "direction"])
    return frame.assign(event_date=pd.to_datetime(frame["event_date"]), title=frame["topic"] + frame["event_date"])


def days(rows: int = 500, seed: int = 5) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    market = random.normal(size=rows) * 100
    btc = 1.5 * market + random.normal(size=rows) * 50
    return pd.DataFrame({"date": pd.date_range("2024-01-01", periods=rows), "btc_bps": btc, "market_bps": market})


# --- groups and their study -------------------------------------------------------------------------------------------


def test_groups_are_topics_their_sides_and_all_policy_of_one_side() -> None:
    listed = events(
        ("2025-01-01", "fed", 1), ("2025-01-05", "fed", -1), ("2025-01-09", "fed", 0),
        ("2025-02-01", "tariff", -1), ("2025-02-09", "tariff", -1), ("2025-02-21", "hack", -1),
    )  # fmt: skip
    found = {group.name: group for group in groups(listed)}
    assert {name: group.rows for name, group in found.items()} == {
        "fed": (0, 1, 2),
        "fed_adverse": (1,),
        "fed_relieving": (0,),
        "tariff": (3, 4),
        "hack": (5,),
        "policy_adverse": (1, 3, 4),
        "policy_relieving": (0,),
    }
    assert [name for name, group in found.items() if group.crypto_only] == ["hack"]
    assert {name for name, group in found.items() if group.by_direction} == {
        "fed_adverse", "fed_relieving", "policy_adverse", "policy_relieving",
    }  # fmt: skip


def test_crypto_only_events_are_adjusted_for_the_market_and_policy_is_not() -> None:
    """BTC moves 1.5 with the market: of a day on which only the market moved, a hack's share is nothing."""
    frame = days()
    frame.loc[400, ["market_bps", "btc_bps"]] = [1000.0, 1500.0]
    day = str(frame.loc[400, "date"].date())
    _, of_hack = study(frame, events((day, "hack", -1)))
    _, of_fed = study(frame, events((day, "fed", 1)))
    assert abs(of_hack.loc[0, "abnormal_bps"]) < 60
    assert of_fed.loc[0, "abnormal_bps"] > 1300


def test_a_session_without_a_close_gives_no_abnormal_return_to_a_hack() -> None:
    frame = days()
    frame.loc[400, "market_bps"] = np.nan
    day = str(frame.loc[400, "date"].date())
    assert study(frame, events((day, "hack", -1)))[1].loc[0, "excluded"] == "no_return"
    assert study(frame, events((day, "fed", 1)))[1].loc[0, "excluded"] is None


def test_a_cluster_is_one_row_with_both_titles() -> None:
    listed = events(("2025-01-10", "fed", 1), ("2025-01-11", "fed", 1), ("2025-02-10", "fed", 1))
    studies, found = study(days(), listed)
    pair = found[(found["event_group"] == "fed") & (found["last_day"] == 1)]
    assert list(pair["listed_events"]) == [2, 1]
    assert pair.iloc[0]["titles"] == "fed2025-01-10 / fed2025-01-11"
    assert list(studies.set_index(["event_group", "last_day"])["separate_events"].loc["fed"]) == [3, 2]


def test_nothing_at_all_gives_no_rows() -> None:
    for frame in study(days(0), events()):
        assert frame.empty


# --- correlations -----------------------------------------------------------------------------------------------------


def test_correlation_is_pearsons_and_leaves_gaps_out() -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=200)
    y = x + random.normal(size=200)
    y[::7] = np.nan
    known = np.isfinite(y)
    found = correlation(x, y)
    assert found.value == pytest.approx(stats.pearsonr(x[known], y[known]).statistic)
    assert found.n == known.sum()
    assert found.p_value is not None and found.p_value < 1e-6


def test_p_is_fair_where_one_series_drifts_and_fairer_than_a_plain_one_where_both_do() -> None:
    random = np.random.default_rng(4)
    white, drifting = random.normal(size=(800, 120)), random.normal(size=(800, 2, 120))
    for t in range(1, 120):
        drifting[:, :, t] += 0.5 * drifting[:, :, t - 1]

    def share(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float:
        return float(np.mean([(correlation(x, y).p_value or 1) < 0.1 for x, y in pairs]))

    both = [(x, y) for x, y in drifting]
    assert 0.07 <= share([(x, y) for (x, _), y in zip(drifting, white, strict=True)]) <= 0.15
    assert share(both) < np.mean([stats.pearsonr(x, y).pvalue < 0.1 for x, y in both])


def test_too_few_rows_give_nothing() -> None:
    few = np.arange(9.0)
    assert correlation(few, few**2).value is None
    assert correlation(np.arange(50.0), np.ones(50)).value is None
    assert correlation_interval(few, few, block=30).value is None
    assert next_less_same(few, few).value is None


@pytest.mark.parametrize("rows", [12, 57, 300])
def test_the_p_of_a_correlation_is_that_of_statsmodels(rows: int) -> None:
    rng = np.random.default_rng(rows)
    x = rng.normal(size=rows).cumsum()
    y = 0.1 * x + rng.normal(size=rows).cumsum()
    a, b = ((v - v.mean()) / v.std() for v in (x, y))
    lags = int(4 * (rows / 100) ** (2 / 9))
    fit = sm.OLS(b, sm.add_constant(a)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
    )
    found = correlation(x, y)
    assert (found.value, found.p_value) == (pytest.approx(fit.params[1]), pytest.approx(fit.pvalues[1], abs=1e-12))


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 11, 56, 285])
def test_student_s_distribution_is_that_of_scipy(freedom: int) -> None:
    for t in (0.0, 0.01, -0.5, 1.7, -2.5, 6.0, 40.0):
        assert student_t_p(t, freedom) == pytest.approx(2 * stats.t.sf(abs(t), freedom), abs=1e-12)


def test_an_interval_holds_the_correlation() -> None:
    random = np.random.default_rng(6)
    x = random.normal(size=400)
    found = correlation_interval(x + random.normal(size=400), x, block=30)
    assert found.lower is not None and found.upper is not None and found.value is not None
    assert 0.5 < found.lower < found.value < found.upper < 0.85


# --- claims -----------------------------------------------------------------------------------------------------------


def figures(first: str = "2024-01-01", last: str = "2025-02-27", **series: pd.Series) -> Figures:
    dates = pd.date_range(first, last)
    wide = pd.DataFrame(index=dates, columns=list(SERIES), dtype=float)
    for name, values in series.items():
        wide[next(s for s in SERIES if s.endswith(name))] = values.reindex(dates)
    return Figures(wide, dates[dates.dayofweek < 5])


def walk(dates: pd.DatetimeIndex, seed: int, size: float = 0.01) -> pd.Series:
    return pd.Series(100 * np.exp(np.random.default_rng(seed).normal(size=len(dates)).cumsum() * size), dates)


ALL = pd.date_range("2024-01-01", "2025-02-27")
WEEKDAYS = ALL[ALL.dayofweek < 5]


def test_market_returns_are_zero_without_a_session_and_unknown_without_a_close() -> None:
    closes = walk(WEEKDAYS, 1).drop(pd.Timestamp("2025-02-13"))
    found = market_returns(figures(SP500=closes))
    assert found["2025-02-15"] == 0.0
    assert np.isnan(found["2025-02-13"]) and np.isnan(found["2025-02-14"])
    assert found["2025-02-18"] == pytest.approx(1e4 * np.log(closes["2025-02-18"] / closes["2025-02-17"]))


def test_trigger_is_the_place_of_the_day_among_all_days() -> None:
    btc = walk(ALL, 2)
    btc["2025-02-21":] *= np.exp(-0.2)
    known = figures(close=btc, SP500=walk(WEEKDAYS, 1))
    known.wide["binance.BTCUSDT.close"] = btc
    found = trigger(known, date(2025, 2, 21))
    assert found.statistic.value == pytest.approx(100 / found.statistic.n)
    assert trigger(known, date(2024, 1, 2)).statistic.value is None
    assert trigger(known, None).reason == "The day has no abnormal return."


def test_realigning_takes_ibit_one_session_earlier() -> None:
    """Flows that follow the return by a session in IBIT alone: as printed they follow, realigned they go with it."""
    btc = walk(ALL, 7)
    returns = 1e4 * np.log(btc).diff().reindex(WEEKDAYS)
    ibit = returns.shift(1)
    known = figures(TOTAL=ibit, IBIT=ibit)
    known.wide["binance.BTCUSDT.close"] = btc
    as_dated = flows_lead_as_dated(known, None).statistic
    realigned = flows_lead_realigned(known, None).statistic
    assert as_dated.value is not None and as_dated.lower is not None and as_dated.lower > 0.5
    assert realigned.value is not None and realigned.upper is not None and realigned.upper < -0.5


def test_weeks_end_on_friday_and_the_unfinished_one_is_left_out() -> None:
    buying = pd.Series(1.0, WEEKDAYS)
    hsi = walk(WEEKDAYS, 8)
    buying["2025-02-24":] = 1e9
    found = southbound_drives(figures(southbound_net=buying * np.arange(len(buying)), HSI=hsi), None)
    assert found.last == pd.Timestamp("2025-02-21")
    assert found.statistic.n == 59


def test_appetite_correlates_weekly_returns_with_weekly_changes_of_the_rate() -> None:
    hsi = walk(WEEKDAYS, 9)
    rate = 7.8 - 0.05 * np.log(hsi)
    found = hkd_appetite(figures(HSI=hsi, DEXHKUS=rate), None).statistic
    assert found.value == pytest.approx(-1.0) and found.p_value == pytest.approx(0.0)


def test_migration_takes_returns_between_closes_of_both() -> None:
    kweb = walk(WEEKDAYS, 10).drop(pd.Timestamp("2024-07-04"))
    btc = walk(ALL, 11)
    btc[kweb.index] = 5000 / kweb
    known = figures(adjclose=kweb)
    known.wide["binance.BTCUSDT.close"] = btc
    found = migration(known, None).statistic
    assert found.value == pytest.approx(-1.0) and found.n == len(kweb) - 1


def test_bills_compare_the_change_of_a_month_with_the_spread_of_that_month() -> None:
    months = pd.date_range("2024-01-01", "2025-02-01", freq="MS")
    change = np.random.default_rng(12).normal(size=len(months))
    share = pd.Series(20 + change.cumsum(), months)
    spread = pd.Series(change, months).reindex(ALL, method="ffill")
    known = figures(
        mspd_bills_usd_mn=share, mspd_total_marketable_usd_mn=share * 0 + 100, DGS3MO=spread + 5, DFF=spread * 0 + 5
    )
    found = bills_raise_short(known, date(2024, 3, 1))
    assert found.statistic.value == pytest.approx(1.0)
    assert (found.first, found.statistic.n) == (pd.Timestamp("2024-03-01"), 12)


def test_no_figures_give_no_value_and_no_error() -> None:
    for measure in MEASURES.values():
        assert measure(figures(), date(2025, 2, 21)).statistic.value is None
