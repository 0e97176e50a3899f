"""dbt's own unit tests, run in process: the rules of single models on rows made by hand."""

import shutil
from pathlib import Path

from orchestration.dbt import manifest
from tests.dbt.harness import run_dbt
from warehouse.build import Build


def test_every_dbt_unit_test_passes(sample_home: Path, project_copy: Path, scratch: Path, tmp_path: Path) -> None:
    """They need the tables of a build to exist, whose columns they read; the build is a copy."""
    build = Build(tmp_path / "build")
    shutil.copytree(sample_home / "build" / "current", build.root)
    results = run_dbt(project_copy, build, sample_home / "raw.duckdb", scratch, ["test", "--select", "test_type:unit"])
    failed = [f"{result.node.name}: {result.message}" for result in results if str(result.status) != "pass"]
    assert not failed, "\n".join(failed)
    assert len(results) == len(manifest()["unit_tests"]) >= 5
