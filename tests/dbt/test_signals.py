"""Driver signals and pressure, computed a second time from the sample's figures by the definitions of the method.

Nothing of the warehouse is used: the figures are read from their tables, and the day on which each was known follows
from its publisher's schedule as stated here. The sample holds one print of these figures, so the newest figure known on
a day is the newest whose day of knowledge has come.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache, partial
from typing import Any

import exchange_calendars
import numpy as np
import pandas as pd
import pytest
from pandas.tseries.holiday import USFederalHolidayCalendar
from scipy.stats import norm

from tests.support import ROOT

Ask = Callable[..., list[tuple[Any, ...]]]
Known = Callable[[date], date]
EXPENSES = "total_operating_expenses_usd_thousands"
FIGURES = ROOT / "warehouse" / "sample" / "figures"
DAYS = [date(2024, 11, 15), date(2025, 2, 28), date(2025, 4, 15)]
FEDERAL_HOLIDAYS = {day.date() for day in USFederalHolidayCalendar().holidays("2023-01-01", "2026-01-01")}


def days_later(days: int, day: date) -> date:
    return day + timedelta(days=days)


def federal_day_from(day: date) -> date:
    """`day`, or the first US federal business day after it."""
    while day.weekday() >= 5 or day in FEDERAL_HOLIDAYS:
        day += timedelta(days=1)
    return day


# The day at whose end (midnight UTC) a figure of `day` is known for the first time.
SAME_DAY = partial(days_later, 0)
NEXT_DAY = partial(days_later, 1)  # out after midnight UTC: Farside, stablecoins, New York's late evening
DAY_AFTER_NEXT = partial(days_later, 2)  # New York's evening of the next day is past midnight UTC


def h15(day: date) -> date:
    return federal_day_from(day + timedelta(days=1))


def h10(day: date) -> date:
    return federal_day_from(day + timedelta(days=7 - day.weekday()))


def h41(day: date) -> date:
    return federal_day_from(day + timedelta(days=1))


def thursday_after(day: date) -> date:
    return day + timedelta(days=5)


@cache
def table(name: str) -> pd.DataFrame:
    frame = pd.read_csv(FIGURES / f"{name}.csv", parse_dates=[0])
    return frame.assign(day=frame.iloc[:, 0].dt.date)


def known(name: str, column: str, knowledge_day: Known, today: date) -> pd.Series:
    """Figures of a column known at the end of `today`, oldest first, by the day they describe; blanks left out."""
    frame = table(name).dropna(subset=[column])
    frame = frame[[knowledge_day(day) <= today for day in frame["day"]]]
    return frame.set_index("day")[column].astype(float)


def newest(name: str, column: str, knowledge_day: Known, today: date) -> float:
    return float(known(name, column, knowledge_day, today).iloc[-1])


@cache
def exchange_days(name: str) -> tuple[date, ...]:
    return tuple(day.date() for day in exchange_calendars.get_calendar(name).sessions)


def sessions_to(calendar: str, day: date) -> int:
    """How many sessions there were up to `day`, counted from 2023."""
    if calendar == "federal":
        count = np.busday_count("2023-01-01", day + timedelta(days=1), holidays=sorted(FEDERAL_HOLIDAYS))
        return int(count)
    return sum(date(2023, 1, 1) <= session <= day for session in exchange_days(calendar))


def twenty_sessions_apart(figures: pd.Series, calendar: str) -> tuple[float, float]:
    """The newest figure, and the newest at least 20 and at most 25 sessions of the calendar before it."""
    number = sessions_to(calendar, figures.index[-1])
    recent = figures.iloc[-45:]
    back = pd.Series([number - sessions_to(calendar, day) for day in recent.index], index=recent.index)
    return float(figures.iloc[-1]), float(recent[back.between(20, 25)].iloc[-1])


def change_20(name: str, column: str, knowledge_day: Known, calendar: str, today: date) -> float:
    newest_figure, base = twenty_sessions_apart(known(name, column, knowledge_day, today), calendar)
    return newest_figure - base


def log_change_20(name: str, column: str, knowledge_day: Known, calendar: str, today: date) -> float:
    newest_figure, base = twenty_sessions_apart(known(name, column, knowledge_day, today), calendar)
    return float(100 * np.log(newest_figure / base))


def relative_20(first: tuple[str, str], second: tuple[str, str], today: date) -> float:
    """Log return of the first less that of the second over 20 sessions, on days that have both; New York closes."""
    ratio = (known(*first, SAME_DAY, today) / known(*second, SAME_DAY, today)).dropna()
    newest_ratio, base = twenty_sessions_apart(ratio, "XNYS")
    return float(100 * np.log(newest_ratio / base))


def etf_flows(name: str, today: date) -> pd.Series:
    """Totals of the sessions on which any fund reported: a holiday's printed 0.0 is no flow."""
    frame = table(name)
    reported = frame[frame.drop(columns=["date", "day", "Total"]).notna().any(axis=1)]
    return reported[[NEXT_DAY(day) <= today for day in reported["day"]]].set_index("day")["Total"]


def etf_streak(today: date) -> float:
    outflow = (etf_flows("btc_etf_flows", today) < 0).to_numpy()[::-1]
    return float(np.argmin(outflow))


@cache
def stock_connect() -> list[date]:
    return sorted(set(exchange_days("XHKG")) & set(exchange_days("XSHG")))


def southbound_5(today: date) -> float:
    """HK$ million; the sum of five sessions, four present, less the mean of the last twenty such sums."""
    net = 100 * known("southbound_daily", "net_buy", SAME_DAY, today)
    sessions = [day for day in stock_connect() if day <= net.index[-1]]
    sums = net.reindex(sessions[-24:]).rolling(5, min_periods=4).sum().iloc[-20:]
    assert sums.notna().sum() >= 16
    return float(sums.iloc[-1] - sums[[day in net.index for day in sums.index]].mean())


def hibor_sofr(today: date) -> float:
    hibor = known("hkma_liquidity_daily", "hibor_overnight_pct", SAME_DAY, today)
    both = (hibor - known("fred_daily", "SOFR", h15, today)).dropna()
    return float(both.iloc[-1] if len(both) else np.nan)


def claims(today: date) -> float:
    figures = known("fred_weekly", "ICSA", thursday_after, today)
    return float(100 * np.log(figures.iloc[-4:].mean() / figures.iloc[-17:-13].mean()))


def net_liquidity(today: date) -> float:
    """US$ million on the newest Wednesday against four weeks before."""
    assets, account = (known("fred_weekly", name, h41, today) for name in ("WALCL", "WDTGAL"))
    repo = known("fred_daily", "RRPONTSYD", NEXT_DAY, today)
    wednesday = assets.index[-1]

    def level(day: date) -> float:
        lent = repo[(repo.index <= day) & (repo.index >= day - timedelta(days=4))]
        return float(assets[day] - account[day] - 1000 * lent.iloc[-1])

    return float(100 * np.log(level(wednesday) / level(wednesday - timedelta(days=28))))


def epu_7(today: date) -> float:
    figures = known("fred_daily", "USEPUINDXD", NEXT_DAY, today)
    week = figures[figures.index > figures.index[-1] - timedelta(days=7)]
    assert len(week) == 7
    return float(np.log(week.mean()))


def hack_loss_30(today: date) -> float:
    hacks = table("hacks")
    inside = (hacks["day"] <= today) & (hacks["day"] > today - timedelta(days=30)) & (hacks["loss_usd"] >= 1e6)
    return float(np.log1p(hacks.loc[inside, "loss_usd"].sum()))


def hack_loss_max_365(today: date) -> float:
    """Over three months of Coinbase's expenses: of 2024 from 4 March 2025 on, when the report was due at the latest."""
    if today < table("hacks")["day"].min() + timedelta(days=364):
        return np.nan
    year = 2024 if today >= date(2025, 3, 4) else 2023
    expenses = pd.read_csv(FIGURES / "coinbase_financials_usd_thousands.csv").set_index("fiscal_year")
    hacks = table("hacks")
    inside = (hacks["day"] <= today) & (hacks["day"] > today - timedelta(days=365))
    return float(hacks.loc[inside, "loss_usd"].max() / (1000 * expenses.loc[year, EXPENSES] / 4))


def stablecoins_30(today: date) -> float:
    supply = known("stablecoin_supply_daily", "total_usd", NEXT_DAY, today)
    snapshot = supply.index[-1]
    assert snapshot == today - timedelta(days=1)
    return float(100 * np.log(supply[snapshot] / supply[snapshot - timedelta(days=30)]))


def btc_vol_30(today: date) -> float:
    closes = known("btc_usdt_daily", "close", SAME_DAY, today).iloc[-31:]
    assert closes.index[0] == today - timedelta(days=30)
    return float(100 * np.sqrt(365) * np.log(closes).diff().std(ddof=1))


# --- Monthly releases -------------------------------------------------------------------------------------------------


@cache
def first_prints(of: str) -> dict[date, date]:
    """Month to the day on which a release printed it, as far as the sample's first prints go."""
    prints = pd.read_csv(FIGURES / "macro_first_prints.csv", parse_dates=["observation_date", "released_on"])
    prints = prints[prints["series_id"] == of]
    return dict(zip(prints["observation_date"].dt.date, prints["released_on"].dt.date, strict=True))


def month_end(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def by_release(of: str, days: int, month: date) -> date:
    """The day of its release, else that many days after the month's end."""
    return first_prints(of).get(month, month_end(month) + timedelta(days=days))


PRICES = partial(by_release, "CPI_ALL_YOY_NSA", 16)
JOBS = partial(by_release, "UNRATE", 12)


def business_day_after(count: int, month: date) -> date:
    """The count-th US federal business day of the month after."""
    day = month_end(month)
    for _ in range(count):
        day = federal_day_from(day + timedelta(days=1))
    return day


def monthly(column: str, knowledge_day: Known, today: date) -> pd.Series:
    figures = known("macro_monthly", column, knowledge_day, today)
    assert [day.day for day in figures.index[-36:]] == [1] * min(36, len(figures))
    return figures


def three_months(column: str, knowledge_day: Known, today: date) -> float:
    figures = monthly(column, knowledge_day, today)
    newest_month = figures.index[-1]
    base = (pd.Timestamp(newest_month) - pd.DateOffset(months=3)).date()
    return float(figures[newest_month] - figures[base])


def bills_share(today: date) -> float:
    frame = table("treasury_mspd")
    frame = frame[[business_day_after(4, day.replace(day=1)) <= today for day in frame["day"]]]
    shares = (100 * frame["bills"] / frame["total_marketable"]).to_numpy()
    return float(shares[-1] - shares[-4])


def deficit_12m(today: date) -> float:
    surplus = monthly("MTSDS133FMS", partial(business_day_after, 8), today).to_numpy()
    if len(surplus) < 24:
        return float(np.nan)
    return float(100 * (surplus[-12:].sum() / surplus[-24:-12].sum() - 1))


def misery(today: date) -> float:
    """CPI over twelve months plus unemployment, each less its mean of the newest twelve months, ten of them present."""
    prices = monthly("CPIAUCSL", PRICES, today).to_numpy()
    inflation = (100 * (prices[12:] / prices[:-12] - 1))[-12:] if len(prices) > 12 else prices[:0]
    unemployment = monthly("UNRATE", JOBS, today).to_numpy()[-12:]
    if min(len(inflation), len(unemployment)) < 10:
        return float(np.nan)
    return float(inflation[-1] - inflation.mean() + unemployment[-1] - unemployment.mean())


def nothing(_today: date) -> float:
    """The sample has no such series."""
    return float(np.nan)


SIGNALS: dict[str, Callable[[date], float]] = {
    "bills_share": bills_share,
    "deficit_12m": deficit_12m,
    "fed_jobs": partial(three_months, "CES9091000001", JOBS),
    "infl_exp": partial(three_months, "MICH", lambda month: month_end(month) + timedelta(days=31)),
    "misery": misery,
    "gdpnow": partial(newest, "gdpnow_tracking", "gdpnow_saar_pct", SAME_DAY),
    "customs": nothing,
    "spx": partial(log_change_20, "fred_daily", "SP500", SAME_DAY, "XNYS"),
    "vix": partial(newest, "fred_daily", "VIXCLS", SAME_DAY),
    "hy_oas": partial(change_20, "fred_daily", "BAMLH0A0HYM2", DAY_AFTER_NEXT, "XNYS"),
    "nvda_rel": partial(relative_20, ("equities_daily", "NVDA"), ("fred_daily", "SP500")),
    "us_china_tech": partial(relative_20, ("equities_daily", "QQQ"), ("equities_daily", "KWEB")),
    "kweb_rel": partial(relative_20, ("equities_daily", "KWEB"), ("fred_daily", "SP500")),
    "gold": partial(log_change_20, "gold_daily", "lbma_pm_usd_per_oz", SAME_DAY, "XLON"),
    "usdhkd_dist": lambda today: newest("fx_h10_daily", "DEXHKUS", h10, today) - 7.75,
    "southbound_5": southbound_5,
    "hibor_sofr": hibor_sofr,
    "y2": partial(change_20, "fred_daily", "DGS2", h15, "federal"),
    "real10": partial(change_20, "fred_daily", "DFII10", h15, "federal"),
    "bill3m": partial(change_20, "fred_daily", "DGS3MO", h15, "federal"),
    "be10": partial(change_20, "fred_daily", "T10YIE", h15, "federal"),
    "claims": claims,
    "broad_usd": partial(log_change_20, "fred_daily", "DTWEXBGS", h10, "federal"),
    "net_liquidity": net_liquidity,
    "epu": epu_7,
    "hack_loss_30": hack_loss_30,
    "hack_loss_max_365": hack_loss_max_365,
    "etf_flow_5": lambda today: etf_flows("btc_etf_flows", today).iloc[-5:].sum(),
    "etf_streak": etf_streak,
    "eth_etf_flow_5": lambda today: etf_flows("eth_etf_flows", today).iloc[-5:].sum(),
    "fear_greed": partial(newest, "fear_greed_daily", "value", SAME_DAY),
    "stable_30": stablecoins_30,
    "btc_vol_30": btc_vol_30,
}
DIRECTIONS = {"y2": 1, "stable_30": -1}


def test_every_driver_of_the_mart_is_computed_here(ask: Ask) -> None:
    drivers = {driver for (driver,) in ask("select distinct driver_id from marts.mart_driver_signals_daily")}
    assert drivers == set(SIGNALS)


@pytest.mark.parametrize("today", DAYS, ids=str)
@pytest.mark.parametrize("driver", SIGNALS)
def test_signal(driver: str, today: date, ask: Ask) -> None:
    expected = SIGNALS[driver](today)
    found = ask("select signal from marts.mart_driver_signals_daily where driver_id = ? and date = ?", driver, today)
    if np.isnan(expected):
        assert found == [(None,)]
    else:
        assert found[0][0] == pytest.approx(expected, rel=1e-12, abs=1e-9)


def test_the_only_missing_signal_is_the_one_without_daily_figures() -> None:
    """Otherwise the comparison above would compare nothing with nothing; customs are not in the sample at all."""
    missing = {(driver, today) for driver in SIGNALS for today in DAYS if np.isnan(SIGNALS[driver](today))}
    assert missing == {
        ("hibor_sofr", DAYS[0]),
        ("hibor_sofr", DAYS[1]),
        *(("customs", today) for today in DAYS),
        ("hack_loss_max_365", DAYS[0]),  # the list begins in January 2024
    }


def test_a_flow_signal_uses_the_print_of_its_day(ask: Ask) -> None:
    """The flow of 25 February 2025 stood at -937.9 on the 26th, without ARKB, and at -1,113.7 from the 27th on."""
    signals: dict[date, float] = dict(
        ask(
            "select date, signal from marts.mart_driver_signals_daily "
            "where driver_id = 'etf_flow_5' and date between '2025-02-26' and '2025-02-27'"
        )
    )
    final = SIGNALS["etf_flow_5"]
    first_print_day, final_day = date(2025, 2, 26), date(2025, 2, 27)
    assert signals[first_print_day] == pytest.approx(final(first_print_day) + 1113.7 - 937.9, abs=1e-9)
    assert signals[final_day] == pytest.approx(final(final_day), abs=1e-9)


@pytest.mark.parametrize("driver", DIRECTIONS)
@pytest.mark.parametrize("today", DAYS, ids=str)
def test_z_and_pressure(driver: str, today: date, ask: Ask) -> None:
    """The signal against its own 365 days that end the day before."""

    def signal(day: date) -> float:
        try:
            return SIGNALS[driver](day)
        except (IndexError, KeyError):  # the sample has no figures that far back
            return np.nan

    past = [signal(today - timedelta(days=back)) for back in range(1, 366)]
    past = [
        value
        for value, back in zip(past, range(1, 366), strict=True)
        if today - timedelta(days=back) >= date(2024, 1, 1)
    ]
    values = np.array(past)[~np.isnan(past)]
    z = (SIGNALS[driver](today) - values.mean()) / values.std(ddof=1)
    pressure = 200 * norm.cdf(DIRECTIONS[driver] * np.clip(z, -4, 4)) - 100
    (row,) = ask(
        "select observations, window_mean, window_sd, z, pressure from marts.mart_driver_signals_daily "
        "where driver_id = ? and date = ?",
        driver,
        today,
    )
    assert row[0] == len(values) >= 180
    assert row[1:] == pytest.approx((values.mean(), values.std(ddof=1), z, pressure), rel=1e-9, abs=1e-9)


SLOW = {
    "fed_jobs": (-1, JOBS, "macro_monthly"),
    # Both parts of a month are known on the later of their days: prices, but for October 2024, by their rules.
    "misery": (1, lambda month: max(PRICES(month), JOBS(month)), "macro_monthly"),
    "infl_exp": (1, lambda month: month_end(month) + timedelta(days=31), "macro_monthly"),
    "deficit_12m": (1, partial(business_day_after, 8), "macro_monthly"),
    "bills_share": (1, lambda day: business_day_after(4, day.replace(day=1)), "treasury_mspd"),
    "gdpnow": (-1, SAME_DAY, "gdpnow_tracking"),
}


@pytest.mark.parametrize("driver", SLOW)
@pytest.mark.parametrize("today", DAYS, ids=str)
def test_a_window_of_releases(driver: str, today: date, ask: Ask) -> None:
    """The signal against itself as it stood on the days of the 36 releases before the newest; never days."""
    direction, knowledge_day, name = SLOW[driver]
    released = sorted({knowledge_day(day) for day in table(name)["day"]})
    past: list[float] = []
    for day in [day for day in released if day <= today][-37:-1]:
        try:
            past.append(SIGNALS[driver](day))
        except (IndexError, KeyError):  # the sample has no figures that far back
            continue
    values = np.array([signal for signal in past if not np.isnan(signal)])
    (row,) = ask(
        "select observations, z, pressure, null_reason from marts.mart_driver_signals_daily "
        "where driver_id = ? and date = ?",
        driver,
        today,
    )
    assert row[0] == len(values)
    if len(values) < 12:
        assert row[1:] == (None, None, "thin")
        return
    z = (SIGNALS[driver](today) - values.mean()) / values.std(ddof=1)
    pressure = 200 * norm.cdf(direction * np.clip(z, -4, 4)) - 100
    assert row[1:3] == pytest.approx((z, pressure), rel=1e-8, abs=1e-8)
