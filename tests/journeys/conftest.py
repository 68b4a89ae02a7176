"""A served demo site and a real browser, once a session, for everything that looks at pages."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from patrol.web.session import COOKIE
from tests.bench.load import running
from tests.journeys.site import Site

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
expect.set_options(timeout=30_000)  # machines that build are slow, people are not
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 800}}
HERE = {"latitude": 34.7730, "longitude": 113.6773, "accuracy": 8}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """All of these drive a browser."""
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Demo:
    """The demo site while it is served."""

    address: str
    home: str
    sign_ins: dict[str, tuple[str, str]]  # by role: login and password

    def page(self, chromium, role, *, device=None, locale="zh_Hans_CN", scheme="light"):
        """A new window of a browser in which somebody of this role has signed in."""
        context = chromium.new_context(
            **(device or PHONE),
            base_url=self.address,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            color_scheme=scheme,
            geolocation=HERE,
            permissions=["geolocation"],
        )
        context.set_default_timeout(60_000)
        page = context.new_page()
        if role is not None:
            login, password = self.sign_ins[role]
            page.goto("/sign-in")
            page.fill("[name=login]", login)
            page.fill("[name=password]", password)
            page.click("main form button[type=submit]")
            page.wait_for_url(lambda url: "/sign-in" not in url)
        return page


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    """A small city on SQLite, served; where a test needs both databases it has its own."""
    site = Site(f"sqlite:///{tmp_path / 'patrol.db'}", tmp_path)
    site.settle()
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    home = tmp_path_factory.mktemp("demo")
    environ = {**os.environ, "PATROL_HOME": str(home)}
    patrol = [sys.executable, "-m", "patrol.cli"]
    subprocess.run([*patrol, "db", "upgrade"], env=environ, check=True)
    told = subprocess.run(
        [*patrol, "demo", "--json"], env=environ, check=True, stdout=subprocess.PIPE
    ).stdout
    people = {}
    for entry in json.loads(told):
        people.setdefault(entry["role"], (entry["login"], entry["password"]))
    arguments = ("-m", "patrol.cli", "serve", "--port", "{port}", "--no-worker")
    with running(arguments, PATROL_HOME=str(home)) as address:
        yield Demo(address, str(home), people)


@pytest.fixture(scope="session")
def chromium(playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
    yield browser
    browser.close()


def cookie_of(page):
    """The sign-in of a window, as a header."""
    wanted = (COOKIE, f"__Host-{COOKIE}")
    (found,) = [c for c in page.context.cookies() if c["name"] in wanted]
    return f"{found['name']}={found['value']}"
