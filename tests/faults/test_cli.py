"""The command line: what it prints where, and its exit codes.

Most of it in this process, with the run itself left out; codes 0, 1 and 3 of whole runs are in `sample_home`,
`test_malformed` and `test_publishing`.
"""

import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from pytest import CaptureFixture, MonkeyPatch

from orchestration import cli, dbt, report
from orchestration.dbt import DbtError
from orchestration.printing import ReportError
from tests.conftest import drivers, started_run
from warehouse.build import BuildError
from warehouse.home import HomeError
from warehouse.landing import LandingError
from warehouse.publishing import DATABASE
from warehouse.vintages import SchemaError, StoreError

STAMPED = re.compile(r"\d\d:\d\d:\d\d ")  # how every line of the log begins


@dataclass
class Said:
    code: int
    out: str
    err: str


@pytest.fixture
def ask_cli(
    sample_home: Path, tmp_path: Path, monkeypatch: MonkeyPatch, capsys: CaptureFixture[str]
) -> Iterator[Callable[..., Said]]:
    """Run `drivers` with arguments in this process: readers on the sample's home, a run on one of its own."""
    for name in ("DRIVERS_HOME", "DAGSTER_HOME"):  # a run sets both: they go back to what they were
        monkeypatch.setenv(name, "")
    log = logging.getLogger("drivers")
    handlers, level, propagate = list(log.handlers), log.level, log.propagate

    def ask(*arguments: str, home: Path | None = None) -> Said:
        os.environ["DRIVERS_HOME"] = str(home or (tmp_path if arguments[0] == "run" else sample_home))
        monkeypatch.setattr(sys, "argv", ["drivers", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        log.handlers[:] = handlers
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, captured.out, captured.err)

    yield ask
    log.setLevel(level)
    log.propagate = propagate


def ending(monkeypatch: MonkeyPatch, outcome: BaseException | tuple[Path, int]) -> None:
    """Make the run itself end in this way."""

    def execute(*_: object) -> tuple[Path, int]:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr(cli, "_execute", execute)


def test_done_is_0(ask_cli: Callable[..., Said], monkeypatch: MonkeyPatch, sample_home: Path) -> None:
    release = (sample_home / "published" / "current").resolve()
    ending(monkeypatch, (release, 5))
    said = ask_cli("run")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[1].startswith("2025-04-30  BTC closed at")
    assert "Vintages   5 new" in lines
    assert f"Published  {release / DATABASE}" in lines


def test_a_failed_source_is_1_the_summary_on_one_side_the_log_on_the_other(
    damaged_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = damaged_run
    assert done.returncode == 1
    out, err = done.stdout.splitlines(), done.stderr.splitlines()
    for title in ("2025-04-30  ", "Headwinds", "Tailwinds", "Coverage", "Vintages", "Published", "Took", "Next"):
        assert [line for line in out if line.startswith(title)], title
    assert not [line for line in out if STAMPED.match(line)]
    assert [line for line in err if not STAMPED.match(line)] == []
    assert any(line.split()[1:4] == ["lbma", "335", "new"] for line in err)


USAGE = {
    "no such command": ("nosuch",),
    "no such option": ("run", "--nosuch"),
    "two ways in": ("run", "--sample", "--live"),
    "two other ways in": ("run", "--sample", "--landing", "/tmp"),
    "no number of seconds": ("run", "--wait", "long"),
    "less than no seconds": ("run", "--wait", "-1"),
    "a day before the first": ("show", "1999-01-01"),
    "a day after the last": ("show", "2025-05-01"),
    "no day": ("show", "yesterday"),
    "no table": ("sql", "from marts.nosuch"),
    "no SQL": ("sql", "tell me"),
    "an empty query": ("sql", " "),
    "a query that writes": ("sql", "drop table marts.dim_source"),
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE.keys())
def test_usage_is_2(ask_cli: Callable[..., Said], arguments: tuple[str, ...]) -> None:
    said = ask_cli(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert said.err.strip()
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (HomeError("why"), 2),
        (BuildError("why"), 2),
        (SchemaError("why"), 2),
        (StoreError("why"), 2),
        (LandingError("why"), 2),
        (ReportError("why"), 2),
        (DbtError("why"), 3),
        (cli.NothingPublishedError("why"), 3),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_an_error_is_one_line_and_its_code(
    ask_cli: Callable[..., Said], monkeypatch: MonkeyPatch, error: Exception, code: int
) -> None:
    # As it comes out of a step: wrapped by whoever called it.
    wrapped = RuntimeError("a step failed")
    wrapped.__cause__ = error
    ending(monkeypatch, wrapped)
    said = ask_cli("run")
    assert said.code == code
    assert said.out == ""
    first, *rest = said.err.splitlines()
    assert first.endswith(" why")
    assert rest == ([] if code == 2 else ["Nothing was published; the last good publish stays."])


def test_the_unexpected_is_4(ask_cli: Callable[..., Said], monkeypatch: MonkeyPatch) -> None:
    ending(monkeypatch, ZeroDivisionError("nobody thought of this"))
    said = ask_cli("run")
    assert said.code == 4
    assert "nobody thought of this" in said.err and "Traceback" in said.err


def test_a_home_without_a_publish_is_2(ask_cli: Callable[..., Said], tmp_path: Path) -> None:
    for arguments in (("show",), ("status",), ("sql", "select 1")):
        said = ask_cli(*arguments, home=tmp_path)
        assert said.code == 2
        assert said.err.endswith(f"nothing is published in {tmp_path} yet: `drivers run` first\n")


def test_what_a_figure_quotes_is_printed_as_it_is(ask_cli: Callable[..., Said]) -> None:
    said = ask_cli("sql", "select '[/red] :bug: [bold]x[/bold]' as quoted, null as nothing, 'z' as last")
    assert said.code == 0
    assert said.out.splitlines()[1].split() == ["[/red]", ":bug:", "[bold]x[/bold]", "z"]


def test_a_pipe_gets_whole_lines(ask_cli: Callable[..., Said]) -> None:
    said = ask_cli("sql", "select repeat('word ', 200) || 'end' as text")
    assert said.out.splitlines()[1].rstrip().endswith("word end")


def test_a_publish_without_a_day_is_told_not_stumbled_over(
    sample_home: Path, tmp_path: Path, capsys: CaptureFixture[str]
) -> None:
    shutil.copy(sample_home / "published" / "current" / DATABASE, tmp_path)
    with duckdb.connect(str(tmp_path / DATABASE)) as connection:
        connection.execute("delete from marts.mart_correction_drivers_daily")
    assert report.print_summary(tmp_path, 0, 1.0) == []
    assert "No day to tell of" in capsys.readouterr().out
    with pytest.raises(ReportError, match="the publish holds no day"):
        report.print_day(tmp_path, None)


def test_an_as_of_to_come_is_2(sample_copy: Path) -> None:
    done = drivers(sample_copy, "run", "--as-of", "2099-01-01T00:00Z")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].endswith(
        "as_of 2099-01-01T00:00Z lies after this home's newest instant, 2025-05-01T12:00:00Z"
    )


def test_an_as_of_before_the_first_day_is_2(sample_copy: Path, tmp_path: Path) -> None:
    for home in (sample_copy, tmp_path / "new"):
        done = drivers(home, "run", "--as-of", "2024-01-01T12:00Z")
        assert done.returncode == 2
        assert done.stderr.splitlines()[-1].endswith(
            "as_of 2024-01-01T12:00Z lies before the first day of this home is over, 2024-01-01"
        )


def test_a_home_that_cannot_be_made_is_2(ask_cli: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = ask_cli("run", home=tmp_path / "file" / "home")
    assert said.code == 2
    assert "DRIVERS_HOME cannot be used: " in said.err and "Traceback" not in said.err


def test_a_full_disk_is_3_and_says_so(ask_cli: Callable[..., Said], monkeypatch: MonkeyPatch) -> None:
    for error in (OSError(28, "No space left on device"), duckdb.IOException("... No space left on device")):
        ending(monkeypatch, error)
        said = ask_cli("run")
        assert said.code == 3
        assert said.err.endswith("the last good publish stays. Make room and run again.\n")


def test_after_a_look_back_the_next_step_is_one_that_shows_it(
    sample_home: Path, tmp_path: Path, capsys: CaptureFixture[str]
) -> None:
    beside = tmp_path / "as_of" / "20250226T120000Z"
    beside.mkdir(parents=True)
    shutil.copy(sample_home / "published" / "current" / DATABASE, beside)
    report.print_summary(beside, 0, 1.0)
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Next")]
    assert "drivers show" not in line and "open this file" in line


@pytest.mark.parametrize(
    ("after", "pause_s"), [("binance", 0), ("yahoo", 4)], ids=["sources", "dbt and what it computes"]
)
def test_an_interrupted_run_is_130(after: str, pause_s: float, sample_copy: Path) -> None:
    run = started_run(sample_copy)
    assert run.stderr is not None
    seen = []
    for line in run.stderr:
        seen.append(line)
        if after in line:
            time.sleep(pause_s)
            os.kill(run.pid, signal.SIGINT)
            break
    out, err = run.communicate(timeout=200)
    assert run.returncode == 130, "".join(seen) + err
    assert out == ""
    assert "Traceback" not in err


def test_a_seed_with_other_columns_than_declared_is_named() -> None:
    seed = SimpleNamespace(original_file_path="seeds/themes.csv", columns=dict.fromkeys(("label", "theme")))
    with pytest.raises(DbtError, match=r"seeds/themes.csv: its columns are theme, label, .* declare label, theme"):
        dbt._require_headers([seed])


def test_half_a_dbt_manifest_is_parsed_anew(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    dbt.manifest()
    whole = (dbt.TARGET / "manifest.json").read_bytes()
    (tmp_path / "manifest.json").write_bytes(whole[:5000])
    monkeypatch.setattr(dbt, "TARGET", tmp_path)
    monkeypatch.setattr(dbt, "_parse", lambda: (tmp_path / "manifest.json").write_bytes(whole))
    assert dbt.manifest()["nodes"]
