"""A tag on a wall is read by the phone's camera, without signal, and makes the visit grade A."""

from io import BytesIO

import pytest
import segno
from PIL import Image
from playwright.sync_api import Page, expect

from patrol.config import Settings, complete
from patrol.rounds.model import Visit
from patrol.tags import service
from patrol.tags.model import Tag
from patrol.tags.rules import token
from tests.journeys.conftest import CHROMIUM, PHONE, QUIET
from tests.journeys.site import Site
from tests.journeys.test_main_job import all_sent, end_round, walk
from tests.journeys.test_round_offline import shift_packed

WIDE, HIGH = 640, 480


@pytest.fixture
def tag(site) -> Tag:
    leader = site.make.actor(site.people["squad"])
    with site.database.transaction() as session:
        made = service.make(session, leader, session.merge(site.grid), now=site.now)
        return next(tag for tag in made if tag.cell_id == site.cells[0].id)


@pytest.fixture
def phone(playwright_with_camera, site) -> Page:
    """A phone with that camera; it closes with its browser, which is ended if it hangs."""
    context = playwright_with_camera.new_context(
        **PHONE,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        geolocation={**site.where(), "accuracy": 8},
        permissions=["geolocation", "camera"],
        base_url=site.url,
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    site.sign_in(page, "officer")
    return page


@pytest.fixture
def playwright_with_camera(chromium, site, tag, tmp_path):
    """A browser whose camera looks at the tag."""
    secret = complete(Settings(home=site.home)).secret_key
    film = tmp_path / "tag.y4m"
    film.write_bytes(seen(f"{site.url}/t/{token(secret, tag.code, tag.serial)}"))
    fake = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}")
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*QUIET, *fake])
    yield browser
    browser.close()


def seen(text: str) -> bytes:
    """A film of one picture of a code, as a camera before it would see it (YUV4MPEG2, 4:2:0)."""
    drawn = BytesIO()
    segno.make(text, error="q", micro=False).save(drawn, kind="png", scale=6, border=4)
    picture = Image.new("L", (WIDE, HIGH), 200)
    code = Image.open(drawn).convert("L")
    picture.paste(code, ((WIDE - code.width) // 2, (HIGH - code.height) // 2))
    frame = b"FRAME\n" + picture.tobytes() + b"\x80" * (WIDE * HIGH // 2)
    return f"YUV4MPEG2 W{WIDE} H{HIGH} F10:1 Ip A1:1 C420\n".encode() + frame * 3


@pytest.mark.timeout(600)
def test_a_tag_read_without_signal_makes_the_visit_grade_a(site: Site, phone: Page, tag: Tag):
    shift_packed(phone)
    phone.context.set_offline(True)
    phone.goto(f"/rounds/new?grid={site.grid.id}")
    phone.click("#start button[type=submit]")
    expect(phone.locator("#check-in button")).to_be_visible()
    walk(phone, site)

    phone.click("button[popovertarget=scan]:not([popovertargetaction])")
    expect(phone.locator("[data-slot=said]")).to_contain_text("已扫码")
    expect(phone.locator("#scan")).to_be_hidden()
    phone.click("#check-in button")
    for _ in range(4):  # with the walk before over a minute, which makes a stay
        walk(phone, site)
    phone.context.set_offline(False)
    all_sent(phone)
    end_round(phone, site)

    [visit] = site.wait_for(lambda: [v for v in site.make.rows(Visit) if not v.pending])
    assert (visit.cell_id, visit.tag_id, visit.grade) == (tag.cell_id, tag.id, "A")
