"""The home: one directory that holds a whole warehouse, either a sample's or a live one, never both."""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from warehouse.vintages import SCHEMA_VERSION

Kind = Literal["sample", "live"]
CHECKOUT = Path(__file__).resolve().parent.parent
SAMPLE_LANDING = Path(__file__).resolve().parent / "sample" / "landing"


class HomeError(Exception):
    """The home cannot be used as asked: wrong kind, no data, another run is at work."""


@dataclass(frozen=True)
class Home:
    """Paths of one home. `landing/` and `raw.duckdb` are kept for ever, `build/` is throwaway."""

    root: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """`DRIVERS_HOME`, by default `var/` in the checkout."""
        return cls(Path(os.environ.get("DRIVERS_HOME") or CHECKOUT / "var").resolve())

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def raw_db(self) -> Path:
        return self.root / "raw.duckdb"

    @property
    def build(self) -> Path:
        return self.root / "build"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def dagster(self) -> Path:
        return self.root / "dagster"

    @property
    def _marker(self) -> Path:
        return self.root / "home.json"

    def kind(self) -> Kind | None:
        """What this home is, or None before its first run. Raises HomeError for an unreadable marker."""
        if not self._marker.exists():
            return None
        try:
            kind: Kind = json.loads(self._marker.read_text())["kind"]
        except (ValueError, KeyError) as error:
            raise HomeError(
                f"{self._marker} is unreadable ({error}); restore it or use another DRIVERS_HOME"
            ) from error
        return kind

    def claim(self, kind: Kind) -> None:
        """Mark the home on its first run; afterwards refuse the other kind."""
        present = self.kind()
        if present is None:
            if self.raw_db.exists():
                raise HomeError(f"{self.root} holds raw.duckdb but no home.json; use another DRIVERS_HOME")
            self.root.mkdir(parents=True, exist_ok=True)
            _write(self._marker, {"kind": kind})
        elif present != kind:
            raise HomeError(
                f"{self.root} is a {present} home and cannot take a {kind} run: "
                f"set DRIVERS_HOME to another directory for {kind} data"
            )

    def edition(self) -> str | None:
        """Which edition of the sample archive this home holds."""
        return self._mark().get("sample_edition")

    def set_edition(self, edition: str) -> None:
        """Note the sample's edition, after its landing has been copied whole."""
        _write(self._marker, {"kind": "sample", "sample_edition": edition})

    def is_imported(self) -> bool:
        """Whether a landing was brought in from elsewhere: such a home is never made anew."""
        return self._mark().get("imported") == "yes"

    def mark_imported(self) -> None:
        """Note that a landing was brought in."""
        _write(self._marker, self._mark() | {"imported": "yes"})

    def is_filled(self) -> bool:
        """Whether a run has loaded the whole landing once."""
        return self._mark().get("filled") == "yes"

    def mark_filled(self) -> None:
        """Note that a run has loaded everything."""
        if not self.is_filled():
            _write(self._marker, self._mark() | {"filled": "yes"})

    def _mark(self) -> dict[str, str]:
        mark: dict[str, str] = json.loads(self._marker.read_text()) if self._marker.exists() else {}
        return mark

    def lock(self, wait_s: float) -> "RunLock":
        """The lock a run holds from its first write to its last."""
        self.root.mkdir(parents=True, exist_ok=True)
        return RunLock(self.root / "run.lock", wait_s)


def sample_edition(landing: Path = SAMPLE_LANDING) -> str:
    """Names a sample archive by its responses, whose ids follow from their content, and the store's schema."""
    names = sorted(path.relative_to(landing).as_posix() for path in landing.rglob("*.meta.json"))
    return hashlib.sha256("\n".join([SCHEMA_VERSION, *names]).encode()).hexdigest()[:16]


def _write(path: Path, content: dict[str, str]) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content) + "\n")
    os.replace(temporary, path)


class RunLock:
    """One run at a time. The operating system frees it when the process ends, however it ends."""

    def __init__(self, path: Path, wait_s: float) -> None:
        self._lock = FileLock(path, thread_local=False)
        self._holder = path.with_suffix(".json")
        self._wait_s = wait_s

    def __enter__(self) -> "RunLock":
        try:
            self._lock.acquire(timeout=self._wait_s)
        except Timeout:
            holder = self._holder.read_text().strip() if self._holder.exists() else "unknown"
            raise HomeError(f"another run is at work ({holder}); wait for it, or give --wait SECONDS") from None
        self._holder.write_text(
            json.dumps({"pid": os.getpid(), "started_at": datetime.now(UTC).isoformat(timespec="seconds")})
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()
