"""The published attribution: rows that add up, null where nothing can be said, and what its tables may be asked."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from orchestration.dbt import manifest

Ask = Callable[..., list[tuple[Any, ...]]]
THEMES = (
    "market", "security", "etf", "fiscal", "stagflation", "ai", "china", "gold", "tariffs", "dollar", "positioning",
    "risk",
)  # fmt: skip
REASONS = {"no_daily_shock", "event_only", "price_derived", "no_driver", "thin", "missing"}


def test_every_day_of_the_wide_mart_adds_up(ask: Ask) -> None:
    parts = " + ".join(f"coalesce({theme}_contribution_bps, 0)" for theme in THEMES)
    rows = ask(
        f"select attribution_status, count(*), max(abs({parts} + unexplained_bps - btc_return_bps)) "
        "from marts.mart_correction_drivers_daily where btc_return_bps is not null group by all order by 1"
    )
    found = {status: (days, gap) for status, days, gap in rows}
    assert set(found) == {"closed", "provisional", "settled", "thin"}
    assert found["thin"][1] is None
    assert all(found[status][1] < 1e-9 for status in ("closed", "provisional", "settled"))
    assert found["settled"][0] > 100 and found["provisional"][0] == 3


def test_wide_and_long_tables_hold_the_same(ask: Ask) -> None:
    for theme in THEMES:
        assert ask(
            f"select count(*) from marts.mart_correction_drivers_daily d join marts.mart_theme_contributions_daily c "
            f"on d.date = c.date and c.theme = '{theme}' "
            f"where d.{theme}_contribution_bps is distinct from c.contribution_bps"
        ) == [(0,)]
    assert ask(
        "select count(*) from marts.mart_correction_drivers_daily d join marts.mart_attribution_daily a using (date) "
        "where (d.unexplained_bps, d.unexplained_closed_bps, d.baseline_bps, d.attribution_status, "
        "d.attribution_known_at, d.btc_return_bps) is distinct from (a.unexplained_bps, a.unexplained_closed_bps, "
        "a.baseline_bps, a.attribution_status, a.attribution_known_at, a.btc_return_bps)"
    ) == [(0,)]


def test_every_driver_has_a_row_a_day_and_a_null_a_reason(ask: Ask) -> None:
    ((days, drivers, rows),) = ask(
        "select count(distinct date), count(distinct driver_id), count(*) from marts.mart_driver_contributions_daily"
    )
    assert rows == days * drivers
    assert ask("select count(*) from marts.dim_driver") == [(drivers,)]
    for table in ("mart_driver_contributions_daily", "mart_theme_contributions_daily", "mart_period_contributions"):
        assert ask(
            f"select count(*) from marts.{table} where (contribution_bps is null) <> (null_reason is not null)"
        ) == [(0,)]
        reasons = ask(f"select distinct null_reason from marts.{table} where null_reason is not null")
        assert {reason for (reason,) in reasons} <= REASONS


def test_drivers_made_of_price_have_no_shock(ask: Ask) -> None:
    rows = ask(
        "select driver_id, count(c.contribution_bps) + count(c.shock_bps), count(d.shock) "
        "from marts.dim_driver d join marts.mart_driver_contributions_daily c using (driver_id) "
        "where d.basis in ('price_derived', 'follows_price') group by all"
    )
    assert {driver for driver, *_ in rows} >= {"fear_greed", "stable_30", "btc_vol_30"}
    assert all(counts == [0, 0] for _, *counts in rows)


def test_a_shock_counts_on_the_day_its_market_fixed_it(ask: Ask) -> None:
    rows = ask(
        "select driver_id, market_at from marts.mart_driver_contributions_daily "
        "where date = '2025-02-25' and market_at is not null"
    )
    found = dict(rows)
    assert found["spx"] == datetime(2025, 2, 25, 21) and found["gold"] == datetime(2025, 2, 25, 15)
    assert found["broad_usd"] == datetime(2025, 2, 25, 17)
    ((spx,),) = ask(
        "select 1e4 * ln(b.value / a.value) from facts.fct_observations a join facts.fct_observations b "
        "on a.series_id = b.series_id and a.observation_date = '2025-02-24' and b.observation_date = '2025-02-25' "
        "where a.series_id = 'fred.SP500' and a.vintage_number = 1 and b.vintage_number = 1"
    )
    assert ask(
        "select shock_bps from marts.mart_driver_contributions_daily where date = '2025-02-25' and driver_id = 'spx'"
    )[0][0] == pytest.approx(spx, abs=1e-9)


def test_the_clock_of_a_row_is_never_after_the_run(ask: Ask) -> None:
    assert ask(
        "select count(*) from marts.mart_correction_drivers_daily where attribution_known_at > as_of "
        "or attribution_known_at > date + interval '10' day or attribution_known_at < date + interval '1' day"
    ) == [(0,)]


def test_a_closed_day_is_unexplained_and_a_session_has_no_closed_part(ask: Ask) -> None:
    rows = ask(
        "select attribution_status = 'closed', count(*) from marts.mart_attribution_daily a "
        "join marts.dim_date using (date) where is_us_equity_session = (attribution_status = 'closed') group by 1"
    )
    assert rows == []
    sunday = ask(
        "select unexplained_bps = btc_return_bps, unexplained_closed_bps = btc_return_bps, risk_contribution_bps "
        "from marts.mart_correction_drivers_daily where date = '2025-03-02'"
    )
    assert sunday == [(True, True, 0.0)]


def test_episodes_and_named_periods_are_attributed(ask: Ask) -> None:
    episodes = {episode for (episode,) in ask("select episode_id from marts.mart_correction_episodes")}
    periods = dict(ask("select period_id, status from marts.mart_correction_periods"))
    assert set(periods) == episodes | {"bybit_week", "whole_sample"}
    attributed = {period for period, status in periods.items() if status != "thin"}
    assert attributed == {"2024-12-17", "2025-01-21", "bybit_week", "whole_sample"}
    (row,) = ask(
        "select p.first_date, p.last_date, p.btc_return_bps - e.depth_bps, sentence "
        "from marts.mart_correction_periods p join marts.mart_correction_episodes e on p.period_id = e.episode_id "
        "where e.episode_id = '2025-01-21'"
    )
    assert row[:2] == (date(2025, 1, 22), date(2025, 4, 8))
    assert row[2] == pytest.approx(0, abs=1e-8)
    assert row[3].index("Unexplained") < row[3].index("Told from zero")


def test_the_daily_sentence_says_what_stays_unexplained(ask: Ask) -> None:
    (row,) = ask(
        "select sentence, unexplained_bps, btc_return_bps from marts.mart_correction_drivers_daily "
        "where date = '2025-02-25'"
    )
    sentence, unexplained, move = row
    assert f"Its return of {move:+.0f} bps: {unexplained:+.0f} unexplained" in sentence
    (closed,) = ask("select sentence from marts.mart_correction_drivers_daily where date = '2025-03-02'")
    assert "Its return of +911 bps is all unexplained: no US session." in closed[0]
    (thin,) = ask("select sentence from marts.mart_correction_drivers_daily where date = '2024-05-14'")
    assert "unexplained" not in thin[0]


def test_lead_and_lag(ask: Ask) -> None:
    rows = ask(
        "select subject, lag_sessions, correlation, verdict from marts.mart_driver_lead_lag "
        "where subject in ('IBIT', 'BTC.TOTAL', 'BTC.TOTAL_WITHOUT_LATE') and lag_sessions in (-1, 0)"
    )
    found = {(subject, lag): (correlation, verdict) for subject, lag, correlation, verdict in rows}
    assert found["IBIT", 0][0] < 0.15 and found["IBIT", -1][0] > 0.35
    assert found["BTC.TOTAL_WITHOUT_LATE", 0][0] > found["BTC.TOTAL_WITHOUT_LATE", -1][0]
    assert found["BTC.TOTAL", 0][1] == "dating_unclear"


def test_an_unfit_model_says_so(ask: Ask) -> None:
    ((sentence, verdict),) = ask("select sentence, verdict from marts.mart_attribution_fit where model = 'all_themes'")
    assert verdict == "does_not_add" and "do not add" in sentence


def test_the_statement_s_figures_come_out_again_from_the_marts(ask: Ask) -> None:
    ((statement, first, last, r_squared, sessions),) = ask(
        "select statement, first_date, last_date, r_squared_against_zero, sessions from marts.mart_attribution_fit "
        "where model = 'all_themes'"
    )
    ((unlike,),) = ask("select count(distinct statement) from marts.mart_attribution_fit")
    assert unlike == 1
    ((closed,),) = ask(
        "select 100 * sum(btc_return_bps ^ 2) filter (attribution_status = 'closed') / sum(btc_return_bps ^ 2) "
        "from marts.mart_attribution_daily where date between ? and ?", first, last,
    )  # fmt: skip
    ((risk, fall),) = ask(
        "select c.contribution_bps, p.btc_return_bps from marts.mart_period_contributions c "
        "join marts.mart_correction_periods p using (period_id) where theme = 'risk' and kind = 'episode' "
        "and status in ('settled', 'provisional') order by p.first_date desc limit 1"
    )
    ((same, following),) = ask(
        "select max(correlation) filter (lag_sessions = 0), max(correlation) filter (lag_sessions = -1) "
        "from marts.mart_driver_lead_lag where subject = 'BTC.TOTAL'"
    )
    ((adding, nearest),) = ask(
        "select count(*) filter (verdict = 'adds'), min(clark_west_p) from marts.mart_attribution_fit "
        "where model in (select theme from marts.dim_theme where theme <> 'risk')"
    )
    assert f"{100 * r_squared:.0f}% of BTC's squared returns in {sessions} sessions" in statement
    assert f"{closed:.0f}% of all" in statement
    assert f"{risk:+,.0f} of {fall:+,.0f} log bps" in statement
    assert f"correlation {same:+.2f} with the total" in statement and f"{following:+.2f} for the next" in statement
    assert adding == 0 and f"Clark-West p {nearest:.2f}" in statement


def test_every_row_of_the_attribution_adds_up(ask: Ask) -> None:
    """Drivers, themes and days; open and closed parts; sums of periods; thin days hold no figure at all."""
    ((days, themes, drivers, parts),) = ask(
        """
        with by_theme as (
            select date, sum(contribution_bps) as bps from marts.mart_theme_contributions_daily group by date
        ),
        by_driver as (
            select date, sum(contribution_bps) as bps from marts.mart_driver_contributions_daily group by date
        )
        select count(*), max(abs(t.bps + unexplained_bps - btc_return_bps)),
               max(abs(d.bps + unexplained_bps - btc_return_bps)),
               max(abs(unexplained_open_bps + unexplained_closed_bps - unexplained_bps))
        from marts.mart_attribution_daily a join by_theme t using (date) join by_driver d using (date)
        where attribution_status <> 'thin' and btc_return_bps is not null
        """
    )
    assert days > 250 and max(themes, drivers, parts) < 1e-9
    sums = ("btc_return", "explained", "unexplained", "unexplained_open", "unexplained_closed", "baseline")
    ((periods, gap),) = ask(
        "with sums as (select period_id, "
        + ", ".join(f"sum(a.{n}_bps) - any_value(p.{n}_bps) as {n}" for n in sums)
        + " from marts.mart_correction_periods p join marts.mart_attribution_daily a "
        "on a.date between p.first_date and p.last_date where status <> 'thin' group by 1) "
        f"select count(*), max(greatest({', '.join(f'abs({n})' for n in sums)})) from sums"
    )
    assert periods == 4 and gap < 1e-9
    ((gap,),) = ask(
        "with sums as (select period_id, theme, sum(c.contribution_bps) as bps from marts.mart_correction_periods p "
        "join marts.mart_theme_contributions_daily c on c.date between p.first_date and p.last_date "
        "where status <> 'thin' group by 1, 2) select max(abs(bps - contribution_bps)) "
        "from sums join marts.mart_period_contributions using (period_id, theme)"
    )
    assert gap < 1e-9
    figures = ("explained", "baseline", "unexplained", "unexplained_open", "unexplained_closed",
               "etf_associated_as_dated", "etf_associated_realigned", "etf_associated_without_late")  # fmt: skip
    ((thin, held),) = ask(
        f"select count(*), count(coalesce(condition_number, {', '.join(f'{n}_bps' for n in figures)})) "
        "from marts.mart_attribution_daily where attribution_status = 'thin'"
    )
    assert thin > 100 and held == 0
    ((held,),) = ask(
        "select count(coalesce(shock_bps, coefficient, contribution_bps)) from marts.mart_driver_contributions_daily "
        "join marts.mart_attribution_daily using (date) where attribution_status = 'thin'"
    )
    assert held == 0


def test_every_table_of_the_python_step_is_declared() -> None:
    from orchestration.defs.attribution.attribute import TABLES

    declared = {s["name"] for s in manifest()["sources"].values() if s["source_name"] == "attribution"}
    assert declared >= set(TABLES)


def test_gold_has_a_signal_and_a_contribution_but_no_direction(ask: Ask) -> None:
    rows = ask(
        "select s.signal is not null, s.z is not null, s.pressure, s.null_reason, p.pressure, p.null_reason "
        "from marts.mart_driver_signals_daily s join marts.mart_theme_pressure_daily p using (date, theme) "
        "where s.driver_id = 'gold' and date = '2025-02-28'"
    )
    assert rows == [(True, True, None, "no_direction", None, "no_direction")]
    ((contribution,),) = ask(
        "select contribution_bps from marts.mart_theme_contributions_daily where theme = 'gold' and date = '2025-02-28'"
    )
    assert contribution is not None
