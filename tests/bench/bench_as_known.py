"""How long the as-known engine takes on ten years of 60 series with 350 thousand vintages, and whether it is right.

Run from the checkout: `.venv/bin/python -m tests.bench.bench_as_known`. 36 series are daily, 24 monthly with a dozen
vintages a month, whose year-on-year figure is taken at every vintage of either month. The SQL is what dbt compiles from
the models; only the days and the catalog are the benchmark's own. The aim is two seconds on two cores for all together.
"""

import random
import tempfile
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from tests.dbt.harness import Project, compile_project, copy_project
from warehouse.build import Build, Clock
from warehouse.clocks import cutoff
from warehouse.vintages import open_raw

DAILY, MONTHLY, DAYS, MONTHS = 36, 24, 3652, 120
BUILT = ("int_vintages", "int_as_known_daily", "int_slow_windows")
FIRST_DAY = date(2015, 1, 1)
# Daily: two or three prints, one in twenty a month late. Monthly: twelve prints within three years, so a base month
# is revised long after its year. One in a hundred of the later prints is a blank.
SYNTHETIC = f"""
create table raw.observations as
with observations as (
    select 'fred.d' || s as series_id, cast('2015-01-01' as date) + cast(d as integer) as observation_date,
        hash(s * 100003 + d) as dice, 3 - (hash(s * 7 + d) % 10 < 6)::integer as prints, d % 977 as level
    from range({DAILY}) as series(s), range({DAYS}) as days(d)
    union all
    select 'fred.m' || s as series_id, cast(cast('2015-01-01' as date) + to_months(cast(m as integer)) as date),
        hash(s * 1000003 + m), 12, m
    from range({MONTHLY}) as series(s), range({MONTHS}) as months(m)
),
numbered as (
    select *, unnest(range(prints)) as number from observations
)
select series_id, observation_date,
    cast(observation_date + 1 as timestamp) + to_hours(cast(dice % 20 as integer))
        + to_days(cast(case when dice % 20 = 0 then 30 else 0 end + number * (1 + dice % 100) as integer)) as known_at,
    'capture' as known_at_basis,
    case when number > 0 and (dice + number) % 100 = 0 then null else cast(100 + level + number * 0.25 as double) end
        as value,
    'value' as status, 'bench' as landing_id
from numbered
"""
YEAR_ON_YEAR = """
create table year_on_year as
select series_id, since_date, coalesce(until_date, date '9999-12-31') as until_date,
    newest_observation_date as observation_date,
    100 * (max(case when months_back = 0 then value end) / max(case when months_back = 12 then value end) - 1) as value
from {windows}
group by all
"""
Histories = dict[str, dict[date, list[tuple[datetime, float | None]]]]
Answer = tuple[date, float, float | None]


def compiled() -> Project:
    """The project's models as dbt compiles them."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        with open_raw(scratch / "raw.duckdb"):
            pass
        clock = Clock(datetime(2026, 1, 1), is_past=False)
        return compile_project(copy_project(scratch / "project"), scratch / "raw.duckdb", clock, scratch)


@contextmanager
def built(
    project: Project, threads: int, clock_of_threads: Callable[[], float] = time.perf_counter
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, float]]]:
    """A connection to the engine's tables, and the seconds each of them took."""
    seconds = {}
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": threads}) as connection:
        build = Build(Path(folder) / "build")
        build.start(Clock(datetime(2026, 1, 1), is_past=False), "bench", "sample")
        connection.execute(f"attach '{build.work_db}' as work; attach ':memory:' as raw")
        connection.execute(SYNTHETIC)
        connection.execute(
            "create schema work.intermediate; create schema work.seeds; "
            "create table work.seeds.gdpnow_tracking (forecast_date date, quarter_start date, gdpnow_pct double); "
            "create table work.seeds.series_catalog as select distinct series_id, 'fred' as publisher, "
            "case when series_id like 'fred.m%' then 'monthly' else 'daily' end as frequency from raw.observations"
        )
        connection.execute(
            f"create table {project['int_days'].relation} as select cast('2015-01-01' as date) + cast(d as integer) "
            f"as date from range({DAYS}) as days(d)"
        )
        for name in BUILT:
            started = clock_of_threads()
            connection.execute(f"create table {project[name].relation} as {project[name].sql}")
            seconds[name] = clock_of_threads() - started
        started = clock_of_threads()
        connection.execute(YEAR_ON_YEAR.format(windows=project["int_slow_windows"].relation))
        seconds["year_on_year"] = clock_of_threads() - started
        yield connection, seconds


def histories(connection: duckdb.DuckDBPyConnection) -> Histories:
    """Every vintage, by series and observation, in the order of their knowledge."""
    found: Histories = defaultdict(lambda: defaultdict(list))
    for series, day, known_at, value in connection.execute(
        "select series_id, observation_date, known_at, value from raw.observations order by known_at"
    ).fetchall():
        found[series][day].append((known_at, value))
    return found


def read_the_long_way(history: dict[date, list[tuple[datetime, float | None]]], day: date) -> Answer | None:
    """Newest observation with a value at the cutoff, its value, and its year-on-year change as known then."""

    def value_of(observation: date) -> float | None:
        prints = history.get(observation, [])
        place = bisect_right(prints, cutoff(day), key=lambda print_: print_[0])
        return prints[place - 1][1] if place else None

    for observation in sorted(history, reverse=True):
        value = value_of(observation)
        if value is not None:
            base = value_of(observation.replace(year=observation.year - 1)) if observation.day == 1 else None
            return observation, value, None if base is None else 100 * (value / base - 1)
    return None


def disagreements(connection: duckdb.DuckDBPyConnection, project: Project, points: int) -> tuple[list[str], int]:
    """Where the tables and the long way differ on random (series, day) points; and how many bases had been revised."""
    everything = histories(connection)
    dice = random.Random(points)
    wrong, revised = [], 0
    for number in range(points):
        monthly = number % 2 == 0
        series = f"fred.m{dice.randrange(MONTHLY)}" if monthly else f"fred.d{dice.randrange(DAILY)}"
        day = FIRST_DAY + timedelta(days=dice.randrange(400, DAYS))
        answer = read_the_long_way(everything[series], day)
        assert answer is not None
        found = connection.execute(
            f"select observation_date, value from {project['int_as_known_daily'].relation} "
            "where series_id = ? and date = ?",
            [series, day],
        ).fetchall()
        if found != [answer[:2]]:
            wrong.append(f"{series} {day}: {found} / {answer}")
        if monthly:
            change = connection.execute(
                "select observation_date, value from year_on_year where series_id = ? and since_date <= ? "
                "and ? < until_date",
                [series, day, day],
            ).fetchall()
            same = len(change) == 1 and change[0][0] == answer[0] and _equal(change[0][1], answer[2])
            wrong += [] if same else [f"{series} {day}: {change} / {answer} year on year"]
            base = everything[series].get(answer[0].replace(year=answer[0].year - 1), [])
            revised += len([known_at for known_at, _ in base if known_at <= cutoff(day)]) > 1
    return wrong, revised


def _equal(left: float | None, right: float | None) -> bool:
    return left is right if left is None or right is None else abs(left - right) < 1e-9


if __name__ == "__main__":
    models = compiled()
    for count in (1, 2):
        rounds = []
        for _ in range(3):
            with built(models, count) as (tables, took):
                rounds.append(took)
                vintages = tables.execute("select count(*) from raw.observations").fetchone()
        best = min(rounds, key=lambda took: sum(took.values()))
        text = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in best.items())
        print(f"{count} thread(s), {vintages} vintages, best of 3: {text}, together {sum(best.values()):.2f} s")
    with built(models, 2) as (tables, _):
        errors, bases = disagreements(tables, models, 400)
        print(f"400 points: {len(errors)} differ; {bases} of 200 base months had been revised")
