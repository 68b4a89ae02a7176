"""A shift without signal: made ready, closed, opened with no network, walked, reported, sent."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from patrol.findings.model import Finding
from patrol.photos.model import Photo
from patrol.replay.model import Receipt
from patrol.rounds.model import Round, Visit
from tests.journeys.conftest import CHROMIUM, PHONE, QUIET
from tests.journeys.site import Site
from tests.journeys.test_main_job import all_sent, photo, site

__all__ = ["site"]  # a fixture
pytestmark = pytest.mark.timeout(600)
Started = Callable[..., AbstractContextManager[Page]]
SEEN = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def switched_on(site: Site, tmp_path: Path, playwright: Playwright) -> Started:
    """Start the phone's browser from its disk; leaving closes it, as pulling the battery."""

    @contextmanager
    def start(*, offline: bool = False) -> Iterator[Page]:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "phone",
            executable_path=CHROMIUM,
            args=list(QUIET),
            **PHONE,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            geolocation={**site.where(), "accuracy": 8},
            permissions=["geolocation"],
            base_url=site.url,
            offline=offline,
        )
        context.set_default_timeout(60_000)
        yield context.pages[0]
        context.close()

    return start


def made_ready(phone: Page, site: Site) -> None:
    site.sign_in(phone, "officer")
    phone.wait_for_function("() => navigator.serviceWorker.controller !== null")
    phone.goto("/")
    phone.click("#pack button")
    expect(phone.locator("#pack [data-slot=told]")).to_contain_text(
        re.compile(r"已备好：\d+ 个页面、6 个格子、0 张照片，\d+\.\d MB，截至 \d\d:\d\d")
    )


def test_a_shift_begins_and_ends_without_network(site: Site, switched_on: Started) -> None:
    cell = f"#cells [data-cell='{site.cells[0].id}']"
    with switched_on() as phone:
        made_ready(phone, site)

    # A cold start with nobody to answer, page or worker: nothing but what lies on the phone.
    site.cut()
    with switched_on() as phone:
        phone.goto("/")
        expect(phone.locator("#due .left, #due [data-until]").first).to_contain_text("还剩")
        expect(phone.locator("#pack [data-slot=told]")).to_contain_text("已备好")
        phone.locator("#due a.button").first.click()
        expect(phone.locator("[data-tools]")).to_be_visible()
        phone.click("#start button[type=submit]")
        expect(phone.locator("#check-in button")).to_be_visible()
        expect(phone.locator(".ground-map .me")).to_be_attached()
        phone.click("#check-in button")
        expect(phone.locator(cell)).to_contain_text("待发")

        # Out of sight long enough, it says what was not recorded until somebody has read it.
        phone.evaluate(SEEN, arg=True)
        phone.wait_for_timeout(11_000)
        phone.evaluate(SEEN, arg=False)
        expect(phone.locator("#unrecorded")).to_contain_text("记录中断")
        phone.click("#unrecorded button")
        expect(phone.locator("#unrecorded")).to_be_hidden()

        # Paused and closed; opened again it is still the same round, paused.
        phone.click("[popovertarget=more]")
        phone.click("#pause-form button")
        expect(phone.locator("#track")).to_contain_text("暂停")

    with switched_on() as phone:
        phone.goto("/")
        expect(phone.locator("[data-kind~=visit] li")).to_have_count(3)
        phone.locator("#due a.button", has_text="继续巡查").first.click()
        expect(phone.locator("#track")).to_contain_text("暂停")
        expect(phone.locator(cell)).to_contain_text("待发")
        phone.click("[popovertarget=more]")
        phone.click("#resume-form button")

        phone.goto("/findings/new")
        phone.wait_for_selector("[data-photos-box]:visible")
        phone.set_input_files("input[data-origin=camera]", photo())
        phone.wait_for_selector("[data-photos] img")
        phone.fill("#remark", "占道摆摊")
        phone.wait_for_timeout(1500)
        phone.reload()  # typed, not yet left: it is there again
        expect(phone.locator("#remark")).to_have_value("占道摆摊")
        phone.locator("label.chip", has_text="占道经营").first.click()
        expect(phone.locator("[name=lon]")).not_to_have_value("")
        phone.click("[data-save]")
        phone.wait_for_url("**/outbox")

        phone.goto(f"/rounds/new?grid={site.grid.id}")
        phone.click("[data-hold]")
        phone.click("#end-form button[type=submit]")
        phone.wait_for_url(lambda url: url.endswith("/"))
        expect(phone.locator("#due a.button", has_text="继续巡查")).to_have_count(0)

        # A page that is not here: instead of it comes what is kept, and what waits.
        phone.goto("/plans/nowhere")
        expect(phone.locator("[data-kept] li").first).to_be_visible()
        expect(phone.locator("[data-waiting] li").first).to_be_visible()
        assert site.make.rows(Round) == []

    site.start()
    with switched_on() as phone:
        phone.goto("/")
        all_sent(phone)
    [walked], [visit], [finding], [picture] = (
        site.make.rows(model) for model in (Round, Visit, Finding, Photo)
    )
    assert walked.ended_at is not None
    assert (visit.round_id, finding.round_id) == (walked.id, walked.id)
    assert picture.stored_at is not None
    assert all(receipt.signed for receipt in site.make.rows(Receipt))
