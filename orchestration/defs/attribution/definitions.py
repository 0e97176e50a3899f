"""The Python step between facts and marts: one asset a table, all made in one go."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg
import duckdb

from orchestration.run import WarehouseRun

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTIONS = {
    "episodes": "Correction episodes of the daily BTC close: peak, confirmation, trough, end.",
    "days": "BTC's return of every UTC day: explained, unexplained in sessions and on closed days, status, clocks.",
    "driver_contributions": "Shock, coefficient known before the day, and contribution of every priced driver.",
    "theme_contributions": "Contribution of every theme, alone and last, or why it has none.",
    "periods": "Episodes, named periods and the whole sample: totals, and what they say in words.",
    "period_themes": "Contribution of every theme to every period, with intervals.",
    "variance_shares": "Shares of variance by theme (LMG) at month ends, beside what shuffled returns give.",
    "fit": "What every model is worth out of sample, and what the data support, in words.",
    "lead_lag": "Correlation of BTC's session return with every fund, total and driver, five sessions either way.",
}
READ = {
    "facts": ("fct_observations", "fct_crypto_market_daily"),
    "marts": ("dim_date", "dim_driver", "dim_driver_input", "dim_etf_fund", "dim_series", "dim_theme"),
    "seeds": ("named_periods",),
}
NEEDED = {dg.AssetKey([schema, table]) for schema, tables in READ.items() for table in tables}


def compute(connection: duckdb.DuckDBPyConnection) -> "dict[str, pd.DataFrame]":
    """All tables, from an open build. pandas is imported here: half a second that is better spent beside dbt's work."""
    from orchestration.defs.attribution import step  # noqa: PLC0415

    return step.compute(connection)


def begin(run: WarehouseRun, built: set[dg.AssetKey]) -> None:
    """Begin to compute as soon as all it reads is built, beside dbt's other models: it takes as long as a third of
    them. The step waits for the result.
    """
    if built >= NEEDED:
        run.begin("attribution", compute)


@dg.multi_asset(
    name="attribution",
    specs=[
        dg.AssetSpec(
            key=["attribution", name],
            deps=sorted(NEEDED),
            group_name="attribution",
            kinds={"python", "duckdb"},
            description=description,
        )
        for name, description in DESCRIPTIONS.items()
    ],
)
def attribution(context: dg.AssetExecutionContext, run: WarehouseRun) -> Iterator[dg.MaterializeResult[None]]:
    """The step between facts and marts."""
    from orchestration.defs.attribution import step  # noqa: PLC0415

    tables = run.result("attribution", compute)
    step.write(run.database, tables)
    run.end_step()
    for name, table in tables.items():
        key = dg.AssetKey(["attribution", name])
        run.built.add(key)
        yield dg.MaterializeResult(asset_key=key, metadata={"rows": len(table), **_preview(name, table)})


def _preview(name: str, table: "pd.DataFrame") -> dict[str, dg.MarkdownMetadataValue]:
    """What a reader of the asset's page wants to see first."""
    if name == "fit" and len(table):
        return {"statement": dg.MetadataValue.md(str(table["statement"].iloc[0]))}
    if name == "periods":
        return {"sentences": dg.MetadataValue.md("\n\n".join(table["sentence"]))}
    if name == "episodes":
        return {"preview": dg.MetadataValue.md(f"```\n{table.to_string(index=False)}\n```")}
    return {}


defs = dg.Definitions(assets=[attribution])
