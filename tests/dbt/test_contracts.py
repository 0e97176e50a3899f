"""Every table that a user can query says what it is: description, grain, a comment on each column, a primary key.

Read twice: from the project, and from the published file, since a publish can lose comments and constraints.
"""

from collections.abc import Callable
from typing import Any

import pytest

from orchestration.dbt import manifest

Ask = Callable[..., list[tuple[Any, ...]]]
# Each model costs a run tens of milliseconds; the design sets about 60 of both.
MOST_MODELS, MOST_DATA_TESTS = 66, 66


def nodes(resource_type: str) -> list[dict[str, Any]]:
    return [node for node in manifest()["nodes"].values() if node["resource_type"] == resource_type]


def published_models() -> dict[str, dict[str, Any]]:
    """Models of facts and marts by `schema.name`."""
    return {f"{n['schema']}.{n['name']}": n for n in nodes("model") if n["schema"] in ("facts", "marts")}


def test_the_publish_holds_the_facts_and_marts_of_the_project(ask: Ask) -> None:
    tables = {f"{schema}.{name}" for schema, name in ask("select schema_name, table_name from duckdb_tables()")}
    assert tables == set(published_models())


def test_every_table_and_column_is_described_in_the_project() -> None:
    silent = [name for name, node in published_models().items() if not node["description"].startswith("Grain: ")]
    silent += [
        f"{name}.{column}"
        for name, node in published_models().items()
        for column, contract in node["columns"].items()
        if not contract["description"].strip()
    ]
    assert not silent


def test_every_table_and_column_is_described_in_the_published_file(ask: Ask) -> None:
    tables = ask("select schema_name || '.' || table_name, comment from duckdb_tables()")
    columns = ask(
        "select schema_name || '.' || table_name || '.' || column_name, comment "
        "from duckdb_columns() where not internal"
    )
    assert len(columns) > len(tables) > 15
    assert not [name for name, comment in [*tables, *columns] if not (comment or "").strip()]


def test_the_published_columns_are_those_of_the_contracts(ask: Ask) -> None:
    found: dict[str, list[str]] = {}
    for table, column in ask(
        "select schema_name || '.' || table_name, column_name "
        "from duckdb_columns() where not internal order by column_index"
    ):
        found.setdefault(table, []).append(column)
    assert found == {name: list(node["columns"]) for name, node in published_models().items()}


def test_every_grain_is_a_primary_key(ask: Ask) -> None:
    keys: dict[str, list[str]] = dict(
        ask(
            "select schema_name || '.' || table_name, constraint_column_names from duckdb_constraints() "
            "where constraint_type = 'PRIMARY KEY'"
        )
    )
    contracts = {
        name: [c["columns"] for c in node["constraints"] if c["type"] == "primary_key"]
        for name, node in published_models().items()
    }
    assert {name: [key] for name, key in keys.items()} == contracts


def test_types_follow_the_suffix(ask: Ask) -> None:
    """`_at` is an instant without time zone, `_date` a day."""
    columns = ask("select table_name || '.' || column_name, data_type from duckdb_columns() where not internal")
    for column, kind in columns:
        if column.endswith("_at"):
            assert kind == "TIMESTAMP", column
        if column.endswith(("_date", ".date")):
            assert kind == "DATE", column
        assert kind != "TIMESTAMP WITH TIME ZONE", column


def test_the_project_stays_small(capsys: pytest.CaptureFixture[str]) -> None:
    models, data_tests = len(nodes("model")), len(nodes("test"))
    with capsys.disabled():
        print(f"\ndbt: {models} models, {data_tests} data tests (the design's limit: about 60 of each)")
    assert models <= MOST_MODELS
    assert data_tests <= MOST_DATA_TESTS
