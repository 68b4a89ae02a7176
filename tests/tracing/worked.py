"""Hand-made facts: the very picture that the brief for the eye draws, 11-02 to 11-06."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from patrol.catalogue.rules import Persistence
from patrol.core.calendar import Limit, LimitUnit, china
from patrol.core.roles import Line, PostKind, Role
from patrol.findings.rules import Evidence, Source
from patrol.findings.rules import Proof as Shows
from patrol.people.rules import Excuse, ExcuseKind, Level, Place, Posting
from patrol.plans.rules import Reach, Window
from patrol.rounds.rules import Grade
from patrol.tracing.facts import Facts, Obligation, Proof, Receipt, Scene, Told, Visit

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = china(ZONE)


def name(number: int) -> UUID:
    return UUID(int=number)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of November 2026 in Zhengzhou."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


JIA, YI, HEAD, COMMUNITY, INSPECTOR, APPROVER = (name(n) for n in range(1, 7))
GRID, NEIGHBOURHOOD, STREET, CELL, PLAN, FINDING = (name(n) for n in range(11, 17))
PATH = (Place(GRID, 3), Place(NEIGHBOURHOOD, 2), Place(STREET, 1))
POST_JIA, POST_YI, POST_HEAD, POST_COMMUNITY = (name(n) for n in range(21, 25))
LEAVE = name(31)
WORKER = Level(Role.WORKER)


def post(
    key: UUID,
    person: UUID,
    role: Role,
    grid: UUID,
    start: datetime,
    *,
    kind: PostKind = PostKind.PRIMARY,
    end: datetime | None = None,
) -> tuple[datetime, Posting]:
    return start, Posting(key, person, role, grid, kind, start, end, accepted_at=start)


def visit(number: int, person: UUID, seen_at: datetime, metres: float = 12.0) -> Visit:
    return Visit(name(number), frozenset({person}), seen_at, seen_at, Grade.B, metres)


def day(number: int) -> Reach:
    """The daily window from seven to seven."""
    window = Window(at(number, 7), at(number, 19))
    return Reach(window, window.end + timedelta(minutes=30))


def clear(key: str, person: UUID, moment: datetime, metres: float = 8.0) -> Proof:
    evidence = Evidence(key, Shows.ABSENCE, moment, person, Grade.B, metres)
    return Proof(evidence, moment)


def there(
    key: str, moment: datetime, person: UUID | None = None, *, reported: bool = True
) -> Proof:
    return Proof(Evidence(key, Shows.PRESENCE, moment, person), moment, reported)


SCENE = Scene(
    finding=FINDING,
    cell=CELL,
    path=PATH,
    topic="advertising",
    persistence=Persistence.CONTINUOUS,
    source=Source.INSPECTION,
    found_at=at(6, 20),
    finders=frozenset({INSPECTOR}),
    known_at=at(6, 20),
)
OBLIGATION = Obligation(
    plan=PLAN,
    line=Line.TERRITORY,
    level=WORKER,
    covers_place=True,
    covers_topic=True,
    grade=Grade.B,
    windows=tuple(day(number) for number in (2, 3, 4, 5, 6)),
    known_at=at(1),
    planner=HEAD,
)
FACTS = Facts(
    scene=SCENE,
    proofs=(
        clear("clear_note:jia", JIA, at(3, 9)),
        there("photo:traffic-camera", at(4, 6, 30)),
    ),
    obligations=(OBLIGATION,),
    posts=(
        post(POST_JIA, JIA, Role.WORKER, GRID, at(1)),
        post(POST_YI, YI, Role.WORKER, GRID, at(4), kind=PostKind.RELIEF, end=at(6, 23)),
        post(POST_HEAD, HEAD, Role.HEAD, GRID, at(1)),
        post(POST_COMMUNITY, COMMUNITY, Role.HEAD, NEIGHBOURHOOD, at(1)),
    ),
    excuses=(
        Excuse(LEAVE, JIA, ExcuseKind.LEAVE, at(4), at(7), at(3, 17), JIA, at(3, 18), APPROVER),
    ),
    visits=(
        visit(41, JIA, at(2, 9)),
        visit(42, JIA, at(3, 9)),
        visit(43, YI, at(5, 10)),
        visit(44, YI, at(6, 9), metres=180.0),
    ),
    told=(
        Told(
            "climb:head",
            Level(Role.HEAD, 3),
            about_finding=False,
            told_at=at(4, 12),
            until=at(5, 23),
            person=HEAD,
            delivered_at=at(4, 12),
            read_at=at(4, 18, 20),
        ),
        Told(
            "climb:community",
            Level(Role.HEAD, 2),
            about_finding=False,
            told_at=at(6, 9),
            until=at(7, 9),
            person=COMMUNITY,
            delivered_at=at(6, 9),
        ),
    ),
)


def reported(source: Source = Source.SOCIAL_GRID, *, powers: bool = True) -> Facts:
    """The same place, told to the unit that had to stop it within four urgent hours."""
    receipt = Receipt(
        "step:received",
        source,
        at(6, 21),
        at(6, 21),
        Limit(4, LimitUnit.URGENT_HOUR),
        YI,
        powers=powers,
    )
    return replace(FACTS, receipts=(receipt,))
