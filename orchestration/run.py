"""The run: which home, which clock, which way in; and the fetches that go on while other steps work.

One `WarehouseRun` serves one Dagster run. It holds the home's lock from the first step to the last, decides `as_of`
once, and notes what was built, so that only a whole run is published.
"""

import json
import logging
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

import dagster as dg
import duckdb
from pydantic import Field, PrivateAttr

from orchestration.catalog import catalog, catalog_mark
from orchestration.http import Fetcher, FetchError
from orchestration.source import Source, Window, discover
from warehouse.build import Build, Clock, utc
from warehouse.home import SAMPLE_LANDING, Home, HomeError, Kind, sample_edition
from warehouse.landing import Landing
from warehouse.vintages import open_raw

log = logging.getLogger("drivers.run")
T = TypeVar("T")
KEPT_RUNS = 100
FIRST_SERIES = "binance.BTCUSDT.close"
Mode = Literal["auto", "sample", "live", "landing"]


class WarehouseRun(dg.ConfigurableResource):  # type: ignore[type-arg]
    """One run's home, clock and fetches.

    `mode`: `auto` follows the home (a new home becomes a sample), `sample` and `live` insist, `landing` rebuilds from
    `landing_dir` and fetches nothing. `as_of`: ISO instant in UTC, by default the home's own now.
    """

    mode: str = Field(default="auto", description="auto, sample, live or landing")
    as_of: str = Field(default="", description="see only what was known then; ISO, UTC; empty for now")
    landing_dir: str = Field(default="", description="with mode landing: the landing to rebuild from")
    wait_s: float = Field(default=0, description="how long to wait for another run to end")

    _home: Home = PrivateAttr()
    _clock: Clock = PrivateAttr()
    _kind: Kind = PrivateAttr()
    _may_load: bool = PrivateAttr()
    _is_part: bool = PrivateAttr(default=False)
    _asked_through: dict[str, date] = PrivateAttr(default_factory=dict)
    _failures: dict[str, FetchError] = PrivateAttr(default_factory=dict)
    _built: set[dg.AssetKey] = PrivateAttr(default_factory=set)
    _raw: duckdb.DuckDBPyConnection | None = PrivateAttr(default=None)
    _database: duckdb.DuckDBPyConnection | None = PrivateAttr(default=None)
    _ahead: ThreadPoolExecutor | None = PrivateAttr(default=None)
    _begun: dict[str, Future[Any]] = PrivateAttr(default_factory=dict)
    _open: ExitStack = PrivateAttr(default_factory=ExitStack)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["WarehouseRun"]:
        """Hold the lock for as long as the run lasts."""
        home = Home.from_environment()
        with home.lock(self.wait_s):
            assert context.instance is not None
            _end_killed_runs(context.instance, context.run_id)
            forget_old_runs(context.instance, KEPT_RUNS)
            self._is_part = _is_part(context.dagster_run)
            self.open(home, _selected_publishers(context.dagster_run))
            with self._open:
                yield self

    def open(self, home: Home, publishers: set[str] | None = None) -> None:
        """Claim the home, bring in what is to be rebuilt, ask the publishers (all when None), set the clock.

        The clock of a live run is set when the last answer is in: what the run has captured is known to it.
        """
        self._home = home
        if self.mode == "landing":
            self._kind = _import_landing(home, Path(self.landing_dir))
        else:
            self._kind = _kind_of(home, self.mode)
            if self._kind == "sample":
                _unpack_sample(home)
            else:
                home.claim("live")
        if self._kind == "live" and self.mode != "landing" and not self.as_of:
            self._ask(discover(), publishers)
        self._clock = self._clock_of()
        self._may_load = not self._clock.is_past or not home.is_filled()

    @property
    def home(self) -> Home:
        return self._home

    @property
    def kind(self) -> Kind:
        return self._kind

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def built(self) -> set[dg.AssetKey]:
        """What this run has materialized so far; steps add to it."""
        return self._built

    @property
    def build(self) -> Build:
        return Build(self._home.build / ("as_of" if self._clock.is_past else "current"))

    @property
    def raw(self) -> duckdb.DuckDBPyConnection:
        """The store, open for writing; opened once for all sources, since opening costs more than most loads."""
        if self._raw is None:
            self.close_files()
            self._raw = self._open.enter_context(open_raw(self._home.raw_db))
        return self._raw

    @property
    def database(self) -> duckdb.DuckDBPyConnection:
        """The build with the store beside it, open in one instance of DuckDB for dbt and the Python steps."""
        if self._database is None:
            self.close_files()
            self._database = self._open.enter_context(self.build.open(self._home.raw_db))
        return self._database

    def begin(self, name: str, compute: Callable[[duckdb.DuckDBPyConnection], T]) -> None:
        """Start to compute, on a cursor of its own and beside the step at work, what a later step will ask for."""
        if name in self._begun or self._is_part:
            return
        cursor = self.database.cursor()
        if self._ahead is None:  # one thread for all, as the step at work keeps both cores busy
            self._ahead = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead")
            self._open.callback(self._ahead.shutdown, wait=True, cancel_futures=True)
        self._begun[name] = self._ahead.submit(compute, cursor)

    def result(self, name: str, compute: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """What was begun under this name, or what is computed now. Raises what `compute` raises."""
        begun = self._begun.get(name)
        return compute(self.database.cursor()) if begun is None else begun.result()

    def end_step(self) -> None:
        """A run of a part of the graph writes out after every step, as another run may go on from there; the whole run
        does it once, before it publishes.
        """
        if self._is_part:
            self.close_files()

    def close_files(self) -> None:
        """Write out and close what is open: one process cannot have a file open in two ways."""
        self._raw = self._database = self._ahead = None
        self._begun.clear()
        self._open.close()

    @property
    def landing(self) -> Landing:
        return Landing(self._home.landing)

    @property
    def may_load(self) -> bool:
        """A past `as_of` leaves the vintages alone, except in a home whose first run has not ended yet."""
        return self._may_load

    def fetched(self, source: Source) -> date | None:
        """The last day the publisher was asked for, None when this run did not ask it. Raises FetchError."""
        if source.publisher in self._failures:
            raise self._failures[source.publisher]
        return self._asked_through.get(source.publisher)

    def _ask(self, sources: dict[str, Source], publishers: set[str] | None) -> None:
        """Ask all wanted publishers at the same time; wait for the slowest, as none may land after the lock is gone."""
        wanted = [s for name, s in sources.items() if publishers is None or name in publishers]
        today = datetime.now(UTC).date()
        windows = {source.publisher: self._window(source, today) for source in wanted}
        log.info("asking %d publishers", len(wanted))
        with ThreadPoolExecutor(max_workers=max(1, len(wanted)), thread_name_prefix="fetch") as pool:
            asked = {s.publisher: pool.submit(_fetch, s, self.landing, windows[s.publisher]) for s in wanted}
        for publisher, future in asked.items():
            error = future.exception()
            if isinstance(error, FetchError):
                self._failures[publisher] = error
            elif error is not None:
                raise error
            self._asked_through[publisher] = today

    def _window(self, source: Source, end: date) -> Window:
        done = _complete_through(self._home, source.publisher, catalog_mark(source.publisher))
        start = source.first_date if done is None else done - timedelta(days=source.reread_days)
        return Window(min(start, end), end)

    def _clock_of(self) -> Clock:
        now = self._default_as_of()
        if not self.as_of:
            return Clock(now, is_past=False)
        try:
            as_of = utc(self.as_of)
        except ValueError as error:
            raise HomeError(f"as_of {self.as_of!r} is not an ISO instant such as 2025-02-26T12:00Z") from error
        if as_of > now:
            raise HomeError(f"as_of {self.as_of} lies after this home's newest instant, {now.isoformat()}Z")
        clock = Clock(as_of, is_past=as_of < now)
        first = _first_day(self._home)
        if clock.last_day < first:
            raise HomeError(f"as_of {self.as_of} lies before the first day of this home is over, {first}")
        return clock

    def _default_as_of(self) -> datetime:
        manifest = self._home.landing / "manifest.json"
        if self._kind == "sample":
            return utc(json.loads(manifest.read_text())["as_of"])
        if self.mode == "landing":
            return _newest_fetch(self.landing)
        return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _end_killed_runs(instance: dg.DagsterInstance, run_id: str | None) -> None:
    """Call runs failed whose process was killed: who holds the lock is alone, and Dagster's queue waits for them."""
    status = dg.DagsterRunStatus
    at_work = [status.STARTING, status.STARTED, status.CANCELING]
    for run in instance.get_runs(dg.RunsFilter(statuses=at_work)):
        if run.run_id != run_id:
            instance.report_run_failed(run, "its process ended without saying so")


def forget_old_runs(instance: dg.DagsterInstance, keep: int) -> None:
    """Drop the events of all but the newest runs that have ended: Dagster keeps them for ever, some 2 MB a run.

    Assets and checks still show their newest state, whichever run it is of. A release needs nothing of them.
    """
    status = dg.DagsterRunStatus
    ended = dg.RunsFilter(statuses=[status.SUCCESS, status.FAILURE, status.CANCELED])
    excess = instance.get_runs_count(ended) - keep
    if excess > 0:
        for record in instance.get_run_records(ended, limit=excess, ascending=True):
            instance.delete_run(record.dagster_run.run_id)


def _is_part(run: dg.DagsterRun | None) -> bool:
    """The selection is empty for a whole job run in process, None for one of the pages."""
    return run is not None and bool(run.asset_selection)


def _selected_publishers(run: dg.DagsterRun | None) -> set[str] | None:
    """The publishers a run materializes; None for all of them."""
    if run is None or not run.asset_selection:
        return None
    return {key.path[1] for key in run.asset_selection if key.path[0] == "raw"}


def _fetch(source: Source, landing: Landing, window: Window) -> None:
    fetcher = Fetcher(
        source.publisher,
        landing,
        gap_s=source.gap_s,
        timeout_s=source.timeout_s,
        deadline_s=source.deadline_s,
        retries=source.retries,
        backoff_s=source.backoff_s,
        second_user_agent=source.second_user_agent,
    )
    try:
        source.fetch(fetcher, window)
    except FetchError:
        raise
    except Exception as error:
        # A publisher's page may break our reading of it in ways no contract names; the other publishers go on.
        raise FetchError(source.publisher, "fetch", f"{type(error).__name__}: {error}") from error


def _kind_of(home: Home, mode: str) -> Kind:
    if mode not in ("auto", "sample", "live"):
        raise HomeError(f"mode {mode!r} is none of auto, sample, live, landing")
    if mode == "sample":
        return "sample"
    return "live" if mode == "live" else home.kind() or "sample"


def _unpack_sample(home: Home) -> None:
    """Bring the shipped landing into the home. A home made from another edition of it is made anew.

    A home whose landing was brought in by `--landing` is left as it is: what it holds may be nowhere else.
    """
    edition = sample_edition()
    home.claim("sample")
    if home.is_imported():
        return
    if home.edition() not in (None, edition):
        log.info("the sample archive has changed: rebuilding %s from it", home.root)
        home.raw_db.unlink(missing_ok=True)
        shutil.rmtree(home.landing, ignore_errors=True)
    if home.edition() != edition:
        _copy_landing(SAMPLE_LANDING, home.landing)
        home.set_edition(edition)


def _import_landing(home: Home, source: Path) -> Kind:
    if not source.is_dir() or not any(source.glob("*/*/*/*.meta.json")):
        raise HomeError(f"{source} is no landing: it holds no <publisher>/<endpoint>/<day>/*.meta.json")
    manifest = source / "manifest.json"
    kind: Kind = json.loads(manifest.read_text())["kind"] if manifest.exists() else "live"
    home.claim(kind)
    if source.resolve() != home.landing.resolve():
        _copy_landing(source, home.landing)
    # Otherwise the next plain run would mix the shipped archive into this one, or take this one for an old edition.
    home.mark_imported()
    return kind


def _copy_landing(source: Path, target: Path) -> None:
    """Copy a landing, meta files last, so that a killed copy holds no response without its body."""
    files = sorted((f for f in source.rglob("*") if f.is_file()), key=lambda f: f.name.endswith(".meta.json"))
    for file in files:
        copy = target / file.relative_to(source)
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            partial = copy.with_name(f".{copy.name}.tmp")
            shutil.copyfile(file, partial)
            partial.rename(copy)


def _newest_fetch(landing: Landing) -> datetime:
    instants = [landed.fetched_at for publisher in landing.publishers() for landed in landing.pending(publisher, set())]
    return max(instants).replace(microsecond=0) + timedelta(seconds=1)


def _first_day(home: Home) -> date:
    """The day on which the catalog counts on a BTC close, or that of the first one where it came before."""
    stored = _ask(home, "select min(observation_date) from raw.observations where series_id = ?", FIRST_SERIES)
    expected = catalog()[FIRST_SERIES].expected_from
    assert expected is not None
    return min(stored, expected) if isinstance(stored, date) else expected


def _complete_through(home: Home, publisher: str, mark: str) -> date | None:
    done = _ask(
        home,
        "select max(complete_through) from raw.source_outcomes where publisher = ? and complete_for = ?",
        publisher,
        mark,
    )
    return done if isinstance(done, date) else None


def _ask(home: Home, sql: str, *parameters: str) -> object:
    if not home.raw_db.exists():
        return None
    with open_raw(home.raw_db, read_only=True) as connection:
        row = connection.execute(sql, list(parameters)).fetchone()
    return row[0] if row else None
