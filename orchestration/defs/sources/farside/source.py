"""Farside Investors: US spot BTC and ETH ETF net flows, a fund a US session.

Units: US$ millions, one decimal. Nulls: blank or `-` (not reported, or not launched), never 0.0. Time zone: none
printed; days are US sessions. Known at: the next day 12:00 UTC (`utc_next_1200`); the first funds report in the US
evening, IBIT last, restatements follow within two days. Re-read: 10 days (7 sessions). Limits: none stated; Cloudflare
refuses many hosts and browser-like agents, so the request says who it is and is made once or twice a day. Terms: no
stated licence; personal, non-commercial use with attribution. The mirror is one person's copy and may stop.
"""

from datetime import date, timedelta

from orchestration.defs.sources.farside.parser import ASSETS, PUBLISHER, parse
from orchestration.http import Fetcher, FetchError
from orchestration.parsing import ParseError, UnavailableError
from orchestration.source import Source, Window
from warehouse.landing import Landed

SITE = "https://farside.co.uk"
MIRROR = "https://raw.githubusercontent.com/haturatu/crypto-etf-flow/main"
SLUGS = {"BTC": "bitcoin-etf-flow-all-data", "ETH": "ethereum-etf-flow-all-data"}
STALE_AFTER = timedelta(days=7)


def fetch(fetcher: Fetcher, window: Window) -> None:
    """The whole history of each asset from the first place that has it: REST page, HTML page, mirror.

    Raises FetchError, after every asset has been tried, when one was found nowhere.
    """
    failures = [failure for asset in ASSETS for failure in _fetch_asset(fetcher, window, asset)]
    if failures:
        raise FetchError(PUBLISHER, "flows", "; ".join(failures))


def _fetch_asset(fetcher: Fetcher, window: Window, asset: str) -> list[str]:
    """What went wrong in every place; empty as soon as one place has the table."""
    prefix, slug = asset.lower(), SLUGS[asset]
    places = [
        (f"{prefix}_page_rest", f"{SITE}/wp-json/wp/v2/pages", {"slug": slug}),
        (f"{prefix}_page_html", f"{SITE}/{slug}/", None),
        (f"{prefix}_mirror", f"{MIRROR}/etf_{prefix}.csv", None),
    ]
    failures = []
    for endpoint, url, params in places:
        try:
            landed = fetcher.get(endpoint, url, params=params)
        except FetchError as error:
            failures.append(str(error))
            continue
        failure = _unusable(landed, fetcher.landing.body(landed), window)
        if failure is None:
            return []
        failures.append(f"{endpoint}: {failure}")
    return failures


def _unusable(landed: Landed, body: bytes, window: Window) -> str | None:
    """Why the next place should be asked: the table is not there, or has not moved for a week.

    A table that is there but wrong is kept: the loader names what is wrong with it, and the other places copy it.
    """
    try:
        days = [day for series in parse(landed, body).series for day, _, _ in series.rows]
    except UnavailableError as error:
        return str(error)
    except ParseError:
        return None
    return f"its newest day is {max(days)}" if max(days) < window.end - STALE_AFTER else None


SOURCE = Source(
    publisher=PUBLISHER,
    title="Farside ETF flows",
    fetch=fetch,
    parse=parse,
    reread_days=10,
    first_date=date(2024, 1, 11),
    gap_s=5.0,
)
