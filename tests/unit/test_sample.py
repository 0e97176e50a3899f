"""The sample archive: rendered figures are the published figures, catalog and seeds hold what the tables hold."""

import csv
import importlib
import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
import yaml

from orchestration.catalog import CATALOG_FILE, CatalogError, read_catalog
from tests.support import ROOT
from warehouse.calendars import CALENDARS
from warehouse.clocks import RULES
from warehouse.landing import Landed, Landing
from warehouse.parsed import Parsed
from warehouse.sample import render
from warehouse.vintages import SeriesRule, Vintages, open_raw

SEEDS = ROOT / "dbt_project" / "seeds"
PUBLISHERS = (
    "alternative_me",
    "binance",
    "defillama",
    "eastmoney",
    "ecb",
    "farside",
    "fiscaldata",
    "fred",
    "hkma",
    "lbma",
    "tencent",
    "worldbank",
    "yahoo",
)
Values = dict[str, dict[date, float | None]]


# --- The archive as a whole -----------------------------------------------------------------------------------------


def test_rendering_again_gives_the_same_bytes(tmp_path: Path) -> None:
    render.render(render.FIGURES, Landing(tmp_path))
    shipped = {path.relative_to(render.LANDING): path.read_bytes() for path in _files(render.LANDING)}
    assert len(shipped) > 100
    assert {path.relative_to(tmp_path): path.read_bytes() for path in _files(tmp_path)} == shipped


def test_the_archive_is_small() -> None:
    sizes = [path.stat().st_size for path in _files(render.HERE) if path.suffix != ".pyc"]
    assert sum(sizes) < 3_000_000
    assert max(sizes) < 500_000


def test_the_manifest_fixes_the_clock() -> None:
    manifest = json.loads((render.LANDING / "manifest.json").read_text())
    assert (manifest["kind"], manifest["as_of"]) == ("sample", "2025-05-01T12:00:00Z")
    assert "assigned" in manifest["note"]


def test_every_table_is_rendered_or_is_a_seed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    read = set()
    original = render.table

    def table(figures: Path, name: str) -> list[render.Row]:
        read.add(name)
        return original(figures, name)

    monkeypatch.setattr(render, "table", table)
    render.render(render.FIGURES, Landing(tmp_path))
    assert {path.stem for path in render.FIGURES.glob("*.csv")} == read | SEED_TABLES


def test_publishers_are_those_of_the_catalog() -> None:
    assert tuple(Landing(render.LANDING).publishers()) == PUBLISHERS
    assert {series.publisher for series in read_catalog().values()} >= set(PUBLISHERS)


def test_every_body_is_intact_and_a_copy_of_2026() -> None:
    landing = Landing(render.LANDING)
    responses = [landed for publisher in landing.publishers() for landed in landing.pending(publisher, set())]
    for landed in responses:
        assert landing.body(landed)
    early = [landed for landed in responses if landed.fetched_at != datetime(2026, 11, 1)]
    assert [(landed.endpoint, landed.fetched_at) for landed in early] == [
        ("btc_compact", datetime(2025, 2, 26, 6)),
        ("btc_compact", datetime(2025, 2, 27, 21)),
    ]


# --- What the parsers read is what the tables hold ------------------------------------------------------------------


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_parsed_values_are_the_figures(publisher: str) -> None:
    parsed = _parsed(publisher)
    read: Values = {}
    for landed, answer in parsed:
        if landed.endpoint == "btc_compact":
            continue
        for series in answer.series:
            days = [day for day, _, _ in series.rows]
            assert len(set(days)) == len(days)
            assert read.setdefault(series.series_id, {}).keys().isdisjoint(days)
            read[series.series_id].update((day, value) for day, value, _ in series.rows)
    expected = EXPECTED[publisher]()
    assert read.keys() == expected.keys()
    for series_id, values in expected.items():
        assert read[series_id] == values, series_id


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_parsed_series_stand_in_the_catalog_and_in_its_range(publisher: str) -> None:
    catalog = read_catalog()
    for _, answer in _parsed(publisher):
        for series in answer.series:
            line = catalog[series.series_id]
            assert line.minimum is not None and line.maximum is not None
            for day, value, _ in series.rows:
                assert value is None or line.minimum <= value <= line.maximum, (series.series_id, day, value)


def test_parsed_incidents_are_the_figures() -> None:
    records = [row for _, answer in _parsed("defillama") for row in answer.records.get("hack_incidents", [])]
    read = sorted((row["observation_date"], row["name"], row["loss_usd"]) for row in records)
    assert read == sorted(
        (date.fromisoformat(row["date"]), row["name"], float(row["loss_usd"])) for row in _figures("hacks")
    )


def test_farside_was_first_quoted_without_arkb() -> None:
    first, later = (
        {series.series_id.split(".")[-1]: {day: value for day, value, _ in series.rows} for series in answer.series}
        for landed, answer in _parsed("farside")
        if landed.endpoint == "btc_compact"
    )
    day = date(2025, 2, 25)
    assert {fund: values for fund, values in first.items()} == {
        fund: {day: amount}
        for fund, amount in {
            "IBIT": -164.4,
            "FBTC": -344.7,
            "BITB": -88.3,
            "ARKB": None,
            "BTCO": -62.0,
            "EZBC": -74.1,
            "BRRR": -25.2,
            "HODL": -10.0,
            "BTCW": -17.3,
            "GBTC": -66.1,
            "BTC": -85.8,
            "TOTAL": -937.9,
        }.items()
    }
    final = {series_id.split(".")[-1]: values for series_id, values in _flows("BTC").items()}
    assert later == {fund: {d: values[d] for d in (day, day + timedelta(days=1))} for fund, values in final.items()}


def test_only_the_restated_flows_have_two_vintages(tmp_path: Path) -> None:
    """The second capture shows 26 February too, or the loader would take that day as not yet published."""
    rule = SeriesRule(RULES["utc_next_1200"], RULES["utc_next_1200"], None, None)
    with open_raw(tmp_path / "raw.duckdb") as connection:
        vintages = Vintages(connection)
        for landed, answer in _parsed("farside"):
            vintages.load(landed, answer, lambda _: rule)
        restated = connection.execute(
            "select series_id, observation_date, count(*) from raw.observations group by 1, 2 having count(*) > 1 "
            "order by 1"
        ).fetchall()
        late = connection.execute("select count(*) from raw.observations where known_at > '2025-05-01 12:00:00'")
        day = date(2025, 2, 25)
        assert restated == [(f"farside.BTC.{fund}", day, 2) for fund in ("ARKB", "BRRR", "TOTAL")]
        assert late.fetchone() == (0,)


# --- Catalog --------------------------------------------------------------------------------------------------------


def test_catalog_lines_use_known_words() -> None:
    themes = {row["theme"] for row in _seed("themes")} | {"reference"}
    for series in read_catalog().values():
        assert series.known_at_rule in RULES
        assert series.frequency in ("daily", "weekly", "monthly", "quarterly", "annual", "event")
        assert series.calendar in (*CALENDARS, "utc", "none")
        assert series.revisions in ("none", "revised")
        assert series.theme in themes
        if series.frequency != "event":
            assert series.minimum is not None and series.maximum is not None and series.minimum < series.maximum
        assert series.title and series.unit and series.licence and series.endpoint and series.native_id


def test_a_catalog_line_with_an_unknown_word_names_line_and_column(tmp_path: Path) -> None:
    header, first = CATALOG_FILE.read_text().splitlines()[:2]
    (tmp_path / "series_catalog.csv").write_text(f"{header}\n{first.replace(',market,', ',markets,')}\n")
    with pytest.raises(CatalogError, match=r"series_catalog.csv, line 2: .*theme 'markets' is none of ai, china"):
        read_catalog(tmp_path / "series_catalog.csv")


def test_catalog_covers_every_figure_and_expects_it_from_its_first_day() -> None:
    expected = {
        series_id: min(day for day, value in values.items() if value is not None)
        for publisher in PUBLISHERS
        for series_id, values in EXPECTED[publisher]().items()
    }
    expected["defillama.hack_incidents"] = min(_column("hacks", "loss_usd"))
    dated = {series_id: series.expected_from for series_id, series in read_catalog().items() if series.expected_from}
    assert dated == expected


def test_every_release_of_the_calendar_has_a_series() -> None:
    assert {row["release"] for row in _seed("release_calendar")} <= {s.release for s in read_catalog().values()}


# --- Seeds ----------------------------------------------------------------------------------------------------------


def test_release_figures_are_the_first_prints_at_half_past_eight_in_new_york() -> None:
    prints = _figures("macro_first_prints")
    assert [
        (row["series_id"], row["observation_date"], row["value"], row["source_url"]) for row in _seed("release_figures")
    ] == [
        (f"release.{row['series_id']}", row["observation_date"], row["first_print"], row["source_url"])
        for row in prints
    ]
    instants = {row["released_at"] for row in _seed("release_figures")}
    assert {instant[:10] for instant in instants} == {row["released_on"] for row in prints}
    assert {"2025-02-12 13:30:00", "2025-04-10 12:30:00"} < instants
    assert {instant[11:] for instant in instants} == {"12:30:00", "13:30:00"}


def test_release_calendar_has_one_line_a_release_and_period() -> None:
    lines = {(row["release"], row["period_start"]): row["released_at"] for row in _seed("release_calendar")}
    assert len(lines) == len(_seed("release_calendar")) == 21
    assert lines["GDP", "2024-10-01"] == "2025-01-30 13:30:00"
    assert lines["CPI", "2025-01-01"] == "2025-02-12 13:30:00"
    assert lines["EMPSIT", "2025-03-01"] == "2025-04-04 12:30:00"
    assert lines["PCE", "2024-10-01"] == "2024-11-27 13:30:00"


def test_gdpnow_tracking_is_rounded_and_dated_by_quarter_start() -> None:
    seed = _seed("gdpnow_tracking")
    for row, figure in zip(seed, _figures("gdpnow_tracking"), strict=True):
        assert row["forecast_date"] == figure["forecast_date"]
        assert abs(Decimal(row["gdpnow_pct"]) - Decimal(figure["gdpnow_saar_pct"])) <= Decimal("5e-11")
        assert len(row["gdpnow_pct"].partition(".")[2]) <= 10
        start, end = date.fromisoformat(row["quarter_start"]), date.fromisoformat(figure["quarter_end"])
        assert start.day == 1 and 89 <= (end - start).days <= 91


def test_cells_of_seeds_are_what_their_type_holds() -> None:
    """DuckDB reads 1.5 into an integer as 2, and an instant with a time zone without it."""
    whole = {"integer": r"-?\d+", "timestamp": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "date": r"\d{4}-\d\d-\d\d"}
    declared = yaml.safe_load((SEEDS / "_seeds.yml").read_text())["seeds"]
    assert {seed["name"] for seed in declared} == {file.stem for file in SEEDS.glob("*.csv")}
    for seed in declared:
        types = {column["name"]: column["data_type"] for column in seed["columns"]}
        for row in _seed(seed["name"]):
            for column, cell in row.items():
                pattern = whole.get(types[column], ".*")
                assert cell == "" or re.fullmatch(pattern, cell, re.DOTALL), (seed["name"], column, cell)


@pytest.mark.parametrize(
    ("seed", "table"),
    [
        ("berkshire_cash_anchors", "berkshire_cash_anchors"),
        ("coinbase_financials", "coinbase_financials_usd_thousands"),
        ("etf_first_prints", "etf_first_prints"),
        ("gold_reserve_anchors", "us_gold_reserve_anchors"),
        ("policy_events", "events"),
    ],
)
def test_seeds_hold_the_cells_of_their_table(seed: str, table: str) -> None:
    for row, figure in zip(_seed(seed), _figures(table), strict=True):
        cells = list(row.values())
        assert all(cell in cells for cell in figure.values())


def test_statement_anchors_join_both_tables() -> None:
    def key(row: dict[str, str], period: str, published: str) -> tuple[str, ...]:
        return (
            row[period][:7],
            row["item"],
            row["value_usd_bn"],
            row[published],
            row["source_url"],
            row.get("note", ""),
        )

    seed = [key(row, "period_start", "published_date") for row in _seed("treasury_statement_anchors")]
    tables = [key(row, "month", "release_date") for row in _figures("us_mts_anchors")]
    tables += [key(row, "period", "published_on") for row in _figures("customs_duties_anchors")]
    assert sorted(seed) == sorted(tables)


@pytest.mark.parametrize(
    ("seed", "key"),
    [
        ("policy_events", ("event_id",)),
        ("berkshire_cash_anchors", ("as_of_date", "item")),
        ("release_figures", ("series_id", "observation_date")),
        ("treasury_statement_anchors", ("statement", "period_start", "item")),
    ],
)
def test_seed_keys_are_unique(seed: str, key: tuple[str, ...]) -> None:
    keys = [tuple(row[column] for column in key) for row in _seed(seed)]
    assert len(set(keys)) == len(keys)


# --- What the tables hold, read apart from the renderer -------------------------------------------------------------

SEED_TABLES = {
    "berkshire_cash_anchors",
    "coinbase_financials_usd_thousands",
    "customs_duties_anchors",
    "events",
    "gdpnow_tracking",
    "macro_first_prints",
    "us_gold_reserve_anchors",
    "us_mts_anchors",
}


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def _figures(name: str) -> list[dict[str, str]]:
    with (render.FIGURES / f"{name}.csv").open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def _seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


@cache
def _parsed(publisher: str) -> list[tuple[Landed, Parsed]]:
    """Every answer of one publisher through its parser, oldest first."""
    parse = importlib.import_module(f"orchestration.defs.sources.{publisher}.parser").parse
    landing = Landing(render.LANDING)
    return [(landed, parse(landed, landing.body(landed))) for landed in landing.pending(publisher, set())]


def _column(name: str, column: str, key: str = "date") -> dict[date, float | None]:
    return {date.fromisoformat(row[key]): float(row[column]) if row[column] else None for row in _figures(name)}


def _columns(name: str) -> list[str]:
    return list(_figures(name)[0])[1:]


def _printed(values: dict[date, float | None]) -> dict[date, float | None]:
    return {day: value for day, value in values.items() if value is not None}


def _binance() -> Values:
    """Of SOL only the close is known; what no candle prints is no series of the answer."""
    tables = {f"{coin}USDT": f"{coin.lower()}_usdt_daily" for coin in ("BTC", "ETH", "SOL")}
    return {
        f"binance.{symbol}.{field}": _column(table, field)
        for symbol, table in tables.items()
        for field in _columns(table)
    }


def _defillama() -> Values:
    table = "stablecoin_supply_daily"
    return {
        "defillama.stablecoins_total_usd": _column(table, "total_usd"),
        "defillama.USDT_circulating": _column(table, "usdt"),
        "defillama.USDC_circulating": _column(table, "usdc"),
    }


def _flows(asset: str) -> Values:
    """On a market holiday the page prints a total of 0.0 over blank funds: the sum of nothing, which is no figure."""
    table = f"{asset.lower()}_etf_flows"
    expected = {f"farside.{asset}.{column.upper()}": _column(table, column) for column in _columns(table)}
    *funds, total = expected.values()
    for day in total:
        if all(fund[day] is None for fund in funds):
            assert total[day] == 0.0
            total[day] = None
    return expected


def _fred() -> Values:
    """Weekday blanks of daily tables are rows; weekend blanks, weekly blanks and blanks at the end are not."""
    expected = {}
    for table in ("fred_daily", "fx_h10_daily", "fred_weekly", "macro_monthly", "macro_quarterly"):
        for series in _columns(table):
            values = _column(table, series)
            if table == "fred_weekly":
                values = _printed(values)
            elif table == "fred_daily":
                values = {day: value for day, value in values.items() if value is not None or day.isoweekday() <= 5}
            last = max(_printed(values))
            expected[f"fred.{series}"] = {day: value for day, value in values.items() if day <= last}
    return expected


def _eastmoney() -> Values:
    return {
        f"eastmoney.southbound_{name}": {
            day: None if value is None else float(Decimal(str(value)) * 100)
            for day, value in _column("southbound_daily", column).items()
        }
        for name, column in (("net", "net_buy"), ("buy", "buy"), ("sell", "sell"))
    }


def _fiscaldata() -> Values:
    debt = {"total": "tot_pub_debt_out_amt", "held_public": "debt_held_public_amt", "intragov": "intragov_hold_amt"}
    expected = {
        f"fiscaldata.debt_{name}_usd": _column("treasury_debt_to_penny", column, "record_date")
        for name, column in debt.items()
    }
    tga = "tga_closing_balance_usd_mn"
    expected[f"fiscaldata.{tga}"] = _column("treasury_tga_daily", tga, "record_date")
    for column in _columns("treasury_mspd"):
        month_ends = _column("treasury_mspd", column, "month_end")
        expected[f"fiscaldata.mspd_{column}_usd_mn"] = {day.replace(day=1): v for day, v in month_ends.items()}
    return expected


def _hkma() -> Values:
    daily = {
        "closing_balance": "closing_balance_hkd_mn",
        "aggr_balance_bf_disc_win": "aggr_balance_before_disc_window_hkd_mn",
        "outstanding_efbn": "outstanding_efbn_hkd_mn",
        "hibor_fixing_overnight": "hibor_overnight_pct",
        "hibor_fixing_3m": "hibor_3m_pct",
    }
    monthly = {
        "cert_of_indebt": "cert_of_indebtedness_hkd_mn",
        "gov_notes_coins_circulation": "gov_notes_coins_hkd_mn",
        "aggr_balance_bf_disc_win": "aggr_balance_hkd_mn",
        "outstanding_efbn": "outstanding_efbn_hkd_mn",
        "ow_lb_bf_disc_win": "efbn_owned_by_banks_hkd_mn",
        "mb_bf_disc_win_total": "monetary_base_hkd_mn",
        "hibor_overnight": "hibor_overnight_eom_pct",
        "hibor_1w": "hibor_1w_eom_pct",
        "hibor_1m": "hibor_1m_eom_pct",
        "hibor_3m": "hibor_3m_eom_pct",
        "hibor_6m": "hibor_6m_eom_pct",
        "hibor_1m_average": "hibor_1m_monthavg_pct",
        "base_rate": "base_rate_eom_pct",
    }
    expected = {f"hkma.{name}": _column("hkma_liquidity_daily", column) for name, column in daily.items()}
    for name, column in monthly.items():
        expected[f"hkma.month.{name}"] = {
            date.fromisoformat(f"{row['month']}-01"): float(row[column]) for row in _figures("hkma_liquidity_monthend")
        }
    return expected


def _worldbank() -> Values:
    expected: Values = {}
    for row in _figures("worldbank_gov_consumption"):
        series = expected.setdefault(f"worldbank.{row['iso3']}.NE.CON.GOVT.CD", {})
        series[date(int(row["year"]), 1, 1)] = float(row["value"])
    return expected


def _yahoo() -> Values:
    return {
        f"yahoo.{symbol}.{'close' if symbol in ('QQQ', 'SPY') else 'adjclose'}": _column("equities_daily", symbol)
        for symbol in _columns("equities_daily")
    }


EXPECTED: dict[str, Callable[[], Values]] = {
    "alternative_me": lambda: {"alternative_me.fng": _printed(_column("fear_greed_daily", "value"))},
    "binance": _binance,
    "defillama": _defillama,
    "eastmoney": _eastmoney,
    "ecb": lambda: {f"ecb.{currency}": _column("ecb_daily", currency) for currency in _columns("ecb_daily")},
    "farside": lambda: _flows("BTC") | _flows("ETH"),
    "fiscaldata": _fiscaldata,
    "fred": _fred,
    "hkma": _hkma,
    "lbma": lambda: {"lbma.gold_pm_usd": _column("gold_daily", "lbma_pm_usd_per_oz")},
    "tencent": lambda: {f"tencent.{index}": _column("hk_indices_daily", index) for index in ("HSI", "HSTECH")},
    "worldbank": _worldbank,
    "yahoo": _yahoo,
}
