"""The second Python step between facts and marts: one asset a table, all made in one go."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg
import duckdb

from orchestration.run import WarehouseRun

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTIONS = {
    "event_study": "BTC's abnormal return by group of events, with its place among random days.",
    "event_study_events": "Every separate event of every group: abnormal return, place among all days, exclusion.",
    "claim_statistics": "Claims of the article that need a p value, an interval or a placebo.",
    "pressure_link": "Correlation of the composites with the next week's BTC return, with intervals.",
}
NEEDED = {
    dg.AssetKey([schema, table])
    for schema, tables in {
        "facts": ("fct_crypto_market_daily", "fct_observations", "fct_policy_events", "fct_security_incidents"),
        "seeds": ("article_claims",),
        "intermediate": ("int_claim_figures",),
        "marts": ("dim_date",),
    }.items()
    for table in tables
}
PRESSURE = {dg.AssetKey(["marts", "dim_theme"]), dg.AssetKey(["marts", "mart_theme_pressure_daily"])}


def compute(connection: duckdb.DuckDBPyConnection) -> "dict[str, pd.DataFrame]":
    """All tables but `pressure_link`, from an open build; see the step of the attribution."""
    from orchestration.defs.events import step  # noqa: PLC0415

    return step.compute(connection)


def begin(run: WarehouseRun, built: set[dg.AssetKey]) -> None:
    """Begin to compute as soon as all that `compute` reads is built, beside dbt's other models."""
    if built >= NEEDED:
        run.begin("event_study", compute)


@dg.multi_asset(
    name="event_study",
    specs=[
        dg.AssetSpec(
            key=["attribution", table],
            deps=sorted(NEEDED | PRESSURE),
            group_name="attribution",
            kinds={"python", "duckdb"},
            description=description,
        )
        for table, description in DESCRIPTIONS.items()
    ],
)
def event_study(context: dg.AssetExecutionContext, run: WarehouseRun) -> Iterator[dg.MaterializeResult[None]]:
    """The step between facts and marts that studies events."""
    from orchestration.defs.events import step  # noqa: PLC0415

    counts = step.write(run.database, run.result("event_study", compute))
    run.end_step()
    for table, rows in counts.items():
        key = dg.AssetKey(["attribution", table])
        run.built.add(key)
        yield dg.MaterializeResult(asset_key=key, metadata={"rows": rows})


defs = dg.Definitions(assets=[event_study])
