"""A phone in a real browser, killed with records queued and in the middle of sending."""

import base64
import hashlib
import os
import random
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

from playwright.sync_api import BrowserContext, Error, Page, Playwright, sync_playwright

from patrol.core.roles import Role
from patrol.core.store import uuid7
from tests.journeys.site import Site
from tests.torture.phone import picture
from tests.torture.reckoning import Told

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PUT = """async ([id, photo, code, lon, lat, sha256, bytes]) => {
  const src = document.querySelector("script[type=module]").src;
  const { put } = await import(new URL("./outbox.js", src));
  const body = Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0)).buffer;
  const at = new Date().toISOString();
  const told = new URLSearchParams({ id: photo, sha256, size: body.byteLength, view: "near", origin: "camera" });
  const fields = [["code", code], ["lon", lon], ["lat", lat], ["remark", id], ["seen_at", at], ["made_at", at], ["photo", String(told)]];
  const files = [{ id: photo, url: `/findings/${id}/photos/${photo}`, type: "image/jpeg", body }];
  await put({ id, kind: "finding", label: "finding", url: "/findings", fields, files });
}"""  # noqa: E501
OUTBOX = """async () => {
  const src = document.querySelector("script[type=module]").src;
  const { all, hurry } = await import(new URL("./outbox.js", src));
  await hurry();
  return (await all()).length;
}"""


class Profile:
    """A browser that keeps its storage through a SIGKILL."""

    def __init__(self, playwright: Playwright, folder: Path, url: str, **options: Any) -> None:
        """Take an empty folder."""
        self._playwright, self.folder, self.url, self._options = playwright, folder, url, options
        self.context: BrowserContext | None = None

    def open(self, script: str = "") -> Page:
        """Start the browser on what it kept; a window with nothing in it.

        `script` runs in every page before the page's own.
        """
        self.context = self._playwright.chromium.launch_persistent_context(
            str(self.folder),
            executable_path=CHROMIUM,
            args=list(QUIET),
            base_url=self.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            permissions=["geolocation"],
            **self._options,
        )
        self.context.set_default_timeout(30_000)
        if script:
            self.context.add_init_script(script)
        return self.context.pages[0]

    @property
    def lives(self) -> bool:
        """Whether any process of it is left."""
        return bool(self._processes())

    def end(self) -> None:
        """SIGKILL the browser, all of it, and see it gone; from any thread."""
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while self.lives:
            time.sleep(0.01)

    def kill(self) -> None:
        """End the browser and what drives it."""
        self.end()
        if self.context is not None:
            with suppress(Error):
                self.context.close()

    def _processes(self) -> list[int]:
        """Its main process first; the others name its folder or are ended by its end."""
        mark = f"--user-data-dir={self.folder}".encode()
        found = []
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if mark in place.read_bytes().split(b"\0"):
                    found.append(int(place.parent.name))
        return sorted(found)


class KilledBrowser:
    """One officer whose browser is killed again and again until it is over."""

    def __init__(self, site: Site, chance: random.Random) -> None:
        """Give the officer a sign-in on this site."""
        self.site, self.chance = site, chance
        self.token = site.make.token(site.make.person(Role.OFFICER, site.grid))
        self.kills, self.unsent = 0, 1  # until it is seen to be empty
        self.ready = Event()
        self.told: list[Told] = []
        self.made: set[UUID] = set()

    def live(self, over: Event) -> None:
        """Write, be killed, come back; in the end send everything."""
        with sync_playwright() as playwright:
            profile = Profile(playwright, self.site.home / "profile", self.site.url)
            page = self._come(profile)
            page.wait_for_function("() => navigator.serviceWorker.controller !== null")
            page = self._come_again(page)
            self.ready.set()
            while not over.is_set():
                with suppress(Error):
                    for _ in range(self.chance.randint(1, 3)):
                        self._put(page)
                    page.wait_for_timeout(self.chance.uniform(0, 1500))
                profile.kill()
                self.kills += 1
                page = self._come(profile)
            self.unsent = self._empty(page)
            profile.kill()

    def _come(self, profile: Profile) -> Page:
        """Start the browser on what it kept, signed in; one that ends by itself is started anew."""
        cookie = {"name": "patrol", "value": self.token, "url": self.site.url}
        for _ in range(3):
            with suppress(Error):
                page = profile.open()
                page.context.add_cookies([cookie])
                return self._come_again(page)
            profile.kill()
        raise RuntimeError("the browser does not stay")

    def _come_again(self, page: Page) -> Page:
        """Open the outbox; the server may be away just now."""
        for _ in range(60):
            with suppress(Error):
                page.goto("/outbox")
                if page.locator("body[data-user]:not([data-user=''])").count():
                    return page
            page.wait_for_timeout(300)
        raise RuntimeError("the outbox does not open")

    def _put(self, page: Page) -> None:
        """Keep one finding with its photo; once this returns, the phone has said so."""
        key, photo = uuid7(), uuid7()
        self.made |= {key, photo}
        self.told += put(page, self.site, self.chance, key=key, photo=photo)

    def _empty(self, page: Page) -> int:
        """Wait until the phone has nothing left; how much it has all the same."""
        until, left = time.monotonic() + 180, -1
        while left and time.monotonic() < until:
            with suppress(Error):
                left = page.evaluate(OUTBOX)
            page.wait_for_timeout(300)
        return abs(left)


def put(
    page: Page,
    site: Site,
    chance: random.Random,
    *,
    key: UUID | None = None,
    photo: UUID | None = None,
    side: int = 48,
) -> list[Told]:
    """Have the page's own outbox keep a finding with a photo; what the officer then counts on."""
    key, photo, body = key or uuid7(), photo or uuid7(), picture(chance, side)
    sha256, cell = hashlib.sha256(body).hexdigest(), chance.choice(site.cells)
    told = [str(key), str(photo), "E0405", cell.lon, cell.lat, sha256]
    page.evaluate(PUT, [*told, base64.b64encode(body).decode()])
    return [Told("finding", key), Told("photo", photo, sha256)]
