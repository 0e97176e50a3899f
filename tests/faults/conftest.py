"""Shared by the tests of what goes wrong: one whole run over a landing in which one body is damaged."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import drivers
from tests.faults.damages import swap
from tests.faults.landings import land_like, remove
from warehouse.home import SAMPLE_LANDING
from warehouse.landing import Landing


@pytest.fixture(scope="session")
def damaged_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """`drivers run --landing` with a text for a figure of alternative.me: its home, and how it ended."""
    folder = tmp_path_factory.mktemp("damaged")
    landing = Landing(shutil.copytree(SAMPLE_LANDING, folder / "landing"))
    [good] = landing.pending("alternative_me", set())
    # The text could be taken for a terminal library's markup: it has to come out as it went in.
    damage = swap('"value":"56"', '"value":"[/red] n/a"')
    land_like(landing, good, damage(landing.body(good).decode()).encode())
    remove(landing, good)
    return folder / "home", drivers(folder / "home", "run", "--landing", str(landing.root))
