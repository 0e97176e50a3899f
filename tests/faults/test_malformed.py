"""Malformed answers: what is wrong is named, nothing of the body is loaded, everything else is.

For every publisher of the sample one body is damaged in every way the design lists. All damaged bodies of a publisher
are landed side by side, in place of the good one, together with its other answers and those of a second publisher.
"""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.extraction import read_source
from orchestration.run import WarehouseRun
from orchestration.source import Source, discover
from tests.conftest import drivers
from warehouse.home import SAMPLE_LANDING, Home
from warehouse.landing import Landed, Landing
from warehouse.publishing import DATABASE
from warehouse.vintages import RECORD_TABLES, Vintages, open_raw

Damage = tuple[Callable[[str], str], str]  # what is done to the text, and the place the error must name


def swap(old: str, new: str) -> Callable[[str], str]:
    """Replace the first occurrence; a sample that lacks it would make a test that tests nothing."""

    def damage(text: str) -> str:
        assert old in text, f"the sample holds no {old!r}"
        return text.replace(old, new, 1)

    return damage


def twice(row: str, between: str = ",") -> Callable[[str], str]:
    return swap(row, f"{row}{between}{row}")


def cut(text: str) -> str:
    """Half a value short: the body ends inside its last row."""
    return text[: text.rstrip().rindex(",")]


@dataclass(frozen=True)
class Sample:
    """One body of the sample, and its damages. `unreadable` is how an error names the series of a body without rows."""

    publisher: str
    endpoint: str
    unreadable: str
    damages: dict[str, Damage]
    params: dict[str, str] = field(default_factory=dict)

    def all_damages(self) -> dict[str, Damage]:
        body = f"series {self.unreadable}, field body"
        return {
            "truncated": (cut, body),
            "html": (lambda _: "<!DOCTYPE html><html><body>Just a moment...</body></html>", body),
            "empty": (lambda _: "", body),
        } | self.damages

    def is_of(self, landed: Landed) -> bool:
        return landed.endpoint == self.endpoint and self.params.items() <= landed.params.items()


CANDLE = '[1704067200000,"42283.58","44184.1","42180.77","44179.55","27174.29903",1704153599999,null,null,null,null,null]'
SOUTHBOUND = '{"MUTUAL_TYPE":"006","TRADE_DATE":"2025-04-30 00:00:00","NET_DEAL_AMT":5636.81,"BUY_AMT":47519.13,"SELL_AMT":41882.32}'
CASH = '{"record_date":"2024-10-01","account_type":"Treasury General Account (TGA) Closing Balance","close_today_bal":"null","open_today_bal":"813994"}'
CONSUMPTION = (
    '{"indicator":{"id":"NE.CON.GOVT.CD","value":"General government final consumption expenditure (current US$)"},'
    '"country":{"id":"US","value":"United States"},"countryiso3code":"USA","date":"2022","value":3570077000000,'
    '"unit":"","obs_status":"","decimal":0}'
)
FUNDS_OF_APRIL_30 = "30 Apr 2025"

SAMPLES = [
    Sample(
        "binance",
        "klines",
        "BTCUSDT",
        {
            "renamed": (swap('[[17040672', '{"klines":[[17040672'), "series BTCUSDT, field body"),
            "short_row": (swap(CANDLE, CANDLE.replace(",null", "").replace(",1704153599999", "")), "series BTCUSDT, field kline"),
            "text": (swap('"44179.55"', '"n/a"'), "series BTCUSDT, date 2024-01-01, field close"),
            "duplicate": (twice(CANDLE), "series binance.BTCUSDT.open, date 2024-01-01, field date"),
        },
        {"symbol": "BTCUSDT"},
    ),
]
