"""A shift without signal: made ready, closed, opened with no network, walked, reported, sent."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Playwright, expect

from patrol.core.roles import PostKind, Role
from patrol.findings.model import Finding
from patrol.ledger.model import LedgerEntry
from patrol.photos.model import Photo
from patrol.replay.model import Receipt
from patrol.rounds.model import Round, Visit
from patrol.shifts.model import Handover
from patrol.shifts.rules import Closing
from patrol.shifts.service import make_ready
from tests.journeys.conftest import CHROMIUM, PHONE, QUIET
from tests.journeys.site import Site
from tests.journeys.test_main_job import all_sent, open_as, photo, site

__all__ = ["open_as", "site"]  # fixtures
pytestmark = pytest.mark.timeout(600)
HOUR = timedelta(hours=1)
MINUTE = 60_000  # ms
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


def laid_out(site: Site) -> Handover:
    """The handover of this place to somebody who takes over in an hour."""
    secret = site.people["officer"].password
    site.people["relief"] = taker = site.make.person(name="接班乙", login="relief", password=secret)
    times = {"from_at": site.now + HOUR, "to_at": site.now + 20 * HOUR}
    site.make.post(taker, Role.OFFICER, site.grid, kind=PostKind.RELIEF, **times)
    with site.database.transaction() as session:
        make_ready(session, now=site.now)
    [row] = site.make.rows(Handover)
    return row


def sign(phone: Page, row: Handover, text: str) -> None:
    """Sign one's own side without network; it then waits there, and cannot be signed twice."""
    phone.goto(f"/handovers/{row.id}")
    phone.fill("#text", text)
    phone.click("form[data-outbox=handover] button")
    expect(phone.locator("main [data-item]")).to_contain_text("待发")
    phone.reload()
    expect(phone.locator("main [data-item]")).to_contain_text("待发")
    expect(phone.locator("form[data-outbox=handover]")).to_have_count(0)


def counts_down(phone: Page) -> None:
    """Time passes on a phone that nobody answers: what is left gets less, to the end and beyond."""
    page = phone.context.new_page()
    page.clock.install()
    page.goto("/")
    clock = page.locator("#due .left").first
    expect(clock).to_contain_text("还剩")
    left = minutes(clock)
    page.clock.fast_forward(left // 2 * MINUTE)
    assert left - left // 2 - 1 <= minutes(clock) <= left - left // 2
    page.clock.fast_forward(left * MINUTE)
    expect(clock).to_contain_text("已超")
    expect(clock).to_have_attribute("data-tone", "bad")
    page.close()


def minutes(clock: Locator) -> int:
    told = clock.inner_text()
    hours, rest = (re.search(rf"(\d+) {unit}", told) for unit in ("小时", "分"))
    return 60 * int(hours[1] if hours else 0) + int(rest[1] if rest else 0)


def test_a_shift_begins_and_ends_without_network(
    site: Site, switched_on: Started, open_as: Callable[[str], Page]
) -> None:
    cell = f"#cells [data-cell='{site.cells[0].id}']"
    handover = laid_out(site)
    relief = open_as("relief")
    relief.wait_for_function("() => navigator.serviceWorker.controller !== null")
    relief.goto(f"/handovers/{handover.id}")
    with switched_on() as phone:
        made_ready(phone, site)

    # A cold start with nobody to answer, page or worker: nothing but what lies on the phone.
    site.cut()
    with switched_on() as phone:
        phone.goto("/")
        expect(phone.locator("#due .left, #due [data-until]").first).to_contain_text("还剩")
        expect(phone.locator("#pack [data-slot=told]")).to_contain_text("已备好")
        counts_down(phone)
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

        # What is left is handed over, and taken over on another phone, both without network.
        sign(phone, handover, "看住早市")
        sign(relief, handover, "收到")

        # A page that is not here: instead of it comes what is kept, and what waits.
        phone.goto("/plans/nowhere")
        expect(phone.locator("[data-kept] li").first).to_be_visible()
        expect(phone.locator("[data-waiting] li").first).to_be_visible()
        assert site.make.rows(Round) == []

    site.start()
    with switched_on() as phone:
        phone.goto("/")
        all_sent(phone)
    relief.goto("/outbox")
    all_sent(relief)
    signed = site.make.reload(Handover, handover.id)
    assert (signed.note, signed.remark, signed.closing) == ("看住早市", "收到", Closing.SIGNED)
    for kind in ("handover.given", "handover.taken", "handover.closed"):
        assert len(site.make.rows(LedgerEntry, LedgerEntry.kind == kind)) == 1
    [walked], [visit], [finding], [picture] = (
        site.make.rows(model) for model in (Round, Visit, Finding, Photo)
    )
    assert walked.ended_at is not None
    assert (visit.round_id, finding.round_id) == (walked.id, walked.id)
    assert picture.stored_at is not None
    assert all(receipt.signed for receipt in site.make.rows(Receipt))
