"""A real site in processes of its own, and a real browser in front of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, sync_playwright

from patrol import tables
from patrol.core.store import Database
from tests import postgres
from tests.journeys.site import PLACE, Site

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    f"--{flag}"
    for flag in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
    )
]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """One browser for all journeys."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def site(kind: str, tmp_path: Path) -> Iterator[Site]:
    """A site with one small city in it, served by the shipped server."""
    url = f"sqlite:///{tmp_path / 'patrol.db'}" if kind == "sqlite" else postgres.postgres_url()
    owner = Database(url, owner=True)
    with owner.engine.begin() as connection:
        tables.create_all(connection)
    owner.close()
    site = Site(url, tmp_path)
    site.settle()
    site.start()
    yield site
    site.stop()
    if kind == "postgres":
        postgres.drop(url)


@pytest.fixture
def open_as(chromium: Chromium, site: Site) -> Iterator[Callable[..., Page]]:
    """Open a browser of one's own and sign in: `open_as("officer", locale="zh-CN")`."""
    contexts: list[BrowserContext] = []

    def open_(login: str, *, locale: str = "zh-CN", phone: bool = True, dark: bool = False) -> Page:
        context = chromium.new_context(
            **(PHONE if phone else DESK),
            locale=locale,
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light",
            geolocation={"longitude": PLACE[0], "latitude": PLACE[1], "accuracy": 8},
            permissions=["geolocation"],
            base_url=site.url,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        site.sign_in(page, login)
        return page

    yield open_
    for context in contexts:
        context.close()
