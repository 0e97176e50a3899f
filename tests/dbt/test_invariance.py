"""What a row says of a day does not depend on anything that became known after that day's cutoff.

The archive first gets some thousands of planted revisions, blanks and late figures. Then everything known after the
cutoff of a day D is taken out of it and the models run again, by the same clock: in every table of the as-known kind
all rows up to D must come out as they did from the whole archive. (A row of an earlier day rests on nothing known after
its own cutoff, which is before D's; so one archive without D's future tests all days up to D, not D alone.)

Thirty builds are affordable because the SQL that dbt compiled is replayed. That this proves what it should is shown by
`test_a_replay_gives_what_dbt_builds`.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.dbt.harness import (
    Difference,
    Model,
    Project,
    dbt_build,
    facts_and_marts,
    first_difference,
    replay,
)
from warehouse.build import Build, Clock
from warehouse.clocks import cutoff

Tables = Callable[[list[str], datetime | None], dict[str, pd.DataFrame]]
"""Tables of a replay by name, from the archive as it stood at an instant, or from all of it."""
# Older rows of the wide mart appear with the first older close, whenever that comes: they describe days, not knowledge.
SAMPLE_BEGINS = date(2024, 1, 1)
FIRST, LAST = date(2024, 8, 1), date(2025, 4, 29)
SAMPLE_OF = random.Random(20250228)
DAYS = sorted(SAMPLE_OF.sample([FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)], 30))
INSTANTS = sorted(datetime(2024, 8, 1) + timedelta(minutes=SAMPLE_OF.randrange(270 * 24 * 60)) for _ in range(3))
CLAIMS_DAY = date(2025, 2, 27)
# Columns of the wide mart that describe the day itself or its attribution, not what was known at its cutoff.
OF_THE_DAY = {
    "mart_correction_drivers_daily": (
        "btc_close_usd",
        "btc_close_null_reason",
        "btc_return_bps",
        "btc_return_null_reason",
        "drawdown_90d_pct",
        "drawdown_90d_null_reason",
        "in_correction",
        "episode_id",
        "contribution_null_reasons",
        "as_of",
        "sentence",
    )
}


def as_known(project: Project) -> list[str]:
    """Tables whose `date` is the knowledge day, by what they say of themselves; and the wide mart."""
    return [
        name
        for name in facts_and_marts(project)
        if any(words in project[name].description for words in ("knowledge day", "as-known"))
    ] + ["mart_correction_drivers_daily"]


def of_the_day(model: Model) -> list[str]:
    """Columns that are no statement of the day's cutoff."""
    attributed = [c for c in model.columns if c.endswith("_bps") or c.startswith("attribution_")]
    return [*OF_THE_DAY.get(model.name, ()), *(attributed if model.name in OF_THE_DAY else ())]


@pytest.fixture(scope="module")
def whole(
    project: Project, planted_raw: Path, finished: Build, clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, pd.DataFrame]:
    """The tables of the as-known kind from the whole archive."""
    return replay(project, planted_raw, finished, clock, tmp_path_factory.mktemp("whole"), as_known(project))


def difference_up_to(
    project: Project, whole: dict[str, pd.DataFrame], known_then: dict[str, pd.DataFrame], day: date
) -> Difference | None:
    """The first row up to `day` that later vintages changed."""
    for name, table in whole.items():
        model, frames = project[name], (table, known_then[name])
        # A fact by vintage has no knowledge day: its rows are known at an instant.
        column, last = ("date", pd.Timestamp(day)) if "date" in table else ("known_at", pd.Timestamp(cutoff(day)))
        left, right = (frame[frame[column].between(pd.Timestamp(SAMPLE_BEGINS), last)] for frame in frames)
        if found := first_difference(model, left, right, ignore=of_the_day(model)):
            return found
    return None


def test_the_tables_of_the_as_known_kind_are_found(project: Project) -> None:
    """A new one that describes itself otherwise would escape the test below."""
    found = set(as_known(project))
    assert {"fct_dollar_daily", "mart_driver_signals_daily", "mart_theme_pressure_daily"} <= found
    readers = {name for name in facts_and_marts(project) if "int_as_known_daily" in project[name].parents}
    assert readers <= found


def test_there_is_something_to_compare(whole: dict[str, pd.DataFrame]) -> None:
    """Planted figures must not have turned the signals into nulls, which would agree with each other."""
    signals = whole["mart_driver_signals_daily"]
    assert signals["pressure"].notna().sum() > 4000
    assert signals.groupby("driver_id")["pressure"].count().gt(0).sum() >= 20
    assert whole["mart_correction_drivers_daily"]["composite_pressure"].notna().sum() > 200


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_later_vintages_change_no_row_up_to_the_day(
    day: date,
    project: Project,
    whole: dict[str, pd.DataFrame],
    planted_raw: Path,
    finished: Build,
    clock: Clock,
    tmp_path: Path,
) -> None:
    known_then = replay(project, planted_raw, finished, clock, tmp_path, list(whole), known_until=cutoff(day))
    assert difference_up_to(project, whole, known_then, day) is None


@pytest.mark.parametrize("instant", INSTANTS, ids=str)
def test_a_past_as_of_sees_only_what_was_known_then(
    instant: datetime, project: Project, planted_raw: Path, finished: Build, tmp_path: Path
) -> None:
    """Every table and row, by the clock of the instant: from the whole archive as from one that ends there."""
    past = Clock(instant, is_past=True)
    read = [name for name in facts_and_marts(project) if name != "dim_response"]
    left, right = (
        replay(project, planted_raw, finished, past, tmp_path, read, known_until=until, attribution=True)
        for until in (None, instant)
    )
    # What needs a year of sessions may still be empty at an early instant.
    assert all(len(left[name]) for name in read if project[name].schema == "facts")
    for name in read:
        assert first_difference(project[name], left[name], right[name]) is None


def claim_figure_that_looks_ahead(project: Project, tables: Tables) -> Difference | None:
    """The first figure of the article's claims, as known at the end of CLAIMS_DAY, that later vintages changed."""
    name = "int_claim_figures"
    left, right = (tables([name], until)[name].query("knowledge == 'then'") for until in (None, cutoff(CLAIMS_DAY)))
    assert len(left) > 10_000
    return first_difference(replace(project[name], key=("series_id", "observation_date")), left, right)


def test_the_figures_of_the_claims_are_those_of_their_day(
    project: Project, planted_raw: Path, finished: Build, clock: Clock, tmp_path: Path
) -> None:
    def tables(read: list[str], known_until: datetime | None) -> dict[str, pd.DataFrame]:
        return replay(project, planted_raw, finished, clock, tmp_path, read, known_until=known_until)

    assert claim_figure_that_looks_ahead(project, tables) is None


def test_a_replay_gives_what_dbt_builds(project: Project, planted_raw: Path, finished: Build, tmp_path: Path) -> None:
    """All that is published, by the first of the instants, with all planted revisions in the archive."""
    past = Clock(INSTANTS[0], is_past=True)
    read = facts_and_marts(project)
    replayed = replay(project, planted_raw, finished, past, tmp_path / "replay", read, attribution=True)
    build = dbt_build(planted_raw, past, tmp_path / "dbt")
    with duckdb.connect(str(build.warehouse_db), read_only=True) as connection:
        for name in read:
            built = connection.execute(f"from {project[name].relation}").df()
            assert len(built) == len(replayed[name])
            assert first_difference(project[name], built, replayed[name]) is None
