"""A phone in an officer's hand: a real browser that keeps what it has through a SIGKILL."""

import hashlib
import random
import time
from contextlib import suppress
from uuid import UUID

from playwright.sync_api import Error, Page

from patrol.core.roles import Role
from patrol.findings.model import Finding
from patrol.photos import files
from patrol.photos.model import Photo
from patrol.replay.model import Receipt
from tests.journeys.site import Site
from tests.kills.between import Rule
from tests.torture.browser import OUTBOX, Profile, put
from tests.torture.reckoning import Told

KEPT = """async () => {
  const src = document.querySelector("script[type=module]").src;
  const { all, filesOf } = await import(new URL("./queue.js", src));
  const items = await all();
  const files = (await Promise.all(items.map(filesOf))).flat();
  return [items.map(({ id }) => id), files.map(({ id, hash }) => [id, hash])];
}"""


class Held:
    """A phone in an officer's hand."""

    def __init__(self, city: Site, profile: Profile) -> None:
        self.city, self.profile = city, profile
        officer = city.make.person(Role.OFFICER, city.grid)
        self.officer, self.token = officer.id, city.make.token(officer)
        self.told: list[Told] = []
        self.page: Page

    def come(self, script: str = "", path: str = "/outbox") -> None:
        """Start the browser on what it has kept and open a page; `script` runs before its own."""
        page = self.page = self.profile.open(script)
        page.context.add_cookies([{"name": "patrol", "value": self.token, "url": self.profile.url}])
        page.goto(path)
        page.wait_for_function("() => navigator.serviceWorker.controller !== null")

    def dies(self, seconds: float = 30) -> None:
        """Wait for the death that a rule or a script has in store."""
        until = time.monotonic() + seconds
        while self.profile.lives and time.monotonic() < until:
            time.sleep(0.01)
        assert not self.profile.lives, "the browser lives on"
        self.profile.kill()

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
        return {UUID(item) for item in self.page.evaluate(KEPT)[0]}

    def count_on_what_is_kept(self) -> None:
        """Take the findings that lie on the phone for promised."""
        items, photos = self.page.evaluate(KEPT)
        self.told = [Told("finding", UUID(item)) for item in items]
        self.told += [Told("photo", UUID(photo), sha256) for photo, sha256 in photos]

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


def nothing_to(rule: str) -> Rule:
    """Spoil every write; pages pass."""
    return lambda method, _: rule if method in {"POST", "PUT"} else "pass"
