"""What the pages on leave show: entries that excuse somebody, and who may rule on them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, allows, within
from patrol.people import rules
from patrol.people.model import Excuse
from patrol.people.queries import names
from patrol.people.records import entry
from patrol.people.rules import ExcuseKind, ExcuseState

MOST = 200  # entries in a list


@dataclass(frozen=True)
class ExcuseCard:
    """One entry that excuses somebody, ready for a page."""

    id: UUID
    person_id: UUID
    name: str
    kind: ExcuseKind
    document: str
    reason: str
    from_at: datetime
    to_at: datetime
    recorded_at: datetime
    recorded_by: str
    late: bool
    state: ExcuseState
    ruled_by: str | None
    may_rule: bool


def excuses(session: Session, actor: Actor) -> list[ExcuseCard]:
    """Entries of one's own and of people below, those that wait for approval first."""
    either = or_(
        within(actor, May.RECORD_EXCUSE, Excuse), within(actor, May.APPROVE_EXCUSE, Excuse)
    )
    found = entries(session, actor, either)
    return sorted(found, key=lambda card: card.state is not ExcuseState.PROPOSED)


def entries(session: Session, actor: Actor, condition: ColumnElement[bool]) -> list[ExcuseCard]:
    """The entries that meet a condition and that the reader may see, newest first."""
    either = or_(
        within(actor, May.RECORD_EXCUSE, Excuse), within(actor, May.APPROVE_EXCUSE, Excuse)
    )
    query = (
        select(Excuse)
        .where(condition, either)
        .order_by(col(Excuse.from_at).desc(), col(Excuse.id))
        .limit(MOST)
    )
    found = list(session.scalars(query))
    people = names(
        session,
        [
            one
            for excuse in found
            for one in (
                excuse.person_id,
                excuse.recorded_by,
                excuse.approved_by,
                excuse.refused_by,
            )
        ],
    )
    cards = []
    for excuse in found:
        state = rules.excuse_state(entry(excuse), excuse.to_at)
        ruled = excuse.approved_by or excuse.refused_by
        late = excuse.recorded_at > excuse.from_at
        may = allows(actor, May.APPROVE_EXCUSE, excuse) or (
            not late and allows(actor, May.RECORD_EXCUSE, excuse)
        )
        cards.append(
            ExcuseCard(
                excuse.id,
                excuse.person_id,
                people[excuse.person_id],
                excuse.kind,
                excuse.document,
                excuse.reason,
                excuse.from_at,
                excuse.to_at,
                excuse.recorded_at,
                people[excuse.recorded_by],
                late,
                state,
                people.get(ruled) if ruled else None,
                may_rule=may and ruled is None and actor.id != excuse.person_id,
            )
        )
    return cards
