"""Reading shifts and handovers: who is on duty, what passes on soon, what waits to be signed."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Session, col

from patrol.catalogue.queries import setting
from patrol.core.access import Actor, May, allows, within
from patrol.core.roles import WALKERS, Role
from patrol.findings.model import Finding
from patrol.findings.queries import FindingCard, cards, open_in
from patrol.grid.model import Grid
from patrol.grid.queries import grids_of, paths
from patrol.people import records
from patrol.people.model import Excuse, Person, Post, Shift
from patrol.people.queries import names
from patrol.people.rules import INSTANT
from patrol.shifts import rules
from patrol.shifts.model import Handover
from patrol.shifts.rules import HOURS, Band, Closing

SETTING = "shift.hours"  # {"early": ["07:00", "14:00"], …}
MOST = 60  # handovers of a list

Key = tuple[Role, datetime, UUID, UUID]  # role, moment, giver, taker


@dataclass(frozen=True)
class HandoverCard:
    """One handover, ready for a page."""

    id: UUID
    role: Role
    at: datetime
    grids: tuple[str, ...]  # names
    giver: str
    taker: str
    note: str
    remark: str
    given_at: datetime | None
    taken_at: datetime | None
    closing: Closing | None
    mine: bool  # waits for the reader's signature
    gives: bool  # the reader is who gives
    overdue: bool  # its moment and grace are over, and a signature is missing


def hours(session: Session) -> dict[Band, tuple[time, time]]:
    """From when until when each band lasts in this city."""
    told: dict[str, list[str]] = setting(session, SETTING, {})
    own = {
        Band(name): (time.fromisoformat(a), time.fromisoformat(b)) for name, (a, b) in told.items()
    }
    return {**HOURS, **own}


def walking_posts(session: Session, person_id: UUID) -> list[Post]:
    """Every post of a person that walks, in order of time."""
    query = select(Post).where(col(Post.person_id) == person_id, col(Post.role).in_(WALKERS))
    return list(session.scalars(query.order_by(col(Post.from_at), col(Post.id))))


def clashing(session: Session, person_id: UUID, start: datetime, end: datetime) -> bool:
    """Whether a person has been told a shift that touches these hours."""
    query = select(col(Shift.id)).where(
        col(Shift.person_id) == person_id,
        col(Shift.to_at) > start,
        col(Shift.from_at) < end,
        _stands(),
    )
    return session.scalar(query.limit(1)) is not None


def same_hours(session: Session, shift: Shift) -> list[Shift]:
    """The shifts of the same person and hours, on all grids."""
    query = select(Shift).where(
        col(Shift.person_id) == shift.person_id,
        col(Shift.from_at) == shift.from_at,
        col(Shift.to_at) == shift.to_at,
        _stands(),
    )
    return list(session.scalars(query.order_by(col(Shift.id))))


def below(session: Session, handover: Handover) -> list[UUID]:
    """Its grids and all below them."""
    tops = paths(session, [UUID(one) for one in handover.grids]).values()
    if not tops:
        return []
    either = or_(*(col(Grid.path).startswith(top, autoescape=True) for top in tops))
    return list(session.scalars(select(col(Grid.id)).where(either, col(Grid.valid_to).is_(None))))


def due(session: Session, since: datetime, until: datetime) -> dict[Key, list[UUID]]:
    """What passes on in [since, until): role, moment, giver and taker, with the grids by id."""
    touched = _touched(session, since, until)
    posts = [
        one
        for one in records.posts_over(session, touched, since - INSTANT, until)
        if one.role in WALKERS
    ]
    held = records.postings(session, posts, since, until)
    persons = {one.person_id for one in posts}
    excuses = [
        records.entry(one) for one in records.excuses_over(session, persons, [], since, until)
    ]
    here: dict[tuple[UUID, Role], list[Any]] = defaultdict(list)
    for one in held:
        here[one.grid_id, one.role].append(one)
    found: dict[Key, list[UUID]] = defaultdict(list)
    for (grid_id, role), those in sorted(here.items(), key=lambda item: str(item[0][0])):
        own = [one for one in excuses if one.person_id in {each.person_id for each in those}]
        for change in rules.changes(those, own, since, until):
            found[role, change.at, change.giver, change.taker].append(grid_id)
    return dict(sorted(found.items(), key=lambda item: (item[0][1], str(item[0]))))


def waiting(session: Session, since: datetime, until: datetime) -> dict[Key, Handover]:
    """The handovers laid out for [since, until), but those taken back."""
    query = select(Handover).where(
        col(Handover.at) >= since,
        col(Handover.at) < until,
        or_(col(Handover.closing).is_(None), col(Handover.closing) != Closing.VOID),
    )
    return {(row.role, row.at, row.giver_id, row.taker_id): row for row in session.scalars(query)}


def for_me(session: Session, actor: Actor) -> list[UUID]:
    """The handovers that wait for this person's signature, the next first."""
    query = select(col(Handover.id)).where(unsigned(actor.id))
    return list(session.scalars(query.order_by(col(Handover.at)).limit(MOST)))


def handovers(session: Session, actor: Actor, *, now: datetime) -> list[HandoverCard]:
    """One's own and those below, open ones first, then the newest."""
    query = (
        select(Handover)
        .where(
            within(actor, May.SEE_HANDOVER, Handover),
            or_(col(Handover.closing).is_(None), col(Handover.closing) != Closing.VOID),
        )
        .order_by(col(Handover.closed_at).is_not(None), col(Handover.at).desc(), col(Handover.id))
        .limit(MOST)
    )
    return card_of(session, actor, session.scalars(query).all(), now=now)


def card_of(
    session: Session, actor: Actor, rows: Collection[Handover], *, now: datetime
) -> list[HandoverCard]:
    """Handovers ready for a page, in as many queries as for one."""
    people = names(session, [one for row in rows for one in (row.giver_id, row.taker_id)])
    grids = grids_of(session, {UUID(one) for row in rows for one in row.grids})
    return [
        HandoverCard(
            row.id,
            row.role,
            row.at,
            tuple(grids[UUID(one)].name for one in row.grids if UUID(one) in grids),
            people[row.giver_id],
            people[row.taker_id],
            row.note,
            row.remark,
            row.given_at,
            row.taken_at,
            row.closing,
            mine=allows(actor, May.SIGN_HANDOVER, row)
            and (row.given_at if actor.id == row.giver_id else row.taken_at) is None
            and row.closing is not Closing.VOID,
            gives=actor.id == row.giver_id,
            overdue=row.closing is None and row.at + rules.GRACE < now,
        )
        for row in rows
    ]


def lying(session: Session, actor: Actor, handover: Handover) -> list[FindingCard]:
    """What is left: the findings open in its grids, and those its signatures named there.

    A signature opens nothing: what it names elsewhere is shown to whoever may see it anyway.
    """
    grids = below(session, handover)
    now_open = open_in(session, grids, limit=100)
    named = {UUID(one) for one in (*handover.left, *handover.taken)} - {one.id for one in now_open}
    theirs = or_(col(Finding.grid_id).in_(grids), within(actor, May.SEE_FINDING, Finding))
    query = select(Finding).where(col(Finding.id).in_(named), theirs)
    return [*now_open, *cards(session, list(session.scalars(query)))]


def unsigned(person_id: Any) -> ColumnElement[bool]:
    """A handover that waits for this person's signature."""
    gives = and_(col(Handover.giver_id) == person_id, col(Handover.given_at).is_(None))
    takes = and_(col(Handover.taker_id) == person_id, col(Handover.taken_at).is_(None))
    return and_(col(Handover.closed_at).is_(None), or_(gives, takes))


def _touched(session: Session, since: datetime, until: datetime) -> set[UUID]:
    """The grids where something about who holds them changes in [since, until)."""

    def inside(*columns: Any) -> ColumnElement[bool]:
        return or_(*(and_(col(one) >= since, col(one) < until) for one in columns))

    posts = select(col(Post.grid_id)).where(
        inside(Post.from_at, Post.to_at, Post.accepted_at, Post.served_at)
    )
    shifts = select(col(Shift.grid_id)).where(
        inside(Shift.from_at, Shift.to_at, Shift.cancelled_at)
    )
    away = select(col(Excuse.person_id)).where(inside(Excuse.from_at, Excuse.to_at))
    theirs = select(col(Post.grid_id)).where(col(Post.person_id).in_(away))
    found: Iterable[UUID] = (
        grid_id for query in (posts, shifts, theirs) for grid_id in session.scalars(query)
    )
    return set(found)


def _stands() -> ColumnElement[bool]:
    return col(Shift.cancelled_at).is_(None)


@dataclass(frozen=True)
class ShiftCard:
    """One shift with those of the same hours on other grids, ready for a page."""

    id: UUID
    person_id: UUID
    name: str
    grids: tuple[str, ...]
    from_at: datetime
    to_at: datetime
    told_by: str
    told_at: datetime
    off_by: str | None
    off_at: datetime | None
    may_call_off: bool


def shift_card(session: Session, actor: Actor, shift: Shift, *, now: datetime) -> ShiftCard:
    """One shift, ready for a page."""
    same = same_hours(session, shift) or [shift]
    grids = grids_of(session, {one.grid_id for one in same})
    people = names(session, [shift.person_id, shift.recorded_by, shift.cancelled_by])
    return ShiftCard(
        shift.id,
        shift.person_id,
        people[shift.person_id],
        tuple(one.name for one in grids.values()),
        shift.from_at,
        shift.to_at,
        people[shift.recorded_by],
        shift.recorded_at,
        people.get(shift.cancelled_by) if shift.cancelled_by else None,
        shift.cancelled_at,
        shift.cancelled_at is None and shift.to_at > now and allows(actor, May.MANAGE_POST, shift),
    )


def walkers(session: Session, actor: Actor, *, now: datetime) -> list[tuple[str, str]]:
    """Who walks in the grids one gives posts in: login and name."""
    query = (
        select(col(Person.login), col(Person.name))
        .join(Post, col(Post.person_id) == col(Person.id))
        .where(
            within(actor, May.MANAGE_POST, Post),
            col(Post.role).in_(WALKERS),
            or_(col(Post.to_at).is_(None), col(Post.to_at) > now),
            col(Person.disabled_at).is_(None),
        )
        .distinct()
        .order_by(col(Person.name), col(Person.login))
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
