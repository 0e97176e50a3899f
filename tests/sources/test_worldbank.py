"""World Bank: annual rows, the edition as vintage date, errors that come as HTTP 200."""

import json
from dataclasses import replace
from datetime import date, datetime
from types import SimpleNamespace

import pytest

from orchestration.catalog import of_publisher
from orchestration.defs.sources.worldbank import source
from orchestration.defs.sources.worldbank.parser import parse
from orchestration.extraction import rule_of
from orchestration.http import FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, publisher
from tests.support import landed, recorded

HEAD = {"page": 1, "pages": 1, "per_page": 20000, "total": 2, "sourceid": "2", "lastupdated": "2026-07-13"}
ROW = {
    "indicator": {"id": "NE.CON.GOVT.ZS", "value": "share"},
    "country": {"id": "US", "value": "United States"},
    "countryiso3code": "USA",
    "date": "2024",
    "value": 13.4,
    "unit": "",
    "obs_status": "",
    "decimal": 1,
}


def read(*answer, url="http://127.0.0.1/", **params):
    asked = replace(landed("worldbank", "NE.CON.GOVT.ZS", **params), url=url)
    return parse(asked, json.dumps(answer).encode()).series


def test_recorded_answer_is_dated_by_its_edition():
    (series,) = parse(
        landed("worldbank", "SP.POP.TOTL"), recorded("worldbank", "SP.POP.TOTL_USA_2022-2023_recorded_2026-07.json")
    ).series
    assert series.series_id == "worldbank.USA.SP.POP.TOTL"
    assert series.rows == [
        (date(2022, 1, 1), 333996304.0, date(2026, 7, 13)),
        (date(2023, 1, 1), 336755052.0, date(2026, 7, 13)),
    ]


def test_countries_are_series_of_their_own_and_null_is_a_blank():
    china = ROW | {"countryiso3code": "CHN", "date": "2025", "value": None}
    found = {s.series_id: s.rows for s in read(HEAD, [ROW, china], date="2024:2026")}
    assert found == {
        "worldbank.USA.NE.CON.GOVT.ZS": [(date(2024, 1, 1), 13.4, date(2026, 7, 13))],
        "worldbank.CHN.NE.CON.GOVT.ZS": [(date(2025, 1, 1), None, date(2026, 7, 13))],
    }


def test_covers_from_the_first_asked_year():
    (series,) = read(HEAD, [ROW], date="1990:2025")
    assert series.covers_from == date(1990, 1, 1)


def test_an_empty_second_element_has_no_series():
    """The newest years may be still to come."""
    assert read(HEAD | {"total": 0}, None, date="2024:2026") == []


CHINA = ROW | {"countryiso3code": "CHN"}
BOTH = "https://api.worldbank.org/v2/country/USA;CHN/indicator/NE.CON.GOVT.ZS?format=json"


@pytest.mark.parametrize(
    ("rows", "silent"),
    [
        (None, "worldbank.USA.NE.CON.GOVT.ZS"),
        ([], "worldbank.USA.NE.CON.GOVT.ZS"),
        ([ROW], "worldbank.CHN.NE.CON.GOVT.ZS"),
        ([ROW, CHINA | {"value": None}], "worldbank.CHN.NE.CON.GOVT.ZS"),
    ],
)
@pytest.mark.parametrize("asked", [{}, {"date": "1990:2026"}, {"date": "2022:2025"}])
def test_a_country_without_a_value_in_years_is_an_error(rows, silent, asked):
    with pytest.raises(ParseError, match=rf"worldbank, series {silent}, date .*, field value: .*no figure at all"):
        read(HEAD, rows, url=BOTH, **asked)


def test_an_address_without_countries_needs_a_value_all_the_same():
    with pytest.raises(ParseError, match=r"worldbank, series NE.CON.GOVT.ZS, date up to 2026-11-01, field value"):
        read(HEAD, None)


@pytest.mark.parametrize("url", [BOTH, BOTH.replace(";", "%3B")])
def test_both_countries_of_the_address_are_read(url):
    assert len(read(HEAD, [ROW, CHINA], url=url, date="1990:2026")) == 2
    with pytest.raises(ParseError, match=r"series worldbank.CHN"):
        read(HEAD, [ROW], url=url, date="1990:2026")


def test_a_country_whose_newest_years_are_still_to_come_has_no_series():
    assert [s.series_id for s in read(HEAD, [ROW], url=BOTH, date="2024:2026")] == ["worldbank.USA.NE.CON.GOVT.ZS"]


def test_a_row_of_another_country_or_indicator_is_an_error():
    with pytest.raises(ParseError, match=r"CHN.NE.CON.GOVT.ZS, date 2024-01-01, field countryiso3code: a row of .*JPN"):
        read(HEAD, [ROW, CHINA, ROW | {"countryiso3code": "JPN"}], url=BOTH)
    with pytest.raises(ParseError, match=r"series NE.CON.GOVT.ZS, field indicator: a row of .*USA.NE.CON.GOVT.CD"):
        read(HEAD, [ROW | {"indicator": {"id": "NE.CON.GOVT.CD"}}])


def test_recorded_error_list_is_an_error():
    with pytest.raises(ParseError, match="Invalid value"):
        parse(landed("worldbank", "X"), recorded("worldbank", "error_invalid_indicator_shape.json"))


def test_error_list_at_http_200_is_an_error():
    with pytest.raises(ParseError, match="Invalid value"):
        read({"message": [{"id": "120", "key": "Invalid value", "value": "The parameter is not valid"}]})


def test_a_second_page_is_an_error():
    with pytest.raises(ParseError, match="2 pages"):
        read(HEAD | {"pages": 2}, [ROW])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (ROW | {"value": "n/a"}, "series worldbank.USA.NE.CON.GOVT.ZS, date 2024-01-01, field value"),
        (ROW | {"date": "2024Q1"}, "field date"),
        ({k: v for k, v in ROW.items() if k != "value"}, "field value"),
        ({k: v for k, v in ROW.items() if k != "countryiso3code"}, "countryiso3code"),
        ("text", "indicator"),
    ],
)
def test_malformed_rows_are_errors(row, reason):
    with pytest.raises(ParseError, match=reason):
        read(HEAD, [row])


@pytest.mark.parametrize(
    "body", [b"", b"<html>502</html>", b"[]", b"{}", b'[{"page":1', b"[{}, []]", b'[{"pages":1},{}]']
)
def test_malformed_bodies_are_errors(body):
    with pytest.raises(ParseError, match="worldbank"):
        parse(landed("worldbank", "X"), body)


def test_every_indicator_is_asked_from_1990_whatever_the_window(monkeypatch, tmp_path):
    line = SimpleNamespace(endpoint="NE.CON.GOVT.ZS")
    monkeypatch.setattr(source, "of_publisher", lambda _: [line, line])
    with publisher(lambda _: (200, "[]")) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/country/USA;CHN/indicator/")
        source.fetch(fetcher(source.SOURCE, tmp_path), Window(date(2026, 10, 1), date(2026, 11, 1)))
    (asked,) = served.asked
    assert asked.path == "/country/USA;CHN/indicator/NE.CON.GOVT.ZS"
    assert asked.query == {"format": "json", "per_page": "20000", "date": "1990:2026"}


def fetch(monkeypatch, tmp_path, *answers):
    """What is asked while the answers are handed out one after the other."""
    monkeypatch.setattr(source, "of_publisher", lambda _: [SimpleNamespace(endpoint="NE.CON.GOVT.ZS")])
    left = iter(answers)
    with publisher(lambda _: next(left)) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/")
        source.fetch(fetcher(source.SOURCE, tmp_path), Window(date(2026, 10, 1), date(2026, 11, 1)))
    return served.asked


def test_a_gateways_400_is_asked_again_once(monkeypatch, tmp_path):
    gateway = (400, "<html>Bad Request</html>")
    first, second = fetch(monkeypatch, tmp_path, gateway, (200, json.dumps([HEAD, [ROW]])))
    assert first.query == second.query
    with pytest.raises(FetchError, match="HTTP 400"):
        fetch(monkeypatch, tmp_path, gateway, gateway)


def test_a_page_of_the_gateway_at_http_200_is_asked_again_once(monkeypatch, tmp_path):
    page, good = (200, "\n<html>busy</html>"), (200, json.dumps([HEAD, [ROW]]))
    first, second = fetch(monkeypatch, tmp_path, page, good)
    assert first.query == second.query
    assert len(fetch(monkeypatch, tmp_path, good)) == 1
    assert len(fetch(monkeypatch, tmp_path, page, page)) == 2, "the parser names the page that stays"


def test_any_other_refusal_is_not_asked_again(monkeypatch, tmp_path):
    with pytest.raises(FetchError, match="HTTP 404"):
        fetch(monkeypatch, tmp_path, (404, "gone"))


def test_shares_and_dollars_are_told_apart_and_an_edition_is_dated_in_the_afternoon():
    units = {series.endpoint: series.unit for series in of_publisher("worldbank")}
    assert units == {"NE.CON.GOVT.CD": "US$", "NE.CON.GOVT.ZS": "percent"}
    assert {series.revisions for series in of_publisher("worldbank")} == {"revised"}
    assert rule_of("worldbank.USA.NE.CON.GOVT.ZS").vintage_at(date(2026, 7, 13)) == datetime(2026, 7, 13, 20)
