"""SEC EDGAR, company concepts (no key): reported figures of Coinbase and Berkshire Hathaway.

Units: US$. Nulls: none; a tag a filer never used is not found. Time zone: filing dates of New York. Known at: the
filed date. Revisions: later filings repeat and restate facts; each filing's version is kept. Re-read: everything.
Limits: 10 requests a second; every request must name a company and an e-mail address (environment variable
SEC_USER_AGENT), else 403. Terms: public domain.

Berkshire's Treasury bills are not here: its balance sheet reports them by segment, which this interface leaves out.
"""

import logging
import os
from functools import partial

from orchestration.defs.sources.sec.parser import PUBLISHER, parse
from orchestration.http import Fetcher, FetchError, fetch_each
from orchestration.source import Source, Window

log = logging.getLogger("drivers.sec")

URL = "https://data.sec.gov/api/xbrl/companyconcept/CIK{cik:010d}/us-gaap/{tag}.json"
ENDPOINT = "companyconcept"
COINBASE, BERKSHIRE = 1679788, 1067983
TAGS = {
    COINBASE: (
        "Revenues",
        "RevenueFromContractWithCustomerExcludingAssessedTax",
        "CostsAndExpenses",
        "OperatingExpenses",
        "OperatingIncomeLoss",
        "NetIncomeLoss",
        "CashAndCashEquivalentsAtCarryingValue",
    ),
    BERKSHIRE: (
        "CashAndCashEquivalentsAtCarryingValue",
        "CashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents",
    ),
}
USER_AGENT_VARIABLE = "SEC_USER_AGENT"


def fetch(fetcher: Fetcher, window: Window) -> None:
    """One request a company and tag; each answer is the tag's whole history, whatever the window."""
    user_agent = os.environ.get(USER_AGENT_VARIABLE, "").strip()
    if not user_agent:
        raise FetchError(PUBLISHER, ENDPOINT, f"set {USER_AGENT_VARIABLE} to 'company name e-mail': EDGAR demands it")
    fetch_each(
        PUBLISHER,
        {f"CIK {cik}": partial(_fetch_filer, fetcher, cik, tags, user_agent) for cik, tags in TAGS.items()},
    )


def _fetch_filer(fetcher: Fetcher, cik: int, tags: tuple[str, ...], user_agent: str) -> None:
    """Every tag of one filer. One it never used is not found, which is no failure; all of them is the interface gone.

    Raises FetchError, after every tag has been tried.
    """
    absent: list[str] = []
    fetch_each(PUBLISHER, {tag: partial(_fetch_tag, fetcher, cik, tag, user_agent, absent) for tag in tags})
    if len(absent) == len(tags):
        raise FetchError(PUBLISHER, ENDPOINT, f"none of its {len(tags)} tags is found: has the interface moved?")


def _fetch_tag(fetcher: Fetcher, cik: int, tag: str, user_agent: str, absent: list[str]) -> None:
    try:
        fetcher.get(ENDPOINT, URL.format(cik=cik, tag=tag), headers={"User-Agent": user_agent})
    except FetchError as error:
        if error.status != 404:
            raise
        log.info("CIK %s has no facts under %s", cik, tag)
        absent.append(tag)


SOURCE = Source(
    publisher=PUBLISHER,
    title="SEC EDGAR company facts",
    fetch=fetch,
    parse=parse,
    reread_days=0,
    gap_s=0.2,
)
