"""What is kept between runs is what would have been worked out, and nothing is taken over from another state."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration import warm
from tests.support import ROOT

IN_A_PROCESS = """
import re, sys
from pathlib import Path
from orchestration import warm

folder = Path(sys.argv[1])
original = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})(x)?", re.IGNORECASE)
warm.warm_imports(folder)
known = set(warm._kept)
re.purge()
kept = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})(x)?", re.IGNORECASE)
assert kept == original and kept.groupindex == original.groupindex and kept.flags == original.flags
assert kept.match("2025-02X").groups() == ("2025", "02", "X")

import dataclasses
@dataclasses.dataclass(frozen=True, order=True)
class Point:
    x: int
    y: int = 2
assert Point(1) == Point(1, 2) < Point(3) and repr(Point(1)).endswith("Point(x=1, y=2)")

from typing import NamedTuple, get_type_hints
class Pair(NamedTuple):
    left: "int"
    right: "list[str] | None" = None
assert Pair(1) == (1, None) and Pair(right=["x"], left=2)._replace(left=1).left == 1
assert get_type_hints(Pair) == {"left": int, "right": list[str] | None}

from dbt.contracts.graph.manifest import Manifest
warm.warm_dbt()
from dbt_common.clients.jinja import get_template
assert get_template("{% for n in names %}{{ n }};{% endfor %}", {}).render({"names": ["a", "b"]}) == "a;b;"
assert str(get_template("{{ 1 + 1 }}", {}, native=True).render({})) == "2"
from dbt.contracts.project import Project
Project.validate({"name": "a_project", "config-version": 2, "version": "1.0.0"})
from dbt_common.dataclass_schema import ValidationError
try:
    Project.validate({"name": 5})
except ValidationError:
    pass
else:
    raise AssertionError("a project whose name is a number was accepted")
from dbt.events.types import MainEncounteredError
assert MainEncounteredError(exc="of its own").message() == "Encountered an error:\\nof its own"
import sqlglot
from sqlglot import exp, parse_one
assert isinstance(sqlglot, warm._LaterModule)
assert parse_one("select a from b").find(exp.Table).name == "b"
assert not isinstance(sys.modules["sqlglot"], warm._LaterModule)
from alembic.config import Config
config = Config()
config.set_main_option("script_location", "there")
assert config.get_main_option("script_location") == "there"
import alembic.script
for name, module in sys.modules.items():
    assert name[:7] != "alembic" or not isinstance(module, warm._LaterModule), name
import platform
assert platform.architecture()[0] == "64bit" or sys.maxsize < 2**32
message = Manifest().to_msgpack()
assert Manifest.from_msgpack(message).nodes == {}
warm.save(folder)
used = set(warm._used)
print(len(known), len(used - known), len(used))
"""


SCHEMA = """
import sys
from pathlib import Path
import sqlalchemy as db
from orchestration import warm
warm.warm_imports(Path(sys.argv[1]))
from dagster._core.storage import sql
ask = sql.check_alembic_revision
warm.warm_dagster()
from dagster._core.storage.runs.sqlite import sqlite_run_storage
config = sql.get_alembic_config(sqlite_run_storage.__file__)
with db.create_engine("sqlite://").connect() as connection:
    assert "alembic" not in sys.modules or isinstance(sys.modules["alembic"], warm._LaterModule)
    new = sql.check_alembic_revision(config, connection)
    assert new == ask(config, connection) and new[0] is None and new[1]
    connection.exec_driver_sql("create table alembic_version (version_num varchar)")
    connection.exec_driver_sql("insert into alembic_version values ('an older one')")
    assert sql.check_alembic_revision(config, connection) == ("an older one", new[1]) == ask(config, connection)
print(0, 0, 0)
"""


def in_a_process(folder: Path, script: str = IN_A_PROCESS) -> tuple[int, int, int]:
    """How many things were known, were worked out, and were used by a process with this folder."""
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    known, added, used = done.stdout.split()
    return int(known), int(added), int(used)


def test_a_second_process_works_out_next_to_nothing_and_behaves_the_same(tmp_path: Path) -> None:
    known, added, used = in_a_process(tmp_path)
    assert known == 0 and added == used > 1000
    known, added, _ = in_a_process(tmp_path)
    assert known == used
    assert added < 100, "generated names with a random part are new each time; all else should have been known"


def test_the_schema_of_a_database_is_what_alembic_says_it_is(tmp_path: Path) -> None:
    in_a_process(tmp_path, SCHEMA)


def test_half_a_file_is_no_file(tmp_path: Path) -> None:
    in_a_process(tmp_path)
    file = tmp_path / warm.FILE
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    known, _, _ = in_a_process(tmp_path)
    assert known == 0


@pytest.fixture
def empty_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "_kept", {})
    monkeypatch.setattr(warm, "_used", {})


@pytest.mark.usefixtures("empty_memory")
def test_what_was_worked_out_once_is_not_worked_out_again(tmp_path: Path) -> None:
    assert warm.keep("kind", "text", lambda: [1, 2]) == [1, 2]
    assert warm.keep("kind", "text", lambda: pytest.fail("worked out twice")) == [1, 2]
    assert warm.keep("kind", "other text", lambda: 3) == 3
    assert warm.keep("other kind", "text", lambda: 4) == 4
    warm.save(tmp_path)
    warm._used.clear()
    warm.warm_imports(tmp_path)
    assert warm.keep("kind", "text", lambda: pytest.fail("forgotten")) == [1, 2]


@pytest.mark.usefixtures("empty_memory")
def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    warm.keep("kind", "text", lambda: 1)
    warm.save(tmp_path / "absent")
    assert "cannot be kept" in caplog.text
    warm.keep("kind", "not to be written", object)
    warm.save(tmp_path)
    assert not (tmp_path / warm.FILE).exists()


@pytest.mark.usefixtures("empty_memory")
def test_a_contract_is_checked_anew_when_the_project_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    from dbt.adapters.duckdb.impl import DuckDBAdapter

    asked = []

    class Column:
        column, dtype = "close_usd", "DOUBLE"

    def describe(_self: object, sql: str) -> list[Column]:
        asked.append(sql)
        return [Column()]

    monkeypatch.setitem(warm._described_by, "dbt", describe)
    monkeypatch.setattr(DuckDBAdapter, "get_column_schema_from_query", describe)
    for mark, sql in (("one", "select 1"), ("one", "select 1"), ("one", "select 2"), ("two", "select 1")):
        warm.keep_contracts(mark)
        (column,) = DuckDBAdapter.get_column_schema_from_query(None, sql)
        assert (column.column, column.dtype) == ("close_usd", "DOUBLE")
    assert asked == ["select 1", "select 2", "select 1"]


def test_the_project_declares_no_foreign_keys() -> None:
    """The adapter is told not to look for them."""
    for file in (ROOT / "dbt_project").glob("**/*.[ys][mq]l"):
        assert "target" in file.parts or not re.search(r"foreign[_ ]key", file.read_text(), re.IGNORECASE), file
