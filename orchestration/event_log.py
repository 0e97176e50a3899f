"""Dagster's event log in one SQLite file, with one engine a process and its connections and statements kept.

Dagster's own class makes a new SQLAlchemy engine for every statement, builds the statement anew, and asks the schema
for every asset event and look-up, which costs more than the statements. What is stored is the same, but that a run's
announced assets come before its announced checks. Named in the home's `dagster.yaml`.
"""

import functools
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from dagster import AssetKey, EventLogRecord
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.event_log.schema import (
    AssetKeyTable,
    SqlEventLogStorageMetadata,
    SqlEventLogStorageTable,
)
from dagster._serdes import ConfigurableClassData, deserialize_value
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import sqlite

FILE = "event_log.db"
BUSY_TIMEOUT_S = 30
_INSERT_EVENT = SqlEventLogStorageTable.insert()


class OneEngineEventLog(ConsolidatedSqliteEventLogStorage):
    """The consolidated event log, its engine and connections kept."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Dagster's own makes a new file in place, and takes one that a kill left half made for a whole one."""
        file = Path(base_dir) / FILE
        if file.exists() and file.stat().st_size == 0:  # an older version made it in place, and was killed
            for left in file.parent.glob(f"{FILE}*"):
                left.unlink()
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=file.parent, prefix=".making-") as aside:
                ConsolidatedSqliteEventLogStorage(aside).dispose()
                with suppress(FileExistsError):  # another process was faster
                    os.link(Path(aside) / FILE, file)
        super().__init__(base_dir, inst_data)

    @cached_property
    def _engine(self) -> Engine:
        engine = create_engine(self._conn_string, connect_args={"timeout": BUSY_TIMEOUT_S})
        event.listen(engine, "connect", _commit_without_sync)
        return engine

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        """A connection in a transaction; within one, the same."""
        if (outer := getattr(self._open, "connection", None)) is not None:
            yield outer
            return
        with self._engine.connect() as connection, connection.begin():
            self._open.connection = connection
            try:
                yield connection
            finally:
                self._open.connection = None

    @cached_property
    def _open(self) -> threading.local:
        """The transaction that a thread is in."""
        return threading.local()

    def store_event(self, event: EventLogEntry) -> None:
        """One transaction an event; Dagster's own takes three for an asset's."""
        with self._connect() as connection:
            self._store(connection, event)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """One transaction for all: a run announces its hundred assets before it starts."""
        announced = [e for e in events if e.dagster_event_type is DagsterEventType.ASSET_MATERIALIZATION_PLANNED]
        with self._connect() as connection:
            if announced:
                connection.execute(_INSERT_EVENT, [self._event_to_row(each) for each in announced])
                entries = [self._asset_entry(each, event_id=0) for each in announced]  # they point at no event
                connection.execute(_upsert_asset(tuple(entries[0])), entries)
            for each in events:
                if each.dagster_event_type is not DagsterEventType.ASSET_MATERIALIZATION_PLANNED:
                    self._store(connection, each)

    def _store(self, connection: Connection, event: EventLogEntry) -> None:
        inserted = connection.execute(_INSERT_EVENT, self._event_to_row(event)).inserted_primary_key
        assert inserted is not None
        kind, of_asset = event.dagster_event_type, event.dagster_event and event.dagster_event.asset_key
        if of_asset and kind in ASSET_EVENTS:
            self._store_asset_event_tags(connection, [event], [inserted.id])
            self._store_asset_event(connection, event, inserted.id)
        if kind in ASSET_CHECK_EVENTS:
            self.store_asset_check_event(event, inserted.id)

    def _store_asset_event(self, conn: Connection, event: EventLogEntry, event_id: int) -> None:
        """Dagster's own inserts, fails on an asset it has seen before, and then updates."""
        entry = self._asset_entry(event, event_id)
        if len(entry) > 1:
            conn.execute(_upsert_asset(tuple(entry)), entry)
        if "last_materialization" in entry:
            record = EventLogRecord(storage_id=event_id, event_log_entry=event)
            self._stored[entry["asset_key"]] = (entry["last_materialization"], record)

    @cached_property
    def _stored(self) -> dict[str, tuple[str, EventLogRecord]]:
        """The last materialization of every asset that this process stored, as text and as it was."""
        return {}

    def _asset_entry(self, event: EventLogEntry, event_id: int) -> dict[str, Any]:
        """What the table of assets is to say after this event: the asset's key, and what changes."""
        assert event.dagster_event is not None
        assert event.dagster_event.asset_key is not None
        changes = self._get_asset_entry_values(event, event_id, has_asset_key_index_cols=True)
        return {"asset_key": event.dagster_event.asset_key.to_string(), **changes}

    def _get_latest_materialization_records(
        self, raw_asset_rows: Sequence[Any]
    ) -> Mapping[AssetKey, EventLogRecord | None]:
        """Dagster's own looks for materializations of older versions, even where there is none to look for."""
        found: dict[AssetKey, EventLogRecord | None] = {}
        for row in raw_asset_rows:
            key = AssetKey.from_db_string(row["asset_key"])
            if key is None or row["last_materialization"] is None or row["asset_details"] is not None:
                return super()._get_latest_materialization_records(raw_asset_rows)
            text, record = self._stored.get(row["asset_key"], ("", None))
            same = text == row["last_materialization"]
            found[key] = record if same else deserialize_value(row["last_materialization"], EventLogRecord)
        return found

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        """The project's Dagster is pinned: its own schema says what the tables have."""
        return column_name in AssetKeyTable.c

    def has_asset_key_col(self, column_name: str) -> bool:
        """The same, without a connection."""
        return column_name in AssetKeyTable.c

    def has_table(self, table_name: str) -> bool:
        """The same, for tables."""
        return table_name in SqlEventLogStorageMetadata.tables

    def dispose(self) -> None:
        """Let the connections go with the storage."""
        super().dispose()  # type: ignore[no-untyped-call]
        self._engine.dispose()


@functools.cache
def _upsert_asset(columns: tuple[str, ...]) -> sqlite.Insert:
    insert = sqlite.insert(AssetKeyTable)
    return insert.on_conflict_do_update(
        index_elements=["asset_key"], set_={name: insert.excluded[name] for name in columns if name != "asset_key"}
    )


def _commit_without_sync(connection: Any, _record: Any) -> None:
    """A write-ahead log stays whole when a process is killed; only a power cut may take the last events of a run. It is
    worked in when the last connection closes, and not five times in a run; at 64 MB where none closes, as in the pages.
    """
    connection.execute("pragma synchronous = normal")
    connection.execute("pragma wal_autocheckpoint = 16384")
