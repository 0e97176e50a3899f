"""Claims of the article that need a p value, an interval or a placebo: one function each. Pure; frames in, figures out.

Every function takes `Figures`, the observations up to 27 February 2025 either as known at its end or as they stand now.
Claims that SQL can decide are queries in `dbt_project/macros/claims`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from orchestration.defs.attribution.event_study import abnormal_returns
from orchestration.defs.events.statistics import Statistic, correlation, next_less_same

SERIES = (
    "binance.BTCUSDT.close", "fred.SP500", "farside.BTC.TOTAL", "farside.BTC.IBIT", "fiscaldata.mspd_bills_usd_mn",
    "fiscaldata.mspd_total_marketable_usd_mn", "fred.DGS3MO", "fred.DFF", "eastmoney.southbound_net", "tencent.HSI",
    "fred.DEXHKUS", "yahoo.KWEB.adjclose",
)  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """`wide`: a column a series, a row a UTC day without gaps, NaN where nothing was printed. `sessions`: New York."""

    wide: pd.DataFrame
    sessions: pd.DatetimeIndex

    def printed(self, series_id: str) -> pd.Series:
        """The observations of a series, by date."""
        return self.wide[series_id].dropna()


@dataclass(frozen=True)
class Measured:
    """A claim's figure, the dates of the observations it rests on, and why there is none."""

    statistic: Statistic
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    reason: str | None = None


Measure = Callable[[Figures, date | None], Measured]


def trigger(figures: Figures, day: date | None) -> Measured:
    """Place of the abnormal return of `day` (adjusted for the S&P 500) among all days, percent."""
    closes = figures.wide["binance.BTCUSDT.close"]
    abnormal = pd.Series(
        abnormal_returns(_bps(closes).to_numpy(), market_returns(figures).to_numpy(), 0), figures.wide.index
    )
    known = abnormal.dropna()
    place = pd.Timestamp(day) if day is not None else None
    if place is None or place not in known.index:
        return Measured(Statistic(None, len(known)), None, None, "The day has no abnormal return.")
    percentile = float(100 * (known <= known[place]).mean())
    return Measured(Statistic(percentile, len(known)), known.index[0], known.index[-1])


def flows_lead_as_dated(figures: Figures, _day: date | None) -> Measured:
    """Next less same session: BTC's return with the printed flow of all funds."""
    return _flows_lead(figures, figures.wide["farside.BTC.TOTAL"].reindex(figures.sessions))


def flows_lead_realigned(figures: Figures, _day: date | None) -> Measured:
    """The same with IBIT's printed flow taken for the session before."""
    total = figures.wide["farside.BTC.TOTAL"].reindex(figures.sessions)
    ibit = figures.wide["farside.BTC.IBIT"].reindex(figures.sessions)
    return _flows_lead(figures, total - ibit + ibit.shift(-1))


def bills_raise_short(figures: Figures, first: date | None) -> Measured:
    """Monthly change of the bills' share with the month's mean of 3-month yield less funds rate, from `first` on."""
    bills, marketable = (figures.wide[f"fiscaldata.mspd_{name}_usd_mn"] for name in ("bills", "total_marketable"))
    change = by_month(100 * bills / marketable).diff()
    spread = by_month(figures.wide["fred.DGS3MO"] - figures.wide["fred.DFF"])
    both = pd.DataFrame({"change": change, "spread": spread}).dropna()
    both = both[both.index >= pd.Timestamp(first)] if first is not None else both
    return _correlated(both["change"], both["spread"])


def southbound_drives(figures: Figures, _day: date | None) -> Measured:
    """Weekly southbound buying with the week's log return of the Hang Seng index."""
    buying = figures.wide["eastmoney.southbound_net"].resample("W-FRI").sum(min_count=1)
    weekly = complete_weeks(figures, pd.DataFrame({"buying": buying, "hsi": _weekly_return(figures, "tencent.HSI")}))
    return _correlated(weekly["buying"], weekly["hsi"])


def hkd_appetite(figures: Figures, _day: date | None) -> Measured:
    """The week's log return of the Hang Seng index with the week's change of USD/HKD."""
    rate = figures.wide["fred.DEXHKUS"].resample("W-FRI").last().diff()
    weekly = complete_weeks(figures, pd.DataFrame({"hsi": _weekly_return(figures, "tencent.HSI"), "rate": rate}))
    return _correlated(weekly["hsi"], weekly["rate"])


def migration(figures: Figures, _day: date | None) -> Measured:
    """BTC with KWEB, log returns from one close of KWEB to the next."""
    both = figures.wide[["binance.BTCUSDT.close", "yahoo.KWEB.adjclose"]].dropna()
    btc, kweb = (_bps(both[name]).dropna() for name in both.columns)
    return _correlated(btc, kweb)


MEASURES: dict[tuple[str, str], Measure] = {
    ("sec_trigger", "percentile"): trigger,
    ("etf_flows_lead", "as_dated"): flows_lead_as_dated,
    ("etf_flows_lead", "realigned"): flows_lead_realigned,
    ("fis_bills_raise_short", "correlation"): bills_raise_short,
    ("cn_southbound_drives", "correlation"): southbound_drives,
    ("cn_hkd_appetite", "correlation"): hkd_appetite,
    ("cn_migration", "correlation"): migration,
}


def market_returns(figures: Figures) -> pd.Series:
    """The S&P 500's log return by UTC day, bps: 0.0 without a session, NaN where a session's close is not known."""
    of_sessions = _bps(figures.wide["fred.SP500"].reindex(figures.sessions))
    return of_sessions.reindex(figures.wide.index).where(figures.wide.index.isin(figures.sessions), 0.0)


def complete_weeks(figures: Figures, weekly: pd.DataFrame) -> pd.DataFrame:
    """Weeks (labelled by their Friday) that have ended, with all columns."""
    ended: pd.DataFrame = weekly[weekly.index <= figures.wide.index[-1]]
    return ended.dropna()


def by_month(daily: pd.Series) -> pd.Series:
    """Means of the calendar months, labelled by their first day; months without a figure are left out."""
    return daily.dropna().resample("MS").mean().dropna()


def _weekly_return(figures: Figures, series_id: str) -> pd.Series:
    return _bps(figures.wide[series_id].resample("W-FRI").last())


def _bps(levels: pd.Series) -> pd.Series:
    """Log change from one row to the next, basis points."""
    return pd.Series(1e4 * np.log(levels.to_numpy(float)), levels.index).diff()


def _flows_lead(figures: Figures, flows: pd.Series) -> Measured:
    returns = _bps(figures.wide["binance.BTCUSDT.close"]).reindex(figures.sessions)
    known = flows.dropna()
    if known.empty:
        return Measured(Statistic(None, 0), None, None)
    return Measured(next_less_same(returns.to_numpy(), flows.to_numpy(float)), known.index[0], known.index[-1])


def _correlated(x: pd.Series, y: pd.Series) -> Measured:
    """Correlation of two series with the same dates."""
    if not len(x):
        return Measured(Statistic(None, 0), None, None)
    return Measured(correlation(x.to_numpy(float), y.to_numpy(float)), x.index[0], x.index[-1])
