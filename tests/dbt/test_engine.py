"""The as-known engine against a reader that does it the long way, on random histories of figures."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from time import process_time as time_of_cpu

import pytest

from tests.bench import bench_as_known
from tests.dbt.harness import Project, replay
from warehouse.build import Build, Clock
from warehouse.clocks import cutoff
from warehouse.vintages import Vintages, open_raw

FIRST_DAY, DAYS, SERIES = date(2024, 3, 1), 100, 8


@dataclass(frozen=True)
class Vintage:
    series_id: str
    observation_date: date
    known_at: datetime
    value: float | None


def random_vintages(seed: int) -> list[Vintage]:
    """Daily, weekly and monthly series whose figures come late, out of order, are revised, blanked and come back."""
    dice = random.Random(seed)
    vintages = []
    for number in range(SERIES):
        step, chaos = dice.choice((1, 1, 7, 30)), dice.choice((0.0, 0.2, 0.6))
        for place in range(0, DAYS + 30, step):
            day = FIRST_DAY + timedelta(days=place - 30)
            instants: set[datetime] = set()
            for _ in range(1 + (dice.random() < chaos) * dice.randint(1, 4)):
                lag = timedelta(days=dice.choice((0, 1, 1, 2, dice.randint(0, 60))))
                moment = dice.choice((time(), time(0, 0, 0, 1), time(12), time(23, 59, 59)))
                instants.add(datetime.combine(day + lag, moment))
            for instant in instants:
                value = None if dice.random() < chaos / 2 else round(dice.uniform(-9, 9), 3)
                vintages.append(Vintage(f"test.s{number}", day, instant, value))
    return vintages


def read_the_long_way(vintages: list[Vintage], day: date) -> tuple[date, float, datetime] | None:
    """Of one series: the newest observation with a value at the day's cutoff, its value and when that became known."""
    latest: dict[date, Vintage] = {}
    for vintage in sorted(vintages, key=lambda v: v.known_at):
        if vintage.known_at <= cutoff(day):
            latest[vintage.observation_date] = vintage
    printed = [v for v in latest.values() if v.value is not None]
    if not printed:
        return None
    newest = max(printed, key=lambda v: v.observation_date)
    assert newest.value is not None
    return newest.observation_date, newest.value, newest.known_at


@pytest.mark.parametrize("seed", range(4))
def test_every_day_of_random_histories(seed: int, project: Project, finished: Build, tmp_path: Path) -> None:
    last_day = FIRST_DAY + timedelta(days=DAYS - 1)
    vintages = random_vintages(seed)
    raw_db = tmp_path / "raw.duckdb"
    with open_raw(raw_db) as connection:
        Vintages(connection).ensure_calendar(last_day)
        connection.executemany(
            "insert into raw.observations values (?, ?, ?, 'capture', ?, 'value', 'test', '2026-01-01')",
            [(v.series_id, v.observation_date, v.known_at, v.value) for v in vintages],
        )
    clock = Clock(datetime.combine(last_day + timedelta(days=1), time(12)), is_past=False)
    table = replay(project, raw_db, finished, clock, tmp_path / "build", ["int_as_known_daily"])["int_as_known_daily"]
    columns = ["series_id", "date", "observation_date", "value", "known_at"]
    found = {
        (series, day.date()): (described.date(), value, known_at.to_pydatetime())
        for series, day, described, value, known_at in zip(*(table[column] for column in columns), strict=True)
    }
    assert len(found) == len(table)
    expected = {}
    for number in range(SERIES):
        of_series = [v for v in vintages if v.series_id == f"test.s{number}"]
        for place in range(-40, DAYS):
            day = FIRST_DAY + timedelta(days=place)
            if (answer := read_the_long_way(of_series, day)) is not None:
                expected[of_series[0].series_id, day] = answer
    assert len(expected) > 400
    assert found == expected


def test_the_histories_hold_what_they_should() -> None:
    """Blanks after a value, values after a blank, figures later than their successors, instants on the cutoff."""
    vintages = sorted(random_vintages(1), key=lambda v: (v.series_id, v.observation_date, v.known_at))
    pairs = [(a, b) for a, b in pairwise(vintages) if a.series_id == b.series_id]
    same = [(a, b) for a, b in pairs if a.observation_date == b.observation_date]
    assert sum(a.value is not None and b.value is None for a, b in same) > 10
    assert sum(a.value is None and b.value is not None for a, b in same) > 10
    assert sum(a.observation_date < b.observation_date and a.known_at > b.known_at for a, b in pairs) > 10
    assert sum(v.known_at.time() == time() for v in vintages) > 10


def test_ten_years_of_sixty_series(project: Project) -> None:
    """350 thousand vintages, year-on-year with revised base months: 400 points by the long way, and the time it takes.

    Two seconds on two cores are four of computing time, which other work on the machine does not lengthen as much.
    """
    with bench_as_known.built(project, 2, time_of_cpu) as (connection, seconds):
        assert connection.execute("select count(*) > 350000 from raw.observations").fetchone() == (True,)
        wrong, revised_bases = bench_as_known.disagreements(connection, project, 400)
    assert not wrong, wrong[:5]
    assert revised_bases > 150
    assert sum(seconds.values()) < 4, seconds
