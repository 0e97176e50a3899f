"""The publish: a whole run's facts and marts become a release; a part of the graph never does."""

import logging
from collections.abc import Iterator
from importlib.metadata import version

import dagster as dg

from orchestration.defs.transform.definitions import MANIFEST, PUBLISHERS, TRANSLATOR
from orchestration.run import WarehouseRun
from warehouse.publishing import publish

log = logging.getLogger("drivers.publish")
PUBLISHED = [
    node
    for node in MANIFEST["nodes"].values()
    if node["resource_type"] == "model" and node["schema"] in ("facts", "marts")
]


def everything() -> set[dg.AssetKey]:
    """Every asset a run must have materialized before it may publish."""
    models = {
        TRANSLATOR.get_asset_key(node)
        for node in MANIFEST["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    }
    # What the Python steps compute is what the project declares as sources of the schema they write.
    computed = {
        TRANSLATOR.get_asset_key(source)
        for source in MANIFEST["sources"].values()
        if source["source_name"] == "attribution"
    }
    return models | computed | set(PUBLISHERS) | {dg.AssetKey(["run", "clock"])}


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            key=["published", "current"],
            deps=[TRANSLATOR.get_asset_key(node) for node in PUBLISHED],
            group_name="publish",
            kinds={"duckdb", "parquet"},
            skippable=True,
            description="DuckDB file, Parquet and manifest of all facts and marts, swapped in at once. Only a run of "
            "the whole graph publishes; a run of a part leaves the last publish as it is.",
        )
    ]
)
def published(context: dg.AssetExecutionContext, run: WarehouseRun) -> Iterator[dg.MaterializeResult[None]]:
    """Publish when everything was materialized by this run; otherwise say what was not, and publish nothing."""
    absent = everything() - run.built
    if absent:
        names = ", ".join(sorted(key.to_user_string() for key in absent)[:5])
        context.log.warning(
            f"nothing published: this run did not materialize {len(absent)} assets ({names}, ...). "
            "Run the whole job `daily` to publish."
        )
        return
    row = run.database.execute("select publish_id from work.run.clock").fetchone()
    assert row is not None
    run.close_files()
    run.build.require_tables({f"{node['schema']}.{node['name']}" for node in PUBLISHED})
    if run.may_load:
        run.home.mark_filled()
    release = publish(run.build, run.home.published, run.clock, row[0], version("correction-drivers"))
    log.info("published %s", release)
    yield dg.MaterializeResult(
        metadata={
            "release": dg.MetadataValue.path(str(release)),
            "as_of": f"{run.clock.as_of.isoformat()}Z",
            "current": not run.clock.is_past,
        }
    )


defs = dg.Definitions(assets=[published])
