"""`python -m tests.pictures`: takes the pictures of README from a freshly loaded demo."""

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.load import running
from tests.journeys.conftest import CHROMIUM, DESK, PHONE, QUIET, Demo

HERE = Path(__file__).parent


def main() -> None:
    """Load a demo, sign in as three people and write what each sees."""
    with TemporaryDirectory(prefix="patrol-pictures-") as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        people = _load(home)
        serve = ("-m", "patrol.cli", "serve", "--port", "{port}", "--no-worker")
        with running(serve, PATROL_HOME=home) as address:
            _take(browser, Demo(address, home, people))
        browser.close()


def _load(home: str) -> dict[str, tuple[str, str]]:
    environ = {**os.environ, "PATROL_HOME": home}
    patrol = [sys.executable, "-m", "patrol.cli"]
    subprocess.run([*patrol, "db", "upgrade"], env=environ, check=True)
    told = subprocess.run(
        [*patrol, "demo", "--json"], env=environ, check=True, stdout=subprocess.PIPE
    ).stdout
    people: dict[str, tuple[str, str]] = {}
    for entry in json.loads(told):
        people.setdefault(entry["role"], (entry["login"], entry["password"]))
    return people


def _take(browser: Browser, demo: Demo) -> None:
    officer = demo.page(browser, "officer", device=PHONE)
    _keep(officer, "officer")
    officer.locator("#due a.button").first.click()
    _keep(officer, "round")

    leader = demo.page(browser, "squad_leader", device=DESK)
    leader.goto("/coverage")
    leader.locator(".leaflet-container canvas").first.wait_for()
    _keep(leader, "coverage")

    supervisor = demo.page(browser, "supervisor", device=DESK)
    supervisor.goto("/doubts")
    supervisor.locator("main a[href^='/doubts/']:not([href$=mine])").first.click()
    supervisor.locator("main svg:not(.icon)").first.scroll_into_view_if_needed()
    _keep(supervisor, "trace")


def _keep(page: Page, name: str) -> None:
    page.wait_for_timeout(1500)  # the map draws, the phone finds itself
    taken = Image.open(BytesIO(page.screenshot()))
    taken.quantize(128).save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
