"""`patrol serve` itself is killed: nothing it started lives on, and it can be started at once."""

import os
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.journeys.site import Site

SOON = 60  # seconds; some of them may have only begun to start


def below(pid: int) -> set[int]:
    """All processes that one has started, and those that these have."""
    parents = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = place.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if told[0] != "Z":  # those wait for the machine's own first process only
            parents[int(place.parent.name)] = int(told[1])
    found = {pid}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def answers(port: int) -> bool:
    asking = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        asking.request("GET", "/readyz")
        return asking.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        asking.close()


def until(held) -> bool:
    end = time.monotonic() + SOON
    while not (found := held()) and time.monotonic() < end:
        time.sleep(0.05)
    return bool(found)


def serve(site: Site) -> subprocess.Popen[bytes]:
    arguments = ("-m", "patrol.cli", "serve", "--port", str(site.port), "--processes", "2")
    with (site.home / "serve.log").open("ab") as log:
        served = subprocess.Popen(
            [sys.executable, *arguments], env=site.environ, stdout=log, stderr=log
        )
    assert until(lambda: answers(site.port) or served.poll() is not None)
    return served


def test_what_a_killed_server_has_started_ends_with_it(city):
    served, family = serve(city), set()
    try:
        assert until(lambda: len(below(served.pid)) >= 3)  # two for pages, one for jobs
        family = below(served.pid)
        served.send_signal(signal.SIGKILL)
        served.wait(SOON)
        served = serve(city)
        assert until(lambda: not any(map(lives, family)))
    finally:
        if served.poll() is None:
            served.terminate()
            served.wait(30)
        for pid in filter(lives, family):
            os.kill(pid, signal.SIGKILL)
