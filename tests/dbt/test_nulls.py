"""Every null of a fact or mart has its reason in its row: no column is left out, and the test that holds it can go red.

The data test `null_has_its_reason` runs with every build. Here it is held against the contracts, so that a new column
that may be null is not forgotten, and run on the archive with planted blanks, late and revised figures, and at an
instant at which hardly anything is known.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.dbt import DbtError, build_events, manifest
from tests.dbt.harness import dbt_build
from warehouse.build import Build, Clock

Ask = Callable[..., list[tuple[Any, ...]]]
NAME = "null_has_its_reason"
COMPANIONS = ("", "_observation_date", "_age_days")


def published() -> dict[str, dict[str, Any]]:
    """Facts and marts by name."""
    nodes = manifest()["nodes"].values()
    return {n["name"]: n for n in nodes if n["resource_type"] == "model" and n["name"].startswith(("fct_", "mart_"))}


def arguments() -> dict[str, dict[str, Any]]:
    """What each table's data test holds, by table."""
    found = {}
    for node in manifest()["nodes"].values():
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == NAME:
            found[node["attached_node"].split(".")[-1]] = node["test_metadata"]["kwargs"]
    return found


def may_be_null(model: dict[str, Any]) -> set[str]:
    """Columns that the contract lets be null."""
    key = {name for c in model["constraints"] if c["type"] == "primary_key" for name in c["columns"]}
    held = {name for name, c in model["columns"].items() if any(k["type"] == "not_null" for k in c["constraints"])}
    return set(model["columns"]) - key - held


def explained(held: dict[str, Any]) -> Iterator[str]:
    """Columns whose nulls a table's data test explains, and the columns that explain them."""
    for level in held.get("levels", []):
        yield f"{level}_null_reason"
        yield from (f"{level}{suffix}" for suffix in COMPANIONS)
    for reason in held.get("reasons", []):
        yield reason["column"]
        for part in ("exact", "any_of", "covers"):
            yield from reason.get(part, [])
    for condition in held.get("unless", []):
        yield from condition["exact"]
    for listed in held.get("lists", []):
        yield listed["column"]
        yield from (f"{key}{listed['suffix']}" for key in listed["keys"])
    yield from held.get("described", [])


def test_no_column_that_may_be_null_is_left_out() -> None:
    held = arguments()
    left_out = {
        f"{name}.{column}"
        for name, model in published().items()
        for column in may_be_null(model) - set(explained(held.get(name, {})))
    }
    assert left_out == set()


def test_no_data_test_speaks_of_a_column_that_is_not_there() -> None:
    models = published()
    for name, held in arguments().items():
        assert set(explained(held)) <= set(models[name]["columns"]), name


def test_a_null_without_a_reason_is_described() -> None:
    """Where the row cannot say it, because there is nothing to say, the column's comment does."""
    models = published()
    for name, held in arguments().items():
        for column in held.get("described", []):
            assert "null" in models[name]["columns"][column]["description"], f"{name}.{column}"


def test_a_reason_says_its_words() -> None:
    """Every word that a reason may have stands in its column's comment, unless it is the contribution's own."""
    models = published()
    for name, held in arguments().items():
        for reason in held.get("reasons", []):
            text = models[name]["columns"][reason["column"]]["description"]
            words = [word for word in reason.get("words", []) if word not in text]
            assert not words or "own" in text or "that of" in text, f"{name}.{reason['column']}: {words}"


def test_all_reasons_are_words_of_one_kind(ask: Ask) -> None:
    """Lower case and underscores, the same word for the same thing: no synonyms of what is known or loaded."""
    words = {
        word
        for held in arguments().values()
        for reason in held.get("reasons", [])
        for word in [*reason.get("words", []), *held.get("level_words", [])]
    }
    assert all(word == word.lower() and " " not in word for word in words)
    assert not words & {"not_published", "not_loaded", "unknown", "no_data_yet", "weekend"}


def run_the_tests(build: Build, raw_db: Path) -> None:
    with build.open(raw_db) as database:
        list(build_events(database, build.root, ["--select", f"test_name:{NAME}", "--exclude-resource-type", "model"]))


@pytest.fixture(scope="module")
def planted(planted_raw: Path, clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Everything built from the archive with planted figures."""
    return dbt_build(planted_raw, clock, tmp_path_factory.mktemp("nulls"))


def test_blanks_late_and_revised_figures_have_their_reasons(planted: Build, planted_raw: Path) -> None:
    run_the_tests(planted, planted_raw)


def test_nulls_of_an_early_instant_have_their_reasons(planted_raw: Path, tmp_path: Path) -> None:
    run_the_tests(dbt_build(planted_raw, Clock(datetime(2024, 3, 1, 12), is_past=True), tmp_path), planted_raw)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("fct_us_fiscal_daily", "outlays_usd_mn_null_reason = null where outlays_usd_mn is null"),
        ("fct_us_fiscal_daily", "outlays_usd_mn_null_reason = 'why' where outlays_usd_mn is null"),
        ("fct_us_fiscal_daily", "bills_share_pct = null where bills_share_pct is not null"),
        ("fct_etf_flows", "status = 'reported' where net_flow_usd_mn is null"),
        ("fct_observations", "superseded_date = null where not is_newest"),
        ("fct_crypto_market_daily", "range_null_reason = null where open_usd is null"),
    ],
)
def test_a_null_without_its_reason_is_found(table: str, change: str, planted: Build, planted_raw: Path) -> None:
    with duckdb.connect(str(planted.warehouse_db)) as connection:
        connection.execute(f"create table kept as from facts.{table}; update facts.{table} set {change}")
    try:
        with pytest.raises(DbtError, match=f"{table}_nulls_have_their_reasons"):
            run_the_tests(planted, planted_raw)
    finally:
        with duckdb.connect(str(planted.warehouse_db)) as connection:
            connection.execute(f"delete from facts.{table}; insert into facts.{table} from kept; drop table kept")
