"""Publishing: a build becomes a release in one atomic step, and readers never meet a lock or half a publish.

A release is a directory of its own: a DuckDB file that 1.x clients open, Parquet, and a manifest with hashes. It is
made beside, moved into `releases/` whole, and made current by swapping one symbolic link.
"""

import hashlib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.build import Build, Clock, literal

DATABASE = "correction_drivers.duckdb"
AS_OF = "as_of"  # the folder of publishes that lie beside the current one
SCHEMAS = ("facts", "marts")
KEPT_RELEASES = 5
# What names a run or a load, and not a figure: left out of content hashes.
_NOT_CONTENT = ("publish_id", "landing_id", "ingested_at", "loaded_at")


def publish(build: Build, published: Path, clock: Clock, publish_id: str, code_version: str) -> Path:
    """Make a release of the build's facts and marts and return its directory.

    A past `as_of` goes to `published/as_of/<stamp>/` and leaves `current` alone.
    """
    published.mkdir(parents=True, exist_ok=True)
    _sweep(published)
    staging = published / f".staging-{publish_id}"
    (staging / "parquet").mkdir(parents=True)
    # The build's own file: its storage version is one that 1.x clients read, its comments and constraints stay.
    build.require_written_out()
    shutil.copyfile(build.warehouse_db, staging / DATABASE)
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(f"attach {literal(staging / DATABASE)} as release (read_only)")
        with ThreadPoolExecutor(max_workers=2) as pool:  # each table on a cursor of its own
            exports = [pool.submit(_export, connection.cursor(), *table, staging) for table in _tables(connection)]
        tables = [export.result() for export in exports]
    manifest = {
        "publish_id": publish_id,
        "as_of": clock.as_of.isoformat() + "Z",
        "last_day": clock.last_day.isoformat(),
        "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_version": code_version,
        "database": {"file": DATABASE, "sha256": _sha256(staging / DATABASE)},
        "tables": tables,
    }
    (staging / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    if clock.is_past:
        return _replace_directory(staging, published / AS_OF / clock.stamp)
    release = _replace_directory(staging, published / "releases" / publish_id)
    _swap_link(published / "current", Path("releases") / publish_id)
    _prune(published)
    return release


def content_hash(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """sha256 over a table's rows in a fixed order, without ids and load times.

    `table` is a qualified name. Two builds of the same landing and `as_of` have the same hash.
    """
    columns = [row[0] for row in connection.execute(f"describe {table}").fetchall() if row[0] not in _NOT_CONTENT]
    cells = ", ".join(f"coalesce(cast(\"{column}\" as varchar), '~')" for column in columns)
    rows = f"select concat_ws('|', {cells}) as r from {table}"
    joined = connection.execute(f"select string_agg(r, chr(10) order by r) from ({rows})")
    row = joined.fetchone()
    return hashlib.sha256(("\n".join(columns) + "\n" + ((row and row[0]) or "")).encode()).hexdigest()


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    schemas = ", ".join(f"'{schema}'" for schema in SCHEMAS)
    rows = connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        f"where database_name = 'release' and schema_name in ({schemas}) order by 1, 2"
    ).fetchall()
    return [(schema, name) for schema, name in rows]


def _export(connection: duckdb.DuckDBPyConnection, schema: str, name: str, staging: Path) -> dict[str, Any]:
    """Write one table as Parquet; return its manifest entry."""
    table = f"release.{schema}.{name}"
    file = f"parquet/{schema}.{name}.parquet"
    connection.execute(f"copy {table} to {literal(staging / file)} (format parquet, compression zstd)")
    columns = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
    newest = (
        f"max({'date' if 'date' in columns else 'observation_date'})"
        if columns & {"date", "observation_date"}
        else "null"
    )
    row = connection.execute(f"select count(*), {newest} from {table}").fetchone()
    assert row is not None
    return {
        "table": f"{schema}.{name}",
        "rows": row[0],
        "newest_date": None if row[1] is None else str(row[1]),
        "content_sha256": content_hash(connection, table),
        "parquet": file,
        "parquet_sha256": _sha256(staging / file),
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _replace_directory(staging: Path, final: Path) -> Path:
    """Move a finished staging directory to its place; an older directory of that name is put aside first."""
    final.parent.mkdir(parents=True, exist_ok=True)
    if final.exists():
        aside = final.with_name(f".old-{final.name}")
        os.rename(final, aside)
        os.rename(staging, final)
        shutil.rmtree(aside)
    else:
        os.rename(staging, final)
    return final


def _swap_link(link: Path, target: Path) -> None:
    temporary = link.with_name(f".{link.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, link)


def _sweep(published: Path) -> None:
    """Remove what a killed run left half-made, and put back what it had put aside and not replaced."""
    for aside in [*published.glob(f"{AS_OF}/.old-*"), *published.glob("releases/.old-*")]:
        final = aside.with_name(aside.name.removeprefix(".old-"))
        if not final.exists():
            os.rename(aside, final)
    for left in [*published.glob(".staging-*"), *published.glob(f"{AS_OF}/.old-*"), *published.glob("releases/.old-*")]:
        shutil.rmtree(left, ignore_errors=True)


def _prune(published: Path) -> None:
    """Keep the newest releases; the current one is always among them."""
    current = (published / "current").resolve()
    directories = [path for path in (published / "releases").iterdir() if path.is_dir()]
    releases = sorted(directories, key=lambda path: path.stat().st_mtime, reverse=True)
    for old in releases[KEPT_RELEASES:]:
        if old.resolve() != current:
            shutil.rmtree(old)
