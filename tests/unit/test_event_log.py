"""The event log stores what Dagster's own class would, and gives the same back."""

import os
import sqlite3
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluation,
    AssetCheckEvaluationPlanned,
)
from dagster._core.events import (
    AssetMaterializationPlannedData,
    AssetObservationData,
    DagsterEvent,
    StepMaterializationData,
)
from dagster._core.events import DagsterEventType as Kind
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage

from orchestration.event_log import OneEngineEventLog
from orchestration.run import forget_old_runs

KEYS = {name: dg.AssetKey(["facts", name]) for name in "abcd"}


def entry(number: int, run_id: str, kind: Kind | None, data: Any = None) -> EventLogEntry:
    event = kind and DagsterEvent(kind.value, "daily", step_key="step", event_specific_data=data, message="")
    return EventLogEntry(
        error_info=None, level=10, user_message="", run_id=run_id, timestamp=1.7e9 + number, step_key="step",
        job_name="daily", dagster_event=event,
    )  # fmt: skip


def announced(run_id: str, begin: int) -> list[EventLogEntry]:
    assets = [AssetMaterializationPlannedData(KEYS[name], "p" if name == "b" else None) for name in "abc"]
    checks = [AssetCheckEvaluationPlanned(asset_key=KEYS[name], check_name="check") for name in "abc"]
    data = [(Kind.ASSET_MATERIALIZATION_PLANNED, each) for each in assets]
    data += [(Kind.ASSET_CHECK_EVALUATION_PLANNED, each) for each in checks]
    return [entry(begin + place, run_id, *each) for place, each in enumerate(data)]


def happened(run_id: str, begin: int) -> list[EventLogEntry]:
    data: list[tuple[Kind | None, Any]] = [(None, None)]
    for name in "ab":
        tags = {"dagster/data_version": run_id, "dagster/input_event_pointer/x": "3", "other": "t"}
        partition = "p" if name == "b" else None
        made = dg.AssetMaterialization(KEYS[name], tags=tags, metadata={"rows": 1}, partition=partition)
        data.append((Kind.ASSET_MATERIALIZATION, StepMaterializationData(made, [])))
        passed = AssetCheckEvaluation(asset_key=KEYS[name], check_name="check", passed=name == "a", metadata={})
        data.append((Kind.ASSET_CHECK_EVALUATION, passed))
    data.append((Kind.ASSET_OBSERVATION, AssetObservationData(dg.AssetObservation(KEYS["d"]))))
    data.append((Kind.STEP_START, None))
    return [entry(begin + place, run_id, *each) for place, each in enumerate(data)]


def after_two_runs(kind: type[ConsolidatedSqliteEventLogStorage], folder: Path) -> tuple[dict[str, Any], list[Any]]:
    """All rows of all tables, and the asset records, after two runs with an asset wiped between them."""
    with dg.DagsterInstance.ephemeral() as instance:
        storage = kind(str(folder))
        storage.register_instance(instance)
        records = []
        for run_id, begin in (("one", 0), ("two", 100)):
            storage.store_event_batch(announced(run_id, begin))
            for event in happened(run_id, begin + 50):
                storage.store_event(event)
            records += [_described(record) for record in storage.get_asset_records(list(KEYS.values()))]
            storage.wipe_asset(KEYS["b"])
        records += [_described(record) for record in storage.get_asset_records()]
        storage.dispose()
    with sqlite3.connect(folder / "event_log.db") as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        return {name: _rows(database, name) for name in tables}, records


def _described(record: Any) -> tuple[Any, ...]:
    last = record.asset_entry.last_materialization_record
    return record.asset_entry.asset_key, record.asset_entry.last_run_id, last and (last.storage_id, last.timestamp)


def _rows(database: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    # What says when the row was written, or the asset wiped, differs from run to run.
    columns = [row[1] for row in database.execute(f"pragma table_info({table})")]
    dated = ("create_timestamp", "asset_details", "wipe_timestamp", "migration_completed")
    kept = [f'"{name}"' for name in columns if name not in dated]
    return database.execute(f"select {', '.join(kept)} from {table} order by 1").fetchall()


def test_it_stores_and_gives_back_what_dagsters_own_does(tmp_path: Path) -> None:
    rows, records = after_two_runs(OneEngineEventLog, tmp_path / "kept")
    own_rows, own_records = after_two_runs(ConsolidatedSqliteEventLogStorage, tmp_path / "own")
    assert records == own_records and len(records) == 10
    assert rows.keys() == own_rows.keys()
    for table, of_table in rows.items():
        assert of_table == own_rows[table], table
    assert len(rows["event_logs"]) == 26 and len(rows["asset_keys"]) == 4 and rows["asset_check_executions"]


def test_a_statement_within_a_transaction_sees_it_and_an_error_undoes_it(tmp_path: Path) -> None:
    storage = OneEngineEventLog(str(tmp_path))
    with pytest.raises(ZeroDivisionError), storage.index_connection():
        storage.store_event(happened("one", 0)[-1])
        assert storage.get_logs_for_run("one")
        raise ZeroDivisionError
    assert storage.get_logs_for_run("one") == []
    storage.dispose()


def test_a_kill_while_the_file_is_made_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for cls, part in ((ConsolidatedSqliteEventLogStorage, "_init_db"), (os, "link")):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(cls, part, killed)
            OneEngineEventLog(str(tmp_path))
        assert not (tmp_path / "event_log.db").exists()
    storage = OneEngineEventLog(str(tmp_path))
    storage.store_event(happened("one", 0)[-1])
    assert len(storage.get_logs_for_run("one")) == 1
    storage.dispose()


def test_an_empty_file_that_an_older_version_left_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "event_log.db").touch()
    after_two_runs(OneEngineEventLog, tmp_path)


def test_only_the_newest_runs_that_ended_are_kept(tmp_path: Path) -> None:
    @dg.asset
    def made() -> None:
        """Nothing but its events matter."""

    log = {"module": OneEngineEventLog.__module__, "class": "OneEngineEventLog", "config": {"base_dir": str(tmp_path)}}
    with dg.instance_for_test({"event_log_storage": log}, temp_dir=str(tmp_path)) as instance:
        runs = [dg.materialize([made], instance=instance).run_id for _ in range(4)]
        at_work = instance.create_run_for_job(dg.Definitions([made]).resolve_implicit_global_asset_job_def()).run_id
        forget_old_runs(instance, keep=2)
        assert {run.run_id for run in instance.get_runs()} == {*runs[2:], at_work}
        assert [bool(instance.all_logs(run)) for run in runs] == [False, False, True, True]
        forget_old_runs(instance, keep=0)
        assert {run.run_id for run in instance.get_runs()} == {at_work}
        last = instance.get_latest_materialization_event(dg.AssetKey("made"))
        assert last is not None and last.run_id == runs[3]
