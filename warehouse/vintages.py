"""The vintages: one insert-only bitemporal table, and record tables with the same clocks.

Belongs here: the schema of `raw.duckdb`, and the only code that writes it. A landed response is loaded or rejected in
one transaction. A value is inserted when it is new or differs from the latest vintage; nothing is ever rewritten.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.calendars import CalendarError, calendar_edition, calendar_frame
from warehouse.landing import Landed
from warehouse.parsed import Parsed

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = "5"
"""Changes whenever the tables of raw.duckdb do, or the clocks of what it holds.

An older file is rebuilt from the landing, never altered.
"""

SCHEMA = """
create table raw.schema_version (version varchar not null);
create table raw.observations (
    series_id varchar not null, observation_date date not null, known_at timestamp not null,
    known_at_basis varchar not null, value double, status varchar not null,
    landing_id varchar not null, ingested_at timestamp not null
);
create table raw.landings (
    landing_id varchar primary key, publisher varchar not null, endpoint varchar not null, url varchar not null,
    params varchar not null,
    http_status integer not null, fetched_at timestamp not null, sha256 varchar not null, path varchar not null,
    outcome varchar not null, error varchar, loaded_at timestamp not null
);
create table raw.response_coverage (
    landing_id varchar not null, series_id varchar not null, covers_from date not null, covers_to date not null,
    fetched_at timestamp not null
);
create table raw.source_outcomes (
    publisher varchar primary key, outcome varchar not null, error varchar, complete_through date,
    complete_for varchar
);
create table raw.release_dates (
    release varchar not null, release_date date not null, listed boolean not null,
    known_at timestamp not null, landing_id varchar not null, ingested_at timestamp not null
);
create table raw.market_calendar (
    date date not null, iso_weekday integer not null, us_equity boolean not null, us_federal boolean not null,
    hong_kong boolean not null,
    stock_connect boolean not null, target boolean not null, london boolean not null
);
create table raw.market_calendar_edition (edition varchar not null);
"""

RECORD_CLOCKS = """
    record_id varchar not null, observation_date date not null, {columns},
    status varchar not null, known_at timestamp not null, known_at_basis varchar not null,
    content_hash varchar not null, landing_id varchar not null, ingested_at timestamp not null
"""


@dataclass(frozen=True)
class RecordTable:
    """A table of things that are not a series.

    `columns` maps names to DuckDB types. The catalog's rule dates a record's first vintage from the day in `dated_by`;
    a record that the publisher itself dates (a filing) is never held to have been missing from an earlier answer. When
    `full_list`, every response holds all records: one that is gone from it gets a `withdrawn` vintage.
    """

    name: str
    publisher: str
    columns: dict[str, str]
    full_list: bool
    dated_by: str = "observation_date"


RECORD_TABLES = {
    "hack_incidents": RecordTable(
        "hack_incidents",
        "defillama",
        {
            "name": "varchar",
            "loss_usd": "double",
            "returned_funds_usd": "double",
            "chain": "varchar",
            "classification": "varchar",
            "technique": "varchar",
            "target_type": "varchar",
            "source_url": "varchar",
            "bridge_hack": "boolean",
        },
        full_list=True,
    ),
    "company_facts": RecordTable(
        "company_facts",
        "sec",
        {
            "period_start": "date",
            "cik": "bigint",
            "entity": "varchar",
            "tag": "varchar",
            "value_usd": "double",
            "fiscal_year": "integer",
            "fiscal_period": "varchar",
            "form": "varchar",
            "filed": "date",
            "accession": "varchar",
        },
        full_list=False,
        dated_by="filed",
    ),
}

RELEASE_DATES = "release_dates"
"""Not records of a publisher's own subject, but of its timetable: they date first vintages."""


class SchemaError(Exception):
    """raw.duckdb was written by another version of the project."""


class StoreError(Exception):
    """raw.duckdb cannot be opened: another program has it open, or it is no database."""


class LoadError(Exception):
    """A parsed response that may not enter the vintages: names publisher, series, date and field."""


@dataclass(frozen=True)
class SeriesRule:
    """What the loader must know of a series: its clock and its believable range (in the series' unit).

    A series with a `release` has its first prints dated by the publisher's list of release days, where there is one:
    `scheduled_at` then takes that list after the observation date.
    """

    scheduled_at: Callable[..., datetime]
    vintage_at: Callable[[date], datetime]
    minimum: float | None
    maximum: float | None
    release: str = ""


@dataclass
class LoadResult:
    """What one or more responses brought."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    first_date: date | None = None
    newest_date: date | None = None
    sha256: list[str] = field(default_factory=list)

    def add(self, other: "LoadResult") -> None:
        """Count another response's rows in."""
        self.new += other.new
        self.changed += other.changed
        self.unchanged += other.unchanged
        dates = [d for d in (self.first_date, other.first_date) if d]
        self.first_date = min(dates) if dates else None
        dates = [d for d in (self.newest_date, other.newest_date) if d]
        self.newest_date = max(dates) if dates else None
        self.sha256 += other.sha256


@contextmanager
def open_raw(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to `raw.duckdb`, closed afterwards; creates file and schema when it may write."""
    if not read_only and not path.exists():
        _create(path)
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        raise StoreError(
            f"{path} cannot be opened; close the program that holds it, or, if it is damaged, rebuild with another "
            f"DRIVERS_HOME and `drivers run --landing {path.parent / 'landing'}`. {error}"
        ) from error
    try:
        if not read_only:
            _check_version(connection, path)
        yield connection
    finally:
        connection.close()


def _create(path: Path) -> None:
    """The file with its tables, in one step: a run killed halfway would leave one that nobody can open."""
    beside = path.parent / f".{path.stem}.new" / path.name  # of the same name, since the file names the catalog
    shutil.rmtree(beside.parent, ignore_errors=True)
    beside.parent.mkdir(parents=True)
    with duckdb.connect(str(beside)) as connection:
        connection.execute(SCHEMA)
        for table in RECORD_TABLES.values():
            columns = ", ".join(f"{name} {kind}" for name, kind in table.columns.items())
            connection.execute(f"create table raw.{table.name} ({RECORD_CLOCKS.format(columns=columns)})")
        connection.execute("insert into raw.schema_version values (?)", [SCHEMA_VERSION])
    # The write-ahead log of a file that was removed would be replayed into the new one.
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    beside.replace(path)
    beside.parent.rmdir()


def _check_version(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a file that another version wrote."""
    present = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
    row = (
        connection.execute("select max(version) from raw.schema_version").fetchone()
        if "schema_version" in present
        else None
    )
    if row is None or row[0] != SCHEMA_VERSION:
        raise SchemaError(
            f"{path} was written by another version of the project: rebuild with another DRIVERS_HOME and "
            f"`drivers run --landing {path.parent / 'landing'}`"
        )


class Vintages:
    """The loader: writes one open `raw.duckdb`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, ingested_at: datetime | None = None) -> None:
        self._db = connection
        self._ingested_at = ingested_at or datetime.now(UTC).replace(tzinfo=None)

    def seen(self, publisher: str) -> set[str]:
        """Ids of the publisher's responses that were loaded or rejected."""
        rows = self._db.execute("select landing_id from raw.landings where publisher = ?", [publisher]).fetchall()
        return {row[0] for row in rows}

    def ensure_publisher(self, publisher: str) -> None:
        """The view `raw.<publisher>` of the publisher's own vintages."""
        self._db.execute(
            f"create view if not exists {publisher} as "
            "select series_id, observation_date, known_at, known_at_basis, value, status, landing_id, ingested_at "
            f"from observations where starts_with(series_id, '{publisher}.')"
        )

    def ensure_calendar(self, until: date) -> None:
        """Market calendars that reach at least to `until`, of the libraries installed now."""
        edition = calendar_edition()
        newest = self._scalar(
            "select max(date) from raw.market_calendar, raw.market_calendar_edition where edition = ?", [edition]
        )
        if newest is not None and newest >= until:
            return
        calendar = calendar_frame()
        last = calendar["date"].max().date()
        if last < until:
            raise CalendarError(f"market calendars end on {last}, before {until}: update exchange-calendars")
        self._db.register("calendar_frame", calendar)
        self._db.execute("begin")
        self._db.execute("delete from raw.market_calendar")
        self._db.execute("delete from raw.market_calendar_edition")
        self._db.execute("insert into raw.market_calendar by name select * from calendar_frame")
        self._db.execute("insert into raw.market_calendar_edition values (?)", [edition])
        self._db.execute("commit")
        self._db.unregister("calendar_frame")

    def set_outcome(self, publisher: str, outcome: str, error: str | None, asked: tuple[date, str] | None) -> None:
        """How the publisher's newest run ended: `ok`, `failed` (not fetched) or `rejected` (fetched, not believed).

        `asked` is the last day of a live window and the mark of the set of series asked for. Only a run that ended
        well moves the day from which the next one starts, so that a gap is asked for again until it is filled.
        """
        through, mark = asked if asked and outcome == "ok" else (None, None)
        stored = self._db.execute(
            "select outcome, error from raw.source_outcomes where publisher = ?", [publisher]
        ).fetchone()
        if through is None and stored == (outcome, error):
            return
        self._db.execute(
            "insert into raw.source_outcomes values (?, ?, ?, ?, ?) on conflict (publisher) do update set "
            "outcome = excluded.outcome, error = excluded.error, "
            "complete_through = coalesce(excluded.complete_through, complete_through), "
            "complete_for = coalesce(excluded.complete_for, complete_for)",
            [publisher, outcome, error, through, mark],
        )

    def rejections(self, publisher: str) -> list[str]:
        """Why responses of the publisher were rejected, oldest first, but for those that a later answer makes good.

        That is one to the same request; half a day later any of the endpoint, since the windows asked for move on.
        """
        rows = self._db.execute(
            "select error from raw.landings as bad where publisher = ? and outcome = 'rejected' and not exists ("
            "select 1 from raw.landings as good where good.publisher = bad.publisher "
            "and good.endpoint = bad.endpoint and good.outcome = 'loaded' and ("
            "good.url = bad.url and good.params = bad.params and good.fetched_at > bad.fetched_at "
            "or good.fetched_at > bad.fetched_at + interval '12' hour)) order by fetched_at, landing_id",
            [publisher],
        ).fetchall()
        return [row[0] for row in rows]

    def answered_since(self, series_id: str, instant: datetime) -> bool:
        """Whether a response fetched at or after `instant` (UTC) was loaded and covers the series."""
        return bool(
            self._scalar(
                "select count(*) from raw.response_coverage where series_id = ? and fetched_at >= ?",
                [series_id, instant],
            )
        )

    def set_aside(self, landed: Landed, outcome: str, error: str) -> None:
        """Keep a response in quarantine: its body stays landed, nothing of it is loaded.

        `outcome`: `rejected`, or `replaced` for an error page whose place another answer has taken.
        """
        self._record_landing(landed, outcome, error)

    def load(self, landed: Landed, parsed: Parsed, rule_of: Callable[[str], SeriesRule]) -> LoadResult:
        """Insert what the response brings, in one transaction.

        Raises LoadError for duplicate days, values out of range, record lists that shrank by a fifth, and a response
        older than one already loaded of the same series and days; nothing of the response is then loaded.
        """
        result = LoadResult(sha256=[landed.sha256])
        rules = {series.series_id: rule_of(series.series_id) for series in parsed.series}
        for series in parsed.series:
            _check_rows(landed, series.series_id, series.rows, rules[series.series_id])
        self._refuse_older(landed, parsed)
        self._db.execute("begin")
        try:
            if parsed.series:
                self._insert_observations(landed, parsed, rules, result)
            for name, rows in parsed.records.items():
                if name == RELEASE_DATES:
                    self._insert_release_dates(landed, rows, result)
                    continue
                self._insert_records(landed, RECORD_TABLES[name], rows, rule_of, result)
            self._record_landing(landed, "loaded", None)
            self._db.execute("commit")
        except BaseException:
            self._db.execute("rollback")
            raise
        return result

    def _refuse_older(self, landed: Landed, parsed: Parsed) -> None:
        """Vintages are compared in the order of their fetching: an older response may not come after a newer one."""
        covered = [(s.series_id, s.covers_from, s.covers_to) for s in parsed.series]
        covered += [
            (f"{landed.publisher}.{name}", date.min, None)
            for name in parsed.records
            if name in RECORD_TABLES and RECORD_TABLES[name].full_list
        ]
        newer = self._db.execute(
            "select series_id, covers_from, covers_to, fetched_at from raw.response_coverage "
            "where starts_with(series_id, ?) and fetched_at > ? order by fetched_at desc",
            [f"{landed.publisher}.", landed.fetched_at],
        ).fetchall()
        for series_id, covers_from, covers_to in covered:
            last = covers_to or landed.fetched_at.date()
            for other, other_from, other_to, fetched_at in newer:
                if other == series_id and other_from <= last and covers_from <= other_to:
                    raise LoadError(
                        f"{landed.publisher}, series {series_id}, date {landed.fetched_at}, field fetched_at: older "
                        f"than a response already loaded ({fetched_at}); rebuild into a new home with "
                        "`drivers run --landing DIR`"
                    )

    def _insert_observations(
        self, landed: Landed, parsed: Parsed, rules: dict[str, SeriesRule], result: LoadResult
    ) -> None:
        import pandas as pd  # noqa: PLC0415  (half a second; a run with nothing new does without)

        incoming = pd.DataFrame(
            [(s.series_id, day, value, vintage) for s in parsed.series for day, value, vintage in s.rows]
            + self._no_longer_printed(parsed),
            columns=["series_id", "observation_date", "value", "vintage_date"],
        )
        self._db.execute(
            "create or replace temp table incoming "
            "(series_id varchar, observation_date date, value double, vintage_date date)"
        )
        if len(incoming):
            self._db.register("incoming_frame", incoming)
            self._db.execute("insert into incoming by name select * from incoming_frame")
            self._db.unregister("incoming_frame")
        fresh = pd.concat([self._changed(landed, parsed, rules, result), self._publisher_dated(landed, rules, result)])
        if len(fresh):
            fresh["landing_id"], fresh["ingested_at"] = landed.landing_id, self._ingested_at
            self._db.register("fresh", fresh)
            self._db.execute(
                "insert into raw.observations by name select * from fresh order by series_id, observation_date"
            )
            self._db.unregister("fresh")
        for series in parsed.series:
            days = [day for day, value, _ in series.rows if value is not None]
            self._record_coverage(landed, series.series_id, series.covers_from, series.covers_to)
            result.add(LoadResult(first_date=min(days, default=None), newest_date=max(days, default=None)))

    def _changed(
        self, landed: Landed, parsed: Parsed, rules: dict[str, SeriesRule], result: LoadResult
    ) -> "pd.DataFrame":
        """Undated rows that are new or differ from the latest vintage, with their clocks."""
        rows = self._db.execute(
            """
            with latest as (
                select series_id, observation_date, arg_max(value, known_at) as value_or_any,
                       arg_max(status, known_at) as status, max(known_at) as known_at,
                       max_by(case when value is null then 'null' else 'value' end, known_at) as kind
                from raw.observations
                where series_id in (select distinct series_id from incoming)
                group by series_id, observation_date
            )
            select i.series_id, i.observation_date, i.value, l.known_at as known_before,
                   l.status is not null
                   and (case when l.kind = 'null' then i.value is null else i.value = l.value_or_any end) as same
            from incoming i
            left join latest l on l.series_id = i.series_id and l.observation_date = i.observation_date
            where i.vintage_date is null
            order by i.series_id, i.observation_date
            """
        ).fetchall()
        lacking = self._lacking(landed, parsed)
        listed = self._listed() if any(rule.release for rule in rules.values()) else lambda release: ()
        fresh = []
        for series_id, day, value, known_before, same in rows:
            if same:
                result.unchanged += 1
                continue
            result.changed += known_before is not None
            result.new += known_before is None
            known_at, basis = landed.fetched_at, "capture"
            if known_before == known_at:
                raise LoadError(
                    f"{landed.publisher}, series {series_id}, date {day}, field value: an answer of the same instant, "
                    f"{known_at}, says otherwise"
                )
            if known_before is None:
                rule = rules[series_id]
                scheduled_at = _scheduled_at(landed, series_id, rule, day, *listed(rule.release))
                if scheduled_at <= landed.fetched_at and not lacking(series_id, day, scheduled_at):
                    known_at, basis = scheduled_at, "schedule"
            fresh.append((series_id, day, known_at, basis, value, "blank" if value is None else "value"))
        return _vintage_frame(fresh)

    def _no_longer_printed(self, parsed: Parsed) -> list[tuple[str, date, float | None, date | None]]:
        """Blanks for the days on which the response's table would show a stored series, and has no such column."""
        tables = {series.table: series for series in parsed.series if series.table}
        present = [series.series_id for series in parsed.series]
        return [
            (series_id, day, None, None)
            for table, series in tables.items()
            for series_id, day in self._db.execute(
                "select distinct series_id, observation_date from raw.observations "
                "where starts_with(series_id, ? || '.') and not list_contains(?, series_id) and observation_date >= ? "
                "and observation_date <= coalesce(?, date '9999-12-31')",
                [table, present, series.covers_from, series.covers_to],
            ).fetchall()
        ]

    def _lacking(self, landed: Landed, parsed: Parsed) -> Callable[[str, date, datetime], bool]:
        """Whether an earlier response, fetched after the schedule and covering the day, did not have it yet.

        A response with a table covers, with any of its series, all of them.
        """
        tables = {series.table for series in parsed.series if series.table}

        def shown_with(series_id: str) -> str:
            table = series_id.rpartition(".")[0]
            return table if table in tables else series_id

        earlier: dict[str, set[tuple[date, date, datetime]]] = {}
        for series_id, covers_from, covers_to, fetched_at in self._db.execute(
            "select series_id, covers_from, covers_to, max(fetched_at) from raw.response_coverage "
            "where fetched_at < ? and (series_id in (select distinct series_id from incoming) "
            "or list_contains(?, regexp_replace(series_id, '[.][^.]*$', ''))) "
            "group by series_id, covers_from, covers_to",
            [landed.fetched_at, sorted(tables)],
        ).fetchall():
            earlier.setdefault(shown_with(series_id), set()).add((covers_from, covers_to, fetched_at))
        return lambda series_id, day, scheduled_at: any(
            covers_from <= day <= covers_to and fetched_at > scheduled_at
            for covers_from, covers_to, fetched_at in earlier.get(shown_with(series_id), ())
        )

    def _listed(self) -> Callable[[str], tuple[tuple[date, ...], ...]]:
        """The days on which a release came out or is due, by what was last said of each; empty without a list."""
        days: dict[str, list[date]] = {}
        for release, day in self._db.execute(
            "select release, release_date from raw.release_dates group by release, release_date "
            "having arg_max(listed, known_at) order by release, release_date"
        ).fetchall():
            days.setdefault(release, []).append(day)
        return lambda release: (tuple(days[release]),) if release in days else ()

    def _insert_release_dates(self, landed: Landed, rows: list[dict[str, Any]], result: LoadResult) -> None:
        """Days that were not listed before, and days within the answer's reach that no longer are (a release moved)."""
        for release in sorted({row["release"] for row in rows}):
            days = {row["release_date"] for row in rows if row["release"] == release}
            before = dict(
                self._db.execute(
                    "select release_date, arg_max(listed, known_at) from raw.release_dates "
                    "where release = ? group by release_date",
                    [release],
                ).fetchall()
            )
            changes = [(day, True) for day in sorted(days) if not before.get(day)]
            changes += [
                (day, False)
                for day, is_listed in sorted(before.items())
                if is_listed and day not in days and min(days) <= day <= max(days)
            ]
            for day, is_listed in changes:
                self._db.execute(
                    "insert into raw.release_dates values (?, ?, ?, ?, ?, ?)",
                    [release, day, is_listed, landed.fetched_at, landed.landing_id, self._ingested_at],
                )
            result.new += len(changes)
            result.unchanged += len(days) - sum(is_listed for _, is_listed in changes)

    def _publisher_dated(self, landed: Landed, rules: dict[str, SeriesRule], result: LoadResult) -> "pd.DataFrame":
        """Rows the publisher dates itself: inserted where they differ from the vintage before them."""
        dated = self._db.execute(
            "select series_id, observation_date, value, vintage_date from incoming where vintage_date is not null"
        ).fetchall()
        if not dated:
            return _vintage_frame([])
        stored = self._db.execute(
            "select series_id, observation_date, known_at, value, known_at_basis from raw.observations "
            "where series_id in (select distinct series_id from incoming)"
        ).fetchall()
        history: dict[tuple[str, date], list[tuple[datetime, int, float | None]]] = {}
        bases: dict[tuple[str, date, datetime], str] = {}
        for series_id, day, known_at, value, basis in stored:
            history.setdefault((series_id, day), []).append((known_at, 0, value))
            bases[series_id, day, known_at] = basis
        for series_id, day, value, vintage_date in dated:
            history.setdefault((series_id, day), []).append((rules[series_id].vintage_at(vintage_date), 1, value))
        fresh = []
        for (series_id, day), vintages in sorted(history.items()):
            before: tuple[float | None] | None = None
            for known_at, is_new, value in sorted(vintages, key=lambda v: v[:2]):
                if is_new and before == (value,):
                    result.unchanged += 1
                elif is_new:
                    result.changed += before is not None
                    result.new += before is None
                    status = "blank" if value is None else "value"
                    known, basis = _untied(bases.get((series_id, day, known_at)), known_at, landed.fetched_at)
                    fresh.append((series_id, day, known, basis, value, status))
                before = (value,)
        return _vintage_frame(fresh)

    def _insert_records(
        self,
        landed: Landed,
        table: RecordTable,
        rows: list[dict[str, Any]],
        rule_of: Callable[[str], SeriesRule],
        result: LoadResult,
    ) -> None:
        latest = {
            record_id: (content_hash, status, observation_date)
            for record_id, content_hash, status, observation_date in self._db.execute(
                f"select record_id, arg_max(content_hash, known_at), arg_max(status, known_at), "
                f"arg_max(observation_date, known_at) from raw.{table.name} group by record_id"
            ).fetchall()
        }
        _check_records(landed, table, rows, sum(status != "withdrawn" for _, status, _ in latest.values()))
        series_id = f"{table.publisher}.{table.name}"
        rule = rule_of(series_id)
        previous_fetch = self._scalar(
            f"select max(fetched_at) from raw.response_coverage where series_id = '{series_id}'"
        )
        inserts: list[dict[str, Any]] = []
        for row in rows:
            content = {name: row.get(name) for name in table.columns}
            text = json.dumps([row["observation_date"], content], default=str)
            content_hash = hashlib.sha256(text.encode()).hexdigest()
            before = latest.get(row["record_id"])
            if before and before[:2] == (content_hash, "listed"):
                result.unchanged += 1
                continue
            result.changed += before is not None
            result.new += before is None
            scheduled_at = _scheduled_at(landed, table.name, rule, row[table.dated_by])
            lacking = (
                table.dated_by == "observation_date" and previous_fetch is not None and previous_fetch > scheduled_at
            )
            on_schedule = before is None and scheduled_at <= landed.fetched_at and not lacking
            inserts.append(
                {"record_id": row["record_id"], "observation_date": row["observation_date"]}
                | content
                | {
                    "status": "listed",
                    "known_at": scheduled_at if on_schedule else landed.fetched_at,
                    "known_at_basis": "schedule" if on_schedule else "capture",
                    "content_hash": content_hash,
                }
            )
        if table.full_list:
            listed = {row["record_id"] for row in rows}
            for record_id, (content_hash, status, observation_date) in latest.items():
                if record_id not in listed and status != "withdrawn":
                    result.changed += 1
                    inserts.append(
                        {"record_id": record_id, "observation_date": observation_date}
                        | dict.fromkeys(table.columns)
                        | {
                            "status": "withdrawn",
                            "known_at": landed.fetched_at,
                            "known_at_basis": "capture",
                            "content_hash": content_hash,
                        }
                    )
        if inserts:
            import pandas as pd  # noqa: PLC0415

            frame = pd.DataFrame(inserts).astype(object)
            frame["landing_id"], frame["ingested_at"] = landed.landing_id, self._ingested_at
            self._db.register("record_frame", frame)
            self._db.execute(f"insert into raw.{table.name} by name select * from record_frame order by record_id")
            self._db.unregister("record_frame")
        days = [row["observation_date"] for row in rows]
        self._record_coverage(landed, series_id, min(days, default=landed.fetched_at.date()), None)
        result.add(LoadResult(first_date=min(days, default=None), newest_date=max(days, default=None)))

    def _record_coverage(self, landed: Landed, series_id: str, covers_from: date, covers_to: date | None) -> None:
        self._db.execute(
            "insert into raw.response_coverage values (?, ?, ?, ?, ?)",
            [landed.landing_id, series_id, covers_from, covers_to or landed.fetched_at.date(), landed.fetched_at],
        )

    def _record_landing(self, landed: Landed, outcome: str, error: str | None) -> None:
        self._db.execute(
            "insert into raw.landings values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                landed.landing_id,
                landed.publisher,
                landed.endpoint,
                landed.url,
                json.dumps(landed.params, sort_keys=True),
                landed.status,
                landed.fetched_at,
                landed.sha256,
                landed.path,
                outcome,
                error,
                self._ingested_at,
            ],
        )

    def _scalar(self, sql: str, parameters: list[Any] | None = None) -> Any:
        row = self._db.execute(sql, parameters or []).fetchone()
        return None if row is None else row[0]


def _untied(stored: str | None, known_at: datetime, fetched_at: datetime) -> tuple[datetime, str]:
    """The clock and basis of a dated vintage, when a stored one of basis `stored` may have the same instant.

    A scheduled guess of that instant gives way a microsecond later, within the same knowledge day. A change under a
    date that the publisher has used before is known when we fetched it.
    """
    if stored is None:
        return known_at, "vintage"
    return (fetched_at, "capture") if stored == "vintage" else (known_at + timedelta(microseconds=1), "vintage")


def _vintage_frame(rows: list[tuple[str, date, datetime, str, float | None, str]]) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415

    columns = ["series_id", "observation_date", "known_at", "known_at_basis", "value", "status"]
    return pd.DataFrame(rows, columns=columns).astype({"value": "float64"})


def _check_rows(
    landed: Landed, series_id: str, rows: list[tuple[date, float | None, date | None]], rule: SeriesRule
) -> None:
    """Refuse duplicate days, days to come, and values outside the catalog's range."""
    publisher = landed.publisher
    seen: set[tuple[date, date | None]] = set()
    for day, value, vintage_date in rows:
        if (day, vintage_date) in seen:
            raise LoadError(f"{publisher}, series {series_id}, date {day}, field date: the day stands there twice")
        seen.add((day, vintage_date))
        _check_past(landed, series_id, day)
        low, high = rule.minimum, rule.maximum
        if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
            raise LoadError(
                f"{publisher}, series {series_id}, date {day}, field value: "
                f"{value} is outside the believable range {low} to {high}"
            )


def _scheduled_at(landed: Landed, series: str, rule: SeriesRule, day: date, *listed: tuple[date, ...]) -> datetime:
    """When the value of `day` was due. A day beyond the known market calendars is refused."""
    try:
        return rule.scheduled_at(day, *listed)
    except CalendarError as error:
        raise LoadError(f"{landed.publisher}, series {series}, date {day}, field date: {error}") from error


def _check_past(landed: Landed, series: str, day: date) -> None:
    """Refuse a day to come: as the newest observation of its series it would hide every later one, for ever."""
    if day > landed.fetched_at.date() + timedelta(days=1):  # a day ahead of UTC is today in Asia
        raise LoadError(
            f"{landed.publisher}, series {series}, date {day}, field date: "
            f"the day lies after the answer, which is of {landed.fetched_at.date()}"
        )


def _check_records(landed: Landed, table: RecordTable, rows: list[dict[str, Any]], listed_before: int) -> None:
    """Refuse repeated ids, days to come, and a full list that lost a fifth (a cut answer, not a correction)."""
    publisher = landed.publisher
    for row in rows:
        _check_past(landed, table.name, row["observation_date"])
    ids = [row["record_id"] for row in rows]
    if len(set(ids)) != len(ids):
        twice = next(i for i in ids if ids.count(i) > 1)
        raise LoadError(f"{publisher}, series {table.name}, field record_id: {twice!r} stands there twice")
    if table.full_list and len(rows) < 0.8 * listed_before:
        raise LoadError(
            f"{publisher}, series {table.name}, field body: "
            f"{len(rows)} records where {listed_before} were listed before"
        )
