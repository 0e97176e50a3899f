"""Figures that anyone can look up, asked of the sample's publish with plain SQL."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

Ask = Callable[..., list[tuple[Any, ...]]]


def test_btc_close_and_drawdown(ask: Ask) -> None:
    rows = ask(
        "select date, close_usd, drawdown_90d_pct from facts.fct_crypto_market_daily "
        "where asset = 'BTC' and date in ('2025-02-21', '2025-02-28') order by date"
    )
    assert rows[0][1] == 96181.98
    assert round(rows[1][2], 2) == -20.53
    mart = ask(
        "select btc_close_usd, drawdown_90d_pct, in_correction from marts.mart_correction_drivers_daily "
        "where date = '2025-02-28'"
    )
    assert mart == [(rows[1][1], rows[1][2], True)]


def test_no_drawdown_before_ninety_days(ask: Ask) -> None:
    first = ask(
        "select min(date) from facts.fct_crypto_market_daily where asset = 'BTC' and drawdown_90d_pct is not null"
    )
    assert first == [(date(2024, 1, 1) + timedelta(days=89),)]


def test_etf_flow_of_the_largest_outflow_first_and_final(ask: Ask) -> None:
    (row,) = ask(
        "select status, net_flow_usd_mn, first_net_flow_usd_mn, printed_total_usd_mn from facts.fct_etf_flows_daily "
        "where asset = 'BTC' and date = '2025-02-25'"
    )
    assert row == ("reported", -1113.7, -937.9, -1113.7)
    funds = ask("select sum(net_flow_usd_mn) from facts.fct_etf_flows where asset = 'BTC' and date = '2025-02-25'")
    assert funds[0][0] == pytest.approx(-1113.7, abs=1e-9)


def test_a_market_holiday_has_no_flow(ask: Ask) -> None:
    for asset in ("BTC", "ETH"):
        day = ask(
            "select status, net_flow_usd_mn from facts.fct_etf_flows_daily where asset = ? and date = '2025-02-17'",
            asset,
        )
        assert day == [("holiday", None)]
        funds = ask(
            "select distinct status, net_flow_usd_mn from facts.fct_etf_flows where asset = ? and date = '2025-02-17'",
            asset,
        )
        assert funds == [("holiday", None)]


def test_a_fund_has_no_flow_before_its_launch(ask: Ask) -> None:
    """Grayscale's mini trust (ticker BTC) began on 2024-07-31, half a year after the other funds."""
    rows = ask(
        "select date >= '2024-07-31', status, count(*), count(net_flow_usd_mn) from facts.fct_etf_flows "
        "where asset = 'BTC' and fund = 'BTC' group by all order by all"
    )
    before = [row for row in rows if not row[0]]
    assert [(status, flows) for _, status, _, flows in before] == [("not_launched", 0)]
    assert before[0][2] > 100
    assert "not_launched" not in {row[1] for row in rows if row[0]}


def test_usd_hkd(ask: Ask) -> None:
    assert ask("select usd_hkd from facts.fct_hk_capital_flows_daily where date = '2025-02-21'") == [(7.7692,)]


def test_bybit_and_infini(ask: Ask) -> None:
    """The publisher of the sample counts 1.40bn and 49.5m; the article's round figures are 1.5bn and 50m."""
    rows = ask(
        "select name, date, loss_usd from facts.fct_security_incidents where name in ('Bybit', 'Infini') order by name"
    )
    assert rows == [("Bybit", date(2025, 2, 21), 1.4e9), ("Infini", date(2025, 2, 24), 49.5e6)]
    assert ask("select loss_usd from facts.fct_security_losses_daily where date = '2025-02-21'")[0][0] >= 1.4e9


def test_no_day_is_missing_from_the_mart(ask: Ask) -> None:
    days = [day for (day,) in ask("select date from marts.mart_correction_drivers_daily order by date")]
    assert days == [date(2024, 1, 1) + timedelta(days=n) for n in range(486)]
    assert days[-1] == date(2025, 4, 30)


def test_eight_episodes(ask: Ask) -> None:
    rows = ask(
        "select peak_date, confirmed_date, trough_date, depth_pct, status from marts.mart_correction_episodes "
        "order by peak_date"
    )
    assert len(rows) == 8
    peak, confirmed, trough, depth, status = rows[-1]
    assert (peak, confirmed, trough) == (date(2025, 1, 21), date(2025, 2, 24), date(2025, 4, 8))
    assert round(depth, 1) == -28.1
    assert status == "ended"
