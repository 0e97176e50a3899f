"""The publish: whole or not at all, and nobody who reads notices more than a new file."""

import hashlib
import json
import os
import subprocess
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.conftest import drivers
from warehouse import publishing
from warehouse.build import Build, Clock, UnfinishedBuildError
from warehouse.publishing import DATABASE, KEPT_RELEASES, content_hash, publish

NOW = Clock(datetime(2025, 5, 1, 12), is_past=False)
EARLIER = Clock(datetime(2025, 2, 26, 12), is_past=True)


class Home:
    """A build that can be given another value, and what was published of it."""

    def __init__(self, root: Path) -> None:
        self.build = Build(root / "build")
        self.published = root / "published"
        self.count = 0
        self.raw_db = root / "raw.duckdb"
        duckdb.connect(str(self.raw_db)).close()

    def write(self, value: float) -> None:
        self.build.start(NOW, "test", "sample")
        with self.build.open(self.raw_db) as connection:
            connection.execute("use warehouse")
            connection.execute("create schema facts; create schema marts; create schema scratch")
            connection.execute(
                "create table facts.fct (date date primary key, value double not null, landing_id varchar)"
            )
            connection.execute("comment on table facts.fct is 'One row a day.'")
            connection.execute("comment on column facts.fct.value is 'US$, never negative.'")
            connection.execute(
                "insert into facts.fct select date '2025-01-01' + i::integer, ? + i, 'id ' || i from range(3000) r(i)",
                [value],
            )
            connection.execute("create table marts.empty (publish_id varchar, note varchar)")
            connection.execute("create table scratch.not_for_readers as select 1 as i")

    def publish(self, value: float, clock: Clock = NOW) -> Path:
        self.write(value)
        self.count += 1
        return publish(self.build, self.published, clock, f"{clock.stamp}-{self.count:08d}", "0.0.0")

    @property
    def database(self) -> Path:
        return self.published / "current" / DATABASE

    def first_value(self, database: Path | None = None) -> float:
        with duckdb.connect(str(database or self.database), read_only=True) as connection:
            return connection.execute("select min(value) from facts.fct").fetchall()[0][0]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def manifest_of(release: Path) -> dict:
    return json.loads((release / "manifest.json").read_text())


def test_a_reader_keeps_its_data_and_the_next_one_sees_the_new(home: Home) -> None:
    home.publish(1)
    with duckdb.connect(str(home.database), read_only=True) as reader:
        [(before,)] = reader.execute("select sum(value) from facts.fct where date < '2025-01-05'").fetchall()
        # As many as it takes to remove the release the reader has open.
        for value in range(2, KEPT_RELEASES + 3):
            home.publish(value)
        assert len(list((home.published / "releases").iterdir())) == KEPT_RELEASES
        whole = reader.execute("select sum(value) from facts.fct where date < '2025-01-05'").fetchall()
        assert whole == [(before,)]
        assert reader.execute("select count(*), max(value) from facts.fct").fetchall() == [(3000, 3000.0)]
    assert home.first_value() == KEPT_RELEASES + 2


@pytest.mark.parametrize("step", ["_export", "_sha256", "_replace_directory", "_swap_link"])
def test_a_step_that_fails_before_the_swap_leaves_the_last_publish(
    home: Home, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    release = home.publish(1)
    manifest = (release / "manifest.json").read_bytes()

    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="the disk is full"):
        patch.setattr(publishing, step, fail)
        home.publish(2)
    assert home.first_value() == 1
    assert (home.published / "current" / "manifest.json").read_bytes() == manifest
    home.publish(3)
    assert home.first_value() == 3
    assert not list(home.published.glob(".*")), "what the failed publish left must be swept away"


def test_constraints_and_comments_are_published(home: Home) -> None:
    home.publish(1)
    with duckdb.connect(str(home.database), read_only=True) as connection:
        constraints = connection.execute(
            "select constraint_type, constraint_column_names from duckdb_constraints() where table_name = 'fct'"
        ).fetchall()
        assert ("PRIMARY KEY", ["date"]) in constraints and ("NOT NULL", ["value"]) in constraints
        comments = connection.execute(
            "select comment from duckdb_columns() where table_name = 'fct' and column_name = 'value' "
            "union all select comment from duckdb_tables() where table_name = 'fct'"
        ).fetchall()
        assert comments == [("US$, never negative.",), ("One row a day.",)]


def test_the_file_is_one_that_older_clients_open(home: Home) -> None:
    home.publish(1)
    with duckdb.connect(str(home.database), read_only=True) as connection:
        [(tags,)] = connection.execute(
            "select tags from duckdb_databases() where database_name = 'correction_drivers'"
        ).fetchall()
    assert tags["storage_version"] == "v1.5.0+"


def test_a_build_that_was_not_written_out_is_not_published(home: Home) -> None:
    first = home.publish(1)
    home.write(2)
    log = home.build.warehouse_db.with_name("warehouse.duckdb.wal")
    log.write_bytes(b"what a full disk left")
    with pytest.raises(UnfinishedBuildError, match="not written out"):
        publish(home.build, home.published, NOW, "later", "0.0.0")
    log.unlink()
    home.build.warehouse_db.unlink()
    with pytest.raises(UnfinishedBuildError, match="not written out"):
        publish(home.build, home.published, NOW, "later", "0.0.0")
    assert home.database.resolve().parent == first.resolve() and home.first_value() == 1


def test_a_build_that_cannot_be_written_out_says_so(home: Home) -> None:
    home.write(1)
    with (
        pytest.raises(UnfinishedBuildError, match="warehouse cannot be written out"),
        home.build.open(home.raw_db) as connection,
    ):
        other = connection.cursor()
        other.execute("begin; create table warehouse.facts.half as select 1 as i")
    other.close()


def test_a_build_with_a_table_too_few_or_too_many_is_named(home: Home) -> None:
    home.write(1)
    home.build.require_tables({"facts.fct", "marts.empty", "scratch.not_for_readers"})
    with pytest.raises(UnfinishedBuildError, match="mart_of_the_second_step"):
        home.build.require_tables(
            {"facts.fct", "marts.empty", "scratch.not_for_readers", "marts.mart_of_the_second_step"}
        )
    with pytest.raises(UnfinishedBuildError, match="not_for_readers"):
        home.build.require_tables({"facts.fct", "marts.empty"})


def test_parquet_holds_what_the_tables_hold(home: Home) -> None:
    release = home.publish(1)
    files = {entry["table"]: release / entry["parquet"] for entry in manifest_of(release)["tables"]}
    assert set(files) == {"facts.fct", "marts.empty"}
    with duckdb.connect(str(home.database), read_only=True) as connection:
        for table, file in files.items():
            described = connection.execute(f"select column_name, column_type from (describe {table})").fetchall()
            read = f"read_parquet('{file}')"
            assert (
                connection.execute(f"select column_name, column_type from (describe from {read})").fetchall()
                == described
            )
            assert connection.execute(f"(from {table} except all from {read})").fetchall() == []
            assert connection.execute(f"(from {read} except all from {table})").fetchall() == []


def test_the_manifest_is_right(home: Home) -> None:
    release = home.publish(1)
    manifest = manifest_of(release)
    assert (manifest["as_of"], manifest["last_day"]) == ("2025-05-01T12:00:00Z", "2025-04-30")
    assert manifest["database"]["sha256"] == hashlib.sha256((release / DATABASE).read_bytes()).hexdigest()
    fct, empty = manifest["tables"]
    assert (fct["table"], fct["rows"], fct["newest_date"]) == ("facts.fct", 3000, "2033-03-19")
    assert (empty["table"], empty["rows"], empty["newest_date"]) == ("marts.empty", 0, None)
    for entry in manifest["tables"]:
        assert entry["parquet_sha256"] == hashlib.sha256((release / entry["parquet"]).read_bytes()).hexdigest()
        with duckdb.connect(str(release / DATABASE), read_only=True) as connection:
            assert entry["content_sha256"] == content_hash(connection, entry["table"])


def test_the_content_hash_follows_the_figures_and_nothing_else(home: Home) -> None:
    def hashed(*statements: str) -> str:
        home.write(1)
        with duckdb.connect(str(home.build.warehouse_db)) as connection:
            for statement in statements:
                connection.execute(statement)
            return content_hash(connection, "facts.fct")

    same = hashed()
    # Another load of the same figures, in another order.
    assert hashed("update facts.fct set landing_id = 'other'") == same
    assert hashed("create or replace table facts.fct as from facts.fct order by date desc") == same
    assert hashed("update facts.fct set value = value + 1e-9 where date = '2025-01-02'") != same
    assert hashed("delete from facts.fct where date = '2025-01-02'") != same
    assert hashed("alter table facts.fct rename value to amount") != same


def test_an_earlier_as_of_is_published_beside(home: Home) -> None:
    release = home.publish(1)
    beside = home.publish(7, EARLIER)
    assert beside == home.published / "as_of" / "20250226T120000Z"
    assert home.first_value(beside / DATABASE) == 7
    assert (home.published / "current").resolve() == release
    assert home.first_value() == 1
    # The same again takes its place.
    home.publish(8, EARLIER)
    assert home.first_value(beside / DATABASE) == 8
    assert [path.name for path in (home.published / "as_of").iterdir()] == ["20250226T120000Z"]


def test_an_as_of_that_was_put_aside_and_not_replaced_comes_back(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = home.publish(7, EARLIER)
    rename = os.rename

    def killed(source: Path, target: Path) -> None:
        if target == beside:
            raise KeyboardInterrupt
        rename(source, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(publishing.os, "rename", killed)
        home.publish(8, EARLIER)
    assert not beside.exists()
    home.publish(1)
    assert home.first_value(beside / DATABASE) == 7
    assert [path.name for path in (home.published / "as_of").iterdir()] == ["20250226T120000Z"]


def test_pruning_keeps_the_newest_and_the_current(home: Home) -> None:
    releases = [home.publish(value) for value in range(KEPT_RELEASES)]
    stray = home.published / "releases" / ".DS_Store"
    stray.touch()
    releases += [home.publish(value) for value in range(2)]
    kept = sorted(path for path in (home.published / "releases").iterdir() if path.is_dir())
    assert kept == releases[2:]
    assert (home.published / "current").resolve() == releases[-1]
    assert stray.exists()


def test_the_link_is_relative(home: Home, tmp_path: Path) -> None:
    home.publish(1)
    home.published.rename(tmp_path / "moved")
    assert home.first_value(tmp_path / "moved" / "current" / DATABASE) == 1


@pytest.fixture
def refused(sample_copy: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A run over a store in which one fund total was altered after it had been checked on its way in."""
    with duckdb.connect(str(sample_copy / "raw.duckdb")) as raw:
        [(changed,)] = raw.execute(
            "update raw.observations set value = value + 25 "
            "where series_id = 'farside.BTC.TOTAL' and observation_date = '2025-03-14'"
        ).fetchall()
        assert changed == 1
    return sample_copy, drivers(sample_copy, "run")


def test_a_blocking_check_that_fails_publishes_nothing(
    refused: tuple[Path, subprocess.CompletedProcess[str]], sample_home: Path
) -> None:
    home, done = refused
    assert done.returncode == 3
    assert done.stdout == ""
    assert "etf_funds_sum_to_the_printed_total" in done.stderr
    assert "asset BTC, date 2025-03-14, net_flow_usd_mn " in done.stderr, "it says what it found"
    assert "Nothing was published; the last good publish stays." in done.stderr
    before = manifest_of(sample_home / "published" / "current")
    assert manifest_of(home / "published" / "current") == before
    assert [path.name for path in (home / "published" / "releases").iterdir()] == [before["publish_id"]]
    with duckdb.connect(str(home / "published" / "current" / DATABASE), read_only=True) as connection:
        wrong = connection.execute(
            "select count(*) from facts.fct_etf_flows_daily where abs(net_flow_usd_mn - printed_total_usd_mn) > 0.15"
        )
        assert wrong.fetchall() == [(0,)]
