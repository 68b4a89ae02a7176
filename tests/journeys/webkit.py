"""The other engine: Debian's WebKitGTK behind its own WebDriver, on a display nobody sees.

A few lines speak the W3C protocol; where the packages are absent, `MISSING` names them.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

DRIVER, DISPLAY = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
BROWSERS = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
MISSING = [
    package
    for package, found in (("webkit2gtk-driver", DRIVER and BROWSERS), ("xvfb", DISPLAY))
    if not found
]
PATIENCE = 40  # seconds
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the name W3C gives references to elements
SOFTWARE = {
    "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # as root there is no other way
    "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
}
STILL = "[Settings]\ngtk-enable-animations=0\n"  # version 2.50 ends in transitions between pages


class WebKit:
    """One window of it."""

    def __init__(self, port: int, address: str) -> None:
        """Begin a session at the driver's port; paths are below `address`."""
        self._port, self._address = port, address
        options = {"binary": str(BROWSERS[-1]), "args": ["--automation"]}
        # `go` waits on its own: pages may lead on to others by themselves.
        told = {"alwaysMatch": {"pageLoadStrategy": "none", "webkitgtk:browserOptions": options}}
        self._at = "/session"
        self._at += f"/{self._ask('POST', '', {'capabilities': told})['sessionId']}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ask("DELETE", "")

    def _ask(self, method: str, path: str, told: dict[str, Any] | None = None) -> Any:
        asking = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        asking.request(method, self._at + path, None if told is None else json.dumps(told))
        answer = asking.getresponse()
        value = json.load(answer)["value"]
        asking.close()
        if answer.status != 200:
            raise RuntimeError(f"{value['error']}: {value['message']}")
        return value

    def go(self, path: str) -> None:
        """Open a page."""
        self.run("globalThis.left = true")
        self._ask("POST", "/url", {"url": self._address + path})
        self.until("!globalThis.left && document.readyState === 'complete'")

    def back(self) -> None:
        """Return to the page before, which the engine may have kept as it was left."""
        left = self.path
        self._ask("POST", "/back", {})
        self.until("location.pathname !== arguments[0]", left)

    @property
    def path(self) -> str:
        """The page in view."""
        return str(self._ask("GET", "/url").removeprefix(self._address))

    def run(self, script: str, *told: Any) -> Any:
        """What a function body gives; a promise is waited for."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(told)})

    def comes(self, script: str, patience: float, *told: Any) -> Any:
        """What becomes true within so many seconds; pages come and go meanwhile."""
        end, found = time.monotonic() + patience, None
        while not found and time.monotonic() < end:
            try:
                found = self.run(f"return {script}", *told)
            except RuntimeError:  # a page that is just leaving
                found = None
            time.sleep(0.1)
        return found

    def until(self, script: str, *told: Any) -> Any:
        """Wait for something true."""
        found = self.comes(script, PATIENCE, *told)
        if not found:
            seen = self.run("return document.body.innerText.slice(0, 900)")
            raise AssertionError(f"{script} is never true of {self.path}:\n{seen}")
        return found

    def says(self, selector: str, *words: str) -> None:
        """Wait for words of an element."""
        wanted = "arguments[1].some((one) => document.querySelector(arguments[0])?.textContent.includes(one))"  # noqa: E501
        self.until(wanted, selector, list(words))

    def _find(self, selector: str) -> str:
        self.until("document.querySelector(arguments[0])", selector)
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        return f"/element/{found[ELEMENT]}"

    def click(self, selector: str) -> None:
        """Press what can be seen."""
        self.until("document.querySelector(arguments[0])?.checkVisibility()", selector)
        self._ask("POST", f"{self._find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        """Type words, or name the file of an upload."""
        self._ask("POST", f"{self._find(selector)}/value", {"text": text})


@contextmanager
def webkit(address: str) -> Iterator[WebKit]:
    """A window on pages below this address, gone when the block ends."""
    assert DRIVER is not None
    assert DISPLAY is not None
    reading, writing = os.pipe()
    screen = subprocess.Popen(
        [DISPLAY, "-displayfd", str(writing), "-screen", "0", "800x1000x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as told:
        display = f":{told.readline().strip()}"
    port = _free_port()
    with TemporaryDirectory(prefix="patrol-webkit-") as config:
        own = {"DISPLAY": display, "LANG": "C.UTF-8", "XDG_CONFIG_HOME": config}
        (Path(config) / "gtk-3.0").mkdir()
        (Path(config) / "gtk-3.0" / "settings.ini").write_text(STILL)
        driver = subprocess.Popen(
            [DRIVER, f"--port={port}"],
            env={**os.environ, **SOFTWARE, **own},
            stderr=subprocess.DEVNULL,
        )
        yield from _driven(driver, screen, port, address)


def _driven(
    driver: subprocess.Popen[bytes], screen: subprocess.Popen[bytes], port: int, address: str
) -> Iterator[WebKit]:
    try:
        _wait_for(port)
        with WebKit(port, address) as window:
            yield window
    finally:
        for process in (driver, screen):
            process.terminate()
            process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(300):
        asking = HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            asking.request("GET", "/status")
            asking.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            asking.close()
    raise RuntimeError("the driver of WebKit does not answer")
