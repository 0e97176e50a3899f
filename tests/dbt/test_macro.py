"""Macro releases as known: the sample's published figures, and the log of ALFRED snapshots against a plain reader."""

import csv
import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from orchestration.catalog import catalog
from orchestration.extraction import rule_of
from tests.dbt.harness import Project, replay
from tests.support import SHARED
from warehouse.build import Build, Clock
from warehouse.clocks import cutoff
from warehouse.vintages import Vintages, open_raw

Ask = Callable[..., list[tuple[Any, ...]]]
FACT = "facts.fct_us_stagflation_daily"


def on(ask: Ask, day: str, *columns: str) -> tuple[Any, ...]:
    (row,) = ask(f"select {', '.join(columns)} from {FACT} where date = ?", date.fromisoformat(day))
    return row


def columns_like(ask: Ask, pattern: str) -> list[str]:
    rows = ask(
        "select column_name from duckdb_columns() where table_name = 'fct_us_stagflation_daily' and column_name like ?",
        pattern,
    )
    return [column for (column,) in rows]


# --- The sample -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "column", "figure"),
    [
        ("2025-02-06", "payrolls_change_thousands", 256),
        ("2025-02-07", "payrolls_change_thousands", 143),
        ("2025-03-06", "payrolls_change_thousands", 143),
        ("2025-03-07", "payrolls_change_thousands", 151),
        ("2025-02-06", "unemployment_rate_pct", 4.1),
        ("2025-02-07", "unemployment_rate_pct", 4.0),
        ("2025-01-30", "core_pce_yoy_pct", 2.8),
        ("2025-01-31", "core_pce_yoy_pct", 2.8),
        ("2025-02-28", "core_pce_yoy_pct", 2.6),
        ("2025-02-11", "cpi_yoy_pct", 2.9),
        ("2025-02-13", "cpi_yoy_pct", 3.0),
        ("2025-02-13", "core_cpi_yoy_pct", 3.3),
        ("2025-01-30", "real_gdp_growth_saar_pct", 2.3),
        ("2025-03-27", "real_gdp_growth_saar_pct", 2.4),
        ("2025-04-30", "real_gdp_growth_saar_pct", -0.3),
    ],
)
def test_a_reader_of_the_day_had_the_release(ask: Ask, day: str, column: str, figure: float) -> None:
    assert on(ask, day, column, f"{column}_basis", f"{column}_null_reason") == (figure, "release", None)


def test_the_december_figure_of_core_pce_is_known_from_its_release_on(ask: Ask) -> None:
    before, after = (on(ask, day, "core_pce_yoy_pct_observation_date") for day in ("2025-01-30", "2025-01-31"))
    assert (before, after) == ((date(2024, 11, 1),), (date(2024, 12, 1),))


def test_gdpnow_fell_within_a_day(ask: Ask) -> None:
    assert round(on(ask, "2025-02-27", "gdpnow_pct")[0], 1) == 2.3
    figure, quarter, printed, change = on(
        ask, "2025-02-28", "gdpnow_pct", "gdpnow_pct_observation_date", "gdpnow_forecast_date", "gdpnow_change_7d_pp"
    )
    assert (round(figure, 1), quarter, printed, round(change, 1)) == (-1.5, date(2025, 1, 1), date(2025, 2, 28), -3.8)


def test_a_change_of_gdpnow_stays_within_its_quarter(ask: Ask) -> None:
    rows = ask(
        f"select a.date, a.gdpnow_change_7d_pp, a.gdpnow_change_7d_pp_null_reason from {FACT} a join {FACT} b "
        "on b.date = a.date - 7 where a.gdpnow_pct_observation_date <> b.gdpnow_pct_observation_date"
    )
    assert len(rows) >= 14, "seven days after each change of quarter"
    assert {row[1:] for row in rows} == {(None, "another_quarter")}


def test_the_misery_index_stands_every_day_its_inputs_allow(ask: Ask) -> None:
    (row,) = ask(
        f"select count(*), count(misery_index_pct), count(*) filter (abs(misery_index_pct - cpi_yoy_pct - "
        f"unemployment_rate_pct) < 1e-9), min(misery_index_pct), max(misery_index_pct) from {FACT} "
        "where date between '2023-03-01' and '2025-04-30'"
    )
    days = (date(2025, 4, 30) - date(2023, 3, 1)).days + 1
    assert row[:3] == (days, days, days)
    assert 6 < row[3] < row[4] < 11


def test_every_null_of_a_computed_column_has_its_reason_and_no_other(ask: Ask) -> None:
    reasons = columns_like(ask, "%_null_reason")
    assert len(reasons) >= 9
    for reason in reasons:
        column = reason.removesuffix("_null_reason")
        assert ask(f"select count(*) from {FACT} where ({column} is null) <> ({reason} is not null)") == [(0,)], column


def test_the_day_of_an_observation_and_its_age(ask: Ask) -> None:
    columns = columns_like(ask, "%_age_days")
    assert len(columns) >= 12
    for column in columns:
        stem = column.removesuffix("_age_days")
        assert ask(
            f"select count(*) from {FACT} where {column} is distinct from date - {stem}_observation_date "
            f"or {column} < 0"
        ) == [(0,)], stem


def test_claims_are_the_mean_of_four_weeks(ask: Ask) -> None:
    level, mean, week = on(
        ask, "2025-02-28", "initial_claims_persons", "initial_claims_4w_mean_persons",
        "initial_claims_persons_observation_date",
    )  # fmt: skip
    weeks = ask(
        "select value from facts.fct_observations where series_id = 'fred.ICSA' and observation_date between ? and ? "
        "and is_newest order by observation_date",
        week - timedelta(days=21),
        week,
    )
    assert week == date(2025, 2, 22)
    assert (len(weeks), weeks[-1][0]) == (4, level)
    assert mean == pytest.approx(sum(value for (value,) in weeks) / 4)


def test_releases_tell_first_print_and_revision(ask: Ask) -> None:
    rows = ask(
        "select vintage_number, value, first_value, revision, revision_since_first, cast(known_at as date) "
        "from facts.fct_macro_releases where series_id = 'release.GDP_REAL_QOQ_SAAR' "
        "and observation_date = '2024-10-01' order by known_at"
    )
    assert rows == [
        (1, 2.3, 2.3, None, 0.0, date(2025, 1, 30)),
        (2, 2.3, 2.3, 0.0, 0.0, date(2025, 2, 27)),
        (3, 2.4, 2.3, 0.1, 0.1, date(2025, 3, 27)),
    ]


def test_a_level_dated_by_schedule_is_no_first_print(ask: Ask) -> None:
    """What the sample's keyless answers hold of a past month was found in May 2025, revised or not."""
    rows = ask(
        "select figure_of, known_at_basis, is_first_print, first_value_null_reason, count(first_value), count(*) > 0 "
        "from facts.fct_macro_releases where vintage_number = 1 and series_id not in "
        "('fred.GDPNOW', 'release.GDP_REAL_QOQ_SAAR') group by all order by all"
    )
    prints = ask(
        "select count(*) from facts.fct_macro_releases where vintage_number = 1 and figure_of = 'release' "
        "and series_id <> 'release.GDP_REAL_QOQ_SAAR'"
    )
    assert rows == [
        ("release", "vintage", True, None, prints[0][0], True),
        ("series", "schedule", False, "dated_by_schedule", 0, True),
    ]


def test_the_nowcasts_of_the_quarter_the_seed_begins_in_are_no_first_prints(ask: Ask) -> None:
    """The seed's tracking begins on 9 October 2024, when the third quarter had been forecast since July."""
    rows = ask(
        "select observation_date, count(first_value) > 0, max(first_value_null_reason) from facts.fct_macro_releases "
        "where series_id = 'fred.GDPNOW' group by 1 order by 1"
    )
    assert rows == [
        (date(2024, 7, 1), False, "vintages_begin_later"),
        (date(2024, 10, 1), True, None),
        (date(2025, 1, 1), True, None),
        (date(2025, 4, 1), True, None),
    ]


def test_a_release_stands_beside_the_month_before_as_known_then(ask: Ask) -> None:
    rows = ask(
        "select value, previous_observation_date, previous_value, previous_known_at <= known_at, vintage_number "
        "from facts.fct_macro_releases where series_id = 'release.PAYEMS_CHANGE' and observation_date = '2025-01-01'"
    )
    assert rows == [(143.0, date(2024, 12, 1), 256.0, True, 1)]


def test_first_print_levels_and_revised_ones_never_meet(ask: Ask) -> None:
    """The first print of the level of March 2025, 159,398 thousand, against FRED's revised one is far off."""
    origins = ask("select distinct figure_of from facts.fct_macro_releases where series_id = 'fred.PAYEMS'")
    assert origins == [("series",)]
    changes = ask(f"select min(payrolls_change_thousands), max(payrolls_change_thousands) from {FACT}")
    assert -100 < changes[0][0] < changes[0][1] < 1000


def test_berkshires_bills_were_public_with_the_letter(ask: Ask) -> None:
    rows = ask(
        "select date, berkshire_cash_and_tbills_usd_mn, berkshire_cash_and_tbills_observation_date "
        "from facts.fct_dollar_daily where date in ('2025-02-21', '2025-02-23') order by date"
    )
    assert rows == [
        (date(2025, 2, 21), 271502.0, date(2024, 6, 30)),
        (date(2025, 2, 23), 330800.0, date(2024, 12, 31)),
    ]


def test_net_liquidity_in_trillions_every_day_its_inputs_allow(ask: Ask) -> None:
    (row,) = ask(
        "select count(*) filter (net_liquidity_usd_tn is null), min(net_liquidity_usd_tn), max(net_liquidity_usd_tn), "
        "count(*) filter (abs(net_liquidity_usd_tn - net_liquidity_usd_mn / 1e6) > 1e-9) "
        "from facts.fct_dollar_daily where date >= '2024-01-04'"
    )
    assert row[0] == row[3] == 0
    assert 5 < row[1] < row[2] < 7


# --- A store of our own -----------------------------------------------------------------------------------------------

Print = tuple[str, date, datetime, float | None]
BEFORE_ALL_SEEDS = datetime(2000, 1, 1)


def read_store(
    prints: list[Print], last_day: date, names: list[str], project: Project, finished: Build, root: Path,
    *, known_until: datetime | None = None,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Tables of a store that holds nothing but these prints; figures of releases are left out, or they would lead."""
    root.mkdir(parents=True, exist_ok=True)
    raw_db = root / "raw.duckdb"
    with open_raw(raw_db) as connection:
        Vintages(connection).ensure_calendar(last_day)
        frame = pd.DataFrame(prints, columns=["series_id", "observation_date", "known_at", "value"])
        connection.register("prints", frame)
        connection.execute(
            "insert into raw.observations select series_id, observation_date, known_at, 'vintage', "
            "case when isnan(value) then null else value end, 'value', 'log', '2026-01-01' from prints"
        )
    clock = Clock(datetime.combine(last_day + timedelta(days=1), time(12)), is_past=False)
    return replay(
        project, raw_db, finished, clock, root / "build", names, known_until=known_until, seeds_until=BEFORE_ALL_SEEDS
    )


def value_at(prints: list[Print], series: str, period: date, day: date) -> float | None:
    """What a reader at the cutoff of `day` had of one period."""
    newest: tuple[datetime, float | None] | None = None
    for name, described, known_at, value in prints:
        if (
            (name, described) == (series, period)
            and known_at <= cutoff(day)
            and (newest is None or known_at > newest[0])
        ):
            newest = known_at, value
    return newest[1] if newest else None


def newest_at(prints: list[Print], series: str, day: date) -> tuple[date, float] | None:
    periods = sorted({described for name, described, _, _ in prints if name == series}, reverse=True)
    for period in periods:
        value = value_at(prints, series, period, day)
        if value is not None:
            return period, value
    return None


def months_before(period: date, months: int) -> date:
    place = period.year * 12 + period.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


COMPUTED: dict[str, tuple[str, int, Callable[[float, float], float]]] = {
    "cpi_yoy_pct": ("fred.CPIAUCSL", 12, lambda new, old: 100 * (new / old - 1)),
    "core_cpi_yoy_pct": ("fred.CPILFESL", 12, lambda new, old: 100 * (new / old - 1)),
    "core_pce_yoy_pct": ("fred.PCEPILFE", 12, lambda new, old: 100 * (new / old - 1)),
    "payrolls_change_thousands": ("fred.PAYEMS", 1, lambda new, old: new - old),
    "unemployment_rate_pct": ("fred.UNRATE", 0, lambda new, _old: new),
    "real_gdp_growth_saar_pct": ("fred.GDPC1", 3, lambda new, old: 100 * ((new / old) ** 4 - 1)),
}


def read_the_long_way(prints: list[Print], column: str, day: date) -> tuple[float | None, date] | None:
    """A column of the fact from the log alone: the newest period known, and the change to its other side as known."""
    series, months, change = COMPUTED[column]
    newest = newest_at(prints, series, day)
    if newest is None:
        return None
    base = value_at(prints, series, months_before(newest[0], months), day)
    return (None if base is None else change(newest[1], base)), newest[0]


# --- The log of ALFRED snapshots --------------------------------------------------------------------------------------

LOG_ENDS = date(2025, 7, 25)


@pytest.fixture(scope="module")
def log() -> list[Print]:
    """Friday snapshots as vintages of their dates, known at the end of the morning in New York."""
    path = SHARED / "history" / "us_macro_vintages_alfred_weekly.csv"
    if not path.is_file():
        pytest.skip("no log of ALFRED snapshots: shared/history is not beside the checkout")
    with path.open(newline="") as handle:
        return [
            (
                f"fred.{row['series_id']}",
                date.fromisoformat(row["observation_date"]),
                datetime.combine(date.fromisoformat(row["first_seen_vintage"]), time(13, 30)),
                float(row["value"]) if row["value"] else float("nan"),
            )
            for row in csv.DictReader(handle)
        ]


@pytest.fixture(scope="module")
def from_log(
    log: list[Print], project: Project, finished: Build, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, pd.DataFrame]:
    names = ["int_as_known_daily", "fct_us_stagflation_daily", "fct_macro_releases"]
    return read_store(log, LOG_ENDS, names, project, finished, tmp_path_factory.mktemp("log"))


def fridays() -> list[date]:
    return [date(2022, 12, 2) + timedelta(days=7 * n) for n in range(139)]


def test_no_schedule_dates_a_figure_before_a_snapshot_that_lacks_it(log: list[Print]) -> None:
    """Without a key a figure is dated by calendar and rule: never before the last Friday on which it was not there."""
    first_seen: dict[tuple[str, date], datetime] = {}
    for series, day, seen, _ in log:
        first_seen[series, day] = min(seen, first_seen.get((series, day), seen))
    begins = {series: min(seen for name, _, seen, _ in log if name == series) for series, *_ in first_seen}
    looked_at = {key: seen for key, seen in first_seen.items() if seen > begins[key[0]] and key[0] in catalog()}
    early = {
        (series, day, str(due))
        for (series, day), seen in looked_at.items()
        if (due := rule_of(series).scheduled_at(day)) <= seen - timedelta(days=7)
    }
    assert len(looked_at) > 100
    assert early == set()


def test_three_hundred_points_of_the_log(log: list[Print], from_log: dict[str, pd.DataFrame]) -> None:
    """(Friday, series) pairs: the newest figure known, for every series of the log."""
    table = from_log["int_as_known_daily"]
    found = {
        (series, day.date()): (described.date(), value)
        for series, day, described, value in table[["series_id", "date", "observation_date", "value"]].itertuples(
            index=False
        )
    }
    dice = random.Random(300)
    names = sorted({series for series, *_ in log})
    points = dice.sample([(friday, series) for friday in fridays() for series in names], 300)
    known = {point: newest_at(log, point[1], point[0]) for point in points}
    assert sum(answer is not None for answer in known.values()) > 290
    for (friday, series), answer in known.items():
        assert found.get((series, friday)) == answer, (friday, series)


def test_three_hundred_points_of_the_fact(log: list[Print], from_log: dict[str, pd.DataFrame]) -> None:
    """The columns of the as-known fact on Fridays and the days around them, changes and year-on-year included."""
    table = from_log["fct_us_stagflation_daily"].set_index("date")
    dice = random.Random(301)
    days = [friday + timedelta(days=shift) for friday in fridays() for shift in (-1, 0, 3)]
    points = dice.sample([(day, column) for day in days if day > date(2022, 12, 2) for column in COMPUTED], 300)
    compared = 0
    for day, column in points:
        answer = read_the_long_way(log, column, day)
        row = table.loc[pd.Timestamp(day)]
        if answer is None:
            assert pd.isna(row[column]) and pd.isna(row[f"{column}_observation_date"])
            continue
        value, period = answer
        assert row[f"{column}_observation_date"].date() == period, (day, column)
        assert row[f"{column}_basis"] == ("series" if column == "unemployment_rate_pct" else "computed")
        if value is None:
            assert pd.isna(row[column])
        else:
            assert row[column] == pytest.approx(value, abs=1e-9), (day, column)
            compared += 1
    assert compared > 290


def test_the_log_says_what_was_printed(from_log: dict[str, pd.DataFrame]) -> None:
    """Payrolls of January 2025: +143 thousand at first, within the benchmarked levels of that day; +125 from 03-07."""
    table = from_log["fct_us_stagflation_daily"].set_index("date")["payrolls_change_thousands"]
    assert table[pd.Timestamp("2025-02-07")] == table[pd.Timestamp("2025-03-06")] == 143
    assert table[pd.Timestamp("2025-03-07")] == 151
    prints = from_log["fct_macro_releases"]
    releases = prints[
        (prints["series_id"] == "fred.PAYEMS") & (prints["observation_date"] == pd.Timestamp("2025-01-01"))
    ]
    first, second = releases.sort_values("known_at").head(2).to_dict("records")
    assert (first["change_from_previous"], second["change_from_previous"]) == (143, 125)
    assert (first["vintage_number"], second["known_at"].date()) == (1, date(2025, 3, 7))
    assert second["revision"] == second["value"] - first["value"]
    assert first["is_first_print"] and not second["is_first_print"]
    assert second["first_value"] == first["value"]
    oldest = prints[(prints["series_id"] == "fred.PAYEMS") & (prints["known_at"] == prints["known_at"].min())]
    assert len(oldest) > 12 and not oldest["is_first_print"].any(), "the first Friday of the log holds a history"


def test_a_planted_revision_is_seen_by_nothing_earlier(
    log: list[Print], from_log: dict[str, pd.DataFrame], project: Project, finished: Build, tmp_path: Path
) -> None:
    """999.0 for every series and for periods far and near: no row up to the day before changes, later ones do."""
    day = date(2024, 6, 14)
    planted = [
        (series, period, datetime.combine(day, time(13, 30, 1)), 999.0)
        for series, period in sorted({(series, period) for series, period, *_ in log if period >= date(2022, 1, 1)})
    ]
    names = list(from_log)
    keys = {
        "int_as_known_daily": ["series_id", "date"],
        "fct_us_stagflation_daily": ["date"],
        "fct_macro_releases": ["series_id", "observation_date", "known_at"],
    }
    revised = read_store([*log, *planted], LOG_ENDS, names, project, finished, tmp_path)
    for name in names:
        clock_of = "known_at" if name == "fct_macro_releases" else "date"
        before = [
            frame[frame[clock_of] < pd.Timestamp(day)].sort_values(keys[name]).reset_index(drop=True)
            for frame in (from_log[name], revised[name])
        ]
        pd.testing.assert_frame_equal(*before)
        assert not (before[1] == 999.0).any().any()
        after = revised[name][revised[name][clock_of] >= pd.Timestamp(day)]
        assert (after == 999.0).any().any(), name


# --- A hole, and a year-ago figure that alone is revised --------------------------------------------------------------


def monthly_prints(series: str, months: list[date], value: Callable[[int], float]) -> list[Print]:
    """One print a month, on the 12th of the month after."""
    return [
        (series, month, datetime.combine(months_before(month, -1).replace(day=12), time(13, 30)), value(place))
        for place, month in enumerate(months)
    ]


def test_october_2025_is_a_hole_and_stays_one(project: Project, finished: Build, tmp_path: Path) -> None:
    """No prices were asked: nothing stands for the month, neither now nor as the year-ago side of October 2026."""
    months = [months_before(date(2026, 11, 1), back) for back in range(34, -1, -1)]
    prints = monthly_prints("fred.CPIAUCSL", months, lambda place: 300 + place)
    hole = date(2025, 10, 1)
    prints = [(*p[:3], float("nan")) if p[1] == hole else p for p in prints]
    table = read_store(prints, date(2026, 12, 20), ["fct_us_stagflation_daily"], project, finished, tmp_path)
    fact = table["fct_us_stagflation_daily"].set_index("date")
    columns = ["cpi_yoy_pct", "cpi_yoy_pct_observation_date", "cpi_yoy_pct_null_reason"]

    def seen(day: str) -> tuple[Any, ...]:
        return tuple(None if pd.isna(cell) else cell for cell in fact.loc[pd.Timestamp(day), columns])

    september = 100 * (prints[20][3] / prints[8][3] - 1)
    assert months[20] == date(2025, 9, 1)
    assert seen("2025-11-20") == (pytest.approx(september), pd.Timestamp("2025-09-01"), None), "carried with its date"
    november = 100 * (prints[22][3] / prints[10][3] - 1)
    assert seen("2025-12-20") == (pytest.approx(november), pd.Timestamp("2025-11-01"), None), "by date, not by row"
    assert seen("2026-11-20") == (None, pd.Timestamp("2026-10-01"), "year_ago_missing")
    assert seen("2026-12-20")[2] is None


def test_a_revision_of_the_year_ago_month_alone_changes_the_figure(
    project: Project, finished: Build, tmp_path: Path
) -> None:
    months = [months_before(date(2024, 12, 1), back) for back in range(23, -1, -1)]
    prints = monthly_prints("fred.PCEPILFE", months, lambda place: 100 + place)
    prints.append(("fred.PCEPILFE", date(2023, 12, 1), datetime(2025, 1, 20, 13, 30), 105.5))
    table = read_store(prints, date(2025, 1, 25), ["fct_us_stagflation_daily"], project, finished, tmp_path)
    figures = table["fct_us_stagflation_daily"].set_index("date")["core_pce_yoy_pct"]
    assert figures[pd.Timestamp("2025-01-19")] == pytest.approx(100 * (123 / 111 - 1))
    assert figures[pd.Timestamp("2025-01-20")] == pytest.approx(100 * (123 / 105.5 - 1))


def test_random_vintages_of_months(project: Project, finished: Build, tmp_path: Path) -> None:
    """Late, revised, blanked and withdrawn months: 400 points against the plain reader, revised base months too."""
    dice = random.Random(11)
    months = [months_before(date(2024, 12, 1), back) for back in range(35, -1, -1)]
    prints: list[Print] = []
    for series, *_ in COMPUTED.values():
        for month in months:
            known_at = datetime.combine(months_before(month, -1), time(13, 30)) + timedelta(days=dice.randrange(0, 40))
            for _ in range(dice.choice((1, 1, 2, 4))):
                value = float("nan") if dice.random() < 0.1 else round(dice.uniform(90, 110), 3)
                prints.append((series, month, known_at, value))
                known_at += timedelta(days=dice.choice((0, 1, 28, 200)), minutes=1)
    table = read_store(prints, date(2025, 3, 1), ["fct_us_stagflation_daily"], project, finished, tmp_path)
    fact = table["fct_us_stagflation_daily"].set_index("date")
    plain = [(*p[:3], None if p[3] != p[3] else p[3]) for p in prints]
    days = [date(2023, 1, 1) + timedelta(days=n) for n in range(790)]
    points = dice.sample([(day, column) for day in days for column in COMPUTED], 400)
    nulls = 0
    for day, column in points:
        answer = read_the_long_way(plain, column, day)
        assert answer is not None
        value, period = answer
        row = fact.loc[pd.Timestamp(day)]
        assert row[f"{column}_observation_date"].date() == period, (day, column)
        nulls += value is None
        assert (value is None and pd.isna(row[column])) or row[column] == pytest.approx(value, abs=1e-9), (day, column)
    assert 5 < nulls < 200
