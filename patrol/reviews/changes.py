"""What single acts change on a review and on the people it concerns."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlmodel import Session

from patrol.catalogue.queries import calendar
from patrol.ledger.service import note
from patrol.notices.service import notify
from patrol.reviews.model import Concerned, Review
from patrol.reviews.rules import Act, Outcome, answer_by, decide_by, file_by, names_publicly
from patrol.reviews.seating import appeal_in, concerned_in


def tell(
    session: Session,
    review: Review,
    kind: str,
    *,
    now: datetime,
    rows: Iterable[Concerned] | None = None,
) -> None:
    """Tell the people concerned, or only some of them."""
    for row in concerned_in(session, review.id) if rows is None else rows:
        notify(
            session,
            row.person_id,
            kind,
            f"review:{review.id}",
            {"number": review.number},
            due_at=now,
            now=now,
            grid_id=review.grid_id,
        )


def _serve(session: Session, review: Review, now: datetime) -> None:
    until = answer_by(now, calendar(session))
    for row in concerned_in(session, review.id):
        row.served_at, row.answer_by = now, until
    tell(session, review, "review.served", now=now)


def _object(session: Session, review: Review, now: datetime) -> None:
    del now
    for row in concerned_in(session, review.id):
        row.outcome, row.measure, row.grounds = None, "", ""


def _return(session: Session, review: Review, now: datetime) -> None:
    del now
    for row in concerned_in(session, review.id):
        row.proposal = ""  # what was proposed stays: after a defence nothing heavier follows
        row.served_at = row.answer_by = row.waived_at = None


def _deliver(session: Session, review: Review, now: datetime) -> None:
    waiting = [row for row in concerned_in(session, review.id) if row.delivered_at is None]
    for row in waiting:
        row.delivered_at = now
    tell(session, review, "review.delivered", now=now, rows=waiting)


def _publish(session: Session, review: Review, now: datetime) -> None:
    review.published_at, review.file_by = now, file_by(now)
    named = [
        str(row.person_id)
        for row in concerned_in(session, review.id)
        if row.outcome is not None and names_publicly(row.outcome)
    ]
    note(session, None, "review.named-publicly", review.id, {"people": named}, at=now)


def _file(session: Session, review: Review, now: datetime) -> None:
    del session
    review.filed_at = now


def _close(session: Session, review: Review, now: datetime) -> None:
    del session
    review.closed_at = now


def _extend(session: Session, review: Review, now: datetime) -> None:
    del session, now
    review.extended, review.decide_by = True, decide_by(review.opened_at, extended=True)


def _revoke(session: Session, review: Review, now: datetime) -> None:
    del now
    appeal = appeal_in(session, review.id)
    for row in concerned_in(session, review.id):
        if appeal is not None and row.person_id == appeal.officer_id:
            row.outcome, row.measure, row.delivered_at = Outcome.NO_FAULT, "", None


CHANGES: dict[Act, Callable[[Session, Review, datetime], None]] = {
    Act.SERVE: _serve,
    Act.RETURN: _return,
    Act.OBJECT: _object,
    Act.DELIVER: _deliver,
    Act.PUBLISH: _publish,
    Act.FILE: _file,
    Act.ARCHIVE: _close,
    Act.TRANSFER: _close,
    Act.EXTEND: _extend,
    Act.REVOKE: _revoke,
}
