"""What a source is: a publisher's name, how to fetch it, how to parse what was landed.

A publisher's folder under `defs/sources/` defines one `Source` and hands it to `source_asset`; nothing else has to be
told about it.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from orchestration.http import Fetcher
from warehouse.landing import Landed
from warehouse.parsed import Parsed


@dataclass(frozen=True)
class Window:
    """The observation dates a live fetch asks for, both ends included; `start` reaches back over the re-read window."""

    start: date
    end: date


@dataclass(frozen=True)
class Source:
    """One publisher.

    `fetch` asks for a window and lands every answer through the Fetcher it is given. `parse` is pure. `reread_days` is
    how far back of the last complete run a live run asks again, for late and corrected figures. `first_date` is where
    a new home starts. `gap_s` is the least time between two requests to the publisher; `retries` and `backoff_s` (the
    first pause, doubled each time) are how a request that found nobody, or "later", is tried again. `timeout_s` is the
    limit of each silence, `deadline_s` of one request with all its tries. `second_user_agent` is the name under which
    a request that found nobody is tried once more, for publishers that hang up on some clients.
    """

    publisher: str
    title: str
    fetch: Callable[[Fetcher, Window], None]
    parse: Callable[[Landed, bytes], Parsed]
    reread_days: int
    first_date: date = date(2022, 1, 1)
    gap_s: float = 1.0
    timeout_s: float = 30.0
    deadline_s: float = 120.0
    retries: int = 3
    backoff_s: float = 1.0
    second_user_agent: str | None = None


def discover(package: str = "orchestration.defs.sources") -> dict[str, Source]:
    """Every publisher by name: each folder of the package whose `source.py` defines SOURCE. Nothing is registered."""
    folder = importlib.import_module(package)
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__) if module.ispkg)
    sources = [importlib.import_module(f"{package}.{name}.source").SOURCE for name in names]
    return {source.publisher: source for source in sources}
