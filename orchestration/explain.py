"""`drivers explain DATE DRIVER`: one pressure walked back to the bytes it rests on.

Pressure -> z, mean and spread of the window -> signal and its formula -> the observations behind it, as known that day
-> their vintages -> the landed responses. Reads a release directory only.
"""

import difflib
import math
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from rich.text import Text

from orchestration.driver_page import empirical_sign, same_session_links
from orchestration.printing import (
    ReportError,
    console,
    figure,
    instant,
    open_release,
    plain_table,
    published_day,
    row_of,
    rows_of,
)
from orchestration.transforms import TRANSFORMS, Observation, Seen
from warehouse.clocks import cutoff

# The longest reach of any signal is two years of months and the year before them.
REACH_DAYS = 1200
SHOWN = 40
SEED = "seed:"
CALENDARS = {
    "us_equity": "is_us_equity_session",
    "us_federal": "is_us_federal_business_day",
    "hong_kong": "is_hong_kong_session",
    "stock_connect": "is_stock_connect_session",
    "target": "is_target_day",
    "london": "is_london_session",
}
NULL_REASONS = {
    "no_data": "no input had been published",
    "too_old": "its newest input is older than twice the driver's limit",
    "window_incomplete": "its formula lacks an observation it needs",
    "thin": "fewer signals are known than a score needs",
    "no_variation": "its signal did not move in the window",
    "no_direction": "the article names no direction for it",
}
BASIS = {"schedule": "publisher's schedule", "capture": "when we read it", "vintage": "publisher's own date"}


def print_explanation(release: Path, day: str, driver_id: str) -> None:
    """Tables and two sentences on one driver and day. Raises ReportError for a driver or day the publish lacks."""
    with open_release(release) as connection:
        driver = _driver(connection, driver_id)
        wanted = published_day(connection, day)
        signal = row_of(
            connection,
            "select * from marts.mart_driver_signals_daily where date = $day and driver_id = $driver_id",
            day=wanted,
            driver_id=driver_id,
        )
        inputs = rows_of(
            connection,
            "select i.series_id, i.role, s.title, s.unit, s.publisher, s.frequency from marts.dim_driver_input i "
            "join marts.dim_series s using (series_id) where i.driver_id = $driver_id order by i.series_id",
            driver_id=driver_id,
        )
        used = observations_used(connection, driver, inputs, wanted)
        incident_days = TRANSFORMS[driver["transform"]].incident_days
        incidents = _incidents(connection, wanted, incident_days) if incident_days else []
        sign = empirical_sign(driver, same_session_links(connection).get(driver_id))
        responses = _responses(
            connection, [o.landing_id for o in used] + [incident["landing_id"] for incident in incidents]
        )
    console.print(Text.assemble((f"{wanted}  {driver['label']} ({driver_id})", "bold")))
    console.print(_sentence(driver, signal))
    console.print(_provenance(inputs, used, incidents, responses, wanted))
    console.print()
    _print_score(driver, signal, sign)
    if incident_days:
        _print_incidents(incidents, wanted, incident_days)
    else:
        _print_observations(used, inputs)
    _print_responses(responses)
    _print_seeds(used)


def observations_used(
    connection: duckdb.DuckDBPyConnection, driver: dict[str, Any], inputs: list[dict[str, Any]], day: date
) -> list[Observation]:
    """The observations behind the driver's signal of `day`, as known at its cutoff."""
    counted = ", ".join(f"count(*) filter ({flag}) over (order by date) as {name}" for name, flag in CALENDARS.items())
    rows = rows_of(
        connection,
        f"""
        with sessions as (
            select date, {counted}
            from marts.dim_date
        ),
        valid as (
            select o.*, max(o.observation_date) over (partition by o.series_id) as newest
            from facts.fct_observations o
            join marts.dim_driver_input i on i.series_id = o.series_id and i.driver_id = $driver_id
            where o.value is not null and o.known_date <= $day
                and (o.superseded_date is null or o.superseded_date > $day)
        )
        select valid.series_id, observation_date, value, known_at, known_at_basis, vintage_number, landing_id,
               case s.calendar {" ".join(f"when '{c}' then sessions.{c}" for c in CALENDARS)} end as session
        from valid
        join marts.dim_series s using (series_id)
        left join sessions on sessions.date = valid.observation_date
        where observation_date > newest - $reach::integer
        order by valid.series_id, observation_date desc
        """,
        driver_id=driver["driver_id"],
        day=day,
        reach=REACH_DAYS,
    )
    seen: dict[str, list[Observation]] = {i["series_id"]: [] for i in inputs}
    for row in rows:
        seen[row["series_id"]].append(Observation(**row))
    roles = {i["series_id"]: i["role"] for i in inputs}
    return TRANSFORMS[driver["transform"]].used(Seen(seen, roles))


def _driver(connection: duckdb.DuckDBPyConnection, driver_id: str) -> dict[str, Any]:
    drivers = rows_of(connection, "select * from marts.dim_driver order by driver_id")
    for driver in drivers:
        if driver["driver_id"] == driver_id:
            return driver
    names = [driver["driver_id"] for driver in drivers]
    close = difflib.get_close_matches(driver_id, names, n=3, cutoff=0.5)
    advice = f"did you mean {' or '.join(close)}?" if close else f"there are: {', '.join(names)}"
    raise ReportError(f"there is no driver {driver_id!r}; {advice}")


def _incidents(connection: duckdb.DuckDBPyConnection, day: date, days: int) -> list[dict[str, Any]]:
    """Incidents of the `days` to `day` that were listed at the cutoff, as the publish still knows them.

    The publish keeps the first and the newest version of an incident: one revised since shows its first.
    """
    return rows_of(
        connection,
        """
        select date, name, chain, technique, landing_id,
               case when known_at <= $cutoff then loss_usd else first_loss_usd end as loss_usd,
               case when known_at <= $cutoff then known_at else first_known_at end as known_at,
               known_at > $cutoff as revised_since
        from facts.fct_security_incidents
        where date > $day - $days::integer and date <= $day and first_known_at <= $cutoff
            and case when known_at <= $cutoff then loss_usd else first_loss_usd end >= 1000000
        order by loss_usd desc, name
        """,
        day=day,
        days=days,
        cutoff=cutoff(day),
    )


def _responses(connection: duckdb.DuckDBPyConnection, landing_ids: list[str]) -> list[dict[str, Any]]:
    return rows_of(
        connection,
        "select * from marts.dim_response where list_contains($ids, landing_id) order by publisher, fetched_at",
        ids=sorted(set(landing_ids)),
    )


def _sentence(driver: dict[str, Any], signal: dict[str, Any]) -> str:
    """What was unusual, in a sentence."""
    if signal["signal"] is None:
        return f"It has no signal on this day: {NULL_REASONS[signal['null_reason']]}. Missing is not zero."
    level = f"Its signal was {figure(signal['signal'])} {driver['unit']}"
    if signal["z"] is None:
        return f"{level}; it has no score: {NULL_REASONS[signal['null_reason']]}."
    side = "above" if signal["z"] > 0 else "below"
    place = (
        f"{level}, {abs(signal['z']):.2f} standard deviations {side} the mean of the {signal['observations']} signals "
        "of its window"
    )
    if signal["pressure"] is None:
        return f"{place}; it has no pressure: {NULL_REASONS[signal['null_reason']]}."
    presses = "rise" if driver["direction"] > 0 else "fall"
    pressure = f"{signal['pressure']:+.0f}"
    holds = "the article holds" if driver["article_passage"] else "this control assumes"
    return f"{place}; {holds} that a {presses} presses crypto down, hence a pressure of {pressure}."


def _provenance(
    inputs: list[dict[str, Any]],
    used: list[Observation],
    incidents: list[dict[str, Any]],
    responses: list[dict[str, Any]],
    day: date,
) -> str:
    """On what that rests, in a sentence."""
    publishers = " and ".join(sorted({i["publisher"] for i in inputs}))
    if incidents:
        return (
            f"It rests on {len(incidents)} incidents as {publishers} had listed them by the cutoff of the day, read "
            f"from {len(responses)} landed response(s)."
        )
    if not used:
        return f"Of {publishers} nothing was known at the cutoff of {day} that its formula could use."
    newest = max(used, key=lambda o: (o.observation_date, o.known_at))
    read = f"They were read from {len(responses)} landed response(s)."
    if all(o.landing_id.startswith(SEED) for o in used):
        read = "They are shipped with the project, each with the day of its printing."
    return (
        f"It rests on {len(used)} observations of {publishers}; the newest describes {newest.observation_date} and was "
        f"known at {instant(newest.known_at)} UTC. {read}"
    )


def _print_score(driver: dict[str, Any], signal: dict[str, Any], sign: tuple[str, str]) -> None:
    table = plain_table("step", ">value", "how")
    unit = driver["unit"]
    window = f"the last {driver['window_length']} {driver['window_kind']} before, at least "
    window += f"{driver['minimum_observations']} known; {signal['observations']} are"
    direction = {1: "a rise presses crypto down", -1: "a fall presses crypto down", 0: "none"}[driver["direction"]]
    hypothesis = "the article's hypothesis" if driver["article_passage"] else "assumed of this control"
    table.add_row("signal", figure(signal["signal"]), f"{unit}; {TRANSFORMS[driver['transform']].formula}")
    table.add_row("window mean", figure(signal["window_mean"]), window)
    table.add_row("window sd", figure(signal["window_sd"]), "sample standard deviation of the same signals")
    table.add_row("z", figure(signal["z"], 4), "(signal - mean) / sd, winsorised at 4 for the pressure")
    table.add_row("direction", f"{driver['direction']:+d}", f"{direction}; {hypothesis}, no finding")
    table.add_row("empirical sign", *sign)
    table.add_row("pressure", figure(signal["pressure"], 2), "200 x Phi(direction x z) - 100; no forecast")
    table.add_row("status", signal["status"], _status(driver, signal))
    console.print(table)


def _status(driver: dict[str, Any], signal: dict[str, Any]) -> str:
    limit = driver["stale_after_days"]
    if signal["age_days"] is None:
        return f"no input; stale after {limit} days, missing after {2 * limit}"
    age = f"input describes {signal['oldest_input_date']}, days old: {signal['age_days']}"
    return f"{age}; stale after {limit}, missing after {2 * limit}"


def _print_observations(used: list[Observation], inputs: list[dict[str, Any]]) -> None:
    for series in inputs:
        console.print()
        rows = [o for o in used if o.series_id == series["series_id"]]
        role = {"against": " (held against)", "either": " (one of several that stand in for one another)"}
        title = f"  {series['title']}, {series['unit']}{role.get(series['role'], '')}"
        console.print(Text.assemble((series["series_id"], "bold"), title))
        if not rows:
            console.print("  none: not known by then, or the formula could not use it")
            continue
        table = plain_table("=describes", ">value", "=known at (UTC)", "dated by", ">vintage", "=response")
        for o in rows[:SHOWN]:
            table.add_row(
                str(o.observation_date), figure(o.value), instant(o.known_at), BASIS[o.known_at_basis],
                str(o.vintage_number), o.landing_id,
            )  # fmt: skip
        console.print(table)
        if len(rows) > SHOWN:
            console.print(f"  and {len(rows) - SHOWN} older ones, back to {rows[-1].observation_date}")


def _print_incidents(incidents: list[dict[str, Any]], day: date, days: int) -> None:
    """The largest of them, and how many more there are."""
    if not incidents:
        console.print(f"No incident of US$1 mn or more was listed for the {days} days to {day}.")
        return
    console.print()
    total = math.fsum(incident["loss_usd"] for incident in incidents)
    console.print(f"Incidents of US$1 mn or more in the {days} days to {day}: US$ {total:,.0f} in all")
    table = plain_table("=date", "name", ">loss (US$)", "=known at (UTC)", "=response")
    for incident in incidents[:SHOWN]:
        name = incident["name"] + (" (first print; revised since)" if incident["revised_since"] else "")
        table.add_row(
            str(incident["date"]), name, f"{incident['loss_usd']:,.0f}", instant(incident["known_at"]),
            incident["landing_id"],
        )  # fmt: skip
    console.print(table)
    if len(incidents) > SHOWN:
        console.print(f"  and {len(incidents) - SHOWN} smaller ones")


def _print_responses(responses: list[dict[str, Any]]) -> None:
    """One block a response: hashes and paths are too long for a table."""
    console.print()
    for response in responses:
        console.print(
            Text.assemble(
                (f"response {response['landing_id']}", "bold"),
                f"  {response['publisher']}/{response['endpoint']}, fetched {instant(response['fetched_at'])} UTC",
            )
        )
        console.print(f"  asked   {response['url']}", soft_wrap=True)
        console.print(f"  body    landing/{response['path']}", soft_wrap=True)
        console.print(f"  sha256  {response['sha256']}", soft_wrap=True)


def _print_seeds(used: list[Observation]) -> None:
    """Figures that no response brought: they are shipped with the project, each with its day."""
    for origin in sorted({o.landing_id for o in used if o.landing_id.startswith(SEED)}):
        console.print(f"{origin}  figures shipped with the project: dbt_project/seeds/{origin.removeprefix(SEED)}.csv")
