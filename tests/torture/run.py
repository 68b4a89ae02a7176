"""A site under torture: phones write and send while its server is killed over and over."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

from patrol.core.roles import Role
from tests.journeys.site import Site
from tests.torture import phone
from tests.torture.nursery import Server
from tests.torture.phone import Item, Phone
from tests.torture.reckoning import Reckoning, Told, reckon

CLASS = "E0405"
ALIVE = (0.05, 1.0)  # seconds a server lives
KINDS = {"/rounds": "round", "/rounds/visits": "visit", "/findings": "finding"}
PATIENCE = 120  # seconds for a browser to keep the app's files, before the first kill
SERVER_KILLS, BROWSER_KILLS = 15, 1.5  # a minute at least: 300 and 30 in twenty
DRAINING = 180  # seconds after the last kill in which everything must have got through


@dataclass(frozen=True)
class Outcome:
    """One database's run."""

    database: str
    server_kills: int
    browser_kills: int
    reckoning: Reckoning
    unsent: int  # records that never got through, though the server came back
    rare: bool = False  # so seldom killed that little is shown

    def __str__(self) -> str:
        one = self.reckoning
        return (
            f"{self.database}: server_kills={self.server_kills} browser_kills={self.browser_kills} "
            f"acknowledged={one.acknowledged} unsent={self.unsent} lost={one.lost} "
            f"doubled={one.doubled} ledger={one.ledger}{' too few kills' * self.rare}"
        )

    @property
    def sound(self) -> bool:
        """Whether everything arrived, once."""
        return self.reckoning.sound and not self.unsent and not self.rare


def settled(url: str, home: Path) -> Site:
    """A small city on an empty database, at the true time."""
    site = Site(url, home)
    site.settle()
    del site.environ["PATROL_CLOCK"]
    return site


def phones(site: Site, wanted: int, chance: random.Random) -> Iterator[Phone]:
    """Phones of as many officers of the one grid."""
    for _ in range(wanted):
        officer = site.make.person(Role.OFFICER, site.grid)
        token = site.make.token(officer)
        yield Phone(site.port, officer.id, token, random.Random(chance.random()))


def torture(
    site: Site, name: str, *, seconds: float, clients: int, seed: int, browsers: bool
) -> Outcome:
    """Let phones work for so long while the server, and one phone in a browser, are killed."""
    chance = random.Random(seed)
    own = list(phones(site, clients, chance))
    over = Event()
    log = site.home / "serve.log"
    browser = None
    with Server(site.environ, site.port, log) as server:
        server.start()
        if browsers:
            from tests.torture.browser import KilledBrowser

            browser = KilledBrowser(site, random.Random(chance.random()))
        workers = [Thread(target=_work, args=(one, site, over)) for one in own]
        if browser:
            workers.append(Thread(target=browser.live, args=(over,)))
        for worker in workers:
            worker.start()
        if browser and not browser.ready.wait(PATIENCE):
            raise RuntimeError("the browser does not open the outbox")
        kills = _kill(server, time.monotonic() + seconds, chance)
        over.set()
        for worker in workers:
            worker.join()
    told = [one for mine in own for item in mine.sent + mine.items for one in _told(item)]
    made = {number for mine in own for item in mine.sent + mine.items for number in _numbers(item)}
    unsent = sum(len(mine.items) for mine in own)
    if browser:
        told += browser.told
        made |= browser.made
        unsent += browser.unsent
    outcome = reckon(site.database, site.home / "media", told, made)
    minutes = int(seconds / 60)  # a shorter run shows what it shows
    rare = kills < SERVER_KILLS * minutes
    rare |= browser is not None and browser.kills < BROWSER_KILLS * minutes
    return Outcome(name, kills, browser.kills if browser else 0, outcome, unsent, rare)


def _kill(server: Server, until: float, chance: random.Random) -> int:
    """Kill and start again until then; how often. The server lives on after the last time."""
    kills = 0
    while time.monotonic() < until:
        time.sleep(chance.uniform(*ALIVE))
        server.kill()
        server.start()
        kills += 1
    return kills


def _work(mine: Phone, site: Site, over: Event) -> None:
    """Write and send until it is over, then send what is left."""
    while not over.is_set():
        _shift(mine, site)
        while not mine.drain() and not over.is_set():
            over.wait(mine.chance.uniform(0.02, 0.3))
            mine.forget()
    until = time.monotonic() + DRAINING
    while not mine.drain() and time.monotonic() < until:
        time.sleep(0.2)


def _shift(mine: Phone, site: Site) -> None:
    cell = mine.chance.choice(site.cells)
    walked = phone.start(mine, site.grid.id)
    phone.visit(mine, walked, cell.id, cell.lon, cell.lat)
    pictures = [phone.picture(mine.chance) for _ in range(mine.chance.choice((1, 1, 2)))]
    found = phone.finding(mine, CLASS, cell.lon, cell.lat, *pictures)
    phone.stop(mine, found)
    phone.end(mine, walked)


def _told(item: Item) -> Iterator[Told]:
    if item.acked:
        kind = "stop" if item.address.endswith("/stops") else KINDS.get(item.address, "other")
        yield Told(kind, item.id)
    for photo in item.photos:
        if photo.acked:
            yield Told("photo", photo.id, photo.sha256)


def _numbers(item: Item) -> Iterator[UUID]:
    yield item.id
    for photo in item.photos:
        yield photo.id
