"""Serves a site as `patrol serve` does, in a process that can be killed and started again at once.

The app is built once, before any connection is opened; every server is a fork of that, with the
shipped server in front of it and a process group of its own, so that SIGKILL takes all of it.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

from flask import Flask

APP: list[Flask] = []  # the one that every server of this nursery serves
START = "from tests.torture import nursery; nursery.raise_servers()"
ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER: workers whose server is killed come to us
ENDINGS = (signal.SIGINT, signal.SIGTERM)
HERE = Path(__file__).parents[2]


class Server:
    """The server of a site: started, killed, started again, always at the same address."""

    def __init__(self, environ: dict[str, str], port: int, log: Path) -> None:
        """Prepare a server with these settings; nothing is served yet."""
        self.port, self.pid = port, 0
        with log.open("ab") as told:
            self._nursery = subprocess.Popen(
                [sys.executable, "-c", START],
                cwd=HERE,
                env=environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
                bufsize=1,
            )

    def start(self, point: str = "-") -> None:
        """Serve, to die at that point when one is named; returns once it answers."""
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(f"{self.port} {point}\n")
        self.pid = int(self._nursery.stdout.readline())
        until = time.monotonic() + 60
        while not self.answers():
            if time.monotonic() > until:
                raise RuntimeError("the server does not answer")
            time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL the server and everything it has started, and see it gone."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.wait_for_its_end()

    def wait_for_its_end(self, seconds: float = 30) -> None:
        """Return when no process of it is left."""
        until = time.monotonic() + seconds
        while _lives(self.pid):
            if time.monotonic() > until:
                raise RuntimeError("the server lives on")
            time.sleep(0.005)

    def answers(self) -> bool:
        """Whether it takes requests."""
        asking = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            asking.request("GET", "/healthz")
            return asking.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            asking.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self.pid:
            self.kill()
        self._nursery.communicate()


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


# What runs in the nursery itself


def app() -> Flask:
    """The app as the server's workers get it."""
    return APP[0]


def raise_servers() -> None:
    """Fork a server for each line `<port> <point>`, and tell its number; the last dies with us."""
    import granian.server.mp  # noqa: F401  paid for once

    from patrol.app import create_app

    APP.append(create_app())
    APP[0].extensions["patrol.database"].close()  # a connection must not be shared by forks
    ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed leave no trace
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)  # we end with our input, and take the server along
    pid = 0
    for line in sys.stdin:
        port, point = line.split()
        pid = os.fork()
        if pid == 0:
            _serve(int(port), point)
        print(pid, flush=True)  # noqa: T201
    if pid and _lives(pid):
        os.killpg(pid, signal.SIGKILL)


def _serve(port: int, point: str) -> None:
    from patrol.cli.serve import server

    os.setsid()
    for number in (signal.SIGCHLD, *ENDINGS):
        signal.signal(number, signal.SIG_DFL)
    sys.stdin.close()
    os.dup2(2, 1)
    if point != "-":
        import_module("tests.kills.points").install(APP[0], point)
    server("tests.torture.nursery:app", host="127.0.0.1", port=port, processes=1).serve()
    os._exit(0)
