"""The landing: every response a publisher ever gave us, untouched, dated and hashed.

Belongs here: writing, listing and reading landed responses. Does not belong here: what the bytes mean
(`orchestration/defs/sources`), and when a value became known (`warehouse/clocks.py`).

One response is two files, `<publisher>/<endpoint>/<day>/<fetched_at>_<landing_id>.<ext>` and the same name with
`.meta.json`. The meta file is written last: a body without it was never landed.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

_STAMP = "%Y%m%dT%H%M%S%fZ"
_EXTENSIONS = {"application/json": "json", "text/csv": "csv", "text/html": "html", "text/plain": "txt"}


class LandingError(Exception):
    """A landed response that cannot be trusted: hash mismatch, missing body, unreadable meta file."""


@dataclass(frozen=True)
class Landed:
    """One landed response.

    `url` and `params` are as asked, secrets removed. `fetched_at` is UTC without time zone, the instant the body was
    complete. `path` is the body's path relative to the landing's root. `landing_id` follows from the content:
    the same response landed twice has the same id.
    """

    landing_id: str
    publisher: str
    endpoint: str
    url: str
    params: dict[str, str]
    status: int
    content_type: str
    fetched_at: datetime
    sha256: str
    path: str


class Landing:
    """A directory of landed responses. Immutable: nothing here rewrites or deletes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def land(
        self,
        *,
        publisher: str,
        endpoint: str,
        url: str,
        params: dict[str, str],
        status: int,
        content_type: str,
        fetched_at: datetime,
        body: bytes,
    ) -> Landed:
        """Write one response and return it. `url` and `params` must already be free of secrets."""
        if fetched_at.tzinfo is not None:
            raise LandingError(f"{publisher}/{endpoint}: fetched_at must be UTC without time zone")
        sha256 = hashlib.sha256(body).hexdigest()
        stamp = fetched_at.strftime(_STAMP)
        identity = json.dumps([publisher, endpoint, url, params, status, stamp, sha256], sort_keys=True)
        landing_id = hashlib.sha256(identity.encode()).hexdigest()[:16]
        extension = _EXTENSIONS.get(content_type.split(";", maxsplit=1)[0].strip().lower(), "bin")
        folder = Path(publisher, endpoint, fetched_at.strftime("%Y-%m-%d"))
        path = folder / f"{stamp}_{landing_id}.{extension}"
        landed = Landed(
            landing_id, publisher, endpoint, url, params, status, content_type, fetched_at, sha256, path.as_posix()
        )
        (self.root / folder).mkdir(parents=True, exist_ok=True)
        _write_atomically(self.root / path, body)
        meta = asdict(landed) | {"fetched_at": fetched_at.isoformat(timespec="microseconds") + "Z"}
        _write_atomically(_meta_path(self.root / path), json.dumps(meta, indent=1, sort_keys=True).encode())
        return landed

    def landing_ids(self, publisher: str) -> Iterator[tuple[str, Path]]:
        """(landing_id, meta file) of every landed response of one publisher; reads names only, so it stays fast."""
        for meta in sorted((self.root / publisher).glob("*/*/*.meta.json")):
            yield meta.name.removesuffix(".meta.json").rsplit("_", 1)[1].split(".")[0], meta

    def publishers(self) -> list[str]:
        """Publishers with at least one landed response."""
        return sorted(p.name for p in self.root.iterdir() if p.is_dir()) if self.root.is_dir() else []

    def pending(self, publisher: str, seen: set[str]) -> list[Landed]:
        """Responses of one publisher whose id is not in `seen`, oldest first."""
        found = [self._read_meta(meta) for landing_id, meta in self.landing_ids(publisher) if landing_id not in seen]
        return sorted(found, key=lambda landed: (landed.fetched_at, landed.landing_id))

    def body(self, landed: Landed) -> bytes:
        """The untouched body, checked against its hash. Raises LandingError when it is gone or was changed."""
        try:
            body = (self.root / landed.path).read_bytes()
        except OSError as error:
            raise LandingError(f"{_place(landed)}: landed body {landed.path} cannot be read: {error}") from error
        if hashlib.sha256(body).hexdigest() != landed.sha256:
            raise LandingError(f"{_place(landed)}: landed body {landed.path} does not have its recorded sha256")
        return body

    def _read_meta(self, meta: Path) -> Landed:
        try:
            fields = json.loads(meta.read_bytes())
            fields["fetched_at"] = datetime.fromisoformat(fields["fetched_at"].removesuffix("Z"))
            return Landed(**fields)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LandingError(f"landing: {meta} is not a readable meta file: {error}") from error


def _place(landed: Landed) -> str:
    return f"{landed.publisher}, series {landed.endpoint}, date {landed.fetched_at}, field body"


def _meta_path(body: Path) -> Path:
    return body.with_name(body.name.rsplit(".", 1)[0] + ".meta.json")


def _write_atomically(path: Path, content: bytes) -> None:
    """Write beside, flush to disk, rename: a reader sees the whole file or none."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(temporary, path)
