"""Reads who has which part in a review, who may take one, and who must keep out of it."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.core.access import Actor, May
from patrol.reviews.model import Concerned, Interest, Review, ReviewStep, Seat, Statement
from patrol.reviews.rules import Act, Part, may_take, recusal
from patrol.tracing.judges import signers
from patrol.tracing.model import Doubt
from patrol.tracing.rules import SPEAKS_FOR

PERMITS: dict[Part, May] = {
    Part.INVESTIGATOR: May.RUN_REVIEW,
    Part.LEGAL: May.VET_REVIEW,
    Part.DECIDER: May.DECIDE_REVIEW,
    Part.SECOND: May.SIGN_REVIEW,
    Part.APPEAL: May.DECIDE_REVIEW,
}


def concerned_in(session: Session, review_id: UUID) -> list[Concerned]:
    """The people a review is about."""
    query = select(Concerned).where(col(Concerned.review_id) == review_id)
    return list(session.scalars(query.order_by(col(Concerned.id))))


def seats_in(session: Session, review_id: UUID) -> dict[Part, frozenset[UUID]]:
    """Who has which part."""
    found: dict[Part, set[UUID]] = defaultdict(set)
    for seat in session.scalars(select(Seat).where(col(Seat.review_id) == review_id)):
        found[seat.part].add(seat.person_id)
    return {part: frozenset(people) for part, people in found.items()}


def appeal_in(session: Session, review_id: UUID) -> ReviewStep | None:
    """The last appeal against a decision."""
    query = select(ReviewStep).where(
        col(ReviewStep.review_id) == review_id, col(ReviewStep.act) == Act.APPEAL.value
    )
    return session.scalar(query.order_by(col(ReviewStep.at).desc()).limit(1))


def defended(session: Session, review_id: UUID, person_id: UUID) -> bool:
    """Whether a person concerned has said anything in defence."""
    query = select(col(Statement.id)).where(
        col(Statement.review_id) == review_id, col(Statement.person_id) == person_id
    )
    return session.scalar(query.limit(1)) is not None


def leave(session: Session, review_id: UUID, person_id: UUID) -> list[Part]:
    """Free whatever part somebody has; which these were."""
    held = select(Seat).where(col(Seat.review_id) == review_id, col(Seat.person_id) == person_id)
    seats = list(session.scalars(held.order_by(col(Seat.since), col(Seat.id))))
    for seat in seats:
        session.delete(seat)
    return [seat.part for seat in seats]


def recused(session: Session, review: Review, person_id: UUID) -> str | None:
    """Why somebody may have no part in a review, as a code; None where nothing stands against."""
    doubt = session.get(Doubt, review.doubt_id) if review.doubt_id else None
    facts = doubt.facts if doubt else {}
    failed = {
        UUID(one["person"])
        for one in facts.get("conclusions", ())
        if one["person"] and one["code"] not in SPEAKS_FOR
    }
    why = recusal(
        person_id,
        concerned={one.person_id for one in concerned_in(session, review.id)},
        failed=failed,
        signed=signers(session, facts),
        interested=set(
            session.scalars(
                select(col(Interest.person_id)).where(col(Interest.review_id) == review.id)
            )
        ),
    )
    return why.value if why else None


def may_join(session: Session, actor: Actor, review: Review, part: Part) -> bool:
    """Whether this person could take that part: permitted, not recused, not in the way."""
    return (
        actor.can(PERMITS[part])
        and may_take(part, actor.id, seats_in(session, review.id))
        and recused(session, review, actor.id) is None
    )
