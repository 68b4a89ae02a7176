"""Reading notices: a person's inbox, what is new in it, and who was told of a subject."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, within
from patrol.notices.model import Notice

PAGE = 50


@dataclass(frozen=True)
class NoticeCard:
    """One notice, ready for the inbox."""

    id: UUID
    kind: str
    subject: str
    facts: Mapping[str, Any]
    made_at: datetime
    delivered_at: datetime | None
    read_at: datetime | None
    acted_at: datetime | None
    late: bool  # told later than it had to be, by our own fault


@dataclass(frozen=True)
class Inbox:
    """One page of a person's notices, newest first."""

    notices: list[NoticeCard]
    unread: int
    newer: int | None  # offsets of the neighbouring pages
    older: int | None


def inbox(session: Session, actor: Actor, *, only_unread: bool = False, offset: int = 0) -> Inbox:
    """What this person has been told, unread ones apart if asked."""
    query = (
        select(Notice)
        .where(within(actor, May.SEE_NOTICE, Notice), col(Notice.person_id) == actor.id)
        .order_by(col(Notice.made_at).desc(), col(Notice.id).desc())
        .offset(offset)
        .limit(PAGE + 1)
    )
    if only_unread:
        query = query.where(col(Notice.read_at).is_(None))
    found = list(session.scalars(query))
    return Inbox(
        [_card(notice) for notice in found[:PAGE]],
        unread(session, actor.id),
        max(offset - PAGE, 0) if offset else None,
        offset + PAGE if len(found) > PAGE else None,
    )


def unread(session: Session, person_id: UUID) -> int:
    """How many notices this person has not opened."""
    query = select(func.count()).where(
        col(Notice.person_id) == person_id, col(Notice.read_at).is_(None)
    )
    return session.scalar(query) or 0


def undelivered(session: Session, person_id: UUID) -> bool:
    """Whether something waits that no device of this person has fetched."""
    query = (
        select(col(Notice.id))
        .where(col(Notice.person_id) == person_id, col(Notice.delivered_at).is_(None))
        .limit(1)
    )
    return session.scalar(query) is not None


def of_subject(session: Session, subject: str) -> list[Notice]:
    """Everybody who was told of a subject, oldest first."""
    query = (
        select(Notice)
        .where(col(Notice.subject) == subject)
        .order_by(col(Notice.made_at), col(Notice.id))
    )
    return list(session.scalars(query))


def by_id(session: Session, notice_id: UUID) -> Notice | None:
    """One notice."""
    return session.get(Notice, notice_id)


def _card(notice: Notice) -> NoticeCard:
    return NoticeCard(
        notice.id,
        notice.kind,
        notice.subject,
        notice.facts,
        notice.made_at,
        notice.delivered_at,
        notice.read_at,
        notice.acted_at,
        late=(notice.made_at - notice.due_at).total_seconds() > 300,
    )
