"""Reads a build, studies events, measures claims and pressure, and writes four tables of `attribution`."""

from dataclasses import asdict

import duckdb
import pandas as pd
from threadpoolctl import threadpool_limits

from orchestration.defs.events.claims import MEASURES, SERIES, Figures
from orchestration.defs.events.statistics import correlation_interval
from orchestration.defs.events.study import study

LARGE_HACK_USD = 1e8
WEEK, BLOCK_DAYS = 7, 30
DECIMALS = 10
TABLES = {
    "event_study": {
        "event_group": "varchar", "adjusted_for": "varchar", "by_direction": "boolean", "separate_events": "integer",
        "last_day": "integer", "n": "integer", "share_negative": "double", "detectable_bps": "double",
        "mean_bps": "double", "percentile": "double", "p_value": "double",
    },
    "event_study_events": {
        "event_group": "varchar", "last_day": "integer", "event_date": "date", "listed_events": "integer",
        "titles": "varchar", "abnormal_bps": "double", "percentile": "double", "excluded": "varchar",
    },
    "claim_statistics": {
        "claim_id": "varchar", "metric": "varchar", "knowledge": "varchar", "value": "double", "n": "integer",
        "lower": "double", "upper": "double", "p_value": "double", "first_date": "date", "last_date": "date",
        "reason": "varchar",
    },
    "pressure_link": {
        "composite": "varchar", "value": "double", "n": "integer", "lower": "double", "upper": "double",
    },
}  # fmt: skip


def compute(connection: duckdb.DuckDBPyConnection) -> dict[str, pd.DataFrame]:
    """All tables but `pressure_link`, from a build attached as `work` and `warehouse`.

    On one thread, so that sums come out the same everywhere.
    """
    with threadpool_limits(limits=1):
        studies, found = study(_days(connection), _events(connection))
        return {
            "event_study": studies,
            "event_study_events": found,
            "claim_statistics": _claim_statistics(connection),
        }


def write(connection: duckdb.DuckDBPyConnection, tables: dict[str, pd.DataFrame]) -> dict[str, int]:
    """Add `pressure_link`, which needs the pressure of every day, and write all tables; how many rows each has."""
    with threadpool_limits(limits=1):
        tables = tables | {"pressure_link": _pressure_link(connection)}
    for name, table in tables.items():
        _write(connection, name, table)
    return {name: len(table) for name, table in tables.items()}


def _days(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """date, btc_bps, market_bps: every UTC day with a BTC close."""
    return connection.execute(
        """
        with market as (
            select observation_date as date, 10000 * ln(value / lag(value) over (order by observation_date)) as bps
            from warehouse.facts.fct_observations
            where series_id = 'fred.SP500' and is_newest and value is not null
        )
        select btc.date, btc.return_bps as btc_bps,
               case when calendar.is_us_equity_session then market.bps else 0.0 end as market_bps
        from warehouse.facts.fct_crypto_market_daily as btc
        join warehouse.marts.dim_date as calendar using (date)
        left join market using (date)
        where btc.asset = 'BTC'
        order by btc.date
        """
    ).df()


def _events(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The events table up to the last day, and the hacks of US$100 mn or more that it does not name."""
    return connection.execute(
        """
        with listed as (
            select event_date, topic, cast(direction as integer) as direction, title
            from warehouse.facts.fct_policy_events
            where event_date <= (select last_day from work.run.clock)
        )
        select * from listed
        union all
        select date, 'hack', -1, name || ' hack, US$' || cast(cast(loss_usd / 1e6 as bigint) as varchar) || ' mn'
        from warehouse.facts.fct_security_incidents
        where loss_usd >= ? and date <= (select last_day from work.run.clock)
            and date not in (select event_date from listed where topic = 'hack')
        order by event_date, topic, title
        """,
        [LARGE_HACK_USD],
    ).df()


def _claim_statistics(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Every measure on the figures known then and on those of now; no rows for a run that ends before the article."""
    figures = connection.execute(
        "select knowledge, series_id, observation_date, value from work.intermediate.int_claim_figures "
        "where series_id in (select unnest(?)) order by observation_date",
        [list(SERIES)],
    ).df()
    calendar = connection.execute(
        "select date from warehouse.marts.dim_date where is_us_equity_session order by date"
    ).df()
    sessions = pd.DatetimeIndex(calendar["date"])
    claims = connection.execute("select claim_id, metric, article_date from work.seeds.article_claims").fetchall()
    named = {(claim_id, metric): day for claim_id, metric, day in claims}
    rows = []
    for knowledge, known in figures.groupby("knowledge"):
        frame = _figures(known, sessions)
        for (claim_id, metric), measure in MEASURES.items():
            found = measure(frame, named[claim_id, metric])
            dates = {"first_date": found.first, "last_date": found.last, "reason": found.reason}
            rows.append(
                {"claim_id": claim_id, "metric": metric, "knowledge": knowledge, **asdict(found.statistic), **dates}
            )
    return pd.DataFrame(rows, columns=list(TABLES["claim_statistics"]))


def _figures(known: pd.DataFrame, sessions: pd.DatetimeIndex) -> Figures:
    wide = known.pivot(index="observation_date", columns="series_id", values="value").reindex(columns=list(SERIES))
    wide.index = pd.DatetimeIndex(wide.index)
    wide = wide.reindex(pd.date_range(wide.index.min(), wide.index.max()))
    inside = (sessions >= wide.index[0]) & (sessions <= wide.index[-1])
    return Figures(wide, sessions[inside])


def _pressure_link(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Each composite with the log return of BTC over the next week, on all days that have both.

    The composites are those of the daily mart, which is built after this step; a test compares.
    """
    days = connection.execute(
        """
        with themes as (
            select p.date, p.theme, p.pressure
            from warehouse.marts.mart_theme_pressure_daily as p
            join warehouse.marts.dim_theme as t on p.theme = t.theme and t.in_composite
        ),
        composites as (
            select date,
                   case when count(pressure) >= 6 then avg(pressure) end as composite_pressure,
                   case when count(pressure) >= 6
                        then avg(case when theme not in ('market', 'etf') then pressure end) end as composite_ex_price
            from themes group by date
        )
        select composite_pressure, composite_ex_price,
               10000 * ln(later.close_usd / btc.close_usd) as next_week_bps
        from warehouse.facts.fct_crypto_market_daily as btc
        left join warehouse.facts.fct_crypto_market_daily as later
            on later.asset = 'BTC' and later.date = btc.date + ?::integer
        left join composites on btc.date = composites.date
        where btc.asset = 'BTC'
        order by btc.date
        """,
        [WEEK],
    ).df()
    next_week = days["next_week_bps"].to_numpy(float)
    rows = []
    for composite in ("composite_pressure", "composite_ex_price"):
        found = correlation_interval(next_week, days[composite].to_numpy(float), block=BLOCK_DAYS)
        rows.append({"composite": composite, **asdict(found)})
    return pd.DataFrame(rows)


def _write(connection: duckdb.DuckDBPyConnection, name: str, frame: pd.DataFrame) -> None:
    """Replace `attribution.<name>`; figures are rounded, NaN is null."""
    columns = TABLES[name]
    rows = frame.reindex(columns=list(columns))
    doubles = [column for column, kind in columns.items() if kind == "double"]
    rows[doubles] = rows[doubles].astype(float).round(DECIMALS)
    rows = rows.astype(object).where(rows.notna(), None)
    connection.register("written_frame", rows)
    typed = ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in columns.items())
    connection.execute(f"create or replace table work.attribution.{name} as select {typed} from written_frame")
    connection.unregister("written_frame")
