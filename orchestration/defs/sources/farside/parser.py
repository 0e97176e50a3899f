"""Farside's ETF flow tables: bytes to the net flow of each fund and their total, US$ millions a US session.

The endpoint names asset and form: `btc_page_rest` (WordPress REST answer, the table inside `content.rendered`),
`btc_page_html` (the page), `btc_compact` (the short page: the last weeks, several header rows, summary rows below),
`btc_mirror` (a plain CSV copy of the same table), and the same four for `eth`. Header cells name the columns; no
position is fixed and new tickers simply appear. BTC and ETH as tickers are Grayscale's mini trusts.

Cells: parentheses (or a minus sign) are negative, blank or `-` is not reported, 0.0 is a true zero. On a day on which
no fund has reported (a US holiday among them) the page prints a Total of 0.0: the sum of nothing, read as blank.
"""

import csv
import io
import re
from datetime import date

from orchestration.parsing import ParseError, UnavailableError, json_body, member, quote, text_body
from warehouse.landing import Landed
from warehouse.parsed import Parsed, series_of

PUBLISHER = "farside"
ASSETS = ("BTC", "ETH")
FORMS = ("page_rest", "page_html", "compact", "mirror")
TOLERANCE = 0.15  # US$ mn: a dozen cells rounded to one decimal rarely miss their rounded sum by more
NOT_DAYS = {"seed", "fee", "total", "average", "maximum", "minimum"}

Table = tuple[list[list[str]], list[list[str]]]  # header rows and body rows, each a list of cell texts

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAY = re.compile(r"(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})")
_TICKER = re.compile(r"[A-Z][A-Z0-9]{1,5}")
_AMOUNT = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d+)?")


def parse(landed: Landed, body: bytes) -> Parsed:
    """Series `farside.<ASSET>.<TICKER>` and `farside.<ASSET>.TOTAL`, US$ mn, None where nothing was reported.

    Raises UnavailableError when there is no table, ParseError when the table is not what it should be: unknown first
    cell, text where a number is due, columns that do not add up to Total within 0.15.
    """
    asset, form = _asset_and_form(landed.endpoint)
    head, rows = _table(asset, form, body)
    columns, total_column = _columns(asset, head)
    flows: dict[str, list[tuple[date, float | None]]] = {name: [] for name in [*columns.values(), "TOTAL"]}
    for cells in rows:
        if cells[0].lower() in NOT_DAYS:
            continue
        day = _day(asset, cells[0])
        if len(cells) != len(columns) + 2:
            raise ParseError(
                PUBLISHER,
                f"{len(cells)} cells in a row where {len(columns) + 2} are due",
                series=asset,
                observation_date=day,
                field="row",
            )
        funds = {ticker: _flow(asset, day, ticker, cells[column]) for column, ticker in columns.items()}
        funds["TOTAL"] = _checked_total(asset, day, funds, _flow(asset, day, "Total", cells[total_column]))
        for name, value in funds.items():
            flows[name].append((day, value))
    if not flows["TOTAL"]:
        raise ParseError(PUBLISHER, "the table holds no day", series=asset, field="Date")
    first = min(day for day, _ in flows["TOTAL"])
    table = f"{PUBLISHER}.{asset}"
    return Parsed([series_of(f"{table}.{name}", values, first, table=table) for name, values in flows.items()])


def _asset_and_form(endpoint: str) -> tuple[str, str]:
    asset, _, form = endpoint.partition("_")
    if asset.upper() not in ASSETS or form not in FORMS:
        raise ParseError(PUBLISHER, f"no such endpoint: {quote(endpoint)}", field="endpoint")
    return asset.upper(), form


def _table(asset: str, form: str, body: bytes) -> Table:
    """Header and body rows of the flow table, whatever it came in; rows without any text are left out."""
    try:
        text = text_body(PUBLISHER, body)
        if form == "page_rest":
            text = _rendered(json_body(PUBLISHER, body))
        return _csv_table(text) if form == "mirror" else _html_table(text)
    except ParseError as error:
        # The table as a whole is what the page should have held: whoever gives it later has taken the page's place.
        series = f"{PUBLISHER}.{asset}.TOTAL"
        message = f"source unavailable: {error.message}"
        raise UnavailableError(PUBLISHER, message, series=series, field=error.field) from error


def _rendered(answer: object) -> str:
    """The page's HTML in a WordPress REST answer: a list of pages when asked by slug, one page when asked by id."""
    page = answer[0] if isinstance(answer, list) and answer else answer
    rendered = member(PUBLISHER, member(PUBLISHER, page, "content"), "rendered")
    if not isinstance(rendered, str):
        raise ParseError(PUBLISHER, f"{quote(rendered)} where a page's HTML is due", field="content.rendered")
    return rendered


def _html_table(text: str) -> Table:
    from bs4 import BeautifulSoup  # noqa: PLC0415  (a tenth of a second, and few runs read the page)

    table = BeautifulSoup(text, "lxml").select_one("table.etf")
    if table is None:
        raise ParseError(PUBLISHER, f"no table.etf in {quote(text)}", field="table.etf")
    if "</table" not in re.split(r"<tr[\s>]", text.lower())[-1]:
        raise ParseError(PUBLISHER, "the table is cut off", field="table.etf")
    head: list[list[str]] = []
    rows: list[list[str]] = []
    for row in table.find_all("tr"):
        cells = [_clean(cell.get_text()) for cell in row.find_all(["th", "td"])]
        if any(cells):
            is_header = row.find("td") is None or row.find_parent("thead") is not None
            (head if is_header else rows).append(cells)
    return head, rows


def _csv_table(text: str) -> Table:
    if text.lstrip().startswith("<"):
        raise ParseError(PUBLISHER, f"HTML where CSV is due: {quote(text)}", field="body")
    try:
        cells = [[_clean(cell) for cell in row] for row in csv.reader(io.StringIO(text))]
    except csv.Error as error:
        raise ParseError(PUBLISHER, f"not CSV: {error}", field="body") from error
    rows = [row for row in cells if any(row)]
    return rows[:1], rows[1:]


def _columns(asset: str, head: list[list[str]]) -> tuple[dict[int, str], int]:
    """Column number of every ticker, and of Total.

    Pages print one to three header rows (issuers or logos, tickers, fees): the tickers' row is the one in which every
    cell that is neither the first nor Total is a ticker; Total may stand in any of them.
    """
    tickers: dict[int, str] = {}
    totals: set[int] = set()
    for cells in head:
        labels = {i: text for i, text in enumerate(cells) if i and text}
        totals |= {i for i, text in labels.items() if text.lower() == "total"}
        funds = {i: text for i, text in labels.items() if text.lower() != "total"}
        if funds and not tickers and all(_TICKER.fullmatch(text) for text in funds.values()):
            tickers = funds
    complete = sorted([*tickers, *totals]) == list(range(1, len(tickers) + 2))
    if not tickers or len(totals) != 1 or not complete or len(set(tickers.values())) != len(tickers):
        raise ParseError(
            PUBLISHER, f"no header of tickers and one Total in {quote(head)}", series=asset, field="header"
        )
    return tickers, totals.pop()


def _day(asset: str, text: str) -> date:
    match = _DAY.fullmatch(text)
    if match and match[2] in _MONTHS:
        try:
            return date(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1]))
        except ValueError:
            pass
    raise ParseError(PUBLISHER, f"{quote(text)} where a day such as 11 Jan 2024 is due", series=asset, field="Date")


def _flow(asset: str, day: date, column: str, text: str) -> float | None:
    """US$ mn of one cell; None for a blank and for `-`."""
    if text in ("", "-"):
        return None
    in_parentheses = text.startswith("(") and text.endswith(")")
    digits = text[1:-1] if in_parentheses else text.removeprefix("-")
    if not _AMOUNT.fullmatch(digits):
        raise ParseError(
            PUBLISHER, f"{quote(text)} where an amount is due", series=asset, observation_date=day, field=column
        )
    amount = float(digits.replace(",", ""))
    return 0.0 - amount if in_parentheses or text.startswith("-") else amount


def _checked_total(asset: str, day: date, funds: dict[str, float | None], total: float | None) -> float | None:
    """The printed total, which must be the sum of the filled cells; None when no fund has reported."""
    filled = [value for value in funds.values() if value is not None]
    if not filled and not total:
        return None
    if not filled or total is None or abs(sum(filled) - total) > TOLERANCE + 1e-9:
        raise ParseError(
            PUBLISHER,
            f"{len(filled)} reported funds sum to {sum(filled):.1f}, Total says {total}",
            series=asset,
            observation_date=day,
            field="Total",
        )
    return total


def _clean(text: str) -> str:
    """Cell text with plain spaces and plain minus signs."""
    return " ".join(text.replace("−", "-").split())
