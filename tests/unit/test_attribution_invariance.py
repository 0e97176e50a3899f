"""Nothing of the future in the attribution: of days, of knowledge, of Bitcoin itself.

On the sample's figures with late figures, later vintages and a dividend planted. Four checks of a day D:

1. knowledge: without every vintage that became known after `attribution_known_at` of D, all its rows stay the same;
2. market: without everything that a market fixed after D, its contributions stay the same;
3. window: without everything that a market fixed on D or later, its coefficients stay the same;
4. price: no shock goes with Bitcoin's own return of the day before, as an index made of its price would.

Faults planted into the code must be found, each by the check named beside it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orchestration.defs.attribution import daily, decomposition, market
from orchestration.defs.attribution.inputs import AttributionError, Inputs, ShockDriver, shock_drivers
from orchestration.defs.attribution.market import Flows, Moves
from tests.unit.attribution_inputs import as_of, known_by, observed_before, planted, real_inputs, table
from warehouse.clocks import RULES

PRICE_LIMIT = 0.4
FIRST, LAST = datetime(2024, 11, 5), datetime(2025, 4, 30)


def random_days(count: int, seed: int) -> list[pd.Timestamp]:
    days = pd.date_range(FIRST, LAST)
    chosen = np.random.default_rng(seed).permutation(len(days))[:count]
    return [days[place] for place in sorted(chosen)]


DAYS = random_days(30, 20250221)


# Of the three ways the one that moves late funds needs the next session's print.
FLOW_LAYERS = ["etf_associated_as_dated_bps", "etf_associated_without_late_bps"]


@dataclass(frozen=True)
class Tables:
    days: pd.DataFrame
    drivers: pd.DataFrame
    themes: pd.DataFrame


def tables(inputs: Inputs) -> Tables:
    found = daily.decompose(inputs)
    drivers = daily.driver_table(inputs, found)
    return Tables(daily.day_table(found, drivers), drivers, daily.theme_table(inputs, found, drivers))


@cache
def sample() -> Inputs:
    return planted(real_inputs("figures"))


def violations(inputs: Inputs, days: list[pd.Timestamp]) -> Iterator[str]:
    """What is wrong, one sentence each; nothing when all four checks hold on all days."""
    whole = tables(inputs)
    yield from _made_of_price(inputs)
    for day in days:
        known_at = whole.days.loc[day, "attribution_known_at"].to_datetime64()
        yield from _changed("knowledge", whole, tables(known_by(inputs, known_at)), day, None)
        tomorrow = np.datetime64(day, "D") + 1
        fixed = tables(observed_before(inputs, tomorrow))
        yield from _changed("market", whole, fixed, day, ["shock_bps", "contribution_bps"])
        yield from _changed("market", whole, fixed, day, FLOW_LAYERS, "days")
        before = tables(observed_before(inputs, tomorrow - 1))
        yield from _changed("window", whole, before, day, ["coefficient"])


def _changed(
    check: str, whole: Tables, then: Tables, day: pd.Timestamp, columns: list[str] | None, table: str = "drivers"
) -> Iterator[str]:
    for name in ("days", "drivers", "themes") if columns is None else (table,):
        left, right = (getattr(each, name) for each in (whole, then))
        left, right = (frame[frame["date"] == day].reset_index(drop=True) for frame in (left, right))
        for column in columns or left.columns:
            for place, (a, b) in enumerate(zip(left[column], right[column], strict=True)):
                if pd.isna(a) != pd.isna(b) or not (pd.isna(a) or a == b):
                    yield f"{check}: {name} of {day.date()}, row {place}, {column}: {a} became {b}"


def _made_of_price(inputs: Inputs) -> Iterator[str]:
    bitcoin = market.bitcoin_returns(inputs)["bps"]
    rows = daily.session_matrix(inputs, market.bitcoin_returns(inputs))
    before = bitcoin.shift().reindex(pd.DatetimeIndex(rows.days)).to_numpy()
    for driver, shock in zip(inputs.drivers, rows.shocks.T, strict=True):
        both = np.isfinite(shock) & np.isfinite(before)
        correlation = np.corrcoef(shock[both], before[both])[0, 1]
        if abs(correlation) > PRICE_LIMIT:
            yield f"price: {driver.driver_id} has correlation {correlation:.2f} with Bitcoin's return of the day before"


def test_the_archive_holds_what_the_checks_need() -> None:
    vintages = sample().vintages
    assert vintages.duplicated(["series_id", "observation_date"]).sum() > 500
    days = tables(sample()).days.set_index("date").loc[DAYS]
    status = days["attribution_status"]
    assert set(status) >= {"settled", "closed"}
    assert (status == "settled").sum() >= 15
    for layer in ("as_dated", "realigned", "without_late"):
        assert days[f"etf_associated_{layer}_bps"].notna().sum() >= 10


@pytest.mark.parametrize("day", DAYS, ids=lambda day: str(day.date()))
def test_nothing_of_the_future_is_in_a_day(day: pd.Timestamp) -> None:
    assert list(violations(sample(), [day])) == []


def test_a_settled_day_never_changes() -> None:
    """As runs of four later clocks see it; the flow layer is complete only when the day is frozen."""
    early = as_of(sample(), datetime(2025, 3, 5, 13))
    then = tables(early)
    settled = then.days.index[then.days["attribution_status"].isin(["settled", "closed", "thin"])]
    frozen = settled[settled < pd.Timestamp("2025-02-23")]
    layer = [name for name in then.days if name.startswith("etf_")] + ["attribution_known_at"]
    for later in (timedelta(hours=9), timedelta(days=3), timedelta(days=11), timedelta(days=40)):
        now = tables(as_of(sample(), datetime(2025, 3, 5, 13) + later))
        for name, days in (("drivers", settled), ("themes", settled), ("days", frozen)):
            left, right = (getattr(each, name) for each in (then, now))
            pd.testing.assert_frame_equal(
                *(frame[frame["date"].isin(days)].reset_index(drop=True) for frame in (left, right))
            )
        pd.testing.assert_frame_equal(
            *(each.days.loc[settled].drop(columns=layer) for each in (then, now)), check_freq=False
        )


def test_provisional_days_do_change() -> None:
    """Otherwise the test above would compare nothing that could."""
    then, now = (tables(as_of(sample(), datetime(2025, 3, day, 13))).days for day in (5, 20))
    provisional = then.index[then["attribution_status"] == "provisional"]
    assert len(provisional) >= 2
    assert (now.loc[provisional, "attribution_status"] != "provisional").all()
    assert (then.loc[provisional, "explained_bps"] != now.loc[provisional, "explained_bps"]).all()


# Faults.


def shifted(driver_id: str) -> Callable[..., Moves]:
    """A driver whose value of the next session stands in the row of this one."""

    def moves(inputs: Inputs, driver: ShockDriver, sessions: Any) -> Moves:
        found = market.session_moves(inputs, driver, sessions)
        if driver.driver_id != driver_id:
            return found
        return Moves(np.append(found.bps[1:], np.nan), found.known_at, found.market_at)

    return moves


def window_with_the_day(rows: Any, window: int) -> Any:
    padded = np.concatenate([np.zeros((window, rows.shape[1])), rows])
    return np.lib.stride_tricks.sliding_window_view(padded, window, axis=0)[1:]


def newest_prints(vintages: pd.DataFrame) -> pd.DataFrame:
    return vintages[vintages["value"].notna()].drop_duplicates("observation_date", keep="last")


def fear_and_greed(*, basis: str) -> Inputs:
    """The sample with a shock for an index that is made of Bitcoin's price."""
    values = table("figures", "fear_greed_daily")["value"].dropna()
    vintages = pd.DataFrame(
        {
            "series_id": "alternative_me.fng",
            "observation_date": values.index,
            "known_at": [RULES["utc_0005"](day.date()) for day in values.index],
            "known_at_basis": "schedule",
            "value": values.to_numpy(dtype=float),
            "landing_id": "one response",
        }
    )
    row = {
        "driver_id": "fear_greed", "theme": "market", "shock": "log change", "market_at": "00:05 UTC", "basis": basis,
        "series_id": "alternative_me.fng", "calendar": "us_equity", "revisions": "none", "unit": "index",
    }  # fmt: skip
    added = shock_drivers(pd.DataFrame([row]))
    inputs = sample()
    reasons = inputs.themes["null_reason"].where(inputs.themes["theme"] != "market", None)
    return replace(
        inputs,
        drivers=inputs.drivers + added,
        themes=inputs.themes.assign(null_reason=reasons),
        vintages=pd.concat([inputs.vintages, vintages]),
    )


@pytest.mark.parametrize("driver_id", ["spx", "broad_usd"])
def test_a_driver_shifted_one_day_forward_is_found(driver_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "session_moves", shifted(driver_id))
    found = list(violations(sample(), DAYS[::5]))
    assert any(text.startswith("market: ") for text in found)
    print(found[0])


def test_a_driver_shifted_one_day_forward_is_found_by_knowledge_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last day of a week of the broad dollar: the next value comes a week after it."""
    monkeypatch.setattr(daily, "session_moves", shifted("broad_usd"))
    print(next(text for text in violations(sample(), DAYS) if text.startswith("knowledge: ")))


def test_a_window_that_includes_the_day_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decomposition, "_past", window_with_the_day)
    found = list(violations(sample(), DAYS[:3]))
    assert any(text.startswith("window: ") for text in found)
    print(found[0])


class Undated(Flows):
    """Flows of which the clock does not know that some are moved."""

    late: list[int] = []  # type: ignore[misc,assignment]  # noqa: RUF012


def test_flows_of_the_next_session_that_are_not_dated_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    known_at = daily._known_at
    monkeypatch.setattr(
        daily, "_known_at", lambda days, rows: known_at(days, replace(rows, flows=Undated(**vars(rows.flows))))
    )
    print(next(text for text in violations(sample(), DAYS) if "realigned" in text))


def test_a_shock_made_of_price_is_found() -> None:
    found = list(violations(fear_and_greed(basis="priced"), []))
    assert len(found) == 1 and found[0].startswith("price: fear_greed")
    print(found[0])


def test_a_shock_made_of_price_is_refused() -> None:
    with pytest.raises(AttributionError, match="fear_greed: its basis is 'price_derived'"):
        fear_and_greed(basis="price_derived")


def test_newest_vintages_in_place_of_first_prints_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "first_prints", newest_prints)
    print(next(text for text in violations(sample(), DAYS) if text.startswith("knowledge: ")))
