"""What can be wrong with a body of the sample: for each publisher one answer, its damages, and what each must name."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from warehouse.landing import Landed

Damage = tuple[Callable[[str], str], str]  # what is done to the body's text; the place the error must name


def swap(old: str, new: str) -> Callable[[str], str]:
    """Replace the first occurrence; a body that lacks it would make a test that tests nothing."""

    def damage(text: str) -> str:
        assert old in text, f"the sample holds no {old!r}"
        return text.replace(old, new, 1)

    return damage


def twice(row: str, between: str = ",") -> Callable[[str], str]:
    """Print a row two times."""
    return swap(row, f"{row}{between}{row}")


def cut(text: str) -> str:
    """The body ends inside its last row."""
    return text[: text.rstrip().rindex(",")]


@dataclass(frozen=True)
class Sample:
    """One answer of the sample. `unreadable` is how an error names the series when the body as a whole is no answer."""

    publisher: str
    endpoint: str
    unreadable: str
    damages: dict[str, Damage]
    params: dict[str, str] = field(default_factory=dict)

    def all_damages(self) -> dict[str, Damage]:
        """Damage by name; those that every publisher must stand included."""
        body = f"series {self.unreadable}, field body"
        return {
            "truncated": (cut, body),
            "html": (lambda _: "<!DOCTYPE html><html><body>Just a moment...</body></html>", body),
            "empty": (lambda _: "", body),
        } | self.damages

    def is_of(self, landed: Landed) -> bool:
        """Whether a response is the one that is damaged."""
        return landed.endpoint == self.endpoint and self.params.items() <= landed.params.items()


CANDLE = (
    '[1704067200000,"42283.58","44184.1","42180.77","44179.55","27174.29903",1704153599999,null,null,null,null,null]'
)
SOUTHBOUND = (
    '{"MUTUAL_TYPE":"006","TRADE_DATE":"2025-04-30 00:00:00",'
    '"NET_DEAL_AMT":5636.81,"BUY_AMT":47519.13,"SELL_AMT":41882.32}'
)
CASH = (
    '{"record_date":"2024-10-01","account_type":"Treasury General Account (TGA) Closing Balance",'
    '"close_today_bal":"null","open_today_bal":"813994"}'
)
CONSUMPTION = (
    '{"indicator":{"id":"NE.CON.GOVT.CD","value":"General government final consumption expenditure (current US$)"},'
    '"country":{"id":"US","value":"United States"},"countryiso3code":"USA","date":"2022","value":3570077000000,'
    '"unit":"","obs_status":"","decimal":0}'
)


def _last_farside_row_twice(text: str) -> str:
    start, end = text.rindex("<tr>"), text.rindex("</tr>") + len("</tr>")
    return text[:end] + text[start:end] + text[end:]


def _header_alone(text: str) -> str:
    return text.splitlines()[0] + "\n"


def _without_prices(text: str) -> str:
    return re.sub(r'"v":\[.*?\]', '"v":[null,null,null]', text)


SAMPLES = [
    Sample(
        "binance",
        "klines",
        "BTCUSDT",
        {
            "renamed": (lambda text: f'{{"klines":{text}}}', "series BTCUSDT, field body"),
            "short": (swap(CANDLE, "[1704067200000]"), "series BTCUSDT, field kline"),
            "text": (swap('"44179.55"', '"n/a"'), "series BTCUSDT, date 2024-01-01, field close"),
            "duplicate": (twice(CANDLE), "series binance.BTCUSDT.open, date 2024-01-01, field date"),
        },
        {"symbol": "BTCUSDT"},
    ),
    Sample(
        "farside",
        "btc_page_rest",
        "farside.BTC.TOTAL",
        {
            "renamed": (swap(">Total<", ">Sum<"), "series BTC, field header"),
            "text": (swap(">111.7<", ">n/a<"), "series BTC, date 2024-01-11, field IBIT"),
            "duplicate": (_last_farside_row_twice, "series farside.BTC.IBIT, date 2025-04-30, field date"),
            "sum": (swap(">111.7<", ">112.7<"), "series BTC, date 2024-01-11, field Total"),
        },
    ),
    Sample(
        "fred",
        "graph_csv",
        "DGS10",
        {
            "renamed": (swap("DGS10", "VALUE"), "series DGS10, field header"),
            "text": (swap("2024-01-02,3.95", "2024-01-02,n/a"), "series DGS10, date 2024-01-02, field value"),
            "duplicate": (twice("2024-01-02,3.95", "\n"), "series fred.DGS10, date 2024-01-02, field date"),
            "silent": (_header_alone, "series DGS10, date 2024-01-01 to 2026-11-01, field value"),
            "before_calendars": (
                swap("2024-01-02,3.95", "1962-01-02,3.95"),
                "series fred.DGS10, date 1962-01-02, field date",
            ),
        },
        {"id": "DGS10"},
    ),
    Sample(
        "ecb",
        "exr_csv",
        "exr_csv",
        {
            "truncated": (cut, "series exr_csv, field row"),
            "renamed": (swap("OBS_VALUE", "VALUE"), "series exr_csv, field OBS_VALUE"),
            "text": (swap("2024-01-02,1.0956", "2024-01-02,n/a"), "series USD, date 2024-01-02, field OBS_VALUE"),
            "duplicate": (
                twice("EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2024-01-02,1.0956", "\n"),
                "series USD, date 2024-01-02, field TIME_PERIOD",
            ),
        },
    ),
    Sample(
        "eastmoney",
        "southbound",
        "southbound",
        {
            "renamed": (swap("NET_DEAL_AMT", "NET_AMT"), "series southbound_net, field NET_DEAL_AMT"),
            "text": (swap("5636.81", '"n/a"'), "series southbound_net, date 2025-04-30, field NET_DEAL_AMT"),
            "duplicate": (twice(SOUTHBOUND), "series eastmoney.southbound_net, date 2025-04-30, field date"),
        },
    ),
    Sample(
        "hkma",
        "interbank_liquidity_daily",
        "interbank_liquidity_daily",
        {
            "renamed": (swap("closing_balance", "balance"), "series closing_balance, field closing_balance"),
            "text": (
                swap('"closing_balance":45106', '"closing_balance":"n/a"'),
                "series closing_balance, date 2025-04-30, field closing_balance",
            ),
            "duplicate": (
                twice('{"end_of_date":"2025-04-30","closing_balance":45106}'),
                "series hkma.closing_balance, date 2025-04-30, field date",
            ),
        },
    ),
    Sample(
        "tencent",
        "hkfqkline",
        "HSI",
        {
            "renamed": (swap('"day"', '"days"'), "series HSI, field day"),
            "text": (swap("16788.55", "n/a"), "series HSI, date 2024-01-02, field close"),
            "duplicate": (
                twice('["2024-01-02","","16788.55","","",""]'),
                "series tencent.HSI, date 2024-01-02, field date",
            ),
        },
        {"param": "hkHSI,day,2024-01-02,2025-04-30,640,"},
    ),
    Sample(
        "defillama",
        "stablecoin_USDT",
        "defillama.USDT_circulating",
        {
            "renamed": (swap('"circulating"', '"supply"'), "series defillama.USDT_circulating, field circulating"),
            "text": (
                swap("91677928371", '"n/a"'),
                "series defillama.USDT_circulating, date 2024-01-01, field circulating.peggedUSD",
            ),
            "duplicate": (
                twice('{"date":1704067200,"circulating":{"peggedUSD":91677928371}}'),
                "series defillama.USDT_circulating, date 2024-01-01, field date",
            ),
        },
    ),
    Sample(
        "defillama",
        "hacks",
        "hack_incidents",
        {
            "renamed": (swap('"amount"', '"loss"'), "series hack_incidents, field amount"),
            "text": (swap("4500000", '"n/a"'), "series hack_incidents, date 2024-01-02, field amount"),
            "to_come": (swap("1704153600", "1894406400"), "series hack_incidents, date 2030-01-12, field date"),
        },
    ),
    Sample(
        "alternative_me",
        "fng",
        "alternative_me.fng",
        {
            "renamed": (swap('"value"', '"index"'), "series alternative_me.fng, field value"),
            "text": (swap('"value":"56"', '"value":"n/a"'), "series alternative_me.fng, date 2025-04-30, field value"),
            "duplicate": (
                twice('{"value":"56","timestamp":"1745971200"}'),
                "series alternative_me.fng, date 2025-04-30, field date",
            ),
            "range": (swap('"value":"56"', '"value":"560"'), "series alternative_me.fng, date 2025-04-30, field value"),
            "to_come": (
                swap('"1745971200"', '"1893456000"'),
                "series alternative_me.fng, date 2030-01-01, field date",
            ),
        },
    ),
    Sample(
        "yahoo",
        "chart",
        "NVDA",
        {
            "renamed": (swap('"close"', '"last"'), "series NVDA, field close"),
            "too_many": (swap('"close":[', '"close":[1,'), "series NVDA.close, field prices"),
            "text": (swap("48.0825", '"n/a"'), "series NVDA.adjclose, date 2024-01-02, field price"),
            "duplicate": (swap("1704292200", "1704205800"), "series yahoo.NVDA.adjclose, date 2024-01-02, field date"),
            # A parser that stumbles in a way nobody foresaw: a number printed as text passes the check, not the use.
            "unforeseen": (swap("1704205800", '"1704205800"'), "series chart, field body"),
        },
        {"symbol": "NVDA"},
    ),
    Sample(
        "lbma",
        "gold_pm",
        "lbma.gold_pm_usd",
        {
            "renamed": (swap('"d"', '"day"'), "series lbma.gold_pm_usd, field d"),
            "text": (swap("2067.55", '"n/a"'), "series lbma.gold_pm_usd, date 2024-01-02, field v"),
            "duplicate": (
                twice('{"is_cms_locked":0,"d":"2024-01-02","v":[2067.55,null,null]}'),
                "series lbma.gold_pm_usd, date 2024-01-02, field date",
            ),
            "silent": (_without_prices, "series lbma.gold_pm_usd, date up to 2026-11-01, field v"),
        },
    ),
    Sample(
        "fiscaldata",
        "operating_cash_balance",
        "operating_cash_balance",
        {
            "renamed": (swap("open_today_bal", "open_bal"), "series tga_closing_balance_usd_mn, field open_today_bal"),
            "text": (
                swap('"813994"', '"n/a"'),
                "series tga_closing_balance_usd_mn, date 2024-10-01, field open_today_bal",
            ),
            "duplicate": (twice(CASH), "series tga_closing_balance_usd_mn, date 2024-10-01, field account_type"),
        },
    ),
    Sample(
        "worldbank",
        "NE.CON.GOVT.CD",
        "NE.CON.GOVT.CD",
        {
            "renamed": (
                swap('"value":3570077000000', '"amount":3570077000000'),
                "series worldbank.USA.NE.CON.GOVT.CD, field value",
            ),
            "text": (
                swap("3570077000000", '"n/a"'),
                "series worldbank.USA.NE.CON.GOVT.CD, date 2022-01-01, field value",
            ),
            "duplicate": (twice(CONSUMPTION), "series worldbank.USA.NE.CON.GOVT.CD, date 2022-01-01, field date"),
        },
    ),
]
