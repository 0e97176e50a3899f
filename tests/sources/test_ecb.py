"""ECB reference rates from both places: units per euro, the same series, the same figures."""

import json
from dataclasses import replace
from datetime import date, datetime

import pytest

from orchestration.catalog import of_publisher
from orchestration.defs.sources.ecb import source as ecb
from orchestration.defs.sources.ecb.parser import CURRENCIES, parse
from orchestration.extraction import rule_of
from orchestration.http import FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, loadable, publisher
from tests.support import landed, recorded

DAY = date(2025, 2, 25)
RATES = {"CNY": 7.6, "GBP": 0.83, "HKD": 8.15, "JPY": 157.0, "USD": 1.0485}


def frankfurter(rates=None, **changes) -> bytes:
    answer = {"amount": 1.0, "base": "EUR", "start_date": "2025-02-25", "end_date": "2025-02-25"}
    return json.dumps(answer | {"rates": {"2025-02-25": RATES} if rates is None else rates} | changes).encode()


def exr_csv(*lines, header="FREQ,CURRENCY,TIME_PERIOD,OBS_VALUE") -> bytes:
    if not lines:
        lines = tuple(f"D,{currency},2025-02-25,{rate}" for currency, rate in RATES.items())
    return "\n".join([header, *lines, ""]).encode()


def parsed(endpoint: str, body: bytes, url="http://127.0.0.1/", **params):
    """Currency to {day: rate}."""
    series = parse(replace(landed("ecb", endpoint, **params), url=url), body).series
    return {s.series_id.removeprefix("ecb."): {day: value for day, value, _ in s.rows} for s in series}


def test_both_places_give_the_same_series():
    expected = {currency: {DAY: rate} for currency, rate in RATES.items()}
    assert parsed("frankfurter", frankfurter()) == expected
    assert parsed("exr_csv", exr_csv()) == expected


def test_frankfurter_of_another_base_is_refused():
    with pytest.raises(ParseError, match=r"field base: rates of '1.0' 'USD' where 1 EUR is due"):
        parsed("frankfurter", frankfurter(base="USD"))
    with pytest.raises(ParseError, match=r"field base: rates of '100.0' 'EUR'"):
        parsed("frankfurter", frankfurter(amount=100.0))


def test_the_fixing_before_the_window_belongs_to_the_answer():
    answer = parse(landed("ecb", "frankfurter"), frankfurter({"2025-02-25": RATES, "2025-02-21": RATES}))
    assert answer.series[0].covers_from == date(2025, 2, 21)
    assert [day for day, _, _ in answer.series[0].rows] == [date(2025, 2, 21), DAY]


def test_a_currency_missing_on_a_day_is_blank_and_missing_everywhere_an_error():
    short = {currency: rate for currency, rate in RATES.items() if currency != "HKD"}
    found = parsed("frankfurter", frankfurter({"2025-02-24": short, "2025-02-25": RATES}))
    assert found["HKD"] == {date(2025, 2, 24): None, DAY: 8.15}
    with pytest.raises(ParseError, match="ecb, series HKD, field currency"):
        parsed("frankfurter", frankfurter({"2025-02-25": short}))
    with pytest.raises(ParseError, match="ecb, series USD, field currency"):
        parsed(
            "exr_csv",
            exr_csv("D,HKD,2025-02-25,8.15", "D,CNY,2025-02-25,7.6", "D,GBP,2025-02-25,0.8", "D,JPY,2025-02-25,157"),
        )


def test_csv_columns_go_by_name_and_other_currencies_are_passed_over():
    header = "KEY,TIME_PERIOD,OBS_VALUE,CURRENCY_DENOM,CURRENCY,FREQ"
    lines = [f"EXR,2025-02-25,{rate},EUR,{currency},D" for currency, rate in {**RATES, "AUD": 1.65}.items()]
    assert parsed("exr_csv", exr_csv(*lines, header=header)) == {c: {DAY: rate} for c, rate in RATES.items()}


@pytest.mark.parametrize("blank", ["", "NaN", " "])
def test_csv_blanks_are_null_not_zero(blank):
    lines = [f"D,{currency},2024-12-26,{blank}" for currency in CURRENCIES]
    asked = {"startPeriod": "2024-12-24", "endPeriod": "2024-12-29"}
    assert parsed("exr_csv", exr_csv(*lines), **asked)["USD"] == {date(2024, 12, 26): None}


@pytest.mark.parametrize("asked", [{}, {"startPeriod": "2024-12-23", "endPeriod": "2024-12-29"}])
def test_a_currency_that_is_blank_for_a_week_is_an_error(asked):
    lines = [f"D,{currency},2024-12-26,{'' if currency == 'HKD' else rate}" for currency, rate in RATES.items()]
    with pytest.raises(ParseError, match=r"ecb, series HKD, date .*, field rate: the answer holds no figure at all"):
        parsed("exr_csv", exr_csv(*lines), **asked)


def test_frankfurters_week_is_read_from_its_address():
    blank = frankfurter({"2024-12-26": RATES | {"HKD": None}})
    span = "https://api.frankfurter.dev/v1/{}..2024-12-29"
    assert parsed("frankfurter", blank, url=span.format("2024-12-24"))["HKD"] == {date(2024, 12, 26): None}
    with pytest.raises(ParseError, match="series HKD, date 2024-12-23 to 2024-12-29, field rate"):
        parsed("frankfurter", blank, url=span.format("2024-12-23"))


@pytest.mark.parametrize(
    ("column", "other"), [("FREQ", "M"), ("CURRENCY_DENOM", "USD"), ("EXR_TYPE", "EN00"), ("EXR_SUFFIX", "E")]
)
def test_another_kind_of_rate_than_was_asked_for_is_an_error(column, other):
    key = {"FREQ": "D", "CURRENCY_DENOM": "EUR", "EXR_TYPE": "SP00", "EXR_SUFFIX": "A"}
    header = ",".join([*key, "CURRENCY", "TIME_PERIOD", "OBS_VALUE"])
    lines = [",".join([*key.values(), currency, "2025-02-25", str(rate)]) for currency, rate in RATES.items()]
    assert len(parsed("exr_csv", exr_csv(*lines, header=header))) == len(RATES)
    lines[-1] = ",".join([*(key | {column: other}).values(), "USD", "2025-02-25", "1.0485"])
    with pytest.raises(ParseError, match=f"ecb, series USD, field {column}: .* is no daily reference rate per EUR"):
        parsed("exr_csv", exr_csv(*lines, header=header))


def test_a_figure_cut_in_the_middle_is_not_a_figure():
    with pytest.raises(ParseError, match="field OBS_VALUE: cut off"):
        parsed("exr_csv", exr_csv().rstrip()[:-1])


def test_recorded_csv():
    found = parsed("exr_csv", recorded("fx", "ecb_sdmx_csv_recent_0.csv"))
    assert set(found) == set(CURRENCIES)
    assert {len(rows) for rows in found.values()} == {22}
    assert found["HKD"][date(2026, 2, 17)] == 9.2428


@pytest.mark.parametrize(
    ("endpoint", "body", "message"),
    [
        ("frankfurter", b"", "the body is empty"),
        ("frankfurter", b"<html>502</html>", "HTML where JSON is due"),
        ("frankfurter", frankfurter()[:-12], "not JSON"),
        ("frankfurter", b'{"message": "not found"}', "field base: field is missing"),
        ("frankfurter", frankfurter([]), "field rates: .* where rates by day are due"),
        ("frankfurter", frankfurter({}), "field currency"),
        ("frankfurter", frankfurter({"25.02.2025": RATES}), "field rates: '25.02.2025' where a date"),
        ("frankfurter", frankfurter({"2025-02-25": 1.05}), "date 2025-02-25, field rates"),
        ("frankfurter", frankfurter({"2025-02-25": RATES | {"USD": "n/a"}}), "series USD, date 2025-02-25, field rate"),
        ("exr_csv", b"", "the body is empty"),
        ("exr_csv", b"<!DOCTYPE html><html></html>", "HTML where CSV is due"),
        ("exr_csv", exr_csv(header="FREQ,CURRENCY,TIME_PERIOD,VALUE"), "field OBS_VALUE: the column is missing"),
        ("exr_csv", exr_csv()[:-13], "field row"),
        ("exr_csv", exr_csv("D,USD,2025-02-25,text"), "series USD, date 2025-02-25, field OBS_VALUE: 'text'"),
        ("exr_csv", exr_csv("M,USD,2025-02,1.05"), "field FREQ"),
        ("exr_csv", exr_csv("D,USD,2025-02,1.05"), "series USD, field TIME_PERIOD"),
        ("exr_csv", exr_csv("D,USD,2025-02-25,1.05", "D,USD,2025-02-25,1.06"), "series USD, date 2025-02-25, .* twice"),
        (
            "exr_csv",
            exr_csv("D,USD,JPY,2025-02-25,1", header="FREQ,CURRENCY,CURRENCY_DENOM,TIME_PERIOD,OBS_VALUE"),
            "field CURRENCY_DENOM",
        ),
        ("latest", frankfurter(), "no such endpoint: 'latest'"),
    ],
)
def test_malformed_bodies_are_named(endpoint, body, message):
    with pytest.raises(ParseError, match=message) as error:
        parsed(endpoint, body)
    assert str(error.value).startswith("ecb")


WINDOW = Window(date(2025, 2, 20), date(2025, 2, 27))


def run_fetch(monkeypatch, tmp_path, answer, window=WINDOW):
    with publisher(answer) as served:
        monkeypatch.setattr(ecb, "FRANKFURTER", f"{served.url}/v1")
        monkeypatch.setattr(ecb, "ECB", f"{served.url}/EXR")
        ecb.fetch(fetcher(ecb.SOURCE, tmp_path), window)
    return served.asked


def test_fetch_asks_frankfurter_alone_when_it_answers(monkeypatch, tmp_path):
    (asked,) = run_fetch(monkeypatch, tmp_path, lambda _: (200, frankfurter().decode()))
    assert asked.path == "/v1/2025-02-20..2025-02-27"
    assert asked.query == {"base": "EUR", "symbols": "CNY,GBP,HKD,JPY,USD"}
    assert loadable(ecb.SOURCE, tmp_path)["ecb.HKD"][0].rows == [(DAY, 8.15, None)]


@pytest.mark.parametrize(
    "answer",
    [(404, '{"message":"not found"}'), (422, '{"message":"invalid currency"}'), (200, "<html>busy</html>"), (200, "")],
)
def test_fetch_falls_back_to_the_ecb(monkeypatch, tmp_path, answer):
    asked = run_fetch(
        monkeypatch, tmp_path, lambda a: answer if a.path.startswith("/v1") else (200, exr_csv().decode())
    )
    assert [a.path for a in asked][1] == "/EXR/D.CNY+GBP+HKD+JPY+USD.EUR.SP00.A"
    assert asked[1].query["startPeriod"] == "2025-02-20"
    assert asked[1].query["endPeriod"] == "2025-02-27"
    assert loadable(ecb.SOURCE, tmp_path)["ecb.HKD"][0].rows == [(DAY, 8.15, None)]


def test_fetch_fails_when_both_places_do(monkeypatch, tmp_path):
    with pytest.raises(FetchError, match=r"frankfurter.*HTTP 404.*exr_csv.*HTTP 404"):
        run_fetch(monkeypatch, tmp_path, lambda _: (404, "not found"))


def test_fetch_asks_nothing_of_a_window_without_a_fixing(monkeypatch, tmp_path):
    easter = Window(date(2025, 4, 18), date(2025, 4, 21))
    assert run_fetch(monkeypatch, tmp_path, lambda _: (404, "not found"), easter) == []
    good_friday_eve = Window(date(2025, 4, 17), date(2025, 4, 21))
    assert len(run_fetch(monkeypatch, tmp_path, lambda _: (200, frankfurter().decode()), good_friday_eve)) == 1


def test_the_first_place_is_the_version_that_holds_the_ecbs_rates_only():
    """Version 2 blends central banks; the older host only redirects."""
    assert ecb.FRANKFURTER == "https://api.frankfurter.dev/v1"


def test_rates_are_units_per_euro_and_due_at_four_in_frankfurt():
    assert {series.native_id: series.unit for series in of_publisher("ecb")} == {c: f"{c} per EUR" for c in CURRENCIES}
    assert rule_of("ecb.HKD").scheduled_at(date(2025, 2, 21)) == datetime(2025, 2, 21, 15)


def test_usd_hkd_is_the_cross_of_two_euro_rates_beside_new_yorks_rate_of_noon(ask):
    """The two are fixed hours apart: near each other, not the same."""
    rows = ask(
        "select f.usd_hkd_ecb, h.value / u.value, f.usd_hkd from facts.fct_hk_capital_flows_daily as f "
        "join facts.fct_observations as h on h.series_id = 'ecb.HKD' and h.observation_date = f.date and h.is_newest "
        "join facts.fct_observations as u on u.series_id = 'ecb.USD' and u.observation_date = f.date and u.is_newest "
        "where f.usd_hkd_ecb is not null and f.usd_hkd is not null"
    )
    assert len(rows) > 300
    assert max(abs(cross - quotient) for cross, quotient, _ in rows) < 1e-9
    gaps = [abs(cross / noon - 1) for cross, _, noon in rows]
    assert 0 < max(gaps) < 0.005
