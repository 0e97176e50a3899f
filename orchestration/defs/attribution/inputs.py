"""What the attribution reads: vintages, seeds and calendars of a build, and which drivers have a shock.

Everything comes from the build in use (`work`: intermediate models, seeds, the run's clock) and from its closes
(`warehouse`). Which driver has a shock, of which kind and in which order, is the seed's to say.
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
            raise AttributionError(f"no market calendar {name!r} in int_days")
        found: NDArray[np.datetime64] = self.days.loc[self.days[name], "date"].to_numpy("datetime64[D]")
        return found


_DRIVERS = """
    select d.driver_id, d.theme, d.shock, d.market_at, d.basis, i.series_id, s.calendar, s.revisions, s.unit
    from work.seeds.drivers d
    left join work.seeds.driver_inputs i on d.driver_id = i.driver_id and i.role = 'level'
    left join work.seeds.series_catalog s on i.series_id = s.series_id
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
    from work.seeds.themes t
    left join work.seeds.drivers d on t.theme = d.theme
    group by t.theme, t.label, t.null_reason, t.sort_order
    order by t.sort_order
"""
_VINTAGES = """
    select series_id, observation_date, known_at, known_at_basis, value, landing_id
    from work.intermediate.int_vintages
    where series_id in (select unnest(?)) or (series_id like ? and series_id not like '%.TOTAL')
    order by series_id, observation_date, known_at
"""


def read_inputs(connection: duckdb.DuckDBPyConnection) -> Inputs:
    """Read a build from a connection that has it attached as `work` and `warehouse`. Raises AttributionError."""
    drivers = shock_drivers(connection.execute(_DRIVERS).df())
    themes = connection.execute(_THEMES).df()
    themes["null_reason"] = themes["null_reason"].astype(object).where(themes["null_reason"].notna(), None)
    clock = connection.execute("select as_of, last_day from work.run.clock").fetchone()
    assert clock is not None
    return Inputs(
        as_of=clock[0],
        last_day=np.datetime64(clock[1]),
        drivers=drivers,
        themes=themes,
        days=connection.execute("select * from work.intermediate.int_days order by date").df(),
        vintages=connection.execute(_VINTAGES, [[d.series_id for d in drivers] + [BTC_CLOSE], f"{FLOWS}%"]).df(),
        funds=connection.execute("select fund, launch_date from work.seeds.etf_funds order by fund").df(),
        closes=connection.execute(
            "select date, close_usd from warehouse.facts.fct_crypto_market_daily "
            "where asset = 'BTC' and close_usd is not null order by date"
        ).df(),
        periods=connection.execute("select * from work.seeds.named_periods order by first_date, period_id").df(),
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
