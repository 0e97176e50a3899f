"""dbt in the step's own process: one parse a process, no subprocess, connections closed afterwards.

Starting dbt as a command costs five seconds a step; in process a build of the whole project costs what its SQL costs.
"""

import json
import os
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.build import Build
from warehouse.home import CHECKOUT

PROJECT = CHECKOUT / "dbt_project"
TARGET = PROJECT / "target"
_SOURCES = ("*.sql", "*.yml", "*.csv")
_parsed: Any = None


class DbtError(Exception):
    """dbt failed: names the nodes that did, and why."""


@dataclass(frozen=True)
class NodeFailure:
    """A model, seed or test that failed."""

    unique_id: str
    message: str


def manifest_path() -> Path:
    """`manifest.json` of the project as it stands; parsed again only when a file of the project is newer."""
    manifest = TARGET / "manifest.json"
    newest = max(f.stat().st_mtime for folder in _folders() for pattern in _SOURCES for f in folder.glob(pattern))
    if not manifest.exists() or manifest.stat().st_mtime <= newest:
        _parse()
    return manifest


def manifest() -> dict[str, Any]:
    """The manifest's content; parsed anew when a killed run left half of it."""
    try:
        content: dict[str, Any] = json.loads(manifest_path().read_bytes())
    except ValueError:
        _parse()
        content = json.loads(manifest_path().read_bytes())
    return content


def build_events(build: Build, raw_db: Path, arguments: list[str]) -> Iterator[dict[str, Any]]:
    """Run `dbt build` on a build directory and give its events as they come, as dictionaries.

    Raises DbtError after the last event when a node failed or dbt itself did.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415  (two seconds of import)
    from dbt.cli.main import dbtRunner, dbtRunnerResult  # noqa: PLC0415
    from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]  # noqa: PLC0415

    if _parsed is None:
        _parse()
    os.environ["DRIVERS_BUILD"], os.environ["DRIVERS_RAW"] = str(build.root), str(raw_db)
    events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    results: list[dbtRunnerResult] = []

    def on_event(event: Any) -> None:
        if event.info.name in (
            "LogTestResult",
            "LogModelResult",
            "LogSeedResult",
            "NodeFinished",
            "MainEncounteredError",
        ):
            events.put(MessageToDict(event, preserving_proto_field_name=True))

    def work() -> None:
        try:
            runner = dbtRunner(manifest=_parsed, callbacks=[on_event])
            results.append(runner.invoke(["build", *arguments, *_common(build.root)]))
        finally:
            DuckDBConnectionManager.close_all_connections()
            events.put(None)

    thread = threading.Thread(target=work, name="dbt")
    thread.start()
    while (event := events.get()) is not None:
        yield event
    thread.join()
    if not results:
        raise DbtError("dbt ended without a result")
    if not results[0].success:
        raise DbtError(_explain(results[0]))


def _parse() -> None:
    """Parse the project (only what changed) and keep the manifest for this process."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    global _parsed  # noqa: PLW0603  (one manifest a process is the point)
    # The parse must not depend on a run's paths, or every run would parse everything anew.
    for name in ("DRIVERS_BUILD", "DRIVERS_RAW"):
        os.environ.pop(name, None)
    result = dbtRunner().invoke(["parse", *_common(PROJECT)])
    if not result.success:
        raise DbtError(f"dbt cannot parse {PROJECT}: {result.exception}")
    _parsed = result.result


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


def _explain(result: Any) -> str:
    if result.exception is not None:
        return f"dbt failed: {result.exception}"
    failures = [
        f"{r.node.unique_id}: {' '.join(str(r.message).split())}"
        for r in result.result.results
        if str(r.status) in ("error", "fail", "runtime error")
    ]
    return "dbt: " + "; ".join(failures)
