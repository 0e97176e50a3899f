"""US AI against Chinese technology, barbell, exchange resilience, policy events: computed again from the figures.

The sample's tables are read directly; nothing of the warehouse is used but its publish.
"""

import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from tests.dbt.harness import Project, first_difference, replay
from tests.support import ROOT
from warehouse.build import Build, Clock

Ask = Callable[..., list[tuple[Any, ...]]]
FIGURES = ROOT / "warehouse" / "sample" / "figures"
US_AI, CHINA_TECH = ["NVDA", "MSFT", "QQQ"], ["KWEB", "FXI", "BABA"]
BASE, LAST = date(2025, 1, 24), date(2025, 2, 27)
PEAK, TROUGH = date(2025, 1, 21), date(2025, 4, 8)
OF_PRICES = ["fct_ai_reassessment_daily", "fct_barbell_daily"]


@pytest.fixture(scope="module")
def equities() -> pd.DataFrame:
    """Closes by session, US$; some adjusted, some not, so that only returns may be used."""
    frame = pd.read_csv(FIGURES / "equities_daily.csv", parse_dates=["date"])
    return frame.assign(date=frame["date"].dt.date).set_index("date")


def baskets(ask: Ask, columns: str, day: date) -> tuple[Any, ...]:
    (row,) = ask(f"select {columns} from facts.fct_ai_reassessment_daily where date = ?", day)
    return row


def mix(ask: Ask, columns: str, name: str, day: date) -> tuple[Any, ...]:
    (row,) = ask(f"select {columns} from facts.fct_barbell_daily where mix = ? and date = ?", name, day)
    return row


# US AI against Chinese technology


def test_nvidia_on_the_day_of_the_sell_off(ask: Ask) -> None:
    (nvidia,) = baskets(ask, "nvda_return_pct", date(2025, 1, 27))
    assert round(nvidia, 2) == -16.97


def test_every_return_is_the_mean_of_its_components(ask: Ask, equities: pd.DataFrame) -> None:
    returns = 100 * equities.pct_change(fill_method=None)
    rows = ask("select date, us_ai_return_pct, china_tech_return_pct from facts.fct_ai_reassessment_daily order by 1")
    assert [row[0] for row in rows] == list(equities.index)
    found = np.array([row[1:] for row in rows[1:]], dtype=float)
    expected = np.column_stack([returns[names].mean(axis=1) for names in (US_AI, CHINA_TECH)])[1:]
    assert not np.isnan(found).any()
    assert found == pytest.approx(expected, abs=1e-9)


def test_it_holds_from_the_fourth_of_january_2024_and_says_what_of(ask: Ask) -> None:
    """The funds of the Chinese basket begin that day, so that its first returns are Alibaba's alone."""
    columns = "relative_return_pct, return_null_reason, us_ai_component_list, china_tech_component_list"
    us = "NVDA (yahoo adjclose), MSFT (yahoo adjclose), QQQ (yahoo close)"
    assert baskets(ask, columns, date(2024, 1, 2)) == (None, "first_session", None, None)
    relative, *rest = baskets(ask, columns, date(2024, 1, 4))
    assert round(relative, 2) == 2.47
    assert rest == [None, us, "BABA (yahoo adjclose)"]
    assert baskets(ask, "china_tech_components", date(2024, 1, 4)) == (1,)
    assert baskets(ask, "china_tech_components", date(2024, 1, 5)) == (3,)
    without = ask("select count(*) from facts.fct_ai_reassessment_daily where relative_return_pct is null")
    assert without == [(1,)]


def test_relative_return_of_twenty_sessions_and_its_null(ask: Ask, equities: pd.DataFrame) -> None:
    returns = equities.pct_change(fill_method=None)
    growth = [(1 + returns[names].mean(axis=1)).loc[:LAST].iloc[-20:].prod() for names in (US_AI, CHINA_TECH)]
    (found,) = baskets(ask, "relative_return_20_sessions_pct", LAST)
    assert found == pytest.approx(100 * (growth[0] / growth[1] - 1), abs=1e-9)
    reasons = ask(
        "select relative_20_sessions_null_reason, count(*), max(date) from facts.fct_ai_reassessment_daily "
        "where relative_return_20_sessions_pct is null group by 1"
    )
    assert reasons == [("fewer_than_20_sessions", 20, equities.index[19])]


def test_since_the_event(ask: Ask, equities: pd.DataFrame) -> None:
    """Rebalanced every session; QQQ and KWEB alone are bought and held."""
    growth = {name: equities.loc[LAST, name] / equities.loc[BASE, name] for name in equities}
    returns = equities.pct_change(fill_method=None).loc[BASE:LAST].iloc[1:]
    us, china = ((1 + returns[names].mean(axis=1)).prod() for names in (US_AI, CHINA_TECH))
    columns = "us_ai_since_event_pct, china_tech_since_event_pct, relative_since_event_pct"
    expected = [100 * (us - 1), 100 * (china - 1), 100 * (us / china - 1)]
    assert list(baskets(ask, columns, LAST)) == pytest.approx(expected, abs=1e-8)
    (pair,) = baskets(ask, "qqq_against_kweb_since_event_pct", LAST)
    assert pair == pytest.approx(100 * (growth["QQQ"] / growth["KWEB"] - 1), abs=1e-9)
    assert round(pair, 2) == -16.94
    assert baskets(ask, "event_base_date, event_date", LAST) == (BASE, date(2025, 1, 27))
    assert baskets(ask, columns, date(2025, 1, 23)) == (None, None, None)
    assert baskets(ask, "since_event_null_reason", date(2025, 1, 23)) == ("before_event",)


def test_drawdown_of_each_basket(ask: Ask, equities: pd.DataFrame) -> None:
    returns = equities.pct_change(fill_method=None)
    for name, members in (("us_ai", US_AI), ("china_tech", CHINA_TECH)):
        level = (1 + returns[members].mean(axis=1).fillna(0)).cumprod()
        expected = 100 * (level / level.cummax() - 1)
        (found,) = baskets(ask, f"{name}_drawdown_pct", LAST)
        assert found == pytest.approx(expected[LAST], abs=1e-9)


def test_hong_kong_is_shut_on_some_us_sessions(ask: Ask) -> None:
    columns = "hstech_index, hstech_return_pct, hstech_null_reason"
    assert baskets(ask, columns, date(2025, 1, 29)) == (None, None, "hong_kong_holiday")
    index = pd.read_csv(FIGURES / "hk_indices_daily.csv").set_index("date")["HSTECH"].dropna()
    level, since = baskets(ask, "hstech_index, hstech_since_event_pct", LAST)
    assert level == index[str(LAST)]
    assert since == pytest.approx(100 * (index[str(LAST)] / index[str(BASE)] - 1), abs=1e-9)


# Barbell


def barbell(share: float, first: date, last: date) -> list[float]:
    """Daily returns of the mix, the plain way: yesterday's newest yield over 365, on every day."""
    btc = pd.read_csv(FIGURES / "btc_usdt_daily.csv").set_index("date")["close"]
    bills = pd.read_csv(FIGURES / "fred_daily.csv").set_index("date")["DGS3MO"].dropna()
    returns = []
    day = first
    while day < last:
        before, day = day, day + timedelta(days=1)
        bill = bills[bills.index <= str(before)].iloc[-1] / 36500
        returns.append(share * (btc[str(day)] / btc[str(before)] - 1) + (1 - share) * bill)
    return returns


def test_ten_percent_through_the_fall_of_early_2025(ask: Ask) -> None:
    growth = np.prod([1 + r for r in barbell(0.1, PEAK, TROUGH)])
    start, end = (mix(ask, "mix_index, btc_index", "btc_10", day) for day in (PEAK, TROUGH))
    assert end[0] / start[0] == pytest.approx(growth, abs=1e-10)
    assert round(100 * (end[0] / start[0] - 1), 2) == -2.19
    assert round(100 * (end[1] / start[1] - 1), 2) == -28.10
    columns = "drawdown_pct, btc_drawdown_pct, high_date, days_since_high, regained_date, days_to_recover"
    drawdown, btc_drawdown, *rest = mix(ask, columns, "btc_10", TROUGH)
    assert (round(drawdown, 2), round(btc_drawdown, 2)) == (-2.19, -28.10)
    assert rest == [PEAK, 77, date(2025, 4, 22), 91]


def test_the_extremes_are_bills_and_btc(ask: Ask) -> None:
    """Bills never fall, and all in BTC is holding it."""
    assert ask("select max(abs(drawdown_pct)) from facts.fct_barbell_daily where mix = 'btc_0'") == [(0.0,)]
    held = "max(abs(return_less_btc_pp)), max(abs(mix_index - btc_index))"
    assert ask(f"select {held} from facts.fct_barbell_daily where mix = 'btc_100'") == [(0.0, 0.0)]
    assert mix(ask, "recovery_status", "btc_100", TROUGH) == ("open",)


def test_a_weekend_earns_the_yield_of_friday(ask: Ask) -> None:
    monday = mix(ask, "bill_return_pct, bill_yield_observation_date", "btc_0", date(2025, 2, 24))
    bills = pd.read_csv(FIGURES / "fred_daily.csv").set_index("date")["DGS3MO"]
    assert monday == (pytest.approx(bills["2025-02-21"] / 365, abs=1e-10), date(2025, 2, 21))


def test_it_begins_where_a_yield_is_known(ask: Ask) -> None:
    rows = ask("select mix, min(date), max(date), count(*), count(return_pct) from facts.fct_barbell_daily group by 1")
    assert {row[0] for row in rows} == {f"btc_{share}" for share in (0, 5, 10, 20, 50, 100)}
    assert {row[1:] for row in rows} == {(date(2024, 1, 2), date(2025, 4, 30), 485, 484)}


# Exchanges


def test_bybits_loss_against_a_reserve_of_months(ask: Ask) -> None:
    rows = ask(
        "select months_of_expenses, reserve_usd, article_reserve_low_usd, article_reserve_high_usd, "
        "own_loss_to_reserve_ratio, expense_scale_ratio, is_estimate from facts.fct_exchange_resilience "
        "where exchange = 'Bybit' order by 1"
    )
    expected = [(m, 4256868e3 * m / 12, 0.7e9, 1e9, 1.4e9 / (4256868e3 * m / 12), 1.0, True) for m in (3, 6, 9, 12)]
    assert rows == [pytest.approx(row, rel=1e-9) for row in expected]


def test_coinbases_year_is_not_dated_before_its_report_was_due(ask: Ask) -> None:
    found = ask(
        "select distinct fiscal_year, total_revenue_usd, net_income_usd, operating_expenses_usd, expenses_known_at, "
        "expenses_known_at_basis from facts.fct_exchange_resilience"
    )
    late = datetime(2025, 3, 4, 5)
    assert found == [(2024, 6564028e3, 2579066e3, 4256868e3, late, "filing_deadline")]


@pytest.mark.parametrize(("instant", "year"), [(datetime(2025, 3, 4, 4), 2023), (datetime(2025, 3, 4, 5), 2024)])
def test_before_the_report_the_year_before_stands(
    instant: datetime, year: int, project: Project, sample_home: Path, finished: Build, tmp_path: Path
) -> None:
    name = "fct_exchange_resilience"
    table = replay(project, sample_home / "raw.duckdb", finished, Clock(instant, is_past=True), tmp_path, [name])[name]
    assert set(table["fiscal_year"]) == {year}


def test_the_driver_changes_its_reserve_when_the_report_was_due(ask: Ask) -> None:
    """Three months of 3,270,045 thousand dollars, and from the day of the deadline on of 4,256,868."""
    rows = ask(
        "select date, signal from marts.mart_driver_signals_daily where driver_id = 'hack_loss_max_365' "
        "and date between '2025-02-20' and '2025-03-04' order by 1"
    )
    signals = dict(rows)
    assert signals[date(2025, 2, 20)] == pytest.approx(305e6 / (3270045e3 / 4), rel=1e-9)
    assert signals[date(2025, 2, 21)] == pytest.approx(1.4e9 / (3270045e3 / 4), rel=1e-9)
    assert signals[date(2025, 3, 3)] == signals[date(2025, 2, 21)]
    assert signals[date(2025, 3, 4)] == pytest.approx(1.4e9 / (4256868e3 / 4), rel=1e-9)


# Events


def test_events_are_those_of_the_table_with_a_clock(ask: Ask) -> None:
    rows = ask("select event_date, topic, known_at, known_at_basis, source_url from facts.fct_policy_events")
    assert len(rows) == len(pd.read_csv(FIGURES / "events.csv"))
    assert all(known_at > datetime.combine(day, datetime.min.time()) for day, _, known_at, *_ in rows)
    assert {topic for _, topic, _, basis, _ in rows if basis == "release"} == {"cpi", "gdp"}
    assert all(url.startswith("https://") for *_, url in rows)


# Look-ahead


@pytest.fixture(scope="module")
def revised_raw(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's store with a price of 999 for the days of the sell-off, known from 1 March 2025."""
    raw_db = tmp_path_factory.mktemp("revised") / "raw.duckdb"
    shutil.copyfile(sample_home / "raw.duckdb", raw_db)
    with duckdb.connect(str(raw_db)) as connection:
        connection.execute(
            "insert into observations select series_id, observation_date, timestamp '2025-03-01 12:00', 'capture', "
            "999.0, 'value', 'planted', timestamp '2025-03-01 12:00' from observations "
            "where observation_date between '2025-01-24' and '2025-01-28' and series_id in "
            "('yahoo.NVDA.adjclose', 'yahoo.KWEB.adjclose', 'tencent.HSTECH', 'binance.BTCUSDT.close', 'fred.DGS3MO')"
        )
    return raw_db


@pytest.mark.parametrize(("instant", "seen"), [(datetime(2025, 3, 1, 11), False), (datetime(2025, 3, 1, 12), True)])
def test_a_later_vintage_is_seen_by_no_earlier_run(
    instant: datetime,
    seen: bool,
    project: Project,
    sample_home: Path,
    revised_raw: Path,
    finished: Build,
    tmp_path: Path,
) -> None:
    clock = Clock(instant, is_past=True)
    without, planted = (
        replay(project, raw_db, finished, clock, tmp_path, OF_PRICES)
        for raw_db in (sample_home / "raw.duckdb", revised_raw)
    )
    for name in OF_PRICES:
        assert (first_difference(project[name], without[name], planted[name]) is not None) == seen


def test_what_was_first_printed_stays(
    project: Project, revised_raw: Path, sample_home: Path, finished: Build, clock: Clock, tmp_path: Path
) -> None:
    columns = {OF_PRICES[0]: "first_relative_return_pct", OF_PRICES[1]: "first_return_pct"}
    without, planted = (
        replay(project, raw_db, finished, clock, tmp_path, OF_PRICES)
        for raw_db in (sample_home / "raw.duckdb", revised_raw)
    )
    for name, column in columns.items():
        assert without[name][column].notna().sum() > 300
        pd.testing.assert_series_equal(without[name][column], planted[name][column])


def test_no_first_return_is_known_before_its_latest_price(ask: Ask) -> None:
    """Closes of New York come hours after Hong Kong's: whoever filters by first_known_at sees none of them early."""
    early = ask(
        "select count(*), count(f.first_relative_return_pct) from facts.fct_ai_reassessment_daily f "
        "where f.first_relative_return_pct is not null and f.first_known_at < (select max(o.known_at) "
        "from facts.fct_observations o where o.series_id like 'yahoo.%' and o.vintage_number = 1 "
        "and o.observation_date = f.date and split_part(o.series_id, '.', 2) in "
        "('NVDA', 'MSFT', 'QQQ', 'KWEB', 'FXI', 'BABA') and o.series_id not like '%volume')"
    )
    assert early == [(0, 0)]
    late = ask("select min(first_known_at - cast(date as timestamp)) from facts.fct_ai_reassessment_daily")
    assert late[0][0] >= timedelta(hours=20), "New York closes at 20:00 UTC at the earliest"


@pytest.mark.parametrize(
    ("fact", "series_id", "figure"),
    [
        ("fct_barbell_daily", "binance.BTCUSDT.close", "first_return_pct"),
        ("fct_hk_capital_flows_daily", "fred.DEXHKUS", "first_usd_hkd"),  # H.10 comes on the next Monday
    ],
)
def test_no_first_figure_is_known_before_its_latest_part(ask: Ask, fact: str, series_id: str, figure: str) -> None:
    held = ask(
        f"select count(*), count(case when f.first_known_at < o.known_at then 1 end) from facts.{fact} f "
        "join facts.fct_observations o on o.series_id = ? and o.observation_date = f.date and o.vintage_number = 1 "
        f"where f.{figure} is not null",
        series_id,
    )
    assert held[0][0] > 300 and held[0][1] == 0
