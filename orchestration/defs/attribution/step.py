"""Reads a build, computes all tables, writes them; and imports pandas, which the side of Dagster does without."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from threadpoolctl import threadpool_limits

from orchestration.defs.attribution.attribute import TABLES, attribute, attribute_span
from orchestration.defs.attribution.inputs import Inputs, read_inputs
from warehouse.build import literal


def compute(connection: duckdb.DuckDBPyConnection) -> dict[str, pd.DataFrame]:
    """All tables from a build attached as `work` and `warehouse`. Raises AttributionError.

    On one thread, so that sums come out the same everywhere.
    """
    with threadpool_limits(limits=1):
        return attribute(read_build(connection))


def read_build(connection: duckdb.DuckDBPyConnection) -> Inputs:
    """The inputs of a build, its clock and the periods that the seed names."""
    clock = connection.execute("select as_of from work.run.clock").fetchone()
    assert clock is not None
    named = connection.execute("select * from work.seeds.named_periods order by first_date, period_id").df()
    return read_inputs(connection, clock[0], named)


def compute_span(
    release_db: Path, as_of: datetime, first: date, last: date
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A span of days of a release, from what the release itself holds; as `attribute_span` tells it."""
    with duckdb.connect() as connection, threadpool_limits(limits=1):
        connection.execute(f"attach {literal(release_db)} as warehouse (read_only)")
        return attribute_span(read_inputs(connection, as_of, pd.DataFrame()), first, last)


def write(connection: duckdb.DuckDBPyConnection, tables: dict[str, pd.DataFrame]) -> None:
    """Write the tables into `work.attribution`."""
    connection.execute("create schema if not exists work.attribution")
    for name, table in tables.items():
        columns = ", ".join(f"{column} {kind}" for column, kind in TABLES[name].items())
        connection.execute(f"create or replace table work.attribution.{name} ({columns})")
        connection.register("table_frame", table)
        connection.execute(f"insert into work.attribution.{name} by name select * from table_frame")
        connection.unregister("table_frame")
