"""Walks the demo's month: who goes out when, what is left out, and the jobs that run meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from math import hypot
from pathlib import Path
from random import Random
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from patrol.core.access import Actor
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.demo.agenda import Later
from patrol.demo.cases import WALKED, Seen, find
from patrol.demo.city import City
from patrol.demo.duty import HOURS
from patrol.demo.walking import Walk, in_bands, walk
from patrol.escalation.model import Matter
from patrol.escalation.service import climb_next
from patrol.findings.rules import StopKind, StopOutcome
from patrol.grid.model import Grid
from patrol.grid.queries import CellCard
from patrol.people.model import Person
from patrol.plans.model import Plan
from patrol.plans.service import close_windows
from patrol.rounds import evidence, service, tracking
from patrol.rounds.drafts import CheckIn, Clear, End, Start
from patrol.rounds.model import LeftBecause, Mode
from patrol.rounds.rules import Fix
from patrol.shifts.rules import Band
from patrol.tags.rules import Mark

KEPT = 0.85  # how likely a planned round is walked at all
WHOLE = 0.8  # how likely it is walked to the end
FOUND = 0.12  # how likely something is found on it
NOTED = 0.5  # how likely the officer says at its end that nothing was found
TAGS = 4  # read on a round where cells have them
BESIDE = 0.0004  # degrees from the middle of a cell
NOTED_CELLS = 8  # of the last quarter of an hour


@dataclass(frozen=True)
class Errand:
    """One round to be walked: by whom, where, when, how."""

    person: Person
    grid: Grid
    starts_at: datetime
    mode: Mode
    cells: Sequence[CellCard]
    topics: tuple[str, ...]
    cut_short: bool = False


def errands(city: City, day: date, random: Random) -> list[Errand]:
    """Everything that is walked on a day, in order of start; some rounds are missed."""
    return sorted(
        [*_officers(city, day, random), *_workers(city, day, random), *_heads(city, day, random)],
        key=lambda errand: (errand.starts_at, errand.person.login),
    )


def _officers(city: City, day: date, random: Random) -> Iterator[Errand]:
    for grid in city.hot:
        own = city.staff.of(Role.OFFICER, city.parent(grid))
        band = city.bands.get(own.id, Band.DAY) if own else Band.DAY
        hour, minute = random.choice(HOURS[band]), random.randrange(60)
        kept = random.random() < KEPT
        person = city.stand_ins.get((grid.id, day), own if kept else None)
        if person is not None:
            begins = _at(city, day, hour, minute)
            yield _errand(
                city, person, grid, begins, Mode.FOOT, random, ("street_order", "advertising")
            )
    for grid in city.markets:
        own = city.staff.of(Role.OFFICER, city.parent(grid))
        for person, hour, minute in ((own, 7, 32), (city.evenings.get(grid.id, own), 17, 2)):
            begins = _at(city, day, hour, minute + random.randrange(8))
            if person is not None and random.random() < KEPT:
                yield _errand(city, person, grid, begins, Mode.BIKE, random, ("street_order",))


def _workers(city: City, day: date, random: Random) -> Iterator[Errand]:
    """Each grid of a community has its weekday; two people rest on Sundays at most."""
    for community in city.tiers[2]:
        person = city.staff.of(Role.WORKER, community)
        own = [grid for grid in city.tiers[3] if grid.parent_id == community.id]
        for turn, grid in enumerate(own):
            kept = random.random() < KEPT
            begins = _at(city, day, 9 + turn % 2 * 5, random.randrange(55))
            if person is not None and day.weekday() == turn % 6 and kept:
                yield _errand(city, person, grid, begins, Mode.BIKE, random, ("city_appearance",))


def _heads(city: City, day: date, random: Random) -> Iterator[Errand]:
    """The head of a street sees one community a week, by car."""
    for turn, street in enumerate(city.tiers[1]):
        person = city.staff.of(Role.HEAD, street)
        own = [grid for grid in city.tiers[2] if grid.parent_id == street.id]
        begins = _at(city, day, 15, random.randrange(50))
        if person is not None and day.weekday() == (turn + 2) % 5 and own:
            community = own[day.toordinal() // 7 % len(own)]
            yield _errand(city, person, community, begins, Mode.CAR, random, ("construction",))


def _errand(
    city: City,
    person: Person,
    grid: Grid,
    begins: datetime,
    mode: Mode,
    random: Random,
    topics: tuple[str, ...],
) -> Errand:
    lowest = [grid] if grid.tier == 4 else [g for g in city.tiers[3] if g.parent_id == grid.id]
    cells = [
        cell
        for each in lowest
        for cell in in_bands(city.cells[each.id], from_south=random.random() < 0.5)
    ]
    whole = random.random() < WHOLE
    kept = len(cells) if whole else max(int(len(cells) * random.uniform(0.55, 0.92)), 1)
    return Errand(person, grid, begins, mode, cells[:kept], topics, cut_short=not whole)


def _at(city: City, day: date, hour: int, minute: int) -> datetime:
    hour, minute = hour + minute // 60, minute % 60
    return datetime.combine(day, time(hour, minute), city.zone)


def go(
    city: City,
    media: Path,
    errand: Errand,
    seed: int,
    now: datetime,
    session: Session,
    at: datetime,
) -> Iterator[Later]:
    """Walk an errand through the services a phone would call, as far as `now` allows."""
    random = Random(seed)
    track = walk(errand.cells, at, errand.mode, random)
    actor = city.acting(session, errand.person.id, now=at)
    draft = Start(grid_id=errand.grid.id, mode=errand.mode, seen_at=at, made_at=at)
    going = service.start(session, actor, draft, key=uuid7(), now=at)
    until = min(track.ends_at, now)
    yield until, partial(_come_back, city, media, errand, track, going.id, seed)


def _come_back(
    city: City,
    media: Path,
    errand: Errand,
    track: Walk,
    round_id: UUID,
    seed: int,
    session: Session,
    at: datetime,
) -> Iterator[Later]:
    """What the phone sends by `at`: the track, what was found, that nothing was found, the end."""
    random = Random(seed + 1)
    actor = city.acting(session, errand.person.id, now=at)
    going = service.mine(session, actor, round_id)
    walked = [fix for fix in track.fixes if fix.at <= at]
    if len(walked) > 1:
        if errand.grid.id in city.tagged:
            _read_tags(session, city, actor, errand, walked, round_id, now=at)
        tracking.take_runs(session, actor, going, [walked], now=at, zone=city.zone)
        if random.random() < NOTED:
            last = [cell.id for cell in errand.cells[: len(errand.cells)][-NOTED_CELLS:]]
            clear = Clear(round_id=round_id, cells=last, topics=[errand.topics[0]],
                          seen_at=at, made_at=at)  # fmt: skip
            evidence.clear(session, actor, clear, key=uuid7(), now=at)
        if random.random() < FOUND:
            yield from find(session, city, media, actor, _seen(errand, round_id, random), now=at)
    if track.ends_at <= at:
        because = LeftBecause.SHIFT_OVER if errand.cut_short else None
        end = End(round_id=round_id, because=because, seen_at=at, made_at=at)
        service.end(session, actor, end, now=at)


def _read_tags(
    session: Session,
    city: City,
    actor: Actor,
    errand: Errand,
    walked: Sequence[Fix],
    round_id: UUID,
    *,
    now: datetime,
) -> None:
    """Check in by the tag of some of the cells walked through, where one stood in the middle."""
    for cell in errand.cells[2 :: len(errand.cells) // TAGS + 1]:
        near = min(walked, key=lambda fix: hypot(fix.lon - cell.lon, fix.lat - cell.lat))
        if hypot(near.lon - cell.lon, near.lat - cell.lat) > BESIDE:
            continue
        seen = CheckIn(
            round_id=round_id, cell_id=cell.id, lon=near.lon, lat=near.lat,
            accuracy=near.accuracy, tag=cell.code, seen_at=near.at, made_at=near.at,
        )  # fmt: skip
        mark = Mark(cell.code, serial=1)
        key = uuid7()
        evidence.check_in(session, actor, seen, key=key, now=now, zone=city.zone, mark=mark)


def _seen(errand: Errand, round_id: UUID, random: Random) -> Seen:
    """Something usual, mostly stopped on the spot and sometimes put right at once."""
    code = random.choice(WALKED)
    outcome = random.choices(list(StopOutcome), (7, 1, 2))[0]
    kind = StopKind.ADVISED if outcome is not StopOutcome.ABSENT else StopKind.REPORTED
    return Seen(
        code=code,
        cell=random.choice(errand.cells),
        seed=random.randrange(1 << 30),
        round_id=round_id,
        stop=(kind, outcome) if random.random() < 0.85 else None,
        self_handled=outcome is StopOutcome.STOPPED and random.random() < 0.25,
    )


def run_jobs(session: Session, city: City, *, until: datetime) -> None:
    """What the worker would have done by `until`, each at the moment it was due."""
    while True:
        climbs = select(func.min(col(Matter.next_at))).where(col(Matter.settled_at).is_(None))
        closes = select(func.min(col(Plan.closes_next_at)))
        due = [at for at in (session.scalar(climbs), session.scalar(closes)) if at is not None]
        due = [at for at in due if at <= until]
        if not due:
            return
        climb_next(session, now=min(due))
        while close_windows(session, zone=city.zone, now=min(due)) is not None:
            pass
