"""A live run against publishers on 127.0.0.1: what is asked and loaded, and what one failure leaves alone."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration import run as run_module
from orchestration.catalog import of_publisher
from orchestration.defs.sources.alternative_me import source as alternative_me
from orchestration.defs.sources.ecb import source as ecb
from orchestration.defs.sources.farside import source as farside
from orchestration.defs.sources.fred import source as fred
from orchestration.extraction import read_source, source_asset
from orchestration.http import Fetcher
from orchestration.run import WarehouseRun
from orchestration.source import Source
from tests.sources.publisher_server import Asked, publisher
from warehouse.home import Home, HomeError

Answer = tuple[int, str]
KEY = "0123456789abcdef0123456789abcdef"
PER_EURO = {"CNY": 7.8, "GBP": 0.85, "HKD": 8.6, "JPY": 160.0, "USD": 1.1}


def today() -> date:
    return datetime.now(UTC).date()


def days(start: date, end: date) -> list[date]:
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def fear_and_greed(asked: Asked) -> Answer:
    """As many days as were asked for, today's first; the figure of a day never changes."""
    newest_first = [today() - timedelta(days=n) for n in range(int(asked.query["limit"]))]
    rows = [
        {
            "value": str(day.toordinal() % 100),
            "timestamp": str(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())),
        }
        for day in newest_first
    ]
    return 200, json.dumps({"data": rows, "metadata": {"error": None}})


def reference_rates(asked: Asked) -> Answer:
    """Weekdays of the span in the path, up to yesterday."""
    start, end = (date.fromisoformat(text) for text in asked.path.rsplit("/", 1)[1].split(".."))
    rates = {
        str(day): {currency: rate + day.toordinal() % 7 / 100 for currency, rate in PER_EURO.items()}
        for day in days(start, min(end, today() - timedelta(days=1)))
        if day.weekday() < 5
    }
    return 200, json.dumps({"amount": 1.0, "base": "EUR", "rates": rates})


def funds(asset: str) -> list[str]:
    """The tickers that the catalog counts on in a table of Farside."""
    tickers = [s.native_id.split(":")[1] for s in of_publisher("farside") if s.native_id.startswith(f"{asset}:")]
    return [ticker for ticker in tickers if ticker != "TOTAL"]


def flows_page(asset: str) -> str:
    """Farside's page with the last ten weekdays: 1.5 of the first fund, -2.0 of the second."""
    blanks = "<td>-</td>" * (len(funds(asset)) - 2)
    rows = [
        f"<tr><td>{day.day} {day:%b} {day.year}</td><td>1.5</td><td>(2.0)</td>{blanks}<td>(0.5)</td></tr>"
        for day in days(today() - timedelta(days=14), today() - timedelta(days=1))
        if day.weekday() < 5
    ]
    head = "".join(f"<th>{cell}</th>" for cell in ("Date", *funds(asset), "Total"))
    return f'<html><table class="etf"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></html>'


class Live:
    """A live home whose publishers are functions of a request."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = Home(root)
        self._monkeypatch = monkeypatch
        # Publishers here have no rate limit, and a passing failure passes at once.
        monkeypatch.setattr(
            run_module, "Fetcher", lambda *parts, **settings: Fetcher(*parts, **settings | {"backoff_s": 0.0})
        )
        monkeypatch.delenv("FRED_API_KEY", raising=False)

    def sources(self, *sources: Source) -> dict[str, Source]:
        """Make the run know these publishers only."""
        known = {source.publisher: replace(source, gap_s=0.0, timeout_s=10.0) for source in sources}
        self._monkeypatch.setattr(run_module, "discover", lambda: known)
        return known

    def run(self, *sources: Source) -> dict[str, tuple[int, int, list[str]]]:
        """One live run; new rows, changed rows and errors of each publisher."""
        known = self.sources(*sources)
        return self.read(WarehouseRun(mode="live"), self.home, known)

    def rebuild(self, *sources: Source) -> dict[str, tuple[int, int, list[str]]]:
        """A run that makes another home from what this one has landed."""
        run = WarehouseRun(mode="landing", landing_dir=str(self.home.landing))
        return self.read(run, Home(self.home.root.with_name("rebuilt")), self.sources(*sources))

    @staticmethod
    def read(run: WarehouseRun, home: Home, known: dict[str, Source]) -> dict[str, tuple[int, int, list[str]]]:
        run.open(home)
        results = {name: read_source(source, run) for name, source in known.items()}
        run.close_files()
        return {name: (result.new, result.changed, errors) for name, (result, errors) in results.items()}

    def ask(self, query: str) -> list[tuple]:
        with duckdb.connect(str(self.home.raw_db), read_only=True) as raw:
            return raw.execute(query).fetchall()

    def outcomes(self) -> dict[str, str]:
        return dict(self.ask("select publisher, outcome from raw.source_outcomes"))

    @contextmanager
    def serve(self, module: object, name: str, answer: Callable[[Asked], Answer]) -> Iterator[list[Asked]]:
        """Put a local publisher in place of an address of a source module; gives what it was asked."""
        path = re.sub(r"https?://[^/]*", "", getattr(module, name))
        with publisher(answer) as served, self._monkeypatch.context() as patch:
            patch.setattr(module, name, served.url + path)
            yield served.asked


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Live:
    return Live(tmp_path / "home", monkeypatch)


def test_a_second_run_asks_for_the_reread_window_and_brings_nothing_new(live: Live) -> None:
    with (
        live.serve(alternative_me, "URL", fear_and_greed) as fng,
        live.serve(ecb, "FRANKFURTER", reference_rates) as rates,
    ):
        first = live.run(alternative_me.SOURCE, ecb.SOURCE)
        assert first["alternative_me"] == (int(fng[0].query["limit"]), 0, [])
        assert int(fng[0].query["limit"]) >= (today() - alternative_me.SOURCE.first_date).days
        assert first["ecb"][0] > 5 * 700 and first["ecb"][1:] == (0, [])
        assert live.outcomes() == {"alternative_me": "ok", "ecb": "ok"}
        stored = live.ask("select * from raw.observations order by all")
        second = live.run(alternative_me.SOURCE, ecb.SOURCE)
    assert second == {"alternative_me": (0, 0, []), "ecb": (0, 0, [])}
    assert live.ask("select * from raw.observations order by all") == stored
    # One day more when midnight passes between the two runs.
    assert int(fng[1].query["limit"]) in (8, 9)
    start, end = (date.fromisoformat(text) for text in rates[1].path.rsplit("/", 1)[1].split(".."))
    assert (end - start).days in (7, 8)
    assert len(fng) == len(rates) == 2


def test_a_corrected_figure_is_one_new_vintage(live: Live) -> None:
    corrected = today() - timedelta(days=3)

    def another(asked: Asked) -> Answer:
        rows = json.loads(fear_and_greed(asked)[1])
        rows["data"][(today() - corrected).days]["value"] = "55.5"
        return 200, json.dumps(rows)

    with live.serve(alternative_me, "URL", fear_and_greed):
        live.run(alternative_me.SOURCE)
    with live.serve(alternative_me, "URL", another):
        assert live.run(alternative_me.SOURCE) == {"alternative_me": (0, 1, [])}
    vintages = live.ask(f"select value, known_at_basis from raw.observations where observation_date = '{corrected}'")
    assert vintages == [(corrected.toordinal() % 100, "schedule"), (55.5, "capture")]


def test_a_publisher_that_is_down_is_reported_and_the_other_loads(live: Live) -> None:
    def down(_: Asked) -> Answer:
        return 500, "try later"

    with (
        live.serve(alternative_me, "URL", down) as asked,
        live.serve(ecb, "FRANKFURTER", reference_rates),
    ):
        results = live.run(alternative_me.SOURCE, ecb.SOURCE)
    new, changed, [error] = results["alternative_me"]
    assert (new, changed) == (0, 0)
    assert error.startswith("alternative_me, endpoint fng: HTTP 500") and "try later" in error
    assert results["ecb"][0] > 0 and results["ecb"][2] == []
    assert live.outcomes() == {"alternative_me": "failed", "ecb": "ok"}
    assert len(asked) == 4, "a passing failure is tried again, not for ever"
    # The gap is asked for until it is filled.
    with live.serve(alternative_me, "URL", fear_and_greed) as asked, live.serve(ecb, "FRANKFURTER", reference_rates):
        live.run(alternative_me.SOURCE, ecb.SOURCE)
    assert int(asked[0].query["limit"]) >= (today() - alternative_me.SOURCE.first_date).days
    assert live.outcomes() == {"alternative_me": "ok", "ecb": "ok"}


def test_publishers_are_asked_at_the_same_time(live: Live) -> None:
    first, second = threading.Event(), threading.Event()

    def together(
        answer: Callable[[Asked], Answer], own: threading.Event, other: threading.Event
    ) -> Callable[..., Answer]:
        def wait(asked: Asked) -> Answer:
            # No answer unless the other publisher is asked meanwhile.
            own.set()
            return answer(asked) if other.wait(4) else (404, "asked alone")

        return wait

    with (
        live.serve(alternative_me, "URL", together(fear_and_greed, first, second)),
        live.serve(ecb, "FRANKFURTER", together(reference_rates, second, first)),
    ):
        live.run(alternative_me.SOURCE, ecb.SOURCE)
    assert live.outcomes() == {"alternative_me": "ok", "ecb": "ok"}


def test_a_fallback_after_a_refusal_is_no_failure(live: Live) -> None:
    def site(asked: Asked) -> Answer:
        if asked.query.get("slug") == farside.SLUGS["BTC"]:
            return 403, "<html>Just a moment...</html>"
        if asked.path.startswith("/wp-json"):
            return 200, "<html>Just a moment...</html>"
        return 200, flows_page("BTC" if "bitcoin" in asked.path else "ETH")

    with live.serve(farside, "SITE", site) as asked, live.serve(farside, "MIRROR", lambda _: (500, "")) as mirror:
        results = live.run(farside.SOURCE)
    assert results["farside"][2] == []
    assert results["farside"][0] == sum(len(funds(asset)) + 1 for asset in ("BTC", "ETH")) * 10
    assert live.outcomes() == {"farside": "ok"}
    assert len(asked) == 4 and mirror == []
    landings = live.ask("select endpoint, http_status, outcome from raw.landings order by fetched_at")
    assert landings == [
        ("btc_page_rest", 403, "replaced"),
        ("btc_page_html", 200, "loaded"),
        ("eth_page_rest", 200, "replaced"),
        ("eth_page_html", 200, "loaded"),
    ]
    assert live.rebuild(farside.SOURCE) == results, "what was no failure then is none when it is read again"


def test_a_publisher_that_refuses_everywhere_has_failed(live: Live) -> None:
    with (
        live.serve(farside, "SITE", lambda _: (403, "no robots")),
        live.serve(farside, "MIRROR", lambda _: (404, "gone")),
    ):
        [error] = live.run(farside.SOURCE)["farside"][2]
    assert all(place in error for place in ("btc_page_rest", "btc_page_html", "btc_mirror", "eth_mirror"))
    assert live.outcomes() == {"farside": "failed"}


def test_a_run_of_a_part_asks_its_own_publishers_only(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIVERS_HOME", str(live.home.root))
    assets = [source_asset(source) for source in live.sources(alternative_me.SOURCE, ecb.SOURCE).values()]
    defs = dg.Definitions(
        assets=assets, jobs=[dg.define_asset_job("all")], resources={"run": WarehouseRun(mode="live")}
    )
    job = defs.resolve_job_def("all")
    with (
        live.serve(alternative_me, "URL", fear_and_greed) as fng,
        live.serve(ecb, "FRANKFURTER", reference_rates) as rates,
    ):
        job.execute_in_process(asset_selection=[dg.AssetKey(["raw", "alternative_me"])])
        assert (len(fng), len(rates)) == (1, 0)
        assert live.outcomes() == {"alternative_me": "ok"}
        job.execute_in_process()
        assert (len(fng), len(rates)) == (2, 1)
        assert live.outcomes() == {"alternative_me": "ok", "ecb": "ok"}
    start, end = (date.fromisoformat(text) for text in rates[0].path.rsplit("/", 1)[1].split(".."))
    assert (start, end) == (ecb.SOURCE.first_date, today())


def test_a_home_is_of_one_kind(live: Live, tmp_path: Path) -> None:
    with live.serve(alternative_me, "URL", fear_and_greed):
        live.run(alternative_me.SOURCE)
    with pytest.raises(HomeError, match=r"is a live home and cannot take a sample run: set DRIVERS_HOME"):
        WarehouseRun(mode="sample").open(live.home)
    assert not (live.home.landing / "manifest.json").exists(), "nothing of the sample may have been brought in"
    live.sources()
    again = WarehouseRun()
    again.open(live.home)
    assert again.kind == "live", "a plain run follows the home"
    sample = Home(tmp_path / "sample")
    WarehouseRun().open(sample)  # a new home becomes a sample
    with pytest.raises(HomeError, match=r"is a sample home and cannot take a live run: set DRIVERS_HOME"):
        WarehouseRun(mode="live").open(sample)


def api(asked: Asked) -> Answer:
    """FRED with a key, which it repeats where it can: two series, one of them with two vintages."""
    about = {"count": 1, "offset": 0, "limit": int(asked.query["limit"]), "you_sent": asked.query["api_key"]}
    if asked.path.endswith("release/dates"):
        dates = [{"release_id": int(asked.query["release_id"]), "date": "2025-02-12"}]
        return 200, json.dumps(about | {"release_dates": dates})
    if asked.path.endswith("vintagedates"):
        return 200, json.dumps(about | {"count": 2, "vintage_dates": ["2025-02-12", "2025-03-12"]})
    view = {"units": "lin", "output_type": 1, "observation_start": asked.query["observation_start"]}
    if asked.query["series_id"] == "DGS10":
        rows = [{"realtime_start": "2025-03-20", "date": "2025-02-14", "value": "4.47"}]
        period = {"realtime_start": "2025-03-20", "realtime_end": "2025-03-20"}
    else:
        rows = [
            {"realtime_start": "2025-02-12", "date": "2025-01-01", "value": "319.086"},
            {"realtime_start": "2025-03-12", "date": "2025-01-01", "value": "319.1"},
        ]
        period = {"realtime_start": asked.query["realtime_start"], "realtime_end": asked.query["realtime_end"]}
    return 200, json.dumps(about | view | period | {"count": len(rows), "observations": rows})


def refused(asked: Asked) -> Answer:
    text = f"Bad Request. The value for variable api_key ({asked.query['api_key']}) is not registered."
    return 400, json.dumps({"error_code": 400, "error_message": text})


def files_with(root: Path, secret: str) -> list[Path]:
    return [file for file in root.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]


def test_a_key_appears_nowhere_in_the_home(
    live: Live, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    two = [series for series in of_publisher("fred") if series.native_id in ("DGS10", "CPIAUCSL")]
    assert {series.revisions for series in two} == {"none", "revised"}
    monkeypatch.setattr(fred, "of_publisher", lambda _: two)
    monkeypatch.setenv("FRED_API_KEY", KEY)
    monkeypatch.setenv("DRIVERS_HOME", str(live.home.root))
    live.home.dagster.mkdir(parents=True)
    [asset] = [source_asset(source) for source in live.sources(fred.SOURCE).values()]
    resources = {"run": WarehouseRun(mode="live")}
    with dg.DagsterInstance.local_temp(str(live.home.dagster)) as instance:
        with live.serve(fred, "API_URL", refused) as asked:
            failed = dg.materialize([asset], instance=instance, resources=resources)
        assert asked and all(each.query["api_key"] == KEY for each in asked)
        assert live.outcomes() == {"fred": "failed"}
        [check] = failed.get_asset_check_evaluations()
        assert not check.passed
        with live.serve(fred, "API_URL", api) as asked:
            done = dg.materialize([asset], instance=instance, resources=resources)
        assert asked and all(each.query["api_key"] == KEY for each in asked)
        assert live.outcomes() == {"fred": "ok"}
        [check] = done.get_asset_check_evaluations()
        assert check.passed
    values = live.ask("select series_id, value, known_at_basis from raw.observations order by known_at")
    assert values == [
        ("fred.CPIAUCSL", 319.086, "vintage"),
        ("fred.DGS10", 4.47, "schedule"),
        ("fred.CPIAUCSL", 319.1, "vintage"),
    ]
    assert files_with(live.home.root, "319.086"), "the search itself must find what is there"
    assert files_with(live.home.root, "***"), "the publisher repeated the key, and it was taken out"
    assert files_with(live.home.root, KEY) == []
    printed = capfd.readouterr()
    assert "fred" in printed.err and KEY not in printed.out + printed.err
