"""The Fear & Greed index: strings and epoch seconds, failures that come with status 200, missing days."""

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.catalog import catalog
from orchestration.defs.sources.alternative_me import source
from orchestration.defs.sources.alternative_me.parser import parse
from orchestration.defs.sources.alternative_me.source import SOURCE
from orchestration.extraction import rule_of
from orchestration.http import FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, loadable, publisher
from tests.support import landed, recorded
from warehouse.parsed import ParsedSeries


def row(day: str, value: str = "20", **extra: str) -> dict[str, str]:
    seconds = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    return {"value": value, "value_classification": "Extreme Fear", "timestamp": str(seconds)} | extra


def answer(*rows: object, **changed: Any) -> bytes:
    envelope = {"name": "Fear and Greed Index", "data": list(rows), "metadata": {"error": None}}
    return json.dumps(envelope | changed).encode()


def read(body: bytes, fetched_at: str = "2026-11-01T06:00:00") -> ParsedSeries:
    (series,) = parse(landed("alternative_me", "fng", fetched_at=fetched_at), body).series
    return series


def test_the_recorded_row() -> None:
    series = read(recorded("fng", "fng_row_2025-11-08.json"))
    assert series.series_id == "alternative_me.fng"
    assert series.rows == [(date(2025, 11, 8), 20.0, None)]


def test_the_whole_history_in_the_publishers_form() -> None:
    """The values of an independent copy, put back into rows newest first."""
    copy = [
        (line["date"], line["fng"])
        for line in csv.DictReader(recorded("fng", "btc-power_fng_2018-02-01_2026-06-26.csv").decode().splitlines())
    ]
    series = read(answer(*(row(day, value) for day, value in reversed(copy))))
    assert [(str(day), value) for day, value, _ in series.rows] == [(day, float(value)) for day, value in copy]
    days = {day for day, _, _ in series.rows}
    assert not days & {date(2018, 4, 14), date(2018, 4, 15), date(2018, 4, 16), date(2024, 10, 26)}
    assert series.covers_from == date(2018, 2, 1)


def test_rows_come_newest_first_and_leave_oldest_first() -> None:
    series = read(answer(row("2026-11-01", "30"), row("2026-10-31", "29"), row("2026-10-30", "28")))
    assert [value for _, value, _ in series.rows] == [28.0, 29.0, 30.0]
    assert series.covers_from == date(2026, 10, 30)


def test_todays_index_is_kept() -> None:
    series = read(answer(row("2026-11-01", "30", time_until_update="30392")), fetched_at="2026-11-01T00:06:00")
    assert series.rows == [(date(2026, 11, 1), 30.0, None)]


def test_a_missing_day_is_absent() -> None:
    series = read(answer(row("2024-10-27"), row("2024-10-25")))
    assert [day for day, _, _ in series.rows] == [date(2024, 10, 25), date(2024, 10, 27)]


def test_zero_is_a_value() -> None:
    assert read(answer(row("2026-11-01", "0"))).rows[0][1] == 0.0


def test_a_doubled_day_is_left_for_the_loader_to_refuse() -> None:
    assert len(read(answer(row("2026-11-01", "30"), row("2026-11-01", "31"))).rows) == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the body is empty"),
        (b"<html>Just a moment...</html>", "HTML where JSON is due"),
        (answer(row("2026-11-01"))[:-30], "not JSON"),
        (b"[]", "field metadata"),
        (
            answer(metadata={"error": "Too many requests"}),
            "field metadata.error: the publisher says 'Too many requests'",
        ),
        (answer(row("2026-11-01"), metadata={"error": "partial outage"}), "field metadata.error"),
        (answer(data=None, metadata={"error": "down"}), "field metadata.error"),
        (b'{"data": []}', "field metadata"),
        (answer(row("2026-11-01"), metadata={}), "field error"),
        (b'{"metadata": {"error": null}}', "field data"),
        (answer(), "field data"),
        (answer(data=None), "field data"),
        (answer({"timestamp": "1762560000"}), "field value"),
        (answer({"value": "20"}), "field timestamp"),
        (answer(row("2026-11-01", "greed")), "date 2026-11-01, field value"),
        (answer(row("2026-11-01", "")), "date 2026-11-01, field value"),
        (answer({"value": None, "timestamp": "1762560000"}), "date 2025-11-08, field value"),
        (answer({"value": "20", "timestamp": "11-08-2025"}), "field timestamp"),
        (answer({"value": "20", "timestamp": "1762560000000"}), "not in epoch seconds"),
        (answer({"value": "20", "timestamp": "1762531200"}), "date 2025-11-07, field timestamp"),
        (answer("2026-11-01"), "an object is due"),
    ],
)
def test_a_malformed_answer_is_an_error_that_names_the_place(body: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message) as caught:
        read(body)
    assert str(caught.value).startswith("alternative_me, series alternative_me.fng")


def test_fetch_asks_once_for_the_days_of_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with publisher(lambda asked: (200, answer(row("2026-11-01")).decode())) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/fng/")
        SOURCE.fetch(fetcher(SOURCE, tmp_path), Window(date(2026, 10, 25), date(2026, 11, 1)))
        SOURCE.fetch(fetcher(SOURCE, tmp_path), Window(date(2026, 11, 1), date(2026, 11, 1)))
    assert [asked.query for asked in served.asked] == [
        {"limit": "8", "format": "json"},
        {"limit": "1", "format": "json"},
    ], "no date_format, which would turn seconds into text; never limit 0"
    assert len(loadable(SOURCE, tmp_path)["alternative_me.fng"]) == 2


def test_a_refusal_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with publisher(lambda asked: (403, "no")) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/fng/")
        with pytest.raises(FetchError, match="alternative_me, endpoint fng: HTTP 403"):
            SOURCE.fetch(fetcher(SOURCE, tmp_path), Window(date(2026, 10, 25), date(2026, 11, 1)))


def test_the_index_of_a_day_is_due_five_minutes_into_it_and_never_revised() -> None:
    assert rule_of("alternative_me.fng").scheduled_at(date(2025, 2, 21)) == datetime(2025, 2, 21, 0, 5)
    line = catalog()["alternative_me.fng"]
    assert (line.unit, line.minimum, line.maximum, line.revisions) == ("index 0-100", 0, 100, "none")


def test_no_more_than_sixty_requests_a_minute() -> None:
    assert 60 / SOURCE.gap_s <= 60
