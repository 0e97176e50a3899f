"""What the attribution reads: vintages, dimensions and closes, and which drivers have a shock.

All of it is published, so that what a run computes can be computed again from a release. Which driver has a shock, of
which kind and in which order, is the seed's to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

BTC_CLOSE = "binance.BTCUSDT.close"
FLOWS = "farside."
# A shock may come only from a market that is not Bitcoin's own.
PRICED = "priced"
# (logarithm, residual on the market) of each kind of shock in the seed.
SHOCKS = {
    "log change": (True, False),
    "change": (False, False),
    "log change, residual on S&P 500": (True, True),
}


class AttributionError(Exception):
    """The attribution cannot be computed, or may not be published: says which driver or day, and why."""


@dataclass(frozen=True)
class ShockDriver:
    """A driver that enters the regression.

    `log`: its move is a log change in bps; otherwise the change of a yield in bps. `residual`: it enters without what
    the market implies. `local_time` and `zone`: when its market fixes the value of a day. `calendar`: the days on
    which that market is open. `revised`: its publisher rewrites past values.
    """

    driver_id: str
    theme: str
    series_id: str
    log: bool
    residual: bool
    local_time: str
    zone: str
    calendar: str
    revised: bool


@dataclass(frozen=True)
class Inputs:
    """Frames, each in a fixed order; all dates are datetime64, all instants UTC without zone.

    `days`: date and a boolean a market calendar. `vintages`: series_id, observation_date, known_at, known_at_basis,
    value, landing_id, of the drivers, BTC's close and the funds' flows. `funds`: fund, launch_date. `closes`: date,
    close_usd as they stand now. `periods`: period_id, label, first_date, last_date of the named periods. `themes`:
    theme, label, null_reason (why it has no contribution, None where it has).
    """

    as_of: datetime
    last_day: np.datetime64
    drivers: tuple[ShockDriver, ...]
    themes: pd.DataFrame
    days: pd.DataFrame
    vintages: pd.DataFrame
    funds: pd.DataFrame
    closes: pd.DataFrame
    periods: pd.DataFrame

    def of_series(self, series_id: str) -> pd.DataFrame:
        """The vintages of one series, by observation and then by the time they became known."""
        return self._by_series.get(series_id, self.vintages.iloc[:0])

    @cached_property
    def _by_series(self) -> dict[Any, pd.DataFrame]:
        return dict(iter(self.vintages.groupby("series_id", sort=False)))

    def calendar(self, name: str) -> NDArray[np.datetime64]:
        """The days on which a market is open. Raises AttributionError for a calendar nobody keeps."""
        if name not in self.days:
            raise AttributionError(f"no market calendar {name!r} in dim_date")
        found: NDArray[np.datetime64] = self.days.loc[self.days[name], "date"].to_numpy("datetime64[D]")
        return found


_DRIVERS = """
    select d.driver_id, d.theme, d.shock, d.market_fixing as market_at, d.basis,
        i.series_id, s.calendar, s.revisions, s.unit
    from warehouse.marts.dim_driver d
    left join warehouse.marts.dim_driver_input i on d.driver_id = i.driver_id and i.role = 'level'
    left join warehouse.marts.dim_series s on i.series_id = s.series_id
    where d.shock is not null and d.layer in ('A1', 'A2')
    order by d.shock_order, d.driver_id, i.series_id
"""
_THEMES = """
    select t.theme, t.label,
        case
            when count(case when d.shock is not null and d.layer in ('A1', 'A2') then 1 end) > 0 then null
            when t.null_reason is not null then t.null_reason
            when count(d.driver_id) = 0 then 'no_driver'
            when count(case when d.shock_null_reason = 'event_only' then 1 end) > 0 then 'event_only'
            when count(case when d.shock_null_reason in ('price_derived', 'follows_price') then 1 end) > 0
                then 'price_derived'
            else 'no_daily_shock'
        end as null_reason
    from warehouse.marts.dim_theme t
    left join warehouse.marts.dim_driver d on t.theme = d.theme
    group by t.theme, t.label, t.null_reason, t.sort_order
    order by t.sort_order
"""
_DAYS = """
    select date, is_us_equity_session as us_equity, is_us_federal_business_day as us_federal,
        is_hong_kong_session as hong_kong, is_stock_connect_session as stock_connect, is_target_day as target,
        is_london_session as london
    from warehouse.marts.dim_date
    order by date
"""
_VINTAGES = """
    select series_id, observation_date, known_at, known_at_basis, value, landing_id
    from warehouse.facts.fct_observations
    where series_id in (select unnest(?)) or (series_id like ? and series_id not like '%.TOTAL')
    order by series_id, observation_date, known_at
"""


def read_inputs(connection: duckdb.DuckDBPyConnection, as_of: datetime, named_periods: pd.DataFrame) -> Inputs:
    """Read facts and dimensions from a connection that has a build or a release attached as `warehouse`.

    Raises AttributionError.
    """
    drivers = shock_drivers(connection.execute(_DRIVERS).df())
    themes = connection.execute(_THEMES).df()
    themes["null_reason"] = themes["null_reason"].astype(object).where(themes["null_reason"].notna(), None)
    days = connection.execute(_DAYS).df()
    return Inputs(
        as_of=as_of,
        last_day=days["date"].to_numpy("datetime64[D]")[-1],
        drivers=drivers,
        themes=themes,
        days=days,
        vintages=connection.execute(_VINTAGES, [[d.series_id for d in drivers] + [BTC_CLOSE], f"{FLOWS}%"]).df(),
        funds=connection.execute("select fund, launch_date from warehouse.marts.dim_etf_fund order by fund").df(),
        closes=connection.execute(
            "select date, close_usd from warehouse.facts.fct_crypto_market_daily "
            "where asset = 'BTC' and close_usd is not null order by date"
        ).df(),
        periods=named_periods,
    )


def shock_drivers(frame: pd.DataFrame) -> tuple[ShockDriver, ...]:
    """The rows of `_DRIVERS`, checked. The first is the market that residuals are taken on. Raises AttributionError."""
    drivers = tuple(_shock_driver(row) for row in frame.to_dict("records"))
    if len({d.driver_id for d in drivers}) < len(drivers):
        raise AttributionError("a driver with a shock must have exactly one input of the role 'level'")
    if not drivers or drivers[0].residual:
        raise AttributionError("the first driver with a shock must be the market that others are residuals on")
    return drivers


def _shock_driver(row: Mapping[Any, Any]) -> ShockDriver:
    name = row["driver_id"]
    if row["basis"] != PRICED:
        raise AttributionError(f"driver {name}: its basis is {row['basis']!r}; only what a market prices has a shock")
    if row["shock"] not in SHOCKS:
        raise AttributionError(f"driver {name}: shock {row['shock']!r} is none of {', '.join(SHOCKS)}")
    log, residual = SHOCKS[str(row["shock"])]
    if not log and row["unit"] != "percent":
        raise AttributionError(f"driver {name}: the change of a series in {row['unit']!r} is not in basis points")
    try:
        local_time, zone = str(row["market_at"]).split(" ")
        datetime.strptime(local_time, "%H:%M")
        ZoneInfo(zone)
    except (ValueError, KeyError) as error:
        raise AttributionError(f"driver {name}: market_at {row['market_at']!r} is no local time and zone") from error
    return ShockDriver(
        driver_id=str(name),
        theme=str(row["theme"]),
        series_id=str(row["series_id"]),
        log=log,
        residual=residual,
        local_time=local_time,
        zone=zone,
        calendar=str(row["calendar"]),
        revised=row["revisions"] == "revised",
    )
