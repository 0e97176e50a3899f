"""Reads a build, computes all tables, writes them; and imports pandas, which the side of Dagster does without."""

import duckdb
import pandas as pd
from threadpoolctl import threadpool_limits

from orchestration.defs.attribution.attribute import TABLES, attribute
from orchestration.defs.attribution.inputs import read_inputs


def compute(connection: duckdb.DuckDBPyConnection) -> dict[str, pd.DataFrame]:
    """All tables from a build attached as `work` and `warehouse`. Raises AttributionError.

    On one thread, so that sums come out the same everywhere.
    """
    with threadpool_limits(limits=1):
        return attribute(read_inputs(connection))


def write(connection: duckdb.DuckDBPyConnection, tables: dict[str, pd.DataFrame]) -> None:
    """Write the tables into `work.attribution`."""
    connection.execute("create schema if not exists work.attribution")
    for name, table in tables.items():
        columns = ", ".join(f"{column} {kind}" for column, kind in TABLES[name].items())
        connection.execute(f"create or replace table work.attribution.{name} ({columns})")
        connection.register("table_frame", table)
        connection.execute(f"insert into work.attribution.{name} by name select * from table_frame")
        connection.unregister("table_frame")
