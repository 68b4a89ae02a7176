"""What the pages on people show: the roster with its gaps, a person, one's posts, entries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from patrol.core import clock
from patrol.core.access import Actor, May, allows, within
from patrol.core.errors import NotFound
from patrol.core.roles import Identity, PostKind, Role
from patrol.grid.model import Grid
from patrol.grid.queries import grids_of
from patrol.people import rules
from patrol.people.leave import ExcuseCard, entries
from patrol.people.model import Excuse, Person, Post, SessionToken
from patrol.people.queries import names, paths_of, street_tier
from patrol.people.records import entry, excuses_over, held
from patrol.people.rules import Certificate

PAGE = 40  # grids on a page
MOST = 200  # entries and candidates in a list


class PostState(StrEnum):
    """Where a post stands at a moment."""

    WAITING = "waiting"  # in time, and nobody accepted it
    IN_FORCE = "in_force"
    AHEAD = "ahead"
    OVER = "over"


@dataclass(frozen=True)
class PostCard:
    """One post, ready for a page."""

    id: UUID
    person_id: UUID
    name: str
    role: Role
    kind: PostKind
    grid_id: UUID
    grid_name: str
    tier: int
    from_at: datetime
    to_at: datetime | None
    accepted_at: datetime | None
    given_by: str | None
    state: PostState
    may_end: bool
    away: rules.ExcuseKind | None = None  # what keeps the holder away now


@dataclass(frozen=True)
class GridRow:
    """One grid of the roster: who holds it as what, and what nobody holds."""

    grid_id: UUID
    code: str
    name: str
    tier: int
    posts: tuple[PostCard, ...]
    missing: tuple[Role, ...]
    may_assign: bool


@dataclass(frozen=True)
class Roster:
    """One page of the roster."""

    rows: list[GridRow]
    gaps: int  # on this page
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class PersonCard:
    """One person, as far as the reader may see."""

    id: UUID
    name: str
    login: str
    phone: str
    identity: Identity
    certificate: str | None
    certificate_until: date | None
    certificate_state: Certificate
    disabled_at: datetime | None
    may_disable: bool
    posts: tuple[PostCard, ...]
    excuses: tuple[ExcuseCard, ...]


@dataclass(frozen=True)
class PersonLine:
    """One person in a list."""

    id: UUID
    name: str
    login: str
    phone: str
    identity: Identity
    roles: tuple[Role, ...]
    can_sign_in: bool


@dataclass(frozen=True)
class SessionCard:
    """One signed-in browser of one's own."""

    id: str
    made_at: datetime
    seen_at: datetime
    ends_at: datetime
    here: bool


def roster(
    session: Session, actor: Actor, *, grid: Grid | None, page: int, now: datetime
) -> Roster:
    """The grids one may see the posts of, below `grid` if given, from the top down."""
    condition = [within(actor, May.SEE_POST, Grid), col(Grid.valid_to).is_(None)]
    if grid is not None:
        condition.append(col(Grid.path).startswith(grid.path, autoescape=True))
    total = session.scalar(select(func.count()).select_from(Grid).where(*condition)) or 0
    query = (
        select(Grid)
        .options(defer(col(Grid.boundary)))  # type: ignore[arg-type]
        .where(*condition)
        .order_by(col(Grid.path))
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    grids = list(session.scalars(query))
    rows = _rows(session, actor, grids, now=now)
    gaps = sum(len(row.missing) for row in rows)
    return Roster(rows, gaps, total, page, max(-(-total // PAGE), 1))


def person(session: Session, actor: Actor, person_id: UUID, *, now: datetime) -> PersonCard:
    """One person: oneself, or somebody who has or had a post in one's grids.

    Raises NotFound for everybody else, as if there were no such person.
    """
    found = session.scalar(select(Person).where(col(Person.id) == person_id, seen(actor)))
    if found is None:
        raise NotFound
    return PersonCard(
        found.id,
        found.name,
        found.login,
        found.phone,
        found.identity,
        found.certificate,
        found.certificate_until,
        rules.certificate(
            found.certificate, found.certificate_until, now.astimezone(clock.city()).date()
        ),
        found.disabled_at,
        found.disabled_at is None
        and found.id != actor.id
        and allows(actor, May.MANAGE_PERSON, found),
        tuple(posts_of(session, actor, person_id, now=now)),
        tuple(entries(session, actor, col(Excuse.person_id) == person_id)),
    )


def people(
    session: Session, actor: Actor, *, asked: str, page: int, now: datetime
) -> tuple[list[PersonLine], int]:
    """One page of the people one may see, by name, account or phone; and how many there are."""
    condition = seen(actor)
    if asked:
        like = [
            col(column).contains(asked, autoescape=True)
            for column in (Person.name, Person.login, Person.phone)
        ]
        condition = and_(condition, or_(*like))
    total = session.scalar(select(func.count()).select_from(Person).where(condition)) or 0
    query = (
        select(Person)
        .where(condition)
        .order_by(col(Person.name), col(Person.login))
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    found = list(session.scalars(query))
    posts = select(Post).where(
        col(Post.person_id).in_({one.id for one in found}),
        within(actor, May.SEE_POST, Post),
        or_(col(Post.to_at).is_(None), col(Post.to_at) > now),
    )
    held_by: dict[UUID, set[Role]] = defaultdict(set)
    for post in session.scalars(posts):
        held_by[post.person_id].add(post.role)
    lines = [
        PersonLine(
            one.id,
            one.name,
            one.login,
            one.phone,
            one.identity,
            tuple(sorted(held_by[one.id], key=list(Role).index)),
            can_sign_in=bool(one.password) and one.disabled_at is None,
        )
        for one in found
    ]
    return lines, total


def posts_of(session: Session, actor: Actor, person_id: UUID, *, now: datetime) -> list[PostCard]:
    """Every post of a person the reader may see, newest first."""
    query = (
        select(Post)
        .where(col(Post.person_id) == person_id, within(actor, May.SEE_POST, Post))
        .order_by(col(Post.from_at).desc(), col(Post.id).desc())
        .limit(MOST)
    )
    return _post_cards(session, actor, list(session.scalars(query)), now=now)


def post_card(session: Session, actor: Actor, post: Post, *, now: datetime) -> PostCard:
    """One post, ready for a page."""
    return _post_cards(session, actor, [post], now=now)[0]


def people_below(session: Session, actor: Actor, *, now: datetime) -> list[tuple[str, str]]:
    """Whom this person may give posts to or enter leave for: login and name."""
    query = (
        select(col(Person.login), col(Person.name))
        .where(below(actor, now=now), col(Person.disabled_at).is_(None))
        .order_by(col(Person.name), col(Person.login))
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def below(actor: Actor, *, now: datetime) -> ColumnElement[bool]:
    """Oneself, and whoever accepted a post that is not over in one's grids."""
    here = exists().where(
        col(Post.person_id) == col(Person.id),
        Post.bound(),
        or_(col(Post.to_at).is_(None), col(Post.to_at) > now),
        or_(within(actor, May.RECORD_EXCUSE, Post), within(actor, May.MANAGE_POST, Post)),
    )
    return or_(col(Person.id) == actor.id, here)


def sessions(session: Session, actor: Actor, here: str, *, now: datetime) -> list[SessionCard]:
    """The browsers one is signed in with, the present one first."""
    query = select(SessionToken).where(
        col(SessionToken.person_id) == actor.id,
        col(SessionToken.revoked_at).is_(None),
        col(SessionToken.ends_at) > now,
    )
    cards = [
        SessionCard(one.id, one.made_at, one.seen_at, one.ends_at, one.id == here)
        for one in session.scalars(query)
    ]
    return sorted(cards, key=lambda card: (not card.here, -card.seen_at.timestamp()))


def seen(actor: Actor) -> ColumnElement[bool]:
    """Oneself, everybody where that is allowed, and whose post in one's grids binds or bound."""
    own = within(actor, May.SEE_PERSON, Person)
    grids = {grid for found in actor.reaches(May.SEE_PERSON).values() for grid in found}
    if not grids:
        return own
    here = exists().where(
        col(Post.person_id) == col(Person.id),
        Post.bound(),
        col(Post.grid_id).in_(grids),
        within(actor, May.SEE_POST, Post),
    )
    return or_(own, here)


def known(session: Session, actor: Actor, people: Iterable[UUID | None]) -> frozenset[UUID]:
    """Those of these people whose page the reader may open."""
    asked = col(Person.id).in_({one for one in people if one is not None})
    return frozenset(session.scalars(select(col(Person.id)).where(asked, seen(actor))))


def _rows(session: Session, actor: Actor, grids: Sequence[Grid], *, now: datetime) -> list[GridRow]:
    paths = paths_of(session, [grid.id for grid in grids])
    everywhere = {place.grid_id for path in paths.values() for place in path}
    posts = held(session, everywhere, at=now)
    cards = {
        card.id: card
        for card in _post_cards(
            session, actor, [one for one in posts if one.grid_id in paths], now=now
        )
    }
    lowest = street_tier(session) + 2
    rows = []
    for grid in grids:
        path = {place.grid_id for place in paths[grid.id]} - {grid.id}
        here = {post.role for post in posts if post.grid_id == grid.id and _binds(post, now)}
        above = {post.role for post in posts if post.grid_id in path and _binds(post, now)}
        rows.append(
            GridRow(
                grid.id,
                grid.code,
                grid.name,
                grid.tier,
                tuple(cards[one.id] for one in _ordered(posts) if one.grid_id == grid.id),
                tuple(rules.missing(here, above, max(lowest - grid.tier, 0))),
                allows(actor, May.MANAGE_POST, grid),
            )
        )
    return rows


def _ordered(posts: Sequence[Post]) -> list[Post]:
    roles = list(Role)
    return sorted(
        posts, key=lambda post: (roles.index(post.role), rules.ORDER[post.kind], post.from_at)
    )


def _binds(post: Post, at: datetime) -> bool:
    return any(moment is not None and moment <= at for moment in (post.accepted_at, post.served_at))


def _state(post: Post, now: datetime) -> PostState:
    if post.to_at is not None and post.to_at <= now:
        return PostState.OVER
    if not _binds(post, now):
        return PostState.WAITING
    return PostState.AHEAD if post.from_at > now else PostState.IN_FORCE


def _post_cards(
    session: Session, actor: Actor, posts: Sequence[Post], *, now: datetime
) -> list[PostCard]:
    people = names(session, [one for post in posts for one in (post.person_id, post.assigned_by)])
    grids = grids_of(session, {post.grid_id for post in posts})
    below = rules.assignable(actor.roles)
    away = _away(session, {post.person_id for post in posts}, now)
    return [
        PostCard(
            post.id,
            post.person_id,
            people[post.person_id],
            post.role,
            post.kind,
            post.grid_id,
            grids[post.grid_id].name,
            grids[post.grid_id].tier,
            post.from_at,
            post.to_at,
            post.accepted_at,
            people.get(post.assigned_by) if post.assigned_by else None,
            state := _state(post, now),
            may_end=state is not PostState.OVER
            and post.role in below
            and allows(actor, May.MANAGE_POST, post),
            away=away.get(post.person_id) if state is PostState.IN_FORCE else None,
        )
        for post in posts
    ]


def _away(session: Session, persons: set[UUID], now: datetime) -> dict[UUID, rules.ExcuseKind]:
    """Who of these is excused now, and by what kind of entry."""
    found = excuses_over(session, persons, [], now, now + rules.INSTANT)
    in_force = (
        one for one in found if rules.excuse_state(entry(one), now) is rules.ExcuseState.IN_FORCE
    )
    return {one.person_id: one.kind for one in in_force}
