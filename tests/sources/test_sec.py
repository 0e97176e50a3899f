"""SEC company concepts: facts as records, repeated facts, and the name every request must carry."""

import json
from dataclasses import replace
from datetime import date, datetime

import pytest

from orchestration.defs.sources.sec import source
from orchestration.defs.sources.sec.parser import parse
from orchestration.extraction import rule_of
from orchestration.http import FetchError
from orchestration.parsing import ParseError
from orchestration.source import Window
from tests.sources.publisher_server import fetcher, publisher
from tests.support import landed

YEAR = {
    "start": "2024-01-01",
    "end": "2024-12-31",
    "val": 6564028000,
    "accn": "0001679788-25-000022",
    "fy": 2024,
    "fp": "FY",
    "form": "10-K",
    "filed": "2025-02-13",
}
WINDOW = Window(date(2026, 1, 1), date(2026, 11, 1))


def concept(*facts, **changes):
    answer = {
        "cik": 1679788,
        "taxonomy": "us-gaap",
        "tag": "Revenues",
        "label": "Revenues",
        "entityName": "Coinbase Global, Inc.",
        "units": {"USD": list(facts)},
    }
    return json.dumps(answer | changes).encode()


def read(body, url="http://127.0.0.1/"):
    return parse(replace(landed("sec", "companyconcept"), url=url), body).records["company_facts"]


ADDRESS = source.URL.format(cik=1679788, tag="Revenues")


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"cik": 1067983}, "sec, series 1679788 Revenues, field cik: the answer is of '1067983'"),
        ({"tag": "NetIncomeLoss"}, "sec, series 1679788 Revenues, field tag: the answer is of 'NetIncomeLoss'"),
        ({"taxonomy": "ifrs-full"}, "sec, series 1679788 Revenues, field taxonomy: the answer is of 'ifrs-full'"),
    ],
)
def test_an_answer_of_another_filer_or_tag_is_an_error(named, message):
    assert len(read(concept(YEAR), ADDRESS)) == 1
    with pytest.raises(ParseError, match=message):
        read(concept(YEAR, **named), ADDRESS)


def test_a_fact_over_a_period():
    assert read(concept(YEAR | {"frame": "CY2024"})) == [
        {
            "record_id": "1679788:Revenues:2024-01-01:2024-12-31:0001679788-25-000022",
            "observation_date": date(2024, 12, 31),
            "period_start": date(2024, 1, 1),
            "cik": 1679788,
            "entity": "Coinbase Global, Inc.",
            "tag": "Revenues",
            "value_usd": 6564028000.0,
            "fiscal_year": 2024,
            "fiscal_period": "FY",
            "form": "10-K",
            "filed": date(2025, 2, 13),
            "accession": "0001679788-25-000022",
        }
    ]


def test_a_balance_has_no_start():
    balance = {k: v for k, v in YEAR.items() if k != "start"}
    (record,) = read(concept(balance, tag="CashAndCashEquivalentsAtCarryingValue"))
    assert record["period_start"] is None


def test_the_same_copy_twice_is_one_record():
    assert len(read(concept(YEAR, YEAR | {"frame": "CY2024"}))) == 1


def test_a_later_filing_of_the_same_fact_is_a_record_of_its_own():
    later = YEAR | {"accn": "0001679788-26-000030", "fy": 2025, "filed": "2026-02-12"}
    records = read(concept(YEAR, later))
    assert [record["filed"] for record in records] == [date(2025, 2, 13), date(2026, 2, 12)]
    assert len({record["record_id"] for record in records}) == 2


def test_year_to_date_and_quarter_that_end_together_stay_apart():
    quarter = YEAR | {"start": "2024-10-01", "val": 2271600000}
    assert len({record["record_id"] for record in read(concept(YEAR, quarter))}) == 2


def test_one_filing_that_contradicts_itself_is_an_error():
    with pytest.raises(ParseError, match=r"1679788 Revenues, date 2024-12-31.*twice, differently"):
        read(concept(YEAR, YEAR | {"val": 1}))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"<html>Request Rate Threshold Exceeded</html>", "HTML"),
        (concept(YEAR)[:-5], "not JSON"),
        (concept(units={"EUR": []}), "field USD"),
        (concept(units={"USD": None}), "list of facts"),
        (concept(), "series 1679788 Revenues, field USD: .* where a list of facts is due"),
        (concept(YEAR | {"val": "much"}), "date 2024-12-31, field val"),
        (concept(YEAR | {"val": None}), "field val"),
        (concept(YEAR | {"filed": ""}), "field filed"),
        (concept(YEAR | {"start": "2024"}), "field start"),
        (concept({k: v for k, v in YEAR.items() if k != "accn"}), "field accn"),
        (concept(YEAR, entityName=None), "field entityName"),
    ],
)
def test_malformed_answers_are_errors(body, reason):
    with pytest.raises(ParseError, match=reason):
        read(body)


def fetch(monkeypatch, tmp_path, answer, name="Example Research desk@example.org"):
    monkeypatch.setenv("SEC_USER_AGENT", name)
    with publisher(answer) as served:
        monkeypatch.setattr(source, "URL", f"{served.url}/CIK{{cik:010d}}/us-gaap/{{tag}}.json")
        source.fetch(fetcher(source.SOURCE, tmp_path), WINDOW)
    return served.asked


def test_without_a_name_nothing_is_asked(monkeypatch, tmp_path):
    with pytest.raises(FetchError, match="SEC_USER_AGENT"):
        fetch(monkeypatch, tmp_path, lambda _: pytest.fail("asked without a name"), name=" ")


def test_every_tag_is_asked_with_the_name_and_a_ten_digit_cik(monkeypatch, tmp_path):
    asked = fetch(monkeypatch, tmp_path, lambda _: (200, concept(YEAR).decode()))
    assert [a.path for a in asked] == [
        f"/CIK{cik:010d}/us-gaap/{tag}.json" for cik, tags in source.TAGS.items() for tag in tags
    ]
    assert asked[0].path == "/CIK0001679788/us-gaap/Revenues.json"
    assert {a.headers["user-agent"] for a in asked} == {"Example Research desk@example.org"}


def test_a_tag_the_filer_never_used_is_no_failure(monkeypatch, tmp_path):
    missing = "/CIK0001679788/us-gaap/CostsAndExpenses.json"
    asked = fetch(monkeypatch, tmp_path, lambda a: (404, "") if a.path == missing else (200, concept(YEAR).decode()))
    assert len(asked) == sum(len(tags) for tags in source.TAGS.values())


def test_a_filer_of_whom_nothing_is_found_is_an_error(monkeypatch, tmp_path):
    with pytest.raises(FetchError, match="CIK 1067983: none of its 2 tags is found"):
        fetch(monkeypatch, tmp_path, lambda a: (404, "") if "1067983" in a.path else (200, concept(YEAR).decode()))


def test_a_refusal_is_an_error(monkeypatch, tmp_path):
    with pytest.raises(FetchError, match="HTTP 403"):
        fetch(monkeypatch, tmp_path, lambda _: (403, "<html>Request Rate Threshold Exceeded</html>"))


def test_cash_that_a_later_filing_counts_otherwise_is_kept_both_ways():
    """Coinbase's cash of 2024 took in stablecoins in the filing of 2025: one day, two figures, told apart by filing."""
    cash = {k: v for k, v in YEAR.items() if k != "start"} | {"val": 8543903000}
    restated = cash | {"val": 9308266000, "accn": "0001679788-26-000030", "fy": 2025, "filed": "2026-02-12"}
    records = read(concept(restated, cash, tag="CashAndCashEquivalentsAtCarryingValue"))
    assert {record["filed"]: record["value_usd"] for record in records} == {
        date(2025, 2, 13): 8543903000.0,
        date(2026, 2, 12): 9308266000.0,
    }
    assert len({record["record_id"] for record in records}) == 2


def test_the_fiscal_year_of_the_filing_does_not_date_the_fact():
    (record,) = read(concept(YEAR | {"fy": 2026, "fp": "Q2"}))
    assert record["observation_date"] == date(2024, 12, 31)
    assert (record["fiscal_year"], record["fiscal_period"]) == (2026, "Q2")


def test_berkshires_treasury_bills_are_not_looked_for_where_they_are_not():
    assert all("Cash" in tag for tag in source.TAGS[source.BERKSHIRE])


def test_no_more_than_ten_requests_a_second():
    assert 1 / source.SOURCE.gap_s <= 10


def test_a_filing_is_out_at_the_end_of_its_day_in_new_york():
    assert rule_of("sec.company_facts").scheduled_at(date(2025, 2, 13)) == datetime(2025, 2, 14, 4, 59)
