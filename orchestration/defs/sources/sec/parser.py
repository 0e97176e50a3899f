"""SEC EDGAR company concepts: one tag of one filer to reported facts.

US dollars as whole numbers. A balance has no `start`, an amount over a period has one. `fy` and `fp` describe the
filing, not the fact, and the same fact comes back in later filings: which one counts is decided downstream, by `filed`.
The answer names filer, taxonomy and tag, which must be those of the address. It is the tag's whole history, and a tag
without facts is not found (404): an empty list is no answer.
"""

import re
from datetime import date
from typing import Any

from orchestration.parsing import ParseError, iso_date, json_body, member, number, quote
from warehouse.landing import Landed
from warehouse.parsed import Parsed

PUBLISHER = "sec"
TABLE = "company_facts"


def parse(landed: Landed, body: bytes) -> Parsed:
    """Records `company_facts`, one a filing and period: observation_date is the period's end, value_usd in US$.

    Raises ParseError for the facts of another filer or tag, and for none.
    """
    concept = json_body(PUBLISHER, body)
    cik = int(number(PUBLISHER, member(PUBLISHER, concept, "cik"), field="cik"))
    tag = _text(concept, "tag", str(cik))
    series = f"{cik} {tag}"
    _check_address(landed, {"cik": str(cik), "taxonomy": concept.get("taxonomy"), "tag": tag})
    entity = _text(concept, "entityName", series)
    facts = member(PUBLISHER, member(PUBLISHER, concept, "units", series=series), "USD", series=series)
    if not isinstance(facts, list) or not facts:
        raise ParseError(PUBLISHER, f"{quote(facts)} where a list of facts is due", series=series, field="USD")
    records: dict[str, dict[str, Any]] = {}
    for fact in facts:
        record: dict[str, Any] = {"cik": cik, "entity": entity, "tag": tag} | _fact(fact, series)
        period = f"{record['period_start'] or ''}:{record['observation_date']}"
        record["record_id"] = f"{cik}:{tag}:{period}:{record['accession']}"
        known = records.setdefault(record["record_id"], record)
        if known != record:
            message = f"filing {record['accession']} states the period twice, differently"
            raise ParseError(
                PUBLISHER, message, series=series, observation_date=record["observation_date"], field="val"
            )
    return Parsed(records={TABLE: list(records.values())})


def _check_address(landed: Landed, named: dict[str, Any]) -> None:
    """Refuse an answer that is not of the filer and tag of its address, where this names them."""
    address = re.search(r"/CIK0*(?P<cik>\d+)/(?P<taxonomy>[\w-]+)/(?P<tag>\w+)\.json$", landed.url)
    if address is None:
        return
    series = f"{address['cik']} {address['tag']}"
    for field, asked in address.groupdict().items():
        if named[field] != asked:
            raise ParseError(PUBLISHER, f"the answer is of {quote(named[field])}", series=series, field=field)


def _fact(fact: dict[str, Any], series: str) -> dict[str, Any]:
    end = iso_date(PUBLISHER, member(PUBLISHER, fact, "end", series=series), series=series, field="end")
    value = member(PUBLISHER, fact, "val", series=series)
    return {
        "observation_date": end,
        "period_start": _period_start(fact, series),
        "value_usd": number(PUBLISHER, value, series=series, observation_date=end, field="val"),
        "fiscal_year": member(PUBLISHER, fact, "fy", series=series),
        "fiscal_period": member(PUBLISHER, fact, "fp", series=series),
        "form": _text(fact, "form", series),
        "filed": iso_date(PUBLISHER, member(PUBLISHER, fact, "filed", series=series), series=series, field="filed"),
        "accession": _text(fact, "accn", series),
    }


def _period_start(fact: dict[str, Any], series: str) -> date | None:
    if "start" not in fact:
        return None
    return iso_date(PUBLISHER, fact["start"], series=series, field="start")


def _text(container: object, field: str, series: str) -> str:
    text = member(PUBLISHER, container, field, series=series)
    if not isinstance(text, str) or not text:
        raise ParseError(PUBLISHER, f"{quote(text)} where text is due", series=series, field=field)
    return text
