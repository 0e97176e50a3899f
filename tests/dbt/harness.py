"""Builds of the warehouse for tests: through dbt, or by replaying the SQL that dbt compiled.

`dbt_build` takes a `raw.duckdb` through the product's own steps into a build directory. `replay` runs the compiled SQL
of the same models straight in DuckDB. It leaves out what dbt puts around a model (contracts, comments, bookkeeping),
which is most of a build's time, so that a test can afford dozens of builds. `test_invariance` shows that both give the
same tables.
"""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from orchestration.dbt import PROJECT, build_events, lent
from orchestration.defs.attribution import step as attribution
from orchestration.defs.events import step as events
from warehouse.build import Build, Clock

BEFORE_ATTRIBUTION = ["--exclude", "source:attribution+"]
AFTER_ATTRIBUTION = ["--select", "source:attribution+"]
NO_TESTS = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
# Seeds that are vintages like any other, with the SQL of the instant from which a row was known.
DATED_SEEDS = {
    "release_figures": "released_at",
    "policy_events": "coalesce((select min(r.released_at) from work.seeds.release_calendar as r where "
    "r.release = upper(topic) and cast(r.released_at as date) = event_date), event_date + interval '29' hour)",
    "coinbase_financials": "make_date(fiscal_year, 12, 31) + interval '1517' hour",
    "treasury_statement_anchors": "published_date + interval '19' hour",
    "gdpnow_tracking": "forecast_date + interval '22' hour",
    "berkshire_cash_anchors": "public_at",
}
# They name a run, not a figure.
NOT_FIGURES = ("publish_id",)


@dataclass(frozen=True)
class Model:
    """A compiled model. `key`: the columns of its primary key. `parents`: names of models."""

    name: str
    schema: str
    relation: str
    description: str
    sql: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    parents: frozenset[str]
    after_attribution: bool


Project = dict[str, Model]
"""Models by name, each after its parents, and those that read the Python step after all others."""


@dataclass(frozen=True)
class Difference:
    """The first place at which two builds disagree."""

    table: str
    column: str
    key: str
    left: Any
    right: Any

    def __str__(self) -> str:
        return f"{self.table}.{self.column} at {self.key}: {self.left} / {self.right}"


def copy_project(to: Path) -> Path:
    """A copy of the dbt project that a test may change."""
    return Path(shutil.copytree(PROJECT, to, ignore=shutil.ignore_patterns("target", "logs")))


def dbt_build(raw_db: Path, clock: Clock, root: Path) -> Build:
    """Everything the product computes from `raw_db`: dbt, the Python step, dbt; without tests. Raises DbtError."""
    build = Build(root)
    build.start(clock, "test", "sample")
    with build.open(raw_db) as database:
        list(build_events(database, root, [*BEFORE_ATTRIBUTION, *NO_TESTS]))
        attribute(database)
        list(build_events(database, root, [*AFTER_ATTRIBUTION, *NO_TESTS]))
    return build


def attribute(connection: duckdb.DuckDBPyConnection) -> None:
    """The Python steps between facts and marts, as their assets run them, on a build attached as work and warehouse."""
    attribution.write(connection, attribution.compute(connection))
    events.write(connection, events.compute(connection))


def compile_project(project: Path, raw_db: Path, clock: Clock, scratch: Path) -> Project:
    """Compile a dbt project (any directory) against `raw_db`. `scratch` keeps the parse for the next time."""
    build = Build(scratch / "build")
    build.start(clock, "test", "sample")
    nodes = [result.node for result in run_dbt(project, build, raw_db, scratch, ["compile"])]
    return _in_order([node for node in nodes if node.resource_type == "model"])


def run_dbt(project: Path, build: Build, raw_db: Path, scratch: Path, arguments: list[str]) -> list[Any]:
    """dbt's results of a command on a project in any directory; a test that failed is a result, not an error."""
    from dbt.cli.main import dbtRunner  # two seconds of import

    common = [
        "--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(scratch / "target"),
        "--log-path", str(scratch / "logs"), "--log-level-file", "none", "--quiet", "--no-write-json",
    ]  # fmt: skip
    parsed = dbtRunner().invoke(["parse", *common])
    assert parsed.success, parsed.exception
    with build.open(raw_db) as database, lent(database):
        done = dbtRunner(manifest=parsed.result).invoke([*arguments, *common])
    assert done.exception is None, done.exception
    return list(done.result.results)


def _in_order(nodes: list[Any]) -> Project:
    by_id = {node.unique_id: node for node in nodes}
    parents = {name: [p for p in node.depends_on.nodes if p in by_id] for name, node in by_id.items()}
    models: Project = {}
    after: set[str] = set()
    for unique_id in TopologicalSorter(parents).static_order():
        node = by_id[unique_id]
        if any(".attribution." in p or p in after for p in node.depends_on.nodes):
            after.add(unique_id)
        keys = [c.columns for c in node.constraints if c.type == "primary_key"]
        models[node.name] = Model(
            name=node.name,
            schema=node.schema,
            relation=node.relation_name,
            description=node.description,
            sql=node.compiled_code,
            key=tuple(keys[0]) if keys else (),
            columns=tuple(node.columns),
            parents=frozenset(by_id[p].name for p in parents[unique_id]),
            after_attribution=unique_id in after,
        )
    return dict(sorted(models.items(), key=lambda item: item[1].after_attribution))


def facts_and_marts(project: Project) -> list[str]:
    """Names of what is published."""
    return [name for name, model in project.items() if model.schema in ("facts", "marts")]


class Baselines:
    """Replays of the project as it stands, kept: a mutant computes only the models its fault touches, and takes the
    rest from the replay of the same clock and archive."""

    def __init__(self, project: Project, raw_db: Path, finished: Build, folder: Path) -> None:
        self._project, self._raw_db, self._finished, self._folder = project, raw_db, finished, folder

    def of(self, clock: Clock, known_until: datetime | None) -> Path:
        """The build directory of a whole replay."""
        root = self._folder / f"{clock.stamp}_{known_until.isoformat() if known_until else 'everything'}"
        if not root.exists():
            replay(
                self._project, self._raw_db, self._finished, clock, root, list(self._project), known_until=known_until
            )
        return root

    def stale(self, mutant: Project) -> set[str]:
        """Models of a mutant whose SQL, or that of a model they rest on, is another."""
        found: set[str] = set()
        for name, model in mutant.items():
            if model.sql != self._project[name].sql or model.parents & found:
                found.add(name)
        return found


def replay(
    project: Project,
    raw_db: Path,
    finished: Build,
    clock: Clock,
    root: Path,
    read: Collection[str],
    *,
    known_until: datetime | None = None,
    seeds_until: datetime | None = None,
    attribution: bool = False,
    base: Baselines | None = None,
) -> dict[str, pd.DataFrame]:
    """The tables `read`, computed with everything they rest on in the directory `root`.

    `known_until` takes every vintage, record and dated seed row that became known later out of the archive first;
    `seeds_until` does that to the dated seeds alone. Seeds come from a `finished` build, and so do the results of the
    Python step unless `attribution` is set. With a `base` only what differs from it is computed.
    """
    build = Build(root)
    wanted = set(project) if attribution else _with_ancestors(project, read)
    if base is None:
        build.start(clock, "test", "sample")
    else:
        wanted &= base.stale(project)
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(base.of(clock, known_until), root)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{build.work_db}' as work; attach '{build.warehouse_db}' as warehouse")
        connection.execute(f"attach '{finished.work_db}' as finished (read_only)")
        _attach_raw(connection, raw_db, known_until)
        if base is None:
            _copy_seeds(connection, seeds_until or known_until)
            if not attribution:
                _copy_schema(connection, "attribution")
            for schema in sorted({(m.relation.split(".")[0], m.schema) for m in project.values()}):
                connection.execute("create schema if not exists " + ".".join(schema))
        attributed = not attribution
        connection.execute("use work")
        for model in project.values():
            if model.after_attribution and not attributed:
                attribute(connection)
                attributed = True
            if model.name in wanted:
                connection.execute(f"create or replace table {model.relation} as {model.sql}")
        return {name: connection.execute(f"from {project[name].relation}").df() for name in read}


def _attach_raw(connection: duckdb.DuckDBPyConnection, raw_db: Path, known_until: datetime | None) -> None:
    """The raw store as `raw`, without what became known after `known_until`."""
    if known_until is None:
        connection.execute(f"attach '{raw_db}' as raw (read_only)")
        return
    connection.execute(f"attach '{raw_db}' as everything (read_only); attach ':memory:' as raw")
    for table, columns in _tables(connection, "everything", "main").items():
        dated = f" where known_at <= '{known_until}'" if "known_at" in columns else ""
        connection.execute(f"create table raw.main.{table} as from everything.main.{table}{dated}")


def _copy_seeds(connection: duckdb.DuckDBPyConnection, known_until: datetime | None) -> None:
    _copy_schema(connection, "seeds")
    if known_until is not None:
        for seed, known_at in DATED_SEEDS.items():
            connection.execute(f"delete from work.seeds.{seed} where {known_at} > '{known_until}'")


def _copy_schema(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    connection.execute(f"create schema if not exists work.{schema}")
    for table in _tables(connection, "finished", schema):
        connection.execute(f"create table work.{schema}.{table} as from finished.{schema}.{table}")


def _tables(connection: duckdb.DuckDBPyConnection, database: str, schema: str) -> dict[str, list[str]]:
    rows = connection.execute(
        "select table_name, list(column_name) from duckdb_columns() "
        "join duckdb_tables() using (database_name, schema_name, table_name) "
        "where database_name = ? and schema_name = ? group by table_name order by table_name",
        [database, schema],
    ).fetchall()
    return dict(rows)


def _with_ancestors(project: Project, names: Collection[str]) -> set[str]:
    wanted: set[str] = set()
    open_names = set(names)
    while open_names:
        wanted |= open_names
        open_names = {parent for name in open_names for parent in project[name].parents} - wanted
    return wanted


def first_difference(
    model: Model, left: pd.DataFrame, right: pd.DataFrame, *, ignore: Collection[str] = ()
) -> Difference | None:
    """Where two versions of a table first differ by its key, figures rounded to 10 decimals; None when nowhere."""
    key = list(model.key)
    columns = [c for c in left.columns if c not in ignore and c not in key and c not in NOT_FIGURES]
    sides = [_keyed(frame, key, columns) for frame in (left, right)]
    lone = sides[0].index.symmetric_difference(sides[1].index)
    if len(lone):
        first = lone.sort_values()[0]
        counts = [int(first in side.index) for side in sides]
        return Difference(model.name, "rows", _key_text(key, first), *counts)
    places = []
    for column in columns:
        a, b = sides[0][column], sides[1][column]
        # Integers with nulls compare to a null of their own.
        differs = ~((a == b).fillna(value=False) | (a.isna() & b.isna())).to_numpy(dtype=bool)
        if differs.any():
            place = sides[0].index[differs][0]
            places.append((place, column, a[place], b[place]))
    if not places:
        return None
    place, column, a, b = min(places, key=lambda found: found[0])
    return Difference(model.name, column, _key_text(key, place), a, b)


def _keyed(frame: pd.DataFrame, key: list[str], columns: list[str]) -> pd.DataFrame:
    """Sorted by key; rows that share a key (a broken model makes them) are told apart by their order."""
    tidy = frame[key + columns].sort_values(key + columns)
    figures = tidy.select_dtypes("float")
    tidy[figures.columns] = figures.round(10)
    return tidy.assign(_row=tidy.groupby(key).cumcount()).set_index([*key, "_row"])[columns]


def _key_text(key: list[str], place: tuple[Any, ...]) -> str:
    parts = [
        str(p.date()) if name.endswith("date") and isinstance(p, pd.Timestamp) else str(p)
        for name, p in zip(key, place, strict=False)
    ]
    return ", ".join(parts)
