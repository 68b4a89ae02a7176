"""What stands between a phone and the server: a small proxy that can spoil an answer or end things.

`Between.rule` is asked for every request and names what happens to it; the phone cannot tell the
proxy from the server. Answers that the server gave are counted, whatever the phone got to see.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self

PORTAL = b"<!doctype html><title>Wi-Fi</title><form action=/accept><button>Accept</button></form>"
PER_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length"}
Rule = Callable[[str, str], str]


def straight(method: str, path: str) -> str:
    """Let everything pass."""
    return "pass"


class Between:
    """A proxy on this machine in front of the server at a port.

    What a rule may say: `pass`; `portal` (200 with a page of somebody else), `sign-in` (sent away
    to a login that answers 200), `bad-gateway`, `gone` (no answer), `dies` (the phone is killed
    while it asks), none of which reach the server; `cut` (the server's answer, cut short) and
    `unheard` (the server answers, and the phone is killed before it hears).
    """

    def __init__(self, port: int) -> None:
        """Listen on a free port."""
        self.rule: Rule = straight
        self.rewrite: Callable[[str, bytes], bytes] = lambda _, body: body
        self.lasting = ""  # the end of paths whose answers a browser may remember
        self.taken: Counter[tuple[str, str]] = Counter()  # (method, path) that the server answered
        self.spoiled: Counter[str] = Counter()
        self.answers: defaultdict[str, list[int]] = defaultdict(list)  # by the number of the item
        self.kill: Callable[[], None] = lambda: None  # ends the phone
        between = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                between._handle(self, port)

            do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815  the names the base class asks for

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._serving.daemon_threads = True
        self._serving.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.port: int = self._serving.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        Thread(target=self._serving.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._serving.shutdown()
        self._serving.server_close()

    def _handle(self, asked: BaseHTTPRequestHandler, port: int) -> None:
        asked.close_connection = True
        path = asked.path.partition("?")[0]
        what = self.rule(asked.command, path)
        if what == "dies":
            return self.kill()
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        if what in SPOILT:
            self.spoiled[what] += 1
            return SPOILT[what](asked)
        status, headers, answer = self._forward(asked, port, body)
        if status == 0:
            return None
        self.taken[asked.command, path] += 1
        self.answers[asked.headers.get("Idempotency-Key", "")].append(status)
        if what == "unheard":
            return self.kill()
        answer = self.rewrite(path, answer)
        if self.lasting and path.endswith(self.lasting):
            headers = [(name, told) for name, told in headers if name.lower() != "cache-control"]
            headers.append(("Cache-Control", "max-age=3600"))
        _answer(asked, status, headers, answer, cut=what == "cut")
        if what == "cut":
            self.spoiled[what] += 1
        return None

    def _forward(
        self, asked: BaseHTTPRequestHandler, port: int, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        asking = HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {
            name: told
            for name, told in asked.headers.items()
            if name.lower() not in PER_HOP | {"accept-encoding"}
        }
        try:
            asking.request(asked.command, asked.path, body or None, headers)
            came = asking.getresponse()
            return came.status, came.getheaders(), came.read()
        except (OSError, HTTPException):
            return 0, [], b""
        finally:
            asking.close()


def _answer(
    asked: BaseHTTPRequestHandler,
    status: int,
    headers: list[tuple[str, str]],
    body: bytes,
    *,
    cut: bool = False,
) -> None:
    asked.send_response_only(status)
    for name, told in headers:
        if name.lower() not in PER_HOP:
            asked.send_header(name, told)
    asked.send_header("Content-Length", str(len(body) + 100 * cut))
    asked.send_header("Connection", "close")
    asked.end_headers()
    asked.wfile.write(body[: len(body) // 2] if cut else body)


def _portal(asked: BaseHTTPRequestHandler) -> None:
    _answer(asked, 200, [("Content-Type", "text/html")], PORTAL)


def _sign_in(asked: BaseHTTPRequestHandler) -> None:
    _answer(asked, 302, [("Location", "/sign-in")], b"")


def _bad_gateway(asked: BaseHTTPRequestHandler) -> None:
    _answer(asked, 502, [("Content-Type", "text/html")], b"<h1>502 Bad Gateway</h1>")


SPOILT: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {
    "portal": _portal,
    "sign-in": _sign_in,
    "bad-gateway": _bad_gateway,
    "gone": lambda _: None,
}
