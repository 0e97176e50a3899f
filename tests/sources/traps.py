"""The table of traps: every oddity a publisher's contract names, and the tests that go red if we fall for it.

`traps.csv` holds the traps, `traps_left_out.csv` what the contracts describe and the project does not use.
`python -m tests.sources.traps` writes `docs/traps.md` from both.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.support import ROOT

HERE = Path(__file__).resolve().parent
PAGE = ROOT / "docs" / "traps.md"
DBT = "dbt:"  # before the name of a dbt test; all other tests are pytest's `file::function`


@dataclass(frozen=True)
class Trap:
    """One line of the table. `section` is the contract's; `tests` names at least one test."""

    publisher: str
    section: str
    trap: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class LeftOut:
    """Something a contract describes and the project does not use."""

    section: str
    what: str
    why: str


def traps() -> list[Trap]:
    """All traps, in the order of the contracts."""
    return [
        Trap(row["publisher"], row["section"], row["trap"], tuple(row["tests"].split("; "))) for row in _rows("traps")
    ]


def left_out() -> list[LeftOut]:
    """All that is left out, in the order of the contracts."""
    return [LeftOut(**row) for row in _rows("traps_left_out")]


def page() -> str:
    """The table as Markdown."""
    known = traps()
    named = {test for trap in known for test in trap.tests}
    publishers = len({trap.publisher for trap in known})
    lines = [
        "# Traps of the sources",
        "",
        "What a reader of each publisher can get wrong (format, null markers, units, time zones, order, duplicates,",
        "paging, errors, ranges, revisions, gaps, limits), and the tests that go red if this project does.",
        "",
        f"{len(known)} traps of {publishers} publishers, {len(named)} tests.",
        "",
        "Written by `python -m tests.sources.traps` from `traps.csv` beside it; `test_traps.py` there fails",
        "when a test is gone, a cell is empty, a publisher has no line, or this page is not what the table says.",
        "",
    ]
    for publisher, group in groupby(known, key=_publisher):
        lines += [f"## {publisher}", "", "| section | trap | tests |", "| --- | --- | --- |"]
        lines += [f"| {t.section} | {_cell(t.trap)} | {'<br>'.join(_link(test) for test in t.tests)} |" for t in group]
        lines.append("")
    lines += ["## Left out", "", "What the contracts describe and the project does not use.", ""]
    lines += ["| section | what | why |", "| --- | --- | --- |"]
    lines += [f"| {line.section} | {_cell(line.what)} | {_cell(line.why)} |" for line in left_out()]
    return "\n".join(lines) + "\n"


def _publisher(trap: Trap) -> str:
    return trap.publisher


def _link(test: str) -> str:
    if test.startswith(DBT):
        return f"dbt `{test.removeprefix(DBT)}`"
    file, _, name = test.partition("::")
    return f"[`{name}`](../{file})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (HERE / f"{name}.csv").open(newline="", encoding="utf-8") as handle:
        yield from csv.DictReader(handle)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
