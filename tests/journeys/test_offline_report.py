"""A report without a network or a server: on the phone first, then once on the server."""

import re

import pytest
from playwright.sync_api import Page, expect

from patrol.findings.model import Finding, Stopping
from patrol.findings.rules import StopKind
from patrol.photos.model import Photo
from tests.journeys.test_main_job import all_sent, open_as, photo, site

__all__ = ["open_as", "site"]  # fixtures
pytestmark = pytest.mark.timeout(600)

WEEK_OVER = """async () => {
  const src = document.querySelector("script[type=module]").src;
  const { remember } = await import(new URL("./queue.js", src));
  await remember("grant", null); // to send without a session
}"""
HASTY = """() => {
  for (const name of ["save-stop", "save", "save-stop"])
    document.querySelector(`[data-${name}]`).click();
}"""
WHOSE = """async () => {
  const found = new Set();
  for (const name of ["pages", "shift"]) {
    const shelf = await caches.open(name);
    for (const request of await shelf.keys()) {
      const text = await (await shelf.match(request, { ignoreVary: true })).text();
      found.add(/data-user="([^"]*)"/.exec(text)?.[1]);
    }
  }
  return [...found].filter(Boolean);
}"""


def fill(page: Page, category: str) -> None:
    """Take the photo and choose what it is, as far as before saving."""
    page.goto("/findings/new")
    page.wait_for_selector("[data-photos-box]:visible")
    page.set_input_files("input[data-origin=camera]", photo())
    page.wait_for_selector("[data-photos] img")
    page.locator("label.chip", has_text=category).first.click()
    expect(page.locator("[name=lon]")).not_to_have_value("")


def wait_for_the_worker(page: Page) -> None:
    """Until the phone keeps the pages it needs without a network."""
    page.goto("/findings/new")
    for _ in range(100):
        kept = page.evaluate("caches.open('pages').then(c => c.keys()).then(k => k.length)")
        if kept >= 3:
            return
        page.wait_for_timeout(200)
    raise AssertionError("the service worker keeps no pages")


def test_a_report_without_network_waits_on_the_phone_and_arrives_once(site, open_as):
    officer = open_as("officer")
    wait_for_the_worker(officer)

    officer.context.set_offline(offline=True)
    fill(officer, "占道经营")
    officer.click("[data-save-stop]")
    officer.locator("[data-stop] label.chip", has_text="劝阻").click()
    officer.evaluate(HASTY)
    officer.wait_for_url("**/outbox")
    expect(officer.locator("#outbox-status")).to_contain_text(
        re.compile("离线 · 2 条待发，1 张照片")
    )
    expect(officer.locator("[data-list] li")).to_have_count(2)
    assert not site.make.rows(Finding)

    officer.context.set_offline(offline=False)
    all_sent(officer)
    expect(officer.locator("[data-empty]")).to_be_visible()
    [finding], [kept], [act] = (site.make.rows(model) for model in (Finding, Photo, Stopping))
    assert kept.stored_at is not None
    assert (act.finding_id, act.kind) == (finding.id, StopKind.ADVISED)


def test_a_draft_survives_a_reload_and_a_server_that_is_gone_loses_nothing(site, open_as):
    officer = open_as("officer")
    wait_for_the_worker(officer)
    fill(officer, "占道经营")
    officer.fill("#remark", "三轮车两辆")
    officer.locator("#remark").blur()
    officer.wait_for_timeout(500)

    site.stop()
    officer.reload()
    officer.wait_for_selector("[data-photos] img")
    assert officer.input_value("#remark") == "三轮车两辆"
    officer.click("[data-save]")
    officer.wait_for_url("**/outbox")
    site.start()
    officer.click("[data-send]")

    all_sent(officer)
    [finding], [kept] = site.make.rows(Finding), site.make.rows(Photo)
    assert finding.remark == "三轮车两辆"
    assert kept.stored_at is not None


def test_another_person_on_the_same_phone_neither_sees_nor_sends_it(site, open_as):
    phone = open_as("officer")
    wait_for_the_worker(phone)
    phone.goto("/")
    phone.click("#pack button")
    expect(phone.locator("#pack [data-slot=told]")).to_contain_text("已备好")
    phone.context.set_offline(offline=True)
    fill(phone, "占道经营")
    phone.click("[data-save]")
    phone.wait_for_url("**/outbox")
    phone.context.clear_cookies()
    phone.evaluate(WEEK_OVER)
    phone.reload()  # whatever was under way had the grant still

    # The next one signs in where nobody has signed out: not one page of the first is shown or kept.
    phone.context.set_offline(offline=False)
    shown = []
    phone.on("domcontentloaded", lambda: shown.append(phone.evaluate("document.body.dataset.user")))
    site.sign_in(phone, "worker")
    whose = str(site.id("officer"))
    while whose in (kept := phone.evaluate(WHOSE)):
        phone.wait_for_timeout(100)
    phone.goto("/outbox")
    phone.wait_for_selector("[data-empty]:visible")
    phone.wait_for_timeout(3000)
    assert whose not in shown[1:]
    assert set(kept) <= {str(site.id("worker"))}
    assert site.make.rows(Finding) == []
    phone.context.set_offline(offline=True)
    phone.goto("/me")
    expect(phone.locator("[data-kept] li").first).to_be_visible()
    assert phone.locator("[data-waiting] li").count() == 0

    phone.context.set_offline(offline=False)
    phone.context.clear_cookies()
    site.sign_in(phone, "officer")
    all_sent(phone)
    assert [one.officer_id for one in site.make.rows(Finding)] == [site.id("officer")]
