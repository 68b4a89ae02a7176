"""Relief in four taps: who could stand in on a grid, and giving them the post for a time."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, within
from patrol.core.errors import NotFound
from patrol.core.roles import LINE_OF, WALKERS, Line, PostKind, Role
from patrol.grid.model import Grid
from patrol.grid.queries import grids_of
from patrol.people import records, rules, service
from patrol.people.drafts import NewPost, NewRelief, Span
from patrol.people.model import Person, Post

MOST = 12  # people offered
DAYS = {Span.DAY: 1, Span.THREE: 3, Span.WEEK: 7}


@dataclass(frozen=True)
class Candidate:
    """Somebody who could stand in."""

    login: str
    name: str
    near: bool  # serves in a grid beside
    duty: tuple[datetime, datetime] | None  # hours told elsewhere in that time


@dataclass(frozen=True)
class Offer:
    """Where relief is wanted, as what, for which time, and who could give it."""

    grid: Grid
    role: Role
    since: datetime
    until: datetime | None
    candidates: list[Candidate]


def offer(
    session: Session,
    actor: Actor,
    grid_id: UUID,
    role: Role | None,
    since: datetime,
    until: datetime | None,
) -> Offer:
    """Who could stand in on a grid from `since` on: those beside first, nobody who is away."""
    grid = grids_of(session, [grid_id]).get(grid_id)
    if grid is None or grid.valid_to is not None:
        raise NotFound
    role = role or _walks_here(session, actor, grid_id, since)
    end = until or since + timedelta(days=1)
    posts = select(Post).where(
        within(actor, May.MANAGE_POST, Post),
        Post.bound(),
        col(Post.role) == role,
        col(Post.from_at) < end,
        or_(col(Post.to_at).is_(None), col(Post.to_at) > since),
    )
    held: dict[UUID, list[Post]] = defaultdict(list)
    for post in session.scalars(posts.order_by(col(Post.from_at), col(Post.id))):
        held[post.person_id].append(post)
    here = {one for one, own in held.items() if any(post.grid_id == grid_id for post in own)}
    excuses = [records.entry(one) for one in records.excuses_over(session, held, [], since, end)]
    away = {one.person_id for one in excuses if one.kind is not rules.ExcuseKind.WEATHER}
    known = grids_of(session, {post.grid_id for own in held.values() for post in own})
    beside = {one.id for one in known.values() if one.parent_id == grid.parent_id}
    free = set(held) - here - away
    people = session.scalars(
        select(Person).where(col(Person.id).in_(free), col(Person.disabled_at).is_(None))
    )
    hours = {
        shift.person_id: (shift.from_at, shift.to_at)
        for shift in records.shifts_over(session, set(known), since, end)
        if shift.cancelled_at is None
    }
    found = [
        Candidate(
            one.login,
            one.name,
            any(post.grid_id in beside for post in held[one.id]),
            hours.get(one.id),
        )
        for one in people
    ]
    found.sort(key=lambda one: (one.duty is not None, not one.near, one.name, one.login))
    return Offer(grid, role, since, until, found[:MOST])


def relieve(
    session: Session, actor: Actor, draft: NewRelief, *, now: datetime, zone: tzinfo
) -> Post:
    """Give somebody the post for the time asked; who stands in for one on leave is leave cover."""
    start = max(_aware(draft.since, zone) or now, now)
    end = _end(draft, start, zone)
    excused = records.excuses_over(
        session, _holders(session, draft, start), [], start, start + rules.INSTANT
    )
    away = rules.away_at([records.entry(one) for one in excused], start)
    told = NewPost(
        login=draft.login,
        role=draft.role,
        grid_id=draft.grid_id,
        kind=PostKind.COVER if away else PostKind.RELIEF,
        from_at=None if start == now else start.astimezone(zone).replace(tzinfo=None),
        to_at=end.astimezone(zone).replace(tzinfo=None) if end else None,
    )
    return service.assign(session, actor, told, now=now, zone=zone)


def _holders(session: Session, draft: NewRelief, at: datetime) -> set[UUID]:
    return {
        post.person_id
        for post in records.held(session, [draft.grid_id], at=at)
        if post.role is draft.role
    }


def _end(draft: NewRelief, start: datetime, zone: tzinfo) -> datetime | None:
    if draft.span is Span.ASKED:
        return _aware(draft.until, zone)
    if draft.span is Span.OPEN:
        return None
    day: date = start.astimezone(zone).date() + timedelta(days=DAYS[draft.span])
    return datetime.combine(day, time(), tzinfo=zone)


def _aware(moment: datetime | None, zone: tzinfo) -> datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=zone)


def _walks_here(session: Session, actor: Actor, grid_id: UUID, at: datetime) -> Role:
    """The role that walks there; where nobody does, that of the reader's own line."""
    walking = (one.role for one in records.held(session, [grid_id], at=at) if one.role in WALKERS)
    own = {LINE_OF[role] for role in actor.roles if role in LINE_OF}
    return next(walking, Role.WORKER if Line.TERRITORY in own else Role.OFFICER)
