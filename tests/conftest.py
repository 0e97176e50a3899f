"""Shared fixtures: one sample home, run once a session; and the block on the network, which pytest-socket sets."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from tests.support import ROOT

# Tests run in two processes, and what dbt writes while it parses and builds must not be shared.
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["DBT_TARGET_PATH"] = str(ROOT / "dbt_project" / "target" / worker)
    # The runner sets a width of 80 for the sake of its own lines; a user's pipe has none.
    os.environ.pop("COLUMNS", None)

DRIVERS = [sys.executable, "-m", "orchestration.cli"]


@pytest.fixture(scope="session", autouse=True)
def no_home_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test may touch the user's own home or keys."""
    os.environ["DRIVERS_HOME"] = str(tmp_path_factory.mktemp("unused_home"))
    for key in ("FRED_API_KEY", "SEC_USER_AGENT"):
        os.environ.pop(key, None)


def drivers(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a process of its own."""
    return subprocess.run(
        [*DRIVERS, *arguments],
        cwd=ROOT,
        env=os.environ | {"DRIVERS_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def started_run(home: Path, output: int = subprocess.PIPE) -> subprocess.Popen[str]:
    """A `drivers run` that is still going, with all its children in a session of its own."""
    return subprocess.Popen(
        [*DRIVERS, "run"],
        cwd=ROOT,
        env=os.environ | {"DRIVERS_HOME": str(home)},
        stdout=output,
        stderr=output,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after one `drivers run` on the sample. Tests read it; a test that writes takes `sample_copy`."""
    home = tmp_path_factory.mktemp("sample") / "home"
    done = drivers(home, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    return home


@pytest.fixture
def sample_copy(sample_home: Path, tmp_path: Path) -> Path:
    """A copy of the sample home that the test may change."""
    home = tmp_path / "home"
    shutil.copytree(sample_home, home, symlinks=True)
    return home


@pytest.fixture(scope="session")
def published(sample_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sample's publish, opened read-only."""
    database = sample_home / "published" / "current" / "correction_drivers.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def ask(published: duckdb.DuckDBPyConnection) -> Callable[..., list[tuple]]:
    """Rows of a query on the sample's publish."""
    return lambda query, *parameters: published.execute(query, list(parameters)).fetchall()
