"""The main job from the first round to the last signature, as people do it on their screens."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Error, Locator, Page, expect

from patrol.escalation.model import Climb
from patrol.findings.model import Finding
from patrol.photos.model import Photo
from patrol.reviews.model import Concerned, Review, Statement
from patrol.reviews.rules import Outcome, Phase
from patrol.rounds.model import Round, Visit
from patrol.tracing.model import Doubt, DoubtState
from tests import postgres
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.site import Site

LANGUAGES = ("zh_Hans_CN", "en")


@pytest.fixture
def site(kind, tmp_path) -> Iterator[Site]:
    url = f"sqlite:///{tmp_path / 'patrol.db'}" if kind == "sqlite" else postgres.postgres_url()
    site = Site(url, tmp_path)
    site.settle()
    site.start()
    yield site
    site.stop()
    if kind == "postgres":
        postgres.drop(url)


@pytest.fixture
def open_as(chromium, site) -> Iterator[Callable[..., Page]]:
    """Open a window of one's own and sign in: `open_as("officer")`."""
    contexts = []

    def open_(login, *, device=PHONE):
        context = chromium.new_context(
            **device,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            geolocation={**site.where(), "accuracy": 8},
            permissions=["geolocation"],
            base_url=site.url,
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        site.sign_in(page, login)
        return page

    yield open_
    for context in contexts:
        context.close()


def photo() -> dict[str, object]:
    """A picture as a camera hands it over."""
    picture = Image.new("RGB", (1600, 1200), "#8a9")
    ImageDraw.Draw(picture).rectangle((400, 300, 1200, 900), fill="#c42")
    kept = BytesIO()
    picture.save(kept, "JPEG")
    return {"name": "shot.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


def all_sent(page: Page) -> None:
    """Wait until the outbox of this phone is empty."""
    expect(page.locator("#outbox-status")).to_contain_text(re.compile("全部已发送|all sent"))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_first_round_to_the_last_signature(site: Site, open_as, language: str) -> None:
    site.speak(language)
    cell = site.cells[0]

    # An officer walks, visits a cell, reports what stands there, and ends the round.
    officer = open_as("officer")
    officer.click("main a[href*='/rounds/new']")
    officer.click("#start button[type=submit]")
    officer.click("#check-in button")
    expect(officer.locator(f"#cells [data-cell='{cell.id}'] [data-visit]")).to_be_visible()
    walk(officer, site)
    report(officer)
    end_round(officer, site)

    [finding] = site.wait_for(lambda: site.make.rows(Finding))
    [picture] = site.wait_for(lambda: [p for p in site.make.rows(Photo) if p.stored_at])
    [walked] = site.wait_for(lambda: [r for r in site.make.rows(Round) if r.ended_at])
    [visit] = site.wait_for(lambda: [v for v in site.make.rows(Visit) if not v.pending])
    assert (finding.cell_id, visit.cell_id) == (cell.id, cell.id)
    assert picture.subject == f"finding:{finding.id}"
    assert (visit.grade, visit.pending, visit.round_id) == ("B", False, walked.id)

    # The squad leader sees the cell turn fresh.
    leader = open_as("squad", device=DESK)
    leader.goto(f"/coverage/{site.grid.code}/cells?state=fresh")
    expect(leader.get_by_role("link", name=cell.code)).to_be_visible()

    # Nobody stops it: the matter climbs to the top of both lines, and a doubt opens by itself.
    site.move(timedelta(days=12))
    site.work()
    tops = [climb for climb in site.make.rows(Climb) if climb.rung == 3]
    assert {climb.person_id for climb in tops} == {site.id("street"), site.id("bureau")}
    doubts = site.make.rows(Doubt, Doubt.finding_id == finding.id)
    assert [doubt.state for doubt in doubts] == [DoubtState.OPEN]

    # A supervisor takes it up and opens a review; each of its parts is another person's.
    supervisor = open_as("supervisor", device=DESK)
    supervisor.goto(f"/doubts/{doubts[0].id}")
    press(supervisor, supervisor.locator("form[action$='/take-up'] button"))
    press(supervisor, supervisor.locator("form[action='/reviews'] button"))
    supervisor.wait_for_url(re.compile(r"/reviews/[0-9a-f-]{36}"))
    [review] = site.make.rows(Review)
    windows = {"supervisor": supervisor}
    for login, part in (("second", "investigator"), ("legal", "legal"), ("third", "decider"),
                        ("fourth", "second")):  # fmt: skip
        windows[login] = page = open_as(login, device=DESK)
        page.goto(f"/reviews/{review.id}")
        press(page, page.locator(f"form:has(input[value={part}]) button"))

    # The investigators propose and serve; one of those concerned answers on the phone.
    concerned = site.make.rows(Concerned)
    judge(supervisor, review, times=len(concerned))
    act(supervisor, review, "serve")
    expect(supervisor.locator("button[value=close_hearing]")).to_have_count(0)
    person = open_as(site.login_of(concerned[0].person_id))
    person.goto(f"/reviews/{review.id}")
    person.fill("textarea[name=text]", "接到提醒当日即上报街道，请予核实。")
    person.click("form[action$='/statements'] button")
    all_sent(person)
    assert site.wait_for(lambda: site.make.rows(Statement))

    # Only when the time to answer is over is it closed, vetted, decided and signed again.
    site.move(timedelta(days=9))
    for login, page in windows.items():
        site.sign_in(page, login)
    act(supervisor, review, "close_hearing")
    act(windows["legal"], review, "clear")
    judge(windows["third"], review, times=len(concerned))
    act(windows["fourth"], review, "countersign")
    assert site.make.reload(Review, review.id).phase is Phase.DELIVERY
    assert {one.outcome for one in site.make.rows(Concerned)} == {Outcome.PURSUED}

    # And every one of these acts stands in a ledger nobody has changed.
    verified = site.patrol("ledger", "verify")
    assert (verified.returncode, verified.stdout[:3]) == (0, "ok "), verified.stdout
    traced = [site.patrol("trace", finding.number, "--json") for _ in range(2)]
    assert traced[0].returncode == 0, traced[0].stderr
    assert traced[0].stdout == traced[1].stdout


def judge(page: Page, review: Review, *, times: int) -> None:
    """Propose or decide the same for everybody concerned."""
    for _ in range(times):
        come(page, review)
        form = page.locator("form[action$='/judgements']")
        form.locator("[name=outcome]").last.wait_for(state="attached")
        choose(page, form, "outcome", "pursued")
        choose(page, form, "measure", "reminder")
        form.locator("[name=text]").fill("核查属实，应当及时制止而未制止。")
        press(page, form.locator("button"))


def come(page: Page, review: Review) -> None:
    """Open the review; a page that is just being shown anew may come between."""
    for _ in range(3):
        with suppress(Error):
            page.goto(f"/reviews/{review.id}")
            return
    pytest.fail("the review does not open")


def press(page: Page, button: Locator) -> None:
    """Send a form and wait for the page that answers."""
    with page.expect_navigation():
        button.click()


def choose(page: Page, form: Locator, name: str, value: str) -> None:
    """Choose in a select or among radio buttons, whichever it is."""
    if form.locator(f"select[name={name}]").count():
        form.locator(f"select[name={name}]").select_option(value)
    else:
        form.locator(f"input[name={name}][value={value}]").check(force=True)


def act(page: Page, review: Review, what: str) -> None:
    """Press the one next act."""
    come(page, review)
    form = page.locator("form[action$='/acts']")
    form.locator("[name=text]").fill("同意。")
    press(page, form.locator(f"button[value={what}]"))


def walk(officer: Page, site: Site) -> None:
    """A hundred metres to and fro in the first cell, as a phone sees it."""
    start = site.where()
    for metres in (10, 20, 30, 20, 10, 0, -10, -20, -30, -20, -10):
        officer.context.set_geolocation(
            {**start, "longitude": start["longitude"] + metres / 91_500, "accuracy": 8}
        )
        officer.wait_for_timeout(1200)


def report(officer: Page) -> None:
    """Camera first: photo, category, save."""
    officer.goto("/findings/new")
    officer.set_input_files("input[data-origin=camera]", files=[photo()])
    officer.wait_for_selector("[data-photos] img")
    officer.locator("label.chip:has(input[value=E0101])").click()
    expect(officer.locator("#report [name=lon]")).not_to_have_value("")
    officer.click("[data-save]")
    officer.wait_for_url(re.compile(r"/findings[/?](?!new)"))
    all_sent(officer)


def end_round(officer: Page, site: Site) -> None:
    """Press the end button, confirm in words."""
    [walked] = site.wait_for(lambda: site.make.rows(Round))
    officer.goto(f"/rounds/{walked.id}")
    officer.click("[data-hold]")
    officer.click("#end-form button[type=submit]")
    all_sent(officer)
