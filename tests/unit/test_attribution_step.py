"""The step from vintages to tables: first prints and market days, statuses, identities, and the trial's figures."""

import time
from dataclasses import replace
from datetime import datetime
from functools import cache
from unittest.mock import patch

import duckdb
import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from orchestration.defs.attribution import daily, market
from orchestration.defs.attribution.attribute import TABLES, attribute
from orchestration.defs.attribution.inputs import AttributionError, Inputs, ShockDriver, shock_drivers
from orchestration.defs.attribution.lead_lag import lead_lag
from orchestration.defs.attribution.market import session_moves
from orchestration.defs.attribution.step import compute, write
from tests.unit.attribution_inputs import SERIES, as_of, known_by, planted, real_inputs, with_dividend
from tests.unit.session_matrix import fitted, sessions

NULL_REASONS = {"no_daily_shock", "event_only", "price_derived", "no_driver", "thin", "missing"}


@pytest.fixture(params=["figures", "history"])
def folder(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@cache
def tables_of(folder: str) -> dict[str, pd.DataFrame]:
    with threadpool_limits(limits=1):
        return attribute(real_inputs(folder))


def driver(inputs: Inputs, driver_id: str) -> ShockDriver:
    return next(each for each in inputs.drivers if each.driver_id == driver_id)


def us_sessions(inputs: Inputs) -> np.ndarray:
    days = inputs.calendar("us_equity")
    return days[days >= np.datetime64("2024-01-01")]


def moves(inputs: Inputs, driver_id: str) -> pd.DataFrame:
    found = session_moves(inputs, driver(inputs, driver_id), us_sessions(inputs))
    table = {"bps": found.bps, "known_at": found.known_at, "market_at": found.market_at}
    return pd.DataFrame(table, index=pd.DatetimeIndex(us_sessions(inputs)))


def with_vintages(inputs: Inputs, *rows: tuple[str, str, str, float]) -> Inputs:
    """More vintages, each from a response of its own: series, observation, known_at, value."""
    columns = ["series_id", "observation_date", "known_at", "value"]
    more = pd.DataFrame(rows, columns=columns).astype({"observation_date": "M8[us]", "known_at": "M8[us]"})
    more = more.assign(known_at_basis="capture", landing_id=[f"response {n}" for n in range(len(more))])
    vintages = pd.concat([inputs.vintages, more])
    return replace(inputs, vintages=vintages.sort_values(["series_id", "observation_date", "known_at"]))


def without(inputs: Inputs, series_id: str, *days: str) -> Inputs:
    vintages = inputs.vintages
    gone = (vintages["series_id"] == series_id) & vintages["observation_date"].isin(pd.DatetimeIndex(days))
    return replace(inputs, vintages=vintages[~gone])


# What a market did on a day.


def test_drivers_and_their_order_come_from_the_seed() -> None:
    found = {each.driver_id: (each.theme, each.log, each.residual) for each in real_inputs("figures").drivers}
    assert found == {
        "spx": ("risk", True, False),
        "vix": ("risk", True, True),
        "nvda_rel": ("ai", True, True),
        "kweb_rel": ("china", True, True),
        "y2": ("fiscal", False, False),
        "real10": ("fiscal", False, False),
        "be10": ("stagflation", False, False),
        "broad_usd": ("dollar", True, False),
        "gold": ("gold", True, False),
    }
    assert next(iter(found)) == "spx"


def test_every_shock_was_fixed_within_its_day() -> None:
    """New York 16:00 is 21:00 UTC in winter and 20:00 in summer; H.10 noon; London 15:00."""
    inputs = real_inputs("figures")
    winter, summer = pd.Timestamp("2025-02-25"), pd.Timestamp("2024-07-16")
    hours = {
        each.driver_id: tuple(moves(inputs, each.driver_id).loc[day, "market_at"].hour for day in (winter, summer))
        for each in inputs.drivers
    }
    assert hours["spx"] == hours["y2"] == (21, 20)
    assert hours["broad_usd"] == (17, 16)
    assert hours["gold"] == (15, 14)
    for each in inputs.drivers:
        at = moves(inputs, each.driver_id)["market_at"].dropna()
        assert (at.dt.normalize() == at.index).all()


def test_a_market_that_fixes_after_midnight_utc_counts_for_the_next_day() -> None:
    inputs = real_inputs("figures")
    late = replace(driver(inputs, "spx"), local_time="20:30")
    found = session_moves(inputs, late, us_sessions(inputs))
    table = pd.Series(found.bps, pd.DatetimeIndex(us_sessions(inputs)))
    assert table["2025-02-25"] == moves(inputs, "spx").loc["2025-02-24", "bps"]


@pytest.mark.parametrize(
    ("driver_id", "day"),
    [
        ("gold", "2024-05-06"),
        ("gold", "2024-12-24"),
        ("gold", "2024-12-31"),
        ("y2", "2024-10-14"),
        ("broad_usd", "2024-11-11"),
    ],
)
def test_a_closed_market_has_a_shock_of_zero_by_its_calendar(driver_id: str, day: str) -> None:
    """Whether or not a later figure is there: the calendar decides."""
    inputs = real_inputs("figures")
    until = np.datetime64(day) + 1
    for known in (inputs, known_by(inputs, until)):
        assert moves(known, driver_id).loc[day, "bps"] == 0.0


def test_the_half_day_before_christmas_is_the_last_weekday() -> None:
    """In 2023 both eves were Sundays: there was no afternoon fixing on the Fridays before."""
    inputs = real_inputs("figures")
    days = np.array(["2023-12-21", "2023-12-22", "2023-12-28", "2023-12-29"], dtype="datetime64[D]")
    assert market.open_sessions(inputs, "london", days).astype(str).tolist() == ["2023-12-21", "2023-12-28"]


def test_an_absent_figure_of_an_open_market_is_missing_and_so_is_the_change_across_it() -> None:
    inputs = without(real_inputs("figures"), SERIES["y2"], "2025-02-25")
    found = moves(inputs, "y2")["bps"]
    assert np.isnan(found["2025-02-25"]) and np.isnan(found["2025-02-26"])
    assert np.isfinite(found["2025-02-24"]) and np.isfinite(found["2025-02-27"])


def test_a_figure_of_a_day_without_a_session_is_the_one_before() -> None:
    """Bonds traded on 9 January 2025, the day of mourning: the change of the 10th begins there."""
    inputs = real_inputs("figures")
    level = inputs.of_series(SERIES["y2"]).set_index("observation_date")["value"]
    change = moves(inputs, "y2").loc["2025-01-10", "bps"]
    assert change == pytest.approx(100 * (level["2025-01-10"] - level["2025-01-09"]))
    assert change != pytest.approx(100 * (level["2025-01-10"] - level["2025-01-08"]))


def test_the_first_vintage_is_used_for_ever() -> None:
    inputs = real_inputs("figures")
    revised = with_vintages(inputs, (SERIES["spx"], "2025-02-25", "2025-02-26 10:00", 1.0))
    pd.testing.assert_frame_equal(moves(inputs, "spx"), moves(revised, "spx"))


def test_what_comes_after_the_freeze_is_never_used() -> None:
    inputs = without(real_inputs("figures"), SERIES["y2"], "2025-02-25")
    value = 4.0
    in_time = with_vintages(inputs, (SERIES["y2"], "2025-02-25", "2025-03-07 00:00", value))
    too_late = with_vintages(inputs, (SERIES["y2"], "2025-02-25", "2025-03-07 00:01", value))
    assert np.isfinite(moves(in_time, "y2").loc["2025-02-25":"2025-02-26", "bps"]).all()
    assert moves(in_time, "y2").loc["2025-02-26", "known_at"] == pd.Timestamp("2025-03-07")
    pd.testing.assert_frame_equal(moves(too_late, "y2"), moves(inputs, "y2"))


def test_a_dividend_that_rescales_the_past_makes_no_return() -> None:
    """NVIDIA's closes before 2025-03-12 are shown halved from the next day on; its returns stay what they were."""
    inputs = real_inputs("figures")
    paid = moves(planted_dividend(), "nvda_rel")
    assert paid["bps"].to_numpy() == pytest.approx(moves(inputs, "nvda_rel")["bps"].to_numpy(), nan_ok=True)
    assert paid.loc["2025-03-12", "known_at"] == pd.Timestamp("2025-03-13 13:00")


def planted_dividend() -> Inputs:
    inputs = real_inputs("figures")
    vintages = with_dividend(inputs.vintages.reset_index(drop=True))
    return replace(inputs, vintages=vintages.sort_values(["series_id", "observation_date", "known_at"]))


# Refusals.


ROW = {
    "driver_id": "spx", "theme": "risk", "shock": "log change", "market_at": "16:00 America/New_York",
    "basis": "priced", "series_id": "fred.SP500", "calendar": "us_equity", "revisions": "none", "unit": "index",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"basis": "flow"}, "its basis is 'flow'"),
        ({"shock": "level"}, "shock 'level' is none of"),
        ({"shock": "change"}, "not in basis points"),
        ({"shock": "log change, residual on S&P 500"}, "must be the market"),
        ({"market_at": None}, "no local time and zone"),
        ({"market_at": "16:00 America/Gotham"}, "no local time and zone"),
    ],
)
def test_a_seed_that_makes_no_sense_is_refused(changed: dict[str, str], message: str) -> None:
    with pytest.raises(AttributionError, match=message):
        shock_drivers(pd.DataFrame([ROW | changed]))
    with pytest.raises(AttributionError, match="exactly one input"):
        shock_drivers(pd.DataFrame([ROW, ROW]))


def test_shocks_that_cannot_be_told_apart_block() -> None:
    inputs = real_inputs("figures")
    twin = replace(driver(inputs, "spx"), driver_id="twin", theme="gold")
    with pytest.raises(AttributionError, match="condition number inf, above 30"):
        attribute(replace(inputs, drivers=(*inputs.drivers, twin)))


# Rows and their status.


def test_every_row_adds_up(folder: str) -> None:
    tables = tables_of(folder)
    days = tables["days"].set_index("date")
    known = days["attribution_status"].isin(["settled", "provisional", "closed"]) & days["btc_return_bps"].notna()
    for name in ("driver_contributions", "theme_contributions"):
        explained = tables[name].groupby("date")["contribution_bps"].sum()
        assert (explained + days["unexplained_bps"] - days["btc_return_bps"])[known].abs().max() < 1e-9
    parts = days["unexplained_open_bps"] + days["unexplained_closed_bps"]
    assert (parts - days["unexplained_bps"])[known].abs().max() < 1e-9
    closed = days[days["attribution_status"] == "closed"]
    assert (closed["explained_bps"] == 0).all() and (closed["unexplained_open_bps"] == 0).all()
    assert known.sum() > 250


def test_thin_rows_are_null_throughout(folder: str) -> None:
    tables = tables_of(folder)
    days = tables["days"]
    thin = days["date"][days["attribution_status"] == "thin"]
    assert len(thin) > 150
    given = ["date", "attribution_status", "btc_return_bps", "sessions_behind", "attribution_known_at"]
    assert days[days["date"].isin(thin)].drop(columns=given).isna().all(axis=None)
    for name, figures in (
        ("driver_contributions", ["shock_bps", "coefficient", "contribution_bps", "market_at"]),
        ("theme_contributions", ["contribution_bps", "alone_bps", "last_bps"]),
    ):
        rows = tables[name][tables[name]["date"].isin(thin)]
        assert rows[figures].isna().all(axis=None)
        assert rows["null_reason"].isin(NULL_REASONS).all()
    assert (days.loc[days["date"].isin(thin), "sessions_behind"] < 180).all()


def test_a_null_has_a_reason_of_the_list(folder: str) -> None:
    for name in ("driver_contributions", "theme_contributions", "period_themes"):
        table = tables_of(folder)[name]
        assert (table["contribution_bps"].isna() == table["null_reason"].notna()).all()
        assert set(table["null_reason"].dropna()) <= NULL_REASONS
    reasons = tables_of(folder)["theme_contributions"].groupby("theme")["null_reason"].agg(lambda r: set(r.dropna()))
    assert reasons["positioning"] == {"no_driver"}
    assert reasons["security"] == {"event_only"}
    assert reasons["market"] == {"price_derived"}
    assert reasons["etf"] == reasons["tariffs"] == {"no_daily_shock"}
    assert reasons["risk"] <= {"thin", "missing"}


def test_the_newest_days_wait_for_the_weekly_dollar() -> None:
    tables = tables_of("figures")
    days = tables["days"].set_index("date")
    assert days.loc["2025-04-25":, "attribution_status"].tolist() == [
        "settled", "closed", "closed", "provisional", "provisional", "provisional",
    ]  # fmt: skip
    last = tables["theme_contributions"]
    last = last[last["date"] == "2025-04-30"].set_index("theme")
    assert last.loc[["dollar", "fiscal", "stagflation"], "null_reason"].tolist() == ["missing"] * 3
    assert last.loc[["risk", "ai", "china", "gold"], "contribution_bps"].notna().all()


def test_a_row_that_waits_for_nothing_is_settled_after_nine_days() -> None:
    """The dollar's figure of 2025-02-25 never comes: the row waits until the cutoff of 6 March, then goes without."""
    inputs = without(real_inputs("figures"), SERIES["usd"], "2025-02-25")
    before, after = (
        daily.decompose(as_of(inputs, clock)) for clock in (datetime(2025, 3, 6, 23), datetime(2025, 3, 7))
    )
    for found, status in ((before, "provisional"), (after, "settled")):
        rows = daily.day_table(found, daily.driver_table(inputs, found))
        assert rows.loc["2025-02-25", "attribution_status"] == status
        themes = daily.theme_table(inputs, found, daily.driver_table(inputs, found))
        row = themes[(themes["date"] == "2025-02-25") & (themes["theme"] == "dollar")].iloc[0]
        assert np.isnan(row["contribution_bps"]) and row["null_reason"] == "missing"


def test_known_at_covers_the_window() -> None:
    """A late figure within the window of a day is in the day's clock, and in no earlier one's."""
    inputs = without(real_inputs("figures"), SERIES["vix"], "2025-02-20")
    late = with_vintages(inputs, (SERIES["vix"], "2025-02-20", "2025-02-28 03:00", 15.66))
    found = daily.decompose(late)
    clock = daily.day_table(found, daily.driver_table(late, found))["attribution_known_at"]
    assert clock["2025-02-19"] < pd.Timestamp("2025-02-28") <= clock["2025-02-20"]
    assert clock["2025-02-20":"2025-02-21"].min() >= pd.Timestamp("2025-02-28 03:00")
    assert clock["2025-02-22"] == pd.Timestamp("2025-02-23")


def test_flows_enter_as_they_stood_when_the_row_was_frozen() -> None:
    inputs = real_inputs("figures")
    series = "farside.BTC.FBTC"
    in_time = with_vintages(inputs, (series, "2025-02-25", "2025-03-05 12:00", -999.0))
    too_late = with_vintages(inputs, (series, "2025-02-25", "2025-03-07 12:00", -999.0))
    place = list(us_sessions(inputs)).index(np.datetime64("2025-02-25"))
    flows = [market.fund_flows(each, "BTC", us_sessions(inputs)) for each in (inputs, in_time, too_late)]
    column = flows[0].funds.index("FBTC")
    first, second, third = (each.us_dollar_mn[place, column] for each in flows)
    assert second == -999.0 and third == first != -999.0
    assert flows[1].known_at[place, column] == np.datetime64("2025-03-05T12:00")


def test_a_fund_has_no_flow_before_its_launch_and_a_silent_one_is_not_zero() -> None:
    inputs = without(real_inputs("figures"), "farside.BTC.FBTC", "2025-02-25")
    flows = market.fund_flows(inputs, "BTC", us_sessions(inputs))
    days = pd.DatetimeIndex(us_sessions(inputs))
    table = pd.DataFrame(flows.with_unlaunched, days, flows.funds)
    assert table.loc["2024-07-30", "BTC"] == 0.0
    assert not flows.launched[days.get_loc("2024-07-30"), flows.funds.index("BTC")]
    assert np.isnan(table.loc["2025-02-25", "FBTC"])


# Figures.


def test_the_matrix_is_the_one_the_mathematics_was_tried_on(folder: str) -> None:
    """Apart from where a move is cut: a driver that begins later no longer takes the others' rows of the warm-up."""
    inputs, other = real_inputs(folder), sessions(folder)
    mine = daily.session_matrix(inputs, market.bitcoin_returns(inputs))
    days = np.isin(other.days, mine.days)
    own, tried = mine.moves[np.isin(mine.days, other.days)], other.moves[days]
    both = np.isfinite(own).all(axis=1) & np.isfinite(tried).all(axis=1)
    assert both.sum() > 290
    differs = (np.abs(own - tried)[both] > 1e-8).any(axis=1)
    assert differs.sum() <= 6


def test_risk_in_the_last_week_of_february_and_in_the_whole_fall(folder: str) -> None:
    parts = tables_of(folder)["period_themes"].set_index(["period_id", "theme"])
    week, fall = (parts.loc[(period, "risk")] for period in ("bybit_week", "2025-01-21"))
    assert week["contribution_bps"] == pytest.approx(-320, abs=30)
    assert fall["contribution_bps"] == pytest.approx(-2080, abs=100)
    assert week["significant"] and fall["significant"]
    for _, row in parts[parts["contribution_lower_bps"].notna()].iterrows():
        for name in ("contribution", "alone", "last"):
            assert row[f"{name}_lower_bps"] <= row[f"{name}_bps"] <= row[f"{name}_upper_bps"]
    others = parts.loc["2025-01-21"].drop(index="risk")
    assert not others["significant"].fillna(False).any()
    assert abs(week["contribution_bps"] - fitted_risk_week(folder)) < 20


def fitted_risk_week(folder: str) -> float:
    data = sessions(folder)
    _, parts = fitted(data)
    return float(parts.contributions[data.between("2025-02-21", "2025-02-28"), :2].sum())


def test_periods_are_the_sums_of_their_days(folder: str) -> None:
    tables = tables_of(folder)
    for _, period in tables["periods"].iterrows():
        span = (period["first_date"], period["last_date"])
        days = tables["days"][tables["days"]["date"].between(*span)]
        assert period["btc_return_bps"] == pytest.approx(days["btc_return_bps"].sum(), abs=1e-9)
        if period["status"] == "thin":
            assert np.isnan(period["explained_bps"]) and "not attributed" in period["sentence"]
            continue
        for name in ("explained_bps", "unexplained_bps", "unexplained_open_bps", "unexplained_closed_bps"):
            assert period[name] == pytest.approx(days[name].sum(), abs=1e-9)
        themes = tables["theme_contributions"][tables["theme_contributions"]["date"].between(*span)]
        sums = themes.groupby("theme")["contribution_bps"].sum(min_count=1)
        own = tables["period_themes"].set_index(["period_id", "theme"]).loc[period["period_id"], "contribution_bps"]
        assert own.to_numpy() == pytest.approx(sums[own.index].to_numpy(), abs=1e-9, nan_ok=True)


def test_the_fall_of_early_2025_in_full() -> None:
    period = tables_of("figures")["periods"].set_index("period_id").loc["2025-01-21"]
    assert (period["first_date"], period["last_date"]) == (pd.Timestamp("2025-01-22"), pd.Timestamp("2025-04-08"))
    assert period["btc_return_pct"] == pytest.approx(-28.1, abs=0.05)
    assert period["unexplained_closed_bps"] / period["btc_return_bps"] == pytest.approx(0.40, abs=0.02)
    assert period["daily_r_squared"] < 0
    assert period["explained_upper_bps"] < 0
    sentence = period["sentence"]
    assert sentence.index("Unexplained") < sentence.index("priced markets") < sentence.index("Common risk")
    assert "does not follow these days one by one" in sentence
    assert period["rotations"] > 0
    whole = period["policy_lower_bps"] + period["risk_premium_upper_bps"]
    assert whole == pytest.approx(period["conventional_bps"])
    in_sessions = period["btc_return_bps"] - period["unexplained_closed_bps"]
    assert period["conventional_bps"] + period["crypto_specific_bps"] == pytest.approx(in_sessions)


def test_what_the_model_is_worth() -> None:
    """On the sample the themes do not add to the S&P 500 alone; with four times the sessions they make it worse."""
    figures, history = (tables_of(folder)["fit"].iloc[0] for folder in ("figures", "history"))
    assert figures["verdict"] == "does_not_add" and "do not add" in figures["sentence"]
    assert history["verdict"] == "worse" and "make it worse" in history["sentence"]
    for fit in (figures, history):
        assert fit["market_r_squared_against_zero"] > fit["r_squared_against_zero"] > 0.03
        assert fit["clark_west_p"] > 0.1
        assert abs(fit["forecast_r_squared"]) < 0.1


def test_lead_and_lag_of_funds_and_totals(folder: str) -> None:
    table = tables_of(folder)["lead_lag"].set_index(["subject", "lag_sessions"])
    assert table.loc[("IBIT", 0), "correlation"] < 0.15
    assert table.loc[("IBIT", -1), "correlation"] > 0.35
    assert table.loc[("IBIT", 0), "verdict"] == "follows"
    without_ibit = table.loc["BTC.TOTAL_WITHOUT_LATE"]["correlation"]
    assert without_ibit[0] > without_ibit[-1]
    assert set(table.loc["BTC.TOTAL"]["verdict"]) == {"dating_unclear"}
    assert {each.driver_id for each in real_inputs(folder).drivers} <= set(table.index.get_level_values("subject"))


def test_a_fund_that_hardly_ever_reports_a_flow_has_no_lead_or_lag() -> None:
    """Its correlations would be those of a handful of days; most samples drawn from it do not vary at all."""
    inputs = real_inputs("figures")
    series = "farside.BTC.BTCW"
    vintages = inputs.vintages
    quiet = (vintages["series_id"] == series) & (vintages["observation_date"] != pd.Timestamp("2025-02-25"))
    silent = replace(inputs, vintages=vintages.assign(value=vintages["value"].mask(quiet, 0.0)))
    table = attribute(silent)["lead_lag"]
    assert "BTCW" not in set(table["subject"]) and "BITB" in set(table["subject"])
    assert table.drop(columns=["asset", "verdict"]).notna().all(axis=None)
    returns = np.random.default_rng(0).normal(size=200)
    rare = lead_lag(returns, np.eye(1, 200, 100)[0])
    assert np.isfinite(rare.lower).all() and np.isfinite(rare.next_less_same_upper)
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match="varies on too few sessions"):
        lead_lag(returns, np.zeros(200))


def test_shares_of_variance_stand_beside_what_shuffled_returns_give(folder: str) -> None:
    table = tables_of(folder)["variance_shares"]
    sums = table.groupby(["window_end_date", "window_kind"]).agg({"share": "sum", "r_squared": "first"})
    assert sums["share"].to_numpy() == pytest.approx(sums["r_squared"].to_numpy())
    assert table["shuffled_r_squared"].between(0.005, 0.1).all()
    whole = table[table["window_kind"] == "whole_sample"].iloc[0]
    assert whole["r_squared"] > whole["shuffled_r_squared_95"] > whole["shuffled_r_squared"]
    assert set(table["window_kind"]) == {"trailing_250", "whole_sample"}


# The step as a whole.


def test_tables_are_stored_as_declared_and_twice_the_same() -> None:
    """Also without any figure, as in a home whose publishers all failed."""
    inputs = planted(real_inputs("figures"))
    empty = replace(inputs, vintages=inputs.vintages.iloc[:0], closes=inputs.closes.iloc[:0])
    for each in (inputs, empty):
        stored = [_stored(each) for _ in range(2)]
        assert stored[0] == stored[1]
        for name, (columns, rows) in stored[0].items():
            assert columns == list(TABLES[name])
            assert bool(rows) is (each is inputs)


def _stored(inputs: Inputs) -> dict[str, tuple[list[str], list[tuple[object, ...]]]]:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as work")
        with patch("orchestration.defs.attribution.step.read_build", return_value=inputs):
            write(connection, compute(connection))
        found = {}
        for name in TABLES:
            cursor = connection.execute(f"from work.attribution.{name}")
            found[name] = ([column[0] for column in cursor.description or []], cursor.fetchall())
        return found


def test_the_step_takes_less_than_a_second_and_a_half() -> None:
    # The best of three counts, since another process may hold the core for a while.
    def seconds() -> float:
        started = time.process_time()
        attribute(real_inputs("figures"))
        return time.process_time() - started

    with threadpool_limits(limits=1):
        assert any(seconds() < 1.5 for _ in range(3))
