"""The main job as a user meets it: run twice, rebuild, look back in time, add a series."""

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.conftest import drivers
from tests.support import ROOT
from warehouse.landing import Landing


def hashes(release: Path) -> dict[str, str]:
    """Content hash of every table of a release."""
    return {t["table"]: t["content_sha256"] for t in json.loads((release / "manifest.json").read_text())["tables"]}


def rows(release: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(release / "correction_drivers.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_a_second_run_brings_nothing_new_and_the_same_content(sample_home: Path, sample_copy: Path) -> None:
    done = drivers(sample_copy, "run")
    assert done.returncode == 0, done.stderr
    assert "Vintages   0 new" in done.stdout
    first, second = sample_home / "published/current", sample_copy / "published/current"
    assert first.resolve().name != second.resolve().name
    assert hashes(first) == hashes(second)


def test_the_published_file_is_one_that_1_x_clients_open(sample_home: Path) -> None:
    kept_as = "select tags['storage_version'] from duckdb_databases() where database_name = 'correction_drivers'"
    assert rows(sample_home / "published/current", kept_as) == [("v1.5.0+",)]


def test_a_rebuild_from_the_landing_gives_the_same_content(sample_home: Path, tmp_path: Path) -> None:
    done = drivers(tmp_path / "rebuilt", "run", "--landing", str(sample_home / "landing"))
    assert done.returncode == 0, done.stderr
    assert hashes(tmp_path / "rebuilt/published/current") == hashes(sample_home / "published/current")


def test_a_run_that_starts_cold_gives_the_same_content(sample_home: Path, sample_copy: Path, tmp_path: Path) -> None:
    """Nothing kept between runs, the project parsed anew, and the libraries as they are: no part of `warm` is used."""
    cold = (
        "from orchestration import cli, dbt, warm\n"
        "warm.warm_imports = warm.save = lambda folder: None\n"
        "warm.warm_dagster = lambda: None\n"
        "dbt.warm_dbt, dbt.keep_contracts = (lambda: None), (lambda state: None)\n"
        "cli.command()"
    )
    target = tmp_path / "target"
    done = subprocess.run(
        [sys.executable, "-c", cold, "run"],
        cwd=ROOT,
        env=os.environ | {"DRIVERS_HOME": str(sample_copy), "DBT_TARGET_PATH": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(target.rglob("compiled/**/fct_etf_flows.sql")), "the libraries are as they are: dbt writes its SQL"
    cold_release, warm_release = sample_copy / "published/current", sample_home / "published/current"
    assert hashes(cold_release) == hashes(warm_release)
    shape = (
        "select schema_name, table_name, column_name, data_type, is_nullable, comment from duckdb_columns() "
        "where not internal union all select schema_name, table_name, constraint_text, '', false, '' "
        "from duckdb_constraints() order by all"
    )
    assert rows(cold_release, shape) == rows(warm_release, shape)


@pytest.fixture(scope="module")
def looked_back(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("as_of") / "another's home"  # a path as users have them
    shutil.copytree(sample_home, home, symlinks=True)
    done = drivers(home, "run", "--as-of", "2025-02-26T12:00Z")
    assert done.returncode == 0, done.stderr
    return home


def test_a_look_back_publishes_beside(sample_home: Path, looked_back: Path) -> None:
    assert (looked_back / "published/current").readlink() == (sample_home / "published/current").readlink()
    assert hashes(looked_back / "published/current") == hashes(sample_home / "published/current")
    assert [p.name for p in (looked_back / "published/as_of").iterdir()] == ["20250226T120000Z"]


def test_a_look_back_leaves_the_vintages_alone(sample_home: Path, looked_back: Path) -> None:
    assert (looked_back / "raw.duckdb").read_bytes() == (sample_home / "raw.duckdb").read_bytes()


def test_a_look_back_shows_the_flow_as_first_quoted(looked_back: Path) -> None:
    release = looked_back / "published/as_of/20250226T120000Z"
    flow = "select status, net_flow_usd_mn from facts.fct_etf_flows_daily where asset = 'BTC' and date = '2025-02-25'"
    assert rows(release, flow) == [("partial", -937.9)]
    arkb = "select status, net_flow_usd_mn from facts.fct_etf_flows where fund = 'ARKB' and date = '2025-02-25'"
    assert rows(release, arkb) == [("not_reported", None)]


def test_a_look_back_shows_nothing_known_later(looked_back: Path) -> None:
    """No known_at, first_known_at, day or observation date of any published table lies after the instant."""
    release = looked_back / "published/as_of/20250226T120000Z"
    # When we read a response, what the catalog expects, and what a policy event or claim is about are no knowledge.
    exempt = {("dim_response", "fetched_at"), ("dim_series", "expected_from_date")}
    exempt |= {("mart_source_coverage", "expected_from_date"), ("mart_article_claims", "known_until")}
    later = []
    for schema, table, column in rows(
        release,
        "select schema_name, table_name, column_name from duckdb_columns() where not internal "
        "and (data_type in ('TIMESTAMP', 'DATE'))",
    ):
        newest = rows(release, f"select max({column})::timestamp from {schema}.{table}")[0][0]
        if newest is not None and newest > datetime(2025, 2, 26, 12) and (table, column) not in exempt:
            later.append((schema, table, column, newest))
    assert later == []


def test_a_fred_series_is_one_catalog_line(sample_home: Path, tmp_path: Path) -> None:
    """The README's line, in a copy of the project, with one more landed answer: the series is published."""
    line = next(text for text in (ROOT / "README.md").read_text().splitlines() if text.startswith("fred.T10Y3M,"))
    project = tmp_path / "project"
    for part in ("orchestration", "warehouse", "dbt_project"):
        shutil.copytree(ROOT / part, project / part, ignore=shutil.ignore_patterns("target", "logs", "__pycache__"))
    with (project / "dbt_project/seeds/series_catalog.csv").open("a") as catalog:
        catalog.write(line + "\n")
    landing = tmp_path / "landing"
    shutil.copytree(sample_home / "landing", landing)
    Landing(landing).land(
        publisher="fred",
        endpoint="graph_csv",
        url="https://fred.stlouisfed.org/graph/fredgraph.csv?id=T10Y3M",
        params={"id": "T10Y3M"},
        status=200,
        content_type="text/csv",
        fetched_at=datetime(2026, 11, 1),
        body=b"observation_date,T10Y3M\n2025-02-26,-0.08\n2025-02-27,-0.03\n2025-02-28,\n",
    )
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", "run", "--landing", str(landing)],
        cwd=project,
        env=os.environ | {"DRIVERS_HOME": str(tmp_path / "home"), "DBT_TARGET_PATH": str(tmp_path / "target")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    release = tmp_path / "home/published/current"
    assert rows(
        release,
        "select observation_date::varchar, value, known_at::varchar from facts.fct_observations "
        "where series_id = 'fred.T10Y3M' order by 1",
    ) == [
        ("2025-02-26", -0.08, "2025-02-27 21:15:00"),
        ("2025-02-27", -0.03, "2025-02-28 21:15:00"),
        ("2025-02-28", None, "2025-03-03 21:15:00"),
    ]
    assert rows(release, "select state from marts.mart_source_coverage where series_id = 'fred.T10Y3M'") == [("stale",)]
    assert rows(release, "select title from marts.dim_series where series_id = 'fred.T10Y3M'") == [
        ("10-year less 3-month Treasury",)
    ]
