"""Binance spot, public market data (no key): daily klines of BTC, ETH and SOL against USDT.

Units: USDT a coin, coins of volume. Nulls: none; days before listing are absent. Time zone: UTC days. Known at: D+1
00:00 UTC, when the candle closes. Revisions: none. Re-read: 3 days. Limits: 6,000 weight a minute, 2 a call. Terms:
public market data, attribution.
"""

from datetime import UTC, date, datetime, timedelta

from orchestration.catalog import of_publisher
from orchestration.defs.sources.binance.parser import PUBLISHER, parse
from orchestration.http import Fetcher
from orchestration.source import Source, Window

URL = "https://data-api.binance.vision/api/v3/klines"
PAGE_DAYS = 1000


def fetch(fetcher: Fetcher, window: Window) -> None:
    """One request for every 1,000 days of every symbol of the catalog, newest days first.

    Newest first, because an answer counts as having been asked for every day from its start to its fetch: asked oldest
    first, the first page would make the days of the second look as if they had not been published yet.
    """
    for symbol in sorted({s.native_id for s in of_publisher(PUBLISHER)}):
        end = window.end
        while end >= window.start:
            start = max(end - timedelta(days=PAGE_DAYS - 1), window.start)
            fetcher.get(
                "klines",
                URL,
                params={
                    "symbol": symbol,
                    "interval": "1d",
                    "startTime": str(_ms(start)),
                    "endTime": str(_ms(end + timedelta(days=1)) - 1),
                    "limit": str(PAGE_DAYS),
                },
            )
            end = start - timedelta(days=1)


def _ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


SOURCE = Source(
    publisher=PUBLISHER,
    title="Binance spot klines",
    fetch=fetch,
    parse=parse,
    reread_days=3,
    first_date=date(2022, 1, 1),
    gap_s=0.2,
)
