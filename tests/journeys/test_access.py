"""No page of the site, for anybody, in light or dark, breaks a rule of accessibility by axe."""

from urllib.parse import urlsplit

import pytest

from patrol.paths import CHECKOUT
from tests.journeys.conftest import DESK, PHONE

pytestmark = pytest.mark.audit
AXE = CHECKOUT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ROLES = (
    "officer",
    "squad_leader",
    "supervisor",
    "dispatcher",
    "handler",
    "auditor",
    "admin",
    "legal",
)
MOST = 40  # pages a role is followed to
RUN = """tags => axe.run(document, {
  runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]})
  .then(r => r.violations.map(v => v.id + ": " + v.nodes.slice(0, 2).map(n => n.target.join(" ")
  + " " + (n.any[0] ? n.any[0].message : "")).join(" | ")))"""
LINKS = """() => [...document.querySelectorAll("a[href]")]
  .map(a => new URL(a.getAttribute("href"), location).href)"""


def pattern(app, address):
    """Which page of the app an address is, whatever it is about; none for files and downloads."""
    parts = urlsplit(address)
    adapter = app.url_map.bind("")
    try:
        endpoint, values = adapter.match(parts.path, "GET")
    except Exception:  # noqa: BLE001  a POST-only or foreign address
        return None
    return None if endpoint == "static" else (endpoint, *sorted(values))


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    from patrol.app import create_app
    from patrol.config import Settings, complete

    return create_app(complete(Settings(home=tmp_path_factory.mktemp("routes"))))


def walk(page, app, start="/"):
    """One page of each kind that links lead to, as they are opened."""
    seen, waiting = set(), [page.url if start is None else start]
    while waiting and len(seen) < MOST:
        address = waiting.pop(0)
        kind = pattern(app, address)
        if kind is None or kind in seen or "sign-out" in address:
            continue
        seen.add(kind)
        answer = page.goto(address)
        if answer is None or "html" not in answer.headers.get("content-type", ""):
            continue
        yield address, answer.status
        waiting += [link for link in page.evaluate(LINKS) if link.startswith(page.url[:17])]


def violations(page):
    page.evaluate(AXE.read_text())
    found = page.evaluate(RUN, TAGS)
    page.emulate_media(color_scheme="dark")
    dark = [f"dark {violation}" for violation in page.evaluate(RUN, TAGS) if violation not in found]
    page.emulate_media(color_scheme="light")
    return found + dark


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_is_accessible(demo, chromium, app, role):
    page = demo.page(chromium, role, device=PHONE if role == "officer" else DESK)
    wrong = []

    for address, status in walk(page, app):
        assert status < 500, address
        wrong += [f"{urlsplit(address).path} {found}" for found in violations(page)]
    page.context.close()

    assert wrong == []


def test_the_sign_in_is_accessible(demo, chromium):
    page = demo.page(chromium, None)
    page.goto("/sign-in")

    assert violations(page) == []


@pytest.mark.parametrize("path", ["/no-such-page", "/offline"])
def test_what_went_wrong_is_accessible(demo, chromium, path):
    page = demo.page(chromium, None)
    page.goto(path)

    assert violations(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("role", ["officer", "squad_leader"])
def test_pages_fit_a_narrow_screen(demo, chromium, app, role):
    """320 px wide, nothing makes the page scroll sideways."""
    page = demo.page(chromium, role, device={**PHONE, "viewport": {"width": 320, "height": 640}})
    wide = []

    for address, _ in walk(page, app):
        spills = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        wide += [f"{urlsplit(address).path} {spills} px"] if spills > 1 else []
    page.context.close()

    assert wide == []
