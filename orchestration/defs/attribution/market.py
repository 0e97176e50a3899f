"""From vintages to what markets did in a session: first prints only, each counted on the day the market fixed it.

A move is what the publisher first showed: the first vintage of a value against the first vintage of the one before.
Series whose past is rewritten (closes adjusted at every split and dividend) have no two first prints on one scale:
there the value before is taken as the response that first showed the new one had it.

A row is frozen `FREEZE_DAYS` days after its day. What became known later is treated as never printed, so that a settled
row stays as it is. Whether a market was closed is the calendar's to say, never the figures': a figure that is absent
because it is late must not become a zero.
"""

from dataclasses import dataclass
from datetime import time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.defs.attribution.decomposition import FREEZE_DAYS
from orchestration.defs.attribution.flow_surprise import LATE_FUNDS
from orchestration.defs.attribution.inputs import BTC_CLOSE, FLOWS, Inputs, ShockDriver

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

# On the last weekday before Christmas and before New Year, London is open but holds no afternoon fixing.
NO_FIXING = {"london": (24, 31)}


@dataclass(frozen=True)
class Moves:
    """One driver by session (T,). `bps` is NaN where nothing is known, 0.0 where the driver's market was closed."""

    bps: Floats
    known_at: Instants
    market_at: Instants


@dataclass(frozen=True)
class Flows:
    """Net flows by session and fund (T, funds), NaN where nothing was reported, and when they became known."""

    funds: list[str]
    launched: NDArray[np.bool_]
    us_dollar_mn: Floats
    known_at: Instants

    @property
    def with_unlaunched(self) -> Floats:
        """As totals need them: a fund not launched yet has a flow of 0.0; before the first one there is no total."""
        begun = self.launched.any(axis=1, keepdims=True)
        return np.where(self.launched, self.us_dollar_mn, np.where(begun, 0.0, np.nan))

    @property
    def late(self) -> list[int]:
        """The columns of the funds whose printed flow looks like that of the session before."""
        return [column for column, fund in enumerate(self.funds) if fund in LATE_FUNDS]


def freezes_at(days: Any) -> Instants:
    """The instant after which nothing new enters the rows of `days`: the cutoff of the ninth day after."""
    frozen: Instants = (np.asarray(days).astype("datetime64[D]") + FREEZE_DAYS + 1).astype("datetime64[us]")
    return frozen


def session_moves(inputs: Inputs, driver: ShockDriver, sessions: Days) -> Moves:
    """What the driver's market did in each of `sessions`."""
    open_days = open_sessions(inputs, driver.calendar, sessions)
    first = first_prints(inputs.of_series(driver.series_id))
    change = changes(first, inputs.of_series(driver.series_id) if driver.revised else None)
    change = change[_reaches_back(change, open_days) & (change["known_at"] <= freezes_at(change["date"]))]
    value, before = change["value"].to_numpy(), change["before"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        bps = 1e4 * np.log(value / before) if driver.log else 100.0 * (value - before)
    fixed = market_at(change["date"], driver)
    # The UTC day (00:00, 24:00] in which the market fixed the value.
    day = (fixed - np.timedelta64(1, "us")).astype("datetime64[D]")
    found = pd.DataFrame({"bps": bps, "known_at": change["known_at"].to_numpy(), "market_at": fixed}, index=day)
    found = found[np.isfinite(bps)].reindex(sessions)
    begun = sessions > first["observation_date"].min() if len(first) else np.zeros(len(sessions), dtype=bool)
    shut = ~np.isin(sessions, open_days) & ~np.isin(sessions, first["observation_date"].to_numpy("datetime64[D]"))
    return Moves(
        np.where(shut & begun, 0.0, found["bps"].to_numpy()),
        found["known_at"].to_numpy("datetime64[us]"),
        found["market_at"].to_numpy("datetime64[us]"),
    )


def open_sessions(inputs: Inputs, calendar: str, sessions: Days) -> Days:
    """The US sessions on which a market is open by its calendar."""
    days = sessions[np.isin(sessions, inputs.calendar(calendar))]
    years = np.unique(days.astype("datetime64[Y]")).astype("datetime64[M]")
    for day in NO_FIXING.get(calendar, ()):
        eves = (years + 11).astype("datetime64[D]") + (day - 1)
        days = days[~np.isin(days, np.busday_offset(eves, 0, roll="backward"))]
    return days


def first_prints(vintages: pd.DataFrame) -> pd.DataFrame:
    """The first vintage with a value of each observation, unless it came after the row was frozen."""
    printed = vintages[vintages["value"].notna()].drop_duplicates("observation_date")
    return printed[printed["known_at"].to_numpy() <= freezes_at(printed["observation_date"])]


def changes(first: pd.DataFrame, vintages: pd.DataFrame | None) -> pd.DataFrame:
    """Each first print against the one before: date, before_date, value, before, known_at.

    `vintages` are given for a series whose past is rewritten: `before` is then what the response that first showed the
    value had for the day before: the vintage that response brought, else the newest known by then.
    """
    found = pd.DataFrame(
        {
            "date": first["observation_date"],
            "before_date": first["observation_date"].shift(),
            "value": first["value"],
            "before": first["value"].shift(),
            "known_at": _later(first["known_at"], first["known_at"].shift()),
            "first_known_at": first["known_at"],
            "landing_id": first["landing_id"],
        }
    ).iloc[1:]
    if vintages is None or not len(found):
        return found
    pairs = found.drop(columns="before").merge(
        vintages[vintages["value"].notna()].rename(columns={"observation_date": "before_date", "value": "before"}),
        on="before_date",
        suffixes=("", "_before"),
    )
    brought = (pairs["landing_id"] == pairs["landing_id_before"]) & (pairs["known_at_basis"] != "vintage")
    seen = brought | (pairs["known_at_before"] <= pairs["first_known_at"])
    # The last of those seen; the first print where the value before is itself the later one.
    order = np.where(seen, np.arange(len(pairs)), -1 - np.arange(len(pairs)))
    best = pairs.assign(order=order).sort_values(["date", "order"]).drop_duplicates("date", keep="last")
    latest = best[["first_known_at", "known_at_before"]].max(axis=1)
    return best.assign(known_at=latest)[["date", "before_date", "value", "before", "known_at"]]


def _reaches_back(change: pd.DataFrame, open_days: Days) -> NDArray[np.bool_]:
    """Whether the value before is of the last open session or newer: otherwise the change is of more than one."""
    date = change["date"].to_numpy("datetime64[D]")
    place = np.searchsorted(open_days, date) - 1
    last_open = open_days[np.maximum(place, 0)] if len(open_days) else date
    reaches: NDArray[np.bool_] = (place < 0) | (change["before_date"].to_numpy("datetime64[D]") >= last_open)
    return reaches


def market_at(days: "pd.Series[Any]", driver: ShockDriver) -> Instants:
    """When the driver's market fixed the values of `days`, UTC."""
    at = time.fromisoformat(driver.local_time)
    local = pd.DatetimeIndex(days) + pd.Timedelta(hours=at.hour, minutes=at.minute)
    fixed: Instants = local.tz_localize(driver.zone).tz_convert("UTC").tz_localize(None).to_numpy("datetime64[us]")
    return fixed


def bitcoin_returns(inputs: Inputs) -> pd.DataFrame:
    """BTC's log return of every UTC day from the first close on (bps, of first prints), with its known_at, by date."""
    first = first_prints(inputs.of_series(BTC_CLOSE)).set_index("observation_date")
    if not len(first):
        return pd.DataFrame({"bps": [], "known_at": []}, index=pd.DatetimeIndex([]))
    days = pd.date_range(first.index.min(), pd.Timestamp(inputs.last_day))
    logs = pd.Series(np.log(first["value"].to_numpy()), first.index).reindex(days)
    known_at = first["known_at"].reindex(days)
    bps = 1e4 * logs.diff()
    latest = _later(known_at, known_at.shift()).where(bps.notna(), known_at)
    return pd.DataFrame({"bps": bps, "known_at": latest.astype("datetime64[us]")})


def fund_flows(inputs: Inputs, asset: str, sessions: Days) -> Flows:
    """The flows of an asset's funds as they stood when the row of their session was frozen.

    A row needs the flow printed for the session after it too (see `flow_surprise`), so a session's flows are taken as
    they stood nine days after the session before. A fund the seed does not know is launched by its first figure.
    """
    prefix = f"{FLOWS}{asset}."
    vintages = inputs.vintages[inputs.vintages["series_id"].str.startswith(prefix)]
    vintages = vintages.assign(fund=vintages["series_id"].str[len(prefix) :])
    before = np.append(sessions[:1], sessions[:-1])
    limit = pd.Series(freezes_at(before), pd.DatetimeIndex(sessions))
    known = vintages[vintages["known_at"].to_numpy() <= limit.reindex(vintages["observation_date"]).to_numpy()]
    known = known.drop_duplicates(["fund", "observation_date"], keep="last")
    launches = known[known["value"].notna()].groupby("fund")["observation_date"].min().to_dict()
    launches |= dict(zip(inputs.funds["fund"], inputs.funds["launch_date"], strict=True))
    funds = sorted(set(known["fund"]))
    places = known.set_index(["observation_date", "fund"])
    cells = pd.MultiIndex.from_product([pd.DatetimeIndex(sessions), funds])
    table = places[["value", "known_at"]].reindex(cells)
    shape = (len(sessions), len(funds))
    launched = np.array([np.datetime64(launches.get(fund, "NaT"), "D") for fund in funds], dtype="datetime64[D]")
    return Flows(
        funds=funds,
        launched=sessions[:, None] >= launched[None, :],
        us_dollar_mn=table["value"].to_numpy(dtype=float).reshape(shape),
        known_at=table["known_at"].to_numpy(dtype="datetime64[us]").reshape(shape),
    )


def _later(one: "pd.Series[Any]", other: "pd.Series[Any]") -> "pd.Series[Any]":
    """The later of two instants, row by row; the second one where the first is not after it."""
    return one.where(one >= other, other)
