"""Malformed answers: what is wrong is named, nothing of the body is loaded, everything else is.

For every publisher of the sample one body is damaged in every way of `damages.py`. All its damaged copies are landed
side by side in place of the good one, together with the publisher's other answers and those of a second publisher.
"""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.extraction import read_source
from orchestration.parsing import ParseError
from orchestration.run import WarehouseRun
from orchestration.source import Source, discover
from tests.conftest import drivers
from tests.faults.damages import SAMPLES, Sample, swap
from tests.faults.landings import land_like, remove
from warehouse.home import SAMPLE_LANDING, Home
from warehouse.landing import Landed, Landing
from warehouse.publishing import DATABASE
from warehouse.vintages import RECORD_TABLES, LoadError, Vintages

SOURCES = discover()
OBSERVATIONS = (
    "select series_id, observation_date, known_at, known_at_basis, value, status, landing_id from raw.observations"
)


def copy_landing(target: Path, publishers: set[str]) -> Landing:
    """The sample's landing, of some publishers."""
    for publisher in publishers:
        shutil.copytree(SAMPLE_LANDING / publisher, target / publisher)
    shutil.copy(SAMPLE_LANDING / "manifest.json", target)
    return Landing(target)


def read(home: Path, landing: Path, *publishers: str) -> dict[str, list[str]]:
    """Rebuild a home from a landing, without Dagster; the errors of each publisher."""
    run = WarehouseRun(mode="landing", landing_dir=str(landing))
    run.open(Home(home))
    errors = {publisher: read_source(SOURCES[publisher], run)[1] for publisher in publishers}
    run.close_files()
    return errors


@dataclass
class Damaged:
    """A home after all damaged copies of one sample were read."""

    home: Path
    good: Landed
    copies: dict[str, Landed]
    errors: dict[str, list[str]]
    witness: str

    def ask(self, query: str, *parameters: object) -> list[tuple]:
        with duckdb.connect(str(self.home / "raw.duckdb"), read_only=True) as raw:
            return raw.execute(query, list(parameters)).fetchall()


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sample], Damaged]:
    """Reads a sample's damaged copies, once a module."""
    known: dict[int, Damaged] = {}

    def of(sample: Sample) -> Damaged:
        if id(sample) not in known:
            folder = tmp_path_factory.mktemp(f"{sample.publisher}_{sample.endpoint}")
            witness = "lbma" if sample.publisher == "worldbank" else "worldbank"
            landing = copy_landing(folder / "landing", {sample.publisher, witness})
            good = next(landed for landed in landing.pending(sample.publisher, set()) if sample.is_of(landed))
            text = landing.body(good).decode()
            copies = {
                name: land_like(landing, good, damage(text).encode())
                for name, (damage, _) in sample.all_damages().items()
            }
            remove(landing, good)
            errors = read(folder / "home", folder / "landing", sample.publisher, witness)
            known[id(sample)] = Damaged(folder / "home", good, copies, errors, witness)
        return known[id(sample)]

    return of


CASES = [pytest.param(s, name, id=f"{s.publisher}-{s.endpoint}-{name}") for s in SAMPLES for name in s.all_damages()]


@pytest.mark.parametrize(("sample", "name"), CASES)
def test_a_damaged_body_is_named_kept_and_not_loaded(
    damaged: Callable[[Sample], Damaged], sample: Sample, name: str
) -> None:
    after = damaged(sample)
    landed = after.copies[name]
    place = f"{sample.publisher}, {sample.all_damages()[name][1]}: "
    [(outcome, error)] = after.ask("select outcome, error from raw.landings where landing_id = ?", landed.landing_id)
    assert outcome == "rejected"
    assert error.startswith(place)
    assert error in after.errors[sample.publisher]
    for table in ("observations", "response_coverage", *RECORD_TABLES):
        assert after.ask(f"select count(*) from raw.{table} where landing_id = ?", landed.landing_id) == [(0,)], table
    Landing(after.home / "landing").body(landed)  # raises unless the body is there, byte for byte


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.publisher}-{sample.endpoint}")
def test_all_other_answers_are_loaded_in_full(
    damaged: Callable[[Sample], Damaged], sample_home: Path, sample: Sample
) -> None:
    after = damaged(sample)
    assert after.errors[after.witness] == []
    assert len(after.errors[sample.publisher]) == len(sample.all_damages())
    publishers = f"('{sample.publisher}', '{after.witness}')"
    landings = f"(select landing_id from raw.landings where publisher in {publishers} and outcome = 'loaded')"
    queries = [f"from {landings} order by all", f"{OBSERVATIONS} where landing_id in {landings} order by all"]
    queries += [
        f"select record_id, observation_date, known_at, content_hash, landing_id from raw.{table.name} "
        f"where landing_id in {landings} order by all"
        for table in RECORD_TABLES.values()
    ]
    with duckdb.connect(str(sample_home / "raw.duckdb"), read_only=True) as raw:
        for query in queries:
            others = [row for row in raw.execute(query).fetchall() if after.good.landing_id not in row]
            assert after.ask(query) == others, query


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.publisher}-{sample.endpoint}")
def test_the_publishers_outcome_says_rejected(damaged: Callable[[Sample], Damaged], sample: Sample) -> None:
    after = damaged(sample)
    outcomes = dict(after.ask("select publisher, outcome from raw.source_outcomes"))
    assert outcomes == {sample.publisher: "rejected", after.witness: "ok"}


def test_a_body_that_ends_inside_a_figure_is_no_answer() -> None:
    landing = Landing(SAMPLE_LANDING)
    [good] = landing.pending("ecb", set())
    with pytest.raises(ParseError, match="field OBS_VALUE"):
        SOURCES["ecb"].parse(good, landing.body(good).rstrip()[:-2])


def test_a_second_run_over_the_same_landing_says_the_same(tmp_path: Path) -> None:
    landing = copy_landing(tmp_path / "landing", {"lbma"})
    [good] = landing.pending("lbma", set())
    land_like(landing, good, swap("2067.55", '"n/a"')(landing.body(good).decode()).encode())
    first = read(tmp_path / "home", landing.root, "lbma")
    assert len(first["lbma"]) == 1
    assert read(tmp_path / "home", landing.root, "lbma") == first


def test_a_good_answer_after_a_bad_one_is_loaded(tmp_path: Path) -> None:
    landing = copy_landing(tmp_path / "landing", {"lbma"})
    [good] = landing.pending("lbma", set())
    earlier = replace(good, fetched_at=good.fetched_at - timedelta(days=1))
    bad = land_like(landing, earlier, b"<html></html>")
    assert read(tmp_path / "home", landing.root, "lbma") == {"lbma": []}
    with duckdb.connect(str(tmp_path / "home" / "raw.duckdb"), read_only=True) as raw:
        loaded = raw.execute("select landing_id, outcome from raw.landings order by fetched_at").fetchall()
        assert loaded == [(bad.landing_id, "rejected"), (good.landing_id, "loaded")]
        # The bad answer showed no day, so it does not count as one in which the days were missing.
        assert raw.execute("select distinct known_at_basis from raw.observations").fetchall() == [("schedule",)]


def test_a_load_that_stumbles_after_its_inserts_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise LoadError("lbma: too late")

    landing = copy_landing(tmp_path / "landing", {"lbma"})
    monkeypatch.setattr(Vintages, "_record_coverage", stumble)
    assert read(tmp_path / "home", landing.root, "lbma") == {"lbma": ["lbma: too late"]}
    with duckdb.connect(str(tmp_path / "home" / "raw.duckdb"), read_only=True) as raw:
        assert raw.execute("select count(*) from raw.observations").fetchall() == [(0,)]
        assert raw.execute("select outcome from raw.landings").fetchall() == [("rejected",)]


def test_a_lost_body_and_an_altered_one_are_read_once_they_are_restored(tmp_path: Path) -> None:
    landing = copy_landing(tmp_path / "landing", {"tencent", "lbma"})
    lost, altered = landing.pending("tencent", set())
    bodies = {landed.path: landing.body(landed) for landed in (lost, altered)}
    (landing.root / lost.path).unlink()
    (landing.root / altered.path).write_bytes(b"{}")
    errors = read(tmp_path / "home", landing.root, "tencent", "lbma")
    assert errors["lbma"] == []
    assert len(errors["tencent"]) == 2
    assert any(f"landed body {lost.path} cannot be read" in error for error in errors["tencent"])
    assert any(f"landed body {altered.path} does not have its recorded sha256" in error for error in errors["tencent"])
    with duckdb.connect(str(tmp_path / "home" / "raw.duckdb"), read_only=True) as raw:
        outcomes = dict(raw.execute("select publisher, outcome from raw.source_outcomes").fetchall())
        assert outcomes == {"lbma": "ok", "tencent": "failed"}
    for path, body in bodies.items():
        (tmp_path / "home" / "landing" / path).write_bytes(body)
    assert read(tmp_path / "home", tmp_path / "home" / "landing", "tencent") == {"tencent": []}
    with duckdb.connect(str(tmp_path / "home" / "raw.duckdb"), read_only=True) as raw:
        assert raw.execute("select count(*) from raw.landings where publisher = 'tencent'").fetchall() == [(2,)]


def test_without_the_price_of_bitcoin_a_new_home_publishes_all_else(sample_home: Path, tmp_path: Path) -> None:
    """And without the flows of the table in which a fund was renamed."""
    landing = copy_landing(tmp_path / "landing", set(Landing(SAMPLE_LANDING).publishers()))
    for publisher, endpoint, mark, damage in (
        ("binance", "klines", "BTCUSDT", lambda text: text[:1000]),
        ("farside", "btc_page_rest", "", swap(">GBTC<", ">GBTX<")),
    ):
        [good] = [
            landed
            for landed in landing.pending(publisher, set())
            if landed.endpoint == endpoint and mark in str(landed.params)
        ]
        text = landing.body(good).decode()
        remove(landing, good)
        land_like(landing, good, damage(text).encode())
    done = drivers(tmp_path / "home", "run", "--landing", str(landing.root))
    assert done.returncode == 1, done.stderr
    assert "binance rejected: binance, series BTCUSDT, field body: " in done.stdout
    assert "farside rejected: farside, series farside.BTC.GBTC, field header: " in done.stdout
    assert "No BTC close is known for this day." in done.stdout
    queries = (
        "select series_id, state, observations from marts.mart_source_coverage "
        "where not starts_with(series_id, 'binance.BTC') and not starts_with(series_id, 'farside.BTC') order by 1",
        "select date, close_usd, return_bps from facts.fct_crypto_market_daily where asset = 'ETH' order by 1",
        "select date, driver_id, signal, pressure, status from marts.mart_driver_signals_daily "
        "where driver_id not in ('btc_vol_30', 'etf_flow_5', 'etf_streak') order by all",
        "select date from marts.mart_correction_drivers_daily order by 1",
    )
    answers = []
    for home in (tmp_path / "home", sample_home):
        with duckdb.connect(str(home / "published" / "current" / DATABASE), read_only=True) as connection:
            answers.append([connection.execute(query).fetchall() for query in queries])
    assert answers[0] == answers[1]


def test_a_price_of_bitcoin_that_is_short_leaves_the_days_of_the_mart(sample_home: Path, tmp_path: Path) -> None:
    landing = copy_landing(tmp_path / "landing", {"binance"})
    [good] = [each for each in landing.pending("binance", set()) if each.params.get("symbol") == "BTCUSDT"]
    candles = json.loads(landing.body(good))
    remove(landing, good)
    land_like(landing, good, json.dumps(candles[-30:]).encode())
    done = drivers(tmp_path / "home", "run", "--landing", str(landing.root))
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(tmp_path / "home" / "published" / "current" / DATABASE), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.mart_correction_drivers_daily").fetchall() == [(486,)]
        closes = connection.execute(
            "select count(close_usd), count(drawdown_90d_pct), count(close_null_reason), "
            "count(case when drawdown_90d_null_reason = 'fewer_than_90_days' then 1 end) "
            "from facts.fct_crypto_market_daily where asset = 'BTC'"
        ).fetchall()
    assert closes == [(30, 0, 456, 486)]


def farside_page(landing: Landing) -> tuple[Landed, str]:
    [good] = [each for each in landing.pending("farside", set()) if each.endpoint == "eth_page_rest"]
    return good, landing.body(good).decode()


def later(landed: Landed, days: int) -> Landed:
    return replace(landed, fetched_at=landed.fetched_at + timedelta(days=days))


def eth_days(home: Path) -> list[tuple]:
    """Days of the ether table on which the newest vintages of the funds do not sum to that of the total."""
    with duckdb.connect(str(home / "raw.duckdb"), read_only=True) as raw:
        return raw.execute(
            "with latest as (select series_id, observation_date, arg_max(struct_pack(v := value), known_at).v as value "
            "from raw.observations where starts_with(series_id, 'farside.ETH.') group by all), "
            "sums as (select observation_date, sum(value) filter (where series_id not like '%.TOTAL') as funds, "
            "sum(value) filter (where series_id like '%.TOTAL') as total from latest group by observation_date) "
            "from sums where abs(funds - total) > 0.15 or (funds is null) <> (total is null)"
        ).fetchall()


def test_a_fund_renamed_in_the_page_is_refused_and_a_good_page_is_read_after_it(tmp_path: Path) -> None:
    landing = copy_landing(tmp_path / "landing", {"farside"})
    good, text = farside_page(landing)
    land_like(landing, later(good, 1), swap(">TETH<", ">CETH<")(text).encode())
    [error] = read(tmp_path / "home", landing.root, "farside")["farside"]
    assert error.startswith("farside, series farside.ETH.TETH, field header: the table does not have this column")
    land_like(landing, later(good, 2), text.encode())
    assert read(tmp_path / "home", landing.root, "farside") == {"farside": []}
    assert eth_days(tmp_path / "home") == []
    with duckdb.connect(str(tmp_path / "home" / "raw.duckdb"), read_only=True) as raw:
        assert raw.execute("select count(*) from raw.observations where series_id = 'farside.ETH.CETH'").fetchall() == [
            (0,)
        ]


def test_a_fund_new_in_the_page_is_known_from_that_page_on_and_gone_with_the_next(tmp_path: Path) -> None:
    landing = copy_landing(tmp_path / "landing", {"farside"})
    good, text = farside_page(landing)
    new, gone = later(good, 1), later(good, 2)
    land_like(landing, new, with_a_fund_of_nothing(text).encode())
    land_like(landing, gone, text.encode())
    assert read(tmp_path / "home", landing.root, "farside") == {"farside": []}
    with duckdb.connect(str(tmp_path / "home" / "raw.duckdb"), read_only=True) as raw:
        vintages = raw.execute(
            "select distinct known_at, known_at_basis, value from raw.observations "
            "where series_id = 'farside.ETH.NEWF' order by known_at"
        ).fetchall()
    assert vintages == [(new.fetched_at, "capture", 0.0), (gone.fetched_at, "capture", None)]
    assert eth_days(tmp_path / "home") == []


def with_a_fund_of_nothing(text: str) -> str:
    """The table with one more column, 0.0 on every day, before Total."""
    document = json.loads(text)
    rows = document[0]["content"]["rendered"].split("</tr>")
    for number, row in enumerate(rows[:-1]):
        cell = row.rindex("<td") if "<td" in row else row.rindex("<th")
        tag = row[cell + 1 : cell + 3]
        content = "NEWF" if tag == "th" else "0.0"
        rows[number] = f"{row[:cell]}<{tag}>{content}</{tag}>{row[cell:]}"
    document[0]["content"]["rendered"] = "</tr>".join(rows)
    return json.dumps(document)


def test_an_unreadable_meta_file_stops_its_publisher_only(tmp_path: Path) -> None:
    landing = copy_landing(tmp_path / "landing", {"tencent", "lbma"})
    meta = next((landing.root / "tencent").rglob("*.meta.json"))
    meta.write_text(meta.read_text()[:40])
    errors = read(tmp_path / "home", landing.root, "tencent", "lbma")
    assert errors["lbma"] == []
    assert len(errors["tencent"]) == 1
    assert "tencent" in errors["tencent"][0] and meta.name in errors["tencent"][0]


def stumbling(source: Source) -> Source:
    def parse(landed: Landed, body: bytes) -> None:
        raise RecursionError("x" * 1000)

    return replace(source, parse=parse)


def test_a_parser_that_stumbles_rejects_the_answer_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = copy_landing(tmp_path / "landing", {"lbma", "worldbank"})
    monkeypatch.setitem(SOURCES, "lbma", stumbling(SOURCES["lbma"]))
    errors = read(tmp_path / "home", landing.root, "lbma", "worldbank")
    assert errors["worldbank"] == []
    [error] = errors["lbma"]
    assert error.startswith("lbma, series gold_pm, field body: cannot be read, RecursionError: ")
    assert len(error) < 200, "an error quotes a little of what it met, not all of it"


def test_the_run_ends_with_1_and_says_which_publisher_and_why(
    damaged_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = damaged_run
    assert done.returncode == 1, done.stderr
    summary = [line for line in done.stdout.splitlines() if line.startswith("alternative_me rejected: ")]
    assert summary == [
        "alternative_me rejected: alternative_me, series alternative_me.fng, date 2025-04-30, field value: "
        "'[/red] n/a' where a number is due"
    ]


def test_everything_else_is_published(
    damaged_run: tuple[Path, subprocess.CompletedProcess[str]], sample_home: Path
) -> None:
    home, _ = damaged_run
    query = (
        "select series_id, state, publisher_outcome, observations, newest_observation_date "
        "from marts.mart_source_coverage where publisher <> 'alternative_me' order by 1"
    )
    answers = []
    for each in (home, sample_home):
        with duckdb.connect(str(each / "published" / "current" / DATABASE), read_only=True) as connection:
            answers.append(connection.execute(query).fetchall())
            close = "select close_usd from facts.fct_crypto_market_daily where asset = 'BTC' order by date"
            answers[-1] += connection.execute(close).fetchall()
    assert answers[0] == answers[1]
    assert json.loads((home / "published" / "current" / "manifest.json").read_text())["as_of"] == "2025-05-01T12:00:00Z"


def test_what_is_missing_is_null_and_said_to_be(
    damaged_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    home, _ = damaged_run
    with duckdb.connect(str(home / "published" / "current" / DATABASE), read_only=True) as connection:
        coverage = connection.execute(
            "select series_id, state, publisher_outcome, publisher_error is not null, observations "
            "from marts.mart_source_coverage where publisher = 'alternative_me'"
        ).fetchall()
        assert coverage == [("alternative_me.fng", "absent", "rejected", True, 0)]
        signals = connection.execute(
            "select distinct signal, pressure, status, null_reason is not null "
            "from marts.mart_driver_signals_daily where driver_id = 'fear_greed'"
        ).fetchall()
        assert signals == [(None, None, "missing", True)]
