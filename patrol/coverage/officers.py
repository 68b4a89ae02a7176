"""Whose figures may be asked for: who walks below a path, and whom figures there know."""

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from patrol.core.roles import WALKERS, Role
from patrol.coverage.figures import grids_below
from patrol.coverage.model import DayTally
from patrol.people import queries as people
from patrol.people import records
from patrol.people.model import Post
from patrol.plans.model import WindowResult

_CLOSED: Any = WindowResult
_TALLY: Any = DayTally


class Officer(NamedTuple):
    """Somebody whose figures may be asked for, and the posts held now."""

    name: str
    grids: frozenset[UUID] = frozenset()
    roles: frozenset[Role] = frozenset()


def officers_below(
    session: Session, path: str, *, now: datetime, also: UUID | None = None
) -> dict[UUID | None, Officer]:
    """Who holds a post of the walking roles at or below a path.

    And `also` one that may hold another post by now, or none, where figures below know of that
    person.
    """
    below = set(session.scalars(grids_below(path)))
    held: dict[UUID, list[Post]] = defaultdict(list)
    for post in records.held(session, below, at=now):
        if post.role in WALKERS or post.person_id == also:
            held[post.person_id].append(post)
    if also and also not in held and _occurs(session, path, also):
        held[also] = []
    known = people.names(session, held)
    return {
        one: Officer(
            known[one],
            frozenset(post.grid_id for post in held[one]),
            frozenset(post.role for post in held[one]),
        )
        for one in sorted(held, key=known.__getitem__)
    }


def _occurs(session: Session, path: str, person_id: UUID) -> bool:
    """Whether a window was closed on somebody below a path, or a day of theirs tallied."""
    return any(
        session.scalar(
            select(model.grid_id)
            .where(model.officer_id == person_id, model.grid_id.in_(grids_below(path)))
            .limit(1)
        )
        for model in (_CLOSED, _TALLY)
    )
