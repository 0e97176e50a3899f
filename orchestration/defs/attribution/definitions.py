"""The Python step between facts and marts."""

import dagster as dg
import duckdb
import pandas as pd

from orchestration.defs.attribution.episodes import find_episodes
from orchestration.run import WarehouseRun

COLUMNS = {
    "episode_id": "varchar",
    "peak_date": "date",
    "peak_close_usd": "double",
    "confirmed_date": "date",
    "trough_date": "date",
    "trough_close_usd": "double",
    "end_date": "date",
    "status": "varchar",
}


def write_episodes(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Read the BTC closes of the attached `warehouse`, write `attribution.episodes` of the build in use, return it."""
    closes = connection.execute(
        "select date, close_usd from warehouse.facts.fct_crypto_market_daily "
        "where asset = 'BTC' and close_usd is not null order by date"
    ).df()
    found = find_episodes(closes["date"].to_numpy("datetime64[D]"), closes["close_usd"].to_numpy("float64"))
    rows = [
        (e.peak_date.isoformat(), e.peak_date, e.peak_close, e.confirmed_date, e.trough_date, e.trough_close,
         e.end_date, e.status)
        for e in found
    ]  # fmt: skip
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"create or replace table attribution.episodes ({columns})")
    if rows:
        connection.executemany("insert into attribution.episodes values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return pd.DataFrame(rows, columns=list(COLUMNS))


@dg.asset(
    key=["attribution", "episodes"],
    deps=[dg.AssetKey(["facts", "fct_crypto_market_daily"])],
    group_name="attribution",
    kinds={"python", "duckdb"},
    description="Correction episodes of the daily BTC close: peak, confirmation, trough, end.",
)
def episodes(context: dg.AssetExecutionContext, run: WarehouseRun) -> dg.MaterializeResult[None]:
    """The step between facts and marts."""
    run.build.require()
    with duckdb.connect(str(run.build.work_db)) as connection:
        connection.execute(f"attach '{run.build.warehouse_db}' as warehouse (read_only)")
        found = write_episodes(connection)
    run.built.add(context.asset_key)
    return dg.MaterializeResult(
        metadata={"episodes": len(found), "preview": dg.MetadataValue.md(f"```\n{found.to_string(index=False)}\n```")}
    )


defs = dg.Definitions(assets=[episodes])
