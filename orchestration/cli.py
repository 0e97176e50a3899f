"""`drivers`: run, look, ask. Summaries on standard output, logs on standard error.

Exit codes: 0 done; 1 done, but a source failed; 2 usage or configuration; 3 a blocking check failed and nothing was
published; 4 unexpected.
"""

import logging
import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.logging import RichHandler

from orchestration import report
from warehouse.home import Home, HomeError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="How deep is the crypto correction, and which of its drivers press, using only what was known that day.",
)
log = logging.getLogger("drivers")


class BlockingCheckFailed(Exception):
    """A contract, grain, identity or look-ahead check failed; nothing was published."""


@app.command()
def run(
    sample: Annotated[bool, typer.Option("--sample", help="The shipped archive: no network, no keys.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Ask the publishers.")] = False,
    landing: Annotated[Path | None, typer.Option(help="Rebuild from a landing directory, no network.")] = None,
    as_of: Annotated[str, typer.Option(help="Only what was known then, e.g. 2025-02-26T12:00Z; published beside.")] = "",
    wait: Annotated[float, typer.Option(help="Seconds to wait for another run to end.")] = 0,
) -> None:
    """Extract, transform, check and publish. A new home becomes a sample unless told otherwise."""
    if sample + live + (landing is not None) > 1:
        raise typer.BadParameter("give only one of --sample, --live, --landing")
    mode = "sample" if sample else "live" if live else "landing" if landing else "auto"
    config = {"mode": mode, "as_of": as_of, "landing_dir": str(landing or ""), "wait_s": wait}
    started = time.monotonic()
    home = Home.from_environment()
    with home.lock(wait):
        release = _execute(home, config)
    failed = report.print_summary(release, time.monotonic() - started)
    raise typer.Exit(1 if failed else 0)


@app.command()
def status() -> None:
    """Each publisher: series expected and present, newest figure, lag, state, what to do."""
    report.print_status(_current())


@app.command()
def show(
    date: Annotated[str | None, typer.Argument(help="A day such as 2025-02-28; by default the newest.")] = None,
) -> None:
    """One day: the correction, the themes' pressure, the drivers behind it."""
    report.print_day(_current(), date)


@app.command()
def sql(query: Annotated[str, typer.Argument(help="e.g. \"from marts.mart_correction_drivers_daily\"")]) -> None:
    """Ask the newest publish."""
    report.print_query(_current(), query)


def _current() -> Path:
    home = Home.from_environment()
    current = home.published / "current"
    if not current.exists():
        raise HomeError(f"nothing is published in {home.root} yet: `drivers run` first")
    # Follow the link once: a swap in between must not mix two releases.
    return current.resolve()


def _execute(home: Home, config: dict[str, object]) -> Path:
    """Run the job `daily` in this process and return the release directory."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    write_dagster_config(home)
    import dagster as dg  # noqa: PLC0415  (the other commands do without its second of import)

    from orchestration.definitions import defs  # noqa: PLC0415
    from orchestration.run import WarehouseRun  # noqa: PLC0415

    with dg.DagsterInstance.get() as instance:
        result = defs.resolve_job_def("daily").execute_in_process(
            instance=instance, run_config={"resources": {"run": {"config": config}}}, raise_on_error=False
        )
    del WarehouseRun
    if not result.success:
        _raise_failure(result)
    for event in result.get_asset_materialization_events():
        if event.asset_key == dg.AssetKey(["published", "current"]):
            return Path(str(event.materialization.metadata["release"].value))
    raise BlockingCheckFailed("the run ended without a publish")


def _raise_failure(result: object) -> None:
    raise NotImplementedError


def write_dagster_config(home: Home) -> None:
    """dagster.yaml of the home: no telemetry, one run at a time, runs kept for 90 days."""
    text = (
        "telemetry:\n  enabled: false\n"
        "concurrency:\n  runs:\n    max_concurrent_runs: 1\n"
        "run_coordinator:\n  module: dagster.core.run_coordinator\n  class: QueuedRunCoordinator\n"
    )
    path = home.dagster / "dagster.yaml"
    if not path.exists():
        path.write_text(text)


def main() -> None:
    """Entry point: errors become one line and an exit code."""
    logging.basicConfig(
        level=logging.INFO,
        format="%(message)s",
        handlers=[RichHandler(console=Console(stderr=True), show_path=False, show_level=False)],
    )
    try:
        app(standalone_mode=False)
    except typer.Exit as done:
        sys.exit(done.exit_code)


if __name__ == "__main__":
    main()
