"""Dagster's event log in one SQLite file, with one engine a process.

Dagster's own class makes a new SQLAlchemy engine for every statement, which costs more than the statement: three
seconds of a run of twelve. Everything else is Dagster's. Named in the home's `dagster.yaml`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

BUSY_TIMEOUT_S = 30


class OneEngineEventLog(ConsolidatedSqliteEventLogStorage):
    """The consolidated event log, its engine kept. Connections are still opened and closed one by one."""

    @cached_property
    def _engine(self) -> Engine:
        return create_engine(self._conn_string, poolclass=NullPool, connect_args={"timeout": BUSY_TIMEOUT_S})

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            yield connection
