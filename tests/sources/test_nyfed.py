"""New York Fed: SOFR rows only."""

import json
from datetime import date, datetime

import pytest

from orchestration.catalog import catalog
from orchestration.defs.sources.nyfed import source
from orchestration.defs.sources.nyfed.parser import parse
from orchestration.extraction import rule_of
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, publisher
from tests.support import landed, recorded

SOFR = {"effectiveDate": "2026-06-05", "type": "SOFR", "percentRate": 3.63, "revisionIndicator": ""}
AVERAGES = {
    "effectiveDate": "2026-06-05",
    "type": "SOFRAI",
    "average30day": 3.64,
    "index": 1.2,
    "revisionIndicator": "",
}


def body(*rates):
    return json.dumps({"refRates": rates}).encode()


def read(content, **params):
    return parse(landed("nyfed", "sofr", **params), content).series


def test_recorded_answer():
    (series,) = read(recorded("nyfed", "sofr_last_2026-06-05.json"))
    assert series.series_id == "nyfed.SOFR"
    assert len(series.rows) == 15
    assert series.rows[-1] == (date(2026, 6, 5), 3.63, None)
    assert series.covers_from == series.rows[0][0]


def test_averages_are_left_out():
    (series,) = read(body(AVERAGES, SOFR))
    assert series.rows == [(date(2026, 6, 5), 3.63, None)]


def test_a_revised_rate_is_read_like_any_other():
    (series,) = read(body(SOFR | {"percentRate": 3.65, "revisionIndicator": "r"}))
    assert series.rows == [(date(2026, 6, 5), 3.65, None)]


def test_covers_from_the_asked_start():
    (series,) = read(body(SOFR), startDate="2026-06-01")
    assert series.covers_from == date(2026, 6, 1)


@pytest.mark.parametrize("content", [body(), body(AVERAGES)])
def test_a_span_without_rates_has_no_series(content):
    """A holiday beside a weekend, and a rate comes out a business day late."""
    assert read(content, startDate="2026-10-26", endDate="2026-11-01") == []
    assert read(content, startDate="2026-01-01", endDate="2026-01-07") == []


@pytest.mark.parametrize("content", [body(), body(AVERAGES)])
@pytest.mark.parametrize(
    "asked", [{}, {"startDate": "2026-10-25"}, {"startDate": "2026-01-01", "endDate": "2026-01-08"}]
)
def test_more_than_a_week_without_a_rate_is_an_error(content, asked):
    with pytest.raises(ParseError, match=r"nyfed, series nyfed.SOFR, date .*, field refRates: .*no figure at all"):
        read(content, **asked)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<html></html>", "HTML"),
        (body(SOFR)[:-4], "not JSON"),
        (b'{"rates":[]}', "field refRates"),
        (b'{"refRates":null}', "list of rates"),
        (body(SOFR | {"type": "EFFR"}), "field type"),
        (body({k: v for k, v in SOFR.items() if k != "percentRate"}), "field percentRate"),
        (body(SOFR | {"percentRate": None}), "date 2026-06-05, field percentRate"),
        (body(SOFR | {"effectiveDate": "06/05/2026"}), "field effectiveDate"),
    ],
)
def test_malformed_answers_are_errors(content, reason):
    with pytest.raises(ParseError, match=reason):
        read(content)


def test_the_window_is_asked_in_one_request(monkeypatch, tmp_path):
    with publisher(lambda _: (200, '{"refRates":[]}')) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/search.json")
        source.fetch(fetcher(source.SOURCE, tmp_path), Window(date(2026, 1, 1), date(2026, 11, 20)))
    assert [asked.query for asked in served.asked] == [{"startDate": "2026-01-01", "endDate": "2026-11-20"}]


def test_a_rate_is_percent_and_due_at_eight_on_the_next_business_day():
    assert catalog()["nyfed.SOFR"].unit == "percent"
    assert rule_of("nyfed.SOFR").scheduled_at(date(2025, 2, 14)) == datetime(2025, 2, 18, 13)


def test_rates_come_newest_first_and_leave_oldest_first():
    (series,) = read(body(SOFR, SOFR | {"effectiveDate": "2026-06-04", "percentRate": 3.6}))
    assert [value for _, value, _ in series.rows] == [3.6, 3.63]
