"""What the command line prints: every pressure walked back to its bytes, episodes, spans, and the driver page."""

import csv
import hashlib
import itertools
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import driver_page, episode_report, report
from orchestration.defs.attribution.step import compute_span
from orchestration.explain import observations_used, print_explanation
from orchestration.printing import ReportError, open_release, rows_of
from orchestration.transforms import TRANSFORMS, Observation
from tests.conftest import drivers
from tests.support import ROOT
from warehouse.publishing import DATABASE

Ask = Callable[..., list[tuple]]


@pytest.fixture(scope="session")
def release(sample_home: Path) -> Path:
    return (sample_home / "published" / "current").resolve()


# --- explain ----------------------------------------------------------------------------------------------------------


def responses(text: str) -> list[tuple[str, str]]:
    """(path below landing/, sha256) of every response printed."""
    return re.findall(r"body +landing/(\S+)\n +sha256 +([0-9a-f]{64})", text)


@pytest.mark.parametrize(
    ("driver", "shown"),
    [
        ("etf_flow_5", ["-1,113.7  2025-02-27 21:00  when we read it", "-2,776.2", "sum of the newest 5"]),
        ("hack_loss_30", ["Bybit", "1,400,000,000", "Infini", "US$ 1,465,050,000 in all"]),
        ("net_liquidity", ["2025-02-26  6,766,101", "2025-01-29  811,549", "fred.RRPONTSYD"]),
    ],
)
def test_explain_walks_down_to_the_bytes(driver: str, shown: list[str], sample_home: Path) -> None:
    done = drivers(sample_home, "explain", "2025-02-28", driver)
    assert done.returncode == 0, done.stderr
    for words in shown:
        assert words in re.sub(r" {2,}", "  ", done.stdout)
    found = responses(done.stdout)
    assert found
    for path, sha256 in found:
        assert hashlib.sha256((sample_home / "landing" / path).read_bytes()).hexdigest() == sha256


def test_the_bytes_hold_the_figure(sample_home: Path, release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last link: the value printed stands in the body that is named for it."""
    print_explanation(release, "2025-02-28", "hack_loss_30")
    ((path, _),) = responses(capsys.readouterr().out)
    incidents = json.loads((sample_home / "landing" / path).read_bytes())
    assert [i["amount"] for i in incidents if i["name"] == "Bybit"] == [1_400_000_000]


def test_explain_shows_what_was_known_then_not_later(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the 26th the flow of the 25th stood at its first print, from another response."""
    print_explanation(release, "2025-02-26", "etf_flow_5")
    text = capsys.readouterr().out
    assert "-937.9" in text and "-1,113.7" not in text
    assert "2025-02-26 06:00" in text


Days = dict[str, dict[date, float]]


def recomputed(transform: str, used: list[Observation], roles: dict[str, str]) -> float | None:
    """A driver's signal once more, in plain Python, from nothing but the observations that explain names."""
    values = [o.value for o in used]
    days = {o.series_id: {} for o in used}
    for o in used:
        days[o.series_id][o.observation_date] = o.value
    if transform in SIMPLE:
        return SIMPLE[transform](values)
    if transform == "relative_20_sessions":
        over, under = (next(days[s] for s, role in roles.items() if role == name) for name in ("level", "against"))
        first, last = min(over), max(over)
        return 100 * math.log(over[last] / under[last] * under[first] / over[first])
    if transform == "hibor_sofr":
        sofr = days.pop("fred.SOFR")
        return next(iter(days.popitem()[1].values())) - next(iter(sofr.values()))
    if transform == "net_liquidity_4w":
        parts = [sorted(days[f"fred.{name}"].items()) for name in ("WALCL", "WDTGAL", "RRPONTSYD")]
        before, after = (parts[0][place][1] - parts[1][place][1] - 1000 * parts[2][place][1] for place in (0, 1))
        return 100 * math.log(after / before)
    if transform == "southbound_5":
        return southbound(used)
    if transform in BY_DAY:
        return BY_DAY[transform](days)
    raise AssertionError(f"no second computation of {transform}")


SIMPLE: dict[str, Callable[[list[float]], float]] = {
    "level": lambda v: v[0],
    "level_less_7_75": lambda v: v[0] - 7.75,
    "change_20_sessions": lambda v: v[0] - v[1],
    "log_change_20_sessions": lambda v: 100 * math.log(v[0] / v[1]),
    "flow_5": math.fsum,
    "streak": lambda v: len(v) - 1,
    "change_3_months": lambda v: v[0] - v[1],
    "deficit_12m": lambda v: 100 * (sum(v[:12]) / sum(v[12:]) - 1),
    "claims_13w": lambda v: 100 * math.log(sum(v[:4]) / sum(v[4:])),
    "epu_7d": lambda v: math.log(sum(v) / 7),
    "stable_30": lambda v: 100 * math.log(v[0] / v[1]),
    "btc_vol_30": lambda v: 100 * math.sqrt(365) * statistics.stdev(math.log(a / b) for a, b in itertools.pairwise(v)),
}


def bills_share(days: Days) -> float:
    """Share of the newest month less that of the oldest one named."""
    bills, marketable = (days[f"fiscaldata.mspd_{name}_usd_mn"] for name in ("bills", "total_marketable"))
    before, after = (100 * bills[month] / marketable[month] for month in (min(bills), max(bills)))
    return after - before


def misery(days: Days) -> float:
    """Both parts less their means; a month of prices without its year-ago figure has no change."""
    prices, unemployment = days["fred.CPIAUCSL"], days["fred.UNRATE"]
    changes = {
        month: 100 * (level / prices[month.replace(year=month.year - 1)] - 1)
        for month, level in prices.items()
        if month.replace(year=month.year - 1) in prices
    }
    parts = (changes, unemployment)
    return sum(part[max(part)] - statistics.fmean(part.values()) for part in parts)


def southbound(used: list[Observation]) -> float:
    """Sums over five sessions by position; the sample misses none in these windows."""
    values = [o.value for o in used]
    assert len(values) == 24
    sums = [math.fsum(values[n : n + 5]) for n in range(20)]
    return sums[0] - statistics.fmean(sums)


BY_DAY: dict[str, Callable[[Days], float]] = {"bills_share_3m": bills_share, "misery_12m": misery}


def all_drivers() -> list[str]:
    with (ROOT / "dbt_project" / "seeds" / "drivers.csv").open(newline="") as handle:
        return [row["driver_id"] for row in csv.DictReader(handle)]


@pytest.mark.parametrize("driver_id", all_drivers())
def test_the_observations_named_make_the_signal(driver_id: str, release: Path) -> None:
    """On forty days of any sort; incidents are summed up in the test below."""
    with open_release(release) as connection:
        driver = rows_of(connection, "select * from marts.dim_driver where driver_id = $d", d=driver_id)[0]
        inputs = rows_of(connection, "select * from marts.dim_driver_input where driver_id = $d", d=driver_id)
        if any(i["role"] == "incidents" for i in inputs):
            pytest.skip("made of incidents")
        signals = rows_of(
            connection,
            "select date, signal from marts.mart_driver_signals_daily where driver_id = $d and signal is not null "
            "order by hash(date) limit 40",
            d=driver_id,
        )
        assert signals or driver_id in ("hibor_sofr", "customs")
        for row in signals:
            used = observations_used(connection, driver, inputs, row["date"])
            roles = {i["series_id"]: i["role"] for i in inputs}
            assert recomputed(driver["transform"], used, roles) == pytest.approx(row["signal"], abs=1e-8), row["date"]


@pytest.mark.parametrize("day", ["2024-06-15", "2025-02-21", "2025-02-28"])
def test_the_incidents_named_make_the_signal(
    day: str, release: Path, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    print_explanation(release, day, "hack_loss_30")
    text = capsys.readouterr().out
    losses = [float(loss.replace(",", "")) for loss in re.findall(r" ([\d,]{9,})  20\d\d-", text)]
    ((signal,),) = ask(
        "select signal from marts.mart_driver_signals_daily where date = ? and driver_id = 'hack_loss_30'", day
    )
    assert math.log(1 + sum(losses)) == pytest.approx(signal, abs=1e-8)


@pytest.mark.parametrize("day", ["2024-03-01", "2025-02-28"])
@pytest.mark.parametrize("driver_id", all_drivers())
def test_explain_speaks_for_every_driver(
    driver_id: str, day: str, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scored, thin and missing ones alike."""
    print_explanation(release, day, driver_id)
    text = capsys.readouterr().out
    assert f"({driver_id})" in text.splitlines()[0]
    assert not re.search(r"\b(None|nan)\b", text)


def test_every_transform_has_words() -> None:
    with (ROOT / "dbt_project" / "seeds" / "drivers.csv").open(newline="") as handle:
        assert {row["transform"] for row in csv.DictReader(handle)} == set(TRANSFORMS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("explain", "2025-02-28", "etf_flow5"), "did you mean etf_flow_5"),
        (("explain", "2025-02-28", "zzz"), "there are: "),
        (("explain", "2025-02-30", "spx"), "'2025-02-30' is no date"),
        (("explain", "2030-01-01", "spx"), "2030-01-01 is not in the publish"),
        (("show", "--episode", "2025-02-01"), "there is no episode 2025-02-01"),
        (("show", "--from", "2025-02-01"), "needs both --from and --to"),
        (("show", "--from", "2025-02-02", "--to", "2025-02-01"), "is after"),
    ],
)
def test_a_question_without_an_answer_is_usage(arguments: tuple[str, ...], message: str, sample_home: Path) -> None:
    done = drivers(sample_home, *arguments)
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


# --- show -------------------------------------------------------------------------------------------------------------


def tables(text: str) -> list[str]:
    """Lines that stand in columns."""
    return [line for line in text.splitlines() if re.search(r"\S {3,}\S", line) and not line.startswith("Next")]


def test_the_newest_episode_says_first_what_is_not_explained(
    release: Path, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    episode_report.print_episode(release, None)
    text = capsys.readouterr().out
    episode, depth_pct, depth_bps = ask(
        "select episode_id, depth_pct, depth_bps from marts.mart_correction_episodes order by peak_date desc limit 1"
    )[0]
    assert text.startswith(f"Episode {episode}")
    assert f"Depth {depth_pct:.1f}% simple, {depth_bps:+,.0f} log bps" in text
    first, *_, last = (text.index(words) for words in ("\nnot explained", "goes with priced markets", "\ntheme "))
    assert first < last
    ((unexplained, explained, total),) = ask(
        "select unexplained_bps, explained_bps, btc_return_bps from marts.mart_correction_periods where period_id = ?",
        episode,
    )
    assert unexplained + explained == pytest.approx(total, abs=1e-6)
    for figure in (unexplained, explained, total):
        assert re.search(rf" {re.escape(f'{figure:+,.0f}')}  ", text)
    assert "association, not cause" in text


def test_an_episode_without_history_is_not_attributed(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    episode_report.print_episode(release, "2024-03-13")
    text = capsys.readouterr().out
    assert "It is not attributed" in text and "goes with priced markets" not in text


def test_a_span_is_attributed_from_the_release_as_the_run_attributes_a_period(release: Path, ask: Ask) -> None:
    """Every published period, asked for as a span of one's own: the same figures, intervals and words."""
    periods = ask("select period_id, first_date, last_date from marts.mart_correction_periods order by 1")
    (as_of,) = ask("select max(as_of) from marts.mart_correction_drivers_daily")[0]
    assert len(periods) > 3
    for period_id, first, last in periods:
        total, themes = compute_span(release / DATABASE, as_of, first, last)
        of_total = [name for name in total if name not in ("period_id", "kind", "label", "first_date", "last_date")]
        (published,) = ask(
            f"select {', '.join(of_total)} from marts.mart_correction_periods where period_id = ?", period_id
        )
        assert [total[name] for name in of_total] == [same(figure) for figure in published], period_id
        of_theme = [name for name in themes[0] if name != "period_id"]
        parts = ask(
            f"select {', '.join(of_theme)} from marts.mart_period_contributions where period_id = ? order by theme",
            period_id,
        )
        found = sorted(([theme[name] for name in of_theme] for theme in themes), key=lambda row: str(row[0]))
        assert found == [[same(figure) for figure in part] for part in parts], period_id


def same(published: Any) -> Any:
    return pytest.approx(published, abs=1e-6) if isinstance(published, float) else published


def test_a_span_of_ones_own_has_intervals_and_says_what_picking_does(
    release: Path, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    episode_report.print_span(release, "2025-02-24", "2025-02-27")
    text = capsys.readouterr().out
    ((unexplained, theme),) = ask(
        "select sum(d.unexplained_bps), (select sum(contribution_bps) from marts.mart_theme_contributions_daily "
        "where theme = 'risk' and date between '2025-02-24' and '2025-02-27') "
        "from marts.mart_attribution_daily d where d.date between '2025-02-24' and '2025-02-27'"
    )
    assert re.search(rf"\nnot explained +{re.escape(f'{unexplained:+,.0f}')} ", text)
    assert re.search(rf"\nCommon risk \(control\) +{re.escape(f'{theme:+,.0f}')} +-[\d,]+ to -[\d,]+ ", text)
    assert "Days picked after looking at the chart" in text


def test_a_span_of_a_publish_of_another_version_says_so(release: Path, tmp_path: Path) -> None:
    shutil.copyfile(release / DATABASE, tmp_path / DATABASE)
    with duckdb.connect(str(tmp_path / DATABASE)) as connection:
        connection.execute("drop table marts.dim_etf_fund")
    with pytest.raises(ReportError, match="another version of the project made this publish"):
        episode_report.print_span(tmp_path, "2025-02-24", "2025-02-27")


def test_a_span_without_a_session_is_all_unexplained(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    episode_report.print_span(release, "2025-02-22", "2025-02-23")
    text = capsys.readouterr().out
    assert "no US session lies in these days" in text and "goes with priced markets        0" in text


def test_a_span_with_a_thin_session_is_not_attributed(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    episode_report.print_span(release, "2024-02-01", "2024-02-10")
    text = capsys.readouterr().out
    assert "It is not attributed: 7 of its 7 sessions" in text and "not explained" not in text


def test_a_day_with_its_parts(release: Path, ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    report.print_day(release, "2025-02-25")
    text = capsys.readouterr().out
    ((unexplained, explained),) = ask(
        "select unexplained_bps, explained_bps from marts.mart_attribution_daily where date = '2025-02-25'"
    )
    assert f"Not explained {unexplained:+,.0f} bps, goes with priced markets {explained:+,.0f} (settled)" in text
    (statement,) = ask("select distinct statement from marts.mart_pressure_statement")[0]
    assert statement in text


def test_a_day_without_a_session_and_a_thin_day_say_so(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report.print_day(release, "2025-02-22")
    assert "No US session" in capsys.readouterr().out
    report.print_day(release, "2024-02-22")
    assert "Not attributed: " in capsys.readouterr().out


def test_tables_are_narrow(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Piped, nothing is wrapped; in a terminal of 120 columns only labels fold."""
    report.print_day(release, "2025-02-28")
    episode_report.print_episode(release, None)
    found = tables(capsys.readouterr().out)
    assert len(found) > 30
    for line in found:
        assert len(line.rstrip()) <= 126, line


@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_s_width_is_kept_and_no_figure_broken(columns: int, release: Path, ask: Ask) -> None:
    printed = ("episode_report.print_episode(r, None)", "report.print_day(r, '2025-02-28')",
               "explain.print_explanation(r, '2025-02-28', 'etf_flow_5')")  # fmt: skip
    script = "import sys; from pathlib import Path; from orchestration import episode_report, explain, report; "
    done = subprocess.run(
        [sys.executable, "-c", f"{script}r = Path(sys.argv[1]); {'; '.join(printed)}", str(release)],
        env=os.environ | {"COLUMNS": str(columns)}, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    unbroken = ("  asked ", "  body ", "  sha256 ")
    assert not [line for line in done.stdout.splitlines() if len(line) > columns and not line.startswith(unbroken)]
    lower, upper = ask(
        "select contribution_lower_bps, contribution_upper_bps from marts.mart_period_contributions "
        "where period_id = '2025-01-21' and theme = 'risk'"
    )[0]
    for whole in (f" {lower:+,.0f} to {upper:+,.0f} ", " 40,473.488 ", " f6089712a10ff6ed"):
        assert whole in done.stdout


def test_the_driver_page_is_up_to_date(release: Path) -> None:
    assert driver_page.PAGE.read_text(encoding="utf-8") == driver_page.render(release), "run `make docs`"


def test_the_driver_page_tells_every_driver(release: Path) -> None:
    page = driver_page.render(release)
    assert re.findall(r"^### (\S+)$", page, re.MULTILINE) and set(
        re.findall(r"^### (\S+)$", page, re.MULTILINE)
    ) == set(all_drivers())
    assert not re.search(r"\b(None|nan)\b", page)


def test_an_unknown_day_names_the_span(release: Path) -> None:
    with pytest.raises(ReportError, match="runs from 2024-01-01 to 2025-04-30"):
        report.print_day(release, str(date(2025, 4, 30) + timedelta(days=1)))


def test_reports_only_read(release: Path) -> None:
    with open_release(release) as connection, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        connection.execute("create table marts.x as select 1 as a")
