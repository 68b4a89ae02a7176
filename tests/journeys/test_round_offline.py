"""A whole round without signal: started, walked, checked in, noted and ended; sent once later."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from patrol.replay.model import Receipt
from patrol.rounds.model import ClearNote, Leg, Passage, Round, TrackBatch, Visit
from patrol.rounds.rules import Grade
from tests.journeys.conftest import PHONE
from tests.journeys.site import Site

AWAY = "() => navigator.serviceWorker.controller !== null"
KEPT = """async () => {
  const pages = await caches.open("pages");
  return (await pages.keys()).some((request) => request.url.includes("/rounds/new"));
}"""


@pytest.fixture
def phone(chromium, site) -> Iterator[Page]:
    context = chromium.new_context(
        **PHONE,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        geolocation={**site.where(), "accuracy": 8},
        permissions=["geolocation"],
        base_url=site.url,
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    site.sign_in(page, "officer")
    yield page
    context.close()


def shift_packed(phone: Page) -> None:
    """Wait until the phone keeps the walks of today's list, which nobody has opened yet."""
    phone.wait_for_function(AWAY)
    phone.goto("/")
    for _ in range(60):
        if phone.evaluate(KEPT):
            return
        phone.wait_for_timeout(500)
    pytest.fail("the walks were not kept")


def walk(phone: Page, site: Site) -> None:
    """Go some 80 m to and fro inside the first cell."""
    here = site.where()
    for step in range(10):
        east = here["longitude"] + 0.0001 * (step % 2)
        phone.context.set_geolocation({**here, "longitude": east, "accuracy": 6})
        phone.wait_for_timeout(1000)


@pytest.mark.timeout(600)
def test_a_round_without_signal_arrives_whole_and_once(site: Site, phone: Page) -> None:
    shift_packed(phone)
    phone.context.set_offline(True)
    address = f"/rounds/new?grid={site.grid.id}"
    cell = phone.locator(f"#cells [data-cell='{site.cells[0].id}']")

    # Everything is done on the phone alone; a reload forgets nothing.
    phone.goto(address)
    phone.click("#start button[type=submit]")
    expect(phone.locator("#check-in button")).to_be_visible()
    walk(phone, site)
    phone.click("#check-in button")
    expect(cell.locator("[data-visit]")).to_be_visible()
    phone.goto(address)
    expect(cell.locator("[data-visit]")).to_be_visible()
    expect(phone.locator("#segment")).to_contain_text("1号格")
    phone.click("#segment")
    phone.click("[data-hold]")
    phone.click("#end-form button[type=submit]")
    expect(phone.locator("#outbox-status")).to_contain_text("条待发")
    assert site.make.rows(Round) == []

    # With the network it is sent by itself, in order, once.
    phone.context.set_offline(False)
    expect(phone.locator("#outbox-status")).to_contain_text(re.compile("全部已发送"))

    [walked] = site.make.rows(Round)
    [visit] = site.make.rows(Visit)
    assert walked.ended_at is not None
    assert len(site.make.rows(Leg)) == 1
    assert (visit.round_id, visit.cell_id) == (walked.id, site.cells[0].id)
    assert (visit.grade, visit.pending) == (Grade.B, False)
    assert {note.grade for note in site.make.rows(ClearNote)} == {Grade.B}
    assert sum(len(batch.points) for batch in site.make.rows(TrackBatch)) >= 8
    assert site.make.rows(Passage)[0].metres >= 50


def test_a_tap_before_the_page_is_ready_is_not_lost(chromium, site: Site) -> None:
    context = chromium.new_context(**PHONE, base_url=site.url, service_workers="block")
    page = context.new_page()
    site.sign_in(page, "officer")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/js/round.js", hold)  # scripts of a slow network
    page.goto(f"/rounds/new?grid={site.grid.id}")
    expect(page.locator("#outbox-status")).to_contain_text(re.compile("全部已发送|all sent"))
    for _ in range(2):  # and a second one is none
        page.click("#start button[type=submit]")
    page.wait_for_timeout(300)
    assert site.make.rows(Round) == []
    for route in held:
        route.continue_()
    expect(page.locator("#end-form")).to_have_count(1)
    expect(page.locator("#track")).to_be_visible()
    [receipt] = site.make.rows(Receipt)
    assert receipt.device_seq == 1  # by way of the outbox
    context.close()
