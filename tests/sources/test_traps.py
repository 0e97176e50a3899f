"""The table of traps has no empty cell, and every test it names is there."""

import ast
import re
from functools import cache

import pytest
import yaml  # type: ignore[import-untyped]

from orchestration.source import discover
from tests.sources.traps import DBT, PAGE, left_out, page, traps
from tests.support import ROOT, SHARED


@cache
def functions(file: str) -> dict[str, str]:
    """Test functions of a file, name to code; empty when there is no such file."""
    path = ROOT / file
    body = ast.parse(path.read_text(encoding="utf-8")).body if path.is_file() else []
    return {
        node.name: ast.unparse(node)
        for node in body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@cache
def dbt_tests() -> set[str]:
    """Names of dbt's unit tests and of its singular tests."""
    project = ROOT / "dbt_project"
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (project / "models").rglob("*.yml")]
    units = {test["name"] for file in files for test in file.get("unit_tests", [])}
    return units | {path.stem for path in (project / "tests").glob("*.sql")}


def is_there(test: str) -> bool:
    """Whether a test that the table names exists."""
    if test.startswith(DBT):
        return test.removeprefix(DBT) in dbt_tests()
    file, _, name = test.partition("::")
    return name in functions(file)


def test_every_named_test_is_there() -> None:
    assert not [(trap.publisher, test) for trap in traps() for test in trap.tests if not is_there(test)]


def test_no_trap_rests_on_recorded_answers_alone() -> None:
    """Where these are not at hand their tests are skipped, and a skipped test guards nothing."""
    for trap in traps():
        code = [functions(file).get(name, "") for file, _, name in (test.partition("::") for test in trap.tests)]
        assert not all("recorded(" in text or "_FILES" in text for text in code), trap


def test_no_cell_is_empty() -> None:
    cells = [cell for trap in traps() for cell in (trap.publisher, trap.section, trap.trap, *trap.tests)]
    cells += [cell for line in left_out() for cell in (line.section, line.what, line.why)]
    assert cells and not [cell for cell in cells if not cell.strip()]


def test_every_publisher_has_traps_and_nobody_else() -> None:
    assert {trap.publisher for trap in traps()} == set(discover())


def test_no_trap_and_no_test_of_a_trap_stands_there_twice() -> None:
    lines = [(trap.publisher, trap.trap) for trap in traps()]
    assert len(set(lines)) == len(lines)
    assert not [trap for trap in traps() if len(set(trap.tests)) < len(trap.tests)]


def test_a_trap_is_tested_by_its_own_publisher_or_by_what_all_share() -> None:
    for trap in traps():
        files = {test.partition("::")[0] for test in trap.tests if not test.startswith(DBT)}
        assert not {file for file in files if file.startswith("tests/sources/")} - {
            f"tests/sources/test_{trap.publisher}.py"
        }


def test_every_section_of_the_contracts_is_dealt_with() -> None:
    contracts = sorted(SHARED.glob("sources/*.md"))
    if not contracts:
        pytest.skip("shared/sources is not beside the checkout")
    sections = set()
    for contract in contracts:
        text = contract.read_text(encoding="utf-8")
        sections |= set(re.findall(r"^## (\d+[a-z])", text, re.MULTILINE)) or set(
            re.findall(r"^# (\d+)\.", text, re.MULTILINE)
        )
    assert {trap.section for trap in traps()} | {line.section for line in left_out()} == sections


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.sources.traps`"
