"""Starts a server as it is shipped and asks it as fast as it answers, by wrk."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.request import urlopen

SERVE = ("-m", "patrol.cli", "serve", "--port", "{port}", "--no-worker")
CONNECTIONS = 16
REPORT = """
done = function(summary, latency, requests)
  local bad = summary.errors.status + summary.errors.read + summary.errors.write
    + summary.errors.timeout + summary.errors.connect
  io.stderr:write(string.format('{"requests":%d,"micros":%d,"p50":%d,"p99":%d,"bad":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), bad))
end
"""


@dataclass(frozen=True)
class Pace:
    """How fast something was answered."""

    per_second: float
    p50_ms: float
    p99_ms: float
    bad: int  # answers that were errors, and connections that broke

    def facts(self) -> dict[str, Any]:
        """For the report."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


@contextmanager
def running(
    arguments: Sequence[str],
    *,
    python: str | Path = sys.executable,
    cwd: Path | None = None,
    **environ: str,
) -> Iterator[str]:
    """A server of our own, as its address, until the block ends; `{port}` is filled in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [python, *(argument.format(port=port) for argument in arguments)],
        cwd=cwd,
        env={**os.environ, **environ},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended at once with {process.returncode}")
        try:
            with urlopen(f"{address}/healthz", timeout=2):
                return
        except OSError as answer:
            if getattr(answer, "code", None) == 404:
                return
            time.sleep(0.1)
    raise RuntimeError("the server did not answer within 30 s")


def pace(
    address: str,
    *,
    seconds: float,
    cookie: str = "",
    connections: int = CONNECTIONS,
    script: str = "",
) -> Pace:
    """Ask one address over and over."""
    with NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(REPORT + script)
        file.flush()
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s",
             "--timeout", "10s", "--latency",
             "-s", file.name, *(("-H", f"Cookie: {cookie}") if cookie else ()),
             "-H", "Accept-Encoding: br", address],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    told = json.loads(done.stderr[done.stderr.index("{") :])
    return Pace(
        per_second=told["requests"] / told["micros"] * 1e6,
        p50_ms=told["p50"] / 1000,
        p99_ms=told["p99"] / 1000,
        bad=told["bad"],
    )


def posting(requests: Sequence[tuple[str, dict[str, str], str]], folder: Path) -> str:
    """A script that sends each (path, headers, body) once, in order, from one thread."""
    listed = folder / "posts.lua"
    with listed.open("w") as file:
        file.write("return {\n")
        for path, headers, body in requests:
            named = ",".join(
                f"[{json.dumps(name)}]={json.dumps(value)}" for name, value in headers.items()
            )
            file.write(f"{{{json.dumps(path)},{{{named}}},{json.dumps(body)}}},\n")
        file.write("}\n")
    return f"""
local posts = dofile("{listed}")
local at = 0
request = function()
  at = at % #posts + 1
  local post = posts[at]
  return wrk.format("POST", post[1], post[2], post[3])
end
"""
