"""The Python step between facts and marts."""

import dagster as dg
import duckdb
import pandas as pd

from orchestration.defs.attribution.episodes import find_episodes
from orchestration.run import WarehouseRun


@dg.asset(
    key=["attribution", "episodes"],
    deps=[dg.AssetKey(["facts", "fct_crypto_market_daily"])],
    group_name="attribution",
    kinds={"python", "duckdb"},
    description="Correction episodes of the daily BTC close: peak, confirmation, trough, end.",
)
def episodes(context: dg.AssetExecutionContext, run: WarehouseRun) -> dg.MaterializeResult[None]:
    """Read the closes of the build, write attribution.episodes beside them."""
    run.build.require()
    with duckdb.connect(str(run.build.work_db)) as connection:
        connection.execute(f"attach '{run.build.warehouse_db}' as warehouse (read_only)")
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
        connection.execute(
            "create or replace table attribution.episodes (episode_id varchar, peak_date date, peak_close_usd double, "
            "confirmed_date date, trough_date date, trough_close_usd double, end_date date, status varchar)"
        )
        if rows:
            connection.executemany("insert into attribution.episodes values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    run.built.add(context.asset_key)
    preview = pd.DataFrame(rows, columns=["id", "peak", "close", "confirmed", "trough", "low", "end", "status"])
    return dg.MaterializeResult(
        metadata={"episodes": len(rows), "preview": dg.MetadataValue.md(f"```\n{preview.to_string(index=False)}\n```")}
    )


defs = dg.Definitions(assets=[episodes])
