"""Posts, shifts and entries as they are kept, and as the rules see them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session, col

from patrol.people import rules
from patrol.people.model import Excuse, Post, Shift


def held(session: Session, grid_ids: Collection[UUID], *, at: datetime) -> list[Post]:
    """The posts on these grids in force at a moment."""
    if not grid_ids:
        return []
    query = select(Post).where(
        col(Post.grid_id).in_(grid_ids),
        col(Post.from_at) <= at,
        or_(col(Post.to_at).is_(None), col(Post.to_at) > at),
    )
    return list(session.scalars(query))


def posts_over(
    session: Session, grid_ids: Collection[UUID], since: datetime, until: datetime
) -> list[Post]:
    """The posts on these grids held at some time in [since, until), oldest first."""
    query = (
        select(Post)
        .where(
            col(Post.grid_id).in_(grid_ids),
            col(Post.from_at) < until,
            or_(col(Post.to_at).is_(None), col(Post.to_at) > since),
        )
        .order_by(col(Post.from_at), col(Post.id))
    )
    return list(session.scalars(query))


def shifts_over(
    session: Session, grid_ids: Collection[UUID], since: datetime, until: datetime
) -> list[Shift]:
    """The shifts on these grids that touch [since, until), called off or not, oldest first."""
    query = (
        select(Shift)
        .where(
            col(Shift.grid_id).in_(grid_ids), col(Shift.to_at) > since, col(Shift.from_at) < until
        )
        .order_by(col(Shift.from_at), col(Shift.id))
    )
    return list(session.scalars(query))


def excuses_over(
    session: Session,
    person_ids: Collection[UUID],
    grid_ids: Collection[UUID],
    since: datetime,
    until: datetime,
) -> list[Excuse]:
    """Entries for these persons, or on these grids, that touch [since, until), oldest first."""
    query = (
        select(Excuse)
        .where(
            or_(col(Excuse.person_id).in_(person_ids), col(Excuse.grid_id).in_(grid_ids)),
            col(Excuse.from_at) < until,
            col(Excuse.to_at) > since,
        )
        .order_by(col(Excuse.from_at), col(Excuse.id))
    )
    return list(session.scalars(query))


def postings(
    session: Session, posts: Sequence[Post], since: datetime, until: datetime
) -> list[rules.Posting]:
    """Posts as the rules see them, with the duties that bear on who answers in [since, until)."""
    duties: dict[UUID, list[rules.Duty]] = defaultdict(list)
    grid_ids = {post.grid_id for post in posts}
    if grid_ids:
        for shift in shifts_over(session, grid_ids, since - rules.DUTY_LASTS, until):
            duties[shift.post_id].append(duty(shift))
    return [
        rules.Posting(
            post.id,
            post.person_id,
            post.role,
            post.grid_id,
            post.kind,
            post.from_at,
            post.to_at,
            post.accepted_at,
            post.served_at,
            post.assigned_by,
            tuple(duties[post.id]),
        )
        for post in posts
    ]


def duty(shift: Shift) -> rules.Duty:
    """A shift as the rules see it."""
    return rules.Duty(shift.from_at, shift.to_at, shift.recorded_at, shift.cancelled_at)


def entry(excuse: Excuse) -> rules.Excuse:
    """An excuse as the rules see it."""
    return rules.Excuse(
        excuse.id,
        excuse.person_id,
        excuse.kind,
        excuse.from_at,
        excuse.to_at,
        excuse.recorded_at,
        excuse.recorded_by,
        excuse.approved_at,
        excuse.approved_by,
        excuse.refused_at,
    )


def call_off(session: Session, post: Post, by: UUID, *, at: datetime) -> None:
    """Call off what is left at `at` of the shifts of a post that ends then."""
    query = select(Shift).where(
        col(Shift.post_id) == post.id, col(Shift.to_at) > at, col(Shift.cancelled_at).is_(None)
    )
    for shift in session.scalars(query):
        shift.cancelled_by, shift.cancelled_at = by, at


def move_shifts(session: Session, post: Post, heir: Post, *, at: datetime) -> None:
    """Have the post that goes on with another's ground go on with its shifts from `at` on."""
    query = select(Shift).where(
        col(Shift.post_id) == post.id, col(Shift.to_at) > at, col(Shift.cancelled_at).is_(None)
    )
    for shift in list(session.scalars(query)):
        session.add(
            Shift(
                post_id=heir.id,
                person_id=heir.person_id,
                grid_id=heir.grid_id,
                from_at=max(shift.from_at, at),
                to_at=shift.to_at,
                recorded_by=shift.recorded_by,
                recorded_at=shift.recorded_at,
            )
        )
