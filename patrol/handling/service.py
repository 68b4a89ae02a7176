"""The steps of the procedure as people take them; nothing earlier is ever overwritten."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.catalogue import queries as catalogue
from patrol.catalogue.model import HandlingUnit
from patrol.core.access import Actor, May, demand
from patrol.core.errors import Conflict, Refused
from patrol.escalation.service import open_matter, settle, start_clock, stop_clock
from patrol.findings.model import Finding
from patrol.findings.queries import subject
from patrol.handling import queries
from patrol.handling.drafts import Take
from patrol.handling.model import Step
from patrol.handling.rules import (
    BACKWARD,
    Entry,
    Move,
    Stage,
    ends,
    hand,
    handle_due,
    moves,
    refusal,
    remedied,
    target,
)
from patrol.ledger.service import note
from patrol.photos.service import announce


def take(
    session: Session, actor: Actor, finding_id: UUID, draft: Take, *, key: UUID, now: datetime
) -> Step:
    """Take one step; whoever saw an older stage than there is now is told so.

    Raises `step-stale`, `step-not-open`, `finding-joined`, `unit-missing`, `reason-missing`,
    `proof-missing`, `fixer-verifies` and what else the rules refuse with.
    """
    held = select(Finding).where(col(Finding.id) == finding_id).with_for_update()
    finding = demand(actor, May.SEE_FINDING, session.scalars(held).one_or_none())
    if finding.joined_to is not None:
        raise Refused("finding-joined")
    if draft.stage is not finding.stage or session.get(Step, key) is not None:
        raise Conflict("step-stale")
    if draft.move not in moves(finding.stage):
        raise Refused("step-not-open", "move")
    demand(actor, queries.MAY[hand(finding.stage, draft.move)], finding, seen=May.SEE_FINDING)
    entries = queries.history(session, finding.id)
    _weigh(session, actor, finding, draft, entries, now=now)
    step = _step(session, actor, finding, draft, entries, key=key, now=now)
    _set_clocks(session, actor, finding, step, entries, now=now)
    facts = {
        "move": step.move,
        "from": step.from_stage.value,
        "to": step.to_stage.value,
        "opinion": step.opinion,
        "unit": str(step.unit_id) if step.unit_id else None,
        "round": step.round_number,
    }
    note(session, actor, "finding.moved", finding.id, facts, at=now)
    return step


def _weigh(
    session: Session,
    actor: Actor,
    finding: Finding,
    draft: Take,
    entries: list[Entry],
    *,
    now: datetime,
) -> None:
    after = [each for each in draft.announcements() if each.view.value == "after"]
    code = refusal(
        finding.stage,
        draft.move,
        actor.id,
        entries,
        reason=draft.opinion,
        # A unit's photo may still be on its way from the phone; closing asks for the picture.
        proof=queries.has_proof(session, finding) or (draft.move is Move.REMEDY and bool(after)),
        self_handled_by=queries.fixer_on_the_spot(finding),
        overdue=queries.overdue(finding, now),
    )
    if code is not None:
        raise Refused(code, "opinion" if code == "reason-missing" else None)
    if draft.move is Move.DISPATCH and _unit(session, draft.unit_id) is None:
        raise Refused("unit-missing", "unit_id")


def _step(
    session: Session,
    actor: Actor,
    finding: Finding,
    draft: Take,
    entries: list[Entry],
    *,
    key: UUID,
    now: datetime,
) -> Step:
    there = target(finding.stage, draft.move, finding.source, given=finding.unit_id is not None)
    step = Step(
        id=key,
        finding_id=finding.id,
        grid_id=finding.grid_id,
        officer_id=actor.id,
        from_stage=finding.stage,
        to_stage=there,
        move=draft.move.value,
        opinion=draft.opinion,
        unit_id=draft.unit_id if draft.move is Move.DISPATCH else finding.unit_id,
        round_number=sum(each.move in BACKWARD for each in entries) + int(draft.move in BACKWARD),
        at=now,
    )
    session.add(step)
    finding.stage = there
    if draft.move is Move.DISPATCH:
        finding.unit_id = draft.unit_id
    if draft.move is Move.FILE and draft.condition is not None:
        finding.condition_id = _condition(session, finding, draft.condition)
    for each in draft.announcements():
        announce(session, actor, subject(finding.id), finding.grid_id, each, now=now)
    return step


def _set_clocks(
    session: Session,
    actor: Actor,
    finding: Finding,
    step: Step,
    entries: list[Entry],
    *,
    now: datetime,
) -> None:
    """The limit to handle, the ladder, and the end, as a step leaves them."""
    move, about = Move(step.move), subject(finding.id)
    entries = [*entries, Entry(move, step.from_stage, step.to_stage, now, actor.id)]
    if (limit := queries.limit_of(session, finding)) is not None:
        start = queries.dispatched_at(entries) or finding.received_at
        if step.to_stage in {Stage.HANDLING, Stage.HUNG}:
            calendar = catalogue.calendar(session)
            finding.handle_due_at = handle_due(start, limit, entries, calendar)
    if move is Move.HANG:
        stop_clock(session, actor, about, step.opinion, now=now)
    elif step.from_stage is Stage.HUNG and not ends(step.to_stage):
        start_clock(session, actor, about, now=now)
    if ends(step.to_stage):
        finding.resolved_at, finding.remedied = now, remedied(move)
        settle(session, about, now=now)
    elif move is Move.REOPEN:
        finding.resolved_at = finding.remedied = None
        kind = catalogue.class_by_id(session, finding.class_id)
        title = kind.name if kind else ""
        open_matter(session, about, finding.grid_id, finding.severity, now=now, title=title)


def _unit(session: Session, unit_id: UUID | None) -> HandlingUnit | None:
    return session.get(HandlingUnit, unit_id) if unit_id else None


def _condition(session: Session, finding: Finding, number: int) -> UUID:
    known = catalogue.conditions_of(session, finding.class_id)
    found = next((each for each in known if each.number == number), None)
    if found is None:
        raise Refused("condition-unknown", "condition")
    return found.id
