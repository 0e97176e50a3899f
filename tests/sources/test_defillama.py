"""DefiLlama: supply of dollar stablecoins without the moving day, and the list of hacks with its traps."""

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.catalog import catalog
from orchestration.defs.sources.defillama import source
from orchestration.defs.sources.defillama.parser import parse
from orchestration.defs.sources.defillama.source import SOURCE
from orchestration.extraction import rule_of
from orchestration.http import FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import Asked, fetcher, loadable, publisher
from tests.support import landed, recorded
from warehouse.landing import Landing
from warehouse.parsed import ParsedSeries

NOON = "2026-11-01T12:00:00"


def seconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def supply(rows: object, endpoint: str = "stablecoincharts_all", fetched_at: str = NOON) -> ParsedSeries:
    (series,) = parse(landed("defillama", endpoint, fetched_at=fetched_at), json.dumps(rows).encode()).series
    return series


def chart_row(day: str, dollars: object) -> dict[str, object]:
    return {"date": str(seconds(day)), "totalCirculating": {"peggedUSD": 7}, "totalCirculatingUSD": dollars}


def coin(symbol: str, *tokens: object) -> dict[str, object]:
    return {"id": "1", "name": "Tether", "symbol": symbol, "chainBalances": {}, "tokens": list(tokens)}


def token(day: str, amount: object) -> dict[str, object]:
    return {"date": seconds(day), "circulating": {"peggedUSD": amount}}


def hacks(rows: object) -> list[dict[str, Any]]:
    parsed = parse(landed("defillama", "hacks"), json.dumps(rows).encode())
    assert not parsed.series
    return parsed.records["hack_incidents"]


def hack(
    name: str = "Bybit", amount: object = 1_400_000_000, day: str = "2025-02-21", **extra: object
) -> dict[str, Any]:
    return {"date": seconds(day), "name": name, "amount": amount} | extra


# Supply


def test_the_recorded_history_without_the_moving_day() -> None:
    body = gzip.decompress(recorded("stablecoins", "stablecoincharts_all_2026-08-21.json.gz"))
    (series,) = parse(landed("defillama", "stablecoincharts_all", fetched_at="2026-08-21T08:19:48"), body).series
    printed = json.loads(body)
    assert series.series_id == "defillama.stablecoins_total_usd"
    assert len(series.rows) == len(printed) - 1 == 3187
    assert series.rows[0] == (date(2017, 11, 29), 110105.0, None)
    assert series.rows[-1][0] == date(2026, 8, 20)
    assert series.covers_from == date(2017, 11, 29)
    days = [day for day, _, _ in series.rows]
    assert (days[-1] - days[0]).days + 1 == len(days) == len(set(days)), "no gaps, no doubles"
    assert all(value is not None for _, value, _ in series.rows)


@pytest.mark.parametrize(
    ("fetched_at", "newest"),
    [
        ("2026-10-31T23:59:59", date(2026, 10, 30)),
        ("2026-11-01T00:30:00", date(2026, 10, 30)),
        ("2026-11-01T01:00:00", date(2026, 10, 31)),
        ("2026-11-01T23:00:00", date(2026, 10, 31)),
    ],
)
def test_a_day_counts_once_it_no_longer_moves(fetched_at: str, newest: date) -> None:
    rows = [chart_row(day, {"peggedUSD": 3.5e11}) for day in ("2026-10-30", "2026-10-31", "2026-11-01")]
    assert supply(rows, fetched_at=fetched_at).rows[-1][0] == newest
    tokens = [token(day, 1.8e11) for day in ("2026-10-30", "2026-10-31", "2026-11-01")]
    assert supply(coin("USDT", *tokens), "stablecoin_USDT", fetched_at).rows[-1][0] == newest


def test_market_value_of_dollar_coins_is_taken_not_their_number_nor_other_pegs() -> None:
    series = supply([chart_row("2026-10-30", {"peggedUSD": 99.5, "peggedEUR": 5})])
    assert series.rows == [(date(2026, 10, 30), 99.5, None)]


def test_what_only_recent_rows_hold_is_not_needed() -> None:
    recent = chart_row("2026-10-30", {"peggedUSD": 3.0}) | {"totalMintedUSD": {}, "totalBridgedToUSD": {"peggedUSD": 1}}
    assert [value for _, value, _ in supply([chart_row("2026-10-29", {"peggedUSD": 2}), recent]).rows] == [2.0, 3.0]


def test_a_row_without_a_dollar_figure_is_a_null() -> None:
    rows = [
        chart_row("2026-10-27", {"peggedUSD": 0}),
        chart_row("2026-10-28", {}),
        chart_row("2026-10-29", {"peggedUSD": {}}),
        chart_row("2026-10-30", {"peggedEUR": 5}),
    ]
    assert [value for _, value, _ in supply(rows).rows] == [0.0, None, None, None]


@pytest.mark.parametrize("symbol", ["USDT", "USDC"])
def test_coins_in_circulation(symbol: str) -> None:
    series = supply(coin(symbol, token("2026-10-29", 10.5), token("2026-10-30", 11)), f"stablecoin_{symbol}")
    assert series.series_id == f"defillama.{symbol}_circulating"
    assert series.rows == [(date(2026, 10, 29), 10.5, None), (date(2026, 10, 30), 11.0, None)]


def test_swapped_ids_are_noticed() -> None:
    with pytest.raises(ParseError, match=r"defillama\.USDT_circulating, field symbol: 'USDC' where USDT"):
        supply(coin("USDC", token("2026-10-30", 11)), "stablecoin_USDT")


def test_an_answer_of_today_only_is_not_the_whole_history_that_was_asked() -> None:
    with pytest.raises(ParseError, match=r"date up to 2026-11-01, field totalCirculatingUSD.peggedUSD: .* no figure"):
        supply([chart_row("2026-11-01", {"peggedUSD": 1})])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "field body"),
        ({"message": "Too many requests"}, "field body"),
        (["x"], "an object is due"),
        ([{"totalCirculatingUSD": {"peggedUSD": 1}}], "field date"),
        ([{"date": "1511913600", "totalCirculating": {"peggedUSD": 1}}], "field totalCirculatingUSD"),
        ([{"date": "1511913600", "totalCirculatingUSD": 5}], "date 2017-11-29, field totalCirculatingUSD"),
        (
            [{"date": "1511913600", "totalCirculatingUSD": {"usd": 5}}],
            "field totalCirculatingUSD.peggedUSD: the answer holds no figure at all",
        ),
        ([chart_row("2026-10-30", {"peggedUSD": "n/a"})], "date 2026-10-30, field totalCirculatingUSD.peggedUSD"),
        ([chart_row("2026-10-30", {"peggedUSD": [1]})], "date 2026-10-30, field totalCirculatingUSD.peggedUSD"),
        ([{"date": "1511913600000", "totalCirculatingUSD": {"peggedUSD": 1}}], "not in epoch seconds"),
        ([{"date": "2017-11-29", "totalCirculatingUSD": {"peggedUSD": 1}}], "field date"),
    ],
)
def test_a_malformed_chart_is_an_error_that_names_the_place(rows: object, message: str) -> None:
    with pytest.raises(ParseError, match=message) as caught:
        supply(rows)
    assert str(caught.value).startswith("defillama, series defillama.stablecoins_total_usd")


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ([], "field symbol"),
        ({"tokens": [token("2026-10-30", 1)]}, "field symbol"),
        ({"symbol": "USDT"}, "field tokens"),
        (coin("USDT"), "field body"),
        (coin("USDT", {"date": 1793318400}), "field circulating"),
    ],
)
def test_a_malformed_coin_is_an_error_that_names_the_place(payload: object, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        supply(payload, "stablecoin_USDT")


@pytest.mark.parametrize("endpoint", ["stablecoincharts_all", "stablecoin_USDT", "hacks"])
@pytest.mark.parametrize(
    "body", [b"", b"<html>502</html>", b'[{"date": 17', b"null"], ids=["empty", "html", "cut", "null"]
)
def test_no_answer_may_be_anything_but_its_json(endpoint: str, body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(landed("defillama", endpoint), body)


def test_an_endpoint_we_do_not_know_is_an_error() -> None:
    with pytest.raises(ParseError, match="field endpoint"):
        parse(landed("defillama", "stablecoin_DAI"), b"{}")


# Hacks


def test_the_recorded_rows() -> None:
    first, second = hacks(json.loads(recorded("hacks", "hacks_rows_trim.json")))
    assert first == {
        "record_id": "2024-03-22|Super Sushi Samurai",
        "observation_date": date(2024, 3, 22),
        "name": "Super Sushi Samurai",
        "loss_usd": 4_800_000.0,
        "returned_funds_usd": None,
        "chain": "Blast",
        "classification": "Protocol Logic",
        "technique": None,
        "target_type": "Gaming",
        "source_url": "https://rekt.news/sss-rekt/",
        "bridge_hack": False,
    }
    assert (second["observation_date"], second["source_url"]) == (date(2026, 9, 7), None)


def test_date_name_and_amount_are_enough() -> None:
    (incident,) = hacks([hack(chain=["Ethereum"], technique="Safe Multisig wallet phishing")])
    assert (incident["loss_usd"], incident["chain"]) == (1.4e9, "Ethereum")
    assert (incident["returned_funds_usd"], incident["bridge_hack"], incident["target_type"]) == (None, None, None)
    (bare,) = hacks([hack()])
    assert bare["chain"] is None and bare["technique"] is None


def test_an_unknown_loss_is_a_null_and_not_zero() -> None:
    unknown, nothing = hacks([hack("A", None), hack("B", 0, returnedFunds=0)])
    assert unknown["loss_usd"] is None
    assert (nothing["loss_usd"], nothing["returned_funds_usd"]) == (0.0, 0.0)


def test_chains_stay_in_the_order_they_are_printed() -> None:
    (incident,) = hacks([hack(chain=["zkSync Era", "Ethereum", "BSC"])])
    assert incident["chain"] == "zkSync Era, Ethereum, BSC"
    (none,) = hacks([hack(chain=[])])
    assert none["chain"] is None


def test_repeated_names_are_told_apart_by_amount_whatever_the_order_of_the_list() -> None:
    rows = [
        hack("Merlin", None, "2021-05-26"),
        hack("Merlin", 550_000, "2021-05-26"),
        hack("Merlin", 680_000, "2021-05-26"),
        hack("Merlin", 330_000, "2021-06-29"),
    ]
    ids = [(i["record_id"], i["loss_usd"]) for i in hacks(rows)]
    assert ids == [
        ("2021-05-26|Merlin", 680_000.0),
        ("2021-05-26|Merlin|2", 550_000.0),
        ("2021-05-26|Merlin|3", None),
        ("2021-06-29|Merlin", 330_000.0),
    ]
    assert hacks(rows[::-1]) == hacks(rows)


@pytest.mark.parametrize("other", ["115", 115, None])
def test_fields_nobody_reads_may_be_of_any_kind(other: object) -> None:
    assert hacks([hack(defillamaId=other, parentProtocolId=other, language=other)]) == hacks([hack()])


def test_incidents_of_one_day_are_all_kept() -> None:
    assert [i["name"] for i in hacks([hack("B"), hack("A"), hack("C")])] == ["A", "B", "C"]


def losses(scale: float, count: int = 21) -> list[dict[str, Any]]:
    amounts = [50_000, 900_000, 4_000_000, 30_000_000, 620_000_000]
    return [hack(f"h{n}", amounts[n % len(amounts)] * scale, "2024-01-02") for n in range(count)]


def test_a_list_in_dollars_is_believed() -> None:
    assert len(hacks(losses(1))) == 21


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1e3, 1e6])
def test_a_list_in_another_unit_is_refused(scale: float) -> None:
    with pytest.raises(ParseError, match=r"hack_incidents, field amount: the median loss .* not in US dollars"):
        hacks(losses(scale))


def test_the_unit_is_judged_by_the_known_losses_and_only_when_there_are_enough() -> None:
    assert len(hacks(losses(1e-6, count=19))) == 19
    unknown = [hack(f"u{n}", None, "2024-01-03") for n in range(40)]
    assert len(hacks(losses(1) + unknown)) == 61
    assert len(hacks(losses(1e-6, count=19) + unknown)) == 59
    with pytest.raises(ParseError, match="the median loss"):
        hacks(losses(1e-6) + unknown)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "field body"),
        ({"hacks": []}, "field body"),
        (["x"], "an object is due"),
        ([{"name": "A", "amount": 1}], "field date"),
        ([{"date": 1740096000, "amount": 1}], "field name"),
        ([{"date": 1740096000, "name": "A"}], "field amount"),
        ([hack() | {"date": 1740096000000}], "not in epoch seconds"),
        ([hack() | {"date": 1740096}], "not in epoch seconds"),
        ([hack() | {"date": "2025-02-21"}], "field date"),
        ([hack() | {"date": None}], "field date"),
        ([hack("")], "date 2025-02-21, field name"),
        ([hack(None)], "date 2025-02-21, field name"),  # type: ignore[arg-type]
        ([hack(amount="1.4bn")], "date 2025-02-21, field amount"),
        ([hack(amount=True)], "date 2025-02-21, field amount"),
        ([hack(amount=-5)], "date 2025-02-21, field amount"),
        ([hack(returnedFunds="some")], "date 2025-02-21, field returnedFunds"),
        ([hack(chain="Ethereum")], "date 2025-02-21, field chain"),
        ([hack(chain=[1])], "date 2025-02-21, field chain"),
        ([hack(technique=["x"])], "date 2025-02-21, field technique"),
        ([hack(bridgeHack="no")], "date 2025-02-21, field bridgeHack"),
    ],
)
def test_a_malformed_incident_is_an_error_that_names_the_place(rows: object, message: str) -> None:
    with pytest.raises(ParseError, match=message) as caught:
        hacks(rows)
    assert str(caught.value).startswith("defillama, series hack_incidents")


# What fetch asks


def run(root: Path, monkeypatch: pytest.MonkeyPatch, statuses: dict[str, int]) -> list[str]:
    bodies = {
        "/hacks": json.dumps([hack()]),
        "/stablecoincharts/all": json.dumps([chart_row("2024-01-01", {"peggedUSD": 1.3e11})]),
        "/stablecoin/1": json.dumps(coin("USDT", token("2024-01-01", 9e10))),
        "/stablecoin/2": json.dumps(coin("USDC", token("2024-01-01", 2e10))),
    }

    def answer(asked: Asked) -> tuple[int, str]:
        status = statuses.get(asked.path, 200)
        return status, bodies[asked.path] if status == 200 else '"Upgrade your plan"'

    with publisher(answer) as served:
        here = {name: f"{served.url}/{url.split('.fi/')[1]}" for name, url in source.URLS.items()}
        monkeypatch.setattr(source, "URLS", here)
        try:
            SOURCE.fetch(fetcher(SOURCE, root), Window(date(2026, 1, 1), date(2026, 1, 2)))
        finally:
            assert served.paths == list(bodies)
    return served.paths


def test_fetch_asks_each_endpoint_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, monkeypatch, {})
    assert {name: len(found) for name, found in loadable(SOURCE, tmp_path).items()} == {
        "defillama.stablecoins_total_usd": 1,
        "defillama.USDT_circulating": 1,
        "defillama.USDC_circulating": 1,
    }


def test_one_endpoint_that_fails_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FetchError, match="defillama, endpoint stablecoincharts_all: 1 of 4 failed"):
        run(tmp_path, monkeypatch, {"/stablecoincharts/all": 404})
    assert len(loadable(SOURCE, tmp_path)) == 2


def test_hacks_are_asked_when_the_other_host_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FetchError, match="3 of 4 failed"):
        run(tmp_path, monkeypatch, dict.fromkeys(("/stablecoincharts/all", "/stablecoin/1", "/stablecoin/2"), 503))
    landing = Landing(tmp_path)
    (answer,) = [a for a in landing.pending("defillama", set()) if a.status == 200]
    assert SOURCE.parse(answer, landing.body(answer)).records["hack_incidents"][0]["name"] == "Bybit"


def test_hacks_behind_a_paywall_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FetchError, match=r"hacks: HTTP 402 \(the source is gone behind a paywall"):
        run(tmp_path, monkeypatch, {"/hacks": 402})
    assert len(loadable(SOURCE, tmp_path)) == 3


# What the catalog says of them


def test_units_differ_and_every_figure_may_be_revised() -> None:
    lines = {line.series_id: line for line in catalog().values() if line.publisher == "defillama"}
    assert {name: line.unit for name, line in lines.items()} == {
        "defillama.stablecoins_total_usd": "US$",
        "defillama.USDT_circulating": "USDT",
        "defillama.USDC_circulating": "USDC",
        "defillama.hack_incidents": "US$",
    }
    assert {line.revisions for line in lines.values()} == {"revised"}


def test_supply_is_due_an_hour_after_its_day_and_an_incident_at_its_end() -> None:
    day = date(2025, 2, 21)
    assert rule_of("defillama.stablecoins_total_usd").scheduled_at(day) == datetime(2025, 2, 22, 1)
    assert rule_of("defillama.USDT_circulating").scheduled_at(day) == datetime(2025, 2, 22, 1)
    assert rule_of("defillama.hack_incidents").scheduled_at(day) == datetime(2025, 2, 22)
