"""Shared by the tests of the models: a raw store with planted revisions, and the project as dbt compiles it."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from tests.dbt.harness import Project, compile_project, copy_project
from tests.dbt.planting import plant
from warehouse.build import Build, Clock

AS_OF = datetime(2025, 5, 1, 12)


@pytest.fixture(scope="session")
def clock() -> Clock:
    """The sample's own clock."""
    return Clock(AS_OF, is_past=False)


@pytest.fixture(scope="session")
def finished(sample_home: Path) -> Build:
    """The build behind the sample's publish: seeds and the results of the Python step are read from it."""
    return Build(sample_home / "build" / "current")


@pytest.fixture(scope="session")
def planted_raw(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's raw store with planted revisions."""
    raw_db = tmp_path_factory.mktemp("planted") / "raw.duckdb"
    shutil.copyfile(sample_home / "raw.duckdb", raw_db)
    counts = plant(raw_db)
    assert min(counts.values()) >= 20, counts
    return raw_db


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the project's copy is parsed; a second parse reads only what changed."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture(scope="session")
def project_copy(scratch: Path) -> Path:
    """A copy of the dbt project. A test that changes a file puts it back."""
    return copy_project(scratch / "project")


@pytest.fixture(scope="session")
def project(project_copy: Path, planted_raw: Path, clock: Clock, scratch: Path) -> Project:
    """The project as it stands, compiled."""
    return compile_project(project_copy, planted_raw, clock, scratch)
