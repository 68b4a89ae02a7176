"""Reading people: who is signed in, with which posts they act, and who answers where and when."""

import hashlib
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Row, bindparam, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from patrol.core import clock
from patrol.core.access import Actor
from patrol.core.questions import Question
from patrol.core.roles import LINE_OF, Line, PostKind, Role
from patrol.core.store import engine_of
from patrol.grid.lineage import before, hung
from patrol.grid.model import Grid, Tier
from patrol.people import rules
from patrol.people.model import Excuse, Person, Post, SessionToken
from patrol.people.records import entry, excuses_over, held, postings

K = TypeVar("K")
REMEMBERED = 5000  # actors kept in memory; each is forgotten within a minute or at any change
_actors: OrderedDict[tuple[object, UUID, int, int], Actor] = OrderedDict()


@dataclass(frozen=True)
class Holder:
    """One level of a chain at a moment: who held it, and who answers for it."""

    role: Role
    tier: int | None
    grid_id: UUID | None
    person_id: UUID | None  # none: nobody
    name: str | None
    post_id: UUID | None
    kind: PostKind | None
    binding: bool  # accepted or served by then
    answers: UUID | None  # who answers for the level, whoever holds it
    answers_name: str | None
    why: rules.Why
    away: tuple[str, ...] = ()  # names of holders who were excused then
    phone: str = ""  # of who answers


@dataclass(frozen=True)
class Opened:
    """A session that holds: which, since when, and when it was last used."""

    id: str
    made_at: datetime
    seen_at: datetime


def actor_of(session: Session, person_id: UUID, *, now: datetime) -> Actor:
    """The person with the grids below every binding post held at `now`."""
    person = session.get_one(Person, person_id)
    return _actor(session, person, now=now)


def signed_in(session: Session, token: str, *, now: datetime) -> tuple[Actor, Opened] | None:
    """Who is signed in by this token, since when; none when revoked, too old or idle too long."""
    token_id = hashlib.sha256(token.encode()).hexdigest()
    found = _signed_in().ask(session, token_id=token_id, now=now)
    if not found:
        return None
    [(person_id, version, *times)] = found
    opened = Opened(token_id, *times)
    actor = _remembered(session, person_id, version, now=now)
    age = rules.session_age(actor.roles)
    if now >= opened.made_at + age.absolute or (age.idle and now >= opened.seen_at + age.idle):
        return None
    return actor, opened


@cache
def _signed_in() -> Question:
    return Question(
        select(
            col(Person.id),
            col(Person.access_version),
            col(SessionToken.made_at),
            col(SessionToken.seen_at),
        )
        .join(SessionToken, col(SessionToken.person_id) == col(Person.id))
        .where(
            col(SessionToken.id) == bindparam("token_id"),
            col(SessionToken.revoked_at).is_(None),
            col(SessionToken.ends_at) > bindparam("now"),
            col(Person.disabled_at).is_(None),
        )
    )


def chain(session: Session, grid_id: UUID, line: Line, *, at: datetime) -> list[Holder]:
    """Who answered for a grid in one line at a moment, from the bottom up; gaps are shown."""
    return chains(session, [grid_id], line, at=at).get(grid_id, [])


def chains(
    session: Session, grid_ids: Collection[UUID], line: Line, *, at: datetime
) -> dict[UUID, list[Holder]]:
    """The same for many grids in as many queries as for one."""
    return _named(session, links(session, grid_ids, line, at=at), at)


def chains_of_lines(
    session: Session, grid_ids: Collection[UUID], *, at: datetime
) -> dict[tuple[UUID, Line], list[Holder]]:
    """The same in both lines at once."""
    found = _links(session, grid_ids, list(Line), at=at)
    return _named(session, found, at)


def links(
    session: Session, grid_ids: Collection[UUID], line: Line, *, at: datetime
) -> dict[UUID, list[rules.Link]]:
    """The bare chains of many grids, as the rules read them."""
    found = _links(session, grid_ids, [line], at=at)
    return {grid_id: chain_ for (grid_id, _), chain_ in found.items()}


def answering(session: Session, grid_id: UUID, role: Role, *, at: datetime) -> list[Holder]:
    """Everybody whose post of this role covers a grid at a moment, first answers first.

    The posts of the lowest grid that has any count; whoever is away on leave comes last.
    """
    return answering_each(session, [grid_id], role, at=at)[grid_id]


def answering_each(
    session: Session, grid_ids: Collection[UUID], role: Role, *, at: datetime
) -> dict[UUID, list[Holder]]:
    """The same for many grids in as many queries as for one."""
    paths = paths_of(session, grid_ids, at=at)
    places = {place.grid_id for path in paths.values() for place in path}
    posts: dict[UUID, list[rules.Posting]] = defaultdict(list)
    for post in postings(session, held(session, places, at=at), at, at + rules.INSTANT):
        if post.role is role:
            posts[post.grid_id].append(post)
    persons = {post.person_id for found in posts.values() for post in found}
    away = rules.away_at(_excuses_of(session, persons, at=at), at)
    links: dict[UUID, list[rules.Link]] = {}
    for grid_id in grid_ids:
        path = paths.get(grid_id, [])
        nearest = next((posts[place.grid_id] for place in path if place.grid_id in posts), [])
        links[grid_id] = [
            rules.Link(rules.Level(role), post, post.person_id, rules.Why(post.kind.value))
            for post in sorted(rules.in_force(nearest, at), key=lambda post: post.person_id in away)
        ]
    return _named(session, links, at)


def holding(
    session: Session, grid_ids: Collection[UUID], role: Role, start: datetime, end: datetime
) -> dict[UUID, rules.Held]:
    """Whose a window [start, end) of this role is on each grid, should nobody have served it.

    By the very rule of the trace: whoever answered when it closed, and what excuses that person.
    """
    line = LINE_OF.get(role)
    if line is None:
        return {}
    chains = links(session, grid_ids, line, at=end - rules.INSTANT)
    level = rules.Level(role)
    asked = {grid_id: rules.answering(chain, level) for grid_id, chain in chains.items()}
    persons = {
        post.person_id for link in asked.values() if link for post in (link.posting, *link.away)
        if post
    }  # fmt: skip
    excuses = [entry(one) for one in excuses_over(session, persons, [], start, end)]
    return {grid_id: rules.held_to(link, excuses, start, end) for grid_id, link in asked.items()}


def names(session: Session, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """What people are called, by id."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    query = select(col(Person.id), col(Person.name)).where(col(Person.id).in_(wanted))
    return {row[0]: row[1] for row in session.execute(query)}


def paths_of(
    session: Session, grid_ids: Collection[UUID], *, at: datetime | None = None
) -> dict[UUID, list[rules.Place]]:
    """For each grid the way from it up to the top, as it is or as it was at a moment."""
    known: dict[UUID, tuple[int, UUID | None]] = {}
    wanted = set(grid_ids)
    while wanted:
        known |= hung(session, wanted, at=at)
        wanted = {parent for _, parent in known.values() if parent is not None} - set(known)
    return {grid_id: _upwards(grid_id, known) for grid_id in grid_ids if grid_id in known}


def street_tier(session: Session) -> int:
    """The tier of streets: two above the lowest, at least the top one."""
    lowest = session.scalar(select(func.max(col(Tier.number)))) or 3
    return max(1, lowest - 2)


def _links(
    session: Session, grid_ids: Collection[UUID], lines: Sequence[Line], *, at: datetime
) -> dict[tuple[UUID, Line], list[rules.Link]]:
    paths = paths_of(session, grid_ids, at=at)
    top = street_tier(session)
    everywhere = {place.grid_id for path in paths.values() for place in path}
    posts = postings(session, held(session, everywhere, at=at), at, at + rules.INSTANT)
    away = rules.away_at(_excuses_of(session, {post.person_id for post in posts}, at=at), at)
    here: dict[UUID, list[rules.Posting]] = defaultdict(list)
    for post in posts:
        here[post.grid_id].append(post)
    return {
        (grid_id, line): rules.chain(
            [post for place in path for post in here[place.grid_id]],
            path,
            line,
            at,
            away=away,
            top_tier=top,
        )
        for grid_id, path in paths.items()
        for line in lines
    }


def _excuses_of(
    session: Session, person_ids: Collection[UUID], *, at: datetime
) -> list[rules.Excuse]:
    if not person_ids:
        return []
    query = select(Excuse).where(
        col(Excuse.person_id).in_(person_ids), col(Excuse.from_at) <= at, col(Excuse.to_at) > at
    )
    return [entry(excuse) for excuse in session.scalars(query)]


def _named(
    session: Session, found: dict[K, list[rules.Link]], at: datetime
) -> dict[K, list[Holder]]:
    ids = {
        person
        for links in found.values()
        for link in links
        for person in (
            link.answers,
            link.posting.person_id if link.posting else None,
            *(post.person_id for post in link.away),
        )
        if person is not None
    }
    query = select(col(Person.id), col(Person.name), col(Person.phone)).where(
        col(Person.id).in_(ids)
    )
    known = {one: (name, phone) for one, name, phone in session.execute(query)} if ids else {}
    return {key: [_holder(link, known, at) for link in links] for key, links in found.items()}


def _holder(link: rules.Link, known: dict[UUID, tuple[str, str]], at: datetime) -> Holder:
    post = link.posting
    name, phone = known[link.answers] if link.answers else (None, "")
    return Holder(
        role=link.level.role,
        tier=link.level.tier,
        grid_id=post.grid_id if post else None,
        person_id=post.person_id if post else None,
        name=known[post.person_id][0] if post else None,
        post_id=post.id if post else None,
        kind=post.kind if post else None,
        binding=post is not None and rules.binds(post, at),
        answers=link.answers,
        answers_name=name,
        why=link.why,
        away=tuple(known[one.person_id][0] for one in link.away),
        phone=phone,
    )


def _upwards(grid_id: UUID, known: dict[UUID, tuple[int, UUID | None]]) -> list[rules.Place]:
    path: list[rules.Place] = []
    here: UUID | None = grid_id
    while here is not None and here in known and len(path) < 10:
        tier, parent = known[here]
        path.append(rules.Place(here, tier))
        here = parent
    return path


def _remembered(session: Session, person_id: UUID, version: int, *, now: datetime) -> Actor:
    key = (engine_of(session), person_id, version, int(now.timestamp() // 60))
    actor = _actors.get(key)
    if actor is None:
        actor = _actors[key] = actor_of(session, person_id, now=now)
        while len(_actors) > REMEMBERED:
            _actors.popitem(last=False)
    return actor


def _actor(session: Session, person: Person, *, now: datetime) -> Actor:
    below = aliased(Grid)
    found: Sequence[Row[Role, UUID, UUID]] = session.execute(
        select(col(Post.role), col(below.id), col(Post.grid_id))
        .join(Grid, col(Grid.id) == col(Post.grid_id))
        .join(below, col(below.path).startswith(col(Grid.path)))
        .where(
            col(Post.person_id) == person.id,
            col(Post.from_at) <= now,
            or_(col(Post.to_at).is_(None), col(Post.to_at) > now),
            or_(col(Post.accepted_at) <= now, col(Post.served_at) <= now),
        )
    ).all()
    roles: dict[Role, set[UUID]] = {}
    own: dict[Role, set[UUID]] = {}
    for role, grid_id, held_id in found:
        roles.setdefault(role, set()).add(grid_id)
        own.setdefault(role, set()).add(held_id)
    for role, grid_ids in own.items():
        roles[role] |= before(session, grid_ids)
    today = now.astimezone(clock.city()).date()
    state = rules.certificate(person.certificate, person.certificate_until, today)
    return Actor(
        id=person.id,
        name=person.name,
        roles={role: frozenset(grids) for role, grids in roles.items()},
        unit_id=person.unit_id,
        locale=person.locale,
        certificate=person.certificate if state is rules.Certificate.VALID else None,
    )
