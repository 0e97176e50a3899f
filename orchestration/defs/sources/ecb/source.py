"""European Central Bank: euro reference rates of USD, HKD, CNY, JPY, GBP; keyless.

Asked of Frankfurter v1 (base EUR, so that nothing is rounded), else of the ECB itself; the figures are the same. Units:
currency per euro. Nulls: blank or NaN; days that are no TARGET days are absent. Time zone: Frankfurt days, fixed 14:15.
Known at: the day itself 16:00 Frankfurt (`ecb`). Revisions: none. Re-read: 7 days. Limits: none stated; Frankfurter may
be a day old (it caches). Terms: free use, source ECB. USD/HKD is HKD over USD; it differs from the Federal Reserve's
noon rate by up to a few tenths of a per cent.
"""

from datetime import timedelta

from orchestration.defs.sources.ecb.parser import CURRENCIES, PUBLISHER, parse
from orchestration.http import Fetcher, FetchError
from orchestration.parsing import ParseError
from orchestration.source import Source, Window
from warehouse.calendars import is_session

FRANKFURTER = "https://api.frankfurter.dev/v1"
ECB = "https://data-api.ecb.europa.eu/service/data/EXR"


def fetch(fetcher: Fetcher, window: Window) -> None:
    """The whole window in one request: Frankfurter, and the ECB when that fails or gives no usable answer.

    A window without a TARGET day is not asked for: both places answer "not found" to it, which is no failure. Any
    other "not found" or empty answer is one. Raises FetchError when both places fail.
    """
    days = ((window.start + timedelta(days=n)) for n in range((window.end - window.start).days + 1))
    if not any(is_session("target", day) for day in days):
        return
    period = {"startPeriod": str(window.start), "endPeriod": str(window.end)}
    places = [
        (
            "frankfurter",
            f"{FRANKFURTER}/{window.start}..{window.end}",
            {"base": "EUR", "symbols": ",".join(CURRENCIES)},
        ),
        ("exr_csv", f"{ECB}/D.{'+'.join(CURRENCIES)}.EUR.SP00.A", period | {"format": "csvdata", "detail": "dataonly"}),
    ]
    failures = []
    for endpoint, url, params in places:
        try:
            landed = fetcher.get(endpoint, url, params=params)
            parse(landed, fetcher.landing.body(landed))
            return
        except (FetchError, ParseError) as error:
            failures.append(str(error))
    raise FetchError(PUBLISHER, "EXR", "; ".join(failures))


SOURCE = Source(publisher=PUBLISHER, title="ECB euro reference rates", fetch=fetch, parse=parse, reread_days=7)
