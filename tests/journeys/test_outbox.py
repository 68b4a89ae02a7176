"""The outbox of a phone: signed, delivered late, carried by hand, filed anew, never left behind."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from patrol.core.store import uuid7
from patrol.devices.model import DeviceKey, OutboxReport
from patrol.findings.model import Finding, Stopping
from patrol.flags.model import Flag, FlagReply
from patrol.flags.rules import Kind
from patrol.people.model import SessionToken
from patrol.photos.model import Photo
from patrol.replay.model import Receipt
from patrol.rounds.model import Round
from tests.journeys.conftest import PHONE
from tests.journeys.test_main_job import all_sent
from tests.journeys.test_offline_report import fill, wait_for_the_worker

pytestmark = pytest.mark.timeout(600)
PUT = """async ([finding, stop, code, lon, lat]) => {
  const src = document.querySelector("script[type=module]").src;
  const { put, hurry } = await import(new URL("./outbox.js", src));
  const at = new Date().toISOString();
  const fields = [["code", code], ["lon", lon], ["lat", lat], ["seen_at", at], ["made_at", at]];
  const kind = "stop", url = `/findings/${finding}/stops`, after = [finding];
  await put({ id: finding, kind: "finding", label: "finding", url: "/findings", fields });
  await put({ id: stop, kind, label: "stop", url, after, fields: [["kind", "advised"], ["outcome", "stopped"], ["seen_at", at], ["made_at", at]] });
  hurry();
}"""  # noqa: E501


@pytest.fixture
def open_as(chromium, site):
    contexts = []

    def opened(login: str) -> Page:
        context = chromium.new_context(
            **PHONE,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            geolocation={**site.where(), "accuracy": 8},
            permissions=["geolocation", "background-sync"],
            base_url=site.url,
            accept_downloads=True,
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        site.sign_in(page, login)
        return page

    yield opened
    for context in contexts:
        context.close()


def report_offline(officer: Page) -> None:
    """A finding with a photo, kept on the phone."""
    wait_for_the_worker(officer)
    officer.goto("/me")
    officer.context.set_offline(offline=True)
    fill(officer, "占道经营")
    officer.click("[data-save]")
    officer.wait_for_url("**/outbox")
    expect(officer.locator("[data-list] li")).to_have_count(1)


def test_a_phone_signs_what_it_sends_and_says_when_it_is_empty(site, open_as):
    officer = open_as("officer")
    site.wait_for(lambda: site.make.rows(DeviceKey))
    report_offline(officer)
    officer.context.set_offline(offline=False)
    all_sent(officer)
    expect(officer.locator("[data-stored] li")).to_have_count(1)

    [told] = site.wait_for(lambda: site.make.rows(OutboxReport))
    [receipt] = site.make.rows(Receipt)
    assert (receipt.signed, receipt.device_seq) == (True, told.last_seq)
    assert (told.person_id, told.device_id) == (site.id("officer"), receipt.device_id)


def test_an_ended_session_delivers_from_the_sign_in_page(site, open_as):
    officer = open_as("officer")
    site.wait_for(lambda: site.make.rows(DeviceKey))
    report_offline(officer)
    with site.database.transaction() as session:
        session.execute(update(SessionToken).values(ends_at=site.now - timedelta(hours=1)))
    officer.context.set_offline(offline=False)
    officer.goto("/sign-in")

    [finding] = site.wait_for(lambda: site.make.rows(Finding))
    site.wait_for(lambda: [one for one in site.make.rows(Photo) if one.stored_at])
    [photo] = site.make.rows(Photo)
    assert finding.officer_id == site.id("officer")
    assert photo.stored_at is not None


def test_the_browser_delivers_by_itself_with_no_page_open(site, open_as):
    officer = open_as("officer")
    site.wait_for(lambda: site.make.rows(DeviceKey))
    report_offline(officer)
    context, elsewhere = officer.context, officer.context.new_page()
    officer.close()
    context.set_offline(offline=False)

    assert site.wait_for(lambda: site.make.rows(Finding))
    assert elsewhere.url == "about:blank"


def test_nobody_leaves_while_something_is_unsent(site, open_as):
    officer = open_as("officer")
    report_offline(officer)
    officer.goto("/me")
    officer.click("form[data-sign-out] button")

    expect(officer.locator("[data-stays]")).to_contain_text("未退出")
    assert officer.evaluate("caches.open('pages').then(c => c.keys()).then(k => k.length)") > 0
    officer.context.set_offline(offline=False)
    all_sent(officer)
    officer.click("form[data-sign-out] button")
    officer.wait_for_url("**/sign-in")


def test_a_leader_carries_in_what_a_phone_could_not_send(site, open_as, tmp_path):
    officer = open_as("officer")
    site.wait_for(lambda: site.make.rows(DeviceKey))
    report_offline(officer)
    with officer.expect_download() as saved:
        officer.click("[data-export]")
    saved.value.save_as(tmp_path / "outbox.json")

    for _ in range(2):  # taking it twice changes nothing
        leader = open_as("squad")
        leader.goto("/outbox")
        leader.set_input_files("[data-import]", tmp_path / "outbox.json")
        expect(leader.locator("[data-told]")).to_contain_text("1")
        expect(leader.locator("[data-list] li")).to_have_count(0)
    officer.context.set_offline(offline=False)
    all_sent(officer)

    [finding], [photo], [receipt] = (site.make.rows(kind) for kind in (Finding, Photo, Receipt))
    assert finding.officer_id == photo.officer_id == site.id("officer")
    assert photo.stored_at is not None
    assert (receipt.carried_by, receipt.signed) == (site.id("squad"), True)


def test_a_refused_record_is_filed_anew_and_what_waited_for_it_follows(site, open_as):
    officer = open_as("officer")
    wait_for_the_worker(officer)
    where = site.where()
    ids = ["0198c0de-0000-7000-8000-000000000001", "0198c0de-0000-7000-8000-000000000002"]
    officer.evaluate(PUT, [*ids, "NONE", where["longitude"], where["latitude"]])
    officer.goto("/outbox")
    expect(officer.locator("[data-edit]:visible")).to_have_count(1)
    officer.click("[data-edit]:visible")
    officer.wait_for_url("**/findings/new")
    officer.wait_for_selector("[data-photos-box]:visible")
    officer.locator("label.chip", has_text="占道经营").first.click()
    officer.click("[data-save]")

    [act] = site.wait_for(lambda: site.make.rows(Stopping))
    [finding] = site.make.rows(Finding)
    named = {str(row.supersedes) for row in site.make.rows(Receipt)}
    assert act.finding_id == finding.id
    assert named == set(ids)
    assert str(finding.id) not in ids


def question_to(site) -> Flag:
    """A question that the records of a walk raised, to who walked it."""
    place = {"officer_id": site.id("officer"), "grid_id": site.grid.id}
    when = {"made_at": site.now, "received_at": site.now}
    walked = Round(id=uuid7(), mode="foot", started_at=site.now, **place, **when)
    flag = Flag(
        round_id=walked.id, kind=Kind.FROZEN, facts={"fixes": 40}, raised_at=site.now, **place
    )
    site.make.store(walked)
    site.make.store(flag)
    return flag


def test_an_answer_that_waits_stands_in_place_of_its_form(site, open_as):
    flag = question_to(site)
    officer = open_as("officer")
    wait_for_the_worker(officer)
    page = f"/questions/{flag.id}"
    officer.goto(page)
    expect(officer.locator("#outbox-status")).to_contain_text("全部已发送")
    officer.wait_for_timeout(1000)  # the page is kept
    officer.context.set_offline(offline=True)
    officer.fill("#answer-form [name=text]", "在路口劝阻摊贩")
    officer.click("#answer-form button[type=submit]")
    expect(officer.locator("#outbox-status")).to_contain_text("1 条待发")
    for _ in range(2):
        officer.goto(page)
        expect(officer.locator("[data-module=once] [data-item]")).to_have_count(1)
        expect(officer.locator("#answer-form")).to_have_count(0)

    officer.context.set_offline(offline=False)
    all_sent(officer)
    [answer] = site.make.rows(FlagReply)
    assert answer.text == "在路口劝阻摊贩"


def test_a_page_that_is_not_here_tells_a_refused_record_from_a_waiting_one(site, open_as):
    officer = open_as("officer")
    wait_for_the_worker(officer)
    where = site.where()
    ids = ["0198c0de-0000-7000-8000-000000000003", "0198c0de-0000-7000-8000-000000000004"]
    officer.evaluate(PUT, [*ids, "NONE", where["longitude"], where["latitude"]])
    officer.goto("/outbox")
    expect(officer.locator("[data-edit]:visible")).to_have_count(1)
    officer.context.set_offline(offline=True)
    officer.goto("/never-seen")

    badges = officer.locator("[data-waiting] .badge")
    expect(badges).to_have_count(2)
    expect(badges.first).to_have_attribute("data-tone", "bad")
    expect(badges.first).to_contain_text("被退回")
    expect(badges.last).to_contain_text("待发")
