"""No page of the site, for anybody, breaks a rule of accessibility by axe or a narrow screen."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.journeys.access import spill, violations
from tests.journeys.conftest import DESK, PHONE

pytestmark = pytest.mark.audit
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
LINKS = """() => [...document.querySelectorAll(
    "a[href]:not([download], [href*='/export/'], :has(img))")]
  .map(a => new URL(a.getAttribute("href"), location).href)"""


@dataclass
class Walk:
    """What was wrong on the pages that a role's links lead to, as `path what`."""

    opened: list[str]
    violations: list[str]
    spills: list[str]
    faults: list[str]


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


def opened(page, app):
    """One page of each kind that links lead to, as they are opened."""
    seen, waiting = set(), [page.url]
    while waiting and len(seen) < MOST:
        address = waiting.pop(0)
        kind = pattern(app, address)
        if kind is None or kind in seen:
            continue
        seen.add(kind)
        answer = page.goto(address)
        if answer is None or "html" not in answer.headers.get("content-type", ""):
            continue
        yield urlsplit(address).path, answer.status
        waiting += [link for link in page.evaluate(LINKS) if link.startswith(page.url[:17])]


@pytest.fixture(scope="module", params=ROLES)
def walk(request, demo, chromium, app):
    """A role's pages, each opened once."""
    page = demo.page(chromium, request.param, device=PHONE if request.param == "officer" else DESK)
    found = Walk([], [], [], [])
    page.on(
        "console",
        lambda line: line.type == "error" and found.faults.append(f"{page.url} {line.text}"),
    )
    for path, status in opened(page, app):
        found.opened.append(path)
        found.violations += [f"{path} {violation}" for violation in violations(page)]
        found.spills += [f"{path} {wide} px"] if (wide := spill(page)) > 1 else []
        found.faults += [f"{path} {status}"] if status >= 400 else []
    page.context.close()
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_page_of_a_role_is_accessible(walk):
    assert len(walk.opened) > 5
    assert walk.violations == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_pages_fit_a_narrow_screen(walk):
    """320 px wide, nothing makes the page scroll sideways."""
    assert walk.spills == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_links_lead_to_pages_without_faults(walk):
    """Nobody is shown a link that refuses them, or a page whose scripts complain."""
    assert walk.faults == []


def test_the_sign_in_is_accessible(demo, chromium):
    page = demo.page(chromium, None)
    page.goto("/sign-in")

    assert violations(page) == []


@pytest.mark.parametrize("path", ["/no-such-page", "/offline"])
def test_what_went_wrong_is_accessible(demo, chromium, path):
    page = demo.page(chromium, None)
    page.goto(path)

    assert violations(page) == []
