"""The attribution's inputs as a build would give them, from the tables beside the checkout or in the sample archive.

Every figure is known by its publisher's schedule. `planted` adds what figures of one capture hold hardly any of: late
figures, later vintages, a dividend that rescales a whole history, flows that are revised.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import duckdb
import numpy as np
import pandas as pd

from orchestration.catalog import read_catalog
from orchestration.defs.attribution.inputs import BTC_CLOSE, Inputs, read_inputs
from tests.support import ROOT
from tests.unit.session_matrix import FIGURES, HISTORY, table
from warehouse.calendars import calendar_frame
from warehouse.clocks import RULES

AS_OF = {"figures": datetime(2025, 5, 1, 12), "history": datetime(2025, 12, 31, 12)}
SEEDS = ("drivers", "driver_inputs", "series_catalog", "themes", "etf_funds", "named_periods")
DIM_DATE = {
    "us_equity": "is_us_equity_session", "us_federal": "is_us_federal_business_day",
    "hong_kong": "is_hong_kong_session", "stock_connect": "is_stock_connect_session", "target": "is_target_day",
    "london": "is_london_session",
}  # fmt: skip
SERIES = {
    "spx": "fred.SP500",
    "vix": "fred.VIXCLS",
    "nvda": "yahoo.NVDA.adjclose",
    "kweb": "yahoo.KWEB.adjclose",
    "y2": "fred.DGS2",
    "real10": "fred.DFII10",
    "be10": "fred.T10YIE",
    "usd": "fred.DTWEXBGS",
    "gold": "lbma.gold_pm_usd",
    "btc": BTC_CLOSE,
}
FLOWS = {"figures": "{}_etf_flows", "history": "{}_etf_flows_farside"}


@cache
def real_inputs(folder: str) -> Inputs:
    """`figures` (in the project) or `history` (beside it; skips where absent), through the product's own reader."""
    as_of = AS_OF[folder]
    vintages = pd.concat([_prices(folder), _flows(folder)])
    vintages = vintages[vintages["known_at"] <= as_of]
    closes = vintages[vintages["series_id"] == BTC_CLOSE]
    days = calendar_frame()
    days = days[(days["date"] >= "2022-01-01") & (days["date"] < pd.Timestamp(as_of.date()))]
    seeds = {name: pd.read_csv(ROOT / "dbt_project" / "seeds" / f"{name}.csv") for name in SEEDS}
    for table_, column in (
        ("etf_funds", "launch_date"),
        ("named_periods", "first_date"),
        ("named_periods", "last_date"),
    ):
        seeds[table_][column] = pd.to_datetime(seeds[table_][column])
    tables = {
        "facts.fct_observations": vintages,
        "facts.fct_crypto_market_daily": pd.DataFrame(
            {"asset": "BTC", "date": closes["observation_date"], "close_usd": closes["value"]}
        ),
        "marts.dim_date": days.rename(columns=DIM_DATE),
        "marts.dim_driver": seeds["drivers"].rename(columns={"market_at": "market_fixing"}),
        "marts.dim_driver_input": seeds["driver_inputs"],
        "marts.dim_etf_fund": seeds["etf_funds"],
        "marts.dim_series": seeds["series_catalog"],
        "marts.dim_theme": seeds["themes"],
    }
    with duckdb.connect() as connection:
        connection.execute(
            "attach ':memory:' as warehouse; create schema warehouse.facts; create schema warehouse.marts"
        )
        for name, frame in tables.items():
            connection.register("frame", frame)
            connection.execute(f"create table warehouse.{name} as from frame")
            connection.unregister("frame")
        for name, column in (("facts.fct_observations", "observation_date"), ("marts.dim_date", "date")):
            connection.execute(f"alter table warehouse.{name} alter {column} type date")
        return read_inputs(connection, as_of, seeds["named_periods"])


def known_by(inputs: Inputs, instant: np.datetime64) -> Inputs:
    """The same without every vintage that became known after `instant`."""
    vintages = inputs.vintages
    return replace(inputs, vintages=vintages[vintages["known_at"].to_numpy() <= instant])


def observed_before(inputs: Inputs, day: np.datetime64) -> Inputs:
    """The same without what any market or publisher fixed on `day` or later."""
    vintages = inputs.vintages
    return replace(inputs, vintages=vintages[vintages["observation_date"].to_numpy("datetime64[D]") < day])


def as_of(inputs: Inputs, instant: datetime) -> Inputs:
    """What a run with that clock reads."""
    then = known_by(inputs, np.datetime64(instant, "us"))
    last_day = np.datetime64(instant.date() - timedelta(days=1))
    return replace(then, as_of=instant, last_day=last_day, days=inputs.days[inputs.days["date"] <= last_day])


def planted(inputs: Inputs, seed: int = 5) -> Inputs:
    """The same with late figures and later vintages, the same ones for the same seed."""
    rng = np.random.default_rng(seed)
    vintages = inputs.vintages.reset_index(drop=True)
    lags = pd.to_timedelta(rng.choice([0.1, 1.3, 4, 8, 15, 60], len(vintages)), unit="D")
    # One blank flow blanks six rows of the flow layer: with as many as of prices there would be none to look at.
    sparse = np.where(vintages["series_id"].str.startswith("farside."), 0.02, 1.0)
    late = rng.random(len(vintages)) < 0.02 * sparse
    vintages["known_at"] = vintages["known_at"].where(~late, vintages["known_at"] + lags)
    chosen = rng.random(len(vintages)) < 0.10 * sparse
    again = vintages[chosen].assign(
        known_at=(vintages["known_at"] + lags)[chosen],
        value=vintages.loc[chosen, "value"] * rng.uniform(0.9, 1.1, chosen.sum()),
        known_at_basis="capture",
        landing_id="planted",
    )
    again.loc[rng.random(len(again)) < 0.2, "value"] = np.nan
    everything = pd.concat([with_dividend(vintages), again])
    everything = everything[everything["known_at"] <= inputs.as_of]
    return replace(inputs, vintages=everything.sort_values(["series_id", "observation_date", "known_at"]))


def with_dividend(vintages: pd.DataFrame) -> pd.DataFrame:
    """NVIDIA pays half its price on 2025-03-12: the response of the next day shows all closes before it halved."""
    paid, fetched_at = pd.Timestamp("2025-03-12"), pd.Timestamp("2025-03-13 13:00")
    nvidia = vintages["series_id"] == SERIES["nvda"]
    before = nvidia & (vintages["observation_date"] < paid)
    vintages = vintages.assign(landing_id=vintages["landing_id"].where(~nvidia | before, "after the dividend"))
    rewritten = vintages[before].assign(
        known_at=fetched_at, known_at_basis="capture", landing_id="after the dividend",
        value=vintages.loc[before, "value"] / 2,
    )  # fmt: skip
    vintages.loc[nvidia & ~before, "value"] /= 2
    return pd.concat([vintages, rewritten])


def _prices(folder: str) -> pd.DataFrame:
    columns = HISTORY if folder == "history" else FIGURES
    return pd.concat(
        _vintages(SERIES[name], table(folder, file)[column].dropna()) for name, (file, column) in columns.items()
    )


def _flows(folder: str) -> pd.DataFrame:
    found = []
    for asset in ("BTC", "ETH"):
        flows = table(folder, FLOWS[folder].format(asset.lower())).drop(columns="Total")
        found += [_vintages(f"farside.{asset}.{fund}", flows[fund].dropna()) for fund in flows]
    return pd.concat(found)


def _vintages(series_id: str, values: "pd.Series[float]") -> pd.DataFrame:
    rule = RULES[read_catalog()[series_id].known_at_rule]
    return pd.DataFrame(
        {
            "series_id": series_id,
            "observation_date": values.index,
            "known_at": [rule(day.date()) for day in values.index],
            "known_at_basis": "schedule",
            "value": values.to_numpy(dtype=float),
            "landing_id": "one response",
        }
    )
