"""The one HTTP client: honest, patient, and silent about secrets.

A host is asked no faster than its gap. Network failures, 429 and passing 5xx are tried again with a growing pause
(Retry-After honoured), never beyond the deadline of the request. Where a publisher is known to hang up on some clients,
a try that found nobody is followed by one under a second name. The answer that ends a request, good or bad, is
landed before anyone reads it. Secrets are passed apart from the parameters and appear in no landing, log or error: an
answer that repeats one is landed with the secret replaced, which is the only change ever made to a body.
"""

import html
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, quote_plus, urlencode

import requests
from urllib3.exceptions import HTTPError as Urllib3Error

from orchestration.parsing import ParseError
from warehouse.landing import Landed, Landing

log = logging.getLogger("drivers.http")

USER_AGENT = "correction-drivers/0.1 (research; python-requests)"
_RETRIED = (429, 500, 502, 503, 504)
_PASSING = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError, Urllib3Error)
_MEANING = {402: "the source is gone behind a paywall; what was landed before stays"}
_ESCAPES: tuple[Callable[[str], str], ...] = (
    quote_plus,
    lambda text: quote(text, safe=""),
    lambda text: json.dumps(text)[1:-1],
    lambda text: text.replace("/", "\\/"),
    html.escape,
    lambda text: repr(text)[1:-1],
)
_LONGEST_BACKOFF_S = 30.0
_GIVE_UP_AFTER = 3


class FetchError(Exception):
    """A publisher that could not be read: names publisher, endpoint and what happened; never holds a secret.

    `status` is the HTTP status, None when there was no answer at all.
    """

    def __init__(self, publisher: str, endpoint: str, message: str, status: int | None = None) -> None:
        self.publisher = publisher
        self.endpoint = endpoint
        self.message = message
        self.status = status
        super().__init__(f"{publisher}, endpoint {endpoint}: {message}")


@dataclass(frozen=True)
class _Request:
    """One GET as it goes over the wire, secrets included; never logged, never landed."""

    url: str
    query: dict[str, str] = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    follow_redirects: bool

    def under(self, user_agent: str) -> "_Request":
        """The same request under another name, also where the caller has named one."""
        return replace(self, headers=self.headers | {"User-Agent": user_agent})


@dataclass(frozen=True)
class _Answer:
    status: int
    content_type: str
    retry_after: str | None
    body: bytes


@dataclass
class Fetcher:
    """Asks one publisher, landing every answer.

    `gap_s` is the least time between two requests, tries included. `timeout_s` is the limit for connecting and for
    each silence while reading; `deadline_s` the limit for one `get` with all its tries (a body that drips is cut off).
    `second_user_agent` is for a publisher that hangs up on some clients: a request whose first try found nobody is
    tried once under that name, and so are all later requests once that has helped.
    """

    publisher: str
    landing: Landing
    gap_s: float = 1.0
    timeout_s: float = 30.0
    deadline_s: float = 120.0
    retries: int = 3
    backoff_s: float = 1.0
    user_agent: str = USER_AGENT
    second_user_agent: str | None = None
    _second_helped: bool = field(default=False, init=False)
    _last_request: float = field(default=-1e9, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _session: requests.Session = field(default_factory=requests.Session, init=False)

    def get(
        self,
        endpoint: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Landed:
        """GET, land the answer, return it.

        `secrets` are query parameters and `secret_headers` headers that are sent but never recorded; a request that
        carries one follows no redirect, so that it reaches no other host. Raises FetchError when no answer came in
        time, and for every status but 200 (after the body has been landed).
        """
        public = dict(params or {})
        secret_query = {name: value.strip() for name, value in (secrets or {}).items()}
        secret_head = {name: value.strip() for name, value in (secret_headers or {}).items()}
        hidden = [value for value in [*secret_query.values(), *secret_head.values()] if value]
        request = _Request(
            url,
            public | secret_query,
            {"User-Agent": self.user_agent} | dict(headers or {}) | secret_head,
            follow_redirects=not hidden,
        )
        answer, failure = None, ""
        try:
            answer = self._answer(endpoint, request)
        except (requests.RequestException, Urllib3Error, UnicodeError) as error:
            failure = redact(without_queries(f"{type(error).__name__}: {error}"), hidden)
        if answer is None:
            # Raised out here so that the error below, whose request holds the key, is not chained to it.
            raise FetchError(self.publisher, endpoint, failure)
        landed = self.landing.land(
            publisher=self.publisher,
            endpoint=endpoint,
            url=redact(f"{url}?{urlencode(public)}" if public else url, hidden),
            params={name: redact(value, hidden) for name, value in public.items()},
            status=answer.status,
            content_type=redact(answer.content_type, hidden),
            fetched_at=datetime.now(UTC).replace(tzinfo=None),
            body=self._without_secrets(endpoint, answer.body, hidden),
        )
        log.info("%s %s: %s, %d bytes", self.publisher, endpoint, answer.status, len(answer.body))
        if answer.status != 200:
            raise FetchError(self.publisher, endpoint, _refusal(answer, landed, hidden), answer.status)
        return landed

    def _answer(self, endpoint: str, request: _Request) -> _Answer:
        """The first answer that is not a passing trouble, or the last one that time and tries allow."""
        self._wait()
        deadline = time.monotonic() + self.deadline_s
        unheard = False
        for attempt in range(self.retries + 1):
            answer: _Answer | None = None
            trouble: Exception | None = None
            second = self.second_user_agent if self._second_helped or (attempt == 1 and unheard) else None
            try:
                answer = self._ask(request if second is None else request.under(second), deadline)
                self._second_helped = self._second_helped or second is not None
                reason = f"HTTP {answer.status}"
            except _PASSING as error:
                trouble, reason = error, type(error).__name__
                unheard = True
            if answer is not None and answer.status not in _RETRIED:
                return answer
            pause = min(self.backoff_s * 2**attempt, _LONGEST_BACKOFF_S)
            if answer is not None and answer.retry_after is not None:
                asked = _seconds(answer.retry_after)
                pause = pause if asked is None else asked
            if attempt == self.retries or time.monotonic() + pause >= deadline:
                break
            log.info("%s %s: %s, trying again in %.1f s", self.publisher, endpoint, reason, pause)
            time.sleep(pause)
            self._wait()
        if trouble is not None:
            raise trouble
        assert answer is not None
        return answer

    def _ask(self, request: _Request, deadline: float) -> _Answer:
        started = time.monotonic()
        response = self._session.get(
            request.url,
            params=request.query,
            headers=request.headers,
            timeout=max(min(self.timeout_s, deadline - started), 0.001),
            stream=True,
            allow_redirects=request.follow_redirects,
        )
        chunks = []
        with response:
            # read1 hands over whatever has arrived; a plain read would sit until its buffer is full, however slowly.
            while chunk := response.raw.read1(65536, decode_content=True):
                chunks.append(chunk)
                if time.monotonic() > deadline:
                    raise requests.Timeout(f"no complete answer within {self.deadline_s:g} s")
        headers = response.headers
        return _Answer(
            response.status_code, headers.get("Content-Type", ""), headers.get("Retry-After"), b"".join(chunks)
        )

    def _wait(self) -> None:
        with self._lock:
            pause = self._last_request + self.gap_s - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            self._last_request = time.monotonic()

    def _without_secrets(self, endpoint: str, body: bytes, hidden: list[str]) -> bytes:
        clean = body
        for spelling in _spellings(hidden):
            clean = clean.replace(spelling.encode(), b"***")
        if clean != body:
            log.warning("%s %s: the answer repeats a secret, which is landed as ***", self.publisher, endpoint)
        return clean


def fetch_each(publisher: str, tasks: Mapping[str, Callable[[], object]]) -> None:
    """Run every task (name to function); one that fails does not stop the others.

    Raises one FetchError at the end that lists the failures. When three tasks in a row got no answer, or only "later",
    the publisher is down: the rest is listed as not asked, so that a run does not wait for as many deadlines.
    """
    failures: dict[str, str] = {}
    unanswered = 0
    for name, task in tasks.items():
        if unanswered == _GIVE_UP_AFTER:
            failures[name] = "not asked, the publisher is down"
            continue
        answered = True
        try:
            task()
        except FetchError as error:
            failures[name], answered = error.message, error.status is not None and error.status not in _RETRIED
        except ParseError as error:
            failures[name] = str(error)
        unanswered = 0 if answered else unanswered + 1
    if failures:
        listed = "; ".join(f"{name}: {reason}" for name, reason in failures.items())
        raise FetchError(publisher, ", ".join(failures), f"{len(failures)} of {len(tasks)} failed. {listed}")


def redact(text: str, secrets: list[str]) -> str:
    """`text` with every secret replaced, however it is spelled."""
    for spelling in _spellings(secrets):
        text = text.replace(spelling, "***")
    return text


def without_queries(text: str) -> str:
    """`text` with the query of every URL cut: keys travel there, and no message needs it."""
    return re.sub(r"\?[^\s'\")>]*", "?...", text)


def _spellings(secrets: list[str]) -> list[str]:
    """Every form in which a secret may come back: plain, without `Bearer `, escaped for URLs, JSON, HTML, Python.

    Longest first, so that no form leaves a piece of a longer one behind.
    """
    plain = {form for secret in secrets for form in (secret, secret.rsplit(" ", 1)[-1]) if form}
    escaped = {escape(form) for form in plain for escape in _ESCAPES}
    return sorted(plain | escaped, key=lambda form: (-len(form), form))


def _refusal(answer: _Answer, landed: Landed, hidden: list[str]) -> str:
    """What a status other than 200 says, for people."""
    meaning = f" ({_MEANING[answer.status]})" if answer.status in _MEANING else ""
    wait = f", Retry-After {redact(answer.retry_after, hidden)}" if answer.retry_after else ""
    # Redacted before it is cut: half a key at the end of a snippet is still half a key.
    text = redact(answer.body.decode("utf-8", "replace"), hidden)
    snippet = " ".join(text[:200].split())
    return f"HTTP {answer.status}{meaning}{wait}: {snippet!r} (body kept in {landed.path})"


def _seconds(retry_after: str) -> float | None:
    """The pause a Retry-After header asks for (seconds or a date), None when it cannot be read."""
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max((until - datetime.now(UTC)).total_seconds(), 0.0) if until.tzinfo else None


def _cut_queries(record: logging.LogRecord) -> bool:
    record.msg, record.args = without_queries(record.getMessage()), ()
    return True


# urllib3 writes whole URLs to its own loggers, keys included; an application that turns them on must not see keys.
for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.poolmanager", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_cut_queries)
