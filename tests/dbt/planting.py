"""Plants revisions into a copy of the sample's raw store, since figures of one capture hold hardly any.

Every way in which a figure can become known late is there, over all series: revised (once, or there and back), replaced
within its own day, late, blanked, blanked and printed again, added before the first known observation; and incidents
that are revised, withdrawn or late. Lags go from minutes to most of a year. What the sample lacks and a model reads
(customs deposits, filings of Berkshire Hathaway) is made up first, so that its filters are tested too.
"""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

HOUR = 3600
LAGS_S = np.array(
    [600, 8 * HOUR, 30 * HOUR, 3 * 24 * HOUR, 12 * 24 * HOUR, 45 * 24 * HOUR, 120 * 24 * HOUR, 260 * 24 * HOUR]
)
KINDS = ("revised", "revised_back", "blanked", "blanked_and_back", "late")
SHARE = 0.03
"""Of the observations of a series, for each kind."""


def plant(raw_db: Path, seed: int = 7) -> dict[str, int]:
    """Change `raw_db` in place; how many figures of each kind were planted. The same seed plants the same."""
    random = np.random.default_rng(seed)
    with duckdb.connect(str(raw_db)) as connection:
        _make_up_what_is_absent(connection)
        single = connection.execute(
            "select series_id, observation_date, any_value(known_at) as known_at, any_value(value) as value "
            "from observations group by series_id, observation_date "
            "having count(*) = 1 and any_value(value) is not null order by series_id, observation_date"
        ).df()
        chosen = _choose(single, random)
        late = chosen[chosen["kind"] == "late"]
        connection.register("late", late.assign(new=late["known_at"] + late["lag"]))
        connection.execute(
            "update observations set known_at = late.new, known_at_basis = 'capture' from late "
            "where observations.series_id = late.series_id and observations.observation_date = late.observation_date"
        )
        planted = pd.concat([_later_vintages(chosen), _backfilled(single, random)])
        connection.register("planted", planted)
        connection.execute(
            "insert into observations select series_id, observation_date, known_at, 'capture', value, "
            "case when value is null then 'blank' else 'value' end, 'planted', known_at from planted"
        )
        counts = dict(chosen["kind"].value_counts()) | {"incidents": _plant_incidents(connection, random)}
    return {name: int(count) for name, count in counts.items()}


def _make_up_what_is_absent(connection: duckdb.DuckDBPyConnection) -> None:
    """Customs deposits of every weekday since 2023, known a day later; filings of a balance each quarter, restated."""
    connection.execute(
        "insert into observations select 'fiscaldata.dts_customs_deposits_usd_mn', day, day + interval '44' hour, "
        "'schedule', 200 + dayofyear(day) % 37 + 40 * (year(day) - 2023), 'value', 'made up', day "
        "from (select cast(unnest(range(date '2023-01-02', date '2025-04-30', interval '1' day)) as date) as day) "
        "where isodow(day) <= 5"
    )
    connection.execute(
        "insert into company_facts by name select concat(quarter, ':', print) as record_id, "
        "cast(quarter - interval '1' day as date) as observation_date, 1067983 as cik, "
        "'CashAndCashEquivalentsAtCarryingValue' as tag, 3e10 + 1e9 * print + 1e7 * month(quarter) as value_usd, "
        "'listed' as status, quarter + to_days(cast(40 + 35 * print as integer)) as known_at, "
        "'schedule' as known_at_basis, concat(quarter, print) as content_hash, 'made up' as landing_id, "
        "quarter as ingested_at from (select unnest(range(date '2023-04-01', date '2025-02-01', interval '3' month)) "
        "as quarter) cross join (select unnest([0, 1, 2]) as print)"
    )


def _choose(single: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Which observations are touched, how, and after what lag."""
    picks = []
    for _, rows in single.groupby("series_id"):
        each = max(1, round(SHARE * len(rows)))
        some = rows.iloc[random.permutation(len(rows))[: each * len(KINDS)]]
        picks.append(some.assign(kind=np.resize(KINDS, len(some))))
    chosen = pd.concat(picks, ignore_index=True)
    lags = random.choice(LAGS_S, len(chosen)) * random.uniform(0.5, 1.5, len(chosen))
    factor = random.uniform(0.85, 1.15, len(chosen))
    return chosen.assign(lag=pd.to_timedelta(lags.round(), unit="s"), factor=factor)


def _later_vintages(chosen: pd.DataFrame) -> pd.DataFrame:
    """The vintages that follow the first print: one, or two of which the second takes the first one back."""
    later = chosen[chosen["kind"] != "late"]
    blank = later["kind"].str.startswith("blanked")
    once = later.assign(known_at=later["known_at"] + later["lag"], value=(later["value"] * later["factor"]).mask(blank))
    twice = later[later["kind"].str.endswith("back")]
    again = twice.assign(known_at=twice["known_at"] + 2 * twice["lag"] + pd.Timedelta(hours=5))
    return pd.concat([once, again])[["series_id", "observation_date", "known_at", "value"]]


def _backfilled(single: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """For every series an observation older than its first, known only some day of the window."""
    first = single.groupby("series_id", as_index=False).first()
    days = random.integers(0, 450, len(first))
    return first.assign(
        observation_date=first["observation_date"] - pd.Timedelta(days=20),
        known_at=pd.Timestamp("2024-02-01 13:00") + pd.to_timedelta(days, unit="D"),
    )[["series_id", "observation_date", "known_at", "value"]]


def _plant_incidents(connection: duckdb.DuckDBPyConnection, random: np.random.Generator) -> int:
    """A third of the incidents is revised, withdrawn or listed late; the largest of all is listed 45 days late, since a
    signal reads it alone."""
    rows = connection.execute(
        "select record_id, known_at from hack_incidents order by loss_usd desc nulls last, record_id"
    ).fetchall()
    touched = [0, *(1 + random.permutation(len(rows) - 1)[: len(rows) // 3])]
    for position, place in enumerate(touched):
        record_id, known_at = rows[place]
        later: datetime = known_at + timedelta(seconds=float(random.choice(LAGS_S)) if position else 45 * 24 * HOUR)
        if position % 3 == 0:
            connection.execute("update hack_incidents set known_at = ? where record_id = ?", [later, record_id])
            continue
        changed = "loss_usd * 1.7 as loss_usd" if position % 3 == 1 else "null as loss_usd, 'withdrawn' as status"
        connection.execute(
            f"insert into hack_incidents by name select * replace (?::timestamp as known_at, {changed}) "
            "from hack_incidents where record_id = ?",
            [later, record_id],
        )
    return len(touched)
