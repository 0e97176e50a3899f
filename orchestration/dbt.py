"""dbt in the step's own process: one parse a process, no subprocess, connections closed afterwards.

Starting dbt as a command costs five seconds a step; in process a build of the whole project costs what its SQL costs.
"""

import csv
import dataclasses
import hashlib
import json
import os
import pickle
import queue
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from orchestration.warm import keep_contracts, warm_dbt
from warehouse.home import CHECKOUT

PROJECT = CHECKOUT / "dbt_project"
TARGET = Path(os.environ.get("DBT_TARGET_PATH") or PROJECT / "target")
_SOURCES = ("*.sql", "*.yml", "*.csv")
_PICKLE, _MARK = "parsed.pickle", "parsed.mark"
SHOWN_ROWS = 3
_HEARD = {"LogTestResult", "LogModelResult", "LogSeedResult", "MainEncounteredError"}
_parsed: Any = None
_parsed_mark = ""


class DbtError(Exception):
    """dbt failed: names the nodes that did, and why."""


def manifest() -> dict[str, Any]:
    """`manifest.json` of the project as it stands; parsed anew when the project or a library has changed."""
    path = TARGET / "manifest.json"
    if not path.exists() or _stored_mark() != _mark():
        _parse()
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError:  # a killed run left half of it
        _parse()
        content = json.loads(path.read_bytes())
    return content


def build_events(database: duckdb.DuckDBPyConnection, logs: Path, arguments: list[str]) -> Iterator[dict[str, Any]]:
    """Run `dbt build` on an open build and give its events as they come, as dictionaries.

    Raises DbtError after the last event when a node failed or dbt itself did.
    """
    from dbt.cli.main import dbtRunner, dbtRunnerResult  # noqa: PLC0415  (two seconds of import)
    from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]  # noqa: PLC0415

    parsed, mark = _manifest_object()
    _require_headers(node for node in parsed.nodes.values() if node.resource_type == "seed")
    events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    results: list[dbtRunnerResult] = []
    failures: list[BaseException] = []

    def on_event(event: Any) -> None:
        if event.info.name in _HEARD:
            events.put(MessageToDict(event, preserving_proto_field_name=True))

    def work() -> None:
        try:
            _hear_less()
            warm_dbt()
            keep_contracts(f"{mark} {_columns_read(database)}")
            _make_schemas(database, parsed)
            with lent(database):
                runner = dbtRunner(manifest=parsed, callbacks=[on_event])
                results.append(runner.invoke(["build", *arguments, *_common(logs)]))
        except BaseException as error:
            failures.append(error)
        finally:
            events.put(None)

    thread = threading.Thread(target=work, name="dbt")
    thread.start()
    while (event := events.get()) is not None:
        yield event
    thread.join()
    if failures:
        raise DbtError(f"dbt ended with {type(failures[0]).__name__}: {failures[0]}") from failures[0]
    if not results[0].success:
        raise DbtError(_explain(results[0], database))


@contextmanager
def lent(database: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let dbt work on this instance of DuckDB, with what is attached to it, in place of one that it opens itself."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415
    from dbt.adapters.duckdb.environments.local import LocalEnvironment  # noqa: PLC0415

    setattr(LocalEnvironment, "initialize_db", staticmethod(lambda *_: database.cursor()))  # noqa: B010
    try:
        yield
    finally:
        DuckDBConnectionManager.close_all_connections()
        del LocalEnvironment.initialize_db  # it inherits the one that opens


def _require_headers(seeds: Iterable[Any]) -> None:
    """Raise DbtError unless every seed's file has the columns it declares, in order: they are read by place."""
    for seed in seeds:
        with (PROJECT / seed.original_file_path).open(newline="") as file:
            header = next(csv.reader(file), [])
        if header != list(seed.columns):
            raise DbtError(
                f"{seed.original_file_path}: its columns are {', '.join(header)}, but its properties declare "
                f"{', '.join(seed.columns)}"
            )


def _make_schemas(database: duckdb.DuckDBPyConnection, parsed: Any) -> None:
    """dbt would ask each database for its schemas first, on a thread and a connection each."""
    made = (node for node in parsed.nodes.values() if node.resource_type in ("model", "seed"))
    for schema in sorted({f"{node.database}.{node.schema}" for node in made}):
        database.execute(f"create schema if not exists {schema}")


def _columns_read(database: duckdb.DuckDBPyConnection) -> str:
    """Names the columns of what models read and dbt does not make: the tables of the store and of our own steps."""
    found = database.execute(
        "select database_name, schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where database_name = 'raw' or database_name = 'work' and schema_name in ('attribution', 'run') "
        "order by 1, 2, 3, 4, 5"
    ).fetchall()
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _parse() -> None:
    """Parse the project (only what changed) and keep the manifest, for this process and, pickled, for the next one.

    dbt takes a second to read its own cache; the pickle takes a hundredth of one.
    """
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    global _parsed, _parsed_mark
    mark = _mark()
    result = dbtRunner().invoke(["parse", *_common(PROJECT)])
    if not result.success:
        raise DbtError(f"dbt cannot parse {PROJECT}: {result.exception}")
    _parsed, _parsed_mark = result.result, mark
    # Field by field: the class's own pickling has fallen behind its fields. Look-ups (private) are made on first use.
    fields = {f.name: getattr(_parsed, f.name) for f in dataclasses.fields(_parsed) if not f.name.startswith("_")}
    for name, content in ((_PICKLE, pickle.dumps(fields)), (_MARK, mark.encode())):
        partial = TARGET / f".{name}.{os.getpid()}"
        partial.write_bytes(content)
        partial.replace(TARGET / name)


def _manifest_object() -> tuple[Any, str]:
    """The parsed project as dbt's own object, from this process, the last one, or a new parse; and its mark."""
    global _parsed, _parsed_mark
    mark = _mark()
    if _parsed is None and _stored_mark() == mark:
        from dbt.contracts.graph.manifest import Manifest  # noqa: PLC0415

        _parsed, _parsed_mark = Manifest(**pickle.loads((TARGET / _PICKLE).read_bytes())), mark
    if _parsed is None:
        _parse()
    return _parsed, _parsed_mark


def _mark() -> str:
    """Names the state of the project: every file with its size and time, and the versions that parse it."""
    files = sorted(f for folder in _folders() for pattern in _SOURCES for f in folder.glob(pattern))
    lines = [f"{f.relative_to(PROJECT)} {f.stat().st_size} {f.stat().st_mtime_ns}" for f in files]
    versions = [f"{name} {version(name)}" for name in ("dbt-core", "dbt-duckdb", "duckdb")]
    return hashlib.sha256("\n".join([sys.version, str(PROJECT), *versions, *lines]).encode()).hexdigest()


def _stored_mark() -> str | None:
    path = TARGET / _MARK
    return path.read_text() if path.exists() and (TARGET / _PICKLE).exists() else None


def _hear_less() -> None:
    """Let dbt build only those of its thirty events a node that somebody reads, and warnings and errors."""
    from dbt_common.events import event_manager_client  # noqa: PLC0415
    from dbt_common.events.base_types import BaseEvent, EventLevel  # noqa: PLC0415
    from dbt_common.events.event_manager import EventManager  # noqa: PLC0415

    class Hearing(EventManager):
        def fire_event(self, e: BaseEvent, level: EventLevel | None = None, *rest: Any, **more: Any) -> None:
            serious = (level or e.level_tag()) in (EventLevel.WARN, EventLevel.ERROR)
            if serious or type(e).__name__ in _HEARD:
                super().fire_event(e, level, *rest, **more)

    event_manager_client.ctx_set_event_manager(Hearing())


def _common(logs: Path) -> list[str]:
    folders = {"project-dir": PROJECT, "profiles-dir": PROJECT, "target-path": TARGET, "log-path": logs / "logs"}
    return [
        *(part for name, folder in folders.items() for part in (f"--{name}", str(folder))),
        *("--log-level-file", "none", "--log-level", "none", "--no-populate-cache"),
        "--write-json" if logs == PROJECT else "--no-write-json",
    ]


def _folders() -> list[Path]:
    roots = [PROJECT, *(PROJECT / name for name in ("models", "macros", "seeds", "tests"))]
    return [PROJECT, *(folder for root in roots[1:] for folder in [root, *root.rglob("*")] if folder.is_dir())]


def _explain(result: Any, database: duckdb.DuckDBPyConnection) -> str:
    if result.exception is not None:
        return f"dbt failed: {result.exception}"
    failures = [
        f"{r.node.unique_id}: {' '.join(str(r.message).split())}{_first_rows(r, database)}"
        for r in result.result.results
        if str(r.status) in ("error", "fail", "runtime error")
    ]
    return "dbt: " + "; ".join(failures)


def _first_rows(result: Any, database: duckdb.DuckDBPyConnection) -> str:
    """What a failed test found, the first of it."""
    if str(result.status) != "fail" or result.node.resource_type != "test":
        return ""
    try:
        found = database.cursor().execute(f"select * from ({result.node.compiled_code}\n) limit {SHOWN_ROWS}")
    except duckdb.Error:  # that the test failed is what has to be told
        return ""
    names = [column[0] for column in found.description]
    rows = [", ".join(f"{name} {cell}" for name, cell in zip(names, row, strict=True)) for row in found.fetchall()]
    return f" ({' | '.join(rows)})"
