"""What `drivers status` and the end of a run say of sources, series and second opinions."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration import report
from warehouse.publishing import DATABASE


@pytest.fixture(scope="module")
def release(sample_home: Path) -> Path:
    return (sample_home / "published" / "current").resolve()


@pytest.fixture
def changed_release(release: Path, tmp_path: Path) -> Path:
    """A copy of the release that a test may change."""
    shutil.copy(release / DATABASE, tmp_path / DATABASE)
    return tmp_path


def status(release: Path, capsys: pytest.CaptureFixture[str]) -> str:
    report.print_status(release)
    return capsys.readouterr().out


def cells(text: str, *start: str) -> list[str]:
    """The cells of the line that begins so."""
    pattern = r"^" + r" {2,}".join(re.escape(cell) for cell in start) + r" .*$"
    (line,) = re.findall(pattern, text, re.MULTILINE)
    return re.split(r" {2,}", line.strip())


def test_every_source_of_the_catalog_has_its_line(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = status(release, capsys)
    with duckdb.connect(str(release / DATABASE), read_only=True) as connection:
        sources = connection.execute(
            "select distinct publisher, endpoint from marts.dim_series order by all"
        ).fetchall()
    assert len(sources) > 25
    for publisher, source in sources:
        assert cells(text, publisher, source)[:2] == [publisher, source]
    mspd = cells(text, "fiscaldata", "mspd_table_1")
    assert mspd == ["fiscaldata", "mspd_table_1", "9", "9", "2025-03-01", "30", "ok", "ok"]
    farside = cells(text, "farside", "flows")
    assert farside[-2:] == ["gaps", "2 series below need a look"]
    assert cells(text, "nyfed", "sofr")[2:] == ["0", "0", "-", "ok", "not_in_sample"]


def test_doubtful_series_say_what_is_wrong_and_what_to_do(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = cells(status(release, capsys), "lbma.gold_pm_usd", "gaps")
    assert gold[2:4] == ["2025-04-30", "0"]
    assert "2024-12-24 to 2024-12-31" in gold[4] and "publisher's page" in gold[5]


def test_the_disagreement_is_shown_with_both_values(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = status(release, capsys)
    assert "1 beyond the tolerance. A warning, no error" in text
    assert cells(text, "2025-04-15", "Hong Kong dollars a US dollar")[2:] == [
        "Federal Reserve (H.10)", "7.7573", "ECB", "7.7921", "+0.449%", "0.1%",
    ]  # fmt: skip
    assert "Without a second opinion here: binance.BTCUSDT.close, binance.ETHUSDT.close, fred.SOFR." in text
    report.print_summary(release, 0, 1.0)
    assert "Compared   usd_hkd: publishers differ beyond the tolerance, days: 1, newest 2025-04-15" in (
        capsys.readouterr().out
    )


def test_a_failed_publisher_is_told_with_its_error(changed_release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect(str(changed_release / DATABASE)) as connection:
        connection.execute(
            "update marts.mart_source_coverage set publisher_outcome = 'failed', state = 'absent', observations = 0, "
            "reason = 'r', what_to_do = 'w' where publisher = 'lbma'"
        )
        connection.execute(
            "update marts.dim_source set outcome = 'failed', error = 'no [answer]' where publisher = 'lbma'"
        )
    text = status(changed_release, capsys)
    assert cells(text, "lbma", "gold_pm")[2:4] == ["1", "0"]
    assert cells(text, "lbma", "gold_pm")[-3:] == [
        "failed", "absent", "could not be read: see the error below; the next run tries again",
    ]  # fmt: skip
    assert "\nlbma: no [answer]\n" in text


def test_a_long_list_of_disagreements_is_cut(changed_release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect(str(changed_release / DATABASE)) as connection:
        connection.execute("update marts.mart_publisher_comparison set within_tolerance = false")
    text = status(changed_release, capsys)
    assert "1,306" not in text and "1306 beyond the tolerance" in text
    assert len(re.findall(r"^2025-\d\d-\d\d +\S", text, re.MULTILINE)) == 10


def test_nothing_doubtful_is_no_table(changed_release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect(str(changed_release / DATABASE)) as connection:
        connection.execute("update marts.mart_source_coverage set state = 'ok' where state = 'gaps'")
        connection.execute("update marts.mart_publisher_comparison set within_tolerance = true")
    text = status(changed_release, capsys)
    assert "need a look" not in text and "meaning" not in text
    assert "0 beyond the tolerance" in text
