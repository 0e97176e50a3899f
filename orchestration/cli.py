"""`drivers`: run, look, ask. Summaries on standard output, logs on standard error.

Exit codes: 0 done; 1 done, but a source failed; 2 usage or configuration; 3 a blocking check failed and nothing was
published; 4 unexpected; 130 interrupted.
"""

import atexit
import gc
import logging
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import click
import typer

from orchestration import warm
from orchestration.dbt import TARGET
from warehouse.home import Home, HomeError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="How deep is the crypto correction, and which of its drivers press, using only what was known that day.",
)
log = logging.getLogger("drivers")
DAGSTER_YAML = """\
# Written by the project. One run at a time, since a run holds the home's lock. One event database for all runs: half
# the writes of one a run.
telemetry:
  enabled: false
nux:
  enabled: false
event_log_storage:
  module: orchestration.event_log
  class: OneEngineEventLog
  config:
    base_dir:
      env: DAGSTER_HOME
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
concurrency:
  runs:
    max_concurrent_runs: 1
"""


class NothingPublishedError(Exception):
    """The run ended without a publish."""


@app.command()
def run(
    sample: Annotated[bool, typer.Option("--sample", help="The shipped archive: no network, no keys.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Ask the publishers.")] = False,
    landing: Annotated[Path | None, typer.Option(help="Rebuild from a landing directory, no network.")] = None,
    as_of: Annotated[
        str, typer.Option(help="Only what was known then, e.g. 2025-02-26T12:00Z; published beside.")
    ] = "",
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for another run to end.")] = 0,
) -> None:
    """Extract, transform, check and publish. A new home becomes a sample unless told otherwise."""
    from orchestration import report  # noqa: PLC0415

    if sample + live + (landing is not None) > 1:
        raise HomeError("give only one of --sample, --live, --landing")
    mode = "sample" if sample else "live" if live else "landing" if landing else "auto"
    config = {"mode": mode, "as_of": as_of, "landing_dir": str(landing or ""), "wait_s": wait}
    started = time.monotonic()
    release, vintages_new = _execute(prepare_home(), config)
    failed = report.print_summary(release, vintages_new, time.monotonic() - started)
    raise typer.Exit(1 if failed else 0)


@app.command()
def status() -> None:
    """Each publisher: series expected and present, newest figure, lag, state, what to do."""
    from orchestration import report  # noqa: PLC0415

    report.print_status(current_release())


@app.command()
def show(
    date: Annotated[
        str | None, typer.Argument(help="A day such as 2025-02-28, or with --episode the id of one.")
    ] = None,
    episode: Annotated[bool, typer.Option("--episode", help="A whole correction; by default the newest.")] = False,
    first: Annotated[str | None, typer.Option("--from", help="First day of a span of your own.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Its last day.")] = None,
) -> None:
    """One day, or one episode: the correction, what pressed, what goes with it and how much stays unexplained."""
    from orchestration import episode_report, report  # noqa: PLC0415

    if (first or last) and not (first and last and date is None):
        raise HomeError("a span needs both --from and --to, and nothing else")
    if first and last:
        episode_report.print_span(current_release(), first, last)
    elif episode:
        episode_report.print_episode(current_release(), date)
    else:
        report.print_day(current_release(), date)


@app.command()
def explain(
    date: Annotated[str, typer.Argument(help="A day such as 2025-02-28.")],
    driver: Annotated[str, typer.Argument(help="A driver such as etf_flow_5; `drivers show` lists them.")],
) -> None:
    """Walk one pressure back: signal, observations as known that day, vintages, landed response with its hash."""
    from orchestration.explain import print_explanation  # noqa: PLC0415

    print_explanation(current_release(), date, driver)


@app.command()
def docs() -> None:
    """Write docs/drivers.md: every driver's contract, from the newest publish."""
    from orchestration.driver_page import write_page  # noqa: PLC0415
    from orchestration.printing import console  # noqa: PLC0415

    console.print(f"Written    {write_page(current_release())}", soft_wrap=True)


@app.command()
def sql(query: Annotated[str, typer.Argument(help='e.g. "from marts.mart_correction_drivers_daily"')]) -> None:
    """Ask the newest publish."""
    from orchestration import report  # noqa: PLC0415

    report.print_query(current_release(), query)


@app.command()
def ui(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000) -> None:
    """The Dagster pages of this home: asset graph, checks, the daily job, the schedule."""
    prepare_home()
    command = Path(sys.executable).with_name("dagster")
    arguments = ["dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
    os.execv(command, [str(command), *arguments])


def prepare_home() -> Home:
    """The home with its dagster.yaml, and DAGSTER_HOME set to it. Raises HomeError when it cannot be written."""
    home = Home.from_environment()
    try:
        home.dagster.mkdir(parents=True, exist_ok=True)
        (home.dagster / "dagster.yaml").write_text(DAGSTER_YAML)
    except OSError as error:
        raise HomeError(f"DRIVERS_HOME cannot be used: {error}; name a directory that can be written") from error
    os.environ["DRIVERS_HOME"] = str(home.root)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ["DAGSTER_EVENT_BATCH_SIZE"] = "1000"  # what a run announces is stored in one go, not in 150
    return home


def current_release() -> Path:
    """The directory of the newest publish; the link is followed once, so that a swap cannot mix two releases."""
    home = Home.from_environment()
    current = home.published / "current"
    if not current.exists():
        raise HomeError(f"nothing is published in {home.root} yet: `drivers run` first")
    return current.resolve()


def _execute(home: Home, config: dict[str, Any]) -> tuple[Path, int]:
    """Run the job `daily` in this process; returns the release directory and how many vintages were new."""
    log.info("home %s", home.root)
    # The other commands do without these two seconds of import. Garbage is not collected: a run ends before it matters,
    # and looking for it would take a second.
    gc.disable()
    # dbt's two threads hand over to each other at every statement; the usual five milliseconds are longer than most.
    sys.setswitchinterval(0.001)
    warm.warm_imports(TARGET)
    import dagster as dg  # noqa: PLC0415

    from orchestration.definitions import defs  # noqa: PLC0415

    warm.warm_dagster()
    run_config = {
        "resources": {"run": {"config": config}},
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    with dg.DagsterInstance.get() as instance:
        try:
            result = defs.resolve_job_def("daily").execute_in_process(instance=instance, run_config=run_config)
        except BaseException as error:
            # An interrupt may come while a library is at work, which then makes an error of its own from it.
            if any(isinstance(cause, dg.DagsterExecutionInterruptedError) for cause in _causes(error)):
                raise KeyboardInterrupt from error
            raise
    warm.save(TARGET)
    release, vintages_new = None, 0
    for event in result.get_asset_materialization_events():
        metadata = event.materialization.metadata
        vintages_new += sum(int(str(metadata[n].value)) for n in ("rows_new", "rows_changed") if n in metadata)
        if event.asset_key == dg.AssetKey(["published", "current"]):
            release = Path(str(metadata["release"].value))
    if release is None:
        raise NothingPublishedError("the run ended without a publish; see the log above")
    return release, vintages_new


def main() -> None:
    """Entry point: an error becomes one line that says what to do, and an exit code."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        # Without its standalone mode click does not raise Exit but returns the code.
        sys.exit(app(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except Exception as error:
        sys.exit(_fail(error))


def command() -> None:
    """`main`, and then the process ends at once: taking four thousand modules down would take a quarter of a second."""
    try:
        main()
    except SystemExit as ended:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(ended.code or 0))


def _fail(error: Exception) -> int:
    """Say what went wrong, in the words of its root cause; the exit code follows from its kind."""
    import duckdb  # noqa: PLC0415

    from orchestration.catalog import CatalogError  # noqa: PLC0415
    from orchestration.dbt import DbtError  # noqa: PLC0415
    from orchestration.defs.attribution.inputs import AttributionError  # noqa: PLC0415
    from orchestration.printing import ReportError  # noqa: PLC0415
    from warehouse.build import BuildError, UnfinishedBuildError  # noqa: PLC0415
    from warehouse.calendars import CalendarError  # noqa: PLC0415
    from warehouse.landing import LandingError  # noqa: PLC0415
    from warehouse.vintages import SchemaError, StoreError  # noqa: PLC0415

    usage = (CatalogError, HomeError, ReportError, SchemaError, StoreError, BuildError, CalendarError, LandingError)
    for cause in _causes(error):
        if isinstance(cause, usage):
            log.error("%s", cause)
            return 2
        if isinstance(cause, (AttributionError, DbtError, NothingPublishedError, UnfinishedBuildError)):
            log.error("%s\nNothing was published; the last good publish stays.", cause)
            return 3
        if isinstance(cause, (OSError, duckdb.IOException)) and "No space left on device" in str(cause):
            log.error("%s\nNothing was published; the last good publish stays. Make room and run again.", cause)
            return 3
    log.error("unexpected error; nothing was published", exc_info=error)
    return 4


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or getattr(current, "user_exception", None)


if __name__ == "__main__":
    command()
