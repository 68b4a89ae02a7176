"""Where a server or a worker can be killed exactly, from outside the app.

A server's points are `<point>:<method>:<path prefix>`. A commit counts when it has written to the
ledger. Installed into a test's own server (tests/torture/nursery.py) before it serves; the whole
process group dies by SIGKILL when a request of that kind gets there.
"""

import os
import signal
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, has_request_context, request
from sqlalchemy import event
from sqlalchemy.orm import Session

from patrol import jobs
from patrol.cli import worker
from patrol.ledger.service import HEAD
from patrol.photos import files


def install(app: Flask, point: str) -> None:
    """Have this server die there."""
    name, method, path = point.split(":")

    def is_there() -> bool:
        return has_request_context() and request.method == method and request.path.startswith(path)

    def die(session: Session | None = None, *_: Any) -> None:
        records = not isinstance(session, Session) or HEAD in session.info
        if is_there() and records:
            os.killpg(0, signal.SIGKILL)

    POINTS[name](app, die)


def _reading_body(app: Flask, die: Callable[[], None]) -> None:
    served = app.wsgi_app

    def dying(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        environ["wsgi.input"] = _Half(
            environ["wsgi.input"], int(environ.get("CONTENT_LENGTH") or 0), die
        )
        return served(environ, start)

    app.wsgi_app = dying  # type: ignore[method-assign]


class _Half:
    """A body whose reader dies once half of it has come."""

    def __init__(self, body: Any, length: int, die: Callable[[], None]) -> None:
        self._body, self._left, self._die = body, length / 2, die

    def read(self, size: int = -1) -> bytes:
        came: bytes = self._body.read(size)
        self._left -= len(came)
        if self._left <= 0:
            self._die()
        return came


def _temp_written(_: Flask, die: Callable[[], None]) -> None:
    files.os.fsync = die  # type: ignore[attr-defined]


def _renamed(_: Flask, die: Callable[[], None]) -> None:
    store = files.store

    def dying(*args: Any, **kwargs: Any) -> files.Picture:
        kept = store(*args, **kwargs)
        die()
        return kept

    files.store = dying


def _before_commit(_: Flask, die: Callable[[], None]) -> None:
    event.listen(Session, "before_commit", die)


def _after_commit(_: Flask, die: Callable[[], None]) -> None:
    event.listen(Session, "after_commit", die)


POINTS = {
    "reading-body": _reading_body,
    "temp-written": _temp_written,
    "renamed": _renamed,
    "before-commit": _before_commit,
    "after-commit": _after_commit,
}


def work(point: str) -> None:
    """Be `patrol worker --once`, to die around the commit that passes matters on."""
    climb = jobs.climb_next

    def climbing(session: Session, **told: Any) -> int | None:
        session.info["passed on"] = passed_on = climb(session, **told)
        return passed_on

    def die(session: Session) -> None:
        if session.info.get("passed on"):
            os.kill(os.getpid(), signal.SIGKILL)

    jobs.climb_next = climbing
    event.listen(Session, point.replace("-", "_"), die)
    worker.command(["--once"])
