"""Every as-of filter earns its place: take one out, and the comparison of `test_invariance` finds the look-ahead.

The models mark each condition that limits what may be known with `-- as-of filter: NAME` at its line's end; a condition
on several lines carries the mark on each. Filters are read from the files, so a new one is tested without being listed.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import pytest

from orchestration.dbt import PROJECT
from tests.dbt.harness import Difference, Project, compile_project, facts_and_marts, first_difference, replay
from tests.dbt.test_invariance import DAYS, INSTANTS, as_known, claim_figure_that_looks_ahead, difference_up_to
from warehouse.build import Build, Clock
from warehouse.clocks import cutoff

MARK = "-- as-of filter:"
MARKED_LINE = re.compile(rf"^(\s*(?:where|and|on)\s).*?(\s{MARK} (.+?))\s*$")
# And one between the first day of a signal of 365 days and the next annual report of the exchange it is scaled by.
TRIED_DAYS: list[date] = [*DAYS[4::10], *[day for day in DAYS if date(2025, 1, 1) <= day < date(2025, 3, 1)][:1]]
TRIED_INSTANT: datetime = INSTANTS[1]


def filters() -> list[tuple[str, str]]:
    """File (within the project) and name of every as-of filter."""
    found = {
        (path.relative_to(PROJECT).as_posix(), line.split(MARK)[1].strip()): None
        for folder in ("models", "macros")
        for path in sorted((PROJECT / folder).rglob("*.sql"))
        for line in path.read_text().splitlines()
        if MARK in line
    }
    return list(found)


@contextmanager
def without_filter(file: Path, name: str) -> Iterator[None]:
    """The condition marked `name` replaced by `true` in `file`, which is put back afterwards."""
    text = file.read_text()
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if MARK in line and line.split(MARK)[1].strip() == name:
            match = MARKED_LINE.match(line)
            assert match, f"{file}, line {number + 1}: the marked line must be one condition after where, and or on"
            lines[number] = f"{match[1]}true{match[2]}"
    file.write_text("\n".join(lines) + "\n")
    try:
        yield
    finally:
        file.write_text(text)


def test_every_filter_has_a_name_of_its_own() -> None:
    names = [name for _, name in filters()]
    assert len(names) == len(set(names)) >= 7


@pytest.mark.parametrize(("file", "name"), filters(), ids=[name for _, name in filters()])
def test_without_this_filter_the_comparison_goes_red(
    file: str,
    name: str,
    project: Project,
    project_copy: Path,
    planted_raw: Path,
    finished: Build,
    clock: Clock,
    scratch: Path,
    tmp_path: Path,
) -> None:
    with without_filter(project_copy / file, name):
        mutant = compile_project(project_copy, planted_raw, clock, scratch)
    assert [m.sql for m in mutant.values()] != [m.sql for m in project.values()]
    found = (
        claim_figure_that_looks_ahead(mutant, planted_raw, finished, clock, tmp_path)
        or _row_that_looks_ahead(mutant, planted_raw, finished, clock, tmp_path)
        or _figure_after_as_of(mutant, planted_raw, finished, tmp_path)
    )
    assert found, f"the models of {file} do as well without the filter '{name}': it is redundant, or nothing tests it"
    print(f"{name} | {found}")


def _row_that_looks_ahead(
    mutant: Project, raw_db: Path, finished: Build, clock: Clock, root: Path
) -> Difference | None:
    """What `test_later_vintages_change_no_row_up_to_the_day` finds, on a few of its days."""
    whole = replay(mutant, raw_db, finished, clock, root, as_known(mutant))
    for day in TRIED_DAYS:
        known_then = replay(mutant, raw_db, finished, clock, root, list(whole), known_until=cutoff(day))
        if found := difference_up_to(mutant, whole, known_then, day):
            return found
    return None


def _figure_after_as_of(mutant: Project, raw_db: Path, finished: Build, root: Path) -> Difference | None:
    """What `test_a_past_as_of_sees_only_what_was_known_then` finds at one of its instants, before the Python steps."""
    past = Clock(TRIED_INSTANT, is_past=True)
    read = [n for n in facts_and_marts(mutant) if n != "dim_response" and not mutant[n].after_attribution]
    left, right = (
        replay(mutant, raw_db, finished, past, root, read, known_until=until) for until in (None, TRIED_INSTANT)
    )
    for name in read:
        if found := first_difference(mutant[name], left[name], right[name]):
            return found
    return None
