"""`kill -9` at any moment: readers keep a whole publish, and the next run ends where an undisturbed one would.

The slowest test there is, hence last by name.
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.run import WarehouseRun
from tests.conftest import drivers, started_run
from warehouse.publishing import DATABASE
from warehouse.vintages import open_raw

KILLS = int(os.environ.get("DRIVERS_KILLS", "4"))
"""A run a kill: a test of twenty (DRIVERS_KILLS=20) takes as many minutes as all other tests together."""
STORE = (
    "select series_id, observation_date, known_at, known_at_basis, value, status, landing_id "
    "from raw.observations order by all"
)


def contents(release: Path) -> dict[str, str]:
    """Content hash by table, from the manifest; the database beside it must be the one the manifest is about."""
    manifest = json.loads((release / "manifest.json").read_text())
    assert hashlib.sha256((release / DATABASE).read_bytes()).hexdigest() == manifest["database"]["sha256"]
    with duckdb.connect(str(release / DATABASE), read_only=True) as connection:
        for entry in manifest["tables"]:
            assert connection.execute(f"select count(*) from {entry['table']}").fetchall() == [(entry["rows"],)]
    return {entry["table"]: entry["content_sha256"] for entry in manifest["tables"]}


def store(home: Path) -> list[tuple]:
    with duckdb.connect(str(home / "raw.duckdb"), read_only=True) as raw:
        return raw.execute(STORE).fetchall()


def ended_before(home: Path, seconds: float) -> float | None:
    """Start a run and kill it with all its children; how long it took when it had ended by then."""
    started = time.monotonic()
    run = started_run(home, subprocess.DEVNULL)
    try:
        assert run.wait(seconds) == 0
        return time.monotonic() - started
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        return None


WRITE_AND_DIE = """
import os, signal, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("create table raw.of_the_old_file as select 1 as i")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_log_of_a_removed_store_is_not_replayed(tmp_path: Path) -> None:
    path = tmp_path / "raw.duckdb"
    subprocess.run([sys.executable, "-c", WRITE_AND_DIE, str(path)], check=False)
    path.unlink()
    assert path.with_name("raw.duckdb.wal").stat().st_size > 0, "the killed process left no log: this tests nothing"
    with open_raw(path) as raw:
        tables = {name for (name,) in raw.execute("select table_name from duckdb_tables()").fetchall()}
    assert "observations" in tables and "of_the_old_file" not in tables


def test_a_store_that_was_only_begun_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "raw.duckdb"

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "replace", killed)
        with open_raw(path):
            pass
    assert not path.exists(), "a store that is there is a whole one"
    with open_raw(path) as raw:
        assert raw.execute("select count(*) from raw.observations").fetchall() == [(0,)]


def test_a_run_whose_process_was_killed_is_called_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIVERS_HOME", str(tmp_path / "home"))

    @dg.asset
    def nothing(run: WarehouseRun) -> None:
        """Takes the lock, no more."""

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        job = dg.GraphDefinition(name="killed", node_defs=[]).to_job()
        dead = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
        alive = dg.materialize([nothing], instance=instance, resources={"run": WarehouseRun()})
        statuses = {run.run_id: run.status for run in instance.get_runs()}
    assert statuses == {dead.run_id: dg.DagsterRunStatus.FAILURE, alive.run_id: dg.DagsterRunStatus.SUCCESS}


def test_killed_at_any_moment(sample_home: Path, sample_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = contents(sample_home / "published" / "current")
    chance = random.Random(2025)
    (sample_copy / "raw.duckdb").unlink()
    started = time.monotonic()
    assert drivers(sample_copy, "run").returncode == 0
    longest = dict.fromkeys((True, False), time.monotonic() - started)
    for number in range(KILLS):
        rebuilt = number % 3 == 0
        for _ in range(5):  # a run may end earlier than the one before, when the machine has less else to do
            if rebuilt:
                # As a user might; a write-ahead log that a kill left stays, and must not enter the new file.
                (sample_copy / "raw.duckdb").unlink(missing_ok=True)
            # One moment in each part of a run, in no order.
            moment = (number * 7 % KILLS + chance.random()) / KILLS * longest[rebuilt]
            ended = ended_before(sample_copy, moment)
            if ended is None:
                break
            longest[rebuilt] = min(longest[rebuilt], 0.9 * ended)
        assert ended is None, "five runs ended before they could be killed"
        assert contents((sample_copy / "published" / "current").resolve()) == whole, f"kill {number} at {moment:.1f} s"
    done = drivers(sample_copy, "run")
    assert done.returncode == 0, done.stderr
    assert contents(sample_copy / "published" / "current") == whole
    assert store(sample_copy) == store(sample_home)
    assert not list((sample_copy / "published").glob(".staging*"))
    monkeypatch.setenv("DAGSTER_HOME", str(sample_copy / "dagster"))
    with dg.DagsterInstance.get() as instance:
        # A run that stays "started" for ever would keep the queue of the Dagster pages waiting.
        started = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
        assert instance.get_runs(started) == []
