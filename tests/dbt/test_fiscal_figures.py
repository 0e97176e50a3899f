"""Figures of the fiscal, tariff and gold facts, of the comparison of publishers and of coverage, on the sample."""

import csv
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.support import ROOT

Ask = Callable[..., list[tuple[Any, ...]]]
SEEDS = ROOT / "dbt_project" / "seeds"


def test_bills_share_is_of_marketable_debt_and_comes_with_the_statement(ask: Ask) -> None:
    """January's statement came on the 4th business day of February, 16:00 New York, which the day's cutoff sees."""
    rows = ask(
        "select date, round(bills_share_pct, 2), bills_share_pct_observation_date, bills_share_null_reason "
        "from facts.fct_us_fiscal_daily where date between '2025-02-05' and '2025-02-07' order by date"
    )
    december, january = date(2024, 12, 1), date(2025, 1, 1)
    assert rows == [
        (date(2025, 2, 5), 21.88, december, None),
        (date(2025, 2, 6), 22.37, january, None),
        (date(2025, 2, 7), 22.37, january, None),
    ]
    known = ask(
        "select distinct known_at from facts.fct_observations "
        "where series_id = 'fiscaldata.mspd_bills_usd_mn' and observation_date = '2025-01-01'"
    )
    assert known == [(datetime(2025, 2, 6, 21),)]


def test_a_fiscal_null_says_why(ask: Ask) -> None:
    """Every computed figure of every day: a value, or a reason, never both, never neither."""
    computed = {
        "bills_share_pct": "bills_share",
        "curve_10y_less_3m_pp": "curve_10y_less_3m",
        "curve_10y_less_2y_pp": "curve_10y_less_2y",
        "federal_interest_yoy_pct": "federal_interest_yoy",
        "deficit_12m_usd_mn": "deficit_12m",
        "deficit_12m_change_usd_mn": "deficit_12m_change",
        "federal_jobs_change_3m_thousands": "federal_jobs_change_3m",
    }
    for figure, reason in computed.items():
        counts = ask(
            f"select count(*) filter (({figure} is null) = ({reason}_null_reason is null)), count({figure}), "
            f"count({reason}_null_reason) from facts.fct_us_fiscal_daily"
        )
        assert counts[0][0] == 0, figure
        assert counts[0][1] > 300 and counts[0][2] > 0, figure


def test_the_deficit_turns_the_publishers_sign_and_grew(ask: Ask) -> None:
    """January 2025: a deficit of 128.6 bn, out on 12 February; 12 months to February: 2,150.9 bn by the press."""
    rows = ask(
        "select date, deficit_usd_mn_observation_date, round(deficit_usd_mn / 1000, 1), "
        "round(deficit_12m_change_usd_mn / 1000, 1) from facts.fct_us_fiscal_daily "
        "where date in ('2025-02-11', '2025-02-12') order by date"
    )
    assert [(day, month) for day, month, _, _ in rows] == [
        (date(2025, 2, 11), date(2024, 12, 1)),
        (date(2025, 2, 12), date(2025, 1, 1)),
    ]
    assert [deficit for _, _, deficit, _ in rows] == [86.7, 128.6]
    assert [change for _, _, _, change in rows] == [245.1, 368.6]
    ((year,),) = ask("select deficit_12m_usd_mn / 1000 from facts.fct_us_fiscal_daily where date = '2025-03-31'")
    assert year == pytest.approx(2150.9, rel=0.005)


def test_receipts_and_outlays_stand_as_the_statement_was_quoted(ask: Ask) -> None:
    """February 2025: 296.4 and 603.4 bn, from the day of the statement on; their difference is the series' deficit."""
    rows = ask(
        "select date, receipts_usd_mn, outlays_usd_mn, receipts_usd_mn_observation_date, receipts_usd_mn_null_reason, "
        "receipts_source like 'http%', outlays_source like 'http%' "
        "from facts.fct_us_fiscal_daily where date in ('2025-03-11', '2025-03-12', '2025-04-30') order by date"
    )
    quoted = (296400.0, 603400.0, date(2025, 2, 1), None, True, True)
    assert rows == [
        (date(2025, 3, 11), None, None, None, "not_in_sample", None, None),
        (date(2025, 3, 12), *quoted),
        (date(2025, 4, 30), *quoted),
    ]


def test_quoted_deficits_are_those_of_the_series(ask: Ask) -> None:
    """The seed's other lines are witnesses: deficits and sums of a year, to the last digit quoted."""
    printed = dict(
        ask(
            "select observation_date, value / 1000 from facts.fct_observations "
            "where series_id = 'fred.MTSDS133FMS' and is_newest"
        )
    )
    with (SEEDS / "treasury_statement_anchors.csv").open(newline="") as handle:
        lines = [row for row in csv.DictReader(handle) if row["statement"] == "monthly_statement"]
    quoted = {(row["item"], date.fromisoformat(row["period_start"])): float(row["value_usd_bn"]) for row in lines}
    months = {day: value for (item, day), value in quoted.items() if item in ("deficit", "surplus") and day in printed}
    assert len(months) >= 7
    for month, value in months.items():
        assert printed[month] == pytest.approx(value, abs=0.5), month
    february = {item: value for (item, day), value in quoted.items() if day == date(2025, 2, 1)}
    year = [date(2024, month, 1) for month in (10, 11, 12)] + [date(2025, 1, 1), date(2025, 2, 1)]
    assert sum(printed[month] for month in year) == pytest.approx(february["fytd_deficit"], abs=0.5)
    assert february["fytd_receipts"] - february["fytd_outlays"] == pytest.approx(february["fytd_deficit"], abs=1)
    assert february["receipts"] - february["outlays"] == pytest.approx(february["deficit"], abs=0.1)


def test_twelve_months_are_added_as_they_were_known(ask: Ask) -> None:
    """The sum once more, in Python, from the vintages known at the day's cutoff."""
    day = date(2025, 2, 27)
    latest: dict[date, float] = {}
    for month, value in ask(
        "select observation_date, value from facts.fct_observations where series_id = 'fred.MTSDS133FMS' "
        "and known_at <= ? order by observation_date, known_at",
        day + timedelta(days=1),
    ):
        latest[month] = value
    months = sorted(latest)[-24:]
    assert months[0] == date(2023, 2, 1) and months[-1] == date(2025, 1, 1)
    sums = ask(
        "select deficit_12m_usd_mn, deficit_12m_year_ago_usd_mn from facts.fct_us_fiscal_daily where date = ?", day
    )
    assert sums[0] == pytest.approx((-sum(latest[m] for m in months[12:]), -sum(latest[m] for m in months[:12])))


def test_yields_are_subtracted_on_one_day(ask: Ask) -> None:
    rows = ask(
        """
        select f.date from facts.fct_us_fiscal_daily f
        join facts.fct_observations long on long.series_id = 'fred.DGS10'
            and long.observation_date = f.curve_10y_less_3m_pp_observation_date and long.is_newest
        join facts.fct_observations short on short.series_id = 'fred.DGS3MO'
            and short.observation_date = f.curve_10y_less_3m_pp_observation_date and short.is_newest
        where abs(long.value - short.value - f.curve_10y_less_3m_pp) < 1e-9
        """
    )
    assert len(rows) == ask("select count(curve_10y_less_3m_pp) from facts.fct_us_fiscal_daily")[0][0] > 400


def test_the_reserve_revalued_is_the_articles_750_billion(ask: Ask) -> None:
    """8,133 tonnes at the fixing of 18 February (2,927.10)."""
    ((price, tonnes, gain, source),) = ask(
        "select gold_pm_usd_per_oz, official_gold_tonnes, revaluation_gain_usd_bn, official_gold_source "
        "from facts.fct_gold_revaluation_daily where date = '2025-02-18'"
    )
    assert price == 2927.1
    assert tonnes == pytest.approx(8133, rel=0.001)
    assert gain == pytest.approx(750, rel=0.01)
    assert source.startswith("https://")
    assert ask("select count(*) from facts.fct_gold_revaluation_daily where revaluation_gain_usd_bn is null") == [(0,)]
    identity = ask(
        "select count(*) from facts.fct_gold_revaluation_daily where abs(market_value_usd_bn - "
        "official_gold_fine_troy_oz * statutory_price_usd_per_oz / 1e9 - revaluation_gain_usd_bn) > 1e-6"
    )
    assert identity == [(0,)]


def test_ten_published_funds_and_the_proposed_one(ask: Ask) -> None:
    rows = ask(
        "select fund_id, basis, published_rank, rank_with_proposed from facts.fct_sovereign_funds "
        "order by rank_with_proposed"
    )
    assert [row[2] for row in rows if row[2]] == list(range(1, 11))
    assert [row for row in rows if row[2] is None] == [("us_proposed", "gold_revaluation_gain", None, 5)]
    with (SEEDS / "sovereign_funds.csv").open(newline="") as handle:
        seed = list(csv.DictReader(handle))
    assert all(row["source_url"].startswith("https://") and row["published_date"] for row in seed)


def test_government_consumption_has_dollars_and_says_that_it_has_no_share(ask: Ask) -> None:
    rows = ask(
        "select country, government_consumption_usd, government_consumption_share_of_gdp_pct, share_null_reason "
        "from facts.fct_us_government_spending where year = 2022 order by country"
    )
    assert rows == [
        ("CHN", pytest.approx(2870048468508.53), None, "not_in_sample"),
        ("USA", 3570077e6, None, "not_in_sample"),
    ]
    wages = ask("select distinct avg_weekly_wage_usd, wage_null_reason from facts.fct_us_government_wages")
    assert wages == [(None, "not_in_sample")]


def test_customs_of_the_press_stand_apart_from_the_daily_statement(ask: Ask) -> None:
    rows = ask(
        "select date, customs_duties_net_usd_mn, customs_duties_net_null_reason, customs_deposits_1m_usd_mn, "
        "customs_deposits_1m_null_reason, last_tariff_event_date, days_since_tariff_event "
        "from facts.fct_tariffs_daily where date in ('2025-04-09', '2025-04-10') order by date"
    )
    assert rows == [
        (date(2025, 4, 9), None, "no_figure_known", None, "not_in_sample", date(2025, 4, 2), 7),
        (date(2025, 4, 10), 8200.0, None, None, "not_in_sample", date(2025, 4, 9), 1),
    ]


def test_the_odd_rate_of_the_ecb_is_caught_and_nothing_else(ask: Ask) -> None:
    """The sample was published all the same: the fixture of these tests demands exit code 0."""
    rows = ask(
        "select date, comparison_id, round(left_value, 4), round(right_value, 4), round(difference, 3), tolerance "
        "from marts.mart_publisher_comparison where not within_tolerance"
    )
    assert rows == [(date(2025, 4, 15), "usd_hkd", 7.7573, 7.7921, 0.449, 0.1)]


def test_tolerances_are_above_what_hours_explain_and_below_what_errors_cost(ask: Ask) -> None:
    """1.05 to 4 times the largest difference of all days but the odd one."""
    rows = ask(
        "select comparison_id, count(*), max(abs(difference)) filter (within_tolerance), any_value(tolerance) "
        "from marts.mart_publisher_comparison where comparison_id <> 'public_debt' group by all order by all"
    )
    assert [row[0] for row in rows] == ["eur_usd", "usd_cny", "usd_hkd", "usd_jpy"]
    for name, days, largest, tolerance in rows:
        assert days == 325, name
        assert 1.05 * largest <= tolerance <= 4 * largest, name


def test_the_statement_equals_the_debt_to_the_penny(ask: Ask) -> None:
    rows = ask(
        "select date, right_value - left_value from marts.mart_publisher_comparison "
        "where comparison_id = 'public_debt' order by date"
    )
    assert [day for day, _ in rows] == [
        date(2024, 10, 31), date(2024, 11, 29), date(2024, 12, 31), date(2025, 1, 31), date(2025, 2, 28),
        date(2025, 3, 31),
    ]  # fmt: skip
    assert max(abs(difference) for _, difference in rows) < 0.5


def test_coverage_names_the_holes_of_the_sample(ask: Ask) -> None:
    rows = ask(
        "select series_id, state, gaps, first_missing_date, reason from marts.mart_source_coverage "
        "where state not in ('ok', 'not_in_sample') order by series_id"
    )
    assert [(series, state, gaps, day) for series, state, gaps, day, _ in rows] == [
        ("alternative_me.fng", "gaps", 1, date(2024, 10, 26)),
        ("farside.BTC.BTC", "gaps", 1, date(2024, 11, 20)),
        ("farside.ETH.ETH", "gaps", 1, date(2024, 11, 20)),
        ("lbma.gold_pm_usd", "gaps", 2, date(2024, 12, 24)),
    ]
    silent = ask(
        "select series_id from marts.mart_source_coverage where (state = 'ok') <> (reason is null) "
        "or (state in ('absent', 'out_of_range', 'short', 'stale', 'gaps', 'unexpected')) <> (what_to_do is not null)"
    )
    assert silent == []


def test_a_period_that_still_runs_is_no_days_old(ask: Ask) -> None:
    wrong = ask(
        "select series_id from marts.mart_source_coverage where frequency <> 'event' and (age_days < 0 "
        "or (age_days is null) <> (newest_observation_date is null))"
    )
    assert wrong == []
    assert ask("select age_days from marts.mart_source_coverage where series_id = 'fred.GDPNOW'") == [(0,)]


def test_coverage_counts_the_disagreement_with_each_leg(ask: Ask) -> None:
    rows = ask(
        "select series_id, compared_days, disagreeing_days, newest_disagreement_date from marts.mart_source_coverage "
        "where disagreeing_days > 0 order by series_id"
    )
    assert rows == [(leg, 325, 1, date(2025, 4, 15)) for leg in ("ecb.HKD", "ecb.USD", "fred.DEXHKUS")]


def test_every_comparison_is_of_catalog_series_and_says_why() -> None:
    with (SEEDS / "series_catalog.csv").open(newline="") as handle:
        series = {row["series_id"] for row in csv.DictReader(handle)}
    with (SEEDS / "publisher_comparisons.csv").open(newline="") as handle:
        comparisons = list(csv.DictReader(handle))
    for row in comparisons:
        legs = {row["left_series_id"], row["right_series_id"], row["right_divisor_series_id"]} - {""}
        assert legs <= series, row["comparison_id"]
        assert row["difference_unit"] in ("pct", "bps") and row["paired_by"] in ("day", "month_end")
        assert float(row["tolerance"]) > 0 and len(row["reason"]) > 40
