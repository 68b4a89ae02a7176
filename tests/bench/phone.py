"""How long people wait on a slow phone: a browser slowed by its own debugger, on our own pages.

The debugger slows the main thread of the page, where our code runs and pages are laid out, and the
page's own requests; opening a connection costs nothing on this machine and is not counted.
"""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.bench.load import SERVE, running
from tests.bench.promises import Promise
from tests.bench.site import Site, made
from tests.journeys.conftest import CHROMIUM, PHONE, QUIET

SLOW, SLOWER = 4, 6  # times slower than this machine
AT_HOME = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
THIRD_GENERATION = {
    "offline": False,
    "latency": 300,
    "downloadThroughput": 700_000 / 8,
    "uploadThroughput": 700_000 / 8,
}
TRIES = 3  # the median counts
PROMISES = (
    Promise("save_to_queued_ms", "ms", most=700),
    Promise("inp_ms", "ms", most=200),
    Promise("lcp_first_ms", "ms", most=2500),
    Promise("lcp_second_ms", "ms", most=1000),
    Promise("cells_painted_ms", "ms", most=1500),
    Promise("photo_stored_ms", "ms", most=2000),
    Promise("cls", "", most=0.02),
)
WATCH = Path(__file__).with_name("phone.js").read_text()


def waits() -> dict[str, float]:
    """Each figure of PROMISES in a town, as the median of a few tries."""
    with (
        TemporaryDirectory(prefix="patrol-bench-") as folder,
        made("sqlite", "town", Path(folder)) as site,
        running(SERVE, **site.environ) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        phone = Phone(browser, address, site)
        tries = [phone.tried() for _ in range(TRIES)]
        browser.close()
    middle = {name: statistics.median(one[name] for one in tries) for name in tries[0]}
    return {name: round(value, 3 if name == "cls" else 0) for name, value in middle.items()}


class Phone:
    """A slow phone: in the hand of an officer, then of a leader who opens the map."""

    def __init__(self, browser: Browser, address: str, site: Site) -> None:
        self.browser, self.address, self.site = browser, address, site
        self.shot = {"name": "shot.jpg", "mimeType": "image/jpeg", "buffer": _photo()}

    def tried(self) -> dict[str, float]:
        """All figures once, from a phone that has never been here."""
        found: dict[str, float] = {}
        with self._window(self.site.walkers[0].token) as (page, debugger):
            _slowed(debugger, SLOWER, THIRD_GENERATION)
            found["lcp_first_ms"], first = self._home(page)
            _slowed(debugger, 1)
            _made_ready(page)
            _slowed(debugger, SLOWER, THIRD_GENERATION)
            found["lcp_second_ms"], second = self._home(page)
            report = self._report(page, debugger)
        with self._window(self.site.leader_token) as (page, debugger):
            _slowed(debugger, SLOW)
            page.goto(f"/coverage/{self.site.street.code}?view=map")
            page.wait_for_function("() => seen.painted !== null")
            made, painted = page.evaluate("() => [seen.made, seen.painted]")
            found |= {"cells_painted_ms": painted - made, "map_opened_ms": painted}
            shifted = page.evaluate("() => seen.cls")
        return found | report | {"cls": max(first, second, report["cls"], shifted)}

    @contextmanager
    def _window(self, token: str) -> Iterator[tuple[Page, CDPSession]]:
        cell = self.site.walkers[0].cells[0]
        context = self.browser.new_context(
            **PHONE,
            base_url=self.address,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            geolocation={"longitude": cell.lon, "latitude": cell.lat, "accuracy": 8},
            permissions=["geolocation"],
        )
        context.set_default_timeout(60_000)
        context.add_init_script(WATCH)
        context.add_cookies([{"name": "patrol", "value": token, "url": self.address}])
        page = context.new_page()
        yield page, context.new_cdp_session(page)
        context.close()

    def _home(self, page: Page) -> tuple[float, float]:
        """The largest paint of the officer's home, and how far things moved."""
        page.goto("/", wait_until="load")
        page.wait_for_timeout(1500)
        lcp, moved = page.evaluate("() => [seen.lcp, seen.cls]")
        return lcp, moved

    def _report(self, page: Page, debugger: CDPSession) -> dict[str, float]:
        """Photo, class, words and save, without a network."""
        _slowed(debugger, SLOWER)
        page.goto("/findings/new")
        page.wait_for_selector("[data-photos-box]:visible")
        page.wait_for_function("() => document.querySelector('[name=lon]').value !== ''")
        page.context.set_offline(True)
        with page.expect_file_chooser() as camera:
            page.locator("[data-camera-button]").click()
        camera.value.set_files([self.shot])
        page.wait_for_function("() => seen.kept !== null")
        stored = page.evaluate("() => seen.kept - seen.taken")
        page.locator("label.chip:has([name=code])").first.tap()
        page.locator("#remark").tap()
        page.keyboard.type("two carts", delay=60)
        page.wait_for_timeout(500)
        inp, moved = page.evaluate("() => [seen.inp, seen.cls]")
        page.locator("[data-save]").tap()
        page.wait_for_url("**/outbox")
        page.wait_for_function("() => sessionStorage.queued !== undefined")
        queued = page.evaluate("() => sessionStorage.queued - sessionStorage.saved")
        return {
            "photo_stored_ms": stored, "inp_ms": inp, "save_to_queued_ms": queued, "cls": moved,
        }  # fmt: skip


def _slowed(debugger: CDPSession, times: int, network: dict[str, Any] = AT_HOME) -> None:
    debugger.send("Emulation.setCPUThrottlingRate", {"rate": times})
    debugger.send("Network.enable")
    debugger.send("Network.emulateNetworkConditions", network)


def _made_ready(page: Page) -> None:
    """Have the phone keep the shift, as officers do before they go."""
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.goto("/")
    page.click("#pack button")
    page.wait_for_function("() => document.querySelector('#pack').dataset.tone === 'ok'")


def _photo() -> bytes:
    """Twelve megapixels with something everywhere."""
    made = BytesIO()
    small = Image.effect_noise((1000, 750), 60).convert("RGB")
    small.resize((4000, 3000), Image.Resampling.BILINEAR).save(made, "JPEG", quality=85)
    return made.getvalue()
