"""LBMA gold price PM (no key): the daily afternoon fixing.

Units: US$ a fine troy ounce. Nulls: null or 0; half days (24 and 31 December) have no PM fixing. Time zone: 15:00
London. Known at: midnight London after the fixing, when the free feed shows it. Revisions: none. Re-read: everything,
the publisher has one file of about a megabyte. Limits: none published; the feed may close some day (403). Terms: IBA
licence, internal use only.
"""

from orchestration.defs.sources.lbma.parser import PUBLISHER, parse
from orchestration.http import Fetcher
from orchestration.source import Source, Window

URL = "https://prices.lbma.org.uk/json/gold_pm.json"


def fetch(fetcher: Fetcher, window: Window) -> None:
    """One request; the answer is the whole history, whatever the window."""
    fetcher.get("gold_pm", URL)


SOURCE = Source(
    publisher=PUBLISHER,
    title="LBMA gold price PM",
    fetch=fetch,
    parse=parse,
    reread_days=0,
)
