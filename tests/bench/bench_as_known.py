"""How long the as-known engine takes on ten years of 60 daily series with 350 thousand vintages.

Run from the checkout: `.venv/bin/python -m tests.bench.bench_as_known`. The SQL is what dbt compiles from the models;
only the days are the benchmark's own. The aim is two seconds on two cores for both models together.
"""

import tempfile
import time
from datetime import datetime
from pathlib import Path

import duckdb

from tests.dbt.harness import Project, compile_project, copy_project
from warehouse.build import Build, Clock
from warehouse.vintages import open_raw

SERIES, DAYS, VINTAGES = 60, 3652, 350_000
BUILT = ("int_vintages", "int_as_known_daily")
# 60% of the observations are printed twice, a tenth of the later vintages is a blank, one in twenty comes a month late.
SYNTHETIC = f"""
create table raw.observations as
with observations as (
    select 'bench.s' || s as series_id, s, d, cast('2015-01-01' as date) + cast(d as integer) as observation_date,
        hash(s * 100003 + d) as dice
    from range({SERIES}) as series(s), range({DAYS}) as days(d)
),
numbered as (
    select *, 0 as number from observations
    union all
    select *, 1 as number from observations where dice % 1000 < 598
)
select series_id, observation_date,
    cast(observation_date + 1 as timestamp) + to_hours(cast(dice % 20 as integer))
        + to_days(cast(case when dice % 20 = 0 then 30 else 0 end + number * (1 + dice % 400) as integer)) as known_at,
    'capture' as known_at_basis,
    case when number = 1 and dice % 10 = 0 then null else 100 + d % 977 + number * 0.25 end as value,
    'value' as status, 'bench' as landing_id
from numbered
"""


def compiled() -> Project:
    """The project's models as dbt compiles them."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        with open_raw(scratch / "raw.duckdb"):
            pass
        clock = Clock(datetime(2026, 1, 1), is_past=False)
        return compile_project(copy_project(scratch / "project"), scratch / "raw.duckdb", clock, scratch)


def measure(project: Project, threads: int) -> dict[str, float]:
    """Seconds a model, once."""
    seconds = {}
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": threads}) as connection:
        build = Build(Path(folder) / "build")
        build.start(Clock(datetime(2026, 1, 1), is_past=False), "bench", "sample")
        connection.execute(f"attach '{build.work_db}' as work; attach ':memory:' as raw")
        connection.execute(SYNTHETIC)
        connection.execute("create schema work.intermediate")
        connection.execute(
            f"create table {project['int_days'].relation} as select cast('2015-01-01' as date) + cast(d as integer) "
            f"as date from range({DAYS}) as days(d)"
        )
        for name in BUILT:
            started = time.perf_counter()
            connection.execute(f"create table {project[name].relation} as {project[name].sql}")
            seconds[name] = time.perf_counter() - started
    return seconds


if __name__ == "__main__":
    models = compiled()
    for count in (1, 2):
        rounds = sorted((measure(models, count) for _ in range(3)), key=lambda seconds: sum(seconds.values()))
        text = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in rounds[0].items())
        print(f"{count} thread(s), best of 3: {text}, together {sum(rounds[0].values()):.2f} s")
