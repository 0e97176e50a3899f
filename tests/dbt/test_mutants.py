"""Every as-of filter earns its place: take one out, and the comparison of `test_invariance` finds the look-ahead.

The models mark each condition that limits what may be known with `-- as-of filter: NAME` at its line's end; a condition
on several lines carries the mark on each. Filters are read from the files, so a new one is tested without being listed.
"""

import re
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from orchestration.dbt import PROJECT
from tests.dbt.harness import Baselines, Difference, Project, facts_and_marts, first_difference, replay
from tests.dbt.test_invariance import DAYS, INSTANTS, Tables, as_known, claim_figure_that_looks_ahead, difference_up_to
from warehouse.build import Build, Clock
from warehouse.clocks import cutoff

MARK = "-- as-of filter:"
MARKED_LINE = re.compile(rf"^(\s*(?:where|and|on)\s).*?(\s{MARK} (.+?))\s*$")
# And one before the annual report by which a reserve is scaled, one after the largest of all hacks.
SPECIAL_DAYS = [next(day for day in DAYS if day > after) for after in (date(2025, 1, 1), date(2025, 2, 21))]
TRIED_DAYS: list[date] = [*DAYS[4::10], *SPECIAL_DAYS]
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


def without_filter(project: Project, name: str) -> Project:
    """The project with the condition marked `name` replaced by `true`, in the SQL that dbt compiled."""
    return {model.name: replace(model, sql=_without(model.sql, name)) for model in project.values()}


def _without(sql: str, name: str) -> str:
    lines = sql.splitlines()
    for number, line in enumerate(lines):
        if MARK in line and line.split(MARK)[1].strip() == name:
            match = MARKED_LINE.match(line)
            assert match, f"{line!r}: the marked line must be one condition after where, and or on"
            lines[number] = f"{match[1]}true{match[2]}"
    return "\n".join(lines)


@pytest.fixture(scope="module")
def base(project: Project, planted_raw: Path, finished: Build, tmp_path_factory: pytest.TempPathFactory) -> Baselines:
    """What a mutant leaves as it is."""
    whole = {model.name: replace(model, sql=_without(model.sql, "")) for model in project.values()}
    return Baselines(whole, planted_raw, finished, tmp_path_factory.mktemp("baselines"))


def test_every_filter_has_a_name_of_its_own() -> None:
    names = [name for _, name in filters()]
    assert len(names) == len(set(names)) >= 7


@pytest.mark.parametrize(("file", "name"), filters(), ids=[name for _, name in filters()])
def test_without_this_filter_the_comparison_goes_red(
    file: str,
    name: str,
    project: Project,
    base: Baselines,
    planted_raw: Path,
    finished: Build,
    clock: Clock,
    tmp_path: Path,
) -> None:
    mutant = without_filter(project, name)
    assert base.stale(mutant), f"the filter of {file} is in no model's SQL"

    def tables(clock: Clock, read: list[str], known_until: datetime | None) -> dict[str, pd.DataFrame]:
        return replay(mutant, planted_raw, finished, clock, tmp_path, read, known_until=known_until, base=base)

    stale = base.stale(mutant)
    as_known_by_day = sorted(set(as_known(mutant)) & stale)
    found = (
        claim_figure_that_looks_ahead(mutant, partial(tables, clock))
        or _row_that_looks_ahead(mutant, partial(tables, clock), as_known_by_day, TRIED_DAYS)
        or _figure_after_as_of(mutant, partial(tables, Clock(TRIED_INSTANT, is_past=True)), stale)
        or _row_that_looks_ahead(mutant, partial(tables, clock), as_known_by_day, DAYS)
    )
    assert found, f"the models of {file} do as well without the filter '{name}': it is redundant, or nothing tests it"
    print(f"{name} | {found}")


def _row_that_looks_ahead(mutant: Project, tables: Tables, read: list[str], days: list[date]) -> Difference | None:
    """What `test_later_vintages_change_no_row_up_to_the_day` finds on some of its days."""
    if not read:
        return None
    whole = tables(read, None)
    for day in days:
        if found := difference_up_to(mutant, whole, tables(read, cutoff(day)), day):
            return found
    return None


def _figure_after_as_of(mutant: Project, tables: Tables, stale: set[str]) -> Difference | None:
    """What `test_a_past_as_of_sees_only_what_was_known_then` finds at one of its instants, before the Python steps."""
    published = [n for n in facts_and_marts(mutant) if n != "dim_response" and not mutant[n].after_attribution]
    read = [name for name in published if name in stale]
    left, right = (tables(read, until) for until in (None, TRIED_INSTANT))
    for name in read:
        if found := first_difference(mutant[name], left[name], right[name]):
            return found
    return None
