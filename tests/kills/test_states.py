"""Offline, queued, refused, before an update: all can use a phone in whatever state it is."""

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import KINDS
from tests.journeys.access import outdoors, violations
from tests.journeys.conftest import PHONE
from tests.journeys.site import Site
from tests.journeys.test_outbox import PUT
from tests.kills.between import Between
from tests.kills.held import Held
from tests.torture.browser import Profile

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.parametrize("kind", KINDS[:1], indirect=True),  # it is the phone that is looked at
]
IDS = [f"0198c0de-0000-7000-8000-00000000000{number}" for number in (1, 2)]
UPDATE = "async () => { await (await navigator.serviceWorker.ready).update(); }"


@pytest.fixture
def phone(city, between, playwright, tmp_path):
    here = {**city.where(), "accuracy": 8}
    profile = Profile(playwright, tmp_path / "profile", between.url, geolocation=here, **PHONE)
    held = Held(city, profile)
    held.come(path="/")
    yield held.page
    profile.kill()


def new_version(path: str, body: bytes) -> bytes:
    return body.replace(b'const VERSION = "', b'const VERSION = "n') if path == "/sw.js" else body


def test_every_state_of_a_phone_can_be_read_told_and_touched(
    city: Site, between: Between, phone: Page
) -> None:
    wrong: list[str] = []

    def look(state: str) -> None:
        phone.wait_for_load_state("networkidle")
        wrong.extend(f"{state}: {one}" for one in [*violations(phone), *outdoors(phone)])

    phone.click("#pack button")
    expect(phone.locator("#pack [data-slot=told]")).to_contain_text("已备好")

    where = city.where()
    phone.evaluate(PUT, [*IDS, "NONE", where["longitude"], where["latitude"]])
    phone.goto("/outbox")
    expect(phone.locator("[data-edit]:visible")).to_have_count(1)
    look("refused")

    between.rewrite = new_version
    phone.evaluate(UPDATE)
    expect(phone.locator("[data-new-version]")).to_be_visible()
    look("updating")

    phone.context.set_offline(offline=True)
    phone.goto("/")
    expect(phone.locator("#outbox-status")).to_contain_text("离线")
    look("offline, home")
    phone.locator("#due a.button").first.click()
    phone.click("#start button[type=submit]")
    phone.click("#check-in button")
    expect(phone.locator("#cells [data-visit]")).to_contain_text("待发")
    look("queued, round")
    phone.goto("/findings/new")
    look("offline, report")
    phone.goto("/outbox")
    expect(phone.locator("[data-list] li")).to_have_count(4)
    look("queued, outbox")
    phone.goto("/plans/nowhere")
    expect(phone.locator("[data-waiting] li").first).to_be_visible()
    look("offline, a page that is not here")
    assert wrong == []
