"""What the pages show before anything has run: every test of dbt as a check, every publisher's contract."""

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from orchestration.dbt import manifest
from orchestration.definitions import defs
from orchestration.source import discover


@pytest.fixture(scope="module")
def graph() -> AssetGraph:
    return defs.get_repository_def().asset_graph


def test_every_data_test_of_dbt_is_a_check_of_an_asset(graph: AssetGraph) -> None:
    """dbt tests that read several tables belong to no asset unless they say to which; their results would be lost."""
    tests = {node["name"] for node in manifest()["nodes"].values() if node["resource_type"] == "test"}
    assert tests
    assert tests <= {key.name for key in graph.asset_check_keys}


def test_a_check_says_what_it_holds(graph: AssetGraph) -> None:
    specs = [graph.get_check_spec(key) for key in graph.asset_check_keys]
    silent = {spec.name for spec in specs if not spec.description}
    assert {name.split("_fct_")[0].split("_mart_")[0] for name in silent} <= {"accepted_values"}


def test_a_publishers_asset_shows_its_contract(graph: AssetGraph) -> None:
    for publisher in discover():
        description = graph.get(dg.AssetKey(["raw", publisher])).description or ""
        assert "Known at:" in description, publisher
        assert "Terms:" in description, publisher
