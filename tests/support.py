"""Helpers of the tests: recorded bodies, and landed responses made by hand."""

from datetime import datetime
from pathlib import Path

import pytest

from warehouse.landing import Landed

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def recorded(*parts: str) -> bytes:
    """A recorded response from shared/fixtures; the test is skipped where the folder is absent."""
    path = SHARED.joinpath("fixtures", *parts)
    if not path.is_file():
        pytest.skip(f"no recorded response {path.name}: shared/fixtures is not beside the checkout")
    return path.read_bytes()


def landed(publisher: str, endpoint: str, *, fetched_at: str = "2026-11-01T00:00:00", **params: str) -> Landed:
    """A landed response's description for a parser test; the body is passed apart."""
    return Landed(
        landing_id="0" * 16,
        publisher=publisher,
        endpoint=endpoint,
        url="http://127.0.0.1/",
        params=params,
        status=200,
        content_type="application/json",
        fetched_at=datetime.fromisoformat(fetched_at),
        sha256="0" * 64,
        path=f"{publisher}/{endpoint}/body",
    )
