"""Tencent quotes: daily closes of Hang Seng and Hang Seng TECH, keyless, unofficial.

Units: index points. Nulls: none; days without a session are absent. Time zone: Hong Kong days. Known at: the day
itself 18:00 Hong Kong (`hk_1800`). Revisions: none. Re-read: 5 days. Limits: 640 bars an answer, hence slices of two
years; no rate stated. Terms: none stated; Hang Seng Indexes owns the figures, attribution and no redistribution.
"""

from datetime import timedelta

from orchestration.catalog import of_publisher
from orchestration.defs.sources.tencent.parser import PUBLISHER, parse
from orchestration.http import Fetcher
from orchestration.source import Source, Window

URL = "https://web.ifzq.gtimg.cn/appstock/app/hkfqkline/get"
SLICE_DAYS = 730
MOST_BARS = 640


def fetch(fetcher: Fetcher, window: Window) -> None:
    """One request for every two years of every symbol of the catalog, newest slice first.

    Newest first, because an answer counts as having been asked for every day from its start to its fetch.
    """
    for symbol in sorted({s.native_id for s in of_publisher(PUBLISHER)}):
        end = window.end
        while end >= window.start:
            start = max(end - timedelta(days=SLICE_DAYS - 1), window.start)
            fetcher.get("hkfqkline", URL, params={"param": f"{symbol},day,{start},{end},{MOST_BARS},"})
            end = start - timedelta(days=1)


SOURCE = Source(publisher=PUBLISHER, title="Tencent Hong Kong indices", fetch=fetch, parse=parse, reread_days=5)
