"""FRED: the keyless CSV, the keyed API with ALFRED vintages, the release dates; parser, and what fetch asks."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from orchestration.catalog import Series, catalog
from orchestration.defs.sources.fred import source
from orchestration.defs.sources.fred.parser import RELEASES, parse, vintage_dates
from orchestration.defs.sources.fred.source import SOURCE, vintage_windows
from orchestration.extraction import rule_of
from orchestration.http import FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import Asked, Publisher, fetcher, publisher
from tests.support import SHARED, landed, recorded
from warehouse.calendars import next_session
from warehouse.clocks import RULES, ReleaseCalendar
from warehouse.landing import Landing
from warehouse.parsed import ParsedSeries
from warehouse.vintages import Vintages, open_raw

KEY = "abcdefghijklmnopqrstuvwxyz012345"
CSV_FILES = sorted(SHARED.joinpath("fixtures", "fredgraph_csv").rglob("*.csv"))


def csv(body: str, series: str = "DGS10", **params: str) -> ParsedSeries:
    (parsed,) = parse(landed("fred", "graph_csv", id=series, **params), body.encode()).series
    return parsed


def observations(rows: list[tuple[str, str, str]], series: str = "GDP", **changed: Any) -> tuple[bytes, dict[str, str]]:
    """An answer over all of real time with (realtime_start, date, value) rows, and the parameters it answers."""
    payload = {
        "realtime_start": "1776-07-04",
        "realtime_end": "9999-12-31",
        "observation_start": "2020-01-01",
        "observation_end": "9999-12-31",
        "units": "lin",
        "output_type": 1,
        "order_by": "observation_date",
        "sort_order": "asc",
        "count": len(rows),
        "offset": 0,
        "limit": 100000,
        "observations": [
            {"realtime_start": since, "realtime_end": "9999-12-31", "date": day, "value": value}
            for since, day, value in rows
        ],
    } | changed
    params = {"series_id": series, "realtime_start": "1776-07-04", "realtime_end": "9999-12-31"}
    return json.dumps(payload).encode(), params


# Keyless CSV


@pytest.mark.parametrize("path", CSV_FILES, ids=lambda path: path.stem)
def test_every_recorded_csv_is_read(path: Path) -> None:
    name = path.stem.split("_2")[0]
    body = path.read_bytes()
    (series,) = parse(landed("fred", "graph_csv", id=name), body).series
    lines = body.decode().splitlines()[1:]
    assert series.series_id == f"fred.{name}"
    assert len(series.rows) == len(lines) > 50
    assert [str(day) for day, _, _ in series.rows] == [line.split(",")[0] for line in lines]
    blanks = sum(line.endswith((",", ",.")) for line in lines)
    assert sum(value is None for _, value, _ in series.rows) == blanks
    assert {vintage for _, _, vintage in series.rows} == {None}
    assert series.covers_from == series.rows[0][0]


def test_recorded_values_and_nulls() -> None:
    cpi = csv(recorded("fredgraph_csv", "seho4080_2026-05-27", "CPIAUCSL.csv").decode(), "CPIAUCSL")
    values = {day: value for day, value, _ in cpi.rows}
    assert values[date(1947, 1, 1)] == 21.48
    assert values[date(2025, 10, 1)] is None, "no survey during the shutdown: a null, neither absent nor zero"
    assert date(2025, 9, 1) in values and date(2025, 11, 1) in values


def test_recorded_older_form_with_dots() -> None:
    series = csv(recorded("fredgraph_csv", "DGS10_2024-08_old_DATE_header.csv").decode())
    assert series.rows[0] == (date(1962, 1, 2), 4.06, None)
    assert (date(1962, 2, 12), None, None) in series.rows


def test_zero_stays_zero_and_blank_stays_null() -> None:
    series = csv("observation_date,RRPONTSYD\n2021-01-04,0.000\n2021-01-05,\n2021-01-06,.\n", "RRPONTSYD")
    assert [value for _, value, _ in series.rows] == [0.0, None, None]


def test_a_month_without_a_survey_is_a_null_between_its_neighbours() -> None:
    series = csv("observation_date,CPIAUCSL\n2025-09-01,2.5\n2025-10-01,\n2025-11-01,3.5\n", "CPIAUCSL")
    assert [(day.month, value) for day, value, _ in series.rows] == [(9, 2.5), (10, None), (11, 3.5)]


def test_an_absent_day_is_no_row() -> None:
    series = csv("observation_date,DGS10\n2026-01-16,4.2\n2026-01-20,4.3\n")
    assert [day for day, _, _ in series.rows] == [date(2026, 1, 16), date(2026, 1, 20)]


def test_the_requested_start_is_what_the_answer_covers() -> None:
    assert csv("observation_date,DGS10\n2026-01-05,4\n", cosd="2026-01-01").covers_from == date(2026, 1, 1)
    nothing_new = csv("observation_date,DGS10\n", cosd="2026-01-03")
    assert (nothing_new.covers_from, nothing_new.rows) == (date(2026, 1, 3), [])


@pytest.mark.parametrize("rows", ["", "2026-01-05,\n2026-01-06,.\n"])
def test_a_year_without_a_figure_may_be_and_more_than_a_year_not(rows: str) -> None:
    """No series of ours is slower than a quarter and its release."""
    body = f"observation_date,GFDEBTN\n{rows}"
    a_year = csv(body, "GFDEBTN", cosd="2025-11-01")
    assert [value for _, value, _ in a_year.rows] == [None] * rows.count("\n")
    with pytest.raises(
        ParseError, match=r"fred, series GFDEBTN, date 2025-10-31 to 2026-11-01, field value: .*no figure"
    ):
        csv(body, "GFDEBTN", cosd="2025-10-31")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "the body is empty"),
        ("  \n", "the body is empty"),
        ("<!DOCTYPE html><html><body>502</body></html>", "HTML where CSV is due"),
        ("observation_date,DGS2\n2026-01-05,4.1\n", "field header"),
        ("observation_date,DGS10,DGS2\n2026-01-05,4.1,3\n", "field header"),
        ("observation_date,DGS10_20240201\n2026-01-05,4.1\n", "field header"),
        ("date,DGS10\n2026-01-05,4.1\n", "field header"),
        ("2026-01-05,4.1\n", "field header"),
        ("observation_date,DGS10\n2026-01-05,n/a\n", "date 2026-01-05, field value"),
        ("observation_date,DGS10\n2026-01-05,NaN\n", "date 2026-01-05, field value"),
        ("observation_date,DGS10\n2026-01-05,1,234\n", "field row"),
        ("observation_date,DGS10\n2026-01-05\n", "field row"),
        ("observation_date,DGS10\n\n2026-01-05,4.1\n", "field row"),
        ("observation_date,DGS10\n01/05/2026,4.1\n", "field observation_date"),
        ("observation_date,DGS10\n2026-02-30,4.1\n", "field observation_date"),
        ("observation_date,DGS10\n", "series DGS10, date up to 2026-11-01, field value: the answer holds no figure"),
        ("observation_date,DGS10\n2026-01-05,\n2026-01-06,.\n", "date up to 2026-11-01, field value: .*no figure"),
    ],
)
def test_a_malformed_csv_is_an_error_that_names_the_place(body: str, message: str) -> None:
    with pytest.raises(ParseError, match=message) as caught:
        csv(body)
    assert caught.value.publisher == "fred"


def test_a_figure_cut_in_the_middle_is_not_a_figure() -> None:
    with pytest.raises(ParseError, match="series PAYEMS, field body: cut off"):
        csv("observation_date,PAYEMS\n2026-03-01,158408\n2026-04-01,1587", "PAYEMS")


def test_a_zip_of_several_frequencies_is_an_error() -> None:
    with pytest.raises(ParseError, match="series DGS10"):
        parse(landed("fred", "graph_csv", id="DGS10"), b"PK\x03\x04\x14\x00\x00\x00\xff\xfe")


def test_a_doubled_day_is_left_for_the_loader_to_refuse() -> None:
    series = csv("observation_date,DGS10\n2026-01-05,4.1\n2026-01-05,4.2\n")
    assert len(series.rows) == 2


# The API


def test_recorded_vintages_are_the_publishers_own_dates() -> None:
    body = recorded("fred_api", "observations_GDP_allvintages_asof_2025-01-20.json")
    params = {"series_id": "GDP", "realtime_start": "1776-07-04", "realtime_end": "9999-12-31"}
    (series,) = parse(landed("fred", "observations", **params), body).series
    assert series.series_id == "fred.GDP"
    assert len(series.rows) == 3201
    third_quarter = [(value, vintage) for day, value, vintage in series.rows if day == date(2024, 7, 1)]
    assert third_quarter == [
        (29349.924, date(2024, 10, 30)),
        (29354.321, date(2024, 11, 27)),
        (29374.914, date(2024, 12, 19)),
    ]
    assert [value for day, value, _ in series.rows if day == date(1946, 1, 1)] == [199.7, None, 210.4, None]
    published = vintage_dates(
        landed("fred", "vintage_dates", series_id="GDP"), recorded("fred_api", "vintagedates_GDP_asof_2025-01-20.json")
    )
    assert {vintage for _, _, vintage in series.rows} == set(published)


@pytest.mark.parametrize("name", ["DEXHKUS", "DEXCHUS", "DEXUSEU"])
def test_the_view_of_one_day_dates_nothing(name: str) -> None:
    body = recorded("fred_api", f"observations_{name}_asof_2026-03.json")
    (series,) = parse(landed("fred", "observations", series_id=name), body).series
    assert len(series.rows) == 10
    assert {vintage for _, _, vintage in series.rows} == {None}, "its realtime_start is the day asked, no vintage"
    assert series.covers_from == date(2026, 3, 1)
    assert series.rows[-1][0] == date(2026, 3, 13)


def test_a_view_of_a_past_day_is_not_taken_for_today() -> None:
    body, params = observations(
        [("2024-01-31", "2023-10-01", "1")], realtime_start="2024-01-31", realtime_end="2024-01-31"
    )
    with pytest.raises(ParseError, match="field realtime_start"):
        parse(landed("fred", "observations", **params | {"realtime_start": "2024-01-31"}), body)


@pytest.mark.parametrize("start", ["2024-01-01", "2023-12-31"])
def test_a_window_other_than_the_one_asked_is_an_error(start: str) -> None:
    body, params = observations([("2024-02-01", "2023-10-01", "1")], realtime_start=start)
    with pytest.raises(ParseError, match="field realtime_start"):
        parse(landed("fred", "observations", **params), body)
    with pytest.raises(ParseError, match="field realtime_start"):
        parse(landed("fred", "observations", series_id="GDP"), body)


def test_a_row_clamped_to_a_later_windows_start_is_no_vintage() -> None:
    body, params = observations(
        [("2024-03-01", "2023-10-01", "5"), ("2024-04-01", "2023-10-01", "6"), ("2024-03-01", "2024-01-01", "7")],
        realtime_start="2024-03-01",
    )
    (series,) = parse(landed("fred", "observations", **params | {"realtime_start": "2024-03-01"}), body).series
    assert series.rows == [(date(2023, 10, 1), 6.0, date(2024, 4, 1))]


def test_a_row_that_starts_with_time_itself_is_an_error() -> None:
    body, params = observations([("1776-07-04", "2023-10-01", "5")])
    with pytest.raises(ParseError, match="date 2023-10-01, field realtime_start"):
        parse(landed("fred", "observations", **params), body)


def test_a_withdrawn_figure_is_a_vintage_with_a_null() -> None:
    body, params = observations([("2024-02-01", "2023-10-01", "5"), ("2024-03-01", "2023-10-01", ".")])
    (series,) = parse(landed("fred", "observations", **params), body).series
    assert series.rows == [(date(2023, 10, 1), 5.0, date(2024, 2, 1)), (date(2023, 10, 1), None, date(2024, 3, 1))]


def test_vintages_leave_in_the_order_of_their_dates() -> None:
    body, params = observations(
        [("2024-03-01", "2024-01-01", "3"), ("2024-04-01", "2023-10-01", "2"), ("2024-02-01", "2023-10-01", "1")]
    )
    (series,) = parse(landed("fred", "observations", **params), body).series
    assert [value for _, value, _ in series.rows] == [1.0, 2.0, 3.0]


def covers(rows: list[tuple[str, str, str]], realtime_end: str = "9999-12-31", **changed: Any) -> date:
    body, params = observations(rows, realtime_end=realtime_end, **changed)
    asked = params | {"realtime_end": realtime_end, "offset": str(changed.get("offset", 0))}
    (series,) = parse(landed("fred", "observations", fetched_at="2024-06-01T22:00:00", **asked), body).series
    return series.covers_from


def test_only_the_last_page_of_the_newest_window_says_what_is_missing() -> None:
    row = ("2024-02-01", "2023-10-01", "5")
    promises_nothing = date(2024, 6, 2)
    assert covers([row]) == date(2020, 1, 1)
    assert covers([row], realtime_end="2024-03-01") == promises_nothing
    assert covers([row], count=2, limit=1) == promises_nothing
    assert covers([row], count=2, limit=1, offset=1) == date(2023, 10, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": "pc1"}, "field units"),
        ({"output_type": 4}, "field output_type"),
        ({"count": 2}, "field observations: 1 rows at offset 0 of 2"),
        ({"count": "1"}, "field observations"),
        ({"observations": {}}, "field observations"),
        ({"offset": 100000}, "1 rows at offset 100000 of 1"),
        ({"offset": 1, "count": 2}, "field offset: the page at offset 1 was not asked for"),
        ({"observations": [{"realtime_start": "2024-01-31", "date": "2023-10-01"}]}, "field value"),
        ({"observations": [{"date": "2023-10-01", "value": "1"}]}, "field realtime_start"),
        ({"observations": [{"realtime_start": "2024-01-31", "date": "Q4", "value": "1"}]}, "field date"),
        ({"observations": [{"realtime_start": "2024-01-31", "date": "2023-10-01", "value": None}]}, "field value"),
        ({"observations": [{"realtime_start": "2024-01-31", "date": "2023-10-01", "value": "#N/A"}]}, "field value"),
        ({"observations": ["2023-10-01"]}, "an object is due"),
    ],
)
def test_a_malformed_answer_is_an_error_that_names_the_place(change: dict[str, Any], message: str) -> None:
    body, params = observations([("2024-01-31", "2023-10-01", "1")], **change)
    with pytest.raises(ParseError, match=message) as caught:
        parse(landed("fred", "observations", **params), body)
    assert "GDP" in str(caught.value)


def silent(rows: list[tuple[str, str, str]], asked: dict[str, str] | None = None, **changed: Any) -> list[Any]:
    """The rows of an answer that may be silent."""
    body, params = observations(rows, **changed)
    return parse(landed("fred", "observations", **params | (asked or {})), body).series[0].rows


BLANK = ("2026-02-01", "2025-10-01", ".")


@pytest.mark.parametrize("rows", [[], [BLANK]])
def test_more_than_a_year_without_a_figure_is_an_error(rows: list[tuple[str, str, str]]) -> None:
    said = "fred, series GDP, date 2025-10-31 to 2026-11-01, field value: the answer holds no figure at all"
    with pytest.raises(ParseError, match=said):
        silent(rows, observation_start="2025-10-31")
    today = {"realtime_start": "2026-11-01", "realtime_end": "2026-11-01", "observation_start": "2025-10-31"}
    body, _ = observations(rows, **today)
    with pytest.raises(ParseError, match=said):
        parse(landed("fred", "observations", series_id="GDP"), body)


@pytest.mark.parametrize("rows", [[], [BLANK]])
def test_silence_is_right_within_a_year_in_past_real_time_and_behind_the_last_full_page(
    rows: list[tuple[str, str, str]],
) -> None:
    assert len(silent(rows, observation_start="2025-11-01")) == len(rows)
    past = {"realtime_end": "2020-01-01"}
    assert len(silent(rows, past, **past)) == len(rows)
    assert silent([], {"offset": "100000"}, offset=100000, count=100000) == []


def test_a_window_in_which_nothing_changed_is_not_silent() -> None:
    """What was carried into it is printed at its start."""
    window = {"realtime_start": "2026-03-01"}
    assert silent([("2026-03-01", "2023-10-01", "5")], window, **window) == []


def test_a_release_without_a_day_in_more_than_a_year_is_an_error() -> None:
    body = json.dumps({"count": 0, "offset": 0, "limit": 10000, "release_dates": []}).encode()
    asked = {"release_id": "10", "realtime_start": "2025-11-01"}
    assert parse(landed("fred", "release_dates", **asked), body).records == {"release_dates": []}
    said = "fred, series release 10, date 2025-10-31 to 2026-11-01, field release_dates: .*no figure"
    with pytest.raises(ParseError, match=said):
        parse(landed("fred", "release_dates", **asked | {"realtime_start": "2025-10-31"}), body)
    later = json.dumps({"count": 10000, "offset": 10000, "limit": 10000, "release_dates": []}).encode()
    page = {"release_id": "10", "realtime_start": "2018-01-01", "offset": "10000"}
    assert parse(landed("fred", "release_dates", **page), later).records == {"release_dates": []}


@pytest.mark.parametrize("endpoint", ["observations", "vintage_dates", "release_dates"])
@pytest.mark.parametrize(
    "body", [b"", b"<error_response/>", b'{"observations": [', b"[]", b'"x"', b"{}"], ids=lambda body: body.decode()
)
def test_no_answer_of_the_api_may_be_anything_else(endpoint: str, body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(landed("fred", endpoint, series_id="GDP", release_id="10"), body)


@pytest.mark.parametrize("endpoint", ["observations", "vintage_dates", "release_dates"])
def test_freds_own_error_is_an_error_without_the_key(endpoint: str) -> None:
    said = {
        "error_code": 400,
        "error_message": f"Bad Request.  The value {KEY} for variable api_key is not registered.",
    }
    with pytest.raises(ParseError, match=r"FRED says '400': 'Bad Request\. The value \*\*\* for") as caught:
        parse(landed("fred", endpoint, series_id="GDP", release_id="10"), json.dumps(said).encode())
    assert KEY not in str(caught.value)


def test_an_endpoint_we_do_not_know_is_an_error() -> None:
    with pytest.raises(ParseError, match="field endpoint"):
        parse(landed("fred", "series", series_id="GDP"), b"{}")


def test_recorded_release_dates() -> None:
    body = recorded("fred_api", "release_dates_10_CPI_asof_2025-01-20.json")
    parsed = parse(landed("fred", "release_dates", release_id="10"), body)
    rows = parsed.records["release_dates"]
    assert not parsed.series
    assert len(rows) == 930
    assert rows[-1] == {"release": "CPI", "release_date": date(2025, 1, 15)}


def test_release_dates_belong_to_the_release_asked_for() -> None:
    body = {"count": 1, "offset": 0, "limit": 10000, "release_dates": [{"release_id": 50, "date": "2025-01-10"}]}
    text = json.dumps(body).encode()
    assert parse(landed("fred", "release_dates", release_id="50"), text).records == {
        "release_dates": [{"release": "EMPSIT", "release_date": date(2025, 1, 10)}]
    }
    with pytest.raises(ParseError, match="release 10, field release_id"):
        parse(landed("fred", "release_dates", release_id="10"), text)
    with pytest.raises(ParseError, match="no release of ours"):
        parse(landed("fred", "release_dates", release_id="11"), text)


def test_vintage_dates_must_ascend() -> None:
    body = {"count": 2, "offset": 0, "limit": 10000, "vintage_dates": ["2024-02-01", "2024-01-01"]}
    with pytest.raises(ParseError, match="vintage dates do not ascend"):
        parse(landed("fred", "vintage_dates", series_id="GDP"), json.dumps(body).encode())


@pytest.mark.parametrize("count", [1, 2, 5, 6, 10, 11, 14, 15, 23])
def test_windows_overlap_by_one_vintage_and_hold_no_more_than_allowed(count: int) -> None:
    vintages = [date(2024, 1, 1) + timedelta(days=7 * n) for n in range(count)]
    windows = vintage_windows(vintages, at_most=6)
    assert windows[0][0] == "1776-07-04"
    assert windows[-1][1] == "9999-12-31"
    inside = [[v for v in vintages if start <= v.isoformat() <= end] for start, end in windows]
    assert all(1 <= len(window) <= 6 for window in inside)
    assert sorted({v for window in inside for v in window}) == vintages
    for earlier, later in pairwise(inside):
        assert earlier[-1] == later[0]


# What fetch asks


@dataclass
class Fred:
    """FRED as its documentation and our recordings show it: clamps real time, pages, refuses too many vintages."""

    histories: dict[str, dict[str, list[tuple[str, str]]]]
    not_in_alfred: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    at_most: int = 2000
    today: str = "2026-11-01"

    def __call__(self, asked: Asked) -> tuple[int, str]:
        if asked.path == "/graph/fredgraph.csv":
            return self._csv(asked.query)
        series = asked.query.get("series_id", "")
        if asked.query.get("api_key") != KEY or asked.query.get("file_type") != "json":
            return _bad_request("Variable api_key is not set.")
        if series in self.gone:
            return _bad_request("The series does not exist.")
        if series in self.not_in_alfred and "realtime_start" in asked.query:
            return _bad_request("The series does not exist in ALFRED but may exist in FRED.")
        return {
            "/fred/release/dates": self._release_dates,
            "/fred/series/vintagedates": self._vintage_dates,
            "/fred/series/observations": self._observations,
        }[asked.path](asked.query)

    def _release_dates(self, query: dict[str, str]) -> tuple[int, str]:
        days = [{"release_id": int(query["release_id"]), "date": day} for day in ("2026-10-15", "2026-11-13")]
        return self._paged(query, "release_dates", days)

    def _vintage_dates(self, query: dict[str, str]) -> tuple[int, str]:
        return self._paged(query, "vintage_dates", self._vintages(query["series_id"]))

    def _vintages(self, series: str) -> list[str]:
        return sorted({vintage for history in self.histories[series].values() for vintage, _ in history})

    def _observations(self, query: dict[str, str]) -> tuple[int, str]:
        series = query["series_id"]
        start, end = query.get("realtime_start", self.today), query.get("realtime_end", self.today)
        if sum(start <= vintage <= end for vintage in self._vintages(series)) > self.at_most:
            return _bad_request("This exceeds the maximum number of vintage dates allowed.")
        rows = []
        for day, history in sorted(self.histories[series].items()):
            ends = [vintage for vintage, _ in history[1:]] + ["9999-12-32"]
            rows += [
                {"realtime_start": max(vintage, start), "realtime_end": min(until, end), "date": day, "value": value}
                for (vintage, value), until in zip(history, ends, strict=True)
                if vintage <= end and until > start and day >= query["observation_start"]
            ]
        extra = {"realtime_start": start, "realtime_end": end, "observation_start": query["observation_start"]}
        return self._paged(query, "observations", rows, extra | {"units": "lin", "output_type": 1})

    def _paged(
        self, query: dict[str, str], key: str, rows: list[Any], extra: dict[str, Any] | None = None
    ) -> tuple[int, str]:
        offset, limit = int(query["offset"]), int(query["limit"])
        page = {"count": len(rows), "offset": offset, "limit": limit, key: rows[offset : offset + limit]}
        return 200, json.dumps((extra or {}) | page)

    def _csv(self, query: dict[str, str]) -> tuple[int, str]:
        if query["id"] in self.gone:
            return 404, "<html>not found</html>"
        lines = [
            f"{day},{'' if history[-1][1] == '.' else history[-1][1]}\n"
            for day, history in sorted(self.histories[query["id"]].items())
            if day >= query["cosd"]
        ]
        return 200, f"observation_date,{query['id']}\n" + "".join(lines)


def _bad_request(message: str) -> tuple[int, str]:
    return 400, json.dumps({"error_code": 400, "error_message": f"Bad Request.  {message}"})


def catalog_line(name: str, revisions: str) -> Series:
    return Series(
        f"fred.{name}", "fred", "series", name, name, "percent", "daily", "none", "", "h15", revisions, None, None,
        "fiscal", None, True, "public domain",
    )  # fmt: skip


# Nine observations, each revised a week after its first print, all of them again on 30 September; one withdrawn.
REVISED = {
    f"2026-0{month}-01": [
        (f"2026-0{month}-12", f"{month}.0"),
        (f"2026-0{month}-19", f"{month}.1"),
        *([("2026-04-26", ".")] if month == 4 else []),
        ("2026-09-30", f"{month}.2"),
    ]
    for month in range(1, 10)
}
DAILY = {"2026-01-05": [("2026-01-06", "4.1")], "2026-01-06": [("2026-01-07", "4.2")]}


@pytest.fixture
def catalog_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def use(**revisions: str) -> None:
        lines = [catalog_line(name, kind) for name, kind in revisions.items()]
        monkeypatch.setattr(source, "of_publisher", lambda name: lines if name == "fred" else [])

    monkeypatch.delenv("FRED_API_KEY", raising=False)
    monkeypatch.delenv("FRED_USER_AGENT", raising=False)
    return use


def run(fred: Fred, root: Path, monkeypatch: pytest.MonkeyPatch, *, key: str | None = None) -> Publisher:
    """Fetch everything from 2026 on."""
    if key:
        monkeypatch.setenv("FRED_API_KEY", key)
    with publisher(fred) as served:
        monkeypatch.setattr(source, "CSV_URL", f"{served.url}/graph/fredgraph.csv")
        monkeypatch.setattr(source, "API_URL", f"{served.url}/fred")
        SOURCE.fetch(fetcher(SOURCE, root), Window(date(2026, 1, 1), date(2026, 11, 1)))
    return served


def loaded(root: Path) -> dict[str, list[tuple[date, float | None, date | None]]]:
    """All rows of all landed good answers, in the order of their fetching."""
    landing = Landing(root)
    rows: dict[str, list[tuple[date, float | None, date | None]]] = {}
    for answer in landing.pending("fred", set()):
        if answer.status == 200:
            for series in SOURCE.parse(answer, landing.body(answer)).series:
                rows.setdefault(series.series_id, []).extend(series.rows)
    return rows


def expected(history: dict[str, list[tuple[str, str]]]) -> list[tuple[date, float | None, date]]:
    return [
        (date.fromisoformat(day), None if value == "." else float(value), date.fromisoformat(vintage))
        for day, prints in sorted(history.items())
        for vintage, value in prints
    ]


def by_day_and_vintage(row: tuple[date, float | None, date | None]) -> tuple[date, date]:
    return row[0], row[2] or date.min


@pytest.mark.parametrize("at_most", [2, 3, 5, 7, 2000])
@pytest.mark.parametrize("a_page", [2, 4, 1000])
def test_sliced_and_paged_vintages_are_the_true_ones(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    catalog_of: Callable[..., None],
    at_most: int,
    a_page: int,
) -> None:
    catalog_of(NFCI="revised")
    monkeypatch.setattr(source, "VINTAGES_A_REQUEST", at_most)
    monkeypatch.setattr(source, "ROWS_A_PAGE", a_page)
    monkeypatch.setattr(source, "DATES_A_PAGE", a_page)
    monkeypatch.setattr(source, "RELEASES", {})
    served = run(Fred({"NFCI": REVISED}, at_most=at_most), tmp_path, monkeypatch, key=KEY)
    assert sorted(loaded(tmp_path)["fred.NFCI"], key=by_day_and_vintage) == expected(REVISED)
    assert served.paths[0] == "/fred/series/vintagedates"
    assert all(asked.query["sort_order"] == "asc" for asked in served.asked)


def test_a_daily_series_with_more_than_two_thousand_vintages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog_of: Callable[..., None]
) -> None:
    catalog_of(USEPUINDXD="revised")
    monkeypatch.setattr(source, "RELEASES", {})
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(4_100)]
    history = {str(day): [(str(day + timedelta(days=1)), "90"), (str(day + timedelta(days=2)), "91")] for day in days}
    served = run(Fred({"USEPUINDXD": history}, at_most=2000), tmp_path, monkeypatch, key=KEY)
    assert served.paths == ["/fred/series/vintagedates", *["/fred/series/observations"] * 3]
    assert sorted(loaded(tmp_path)["fred.USEPUINDXD"], key=by_day_and_vintage) == expected(history)


def test_the_newest_window_comes_last_and_alone_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog_of: Callable[..., None]
) -> None:
    catalog_of(NFCI="revised")
    monkeypatch.setattr(source, "VINTAGES_A_REQUEST", 5)
    monkeypatch.setattr(source, "RELEASES", {})
    run(Fred({"NFCI": REVISED}, at_most=5), tmp_path, monkeypatch, key=KEY)
    landing = Landing(tmp_path)
    answers = [a for a in landing.pending("fred", set()) if a.endpoint == "observations"]
    covers = [SOURCE.parse(a, landing.body(a)).series[0].covers_from for a in answers]
    assert [a.params["realtime_end"] == "9999-12-31" for a in answers] == [False] * (len(answers) - 1) + [True]
    assert [start == date(2026, 1, 1) for start in covers] == [False] * (len(answers) - 1) + [True]
    assert all(start > a.fetched_at.date() for start, a in zip(covers[:-1], answers[:-1], strict=True))


def test_with_a_key_the_api_is_asked_for_every_series(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog_of: Callable[..., None]
) -> None:
    catalog_of(NFCI="revised", DGS2="none")
    served = run(Fred({"NFCI": REVISED, "DGS2": DAILY}), tmp_path, monkeypatch, key=f"{KEY}\n")
    assert all(path.startswith("/fred/") for path in served.paths)
    rows = loaded(tmp_path)
    assert rows["fred.DGS2"] == [(date(2026, 1, 5), 4.1, None), (date(2026, 1, 6), 4.2, None)]
    assert sorted(rows["fred.NFCI"], key=by_day_and_vintage) == expected(REVISED)
    of_real_time = {a.query["realtime_start"] for a in served.asked if a.query.get("series_id") == "NFCI"}
    assert of_real_time == {"1776-07-04"}, "few vintages: one window, before everything, so that nothing is clamped"
    releases = [a.query for a in served.asked if a.path == "/fred/release/dates"]
    assert {int(query["release_id"]) for query in releases} == set(RELEASES)
    assert all(query["include_release_dates_with_no_data"] == "true" for query in releases)


def test_the_key_is_in_no_landing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog_of: Callable[..., None]
) -> None:
    catalog_of(NFCI="revised", GONE="none")
    with pytest.raises(FetchError) as caught:
        run(Fred({"NFCI": REVISED}, gone={"GONE"}), tmp_path, monkeypatch, key=KEY)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 8
    assert not [path for path in files if KEY.encode() in path.read_bytes() or KEY in str(path)]
    assert KEY not in str(caught.value)


def test_a_series_alfred_does_not_keep_is_read_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog_of: Callable[..., None]
) -> None:
    catalog_of(DGS2="revised")
    monkeypatch.setattr(source, "RELEASES", {})
    served = run(Fred({"DGS2": DAILY}, not_in_alfred={"DGS2"}), tmp_path, monkeypatch, key=KEY)
    assert served.paths == ["/fred/series/vintagedates", "/fred/series/observations"]
    assert loaded(tmp_path)["fred.DGS2"] == [(date(2026, 1, 5), 4.1, None), (date(2026, 1, 6), 4.2, None)]


@pytest.mark.parametrize("no_key", ["", " \n"])
def test_without_a_key_every_series_is_one_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog_of: Callable[..., None], no_key: str
) -> None:
    catalog_of(NFCI="revised", DGS2="none")
    monkeypatch.setenv("FRED_API_KEY", no_key)
    served = run(Fred({"NFCI": REVISED, "DGS2": DAILY}), tmp_path, monkeypatch)
    assert [a.query for a in served.asked] == [
        {"id": "DGS2", "cosd": "2026-01-01"},
        {"id": "NFCI", "cosd": "2026-01-01"},
    ]
    assert loaded(tmp_path)["fred.DGS2"] == [(date(2026, 1, 5), 4.1, None), (date(2026, 1, 6), 4.2, None)]
    assert loaded(tmp_path)["fred.NFCI"][3] == (date(2026, 4, 1), 4.2, None)
    assert SOURCE.gap_s >= 1


@pytest.mark.parametrize("key", [None, KEY])
def test_one_failing_series_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog_of: Callable[..., None], key: str | None
) -> None:
    catalog_of(AAA="none", DGS2="none", NFCI="revised")
    monkeypatch.setattr(source, "RELEASES", {})
    with pytest.raises(FetchError, match=r"^fred, endpoint AAA: 1 of 3 failed\. AAA: HTTP 40"):
        run(Fred({"DGS2": DAILY, "NFCI": REVISED}, gone={"AAA"}), tmp_path, monkeypatch, key=key)
    assert set(loaded(tmp_path)) == {"fred.DGS2", "fred.NFCI"}


def test_the_user_agent_is_honest_and_can_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog_of: Callable[..., None]
) -> None:
    catalog_of(DGS2="none")
    first = run(Fred({"DGS2": DAILY}), tmp_path, monkeypatch)
    assert first.asked[0].headers["user-agent"].startswith("correction-drivers/")
    assert "Mozilla" not in first.asked[0].headers["user-agent"]
    monkeypatch.setenv("FRED_USER_AGENT", "curl/8.5.0")
    second = run(Fred({"DGS2": DAILY}), tmp_path, monkeypatch)
    assert second.asked[0].headers["user-agent"] == "curl/8.5.0"


def test_a_request_that_is_left_hanging_is_asked_under_the_librarys_name_within_a_minute() -> None:
    """Both tries must fit in: a silent first one may not use up the time of the second."""
    assert SOURCE.second_user_agent is not None and SOURCE.second_user_agent.startswith("python-requests/")
    assert SOURCE.deadline_s == 60
    assert 2 * SOURCE.timeout_s + SOURCE.backoff_s + SOURCE.gap_s < SOURCE.deadline_s
    assert SOURCE.retries >= 1


def test_the_re_read_reaches_the_year_ago_side_of_a_yearly_change() -> None:
    newest_daily_figure, quarter_a_year_before_the_last_release = date(2026, 10, 28), date(2025, 4, 1)
    assert newest_daily_figure - timedelta(days=SOURCE.reread_days) < quarter_a_year_before_the_last_release


# What the catalog says of them


def test_millions_billions_thousands_and_persons_are_told_apart() -> None:
    expected = {
        "US$ mn": "WALCL WTREGEN WDTGAL MTSDS133FMS GFDEBTN",
        "US$ bn": "RRPONTSYD M2SL A091RC1Q027SBEA",
        "thousand persons": "PAYEMS CES9091000001",
        "persons": "ICSA",
        "HKD per USD": "DEXHKUS",
        "CNY per USD": "DEXCHUS",
        "JPY per USD": "DEXJPUS",
        "USD per EUR": "DEXUSEU",
    }
    for unit, names in expected.items():
        assert {catalog()[f"fred.{name}"].unit for name in names.split()} == {unit}


def test_a_figure_in_the_other_unit_is_out_of_range() -> None:
    """Billions of WALCL (6,743) or millions of RRPONTSYD (1,501): a thousand times too little, or too much."""
    assets, repo = catalog()["fred.WALCL"], catalog()["fred.RRPONTSYD"]
    assert assets.minimum is not None and 6_743 < assets.minimum < 6_743_031
    assert repo.maximum is not None and 1.501 < repo.maximum < 1_000 * 500


def test_series_that_are_revised_are_asked_with_their_vintages() -> None:
    revised = (
        "CPIAUCSL CPILFESL PCEPILFE UNRATE PAYEMS CES9091000001 M2SL GDPC1 A091RC1Q027SBEA NFCI ICSA USEPUINDXD GDPNOW "
        "DTWEXBGS"
    )
    assert {catalog()[f"fred.{name}"].revisions for name in revised.split()} == {"revised"}


RECORDED_AT = datetime(2026, 5, 27, 1, 37)  # Tuesday evening in New York, the Monday before a holiday


EVENING_FILES = [p for p in CSV_FILES if p.parent.name.endswith("2026-05-27") and f"fred.{p.stem}" in catalog()]


@pytest.mark.parametrize("path", EVENING_FILES, ids=lambda path: path.stem)
def test_no_clock_is_ahead_of_a_recorded_evening(path: Path) -> None:
    """The first figure that was not out yet on that evening: its schedule must lie after it."""
    line = catalog()[f"fred.{path.stem}"]
    newest = csv(path.read_text(), path.stem).rows[-1][0]
    following = {
        "daily": next_session("us_federal", newest),
        "weekly": newest + timedelta(days=7),
        "monthly": (newest.replace(day=28) + timedelta(days=7)).replace(day=1),
    }[line.frequency]
    assert rule_of(line.series_id).scheduled_at(following) > RECORDED_AT


@pytest.mark.parametrize(
    ("series", "day", "due"),
    [
        # Weekly dates are the week's end: claims Saturday, financial conditions Friday, the Fed's balance Wednesday.
        ("ICSA", "2025-02-22", "2025-02-27T13:30"),
        ("NFCI", "2025-02-21", "2025-02-27T13:30"),
        ("WALCL", "2025-02-26", "2025-02-27T21:30"),
        # H.15 on the next business day, for weekend days too; H.10 on the Monday of the next week.
        ("DGS10", "2025-02-14", "2025-02-18T21:15"),
        ("DFF", "2025-02-22", "2025-02-24T21:15"),
        ("DEXHKUS", "2025-02-18", "2025-02-24T21:15"),
        ("DTWEXBGS", "2026-05-22", "2026-05-26T20:15"),
        # High yield: the next evening, on a holiday of the bond market like on any day.
        ("BAMLH0A0HYM2", "2026-05-25", "2026-05-27T01:00"),
        # FRED shows Michigan a month late, though Michigan does not.
        ("MICH", "2025-01-01", "2025-03-03T17:00"),
        ("UMCSENT", "2025-01-01", "2025-03-03T17:00"),
    ],
)
def test_when_a_figure_is_due(series: str, day: str, due: str) -> None:
    assert rule_of(f"fred.{series}").scheduled_at(date.fromisoformat(day)) == datetime.fromisoformat(due)


def test_what_falls_out_of_a_rolling_window_is_not_withdrawn(tmp_path: Path) -> None:
    """High yield shows three years, the S&P 500 ten: a day that is no longer shown keeps its figure."""
    first = "observation_date,SP500\n2016-05-26,2090.10\n2016-05-27,2099.06\n"
    later = "observation_date,SP500\n2016-05-27,2099.06\n2016-05-31,2096.95\n"
    with open_raw(tmp_path / "raw.duckdb") as connection:
        for number, (day, body) in enumerate({"2026-05-27": first, "2026-05-31": later}.items()):
            answer = landed("fred", "graph_csv", fetched_at=f"{day}T22:00:00", id="SP500", cosd="2016-01-01")
            own = type(answer)(**vars(answer) | {"landing_id": f"{number:016x}"})
            Vintages(connection).load(own, parse(own, body.encode()), rule_of)
        stored = connection.execute("select observation_date, value from raw.observations order by 1").fetchall()
    assert stored == [(date(2016, 5, 26), 2090.1), (date(2016, 5, 27), 2099.06), (date(2016, 5, 31), 2096.95)]


def test_recorded_release_of_gdp_has_our_number() -> None:
    (release,) = json.loads(recorded("fred_api", "series_release_GDP_asof_2025-01-20.json"))["releases"]
    assert RELEASES[release["id"]] == "GDP"
    assert {RELEASES[number] for number in (10, 50)} == {"CPI", "EMPSIT"}


# Release days, which date first prints that ALFRED does not


def release_answer(days: list[str], release: int = 10, *, at: str = "2026-11-01T00:00:00") -> tuple[Any, Any]:
    """A landed list of release days, and what is read from it."""
    rows = [{"release_id": release, "date": day} for day in days]
    body = json.dumps({"count": len(rows), "offset": 0, "limit": 10000, "release_dates": rows}).encode()
    answer = landed("fred", "release_dates", fetched_at=at, release_id=str(release))
    own = type(answer)(**vars(answer) | {"landing_id": f"{hash((at, *days)) & 0xFFFFFFFF:016x}"})
    return own, parse(own, body)


def known_at_of(root: Path, answers: list[tuple[Any, Any]], series: str, body: str) -> dict[date, tuple[datetime, str]]:
    """When each figure of a keyless answer became known, after the answers were loaded."""
    with open_raw(root / "raw.duckdb") as connection:
        store = Vintages(connection)
        for answer, read in answers:
            store.load(answer, read, rule_of)
        plain = landed("fred", "graph_csv", fetched_at="2026-11-01T01:00:00", id=series)
        store.load(plain, parse(plain, body.encode()), rule_of)
        rows = connection.execute(
            "select observation_date, known_at, known_at_basis from raw.observations order by 1"
        ).fetchall()
    return {day: (known_at, basis) for day, known_at, basis in rows}


CPI_2023 = "observation_date,CPIAUCSL\n2022-12-01,298.8\n2023-01-01,300.5\n2023-02-01,301.6\n"


def test_the_list_of_release_days_dates_first_prints(tmp_path: Path) -> None:
    """February 2023: factors were corrected on the 10th, the index came out on the 14th."""
    days = ["2023-01-12", "2023-02-10", "2023-02-14", "2023-03-14"]
    known = known_at_of(tmp_path, [release_answer(days)], "CPIAUCSL", CPI_2023)
    assert known == {
        date(2022, 12, 1): (datetime(2023, 1, 12, 13, 30), "schedule"),
        date(2023, 1, 1): (datetime(2023, 2, 14, 13, 30), "schedule"),
        date(2023, 2, 1): (datetime(2023, 3, 14, 12, 30), "schedule"),
    }


def test_without_a_list_the_rule_dates_them_later(tmp_path: Path) -> None:
    known = known_at_of(tmp_path, [], "CPIAUCSL", CPI_2023)
    assert known[date(2023, 1, 1)] == (datetime(2023, 2, 16, 13, 30), "schedule")


def test_the_seed_goes_before_the_list(tmp_path: Path) -> None:
    body = "observation_date,CPIAUCSL\n2025-01-01,319.086\n"
    known = known_at_of(tmp_path, [release_answer(["2025-02-13", "2025-03-13"])], "CPIAUCSL", body)
    assert known == {date(2025, 1, 1): (datetime(2025, 2, 12, 13, 30), "schedule")}


def test_a_release_that_was_put_off_is_dated_by_its_new_day(tmp_path: Path) -> None:
    """The shutdown of 2025: September's prices were due on 15 October and came on the 24th."""
    body = "observation_date,CPIAUCSL\n2025-08-01,323.4\n2025-09-01,324.4\n"
    first = release_answer(["2025-09-11", "2025-10-15", "2025-11-13"], at="2025-09-30T00:00:00")
    moved = release_answer(["2025-09-11", "2025-10-24", "2025-11-13"], at="2025-10-20T00:00:00")
    assert known_at_of(tmp_path / "a", [first], "CPIAUCSL", body)[date(2025, 9, 1)][0] == datetime(2025, 10, 15, 12, 30)
    assert known_at_of(tmp_path / "b", [first, moved], "CPIAUCSL", body)[date(2025, 9, 1)][0] == datetime(
        2025, 10, 24, 12, 30
    )


def test_no_period_takes_the_release_of_an_older_one() -> None:
    """Prices of consumption in the same shutdown: 5 December was September's, 22 January October's, never earlier."""
    days = tuple(date.fromisoformat(d) for d in ("2025-08-29", "2025-09-26", "2025-12-05", "2026-01-22", "2026-02-20"))
    due = [
        ReleaseCalendar({}).scheduled_at("PCE", "month_end+35", date(2025, month, 1), days).date()
        for month in (7, 8, 9, 10, 11)
    ]
    assert due == [*days[:4], date(2026, 2, 20)]


def test_three_estimates_of_a_quarter_the_first_counts() -> None:
    days = tuple(
        date.fromisoformat(d)
        for d in ("2024-10-30", "2024-11-27", "2024-12-19", "2025-01-30", "2025-02-27", "2025-03-27", "2025-04-30")
    )
    due = [
        ReleaseCalendar({}).scheduled_at("GDP", "quarter_end+35", quarter, days).date()
        for quarter in (date(2024, 7, 1), date(2024, 10, 1), date(2025, 1, 1))
    ]
    assert due == [date(2024, 10, 30), date(2025, 1, 30), date(2025, 4, 30)]


def test_recorded_release_days_never_come_after_the_rule_and_never_before_the_next_month(tmp_path: Path) -> None:
    body = recorded("fred_api", "release_dates_10_CPI_asof_2025-01-20.json")
    rows = parse(landed("fred", "release_dates", release_id="10"), body).records["release_dates"]
    days = tuple(row["release_date"] for row in rows if row["release_date"] >= date(2018, 1, 1))
    listed, rule = ReleaseCalendar({}), RULES["month_end+16"]
    months = [date(year, month, 1) for year in range(2018, 2025) for month in range(1, 13)]
    for month, following in pairwise(months):
        found = listed.scheduled_at("CPI", "month_end+16", month, days)
        assert datetime.combine(following, time(12)) < found <= rule(month), month


def test_release_days_are_stored_once_and_a_moved_one_is_withdrawn(tmp_path: Path) -> None:
    first = release_answer(["2025-09-11", "2025-10-15", "2025-11-13"], at="2025-09-30T00:00:00")
    again = release_answer(["2025-09-11", "2025-10-15", "2025-11-13"], at="2025-10-01T00:00:00")
    moved = release_answer(["2025-09-11", "2025-10-24", "2025-11-13"], at="2025-10-20T00:00:00")
    with open_raw(tmp_path / "raw.duckdb") as connection:
        counts = [Vintages(connection).load(answer, read, rule_of) for answer, read in (first, again, moved)]
        rows = connection.execute(
            "select release_date, listed from raw.release_dates order by known_at, release_date"
        ).fetchall()
    assert [(c.new, c.unchanged) for c in counts] == [(3, 0), (0, 3), (2, 2)]
    assert rows[3:] == [(date(2025, 10, 15), False), (date(2025, 10, 24), True)]
