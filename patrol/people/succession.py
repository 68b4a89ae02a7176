"""Posts follow the ground: who held a grid that is split or merged holds its heirs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session, col

from patrol.grid import lineage
from patrol.grid import queries as grids
from patrol.grid.model import Alters, Change, Grid, Level
from patrol.ledger.service import note
from patrol.people import records
from patrol.people.model import Person, Post


def follow(session: Session, change: Change, *, now: datetime) -> int:
    """End the posts on grids that a change ended and go on with them on every heir.

    A post keeps its person, role, kind, giver and acceptance; where nobody takes over it only
    ends. Returns how many posts ended.
    """
    if change.level is not Level.GRID or change.kind is Alters.RENAME:
        return 0
    heirs: dict[UUID, list[UUID]] = {one: [] for one in _ended(session, change)}
    for heir in lineage.grid_heirs(session, change.id):
        heirs.setdefault(heir.before_id, []).append(heir.after_id)
    at = change.from_at
    held = select(Post).where(
        col(Post.grid_id).in_(heirs), or_(col(Post.to_at).is_(None), col(Post.to_at) > at)
    )
    posts = list(session.scalars(held.order_by(col(Post.id))))
    taken: set[tuple[object, ...]] = set()
    for post in posts:
        until, post.to_at = post.to_at, max(at, post.from_at)
        told = {"change": str(change.id), "grids": [str(one) for one in heirs[post.grid_id]]}
        for grid_id in heirs[post.grid_id]:
            again = (post.person_id, post.role, post.kind, grid_id)
            if again not in taken:
                taken.add(again)
                follower = _next(post, grid_id, max(at, post.from_at), until, now)
                session.add(follower)
                session.flush()
                records.move_shifts(session, post, follower, at=at)
        records.call_off(session, post, post.person_id, at=at)
        session.get_one(Person, post.person_id).access_version += 1
        note(session, None, "post.followed", post.id, told, at=at)
    session.flush()
    return len(posts)


def _next(
    post: Post, grid_id: UUID, start: datetime, until: datetime | None, now: datetime
) -> Post:
    return Post(
        person_id=post.person_id,
        role=post.role,
        grid_id=grid_id,
        kind=post.kind,
        from_at=start,
        to_at=until,
        assigned_by=post.assigned_by,
        recorded_at=now,
        accepted_at=post.accepted_at,
        served_at=post.served_at,
    )


def _ended(session: Session, change: Change) -> list[UUID]:
    """The grids that a change ended without an heir."""
    if change.kind is not Alters.RETIRE:
        return []
    top = grids.paths(session, [change.grid_id])[change.grid_id]
    query = select(col(Grid.id)).where(
        col(Grid.path).startswith(top, autoescape=True), col(Grid.valid_to) == change.from_at
    )
    return list(session.scalars(query))
