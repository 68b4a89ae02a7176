"""What is found in the demo and what becomes of it: recorded, stopped, filed, handled, checked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random
from urllib.parse import urlencode
from uuid import UUID

from sqlmodel import Session, col, select

from patrol.core.access import Actor
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.demo.agenda import Later
from patrol.demo.city import City
from patrol.demo.pictures import picture
from patrol.findings import queries, service
from patrol.findings.drafts import Draft, Stop
from patrol.findings.model import Finding
from patrol.findings.rules import ENDED, Source, StopKind, StopOutcome
from patrol.grid.queries import CellCard, cell_at
from patrol.handling import service as handling
from patrol.handling.drafts import Take
from patrol.handling.rules import Move, Stage
from patrol.people.queries import answering
from patrol.photos import service as photos
from patrol.photos.model import Photo
from patrol.photos.rules import View

REMARKS = {
    "E0406": "在人行道设摊，占用盲道",
    "E0405": "桌椅货架摆出门外约两米",
    "E0401": "流动三轮车售卖水果",
    "E0110": "果皮箱旁堆放生活垃圾",
    "E0136": "装修材料堆在路边",
    "E0201": "电线杆、墙面张贴小广告",
    "E0410": "电动车占满人行道",
    "E0112": "路面落叶、纸屑未清",
    "E0304": "土方未覆盖，扬尘明显",
    "E0203": "楼体新设大型广告牌，未见审批",
    "E0206": "门头招牌超高超宽",
    "E0101": "楼顶正在搭建彩钢房",
    "E0196": "车位私装地锁",
    "E0302": "围挡占用非机动车道",
    "E0113": "路面破损，坑深约四厘米",
}
WALKED = ("E0406", "E0405", "E0110", "E0136", "E0201", "E0410", "E0112", "E0304", "E0401", "E0113")
STANDING = ("E0203", "E0206", "E0101", "E0196", "E0302")  # what stays until somebody ends it
STUCK = 0.1  # how likely a unit leaves a finding lying
WITH_AFTER = frozenset({Move.REMEDY, Move.CLOSE})


@dataclass(frozen=True)
class Seen:
    """Something somebody comes upon: what, where, how it came to be known."""

    code: str
    cell: CellCard
    seed: int
    source: Source | None = None
    since: datetime | None = None
    ground: str = ""
    round_id: UUID | None = None
    stop: tuple[StopKind, StopOutcome] | None = None
    self_handled: bool = False
    lies: bool = False  # the unit will not move


def find(
    session: Session, city: City, media: Path, actor: Actor, seen: Seen, *, now: datetime
) -> Iterator[Later]:
    """Record it with a photo, stop it where one can, and let the procedure begin."""
    random = Random(seen.seed)
    lon = round(seen.cell.lon + random.uniform(-0.0003, 0.0003), 6)
    lat = round(seen.cell.lat + random.uniform(-0.00025, 0.00025), 6)
    if cell_at(session, lon, lat, at=now) is None:  # over the district's border
        lon, lat = seen.cell.lon, seen.cell.lat
    key = uuid7()
    bytes_ = picture(seen.code, seen.seed)
    draft = Draft(
        code=seen.code, lon=lon, lat=lat, own_lon=round(lon + 0.00006, 6), own_lat=lat,
        own_accuracy=8, remark=REMARKS.get(seen.code, ""), source=seen.source, since=seen.since,
        ground=seen.ground, round_id=seen.round_id, self_handled=seen.self_handled,
        seen_at=now, made_at=now, photo=[announced(bytes_, "near", now, lon, lat)],
    )  # fmt: skip
    finding = service.record(session, actor, draft, key=key, now=now)
    arrive(session, media, actor, finding, bytes_, now=now + timedelta(seconds=40))
    if seen.self_handled:
        _after(session, media, actor, finding, seen, now=now + timedelta(minutes=6))
    if seen.stop is not None:
        kind, outcome = seen.stop
        told = Stop(kind=kind, outcome=outcome, seen_at=now, made_at=now)
        at = now + timedelta(minutes=3)
        service.stop(session, actor, finding, told, key=uuid7(), now=at)
    yield now + timedelta(minutes=8), partial(go_on, city, media, key, seen)


def go_on(
    city: City, media: Path, finding_id: UUID, seen: Seen, session: Session, now: datetime
) -> Iterator[Later]:
    """Take the next usual step of a finding, and say when the one after is taken."""
    finding = session.get_one(Finding, finding_id)
    if finding.stage in ENDED or finding.joined_to is not None:
        return
    random = Random(f"{seen.seed} {finding.stage} {now:%d%H}")
    if finding.stage is Stage.HANDLING and (seen.lies or random.random() < STUCK):
        return
    move, role = _usual(finding, random)
    hour = now.astimezone(city.zone).hour
    if role is not Role.DISPATCHER and not 7 <= hour < 20:
        wait = (31 - hour) % 24 or 24
        yield now + timedelta(hours=wait), partial(go_on, city, media, finding_id, seen)
        return
    actor = _who(session, city, finding, role, now)
    if actor is None:
        return
    photo: list[str] = []
    after = b""
    if move is Move.REMEDY:
        after = picture(seen.code, seen.seed, after=True)
        photo = [announced(after, "after", now, finding.lon, finding.lat)]
    draft = Take(
        move=move, stage=finding.stage, photo=photo, opinion=_opinion(move),
        unit_id=random.choice(city.units) if move is Move.DISPATCH else None,
        seen_at=now, made_at=now,
    )  # fmt: skip
    handling.take(session, actor, finding_id, draft, key=uuid7(), now=now)
    if after:
        arrive(session, media, actor, finding, after, now=now + timedelta(seconds=50))
    yield now + _pause(finding.stage, random), partial(go_on, city, media, finding_id, seen)


def stop_late(city: City, finding_id: UUID, session: Session, now: datetime) -> None:
    """Somebody goes there at last, after the limit to stop has passed."""
    finding = session.get_one(Finding, finding_id)
    actor = _who(session, city, finding, Role.OFFICER, now)
    if actor is not None and finding.stopped_at is None and finding.stage not in ENDED:
        draft = Stop(kind=StopKind.ADVISED, outcome=StopOutcome.STOPPED, seen_at=now, made_at=now)
        service.stop(session, actor, finding, draft, key=uuid7(), now=now)


def _usual(finding: Finding, random: Random) -> tuple[Move, Role]:
    rework = finding.stage is Stage.CHECKING and random.random() < 0.08
    usual = {
        Stage.RECEIVED: (Move.ACCEPT, Role.DISPATCHER),
        Stage.VERIFYING: (Move.CONFIRM, Role.OFFICER),
        Stage.FILING: (Move.FILE, Role.DISPATCHER),
        Stage.DISPATCHING: (Move.DISPATCH, Role.DISPATCHER),
        Stage.HANDLING: (Move.REMEDY, Role.HANDLER),
        Stage.HUNG: (Move.RESUME, Role.DISPATCHER),
        Stage.CHECKING: (Move.REWORK if rework else Move.PASS, Role.SQUAD_LEADER),
        Stage.CLOSING: (Move.CLOSE, Role.DISPATCHER),
    }
    return usual[finding.stage]


def _who(session: Session, city: City, finding: Finding, role: Role, now: datetime) -> Actor | None:
    if role is Role.HANDLER:
        own = (one for one in city.staff.people[role] if one.unit_id == finding.unit_id)
        person = next(own, None)
        return city.acting(session, person.id, now=now) if person else None
    first = next(iter(answering(session, finding.grid_id, role, at=now)), None)
    if first is None or first.person_id is None:
        return None
    return city.acting(session, first.person_id, now=now)


def _pause(stage: Stage, random: Random) -> timedelta:
    hours = {Stage.HANDLING: (1, 30), Stage.CHECKING: (1, 5), Stage.CLOSING: (0.2, 2)}
    least, most = hours.get(stage, (0.05, 0.4))
    return timedelta(hours=random.uniform(least, most))


def _opinion(move: Move) -> str:
    return {Move.REWORK: "现场仍有残留，请继续处置", Move.REMEDY: "已处置"}.get(move, "")


def announced(content: bytes, view: str, at: datetime, lon: float, lat: float) -> str:
    """A photo of these bytes as a form announces it."""
    told = {
        "id": str(uuid7()), "sha256": sha256(content).hexdigest(), "size": len(content),
        "view": view, "origin": "camera", "taken_at": at.isoformat(), "lon": lon, "lat": lat,
        "accuracy": 8,
    }  # fmt: skip
    return urlencode(told)


def arrive(
    session: Session, media: Path, actor: Actor, finding: Finding, content: bytes, *, now: datetime
) -> None:
    """The bytes of an announced photo reach us."""
    made = photos.made(media, BytesIO(content))
    waiting = photos_of(session, finding.id, made.sha256)
    for photo in waiting:
        photos.arrived(session, actor, photo, made, now=now)


def photos_of(session: Session, finding_id: UUID, digest: str) -> Sequence[Photo]:
    """The photos of a finding with these bytes that have not arrived."""
    about = select(Photo).where(
        col(Photo.subject) == queries.subject(finding_id),
        col(Photo.sha256) == digest,
        col(Photo.stored_at).is_(None),
    )
    return list(session.exec(about))


def _after(
    session: Session, media: Path, actor: Actor, finding: Finding, seen: Seen, *, now: datetime
) -> None:
    made = photos.made(media, BytesIO(picture(seen.code, seen.seed, after=True)))
    about = queries.subject(finding.id)
    photos.bring(session, actor, about, finding.grid_id, made, View.AFTER, now=now)
