"""Telling people things, and what becomes known of it reaching them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session, col

from patrol.core.access import Actor, May, demand
from patrol.ledger.service import note
from patrol.notices.model import Notice


def notify(
    session: Session,
    person_id: UUID,
    kind: str,
    subject: str,
    facts: Mapping[str, Any],
    *,
    due_at: datetime,
    now: datetime,
    grid_id: UUID | None = None,
) -> Notice:
    """Put one thing into a person's inbox; it counts as delivered only once a device fetched it."""
    notice = Notice(
        person_id=person_id,
        grid_id=grid_id,
        kind=kind,
        subject=subject,
        facts=dict(facts),
        due_at=due_at,
        made_at=now,
    )
    session.add(notice)
    session.flush()
    return notice


def deliver(session: Session, actor: Actor, *, now: datetime) -> int:
    """Record that this person's device has shown what waits; how many notices that was."""
    waiting = session.scalars(
        select(col(Notice.id))
        .where(col(Notice.person_id) == actor.id, col(Notice.delivered_at).is_(None))
        .order_by(col(Notice.id))
    ).all()
    if waiting:
        session.connection().execute(
            update(Notice)
            .where(col(Notice.id).in_(waiting), col(Notice.delivered_at).is_(None))
            .values(delivered_at=now)
        )
        facts = {"notices": [str(one) for one in waiting]}
        note(session, actor, "notice.delivered", f"person:{actor.id}", facts, at=now)
    return len(waiting)


def read(session: Session, actor: Actor, notice: Notice | None, *, now: datetime) -> Notice:
    """Record that a person has opened a notice, once; delivery is implied."""
    found = _own(actor, notice)
    if found.read_at is None:
        found.read_at = now
        found.delivered_at = found.delivered_at or now
        note(session, actor, "notice.read", found.id, {"subject": found.subject}, at=now)
    return found


def acknowledge(session: Session, actor: Actor, notice: Notice | None, *, now: datetime) -> Notice:
    """Record that a person says "seen, mine"; it settles nothing."""
    found = read(session, actor, notice, now=now)
    if found.acted_at is None:
        found.acted_at = now
        note(session, actor, "notice.acknowledged", found.id, {"subject": found.subject}, at=now)
    return found


def acted(session: Session, person_id: UUID, subject: str, *, now: datetime) -> int:
    """Record that a person has done something about a subject; how many notices that answers."""
    answered = session.connection().execute(
        update(Notice)
        .where(
            col(Notice.person_id) == person_id,
            col(Notice.subject) == subject,
            col(Notice.acted_at).is_(None),
        )
        .values(acted_at=now)
    )
    return answered.rowcount


def _own(actor: Actor, notice: Notice | None) -> Notice:
    """Only the person told can say that it was read; a leader who looks on does not."""
    own = notice if notice is not None and notice.person_id == actor.id else None
    return demand(actor, May.SEE_NOTICE, own)
