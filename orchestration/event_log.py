"""Dagster's event log in one SQLite file, with one engine a process and its connections kept.

Dagster's own class makes a new SQLAlchemy engine for every statement and asks the schema anew for every asset event and
look-up, which costs more than the statements. Everything else is Dagster's. Named in the home's `dagster.yaml`.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetKeyTable, SqlEventLogStorageMetadata
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_TIMEOUT_S = 30


class OneEngineEventLog(ConsolidatedSqliteEventLogStorage):
    """The consolidated event log, its engine and connections kept."""

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
        with self._connect():
            super().store_event(event)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """One transaction for all: a run announces its hundred assets before it starts."""
        with self._connect():
            super().store_event_batch(events)

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


def _commit_without_sync(connection: Any, _record: Any) -> None:
    """A write-ahead log stays whole when a process is killed; only a power cut may take the last events of a run."""
    connection.execute("pragma synchronous = normal")
