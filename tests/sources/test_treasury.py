"""Treasury par yields: headers that differ by year, blanks, and the file of a year that has just begun."""

from datetime import date, datetime

import pytest

from orchestration.catalog import of_publisher
from orchestration.defs.sources.treasury import source
from orchestration.defs.sources.treasury.parser import parse
from orchestration.extraction import rule_of
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, publisher
from tests.support import landed, recorded

HEADER_1990 = 'Date,"3 Mo","6 Mo","1 Yr","2 Yr","3 Yr","5 Yr","7 Yr","10 Yr","30 Yr"\n'
HEADER_2025 = (
    'Date,"1 Mo","1.5 Month","2 Mo","3 Mo","4 Mo","6 Mo","1 Yr","2 Yr","3 Yr","5 Yr","7 Yr","10 Yr","20 Yr","30 Yr"\n'
)
ROW_2025 = "02/18/2025,4.38,4.41,4.38,4.34,4.37,4.34,4.24,4.29,4.33,4.40,4.48,4.55,4.83,4.77\n"


def read(text, year="2025", fetched_at="2026-11-01T00:00:00"):
    body = text if isinstance(text, bytes) else text.encode()
    parsed = parse(landed("treasury", "par_yield_curve", fetched_at=fetched_at, field_tdr_date_value=year), body)
    return {s.series_id: {day: value for day, value, _ in s.rows} for s in parsed.series}


def test_recorded_year_with_a_column_that_began_in_it():
    found = read(recorded("treasury_yields", "daily_treasury_yield_curve_2025_gap_trim.csv"))
    assert found["treasury.1.5M"] == {date(2025, 2, 18): 4.41, date(2025, 2, 14): None}
    assert found["treasury.10Y"] == {date(2025, 2, 18): 4.55, date(2025, 2, 14): 4.47}
    assert len(found) == 14


def test_recorded_year_runs_from_first_of_january():
    body = recorded("treasury_yields", "daily_treasury_yield_curve_2026_trim_2026-10-03.csv")
    parsed = parse(landed("treasury", "par_yield_curve", field_tdr_date_value="2026"), body)
    assert {s.covers_from for s in parsed.series} == {date(2026, 1, 1)}
    assert [day for day, _, _ in parsed.series[0].rows] == [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 2)]


def test_columns_go_by_name_in_the_nine_column_year():
    found = read(HEADER_1990 + "01/02/1990,7.83,7.89,7.81,7.87,7.90,7.87,7.98,7.94,8.00\n", year="1990")
    assert found["treasury.30Y"] == {date(1990, 1, 2): 8.0}
    assert "treasury.1M" not in found


@pytest.mark.parametrize("blank", ["", "N/A"])
def test_both_blanks_are_none(blank):
    found = read(HEADER_2025 + ROW_2025.replace(",4.41,", f",{blank},"))
    assert found["treasury.1.5M"] == {date(2025, 2, 18): None}


@pytest.mark.parametrize("body", ["", "\n", HEADER_2025])
def test_a_year_just_begun_may_have_no_rows(body):
    assert read(body, fetched_at="2025-01-03T09:00:00") == {}


BLANKS = HEADER_2025 + "01/02/2025" + "," * 14 + "\n"


def test_a_year_just_begun_may_have_blanks_alone():
    assert read(BLANKS, fetched_at="2025-01-03T09:00:00") == {}
    assert len(read(BLANKS + ROW_2025)) == 14


@pytest.mark.parametrize("body", ["", HEADER_2025, BLANKS])
def test_a_year_under_way_without_rows_is_an_error(body):
    said = "treasury, series par_yield_curve, date 2025, field body: .* 2025 must have yields by now"
    with pytest.raises(ParseError, match=said):
        read(body, fetched_at="2025-01-08T00:00:00")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<!DOCTYPE html><html></html>", "Date"),
        (HEADER_2025.replace("10 Yr", "Ten Years") + ROW_2025, "Ten Years"),
        (HEADER_1990.replace(',"30 Yr"', "") + "01/02/2025,7,7,7,7,7,7,7,7\n", "30 Yr"),
        (HEADER_2025.replace("4 Mo", "6 Mo") + ROW_2025, "repeated"),
        (HEADER_2025 + ROW_2025.replace("4.55", "n.a."), "date 2025-02-18, field 10 Yr"),
        (HEADER_2025 + ROW_2025[:40], "date 2025-02-18, field row"),
        (HEADER_2025 + ROW_2025.replace("02/18/2025", "18/02/2025"), "18/02/2025"),
        (HEADER_2025 + ROW_2025.replace("2025", "2024"), "MM/DD/2025"),
    ],
)
def test_malformed_files_are_errors(body, reason):
    with pytest.raises(ParseError, match=reason):
        read(body)


def test_one_request_a_year_newest_first(monkeypatch, tmp_path):
    with publisher(lambda _: (200, HEADER_2025)) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/{{year}}/all")
        source.fetch(fetcher(source.SOURCE, tmp_path), Window(date(2024, 12, 20), date(2026, 1, 5)))
    assert served.paths == ["/2026/all", "/2025/all", "/2024/all"]
    assert served.asked[0].query == {
        "type": "daily_treasury_yield_curve",
        "field_tdr_date_value": "2026",
        "page": "",
        "_format": "csv",
    }


def test_yields_are_percent_and_due_the_same_evening_a_day_before_freds():
    assert {series.unit for series in of_publisher("treasury")} == {"percent"}
    day = date(2025, 2, 20)
    assert rule_of("treasury.10Y").scheduled_at(day) == datetime(2025, 2, 20, 23)
    assert rule_of("fred.DGS10").scheduled_at(day) == datetime(2025, 2, 21, 21, 15)
