"""A shift without a server on WebKit, the engine of iPhones: walked, reported, delivered once."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from patrol.findings.model import Finding
from patrol.grid.model import Cell
from patrol.photos import files
from patrol.photos.model import Photo
from patrol.replay.model import Receipt
from patrol.rounds.model import Round, Visit
from tests.journeys.site import PASSWORD, Site
from tests.journeys.test_main_job import photo, site
from tests.journeys.webkit import MISSING, WebKit, webkit
from tests.kills.between import Between

__all__ = ["site"]  # a fixture
STORE = """
const src = document.querySelector("script[type=module]").src;
return import(new URL("./store.js", src)).then(async ({ ask, read, write }) => {
  %s
});"""
HASHES = (
    STORE
    % """
  const files = await read("files", (store) => ask(store.getAll()));
  return files.map(({ hash }) => hash);"""
)
AT_WORK = (
    STORE
    % """
  globalThis.atWork = true;
  write("meta", async (store) => {
    for (;;) await ask(store.put({ key: "under way" }));
  });"""
)
KEPT = STORE % """return write("meta", (store) => ask(store.put({ key: "second" })));"""
WAITING = "document.querySelector('#outbox-status')?.textContent.includes('待发')"
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(MISSING), reason=f"WebKit is not here: {', '.join(MISSING)}"),
]


@pytest.fixture
def between(site: Site) -> Iterator[Between]:
    with Between(site.port) as proxy:
        yield proxy


@pytest.fixture
def phone(between: Between) -> Iterator[WebKit]:
    with webkit(between.url) as window:
        yield window


def signed_in(phone: WebKit) -> None:
    phone.go("/sign-in")
    phone.type("[name=login]", "officer")
    phone.type("[name=password]", PASSWORD)
    phone.click("main form button[type=submit]")
    there = "!location.pathname.startsWith('/sign-in') && document.readyState === 'complete'"
    phone.until(there)  # before it is whole this engine tells a page nothing of its being left


def made_ready(phone: WebKit) -> None:
    signed_in(phone)
    phone.until("navigator.serviceWorker.controller !== null")
    phone.click("#pack button")
    phone.says("#pack [data-slot=told]", "已备好")


def reported(phone: WebKit, shot: Path, cell: Cell) -> None:
    phone.go("/findings/new")
    phone.until("document.querySelector('[data-photos-box]')?.checkVisibility()")
    phone.type("input[data-origin=camera]", str(shot))
    phone.until("document.querySelector('[data-photos] img')")
    phone.click("label.chip:has([name=code])")
    phone.run("document.querySelector('[data-move]').open = true")
    phone.type("#lon-field", str(cell.lon))
    phone.type("#lat-field", str(cell.lat))
    phone.type("#remark", "three carts")
    phone.run("return new Promise((done) => setTimeout(done, 1500))")
    phone.go("/findings/new")  # typed, not yet saved: it is there again
    phone.until("document.querySelector('#remark').value === 'three carts'")
    phone.until("document.querySelector('[data-photos] img')")
    phone.click("[data-save]")
    phone.until("location.pathname === '/outbox'")


def test_records_without_a_server_arrive_once(
    site: Site, between: Between, phone: WebKit, tmp_path: Path
) -> None:
    shot = tmp_path / "shot.jpg"
    shot.write_bytes(bytes(photo()["buffer"]))
    cell = site.cells[0]
    made_ready(phone)

    between.rule = lambda *_: "gone"  # nobody answers: all comes from the phone alone
    reported(phone, shot, cell)
    phone.go("/")
    phone.go(phone.until("document.querySelector('#due a.button')?.getAttribute('href')"))
    phone.until(WAITING)
    phone.click("#start button[type=submit]")
    phone.click("[data-slot=hand]")
    phone.run("document.querySelector('#by-hand-cell').value = arguments[0]", str(cell.id))
    phone.click("#by-hand-form label:has([name=because])")
    phone.click("#by-hand-form button[type=submit]")
    phone.says(f"#cells [data-cell='{cell.id}']", "待发")
    phone.go("/outbox")
    phone.until("document.querySelectorAll('[data-list] li').length === 3")
    sent = phone.run(HASHES)
    assert not site.make.rows(Round)

    between.rule = lambda *_: "pass"
    phone.click("[data-send]")
    phone.says("#outbox-status", "全部已发送")
    [walked], [visit], [finding], [picture] = (
        site.make.rows(model) for model in (Round, Visit, Finding, Photo)
    )
    assert visit.round_id == walked.id
    assert (finding.remark, finding.cell_id) == ("three carts", cell.id)
    kept = files.original(site.home / "media", picture.sha256).read_bytes()
    assert [hashlib.sha256(kept).hexdigest()] == sent
    assert len(site.make.rows(Receipt)) == 3
    assert all(receipt.signed for receipt in site.make.rows(Receipt))


def test_a_page_left_in_the_middle_of_a_write_holds_up_no_other(phone: WebKit) -> None:
    signed_in(phone)
    phone.run(AT_WORK)
    phone.go("/outbox")
    assert phone.run(KEPT) == "second"

    phone.back()
    phone.until("!globalThis.atWork && document.readyState === 'complete'")  # loaded anew
    assert phone.run(KEPT) == "second"
