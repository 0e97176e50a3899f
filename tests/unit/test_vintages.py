"""The loader: what is inserted, with which clock, and what is refused."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.support import landed
from warehouse import vintages
from warehouse.calendars import CALENDARS, CalendarError
from warehouse.landing import Landed
from warehouse.parsed import Parsed, ParsedSeries, series_of
from warehouse.vintages import LoadError, LoadResult, SeriesRule, Vintages, open_raw

DAY = date(2025, 2, 25)
SCHEDULED = datetime(2025, 2, 26, 12)


def rule_of(series_id: str) -> SeriesRule:
    """Due the next day at 12:00; vintages dated at 21:15; believable between -1000 and 1000."""
    return SeriesRule(
        lambda day: datetime(day.year, day.month, day.day) + timedelta(hours=36),
        lambda day: datetime(day.year, day.month, day.day, 21, 15),
        -1000,
        1000,
    )


class Store:
    """A loader on a fresh raw.duckdb, with a counter for landing ids."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.db = connection
        self.vintages = Vintages(connection, ingested_at=datetime(2026, 1, 1))
        self.count = 0

    def answer(self, fetched_at: str) -> Landed:
        self.count += 1
        response = landed("farside", "page", fetched_at=fetched_at)
        return Landed(**(vars(response) | {"landing_id": f"{self.count:016x}"}))

    def load(self, fetched_at: str, values: dict[date, float | None], **covers: date) -> LoadResult:
        covers_from = covers.get("covers_from", min(values, default=DAY))
        series = series_of("farside.BTC.IBIT", values.items(), covers_from, covers.get("covers_to"))
        return self.vintages.load(self.answer(fetched_at), Parsed([series]), rule_of)

    def rows(self, day: date = DAY) -> list[tuple]:
        return self.db.execute(
            "select value, status, known_at, known_at_basis from raw.observations "
            "where observation_date = ? order by known_at",
            [day],
        ).fetchall()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_raw(tmp_path / "raw.duckdb") as connection:
        yield Store(connection)


def test_a_first_vintage_takes_the_schedule_when_fetched_later(store: Store) -> None:
    store.load("2026-11-01T00:00", {DAY: 1.0})
    assert store.rows() == [(1.0, "value", SCHEDULED, "schedule")]


def test_a_first_vintage_takes_the_fetch_when_fetched_before_the_schedule(store: Store) -> None:
    store.load("2025-02-26T06:00", {DAY: 1.0})
    assert store.rows() == [(1.0, "value", datetime(2025, 2, 26, 6), "capture")]


def test_an_observation_an_earlier_answer_lacked_takes_its_own_fetch(store: Store) -> None:
    store.load("2025-02-26T18:00", {DAY - timedelta(days=1): 1.0})
    store.load("2025-02-27T06:00", {DAY: 2.0})
    assert store.rows() == [(2.0, "value", datetime(2025, 2, 27, 6), "capture")]


def test_an_earlier_answer_that_did_not_reach_the_day_lacks_nothing(store: Store) -> None:
    store.load("2025-02-26T18:00", {date(2025, 1, 6): 1.0}, covers_to=date(2025, 1, 31))
    store.load("2025-02-26T18:01", {date(2025, 2, 27): 1.0})
    store.load("2025-02-27T06:00", {DAY: 2.0})
    assert store.rows() == [(2.0, "value", SCHEDULED, "schedule")]


def test_a_b_a_gives_three_rows(store: Store) -> None:
    for fetched_at, value in (("2025-02-27", 1.0), ("2025-02-28", 2.0), ("2025-03-01", 1.0)):
        store.load(fetched_at + "T00:00", {DAY: value})
    assert [(r[0], r[2]) for r in store.rows()] == [
        (1.0, SCHEDULED),
        (2.0, datetime(2025, 2, 28)),
        (1.0, datetime(2025, 3, 1)),
    ]


def test_a_blank_where_a_value_was_is_a_vintage_with_a_null(store: Store) -> None:
    store.load("2025-02-27T00:00", {DAY: 1.0})
    assert store.load("2025-02-28T00:00", {DAY: None}).changed == 1
    assert store.load("2025-03-01T00:00", {DAY: None}).unchanged == 1
    assert [r[:2] for r in store.rows()] == [(1.0, "value"), (None, "blank")]


def test_a_value_where_a_blank_was_is_known_when_fetched(store: Store) -> None:
    store.load("2025-02-26T06:00", {DAY: None})
    store.load("2025-02-27T21:00", {DAY: -126.2})
    assert store.rows() == [
        (None, "blank", datetime(2025, 2, 26, 6), "capture"),
        (-126.2, "value", datetime(2025, 2, 27, 21), "capture"),
    ]


def test_loading_the_same_answer_again_changes_nothing(store: Store) -> None:
    assert store.load("2025-02-27T00:00", {DAY: 1.0}).new == 1
    again = store.load("2025-02-28T00:00", {DAY: 1.0})
    assert (again.new, again.changed, again.unchanged) == (0, 0, 1)
    assert len(store.rows()) == 1


def test_zero_is_not_blank(store: Store) -> None:
    store.load("2025-02-27T00:00", {DAY: 0.0})
    assert store.load("2025-02-28T00:00", {DAY: None}).changed == 1


def dated(*vintages: tuple[str, float]) -> Parsed:
    rows = [(DAY, value, date.fromisoformat(day)) for day, value in vintages]
    return Parsed([ParsedSeries("farside.BTC.IBIT", DAY, rows)])


def test_vintages_the_publisher_dates_take_its_dates(store: Store) -> None:
    store.vintages.load(store.answer("2026-11-01"), dated(("2025-02-26", 1.0), ("2025-03-26", 2.0)), rule_of)
    assert [(r[0], r[2], r[3]) for r in store.rows()] == [
        (1.0, datetime(2025, 2, 26, 21, 15), "vintage"),
        (2.0, datetime(2025, 3, 26, 21, 15), "vintage"),
    ]


def test_a_dated_vintage_is_compared_with_the_one_before_it(store: Store) -> None:
    store.vintages.load(store.answer("2026-11-01"), dated(("2025-02-26", 1.0), ("2025-04-26", 1.0)), rule_of)
    assert len(store.rows()) == 1
    store.vintages.load(store.answer("2026-11-02"), dated(("2025-02-26", 1.0), ("2025-03-26", 2.0)), rule_of)
    assert [r[0] for r in store.rows()] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [(DAY, 1.0, None), (DAY, 1.0, None)],
            "farside, series farside.BTC.IBIT, date 2025-02-25, field date: .* twice",
        ),
        ([(DAY, 1001.0, None)], "farside, series farside.BTC.IBIT, date 2025-02-25, field value: 1001.0 is outside"),
        ([(DAY, -1001.0, None)], "outside the believable range -1000 to 1000"),
    ],
)
def test_what_is_refused_loads_nothing(store: Store, rows: list, said: str) -> None:
    good = series_of("farside.BTC.FBTC", [(DAY, 5.0)], DAY)
    bad = ParsedSeries("farside.BTC.IBIT", DAY, rows)
    with pytest.raises(LoadError, match=said):
        store.vintages.load(store.answer("2026-11-01"), Parsed([good, bad]), rule_of)
    assert store.db.execute("select count(*) from raw.observations").fetchone() == (0,)
    assert store.db.execute("select count(*) from raw.landings").fetchone() == (0,)


def test_an_older_answer_may_not_come_after_a_newer_one(store: Store) -> None:
    store.load("2025-02-28T00:00", {DAY: 1.0})
    older, at = store.answer("2025-02-27T00:00"), [(DAY, 2.0)]
    mirror = replace(older, endpoint="mirror")  # whatever place of the publisher it came from
    with pytest.raises(LoadError, match=r"farside.BTC.IBIT, .* older than a response already loaded"):
        store.vintages.load(mirror, Parsed([series_of("farside.BTC.IBIT", at, DAY)]), rule_of)
    assert [row[0] for row in store.rows()] == [1.0]
    # Another series of the same endpoint, or other days, are no matter.
    store.vintages.load(older, Parsed([series_of("farside.BTC.FBTC", at, DAY)]), rule_of)
    before = DAY - timedelta(days=9)
    store.load("2025-02-27T00:00", {before: 3.0}, covers_from=before, covers_to=before)


def test_two_answers_of_one_instant_may_not_differ(store: Store) -> None:
    store.load("2025-02-28T00:00", {DAY: 1.0})
    store.load("2025-03-01T00:00", {DAY: 2.0})
    store.load("2025-03-01T00:00", {DAY: 2.0})
    with pytest.raises(LoadError, match="date 2025-02-25, field value: an answer of the same instant, 2025-03-01"):
        store.load("2025-03-01T00:00", {DAY: 3.0})
    assert [row[0] for row in store.rows()] == [1.0, 2.0]


def test_a_rejection_counts_until_a_later_answer_makes_it_good(store: Store) -> None:
    def answer(fetched_at: str, **params: str) -> Landed:
        return replace(store.answer(fetched_at), params=params)

    def load(landed: Landed) -> None:
        store.vintages.load(landed, Parsed([series_of(f"farside.BTC.{landed.params['id']}", [], DAY)]), rule_of)

    store.vintages.set_aside(answer("2025-02-28T00:00", id="A"), "rejected", "A is bad")
    store.vintages.set_aside(answer("2025-02-28T00:00", id="B"), "rejected", "B is bad")
    load(answer("2025-02-27T00:00", id="A"))
    load(answer("2025-02-28T01:00", id="C"))
    assert store.vintages.rejections("farside") == ["A is bad", "B is bad"]
    load(answer("2025-02-28T02:00", id="A"))
    assert store.vintages.rejections("farside") == ["B is bad"]
    load(answer("2025-02-28T13:00", id="C"))
    assert store.vintages.rejections("farside") == []


def incident(name: str, loss: float | None, day: date = DAY) -> dict:
    return {"record_id": f"{day}|{name}", "observation_date": day, "name": name, "loss_usd": loss}


def load_incidents(store: Store, fetched_at: str, *rows: dict) -> LoadResult:
    return store.vintages.load(store.answer(fetched_at), Parsed(records={"hack_incidents": list(rows)}), rule_of)


def incidents(store: Store) -> list[tuple]:
    return store.db.execute(
        "select name, loss_usd, status, known_at, known_at_basis from raw.hack_incidents order by known_at, record_id"
    ).fetchall()


def test_an_incident_in_the_first_list_takes_the_schedule(store: Store) -> None:
    load_incidents(store, "2026-11-01T00:00", incident("Bybit", 1.4e9))
    assert incidents(store) == [("Bybit", 1.4e9, "listed", SCHEDULED, "schedule")]


def test_an_incident_added_late_is_known_when_it_was_added(store: Store) -> None:
    load_incidents(store, "2025-02-28T00:00", incident("Bybit", 1.4e9))
    load_incidents(store, "2025-03-09T00:00", incident("Bybit", 1.4e9), incident("Infini", 4.95e7))
    assert incidents(store)[1] == ("Infini", 4.95e7, "listed", datetime(2025, 3, 9), "capture")


def test_a_revised_loss_is_a_new_vintage_and_a_missing_incident_a_withdrawal(store: Store) -> None:
    others = [incident(f"other {n}", 1e6) for n in range(8)]
    load_incidents(store, "2025-02-28T00:00", incident("Bybit", 1.5e9), incident("Infini", 5e7), *others)
    assert load_incidents(store, "2025-03-01T00:00", incident("Bybit", 1.4e9), *others).changed == 2
    assert [(r[0], r[1], r[2]) for r in incidents(store)[-2:]] == [
        ("Bybit", 1.4e9, "listed"),
        (None, None, "withdrawn"),
    ]


def test_a_list_that_lost_a_fifth_is_a_cut_answer(store: Store) -> None:
    rows = [incident(f"hack {n}", 1e6) for n in range(10)]
    load_incidents(store, "2025-02-28T00:00", *rows)
    with pytest.raises(LoadError, match="7 records where 10 were listed"):
        load_incidents(store, "2025-03-01T00:00", *rows[:7])
    assert len(incidents(store)) == 10


def test_a_filing_is_known_when_it_was_filed(store: Store) -> None:
    fact = {
        "record_id": "1679788:Revenues:2024:x",
        "observation_date": date(2024, 12, 31),
        "cik": 1679788,
        "tag": "Revenues",
        "value_usd": 6564028000.0,
        "filed": date(2025, 2, 13),
    }
    store.vintages.load(store.answer("2026-11-01"), Parsed(records={"company_facts": [fact]}), rule_of)
    assert store.db.execute("select known_at, known_at_basis from raw.company_facts").fetchall() == [
        (datetime(2025, 2, 14, 12), "schedule")
    ]


def test_an_outcome_moves_the_mark_only_when_all_went_well(store: Store) -> None:
    store.vintages.set_outcome("farside", "ok", None, (date(2025, 2, 25), "a"))
    store.vintages.set_outcome("farside", "failed", "down", (date(2025, 2, 27), "b"))
    store.vintages.set_outcome("farside", "ok", None, None)
    assert store.db.execute("select * exclude (publisher) from raw.source_outcomes").fetchall() == [
        ("ok", None, date(2025, 2, 25), "a")
    ]


def test_a_dated_vintage_takes_the_place_of_a_guess_of_the_same_instant(store: Store) -> None:
    """Keyless first, a key later: the release's instant stands there twice, with different values."""
    store.load("2026-10-01T00:00", {DAY: 9.0})
    rule = SeriesRule(rule_of("x").scheduled_at, lambda day: SCHEDULED, -1000, 1000)
    store.vintages.load(store.answer("2026-11-01"), dated(("2025-02-26", 1.0)), lambda _: rule)
    assert [(r[0], r[2], r[3]) for r in store.rows()] == [
        (9.0, SCHEDULED, "schedule"),
        (1.0, SCHEDULED + timedelta(microseconds=1), "vintage"),
    ]


def test_a_change_under_a_used_date_is_known_when_fetched(store: Store) -> None:
    store.vintages.load(store.answer("2026-11-01"), dated(("2025-02-26", 1.0)), rule_of)
    store.vintages.load(store.answer("2026-11-02"), dated(("2025-02-26", 2.0)), rule_of)
    assert [(r[0], r[2], r[3]) for r in store.rows()] == [
        (1.0, datetime(2025, 2, 26, 21, 15), "vintage"),
        (2.0, datetime(2026, 11, 2), "capture"),
    ]


def test_calendars_of_another_library_are_made_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    installed = ["one"]

    def frame() -> pd.DataFrame:
        made.append(installed[0])
        calendars = {name: [True] for name in CALENDARS}
        return pd.DataFrame({"date": pd.to_datetime([DAY]), "iso_weekday": [1]} | calendars)

    monkeypatch.setattr(vintages, "calendar_frame", frame)
    monkeypatch.setattr(vintages, "calendar_edition", lambda: installed[0])
    for edition in ("one", "one", "two", "two"):
        installed[0] = edition
        store.vintages.ensure_calendar(DAY)
        assert store.db.execute("select count(*) from raw.market_calendar").fetchall() == [(1,)]
    assert made == ["one", "two"]
    with pytest.raises(CalendarError, match="update exchange-calendars"):
        store.vintages.ensure_calendar(DAY + timedelta(days=1))
