"""Who works in the demo: some sixty made-up people in both lines, with one to sign in per role."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from sqlmodel import Session

from patrol.core.roles import Identity, Role
from patrol.grid.model import Grid
from patrol.ledger.service import note
from patrol.people.model import Person, Post

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = (
    "建国", "志强", "海燕", "晓东", "丽娟", "振华", "文博", "秀英", "国庆", "雪梅", "卫东", "俊杰",
    "桂花", "明亮", "红霞", "永刚", "佳宁", "子轩", "淑芬", "立新", "彦君", "春雷", "思远", "玉兰",
    "宏伟", "静怡", "大勇", "凤英", "长河", "新宇", "慧敏", "天佑", "金生", "云霞", "书恒", "爱民",
)  # fmt: skip
IDENTITIES = {
    Role.OFFICER: Identity.CIVIL_SERVANT,
    Role.WORKER: Identity.CONTRACT,
    Role.HANDLER: Identity.INSTITUTION,
    Role.DISPATCHER: Identity.AGENCY,
}


@dataclass
class Staff:
    """Everybody by role, and which grids each holds."""

    people: dict[Role, list[Person]] = field(default_factory=dict)
    held: dict[UUID, list[Grid]] = field(default_factory=dict)

    def of(self, role: Role, grid: Grid) -> Person | None:
        """Who holds this role on this very grid."""
        return next(
            (one for one in self.people[role] if grid.id in {g.id for g in self.held[one.id]}), None
        )


def engage(
    session: Session,
    tiers: Sequence[Sequence[Grid]],
    units: Sequence[UUID],
    password: str,
    random: Random,
    *,
    now: datetime,
) -> Staff:
    """Take everybody on and give them their posts; `password` is the hash they all share."""
    (district,), streets, communities, lowest = tiers
    staff = Staff()
    names = _names(random)

    def take(role: Role, grids: Sequence[Sequence[Grid]]) -> None:
        for own in grids:
            number = len(staff.people.setdefault(role, []))
            person = _person(role, number, next(names), password, random, now=now)
            if role is Role.HANDLER:
                person.unit_id = units[number % len(units)]
            session.add(person)
            session.flush()
            staff.people[role].append(person)
            staff.held[person.id] = list(own)
            told = {"login": person.login, "identity": person.identity.value}
            note(session, None, "person.recorded", person.id, told, at=now)
            _posts(session, person, role, own, now=now)

    take(Role.OFFICER, _shares(communities, 14))
    take(Role.WORKER, _shares(communities, 14))
    take(Role.HEAD, [[street] for street in streets])
    take(Role.HEAD, _shares(communities, 7))
    take(Role.HEAD, _shares(lowest, 10))
    take(Role.SQUAD_LEADER, [[street] for street in streets])
    for role in (Role.BRIGADE_LEADER, Role.BUREAU_LEADER, Role.LEGAL, Role.AUDITOR, Role.ADMIN):
        take(role, [[district]])
    take(Role.SUPERVISOR, [[district]] * 4)
    take(Role.DISPATCHER, [[district]] * 2)
    take(Role.HANDLER, [[district]] * 3)
    return staff


def sign_ins(password: str) -> list[dict[str, str]]:
    """One sign-in for each role, the first of its people."""
    return [
        {"role": role.value, "login": role.value.replace("_", "-"), "password": password}
        for role in Role
    ]


def _person(
    role: Role, number: int, name: str, password: str, random: Random, *, now: datetime
) -> Person:
    certified = role in (Role.OFFICER, Role.SQUAD_LEADER, Role.SUPERVISOR)
    village = role is Role.HEAD and number >= 5
    return Person(
        login=role.value.replace("_", "-") + (f"{number + 1:02d}" if number else ""),
        name=name,
        phone=f"1380371{random.randrange(10_000):04d}",
        identity=Identity.VILLAGE if village else IDENTITIES.get(role, Identity.CIVIL_SERVANT),
        certificate=f"豫A{random.randrange(10**7):07d}" if certified else None,
        certificate_until=_expiry(now, number) if certified else None,
        password=password,
        recorded_at=now,
    )


def _posts(
    session: Session, person: Person, role: Role, grids: Sequence[Grid], *, now: datetime
) -> None:
    for grid in grids:
        post = Post(
            person_id=person.id,
            role=role,
            grid_id=grid.id,
            from_at=now,
            recorded_at=now,
            served_at=now,
            accepted_at=now,
        )
        session.add(post)
        session.flush()
        told = {"person": str(person.id), "role": role.value, "grid": str(grid.id)}
        note(session, None, "post.assigned", post.id, told, at=now)


def _shares(grids: Sequence[Grid], wanted: int) -> list[list[Grid]]:
    """Grids in order, dealt to `wanted` people: neighbours to the same hand."""
    return [
        list(grids[len(grids) * one // wanted : len(grids) * (one + 1) // wanted])
        for one in range(wanted)
    ]


def _names(random: Random) -> Iterator[str]:
    known: set[str] = set()
    while True:
        name = random.choice(SURNAMES) + random.choice(GIVEN)
        if name not in known:
            known.add(name)
            yield name


def _expiry(now: datetime, number: int) -> date:
    """Certificates run out at different times; that of the fifth soon."""
    return (now + timedelta(days=75 if number == 4 else 400 + 90 * number)).date()
