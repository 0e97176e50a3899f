"""The build: two throwaway DuckDB files in which one run computes everything, and the clock it computes by.

`warehouse.duckdb` holds what will be published (schemas `facts` and `marts`), `work.duckdb` everything in between.
"""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

# Files that DuckDB 1.x opens, in the smallest blocks: a column of a small table takes a block of its own. A log of
# writes would only double the work: the files are throwaway until they are written out.
_FILE = "storage_version 'v1.5.0', block_size 16384, recovery_mode no_wal_writes"


def literal(path: Path) -> str:
    """A path in a statement of SQL that takes no parameter."""
    return "'" + str(path).replace("'", "''") + "'"


class BuildError(Exception):
    """There is no build to work on."""


class UnfinishedBuildError(Exception):
    """What a run computed is not all in the build's file."""


@dataclass(frozen=True)
class Clock:
    """A run's clock: nothing known after `as_of` (UTC) is visible; `is_past` when a newer `as_of` exists."""

    as_of: datetime
    is_past: bool

    @property
    def last_day(self) -> date:
        """The last complete UTC day: the newest whose cutoff is not after `as_of`."""
        return self.as_of.date() - timedelta(days=1)

    @property
    def stamp(self) -> str:
        """`as_of` as it stands in directory names."""
        return self.as_of.strftime("%Y%m%dT%H%M%S.%fZ" if self.as_of.microsecond else "%Y%m%dT%H%M%SZ")


@dataclass(frozen=True)
class Build:
    """One build directory."""

    root: Path

    @property
    def warehouse_db(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def work_db(self) -> Path:
        return self.root / "work.duckdb"

    def start(self, clock: Clock, run_id: str, home_kind: str) -> str:
        """Wipe the build, set its clock, return the publish id."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(parents=True)
        publish_id = f"{clock.stamp}-{run_id[:8]}"
        with self._attached() as connection:
            connection.execute("create schema work.run")
            connection.execute("create schema work.attribution")
            connection.execute(
                "create table work.run.clock as select ?::timestamp as as_of, ?::date as last_day, "
                "?::varchar as publish_id, ?::varchar as home_kind, ?::boolean as is_past",
                [clock.as_of, clock.last_day, publish_id, home_kind, clock.is_past],
            )
        return publish_id

    def require(self) -> None:
        """Raise BuildError unless a run has started this build."""
        if not self.work_db.exists():
            raise BuildError(
                f"no build in {self.root}: materialize run/clock with what you want to see, or run the whole daily job"
            )

    @contextmanager
    def open(self, raw_db: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """Both files and, read-only, the store, attached as `warehouse`, `work` and `raw`, in one instance of DuckDB.

        Every step of a run works on a cursor of it: two instances of one process cannot have the same file open. Raises
        BuildError unless a run has started this build, and UnfinishedBuildError when it cannot be written out at the
        end.
        """
        self.require()
        with self._attached() as connection:
            connection.execute(f"attach {literal(raw_db)} as raw (read_only)")
            yield connection

    @contextmanager
    def _attached(self) -> Iterator[duckdb.DuckDBPyConnection]:
        config = {"threads": 1, "checkpoint_threshold": "1GB", "temp_directory": str(self.root / "spilled")}
        with duckdb.connect(config=config) as connection:  # type: ignore[arg-type]
            connection.execute("set global TimeZone = 'UTC'")
            for name, file in (("warehouse", self.warehouse_db), ("work", self.work_db)):
                connection.execute(f"attach {literal(file)} as {name} ({_FILE})")
            try:
                yield connection
            finally:
                self._write_out(connection)

    def _write_out(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Closing would do it too, but DuckDB keeps an error of that to itself."""
        with ThreadPoolExecutor(max_workers=2) as pool:
            written = {
                name: pool.submit(connection.cursor().execute, f"checkpoint {name}") for name in ("warehouse", "work")
            }
        for name, future in written.items():
            if (error := future.exception()) is not None:
                raise UnfinishedBuildError(f"{self.root}: {name} cannot be written out: {error}") from error

    def require_written_out(self) -> None:
        """Raise UnfinishedBuildError unless all that was computed is in `warehouse_db` itself, and none in a log."""
        log = self.warehouse_db.with_name(f"{self.warehouse_db.name}.wal")
        if not self.warehouse_db.exists() or log.exists():
            raise UnfinishedBuildError(f"{self.warehouse_db} was not written out; is the disk full? run again")

    def require_tables(self, expected: set[str]) -> None:
        """Raise UnfinishedBuildError unless `warehouse_db` holds exactly these tables, named schema.table."""
        with duckdb.connect(str(self.warehouse_db), read_only=True) as connection:
            rows = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        found = {name for (name,) in rows}
        if found != expected:
            names = ", ".join(sorted(found ^ expected))
            raise UnfinishedBuildError(f"{self.warehouse_db} lacks tables or has others: {names}; run again")


def utc(text: str) -> datetime:
    """An instant from ISO text, as UTC without time zone. Text without a zone is taken as UTC. Raises ValueError."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo is None else instant.astimezone(UTC).replace(tzinfo=None)
