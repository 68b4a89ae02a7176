"""Who looks after patrols in the demo: checks by lot and unannounced, questions about rounds."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from sqlmodel import Session, col, select

from patrol.checks import service as checks
from patrol.checks.drafts import NewDraw
from patrol.checks.drafts import Seen as Looked
from patrol.checks.model import SpotCheck
from patrol.checks.rules import Saw
from patrol.core.access import Actor
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.demo.agenda import Agenda, Later
from patrol.demo.cases import Seen, announced, arrive, go_on
from patrol.demo.city import City, leader_of
from patrol.demo.pictures import picture
from patrol.demo.walking import in_bands, walk
from patrol.findings.model import Finding
from patrol.flags import service as flags
from patrol.flags.drafts import Reply, Settling
from patrol.flags.model import Flag
from patrol.flags.rules import Verdict
from patrol.grid.model import Grid
from patrol.grid.queries import CellCard
from patrol.people.model import Person
from patrol.rounds import evidence, service, tracking
from patrol.rounds.drafts import CheckIn, End, Start
from patrol.rounds.model import ByHandBecause, Method, Mode

DRAWN = timedelta(days=2, hours=-15)  # before the last day begins; three days to look
RESULTS = ((1, 9, Saw.CLEAR), (1, 11, Saw.PROBLEM), (1, 15, Saw.CLEAR))  # days ago, hour
UNANNOUNCED = ((5, 16, 3, Saw.PROBLEM), (1, 16, 4, Saw.CLEAR))  # days ago, hour, daily grid
LOOKED_FOR = ["street_order", "city_appearance"]
SAME = "楼道内定位漂移，手工补打"
NIGHTS = (1, 0)  # days ago at which the rounds of the week before were looked at


def announce(agenda: Agenda, city: City, media: Path, midnight: datetime, days: int) -> None:
    """Put the checks and what leads to questions on the agenda of `days`."""

    def at(ago: int, hour: int, minute: int = 0) -> datetime:
        return midnight - timedelta(days=ago) + timedelta(hours=hour, minutes=minute)

    acts: list[Later] = [(midnight - DRAWN, partial(_draw, city))]
    for ago, hour, saw in RESULTS:
        acts.append((at(ago, hour, 35), partial(_result, city, media, saw)))
    for ago, hour, number, saw in UNANNOUNCED:
        acts.append((at(ago, hour, 20), partial(_unannounced, city, media, number, saw)))
    officers, workers = (city.staff.people[role] for role in (Role.OFFICER, Role.WORKER))
    acts += [
        (at(2, 18, 30), partial(_hurried, city, officers[1], city.hot[1])),
        (at(2, 18, 10), partial(_hurried, city, workers[0], city.markets[0])),
        (at(2, 13, 32), partial(_by_hand, city, officers[0], city.markets[0])),
    ]
    acts += [(at(ago, 2), _weigh) for ago in NIGHTS]
    acts += [(at(1, 10, 5), partial(_explained, city, officers[1])),
             (at(1, 12, 5), partial(_reply, city, workers[0]))]  # fmt: skip
    for moment, act in acts:
        if moment > midnight - timedelta(days=days):
            agenda.add(moment, act)


def _draw(city: City, session: Session, now: datetime) -> None:
    """Five cells of the first street are drawn by lot, and who looks there."""
    actor = city.actor(session, Role.SUPERVISOR, now=now)
    wanted = NewDraw(grid_id=city.tiers[1][0].id, cells=5, days=3)
    checks.draw(session, actor, wanted, seed=f"{now:%Y%m%d}-4711", now=now)


def _result(city: City, media: Path, saw: Saw, session: Session, now: datetime) -> Iterator[Later]:
    """One of those drawn goes there and says what is to be seen."""
    waiting = select(SpotCheck).where(col(SpotCheck.done_at).is_(None))
    task = session.exec(waiting.order_by(col(SpotCheck.cell_id))).first()
    if task is not None:
        cell = next(one for one in city.cells[task.grid_id] if one.id == task.cell_id)
        actor = city.acting(session, task.officer_id, now=now)
        yield from _look(session, city, media, actor, cell, saw, task, now=now)


def _unannounced(
    city: City, media: Path, number: int, saw: Saw, session: Session, now: datetime
) -> Iterator[Later]:
    """A supervisor comes by without a word."""
    actor = city.actor(session, Role.SUPERVISOR, now=now)
    cells = city.cells[city.hot[number].id]
    yield from _look(session, city, media, actor, cells[len(cells) // 2], saw, None, now=now)


def _look(
    session: Session,
    city: City,
    media: Path,
    actor: Actor,
    cell: CellCard,
    saw: Saw,
    task: SpotCheck | None,
    *,
    now: datetime,
) -> Iterator[Later]:
    """Keep what was seen; a problem comes with a photo and goes its way."""
    trouble = Seen(code="E0110", cell=cell, seed=int(now.timestamp()))
    problem = saw is Saw.PROBLEM
    content = picture(trouble.code, trouble.seed) if problem else b""
    draft = Looked(
        lon=cell.lon, lat=cell.lat, accuracy=8, saw=saw, topics=[] if problem else LOOKED_FOR,
        code=trouble.code if problem else None, check_id=task.id if task else None,
        remark="果皮箱外溢，垃圾落地" if problem else "沿街整洁，未见占道",
        photo=[announced(content, "near", now, cell.lon, cell.lat)] if problem else [],
        seen_at=now, made_at=now,
    )  # fmt: skip
    seen = checks.inspect(session, actor, draft, key=uuid7(), now=now)
    if seen.finding_id is not None:
        finding = session.get_one(Finding, seen.finding_id)
        arrive(session, media, actor, finding, content, now=now + timedelta(seconds=40))
        yield now + timedelta(minutes=8), partial(go_on, city, media, finding.id, trouble)


def _hurried(city: City, person: Person, grid: Grid, session: Session, now: datetime) -> None:
    """A round that was said to be on foot, and was not."""
    track = walk(in_bands(city.cells[grid.id]), now, Mode.CAR, Random(grid.code))
    actor = city.acting(session, person.id, now=now)
    start = Start(grid_id=grid.id, mode=Mode.FOOT, seen_at=now, made_at=now)
    going = service.start(session, actor, start, key=uuid7(), now=now)
    back = track.ends_at
    tracking.take_runs(session, actor, going, [track.fixes], now=back, zone=city.zone)
    service.end(session, actor, End(round_id=going.id, seen_at=back, made_at=back), now=back)


def _by_hand(city: City, person: Person, grid: Grid, session: Session, now: datetime) -> None:
    """A round checked in by hand throughout, with the same words again and again."""
    actor = city.acting(session, person.id, now=now)
    start = Start(grid_id=grid.id, mode=Mode.FOOT, seen_at=now, made_at=now)
    going = service.start(session, actor, start, key=uuid7(), now=now)
    at = now
    for cell in in_bands(city.cells[grid.id])[:6]:
        at += timedelta(minutes=3)
        seen = CheckIn(
            round_id=going.id, cell_id=cell.id, method=Method.BY_HAND, words=SAME,
            because=ByHandBecause.OTHER, seen_at=at, made_at=at,
        )  # fmt: skip
        evidence.check_in(session, actor, seen, key=uuid7(), now=at, zone=city.zone)
    service.end(session, actor, End(round_id=going.id, seen_at=at, made_at=at), now=at)


def _weigh(session: Session, now: datetime) -> None:
    while flags.weigh_rounds(session, now=now):
        pass


def _reply(city: City, person: Person, session: Session, now: datetime) -> None:
    """Whoever was asked says how it came."""
    actor = city.acting(session, person.id, now=now)
    said = Reply(text="下雨，改乘执法电动车，忘记改登记的方式。", made_at=now)
    for flag in session.exec(select(Flag).where(col(Flag.officer_id) == person.id)):
        flags.reply(session, actor, flag.id, said, key=uuid7(), now=now)


def _explained(city: City, person: Person, session: Session, now: datetime) -> None:
    """The answer is looked at, and explains it."""
    _reply(city, person, session, now)
    for flag in session.exec(select(Flag).where(col(Flag.officer_id) == person.id)):
        leader = leader_of(city, next(one for one in city.tiers[3] if one.id == flag.grid_id))
        actor = city.acting(session, leader.id, now=now)
        made = Settling(verdict=Verdict.EXPLAINED, remark="与派车登记一致")
        flags.settle(session, actor, flag.id, made, now=now + timedelta(hours=1))
