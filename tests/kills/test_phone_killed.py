"""The phone's own half of the fault matrix: two tabs, spoilt answers, a new version."""

import hashlib
import random
from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID

import pytest
from playwright.sync_api import Error, Page

from patrol.core.roles import Role
from patrol.findings.model import Finding
from patrol.photos import files
from patrol.photos.model import Photo
from patrol.replay.model import Receipt
from tests.journeys.site import Site
from tests.kills.between import Between
from tests.torture.browser import OUTBOX, Profile, put
from tests.torture.nursery import Server
from tests.torture.reckoning import Told

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
]
KEPT = """async () => {
  const src = document.querySelector("script[type=module]").src;
  const { all } = await import(new URL("./outbox.js", src));
  return (await all()).map((item) => item.id);
}"""
OLD = """async ([drop]) => {
  const open = indexedDB.open("patrol");
  const db = await new Promise((done) => { open.onsuccess = () => done(open.result); });
  const tx = db.transaction(["items"], "readwrite");
  const items = tx.objectStore("items");
  const got = items.getAll();
  await new Promise((done) => { got.onsuccess = done; });
  for (const item of got.result) { for (const name of drop) delete item[name]; items.put(item); }
  await new Promise((done) => { tx.oncomplete = done; });
  db.close();
}"""


@pytest.fixture
def between(city: Site, server: Server) -> Iterator[Between]:
    server.start()
    with Between(city.port) as proxy:
        yield proxy


@pytest.fixture
def phone(city: Site, between: Between, playwright, tmp_path) -> Iterator["Held"]:
    held = Held(city, Profile(playwright, tmp_path / "profile", between.url))
    held.come()
    yield held
    held.profile.kill()


class Held:
    """A phone in an officer's hand."""

    def __init__(self, city: Site, profile: Profile) -> None:
        self.city, self.profile = city, profile
        officer = city.make.person(Role.OFFICER, city.grid)
        self.officer, self.token = officer.id, city.make.token(officer)
        self.told: list[Told] = []
        self.page: Page

    def come(self) -> None:
        """Start the browser on what it has kept and open the outbox."""
        page = self.page = self.profile.open()
        page.context.add_cookies([{"name": "patrol", "value": self.token, "url": self.profile.url}])
        page.goto("/outbox")
        page.wait_for_function("() => navigator.serviceWorker.controller !== null")

    def put(self, chance: random.Random, times: int = 1) -> list[UUID]:
        """Keep findings with a photo each; their numbers."""
        made = []
        for _ in range(times):
            told = put(self.page, self.city, chance)
            self.told += told
            made.append(told[0].id)
        return made

    def kept(self) -> set[UUID]:
        """What lies on the phone."""
        return {UUID(told) for told in self.page.evaluate(KEPT)}

    def send(self) -> None:
        """Send at once whatever waits; the page may die of it."""
        with suppress(Error):
            self.page.evaluate(OUTBOX)

    def empties(self) -> None:
        """Send until nothing is left."""
        for _ in range(100):
            if self.page.evaluate(OUTBOX) == 0:
                return
            self.page.wait_for_timeout(200)
        raise AssertionError(f"still {self.kept()}")

    def arrived_once(self) -> None:
        """Each finding is one row with one receipt, each photo there byte for byte."""
        make, media = self.city.make, self.city.home / "media"
        rows = make.rows(Finding, Finding.officer_id == self.officer)
        photos = {one.id: one for one in make.rows(Photo, Photo.officer_id == self.officer)}
        receipts = make.rows(Receipt, Receipt.author_id == self.officer)
        found = sorted(one.id for one in self.told if one.kind == "finding")
        assert sorted(row.id for row in rows) == found
        assert sorted(receipt.item_id for receipt in receipts) == found
        for one in (told for told in self.told if told.kind == "photo"):
            assert photos[one.id].stored_at is not None
            kept = files.original(media, one.sha256).read_bytes()
            assert hashlib.sha256(kept).hexdigest() == one.sha256
        assert len(photos) * 2 == len(self.told)


def nothing_to(rule: str):
    """Spoil every write; pages pass."""
    return lambda method, _: rule if method in {"POST", "PUT"} else "pass"


def test_c7_two_tabs_send_each_item_once(phone, between, chance):
    other = phone.page.context.new_page()
    other.goto("/outbox")
    between.rule = nothing_to("gone")
    phone.put(chance, 3)
    between.rule = lambda *_: "pass"
    for page in (other, phone.page):
        page.evaluate(f"() => {{ ({OUTBOX})(); }}")

    phone.empties()

    phone.arrived_once()
    assert between.taken["POST", "/findings"] == 3
    assert [times for (method, _), times in between.taken.items() if method == "PUT"] == [1, 1, 1]


def test_c8_no_answer_but_our_own_counts(phone, between, chance):
    for rule in ("portal", "sign-in", "bad-gateway", "gone"):
        between.rule = nothing_to(rule)
        [made] = phone.put(chance)
        phone.send()
        assert made in phone.kept(), rule
        assert between.spoiled[rule], rule
    assert not phone.city.make.rows(Finding, Finding.officer_id == phone.officer)

    between.rule = nothing_to("cut")  # stored, and the phone does not know it
    phone.send()
    assert between.spoiled["cut"]
    assert len(phone.kept()) == 4
    between.rule = lambda *_: "pass"
    phone.empties()

    phone.arrived_once()


@pytest.mark.parametrize(
    "older",
    [
        pytest.param(["device", "hash", "prev", "mark", "signature"], id="N-2"),
        pytest.param(["signature", "mark"], id="N-1"),
    ],
)
def test_c11_a_new_version_sends_what_the_one_before_has_frozen(phone, between, chance, older):
    between.rule = nothing_to("gone")
    made = phone.put(chance, 2)
    phone.page.evaluate(OLD, [older])
    between.rewrite = _new_version
    phone.page.evaluate("async () => (await navigator.serviceWorker.ready).update()")
    phone.page.wait_for_function(
        "() => navigator.serviceWorker.ready.then((one) => Boolean(one.waiting))"
    )
    phone.page.evaluate(
        "async () => (await navigator.serviceWorker.ready).waiting?.postMessage('skip-waiting')"
    )
    phone.page.goto("/outbox")

    assert phone.kept() == set(made)
    between.rule = lambda *_: "pass"
    phone.empties()
    phone.arrived_once()


def _new_version(path: str, body: bytes) -> bytes:
    return (
        body.replace(b'const VERSION = "', b'const VERSION = "next-') if path == "/sw.js" else body
    )
