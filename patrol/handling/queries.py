"""Reading the procedure: the steps taken, the steps open to somebody, and the clocks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.catalogue import queries as catalogue
from patrol.catalogue.model import Condition
from patrol.core.access import Actor, May, allows
from patrol.core.calendar import Limit
from patrol.findings.model import Finding
from patrol.findings.queries import subject
from patrol.findings.rules import Stage, first_stage
from patrol.handling.model import Step
from patrol.handling.rules import (
    Entry,
    Hand,
    Move,
    fixers,
    hand,
    moves,
    refusal,
    spent,
    stretches,
)
from patrol.people import queries as people
from patrol.photos.queries import stored_after

MAY = {
    Hand.DESK: May.FILE_FINDING,
    Hand.FIELD: May.CHECK_FINDING,
    Hand.UNIT: May.HANDLE_FINDING,
}
_ASKED = frozenset({"reason-missing", "proof-missing"})  # what the form itself asks for


@dataclass(frozen=True)
class StepCard:
    """One step taken, ready for a page."""

    move: str
    from_stage: Stage
    to_stage: Stage
    opinion: str
    who: str
    unit: str | None
    at: datetime
    lasted: timedelta  # how long it had lain in the stage it left


@dataclass(frozen=True)
class Offer:
    """A step somebody may take now; `refused` names why not yet, as a code."""

    move: Move
    refused: str | None


def steps_of(session: Session, finding_id: UUID) -> list[Step]:
    """The steps of a finding in order."""
    query = select(Step).where(col(Step.finding_id) == finding_id)
    return list(session.scalars(query.order_by(col(Step.at), col(Step.id))))


def history(session: Session, finding_id: UUID) -> list[Entry]:
    """The steps as the rules see them."""
    return [
        Entry(Move(each.move), each.from_stage, each.to_stage, each.at, each.officer_id)
        for each in steps_of(session, finding_id)
    ]


def step_cards(session: Session, finding: Finding, *, now: datetime) -> list[StepCard]:
    """The steps with names and how long each stage lasted."""
    taken = steps_of(session, finding.id)
    names = people.names(session, {each.officer_id for each in taken})
    units = {each.id: each.name for each in catalogue.units(session)}
    began = first_stage(finding.source, self_handled=finding.self_handled)
    entries = history(session, finding.id)
    lay = stretches(began, finding.received_at, entries, now)
    return [
        StepCard(
            each.move,
            each.from_stage,
            each.to_stage,
            each.opinion,
            names.get(each.officer_id, "") if each.officer_id else "",
            units.get(each.unit_id) if each.unit_id else None,
            each.at,
            until - since,
        )
        for each, (_, since, until) in zip(taken, lay, strict=False)
    ]


def offers(session: Session, actor: Actor, finding: Finding, *, now: datetime) -> list[Offer]:
    """The steps that are this person's to take; those refused say why."""
    if finding.joined_to is not None:
        return []
    entries = history(session, finding.id)
    mine = (move for move in moves(finding.stage) if may_take(actor, finding, move))
    found = [
        Offer(
            move,
            refusal(
                finding.stage,
                move,
                actor.id,
                entries,
                proof=has_proof(session, finding),
                self_handled_by=fixer_on_the_spot(finding),
                overdue=overdue(finding, now),
            ),
        )
        for move in mine
    ]
    return [Offer(each.move, None if each.refused in _ASKED else each.refused) for each in found]


def may_take(actor: Actor, finding: Finding, move: Move) -> bool:
    """Whether this kind of step is in this person's hand."""
    return allows(actor, MAY[hand(finding.stage, move)], finding)


def verifiers_out(session: Session, finding: Finding) -> frozenset[UUID]:
    """Who put it right and so may not verify it."""
    return fixers(history(session, finding.id), fixer_on_the_spot(finding))


def fixer_on_the_spot(finding: Finding) -> UUID | None:
    """Who put it right when recording it."""
    return finding.officer_id if finding.self_handled else None


def has_proof(session: Session, finding: Finding) -> bool:
    """Whether a photo of afterwards is here."""
    return stored_after(session, subject(finding.id))


def overdue(finding: Finding, now: datetime) -> bool:
    """Whether the limit to handle is used up."""
    return finding.handle_due_at is not None and finding.handle_due_at <= now


def limit_of(session: Session, finding: Finding) -> Limit | None:
    """The limit to handle, by the filing condition."""
    row = session.get(Condition, finding.condition_id) if finding.condition_id else None
    return Limit(row.limit_amount, row.limit_unit) if row else None


def dispatched_at(entries: list[Entry]) -> datetime | None:
    """When it was last given to a unit: the clock to handle runs from then."""
    return next((each.at for each in reversed(entries) if each.move is Move.DISPATCH), None)


def share_spent(session: Session, finding: Finding, *, now: datetime) -> float | None:
    """Which part of the limit to handle is used; none where there is no limit."""
    limit = limit_of(session, finding)
    if limit is None or finding.resolved_at is not None:
        return None
    entries = history(session, finding.id)
    start = dispatched_at(entries) or finding.received_at
    return spent(start, limit, entries, now, catalogue.calendar(session))
