"""A source as a Dagster asset: fetch, parse, load, and say what came.

A publisher that is down, blocked or changed does not stop the run: its failure is recorded, shown as a failed check,
counted in the exit code, and its drivers go stale. What is already landed and loaded stays.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial

import dagster as dg

from orchestration.catalog import Series, catalog, catalog_mark, of_publisher
from orchestration.http import FetchError
from orchestration.parsing import ParseError, UnavailableError, quote
from orchestration.releases import release_calendar
from orchestration.run import WarehouseRun
from orchestration.source import Source
from warehouse.clocks import RULES
from warehouse.landing import Landed, LandingError
from warehouse.parsed import Parsed
from warehouse.vintages import LoadError, LoadResult, SeriesRule, Vintages

log = logging.getLogger("drivers.extract")
CHECK = "every_response_read"
PREVIEW_ROWS = 5


def source_asset(source: Source) -> dg.AssetsDefinition:
    """The asset `raw/<publisher>` and its check."""
    key = dg.AssetKey(["raw", source.publisher])
    themes = {s.theme for s in of_publisher(source.publisher)}

    @dg.asset(
        key=key,
        group_name=f"sources_{themes.pop()}" if len(themes) == 1 else "sources_several_themes",
        kinds={"python", "duckdb"},
        description=f"{source.title}\n\n{sys.modules[source.fetch.__module__].__doc__}",
        check_specs=[
            dg.AssetCheckSpec(CHECK, asset=key, description="Every answer of the publisher was fetched and believed.")
        ],
    )
    def extract(run: WarehouseRun) -> Iterator[dg.MaterializeResult[None]]:
        result, errors = read_source(source, run)
        run.built.add(key)
        yield dg.MaterializeResult(
            metadata=_metadata(source, run, result, errors),
            check_results=[
                dg.AssetCheckResult(
                    check_name=CHECK,
                    passed=not errors,
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata={"errors": dg.MetadataValue.md("\n".join(f"- {e}" for e in errors) or "none")},
                )
            ],
        )

    return extract


def read_source(source: Source, run: WarehouseRun) -> tuple[LoadResult, list[str]]:
    """Fetch (when live), then load every response that is not loaded yet. Returns what came, and what did not."""
    result = LoadResult()
    if not run.may_load:
        return result, []
    failed: list[str] = []
    asked_through = None
    try:
        asked_through = run.fetched(source)
    except FetchError as error:
        failed.append(str(error))
    rejected: list[str] = []
    vintages = Vintages(run.raw)
    vintages.ensure_publisher(source.publisher)
    try:
        rejected, unread = _load_pending(source, run, vintages, result)
        failed += unread
    except LandingError as error:
        failed.append(f"{source.publisher}: {error}")
    if asked_through is None and not failed:
        # Nobody was asked: all follows from what is landed, so that a second run says what the first one said.
        rejected = vintages.rejections(source.publisher)
    outcome = "failed" if failed else "rejected" if rejected else "ok"
    asked = None if asked_through is None else (asked_through, catalog_mark(source.publisher))
    vintages.set_outcome(source.publisher, outcome, "; ".join(failed + rejected) or None, asked)
    for message in failed + rejected:
        log.error("%s", message)
    log.info("%-15s %6d new %5d changed %6d unchanged", source.publisher, result.new, result.changed, result.unchanged)
    return result, failed + rejected


def _load_pending(
    source: Source, run: WarehouseRun, vintages: Vintages, result: LoadResult
) -> tuple[list[str], list[str]]:
    """Load every response not yet seen, counting into `result`; returns why some were rejected, and others not read.

    A page in an answer's place is rejected unless a later answer has taken that place. A body that is lost or altered
    stays to be read: it may be restored. Raises LandingError when the landing cannot be listed.
    """
    rejected: list[str] = []
    unread: list[str] = []
    unavailable: list[tuple[Landed, UnavailableError]] = []
    for landed in run.landing.pending(source.publisher, vintages.seen(source.publisher)):
        if landed.status != 200:
            # The fetch has reported it, unless another place of the publisher answered.
            vintages.set_aside(landed, "replaced", f"HTTP {landed.status}")
            continue
        try:
            result.add(_load(source, run, vintages, landed))
        except UnavailableError as error:
            unavailable.append((landed, error))
        except LandingError as error:
            unread.append(str(error))
        except (ParseError, LoadError) as error:
            vintages.set_aside(landed, "rejected", str(error))
            rejected.append(str(error))
    for landed, page in unavailable:
        if page.series and vintages.answered_since(page.series, landed.fetched_at):
            vintages.set_aside(landed, "replaced", str(page))
        else:
            vintages.set_aside(landed, "rejected", str(page))
            rejected.append(str(page))
    return rejected, unread


def _load(source: Source, run: WarehouseRun, vintages: Vintages, landed: Landed) -> LoadResult:
    return vintages.load(landed, _parse(source, landed, run.landing.body(landed)), rule_of)


def _parse(source: Source, landed: Landed, body: bytes) -> Parsed:
    """What the publisher's parser reads. Every error is a ParseError and names a series, be it by its endpoint."""
    try:
        parsed = source.parse(landed, body)
        _require_columns(source, parsed)
    except ParseError as error:
        if error.series:
            raise
        raise type(error)(
            error.publisher,
            error.message,
            series=landed.endpoint,
            observation_date=error.observation_date,
            field=error.field,
        ) from error
    except Exception as error:
        # An answer may break our reading of it in ways no contract names; the publisher's other answers go on.
        message = f"cannot be read, {type(error).__name__}: {quote(error)}"
        raise ParseError(source.publisher, message, series=landed.endpoint, field="body") from error
    return parsed


def _require_columns(source: Source, parsed: Parsed) -> None:
    """Refuse a table that lacks a series of the catalog: a renamed one would be counted under both names.

    One that began after the table's newest day may be missing, and one that ended (of frequency `event`).
    """
    newest = {s.table: max(day for day, _, _ in s.rows) for s in parsed.series if s.table and s.rows}
    present = {series.series_id for series in parsed.series}
    for series in of_publisher(source.publisher):
        table = series.series_id.rpartition(".")[0]
        due = table in newest and series.frequency != "event" and (series.expected_from or date.min) <= newest[table]
        if due and series.series_id not in present:
            message = "the table does not have this column of the catalog; was it renamed, or has it ended?"
            raise ParseError(source.publisher, message, series=series.series_id, field="header")


def rule_of(series_id: str) -> SeriesRule:
    """The clock and range of a series, from its catalog line.

    A series the catalog does not know (a new fund in a known table) takes the clock of its publisher's first line and
    has no range; coverage lists it.
    """
    series = catalog().get(series_id)
    if series is None:
        sibling = of_publisher(series_id.split(".", 1)[0])[0]
        return SeriesRule(_scheduled_at(sibling), RULES[sibling.known_at_rule].on, None, None)
    on_vintage_date = RULES[series.known_at_rule].on
    return SeriesRule(_scheduled_at(series), on_vintage_date, series.minimum, series.maximum, series.release)


def _scheduled_at(series: Series) -> Callable[[date], datetime]:
    """When a value was due: its release's calendar entry, else the publisher's own list, else the series' rule."""
    return partial(release_calendar().scheduled_at, series.release, series.known_at_rule)


def _metadata(source: Source, run: WarehouseRun, result: LoadResult, errors: list[str]) -> dict[str, dg.MetadataValue]:
    newest = run.raw.execute(
        f"select series_id, observation_date, known_at, value, status from raw.{source.publisher} "
        "where known_at <= ? order by observation_date desc, series_id, known_at desc limit ?",
        [run.clock.as_of, PREVIEW_ROWS],
    ).fetchall()
    span = run.raw.execute(
        f"select min(observation_date), max(observation_date), count(*) from raw.{source.publisher} "
        "where value is not null and known_at <= ?",
        [run.clock.as_of],
    ).fetchone()
    first, last, vintages = span if span else (None, None, 0)
    payloads = [f"- `{sha256}`" for sha256 in result.sha256] or [_newest_payload(source, run)]
    rows = "\n".join(f"| {' | '.join(str(cell) for cell in row)} |" for row in newest)
    header = "| series | observation date | known at (UTC) | value | status |\n|---|---|---|---|---|\n"
    return {
        "rows_new": dg.MetadataValue.int(result.new),
        "rows_changed": dg.MetadataValue.int(result.changed),
        "rows_unchanged": dg.MetadataValue.int(result.unchanged),
        "vintages_visible": dg.MetadataValue.int(vintages),
        "first_date": dg.MetadataValue.text(str(first)),
        "newest_date": dg.MetadataValue.text(str(last)),
        "lag_days": dg.MetadataValue.int((run.clock.last_day - last).days) if last else dg.MetadataValue.null(),
        "payload_sha256": dg.MetadataValue.md("\n".join(payloads)),
        "errors": dg.MetadataValue.md("\n".join(f"- {e}" for e in errors) or "none"),
        "preview": dg.MetadataValue.md(header + rows),
    }


def _newest_payload(source: Source, run: WarehouseRun) -> str:
    """Where nothing new was landed: the newest response that was read before."""
    newest = run.raw.execute(
        "select sha256, fetched_at from raw.landings where publisher = ? and fetched_at <= ? "
        "order by fetched_at desc, landing_id desc limit 1",
        [source.publisher, run.clock.as_of],
    ).fetchone()
    return f"nothing new; the newest is `{newest[0]}` of {newest[1]} UTC" if newest else "nothing landed"
