"""Coin Metrics: nine-digit fractions, absent metrics, and pages that run backward."""

import json
from datetime import date, datetime
from types import SimpleNamespace

import pytest

from orchestration.catalog import of_publisher
from orchestration.defs.sources.coinmetrics import source
from orchestration.defs.sources.coinmetrics.parser import parse
from orchestration.extraction import rule_of
from orchestration.http import FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, publisher
from tests.support import landed, recorded

ASKED = {"start_time": "2020-02-01"}
ROW = {"asset": "btc", "time": "2020-02-29T00:00:00.000000000Z", "PriceUSD": "8582.09029964933"}
NEXT = {"next_page_token": "0.MjAy", "next_page_url": "https://community-api.coinmetrics.io/v4/next"}


def answer(*rows, **more):
    return json.dumps({"data": list(rows)} | more).encode()


def read(body, **params):
    return {s.series_id: s for s in parse(landed("coinmetrics", "asset_metrics", **params), body).series}


def test_documented_example():
    found = read(recorded("coinmetrics", "asset_metrics_openapi_example.json"), **ASKED)
    series = found["coinmetrics.btc.PriceUSD"]
    assert series.rows == [
        (date(2020, 2, 29), 8582.09029964933, None),
        (date(2020, 3, 1), 8541.77389392169, None),
    ]
    assert series.covers_from == date(2020, 2, 29)


def test_the_last_page_covers_from_the_asked_start():
    assert read(answer(ROW), **ASKED)["coinmetrics.btc.PriceUSD"].covers_from == date(2020, 2, 1)


def test_assets_are_series_of_their_own_and_null_is_a_blank():
    found = read(answer(ROW, ROW | {"asset": "eth", "PriceUSD": None}), start_time="2020-02-28", end_time="2020-03-05")
    assert found["coinmetrics.btc.PriceUSD"].rows == [(date(2020, 2, 29), 8582.09029964933, None)]
    assert found["coinmetrics.eth.PriceUSD"].rows == [(date(2020, 2, 29), None, None)]


def test_no_rows_give_no_series():
    """The service may be some days behind."""
    assert read(answer(), assets="btc,eth", start_time="2026-10-26", end_time="2026-11-01") == {}


def test_a_row_of_another_asset_is_an_error():
    with pytest.raises(ParseError, match=r"coinmetrics, series coinmetrics.sol.PriceUSD, field asset: 'sol' where"):
        read(answer(ROW, ROW | {"asset": "sol"}), assets="btc,eth")


@pytest.mark.parametrize(
    ("rows", "silent"),
    [
        ([], "coinmetrics.btc.PriceUSD"),
        ([ROW], "coinmetrics.eth.PriceUSD"),
        ([ROW, ROW | {"asset": "eth", "PriceUSD": None}], "coinmetrics.eth.PriceUSD"),
    ],
)
@pytest.mark.parametrize("start", ["2020-01-01", "2026-10-25"])
def test_an_asset_without_a_price_for_more_than_a_week_is_an_error(rows, silent, start):
    with pytest.raises(ParseError, match=f"coinmetrics, series {silent}, date {start} to 2026-11-01, field PriceUSD"):
        read(answer(*rows), assets="btc,eth", start_time=start, end_time="2026-11-01")


def test_an_answer_to_nobody_knows_what_must_hold_a_price_all_the_same():
    with pytest.raises(ParseError, match="coinmetrics, series PriceUSD, date up to 2026-11-01, field data"):
        read(answer())


@pytest.mark.parametrize(("more", "params"), [(NEXT, {}), ({}, {"next_page_token": "0.MjAy"})])
def test_one_page_of_several_need_not_show_every_asset(more, params):
    """Pages run from the newest day back, asset by asset."""
    found = read(answer(ROW, **more), assets="btc,eth", start_time="2020-01-01", end_time="2026-11-01", **params)
    assert list(found) == ["coinmetrics.btc.PriceUSD"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"<html></html>", "HTML"),
        (answer(ROW)[:-5], "not JSON"),
        (b'{"error":{"type":"forbidden","message":"Requested metric is not available"}}', "not available"),
        (b'{"rows":[]}', "field data"),
        (answer({k: v for k, v in ROW.items() if k != "PriceUSD"}), "coinmetrics.btc.PriceUSD, field PriceUSD"),
        (answer(ROW | {"PriceUSD": "n/a"}), "date 2020-02-29, field PriceUSD"),
        (answer(ROW | {"time": "2020-02-29T12:00:00.000000000Z"}), "midnight UTC"),
        (answer(ROW | {"time": "2020-02-30T00:00:00.000000000Z"}), "field time"),
    ],
)
def test_malformed_answers_are_errors(body, reason):
    with pytest.raises(ParseError, match=reason):
        read(body)


def fetch(monkeypatch, tmp_path, *bodies):
    """The queries asked while the bodies are handed out one after the other."""
    monkeypatch.setattr(source, "of_publisher", lambda _: [SimpleNamespace(native_id=a) for a in ("eth", "btc")])
    left = iter(bodies)
    with publisher(lambda _: (200, next(left).decode())) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/asset-metrics")
        source.fetch(fetcher(source.SOURCE, tmp_path), Window(date(2022, 1, 1), date(2026, 11, 1)))
    return [asked.query for asked in served.asked]


def test_pages_are_followed_from_the_newest_day_back_to_the_last(monkeypatch, tmp_path):
    first, second = fetch(monkeypatch, tmp_path, answer(ROW, **NEXT), answer(ROW))
    assert first == {
        "assets": "btc,eth",
        "metrics": "PriceUSD",
        "frequency": "1d",
        "start_time": "2022-01-01",
        "end_time": "2026-11-01",
        "page_size": "10000",
        "paging_from": "end",
    }
    assert second == first | {"next_page_token": "0.MjAy"}


def test_a_body_that_is_no_answer_ends_the_paging(monkeypatch, tmp_path):
    assert len(fetch(monkeypatch, tmp_path, b"<html>429</html>")) == 1


@pytest.mark.parametrize(("status", "kind"), [(400, "bad_parameter"), (403, "forbidden")])
def test_a_refused_asset_or_metric_fails_in_the_publishers_words(monkeypatch, tmp_path, status, kind):
    monkeypatch.setattr(source, "of_publisher", lambda _: [SimpleNamespace(native_id="btc")])
    refusal = json.dumps({"error": {"type": kind, "message": "Not available with supplied credentials."}})
    with publisher(lambda _: (status, refusal)) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/asset-metrics")
        with pytest.raises(FetchError, match=f"HTTP {status}.*{kind}"):
            source.fetch(fetcher(source.SOURCE, tmp_path), Window(date(2022, 1, 1), date(2026, 11, 1)))


def test_no_more_than_ten_requests_in_six_seconds():
    assert 6 / source.SOURCE.gap_s <= 10


def test_a_price_is_dollars_at_the_days_end_and_due_at_five_the_next_morning():
    assert {series.unit for series in of_publisher("coinmetrics")} == {"US$"}
    assert rule_of("coinmetrics.btc.PriceUSD").scheduled_at(date(2025, 2, 21)) == datetime(2025, 2, 22, 5)
