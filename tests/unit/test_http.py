"""The HTTP client against a server on this machine: patience, manners, and that no secret gets out."""

import gzip
import io
import json
import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest

from orchestration.http import Fetcher, FetchError, fetch_each, redact, without_queries
from orchestration.parsing import ParseError
from orchestration.run import _fetch
from orchestration.source import Source, Window
from warehouse.landing import Landing
from warehouse.parsed import Parsed

SECRET = "k3y/with+odd=chars&0123456789abcdef"
Reply = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answers the requests one after the other with `replies`, the last one for ever; notes what was asked."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.asked: list[tuple[float, str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append((time.monotonic(), self.path, dict(self.headers)))
                outer.replies[min(len(outer.asked), len(outer.replies)) - 1](self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/data"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def say(status: int, body: bytes = b"{}", **headers: str) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def drip(pause_s: float, *, chunked: bool) -> Reply:
    """One byte at a time, always sooner than the read timeout."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", "100000")))
        handler.end_headers()
        try:
            for _ in range(200):
                handler.wfile.write(b"1\r\nx\r\n" if chunked else b"x")
                time.sleep(pause_s)
        except OSError:
            pass

    return reply


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(2)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Resets the connection without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    """Promises 1,000 bytes, sends ten and hangs up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"0123456789")
    handler.close_connection = True


def echo(status: int) -> Reply:
    """Repeats query and headers, as a debugging proxy or a careless error page would."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        given = {key: values[0] for key, values in parse_qs(urlsplit(handler.path).query).items()}
        body = json.dumps({"path": handler.path, "given": given, "headers": dict(handler.headers)}).encode()
        say(status, body)(handler)

    return reply


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def fetcher(landing: Landing, **settings: float | str) -> Fetcher:
    return Fetcher("acme", landing, **({"gap_s": 0.0, "backoff_s": 0.01, "timeout_s": 5.0} | settings))  # type: ignore[arg-type]


def landed_bytes(landing: Landing) -> bytes:
    """Everything the landing holds, names included."""
    files = [path for path in landing.root.rglob("*") if path.is_file()]
    assert files
    return b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in files)


def leaks(text: str | bytes) -> list[str]:
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    forms = {SECRET, quote_plus(SECRET), quote_plus(SECRET).lower(), json.dumps(SECRET)[1:-1], SECRET.split("/")[1]}
    return [form for form in forms if form in text]


# Answers


def test_a_good_answer_is_landed_as_it_came(server: Server, landing: Landing) -> None:
    server.replies = [say(200, b'{"price": 1.50}\n')]
    landed = fetcher(landing).get("prices", server.url, params={"symbol": "BTC"})
    assert landing.body(landed) == b'{"price": 1.50}\n'
    assert (landed.status, landed.params, landed.url) == (200, {"symbol": "BTC"}, f"{server.url}?symbol=BTC")
    assert landing.pending("acme", set()) == [landed]


def test_a_compressed_body_is_landed_unpacked(server: Server, landing: Landing) -> None:
    text = b"observation_date,GDP\n" * 20_000
    server.replies = [say(200, gzip.compress(text), Content_Encoding="gzip")]
    assert landing.body(fetcher(landing).get("csv", server.url)) == text


def test_an_empty_body_is_an_answer(server: Server, landing: Landing) -> None:
    server.replies = [say(200, b"")]
    assert landing.body(fetcher(landing).get("csv", server.url)) == b""


def test_the_user_agent_is_ours_unless_the_caller_names_another(server: Server, landing: Landing) -> None:
    server.replies = [say(200)]
    client = fetcher(landing)
    client.get("a", server.url)
    client.get("a", server.url, headers={"User-Agent": "someone@example.org"})
    assert server.asked[0][2]["User-Agent"].startswith("correction-drivers/")
    assert server.asked[1][2]["User-Agent"] == "someone@example.org"


@pytest.mark.parametrize("status", [400, 402, 403, 404, 451, 204])
def test_every_status_but_200_is_landed_and_raised_at_once(server: Server, landing: Landing, status: int) -> None:
    server.replies = [say(status, b"" if status == 204 else b"<html>go away</html>", Content_Type="text/html")]
    with pytest.raises(FetchError) as caught:
        fetcher(landing).get("prices", server.url)
    assert str(caught.value).startswith(f"acme, endpoint prices: HTTP {status}")
    assert caught.value.status == status
    assert len(server.asked) == 1
    (kept,) = landing.pending("acme", set())
    assert kept.status == status
    assert kept.path in str(caught.value)
    assert landing.body(kept) == (b"" if status == 204 else b"<html>go away</html>")


def test_payment_required_says_that_the_source_is_gone(server: Server, landing: Landing) -> None:
    server.replies = [say(402, b'"upgrade"')]
    with pytest.raises(FetchError, match="gone behind a paywall"):
        fetcher(landing).get("hacks", server.url)


# Patience


def test_a_run_asks_with_the_patience_of_the_source(landing: Landing) -> None:
    asked: list[Fetcher] = []
    source = Source(
        "acme",
        "Acme",
        fetch=lambda fetcher, _window: asked.append(fetcher),
        parse=lambda _landed, _body: Parsed(),
        reread_days=0,
        gap_s=2.5,
        timeout_s=45.0,
        deadline_s=75.0,
        retries=1,
        backoff_s=20.0,
        second_user_agent="plain/1",
    )
    _fetch(source, landing, Window(date(2025, 1, 1), date(2025, 1, 31)))
    (fetcher,) = asked
    assert (fetcher.publisher, fetcher.gap_s, fetcher.timeout_s) == ("acme", 2.5, 45.0)
    assert (fetcher.retries, fetcher.backoff_s) == (1, 20.0)
    assert (fetcher.deadline_s, fetcher.second_user_agent) == (75.0, "plain/1")


def test_429_is_asked_again_after_the_time_it_names(server: Server, landing: Landing) -> None:
    server.replies = [say(429, b"slow down", Retry_After="1"), say(200, b"[1]")]
    landed = fetcher(landing).get("prices", server.url)
    assert landing.body(landed) == b"[1]"
    assert server.asked[1][0] - server.asked[0][0] >= 0.99


def test_retry_after_may_be_a_date(server: Server, landing: Landing) -> None:
    server.replies = [say(429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), say(200, b"[1]")]
    started = time.monotonic()
    fetcher(landing, backoff_s=20).get("prices", server.url)
    assert time.monotonic() - started < 2, "a date in the past means now, not the usual pause"


def test_an_unreadable_retry_after_is_ignored(server: Server, landing: Landing) -> None:
    server.replies = [say(429, Retry_After="soon"), say(200, b"[1]")]
    assert fetcher(landing).get("prices", server.url).status == 200


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_passing_server_errors_are_asked_again(server: Server, landing: Landing, status: int) -> None:
    server.replies = [say(status), say(status), say(200, b"[1]")]
    landed = fetcher(landing).get("prices", server.url)
    assert landing.body(landed) == b"[1]"
    assert landing.pending("acme", set()) == [landed], "only the answer that ends the request is landed"


def test_it_gives_up_after_the_last_try_and_keeps_the_answer(server: Server, landing: Landing) -> None:
    server.replies = [say(503, b"down")]
    with pytest.raises(FetchError, match=r"^acme, endpoint prices: HTTP 503: 'down'") as caught:
        fetcher(landing, retries=2).get("prices", server.url)
    assert len(server.asked) == 3
    assert caught.value.status == 503
    assert [landing.body(kept) for kept in landing.pending("acme", set())] == [b"down"]


def test_a_wait_beyond_the_deadline_is_not_waited(server: Server, landing: Landing) -> None:
    server.replies = [say(429, b"tomorrow", Retry_After="86400")]
    started = time.monotonic()
    with pytest.raises(FetchError, match="HTTP 429, Retry-After 86400"):
        fetcher(landing, deadline_s=3).get("prices", server.url)
    assert time.monotonic() - started < 1
    assert len(server.asked) == 1, "asking earlier than asked to would be rude"


def test_a_silent_server_times_out(server: Server, landing: Landing) -> None:
    server.replies = [hang]
    with pytest.raises(FetchError, match=r"^acme, endpoint prices: .*[Tt]imed? ?out") as caught:
        fetcher(landing, timeout_s=0.1, retries=1).get("prices", server.url)
    assert caught.value.status is None
    assert len(server.asked) == 2
    assert not landing.pending("acme", set())


def test_the_deadline_holds_over_all_tries(server: Server, landing: Landing) -> None:
    server.replies = [hang]
    started = time.monotonic()
    with pytest.raises(FetchError):
        fetcher(landing, timeout_s=0.2, deadline_s=0.5, retries=50).get("prices", server.url)
    assert time.monotonic() - started < 1.2


def test_the_deadline_bounds_a_single_silent_try(server: Server, landing: Landing) -> None:
    server.replies = [hang]
    started = time.monotonic()
    with pytest.raises(FetchError):
        fetcher(landing, timeout_s=30, deadline_s=0.3).get("prices", server.url)
    assert time.monotonic() - started < 1.2


def picky(served: str) -> Reply:
    """A host that leaves every client but one hanging."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        (say(200) if handler.headers["User-Agent"] == served else hang)(handler)

    return reply


def agents(server: Server) -> list[str]:
    """Under which names the requests came, in order; our own as `ours`."""
    return ["ours" if h["User-Agent"].startswith("correction-drivers/") else h["User-Agent"] for *_, h in server.asked]


@pytest.mark.parametrize("nobody", [hang, hang_up])
def test_a_try_that_found_nobody_is_followed_by_one_under_the_second_name(
    server: Server, landing: Landing, nobody: Reply
) -> None:
    server.replies = [nobody]
    with pytest.raises(FetchError):
        fetcher(landing, timeout_s=0.1, second_user_agent="plain/1").get("prices", server.url)
    assert agents(server) == ["ours", "plain/1", "ours", "ours"], "one try under it, not all that follow"


def test_the_second_name_goes_before_the_one_the_caller_gave(server: Server, landing: Landing) -> None:
    server.replies = [picky("plain/1")]
    client = fetcher(landing, timeout_s=0.1, second_user_agent="plain/1")
    client.get("prices", server.url, headers={"User-Agent": "named/2"})
    assert agents(server) == ["named/2", "plain/1"]


def test_a_second_name_that_helped_is_kept(server: Server, landing: Landing) -> None:
    """Seventy series that are left hanging one after the other would take half an hour."""
    server.replies = [picky("plain/1")]
    client = fetcher(landing, timeout_s=0.1, second_user_agent="plain/1")
    client.get("prices", server.url)
    client.get("prices", server.url)
    assert agents(server) == ["ours", "plain/1", "plain/1"]


def test_an_answer_is_no_reason_for_the_second_name(server: Server, landing: Landing) -> None:
    server.replies = [say(502), say(200)]
    fetcher(landing, second_user_agent="plain/1").get("prices", server.url)
    assert agents(server) == ["ours", "ours"]


def test_without_a_second_name_every_try_goes_under_ours(server: Server, landing: Landing) -> None:
    server.replies = [hang_up, say(200)]
    fetcher(landing).get("prices", server.url)
    assert agents(server) == ["ours", "ours"]


def test_the_deadline_holds_over_both_names(server: Server, landing: Landing) -> None:
    server.replies = [hang]
    started = time.monotonic()
    with pytest.raises(FetchError):
        fetcher(landing, timeout_s=0.25, deadline_s=0.6, second_user_agent="plain/1").get("prices", server.url)
    assert 0.5 < time.monotonic() - started < 1.2
    assert agents(server)[:2] == ["ours", "plain/1"]


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_that_drips_is_cut_at_the_deadline(server: Server, landing: Landing, chunked: bool) -> None:
    server.replies = [drip(0.05, chunked=chunked)]
    started = time.monotonic()
    with pytest.raises(FetchError, match=r"acme, endpoint prices: .*no complete answer within 0\.4 s"):
        fetcher(landing, deadline_s=0.4).get("prices", server.url)
    assert time.monotonic() - started < 1.5
    assert not landing.pending("acme", set())


def test_a_body_cut_short_is_not_an_answer(server: Server, landing: Landing) -> None:
    server.replies = [cut_off, say(200, b"whole")]
    client = fetcher(landing)
    assert landing.body(client.get("prices", server.url)) == b"whole"
    server.replies = [cut_off]
    with pytest.raises(FetchError, match="IncompleteRead"):
        client.get("prices", server.url)
    assert len(landing.pending("acme", set())) == 1


def test_a_refused_connection_names_publisher_and_endpoint(landing: Landing) -> None:
    with pytest.raises(FetchError, match=r"^acme, endpoint prices: ConnectionError") as caught:
        fetcher(landing, retries=1).get("prices", f"http://127.0.0.1:{_free_port()}/data")
    assert caught.value.status is None


def test_a_request_that_cannot_be_made_is_not_repeated(landing: Landing) -> None:
    started = time.monotonic()
    with pytest.raises(FetchError, match="acme, endpoint prices: "):
        fetcher(landing, backoff_s=30).get("prices", "http://")
    assert time.monotonic() - started < 1


# Manners


def test_the_gap_between_requests_is_kept(server: Server, landing: Landing) -> None:
    server.replies = [say(200), say(503), say(200)]
    client = fetcher(landing, gap_s=0.25)
    client.get("a", server.url)
    client.get("b", server.url)
    times = [asked for asked, _, _ in server.asked]
    assert len(times) == 3
    assert all(later - earlier >= 0.24 for earlier, later in pairwise(times)), "tries included"


def test_the_gap_is_kept_between_threads(server: Server, landing: Landing) -> None:
    server.replies = [say(200)]
    client = fetcher(landing, gap_s=0.15)
    threads = [threading.Thread(target=client.get, args=(name, server.url)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(asked for asked, _, _ in server.asked)
    assert all(later - earlier >= 0.13 for earlier, later in pairwise(times))


# Secrets


def keyed(client: Fetcher, url: str) -> None:
    client.get(
        "keyed",
        url,
        params={"series_id": "GDP"},
        secrets={"api_key": SECRET},
        secret_headers={"Authorization": f"Bearer {SECRET}"},
    )


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """All records of all loggers at their lowest level, with tracebacks, as a curious application would keep them."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    loggers = [logging.getLogger(name) for name in ("", "drivers", "urllib3", "urllib3.connectionpool", "requests")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def test_secrets_are_sent_and_not_recorded(server: Server, landing: Landing, everything_logged: io.StringIO) -> None:
    server.replies = [say(503), say(200, b'{"observations": []}')]
    keyed(fetcher(landing), server.url)
    _, path, headers = server.asked[0]
    assert parse_qs(urlsplit(path).query) == {"series_id": ["GDP"], "api_key": [SECRET]}
    assert headers["Authorization"] == f"Bearer {SECRET}"
    logged = everything_logged.getvalue()
    assert "GET /data?..." in logged, "urllib3's own records were heard, or this test proves nothing"
    assert "trying again" in logged
    assert not leaks(logged)
    assert not leaks(landed_bytes(landing))
    (landed,) = landing.pending("acme", set())
    assert landed.params == {"series_id": "GDP"}


@pytest.mark.parametrize("status", [200, 400, 503])
def test_an_answer_that_repeats_the_key_is_landed_without_it(
    server: Server, landing: Landing, everything_logged: io.StringIO, status: int
) -> None:
    server.replies = [echo(status)]
    client = fetcher(landing, retries=1)
    if status == 200:
        keyed(client, server.url)
    else:
        with pytest.raises(FetchError) as caught:
            keyed(client, server.url)
        assert not leaks(str(caught.value))
    assert not leaks(landed_bytes(landing))
    assert not leaks(everything_logged.getvalue())
    assert "the answer repeats a secret" in everything_logged.getvalue()
    (landed,) = landing.pending("acme", set())
    body = json.loads(landing.body(landed))
    assert body["given"] == {"series_id": "GDP", "api_key": "***"}, "nothing else of the body is changed"


def test_half_a_key_at_the_end_of_a_snippet_is_not_shown(server: Server, landing: Landing) -> None:
    server.replies = [say(400, b"x" * 185 + SECRET.encode())]
    with pytest.raises(FetchError) as caught:
        keyed(fetcher(landing), server.url)
    assert SECRET[:12] not in str(caught.value)


@pytest.mark.parametrize("reply", [hang, cut_off, None])
def test_no_error_of_the_connection_holds_a_secret(
    server: Server, landing: Landing, everything_logged: io.StringIO, reply: Reply | None
) -> None:
    url = server.url if reply else f"http://127.0.0.1:{_free_port()}/data"
    server.replies = [reply or hang]
    with pytest.raises(FetchError) as caught:
        keyed(fetcher(landing, timeout_s=0.1, retries=1), url)
    error = caught.value
    assert error.__cause__ is None and error.__context__ is None, "a chained error would carry the whole request"
    assert not leaks("".join(traceback.format_exception(error)))
    assert not leaks(repr(error.__dict__))
    assert not leaks(everything_logged.getvalue())


@pytest.mark.parametrize("key", ["abcdef0123456789\n", " abcdef0123456789"])
def test_a_key_read_with_its_line_end_is_trimmed(server: Server, landing: Landing, key: str) -> None:
    server.replies = [say(200)]
    fetcher(landing).get("keyed", server.url, secrets={"api_key": key}, secret_headers={"X-Key": key})
    assert server.asked[0][1].endswith("?api_key=abcdef0123456789")
    assert server.asked[0][2]["X-Key"] == "abcdef0123456789"


@pytest.mark.parametrize("key", ["abcdef\n0123456789", "abcdef\u20260123456789"])
def test_a_key_that_no_header_can_carry_is_not_shown(server: Server, landing: Landing, key: str) -> None:
    server.replies = [say(200)]
    with pytest.raises(FetchError) as caught:
        fetcher(landing).get("keyed", server.url, secret_headers={"X-Key": key})
    assert "0123456789" not in "".join(traceback.format_exception(caught.value))


def test_a_request_with_a_secret_follows_no_redirect(server: Server, landing: Landing) -> None:
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.replies = [say(302, b"moved", Location=elsewhere)]
    with pytest.raises(FetchError, match="HTTP 302"):
        keyed(fetcher(landing), server.url)
    assert len(server.asked) == 1


def test_a_request_without_a_secret_follows_redirects(server: Server, landing: Landing) -> None:
    server.replies = [say(302, b"moved", Location="/other"), say(200, b"found")]
    assert landing.body(fetcher(landing).get("open", server.url)) == b"found"


def test_a_secret_that_also_stands_among_the_parameters_is_not_landed(server: Server, landing: Landing) -> None:
    server.replies = [say(200, b"[]")]
    fetcher(landing).get("keyed", server.url, params={"token": SECRET}, secrets={"api_key": SECRET})
    assert not leaks(landed_bytes(landing))


def test_redact_knows_the_forms_in_which_a_key_comes_back() -> None:
    text = f"{SECRET} {quote_plus(SECRET)} {json.dumps(SECRET)} {SECRET.replace('/', chr(92) + '/')} Bearer {SECRET}"
    assert redact(text, [f"Bearer {SECRET}"]) == '*** *** "***" *** ***'
    assert redact("abc abcdef", ["abc", "abcdef"]) == "*** ***", "the longer one goes first"
    assert redact("unchanged", [""]) == "unchanged"


def test_queries_are_cut_out_of_messages() -> None:
    assert without_queries("url: /a/b?api_key=1&x=2 (Caused by 'x?y=1')") == "url: /a/b?... (Caused by 'x?...')"


# Several requests


def _failing(error: Exception) -> Callable[[], None]:
    def task() -> None:
        raise error

    return task


def test_one_failure_does_not_stop_the_others() -> None:
    done: list[str] = []
    tasks = {
        "GDP": lambda: done.append("GDP"),
        "GONE": _failing(FetchError("acme", "csv", "HTTP 404: 'nothing here'", 404)),
        "ODD": _failing(ParseError("acme", "no such page", series="ODD")),
        "CPI": lambda: done.append("CPI"),
    }
    with pytest.raises(FetchError) as caught:
        fetch_each("acme", tasks)
    assert done == ["GDP", "CPI"]
    assert str(caught.value) == (
        "acme, endpoint GONE, ODD: 2 of 4 failed. GONE: HTTP 404: 'nothing here'; ODD: acme, series ODD: no such page"
    )


def test_no_failure_raises_nothing() -> None:
    fetch_each("acme", {"a": lambda: None})


@pytest.mark.parametrize("status", [None, 429, 503])
def test_a_publisher_that_is_down_is_not_asked_for_every_series(status: int | None) -> None:
    asked: list[int] = []

    def down(number: int) -> Callable[[], None]:
        def task() -> None:
            asked.append(number)
            raise FetchError("acme", "csv", "not now", status)

        return task

    with pytest.raises(FetchError, match=r"9 of 9 failed.*s8: not asked"):
        fetch_each("acme", {f"s{number}": down(number) for number in range(9)})
    assert asked == [0, 1, 2]


def test_an_answer_in_between_shows_that_the_publisher_lives() -> None:
    down = _failing(FetchError("acme", "csv", "ReadTimeout"))
    refused = _failing(FetchError("acme", "csv", "HTTP 404", 404))
    done: list[str] = []
    with pytest.raises(FetchError, match="5 of 6 failed"):
        fetch_each("acme", {"a": down, "b": down, "c": refused, "d": down, "e": down, "f": lambda: done.append("f")})
    assert done == ["f"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
