"""Reading people: who is signed in, and with which posts they act."""

import hashlib
from collections import OrderedDict
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from patrol.core import clock
from patrol.core.access import Actor
from patrol.core.roles import Role
from patrol.grid.model import Grid
from patrol.people.model import Person, Post, SessionToken

REMEMBERED = 5000  # actors kept in memory; each is forgotten within a minute or at any change
_actors: OrderedDict[tuple[object, UUID, int, int], Actor] = OrderedDict()


def actor_of(session: Session, person_id: UUID, *, now: datetime) -> Actor:
    """The person with the grids below every binding post held at `now`."""
    person = session.get_one(Person, person_id)
    return _actor(session, person, now=now)


def actor_of_token(session: Session, token: str, *, now: datetime) -> tuple[Actor, str] | None:
    """Who is signed in by this token, with the id of the session; none when it is not valid."""
    token_id = hashlib.sha256(token.encode()).hexdigest()
    person = session.scalar(
        select(Person)
        .join(SessionToken, col(SessionToken.person_id) == col(Person.id))
        .where(
            col(SessionToken.id) == token_id,
            col(SessionToken.revoked_at).is_(None),
            col(SessionToken.ends_at) > now,
            col(Person.disabled_at).is_(None),
        )
    )
    if person is None:
        return None
    key = (session.get_bind(), person.id, person.access_version, int(now.timestamp() // 60))
    actor = _actors.get(key)
    if actor is None:
        actor = _actors[key] = _actor(session, person, now=now)
        while len(_actors) > REMEMBERED:
            _actors.popitem(last=False)
    return actor, token_id


def _actor(session: Session, person: Person, *, now: datetime) -> Actor:
    below = aliased(Grid)
    found = session.execute(
        select(col(Post.role), below.id)
        .join(Grid, col(Grid.id) == col(Post.grid_id))
        .join(below, col(below.path).startswith(col(Grid.path)))
        .where(
            col(Post.person_id) == person.id,
            col(Post.from_at) <= now,
            or_(col(Post.to_at).is_(None), col(Post.to_at) > now),
            or_(col(Post.accepted_at) <= now, col(Post.served_at) <= now),
        )
    )
    roles: dict[Role, set[UUID]] = {}
    for role, grid_id in found:
        roles.setdefault(role, set()).add(grid_id)
    today = now.astimezone(clock.city()).date()
    valid = person.certificate_until is None or person.certificate_until >= today
    return Actor(
        id=person.id,
        name=person.name,
        roles={role: frozenset(grids) for role, grids in roles.items()},
        unit_id=person.unit_id,
        locale=person.locale,
        certificate=person.certificate if person.certificate and valid else None,
    )
