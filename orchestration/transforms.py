"""What each `transform` of the drivers seed computes, in words, and which observations it reads on a day.

The signals themselves are SQL (`int_signals_*`). This is what `drivers explain` and the generated driver page say about
them; a test computes every signal again from the observations named here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta


@dataclass(frozen=True)
class Observation:
    """One vintage of one observation, as it stood on the day explained. `value` in the series' unit.

    `session` counts the sessions of the series' calendar up to its date; None where the series has no sessions.
    """

    series_id: str
    observation_date: date
    value: float
    known_at: datetime
    known_at_basis: str
    vintage_number: int
    landing_id: str
    session: int | None


@dataclass(frozen=True)
class Seen:
    """All that a reader of the day had: each input's observations, newest first, and the inputs' roles."""

    series: dict[str, list[Observation]]
    roles: dict[str, str]


@dataclass(frozen=True)
class Transform:
    """`formula` in words; `used` picks the observations behind a day's signal, newest first a series.

    `incident_days` is how many days of incidents a signal reads, the day itself included; 0 for all others.
    """

    formula: str
    used: Callable[[Seen], list[Observation]]
    incident_days: int = 0


def _first(count: int) -> Callable[[Seen], list[Observation]]:
    """The newest observations of every series."""
    return lambda seen: [row for rows in seen.series.values() for row in rows[:count]]


def _days_back(days: Sequence[int]) -> Callable[[Seen], list[Observation]]:
    """Observations that many days before the series' newest."""

    def used(seen: Seen) -> list[Observation]:
        return [
            row
            for rows in seen.series.values()
            for row in rows
            if (rows[0].observation_date - row.observation_date).days in days
        ]

    return used


def _streak(seen: Seen) -> list[Observation]:
    """Outflows in a row, and the session that ended the search."""
    used: list[Observation] = []
    for rows in seen.series.values():
        for row in rows:
            used.append(row)
            if row.value >= 0:
                break
    return used


def _southbound(seen: Seen) -> list[Observation]:
    """Five-session sums of the newest 20 sessions reach back 24 sessions of Stock Connect."""
    return [row for rows in seen.series.values() for row in rows if _sessions_back(rows[0], row) < 24]


def _twenty_sessions(seen: Seen) -> list[Observation]:
    """The newest observation and its base, of the series, or of both on days that both have."""
    level = next(rows for name, rows in seen.series.items() if seen.roles[name] == "level")
    others = [
        {row.observation_date: row for row in rows} for name, rows in seen.series.items() if seen.roles[name] != "level"
    ]
    common = [row for row in level if all(row.observation_date in other for other in others)]
    base = [row for row in common if 20 <= _sessions_back(common[0], row) <= 25][:1]
    return [each for row in common[:1] + base for each in (row, *(other[row.observation_date] for other in others))]


def _sessions_back(newest: Observation, row: Observation) -> int:
    assert newest.session is not None and row.session is not None
    return newest.session - row.session


def _newest_common_day(seen: Seen) -> list[Observation]:
    """HIBOR and SOFR of the newest day on which both are known; the fixing goes before the market quote."""
    by_day = {name: {row.observation_date: row for row in rows} for name, rows in seen.series.items()}
    sofr = by_day.get("fred.SOFR", {})
    hibor = [(row, name) for name, rows in by_day.items() if name != "fred.SOFR" for row in rows.values()]
    pairs = sorted(
        ((row.observation_date, name) for row, name in hibor if row.observation_date in sofr),
        key=lambda pair: (-pair[0].toordinal(), pair[1]),
    )
    return [by_day[pairs[0][1]][pairs[0][0]], sofr[pairs[0][0]]] if pairs else []


def _wednesdays(seen: Seen) -> list[Observation]:
    """The three parts of net liquidity on the newest Wednesday of WALCL and on the one four weeks before."""
    assets = seen.series.get("fred.WALCL", [])
    if not assets:
        return []
    used = []
    for wednesday in (assets[0].observation_date, assets[0].observation_date - timedelta(days=28)):
        for name, rows in seen.series.items():
            reach = 4 if name == "fred.RRPONTSYD" else 0
            found = [row for row in rows if 0 <= (wednesday - row.observation_date).days <= reach]
            used += found[:1]
    return used


def _months_back(months: Sequence[int]) -> Callable[[Seen], list[Observation]]:
    """Observations of the periods that many months before each series' newest."""

    def used(seen: Seen) -> list[Observation]:
        return [row for rows in seen.series.values() for row in rows if _months_apart(rows[0], row) in months]

    return used


def _months_apart(newest: Observation, row: Observation) -> int:
    after, before = newest.observation_date, row.observation_date
    return 12 * (after.year - before.year) + after.month - before.month


def _misery(seen: Seen) -> list[Observation]:
    """Two years of prices, for twelve year-on-year changes, and a year of unemployment rates."""
    return [
        row
        for name, rows in seen.series.items()
        for row in rows
        if _months_apart(rows[0], row) <= (23 if name == "fred.CPIAUCSL" else 11)
    ]


def _whole_month(seen: Seen) -> list[Observation]:
    """The days of the newest month that is over in the first input, and of the month a year before."""
    deposits = next((rows for name, rows in seen.series.items() if seen.roles[name] == "month"), [])
    return [
        row for rows in seen.series.values() for row in rows if deposits and _months_apart(deposits[0], row) in (1, 13)
    ]


def _none(_seen: Seen) -> list[Observation]:
    """Incidents are records, not observations of a series."""
    return []


TRANSFORMS = {
    "level": Transform("newest value", _first(1)),
    "level_less_7_75": Transform("newest value less 7.75", _first(1)),
    "change_20_sessions": Transform("newest value less the newest one at least 20 sessions before", _twenty_sessions),
    "log_change_20_sessions": Transform(
        "100 x ln(newest value / the newest one at least 20 sessions before)", _twenty_sessions
    ),
    "relative_20_sessions": Transform(
        "100 x ln(series / the one it is held against), newest day of both less one at least 20 sessions before",
        _twenty_sessions,
    ),
    "flow_5": Transform("sum of the newest 5 reported sessions", _first(5)),
    "streak": Transform("sessions of outflow in a row, up to the newest reported one", _streak),
    "southbound_5": Transform(
        "sum of the newest 5 sessions less the mean of such sums over 20 sessions (4 of 5 present)", _southbound
    ),
    "hibor_sofr": Transform("overnight HIBOR less SOFR on the newest day that has both", _newest_common_day),
    "net_liquidity_4w": Transform(
        "100 x ln(WALCL - WDTGAL - 1,000 x RRPONTSYD of the newest Wednesday / the same four weeks before)", _wednesdays
    ),
    "claims_13w": Transform(
        "100 x ln(mean of the newest 4 weeks / mean of the 4 weeks 13 weeks before)",
        _days_back((0, 7, 14, 21, 91, 98, 105, 112)),
    ),
    "change_3_months": Transform("newest value less the one three months before", _months_back((0, 3))),
    "bills_share_3m": Transform(
        "100 x bills / all marketable debt of the newest statement, less the same three months before",
        _months_back((0, 3)),
    ),
    "deficit_12m": Transform(
        "100 x (deficit of the newest 12 months / deficit of the 12 months before - 1)", _months_back(range(24))
    ),
    "misery_12m": Transform(
        "CPI over twelve months in % + unemployment rate in %, less their means over 12 months (10 of them present)",
        _misery,
    ),
    "customs_yoy": Transform(
        "100 x (deposits less refunds of the newest whole month / the same a year before - 1)", _whole_month
    ),
    "epu_7d": Transform("ln(mean of the newest 7 days)", _days_back(range(7))),
    "stable_30": Transform("100 x ln(newest value / the one 30 days before)", _days_back((0, 30))),
    "btc_vol_30": Transform(
        "100 x sqrt(365) x standard deviation of the newest 30 daily log returns", _days_back(range(31))
    ),
    "hack_loss_30": Transform(
        "ln(1 + losses of the 30 days to this one), incidents of US$1 mn or more", _none, incident_days=30
    ),
    "hack_loss_max_365": Transform(
        "largest loss of the 365 days to this one / 3 months of Coinbase's operating expenses of the newest year known",
        _none,
        incident_days=365,
    ),
}
