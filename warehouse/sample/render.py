"""Renders the sample landing: the published figures in `figures/`, each in its publisher's own wire format.

Belongs here: how a publisher prints a figure, and when each copy is taken to have been fetched. Does not belong here:
what the figures mean (the parsers read the rendered bodies like any other), and tables without a wire format (press
quotations, statements, events: they are seeds of the dbt project).

A figure is printed with the characters of its table's cell. What a publisher prints beside it and the tables do not
hold (trade counts, other currencies, high and low of a close) is null, empty or left out; nothing is made up. Every
rendering of the same tables gives the same bytes. `python -m warehouse.sample.render` rebuilds `landing/`.
"""

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from warehouse.landing import Landing

HERE = Path(__file__).resolve().parent
FIGURES, LANDING = HERE / "figures", HERE / "landing"

AS_OF = "2025-05-01T12:00:00Z"
# Assigned. The tables are copies made in 2026; this is a time by which all of them stood.
COPIED_AT = datetime(2026, 11, 1)
# Assigned. The pages that quote Farside on 26 February 2025 give the day only.
FIRST_QUOTED_AT = datetime(2025, 2, 26, 6)
# Assigned. 48 hours after the close of 25 February 2025: within them the publisher restates small amounts.
RESTATED_AT = datetime(2025, 2, 27, 21)
# An answer of that time also shows 26 February: without its row that day would count as not yet published.
RESTATED_DAYS = ("2025-02-25", "2025-02-26")
FIRST_QUOTED_BY = "CoinGlass/Farside as quoted 2025-02-26"

NOTE = (
    "Published figures of 2024-01 to 2025-04 (monthly from 2022), rendered by warehouse/sample/render.py from the "
    "tables in warehouse/sample/figures in each publisher's own wire format. Times of fetching are assigned: the "
    "copies stood by 2026-11-01T00:00Z; Farside of 25 February 2025 is there as first quoted (2025-02-26T06:00Z, the "
    "pages give only the day) and as it stood finally (2025-02-27T21:00Z, 48 hours after the session's close; that "
    "answer also shows 26 February, which was out by then); the World Bank's copy is of November 2024, its day of "
    "update is set to the month's last. What is not in the tables is absent. Attribution: "
    "warehouse/sample/figures/README.md and DATA_LICENSES.md."
)

Row = dict[str, str]
JSON, CSV, HTML = "application/json", "text/csv", "text/html; charset=UTF-8"


@dataclass(frozen=True)
class Answer:
    """One answer of a publisher, as it would have been landed. `fetched_at` is UTC without time zone."""

    publisher: str
    endpoint: str
    url: str
    params: dict[str, str]
    content_type: str
    body: str
    fetched_at: datetime = COPIED_AT


def render(figures: Path, landing: Landing) -> None:
    """Land every answer the tables of `figures` give, and write the sample's `manifest.json` beside them."""
    for renderer in RENDERERS:
        for answer in renderer(figures):
            landing.land(
                publisher=answer.publisher,
                endpoint=answer.endpoint,
                url=f"{answer.url}?{urlencode(answer.params)}" if answer.params else answer.url,
                params=answer.params,
                status=200,
                content_type=answer.content_type,
                fetched_at=answer.fetched_at,
                body=answer.body.encode(),
            )
    manifest = {"kind": "sample", "as_of": AS_OF, "note": NOTE}
    (landing.root / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Rebuild the sample landing from nothing, so that no answer of an earlier rendering stays behind."""
    if LANDING.exists():
        shutil.rmtree(LANDING)
    render(FIGURES, Landing(LANDING))


def table(figures: Path, name: str) -> list[Row]:
    """The rows of one table, every cell as text; a blank cell is the empty string."""
    with (figures / f"{name}.csv").open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


# --- JSON with numbers as the table prints them ---------------------------------------------------------------------

# Private-use characters: they mark a string that is to stand as a bare number, and occur in no table.
_OPEN, _CLOSE = "\ue000", "\ue001"


def printed(cell: str) -> str | None:
    """A cell as a JSON number with the cell's own digits; null for a blank cell. Only for `dump`."""
    return f"{_OPEN}{cell}{_CLOSE}" if cell else None


def dump(value: object) -> str:
    """Compact JSON in which `printed` cells are bare numbers."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.replace(f'"{_OPEN}', "").replace(f'{_CLOSE}"', "")


def _midnight(day: str) -> int:
    """Epoch seconds of 00:00 UTC of an ISO date."""
    return int(datetime.combine(date.fromisoformat(day), time(), UTC).timestamp())


# --- Crypto ---------------------------------------------------------------------------------------------------------


def _binance(figures: Path) -> Iterator[Answer]:
    """Klines of a symbol in one answer (the limit is 1,000 rows); the elements behind the close time are not known."""
    for coin in ("BTC", "ETH", "SOL"):
        candles = []
        for row in table(figures, f"{coin.lower()}_usdt_daily"):
            opened = _midnight(row["date"]) * 1000
            prices = [row.get(field) for field in ("open", "high", "low", "close", "volume")]
            candles.append([opened, *prices, opened + 86_399_999, None, None, None, None, None])
        params = {"symbol": f"{coin}USDT", "interval": "1d", "limit": "1000"}
        yield Answer("binance", "klines", "https://data-api.binance.vision/api/v3/klines", params, JSON, dump(candles))


def _defillama(figures: Path) -> Iterator[Answer]:
    """Dollar-pegged coins at market value, USDT and USDC as token counts, and the list of incidents."""
    supply = table(figures, "stablecoin_supply_daily")
    base = "https://stablecoins.llama.fi"
    chart = [
        {"date": str(_midnight(row["date"])), "totalCirculatingUSD": {"peggedUSD": printed(row["total_usd"])}}
        for row in supply
    ]
    yield Answer("defillama", "stablecoincharts_all", f"{base}/stablecoincharts/all", {}, JSON, dump(chart))
    for number, symbol in (("1", "USDT"), ("2", "USDC")):
        tokens = [
            {"date": _midnight(row["date"]), "circulating": {"peggedUSD": printed(row[symbol.lower()])}}
            for row in supply
        ]
        body = dump({"id": number, "symbol": symbol, "tokens": tokens})
        yield Answer("defillama", f"stablecoin_{symbol}", f"{base}/stablecoin/{number}", {}, JSON, body)
    hacks = [
        {
            "date": _midnight(row["date"]),
            "name": row["name"],
            "technique": row["technique"] or None,
            "amount": printed(row["loss_usd"]),
            "chain": row["chain"].split(",") if row["chain"] else None,
        }
        for row in table(figures, "hacks")
    ]
    yield Answer("defillama", "hacks", "https://api.llama.fi/hacks", {}, JSON, dump(hacks))


def _alternative_me(figures: Path) -> Iterator[Answer]:
    """Newest first, all strings; the publisher has no row for a missing day (26 October 2024)."""
    data = [
        {"value": row["value"], "timestamp": str(_midnight(row["date"]))}
        for row in reversed(table(figures, "fear_greed_daily"))
        if row["value"]
    ]
    body = dump({"name": "Fear and Greed Index", "data": data, "metadata": {"error": None}})
    params = {"limit": "0", "format": "json"}
    yield Answer("alternative_me", "fng", "https://api.alternative.me/fng/", params, JSON, body)


# --- Fund flows -----------------------------------------------------------------------------------------------------


def _farside(figures: Path) -> Iterator[Answer]:
    """The whole table of each asset, and the two compact pages that show 25 February 2025 before and after."""
    for asset, name in (("BTC", "bitcoin"), ("ETH", "ethereum")):
        slug = f"{name}-etf-flow-all-data"
        html = _flow_table(table(figures, f"{asset.lower()}_etf_flows"), header_rows="")
        body = dump([{"slug": slug, "content": {"rendered": html, "protected": False}}])
        url = "https://farside.co.uk/wp-json/wp/v2/pages"
        yield Answer("farside", f"{asset.lower()}_page_rest", url, {"slug": slug}, JSON, body)
    later = [row for row in table(figures, "btc_etf_flows") if row["date"] in RESTATED_DAYS]
    first = [_first_quoted(table(figures, "etf_first_prints"), list(later[0]))]
    for rows, fetched_at in ((first, FIRST_QUOTED_AT), (later, RESTATED_AT)):
        title = f'<tr><th colspan="{len(later[0])}"><span class="tabletext">Bitcoin ETF Flow (US$m)</span></th></tr>'
        page = f"<!DOCTYPE html><html><body>{_flow_table(rows, header_rows=title)}</body></html>"
        yield Answer("farside", "btc_compact", "https://farside.co.uk/btc/", {}, HTML, page, fetched_at)


def _first_quoted(quotes: list[Row], columns: list[str]) -> Row:
    """The row of 25 February 2025 as first quoted, in the table's one-decimal cells; blank where not yet reported."""
    row = dict.fromkeys(columns, "") | {"date": RESTATED_DAYS[0]}
    by_fund = {column.upper(): column for column in columns}
    for quote in quotes:
        if quote["reported_by"] == FIRST_QUOTED_BY and quote["flow_date"] == RESTATED_DAYS[0]:
            amount = Decimal(quote["first_reported_usd_mn"]).quantize(Decimal("0.1"), ROUND_HALF_UP)
            row[by_fund[quote["fund"]]] = str(amount)
    return row


def _flow_table(rows: list[Row], *, header_rows: str) -> str:
    """Farside's table: US$ mn with one decimal, negatives in red parentheses, `-` for a blank cell."""
    names = ["Date", *list(rows[0])[1:]]
    header = "".join(f'<th><span class="tabletext">{name}</span></th>' for name in names)
    lines = []
    for row in rows:
        day, *cells = row.values()
        shown = "".join(f'<td><div align="right">{_flow_cell(cell)}</div></td>' for cell in cells)
        lines.append(f'<tr><td><span class="tabletext">{date.fromisoformat(day):%d %b %Y}</span></td>{shown}</tr>')
    body = "\n".join(lines)
    return f'<table class="etf"><thead>{header_rows}<tr>{header}</tr></thead><tbody>\n{body}\n</tbody></table>'


def _flow_cell(cell: str) -> str:
    if not cell:
        shown = "-"
    elif cell.startswith("-"):
        shown = f'<span class="redFont">({Decimal(cell[1:]):,})</span>'
    else:
        shown = f"{Decimal(cell):,}"
    return f'<span class="tabletext">{shown}</span>'


# --- United States --------------------------------------------------------------------------------------------------


def _any_day(_: date) -> bool:
    return True


def _no_day(_: date) -> bool:
    return False


def _weekday(day: date) -> bool:
    return day.weekday() < 5


# On which days FRED prints a row without a figure: daily series on weekday holidays, weekly ones never, monthly and
# quarterly ones for a period that was skipped.
FRED_TABLES: dict[str, Callable[[date], bool]] = {
    "fred_daily": _weekday,
    "fx_h10_daily": _weekday,
    "fred_weekly": _no_day,
    "macro_monthly": _any_day,
    "macro_quarterly": _any_day,
}


def _fred(figures: Path) -> Iterator[Answer]:
    """One CSV a series, up to its last printed figure: behind it nothing was published yet."""
    for name, has_blank_row in FRED_TABLES.items():
        rows = table(figures, name)
        for series in list(rows[0])[1:]:
            last = max(row["date"] for row in rows if row[series])
            lines = [f"observation_date,{series}"]
            lines += [
                f"{row['date']},{row[series]}"
                for row in rows
                if row["date"] <= last and (row[series] or has_blank_row(date.fromisoformat(row["date"])))
            ]
            params = {"id": series, "cosd": rows[0]["date"]}
            url = "https://fred.stlouisfed.org/graph/fredgraph.csv"
            yield Answer("fred", "graph_csv", url, params, CSV, "\n".join(lines) + "\n")


def _fiscaldata(figures: Path) -> Iterator[Answer]:
    """Three datasets, every value a string, missing ones the word null; one page each."""
    yield _fiscal_answer(
        "debt_to_penny",
        "v2/accounting/od",
        table(figures, "treasury_debt_to_penny"),
    )
    yield _fiscal_answer(
        "operating_cash_balance",
        "v1/accounting/dts",
        [
            {
                "record_date": row["record_date"],
                "account_type": "Treasury General Account (TGA) Closing Balance",
                "close_today_bal": "null",
                "open_today_bal": row["tga_closing_balance_usd_mn"],
            }
            for row in table(figures, "treasury_tga_daily")
        ],
    )
    yield _fiscal_answer(
        "mspd_table_1",
        "v1/debt/mspd",
        [
            {
                "record_date": row["month_end"],
                "security_type_desc": kind,
                "security_class_desc": security,
                "debt_held_public_mil_amt": "null",
                "intragov_hold_mil_amt": "null",
                "total_mil_amt": row[column],
            }
            for row in table(figures, "treasury_mspd")
            for column, (kind, security) in MSPD_LINES.items()
        ],
    )


MSPD_LINES = {
    "bills": ("Marketable", "Bills"),
    "notes": ("Marketable", "Notes"),
    "bonds": ("Marketable", "Bonds"),
    "tips": ("Marketable", "Treasury Inflation-Protected Securities"),
    "frn": ("Marketable", "Floating Rate Notes"),
    "ffb": ("Marketable", "Federal Financing Bank"),
    "total_marketable": ("Total Marketable", "_"),
    "total_nonmarketable": ("Total Nonmarketable", "_"),
    "total_public_debt": ("Total Public Debt Outstanding", "_"),
}


def _fiscal_answer(endpoint: str, folder: str, data: list[Row]) -> Answer:
    """An answer of one page in FiscalData's envelope."""
    page = {"page[number]": "1", "page[size]": "10000"}
    link = "&" + urlencode(page)
    envelope = {
        "data": data,
        "meta": {"count": len(data), "total-count": len(data), "total-pages": 1},
        "links": {"self": link, "first": link, "prev": None, "next": None, "last": link},
    }
    url = f"https://api.fiscaldata.treasury.gov/services/api/fiscal_service/{folder}/{endpoint}"
    return Answer("fiscaldata", endpoint, url, {"sort": "record_date"} | page, JSON, dump(envelope))


def _yahoo(figures: Path) -> Iterator[Answer]:
    """Chart of a symbol: one bar a session, stamped with its opening in New York; the table knows one close of each."""
    rows = table(figures, "equities_daily")
    new_york = ZoneInfo("America/New_York")

    def stamp(day: str, local: time) -> int:
        return int(datetime.combine(date.fromisoformat(day), local, new_york).timestamp())

    for symbol in list(rows[0])[1:]:
        nulls: list[str | None] = [None] * len(rows)
        known = [printed(row[symbol]) for row in rows]
        unadjusted = symbol in ("QQQ", "SPY")
        quote = dict.fromkeys(("open", "high", "low", "volume"), nulls) | {"close": known if unadjusted else nulls}
        result = {
            "meta": {
                "currency": "USD",
                "symbol": symbol,
                "exchangeTimezoneName": "America/New_York",
                "regularMarketTime": stamp(rows[-1]["date"], time(16)),
                "dataGranularity": "1d",
            },
            "timestamp": [stamp(row["date"], time(9, 30)) for row in rows],
            "indicators": {"quote": [quote], "adjclose": [{"adjclose": nulls if unadjusted else known}]},
        }
        body = dump({"chart": {"result": [result], "error": None}})
        params = {"symbol": symbol, "interval": "1d", "events": "div,splits"}
        url = f"https://query1.finance.yahoo.com/v8/finance/chart/{symbol}"
        yield Answer("yahoo", "chart", url, params, JSON, body)


# --- Elsewhere ------------------------------------------------------------------------------------------------------


def _ecb(figures: Path) -> Iterator[Answer]:
    """One CSV of all currencies, currency by currency; only days with a fixing have a row."""
    rows = table(figures, "ecb_daily")
    lines = ["KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE"]
    currencies = list(rows[0])[1:]
    for currency in currencies:
        key = f"EXR.D.{currency}.EUR.SP00.A,D,{currency},EUR,SP00,A"
        lines += [f"{key},{row['date']},{row[currency]}" for row in rows if row[currency]]
    url = f"https://data-api.ecb.europa.eu/service/data/EXR/D.{'+'.join(currencies)}.EUR.SP00.A"
    yield Answer("ecb", "exr_csv", url, {"format": "csvdata", "detail": "dataonly"}, CSV, "\n".join(lines) + "\n")


def _eastmoney(figures: Path) -> Iterator[Answer]:
    """Southbound (type 006), newest first, in HK$ mn; the table holds HK$ 100 million."""
    columns = {"NET_DEAL_AMT": "net_buy", "BUY_AMT": "buy", "SELL_AMT": "sell"}
    data = [
        {
            "MUTUAL_TYPE": "006",
            "TRADE_DATE": f"{row['date']} 00:00:00",
            **{name: printed(_hundredfold(row[column])) for name, column in columns.items()},
        }
        for row in reversed(table(figures, "southbound_daily"))
    ]
    body = dump({"success": True, "result": {"pages": 1, "count": len(data), "data": data}})
    params = {
        "reportName": "RPT_MUTUAL_DEAL_HISTORY",
        "columns": "ALL",
        "filter": '(MUTUAL_TYPE="006")',
        "sortColumns": "TRADE_DATE",
        "sortTypes": "-1",
        "pageSize": "1000",
        "pageNumber": "1",
        "source": "WEB",
        "client": "WEB",
    }
    yield Answer("eastmoney", "southbound", "https://datacenter-web.eastmoney.com/api/data/v1/get", params, JSON, body)


def _hundredfold(cell: str) -> str:
    """A cell times 100, exactly: 38.5363 is 3853.63. Blank stays blank."""
    return f"{(Decimal(cell) * 100).normalize():f}" if cell else ""


# Of each HKMA table: path, the field that dates a record, extra parameters, and which column of ours each field is.
_HKMA_BULLETIN = "monthly-statistical-bulletin"
HKMA_DAILY: dict[str, tuple[str, str, Row, Row]] = {
    "interbank_liquidity_daily": (
        "daily-monetary-statistics/daily-figures-interbank-liquidity",
        "end_of_date",
        {},
        {"closing_balance": "closing_balance_hkd_mn"},
    ),
    "monetary_base_daily": (
        "daily-monetary-statistics/daily-figures-monetary-base",
        "end_of_date",
        {},
        {
            "aggr_balance_bf_disc_win": "aggr_balance_before_disc_window_hkd_mn",
            "outstanding_efbn": "outstanding_efbn_hkd_mn",
        },
    ),
    "hibor_fixing_daily": (
        f"{_HKMA_BULLETIN}/er-ir/hk-interbank-ir-daily",
        "end_of_day",
        {"segment": "hibor.fixing"},
        {"ir_overnight": "hibor_overnight_pct", "ir_3m": "hibor_3m_pct"},
    ),
}
HKMA_MONTHLY: dict[str, tuple[str, str, Row, Row]] = {
    "monetary_base_monthend": (
        f"{_HKMA_BULLETIN}/monetary-operation/monetary-base-endperiod",
        "end_of_month",
        {},
        {
            "cert_of_indebt": "cert_of_indebtedness_hkd_mn",
            "gov_notes_coins_circulation": "gov_notes_coins_hkd_mn",
            "aggr_balance_bf_disc_win": "aggr_balance_hkd_mn",
            "outstanding_efbn": "outstanding_efbn_hkd_mn",
            "ow_lb_bf_disc_win": "efbn_owned_by_banks_hkd_mn",
            "mb_bf_disc_win_total": "monetary_base_hkd_mn",
        },
    ),
    "hibor_monthend": (
        f"{_HKMA_BULLETIN}/er-ir/hk-interbank-ir-endperiod",
        "end_of_month",
        {"segment": "hibor.fixing"},
        {
            "ir_overnight": "hibor_overnight_eom_pct",
            "ir_1w": "hibor_1w_eom_pct",
            "ir_1m": "hibor_1m_eom_pct",
            "ir_3m": "hibor_3m_eom_pct",
            "ir_6m": "hibor_6m_eom_pct",
        },
    ),
    "hibor_monthavg": (
        f"{_HKMA_BULLETIN}/er-ir/hk-interbank-ir-periodaverage",
        "end_of_month",
        {"segment": "hibor.fixing"},
        {"ir_1m": "hibor_1m_monthavg_pct"},
    ),
    "base_rate_monthend": (
        f"{_HKMA_BULLETIN}/monetary-operation/disc-win-liquid-adj-win-rates-endperiod",
        "end_of_month",
        {},
        {"disc_win_base_rate": "base_rate_eom_pct"},
    ),
}


def _hkma(figures: Path) -> Iterator[Answer]:
    """A table an answer, newest first, with the fields we hold figures of (`fields` asks for no others).

    The overnight and 3-month rates of the daily table have five decimals: they are fixings. Its 1-month column is
    empty, and its discount window effect is the difference of the two balances, so neither is printed.
    """
    for name, key, tables in (
        ("hkma_liquidity_daily", "date", HKMA_DAILY),
        ("hkma_liquidity_monthend", "month", HKMA_MONTHLY),
    ):
        rows = table(figures, name)[::-1]
        for endpoint, (path, date_field, extra, fields) in tables.items():
            records = [
                {date_field: row[key], **{field: printed(row[column]) for field, column in fields.items()}}
                for row in rows
            ]
            header = {"success": True, "err_code": "0000", "err_msg": "No error found"}
            body = dump({"header": header, "result": {"datasize": len(records), "records": records}})
            params = {"fields": ",".join([date_field, *fields]), "sortby": date_field, "sortorder": "desc"}
            params |= {"pagesize": "1000", "offset": "0"} | extra
            url = f"https://api.hkma.gov.hk/public/market-data-and-statistics/{path}"
            yield Answer("hkma", endpoint, url, params, JSON, body)


def _tencent(figures: Path) -> Iterator[Answer]:
    """Day bars [date, open, close, high, low, volume] of which only the close is known."""
    rows = table(figures, "hk_indices_daily")
    for index in list(rows[0])[1:]:
        symbol = f"hk{index}"
        bars = [[row["date"], "", row[index], "", "", ""] for row in rows if row[index]]
        body = dump({"code": 0, "msg": "", "data": {symbol: {"day": bars}}})
        params = {"param": f"{symbol},day,{rows[0]['date']},{rows[-1]['date']},640,"}
        url = "https://web.ifzq.gtimg.cn/appstock/app/hkfqkline/get"
        yield Answer("tencent", "hkfqkline", url, params, JSON, body)


def _lbma(figures: Path) -> Iterator[Answer]:
    """[US$, pounds, euro] an ounce; only the dollar price is known."""
    fixings = [
        {"is_cms_locked": 0, "d": row["date"], "v": [printed(row["lbma_pm_usd_per_oz"]), None, None]}
        for row in table(figures, "gold_daily")
    ]
    yield Answer("lbma", "gold_pm", "https://prices.lbma.org.uk/json/gold_pm.json", {}, JSON, dump(fixings))


def _worldbank(figures: Path) -> Iterator[Answer]:
    """Both countries in one answer, newest year first."""
    rows = table(figures, "worldbank_gov_consumption")
    indicator = rows[0]["indicator"]
    countries = {"USA": ("US", "United States"), "CHN": ("CN", "China")}
    values = [
        {
            "indicator": {"id": indicator, "value": "General government final consumption expenditure (current US$)"},
            "country": dict(zip(("id", "value"), countries[row["iso3"]], strict=True)),
            "countryiso3code": row["iso3"],
            "date": row["year"],
            "value": printed(row["value"]),
            "unit": "",
            "obs_status": "",
            "decimal": 0,
        }
        for row in sorted(rows, key=lambda row: (row["iso3"], row["year"]), reverse=True)
    ]
    # The copy is of November 2024; the day of the update is not known, so the last of the month stands for it.
    head = {"page": 1, "pages": 1, "per_page": 20000, "total": len(rows), "lastupdated": "2024-11-30"}
    params = {"format": "json", "per_page": "20000"}
    url = f"https://api.worldbank.org/v2/country/{';'.join(countries)}/indicator/{indicator}"
    yield Answer("worldbank", indicator, url, params, JSON, dump([head, values]))


RENDERERS: tuple[Callable[[Path], Iterable[Answer]], ...] = (
    _binance,
    _defillama,
    _alternative_me,
    _farside,
    _fred,
    _fiscaldata,
    _yahoo,
    _ecb,
    _eastmoney,
    _hkma,
    _tencent,
    _lbma,
    _worldbank,
)


if __name__ == "__main__":
    main()
