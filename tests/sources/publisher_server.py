"""A publisher on 127.0.0.1: tests of what a source's `fetch` asks, in which order, and when it stops."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from orchestration.http import Fetcher
from orchestration.parsing import ParseError
from orchestration.source import Source
from warehouse.landing import Landing
from warehouse.parsed import ParsedSeries


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; header names in lower case."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]


@dataclass
class Publisher:
    """The server's address and everything it was asked, in order."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


@contextmanager
def publisher(answer: Callable[[Asked], tuple[int, str]]) -> Iterator[Publisher]:
    """Serve `answer(asked) -> (status, body)` on a free port of 127.0.0.1 until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(split.path, dict(parse_qsl(split.query, keep_blank_values=True)), headers)
            served.asked.append(asked)
            status, text = answer(asked)
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Publisher(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fetcher(source: Source, root: Path) -> Fetcher:
    """An impatient Fetcher of the source that lands under `root`."""
    return Fetcher(source.publisher, Landing(root), gap_s=0.0, timeout_s=5.0, retries=0)


def loadable(source: Source, root: Path) -> dict[str, list[ParsedSeries]]:
    """What a loader gets out of the landing: series by id, of every landed answer that parses, oldest first."""
    landing = Landing(root)
    found: dict[str, list[ParsedSeries]] = {}
    for landed in landing.pending(source.publisher, set()):
        try:
            parsed = source.parse(landed, landing.body(landed))
        except ParseError:
            continue
        for series in parsed.series:
            found.setdefault(series.series_id, []).append(series)
    return found
