"""The run's clock, and dbt in two steps: all that comes before the Python step, and all that comes after it."""

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject, dbt_assets
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from orchestration.dbt import build_events, manifest
from orchestration.defs.attribution import definitions as attribution
from orchestration.defs.events import definitions as events
from orchestration.run import WarehouseRun
from orchestration.source import discover
from warehouse.vintages import Vintages

log = logging.getLogger("drivers.dbt")
MANIFEST = manifest()
AFTER_ATTRIBUTION = "source:attribution+"
OBSERVATIONS = dg.AssetKey(["raw", "observations"])
PUBLISHERS = [dg.AssetKey(["raw", publisher]) for publisher in discover()]


class Translator(DagsterDbtTranslator):
    """Asset keys are schema/name, groups are the layer and, for facts, the theme."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        key = (dbt_resource_props.get("config", {}).get("meta") or {}).get("dagster", {}).get("asset_key")
        if key:
            return dg.AssetKey(key)
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """The bitemporal table has no asset of its own: what reads it depends on every publisher."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        if OBSERVATIONS not in {dep.asset_key for dep in spec.deps}:
            return spec
        others = [dep for dep in spec.deps if dep.asset_key != OBSERVATIONS]
        return spec.replace_attributes(deps=[*others, *(dg.AssetDep(key) for key in PUBLISHERS)])

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """A test written as a query is described by the comment that opens it."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        comment = re.findall(r"^-- (.*)$", manifest["nodes"][unique_id]["raw_code"], re.MULTILINE)
        return spec._replace(description=" ".join(comment)) if spec and comment else spec

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        layer, *rest = [part for part in dbt_resource_props["fqn"][1:-1]] or ["seeds"]
        return f"facts_{rest[0]}" if layer == "facts" and rest else layer


@dg.asset(
    key=["run", "clock"],
    group_name="run",
    kinds={"python", "duckdb"},
    description="Starts the throwaway build: the run's as_of, its last complete day, the publish id; market calendars.",
)
def clock(context: dg.AssetExecutionContext, run: WarehouseRun) -> dg.MaterializeResult[None]:
    """Start the build and make sure that raw.duckdb has a view for every publisher and calendars long enough."""
    vintages = Vintages(run.raw)
    vintages.ensure_calendar(run.clock.last_day)
    for publisher in discover():
        vintages.ensure_publisher(publisher)
    run.close_files()
    publish_id = run.build.start(run.clock, context.run_id, run.kind)
    run.built.add(context.asset_key)
    return dg.MaterializeResult(
        metadata={
            "as_of": f"{run.clock.as_of.isoformat()}Z",
            "last_day": run.clock.last_day.isoformat(),
            "publish_id": publish_id,
            "home": str(run.home.root),
            "kind": run.kind,
        }
    )


def _build(context: dg.AssetExecutionContext, run: WarehouseRun, selection: list[str]) -> Iterator[Any]:
    """Build the selected nodes in this process and turn dbt's events into Dagster's."""
    built: set[dg.AssetKey] = set()
    if context.is_subset:
        selection = ["--select", *sorted(_node_names(context.selected_asset_keys))]
    arguments = [*selection, "--indirect-selection", "cautious", "--exclude-resource-type", "unit_test"]
    for event in build_events(run.database, run.build.root, arguments):
        message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
        for dagster_event in message.to_default_asset_events(MANIFEST, TRANSLATOR, context, None):
            if isinstance(dagster_event, dg.Output):
                built.add(context.asset_key_for_output(dagster_event.output_name))
                attribution.begin(run, built)
                events.begin(run, built)
            yield dagster_event
    run.end_step()
    run.built.update(context.selected_asset_keys)
    log.info("dbt: %d models and seeds built", len(built))


def _node_names(keys: set[dg.AssetKey]) -> list[str]:
    nodes = [n for n in MANIFEST["nodes"].values() if n["resource_type"] in ("model", "seed", "snapshot")]
    return [node["name"] for node in nodes if TRANSLATOR.get_asset_key(node) in keys]


TRANSLATOR = Translator()


@dbt_assets(
    manifest=MANIFEST, name="dbt_before_attribution", exclude=AFTER_ATTRIBUTION, dagster_dbt_translator=TRANSLATOR
)
def dbt_before_attribution(context: dg.AssetExecutionContext, run: WarehouseRun) -> Iterator[Any]:
    """Seeds, staging, as-known engine, facts, driver signals and pressure."""
    yield from _build(context, run, ["--exclude", AFTER_ATTRIBUTION])


@dbt_assets(
    manifest=MANIFEST, name="dbt_after_attribution", select=AFTER_ATTRIBUTION, dagster_dbt_translator=TRANSLATOR
)
def dbt_after_attribution(context: dg.AssetExecutionContext, run: WarehouseRun) -> Iterator[Any]:
    """The marts that read what the Python step computed."""
    yield from _build(context, run, ["--select", AFTER_ATTRIBUTION])


defs = dg.Definitions(assets=[clock, dbt_before_attribution, dbt_after_attribution])
