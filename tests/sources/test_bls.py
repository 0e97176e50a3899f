"""BLS QCEW: the right five rows of many, and quarters that are not out yet."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from orchestration.catalog import of_publisher
from orchestration.defs.sources.bls import source
from orchestration.defs.sources.bls.parser import parse
from orchestration.extraction import rule_of
from orchestration.http import FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, publisher
from tests.support import landed

HEADER = (
    '"area_fips","own_code","industry_code","agglvl_code","size_code","year","qtr","disclosure_code","qtrly_estabs",'
    '"total_qtrly_wages","avg_wkly_wage"\n'
)


def row(own, level, wage, *, industry="10", size="0", disclosure="", area="US000", quarter="1"):
    return f'"{area}","{own}","{industry}","{level}","{size}","2026","{quarter}","{disclosure}",1,2,{wage}\n'


TOTALS = row(0, 10, 1654) + row(1, 11, 2101) + row(2, 11, 1502) + row(3, 11, 1301) + row(5, 11, 1672)


def read(text, url="http://127.0.0.1/"):
    parsed = parse(replace(landed("bls", "qcew_area"), url=url), text.encode())
    return {s.series_id.removeprefix("bls.avg_weekly_wage."): s.rows for s in parsed.series}


def test_wages_by_ownership_are_dated_by_the_quarter_start():
    found = read(HEADER + TOTALS)
    day = date(2026, 1, 1)
    assert found == {
        "total": [(day, 1654.0, None)],
        "federal": [(day, 2101.0, None)],
        "state": [(day, 1502.0, None)],
        "local": [(day, 1301.0, None)],
        "private": [(day, 1672.0, None)],
    }


def test_quarters_begin_in_january_april_july_and_october():
    found = read(HEADER + TOTALS.replace('"2026","1"', '"2026","4"'))
    assert found["total"] == [(date(2026, 10, 1), 1654.0, None)]


@pytest.mark.parametrize(("file", "quarter"), [("2026/4", "1"), ("2025/1", "1"), ("2026/1", "2")])
def test_the_file_of_another_quarter_is_an_error(file, quarter):
    text = HEADER + TOTALS.replace('"2026","1"', f'"2026","{quarter}"')
    with pytest.raises(
        ParseError, match=r"series bls.avg_weekly_wage.total, date 2026-0[14]-01, field qtr: a row of 2026"
    ):
        read(text, f"https://data.bls.gov/cew/data/api/{file}/area/US000.csv")
    assert len(read(text, f"https://data.bls.gov/cew/data/api/2026/{quarter}/area/US000.csv")) == 5


def test_a_file_in_which_every_wage_is_suppressed_is_an_error():
    rows = [row(own, level, 0, disclosure="N") for own, level in ((0, 10), (1, 11), (2, 11), (3, 11), (5, 11))]
    with pytest.raises(ParseError, match=r"wage.total, date 2026-01-01, field avg_wkly_wage: every wage is suppressed"):
        read(HEADER + "".join(rows))
    assert read(HEADER + "".join(rows[:-1]) + row(5, 11, 1672))["private"] == [(date(2026, 1, 1), 1672.0, None)]


def test_other_industries_levels_and_sizes_are_left_out():
    others = row(5, 14, 9, industry="23") + row(5, 13, 9) + row(5, 11, 9, industry="101") + row(0, 10, 9, size="3")
    assert read(HEADER + others + TOTALS) == read(HEADER + TOTALS)


def test_a_suppressed_wage_is_a_blank_whatever_is_printed():
    found = read(HEADER + TOTALS.replace(row(3, 11, 1301), row(3, 11, 0, disclosure="N")))
    assert found["local"] == [(date(2026, 1, 1), None, None)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("<html><title>Access Denied</title></html>", "columns missing"),
        (HEADER.replace("avg_wkly_wage", "average_wage") + TOTALS, "avg_wkly_wage"),
        (HEADER + TOTALS.replace(row(1, 11, 2101), ""), "no row for federal"),
        (HEADER + TOTALS + row(1, 11, 2102), "a second row"),
        (HEADER + TOTALS.replace("US000", "48000"), "48000"),
        (HEADER + TOTALS.replace("1672", "n.a."), "series bls.avg_weekly_wage.private, date 2026-01-01"),
        (HEADER + TOTALS.replace('"2026","1"', '"2026","A"'), "a quarter"),
        (HEADER + TOTALS[:-6], "field avg_wkly_wage"),
    ],
)
def test_malformed_files_are_errors(text, reason):
    with pytest.raises(ParseError, match=reason):
        read(text)


def fetch(monkeypatch, tmp_path, answer, start, end):
    with publisher(answer) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/{{year}}/{{quarter}}/area/{{area}}.csv")
        source.fetch(fetcher(source.SOURCE, tmp_path), Window(start, end))
    return served.paths


def test_quarters_are_asked_newest_first_and_a_missing_new_one_is_no_error(monkeypatch, tmp_path):
    missing = ("/2026/3/", "/2026/2/")
    paths = fetch(
        monkeypatch,
        tmp_path,
        lambda asked: (404, "") if asked.path.startswith(missing) else (200, HEADER + TOTALS),
        date(2025, 12, 1),
        date(2026, 8, 1),
    )
    assert paths == [f"/{quarter}/area/US000.csv" for quarter in ("2026/3", "2026/2", "2026/1", "2025/4")]


def test_a_quarter_that_must_be_out_and_is_not_found_is_an_error(monkeypatch, tmp_path):
    with pytest.raises(FetchError, match="HTTP 404"):
        fetch(monkeypatch, tmp_path, lambda _: (404, ""), date(2025, 1, 1), date(2026, 8, 1))


def test_any_other_failure_is_an_error_at_once(monkeypatch, tmp_path):
    with pytest.raises(FetchError, match="HTTP 403"):
        fetch(monkeypatch, tmp_path, lambda _: (403, ""), date(2026, 7, 1), date(2026, 8, 1))


def test_numbers_may_be_quoted_like_text():
    quoted = TOTALS.replace("1,2,1654", '"1","2","1654"')
    assert quoted != TOTALS
    assert read(HEADER + quoted) == read(HEADER + TOTALS)


def test_wages_are_dollars_a_week_due_half_a_year_after_the_quarter():
    assert {series.unit for series in of_publisher("bls")} == {"US$ a week"}
    assert rule_of("bls.avg_weekly_wage.total").scheduled_at(date(2025, 1, 1)) == datetime(2025, 9, 27, 20)
