"""What a run computes beside the step at work, and when it lets go of its files."""

from datetime import datetime
from pathlib import Path
from threading import Event, Timer

import duckdb
import pytest

from orchestration.run import WarehouseRun
from warehouse.build import Build, Clock
from warehouse.home import Home

CLOCK = Clock(datetime(2025, 5, 1, 12), is_past=False)


@pytest.fixture
def run(tmp_path: Path) -> WarehouseRun:
    """A run whose build has begun, in a home with an empty store."""
    home = Home(tmp_path)
    duckdb.connect(str(home.raw_db)).close()
    run = WarehouseRun()
    run._home, run._clock = home, CLOCK
    run.build.start(CLOCK, "12345678", "sample")
    return run


def read(connection: duckdb.DuckDBPyConnection) -> int:
    return connection.execute("select value from work.run.figure").fetchall()[0][0]


def test_what_was_begun_is_not_computed_again_and_nothing_outlives_its_files(run: WarehouseRun) -> None:
    run.database.execute("create table work.run.figure as select 1 as value")
    run.begin("figure", read)
    run.begin("figure", lambda connection: pytest.fail("begun twice"))
    assert run.result("figure", lambda connection: pytest.fail("computed again")) == 1
    run.close_files()
    run.database.execute("create or replace table work.run.figure as select 2 as value")
    assert run.result("figure", read) == 2
    run.close_files()


def test_an_error_is_raised_where_the_result_is_asked_for(run: WarehouseRun) -> None:
    run.begin("figure", read)
    with pytest.raises(duckdb.CatalogException, match="figure"):
        run.result("figure", read)
    run.close_files()


def test_closing_waits_for_what_is_computed_and_drops_what_only_waits(run: WarehouseRun) -> None:
    entered, let_go, ended = Event(), Event(), []

    def long(connection: duckdb.DuckDBPyConnection) -> None:
        entered.set()
        let_go.wait(10)
        ended.append(connection.execute("select 1").fetchall())

    run.begin("first", long)
    run.begin("second", read)
    second = run._begun["second"]
    assert entered.wait(10)
    Timer(0.2, let_go.set).start()  # while the files are being closed
    run.close_files()
    assert ended == [[(1,)]] and second.cancelled()


def test_a_run_of_a_part_writes_out_after_a_step_and_computes_nothing_ahead(run: WarehouseRun) -> None:
    run.database.execute("create table work.run.figure as select 1 as value")
    run.begin("figure", read)
    run.end_step()
    assert run._database is not None, "the whole run keeps its files open"
    run.close_files()
    run._is_part = True
    run.begin("figure", read)
    assert not run._begun
    run.database.execute("create or replace table work.run.figure as select 3 as value")
    run.end_step()
    with duckdb.connect(str(Build(run.build.root).work_db), read_only=True) as connection:
        assert connection.execute("select value from run.figure").fetchall() == [(3,)]
