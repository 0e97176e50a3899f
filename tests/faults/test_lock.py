"""One run at a time, and readers who never notice."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.conftest import DRIVERS, drivers
from tests.support import ROOT
from warehouse.home import Home, HomeError
from warehouse.vintages import StoreError, open_raw

HOLD_LOCK = """
import sys
from pathlib import Path
from warehouse.home import Home
with Home(Path(sys.argv[1])).lock(0):
    print("held", flush=True)
    sys.stdin.read()
"""
HOLD_STORE = """
import sys, duckdb
with duckdb.connect(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holding(script: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock, or the store, until its standard input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None and process.stdout is not None
    with process:
        assert process.stdout.readline() == "held\n"
        yield process


def until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)


def pid_at_work(home: Path) -> int | None:
    try:
        return json.loads((home / "run.json").read_text())["pid"]
    except ValueError:
        return None


def test_the_refusal_names_the_process(tmp_path: Path) -> None:
    with (
        holding(HOLD_LOCK, tmp_path) as holder,
        pytest.raises(HomeError, match=rf"another run is at work .*\b{holder.pid}\b.*--wait"),
        Home(tmp_path).lock(0),
    ):
        pass


def test_waiting_ends_when_the_other_run_does(tmp_path: Path) -> None:
    with holding(HOLD_LOCK, tmp_path) as holder:
        assert holder.stdin is not None
        threading.Timer(0.5, holder.stdin.close).start()
        with Home(tmp_path).lock(30):
            assert pid_at_work(tmp_path) == os.getpid()


def test_waiting_has_an_end(tmp_path: Path) -> None:
    with holding(HOLD_LOCK, tmp_path):
        started = time.monotonic()
        with pytest.raises(HomeError, match="another run is at work"), Home(tmp_path).lock(0.5):
            pass
        assert time.monotonic() - started >= 0.5


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with holding(HOLD_LOCK, tmp_path) as holder:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        with Home(tmp_path).lock(0):
            assert pid_at_work(tmp_path) == os.getpid()


def test_a_store_another_program_holds_is_said_to_be_held(tmp_path: Path) -> None:
    store = tmp_path / "raw.duckdb"
    with open_raw(store):
        pass
    with (
        holding(HOLD_STORE, store) as holder,
        pytest.raises(StoreError, match=rf"close the program that holds it(.|\n)*{holder.pid}"),
        open_raw(store),
    ):
        pass


def test_what_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    store = tmp_path / "raw.duckdb"
    store.write_bytes(b"x" * 20_000)
    with (
        pytest.raises(StoreError, match=r"rebuild with another DRIVERS_HOME and `drivers run --landing .*/landing`"),
        open_raw(store),
    ):
        pass


def test_runs_wait_or_say_so_and_readers_go_on(sample_copy: Path) -> None:
    home = sample_copy.rename(sample_copy.with_name("a home"))  # a blank in the path, too
    before = (home / "published" / "current").resolve()
    environment = os.environ | {"DRIVERS_HOME": str(home)}
    with Home(home).lock(0), duckdb.connect(str(home / "raw.duckdb")) as writer:
        waiting = subprocess.Popen(
            [*DRIVERS, "run", "--wait", "200"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        writer.execute("begin; create table raw.unfinished (i integer)")
        shown, asked = drivers(home, "show", "2025-02-28"), drivers(home, "sql", "select 6 * 7 as answer")
        assert (shown.returncode, asked.returncode) == (0, 0)
        assert shown.stdout.startswith("2025-02-28  BTC closed at")
        assert "42" in asked.stdout
        refused = drivers(home, "run")
        assert refused.returncode == 2
        assert refused.stdout == ""
        assert f'"pid": {os.getpid()}' in refused.stderr
        assert waiting.poll() is None
        assert (home / "published" / "current").resolve() == before
    until(lambda: pid_at_work(home) == waiting.pid, 200)
    assert drivers(home, "show").returncode == 0
    assert waiting.poll() is None, "the run ended before anyone could read beside it"
    summary, _ = waiting.communicate(timeout=200)
    assert waiting.returncode == 0
    assert "Published" in summary
    assert (home / "published" / "current").resolve() != before
