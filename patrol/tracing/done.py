"""Gathers what was done about a violation once it was known: handed on, stopped, put by."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import zip_longest
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.catalogue.model import EventClass
from patrol.core.calendar import Limit, WorkCalendar, deadline
from patrol.core.roles import Line, Role
from patrol.escalation.model import Climb, Ladder, Matter
from patrol.escalation.rules import Stop
from patrol.findings.model import Finding
from patrol.findings.model import Stopping as StoppingRow
from patrol.findings.rules import OUTSIDE, Source
from patrol.handling.model import Step
from patrol.handling.rules import Move, Stage
from patrol.notices.model import Notice
from patrol.people import queries as people
from patrol.people.model import Person
from patrol.tracing.case import FIGURES, Case
from patrol.tracing.facts import Aside, Dispatch, Pause, Receipt, Remedy, Stopping

UNDOING = frozenset({Move.REWORK, Move.CLOSE_UNREMEDIED})  # it was not put right after all


def receipts(session: Session, case: Case) -> Iterator[Receipt]:
    """When the violation came into the hands of those who had to stop it.

    What an officer found on patrol is theirs at once, anything else once word of it was delivered
    to whoever stood there, and a report from outside not before it was dispatched.
    """
    finding = case.finding
    person, at, evidence = finding.officer_id, finding.received_at, case.subject
    if finding.source is not Source.PATROL:
        told = _first_told(session, case.subject)
        if told is None or told.delivered_at is None:
            return
        person, at, evidence = told.person_id, told.delivered_at, f"notice:{told.id}"
    if finding.source in OUTSIDE:
        steps = steps_of(session, finding)
        given = next((one for one in steps if one.move == Move.DISPATCH), None)
        if given is None:
            return
        if given.at > at:
            at, evidence = given.at, f"step:{given.id}"
    yield Receipt(
        evidence=evidence,
        source=finding.source,
        received_at=at,
        known_at=at,
        limit=_limit(case.kind),
        person=person,
        powers=_has_powers(session, person, at, case.calendar),
    )


def _first_told(session: Session, subject: str) -> Notice | None:
    """The first word of it: to the officer there, else the worker, else who fills their gap."""
    query = (
        select(Notice, col(Climb.person_id), col(Ladder.line))
        .join(Climb, col(Climb.notice_id) == col(Notice.id))
        .join(Matter, col(Matter.id) == col(Climb.matter_id))
        .join(Ladder, col(Ladder.id) == col(Matter.ladder_id))
        .where(col(Matter.subject) == subject, col(Climb.cycle) == 0, col(Climb.rung) == 0)
    )
    told = sorted(session.execute(query), key=lambda row: (row[1] is None, row[2] is not Line.UNIT))
    return told[0][0] if told else None


def _has_powers(session: Session, person_id: UUID, at: datetime, calendar: WorkCalendar) -> bool:
    person = session.get(Person, person_id)
    if person is None or not person.certificate or person.certificate_until is None:
        return False
    return at.astimezone(calendar.zone).date() <= person.certificate_until


def _limit(kind: EventClass) -> Limit | None:
    if kind.stop_amount is None or kind.stop_unit is None:
        return None
    return Limit(kind.stop_amount, kind.stop_unit)


def stoppings(session: Session, finding: Finding) -> tuple[Stopping, ...]:
    """The acts to stop it."""
    rows = session.scalars(select(StoppingRow).where(col(StoppingRow.finding_id) == finding.id))
    return tuple(
        Stopping(
            f"stopping:{row.id}",
            row.officer_id,
            row.kind,
            row.outcome,
            row.counts_from,
            row.received_at,
        )
        for row in rows
    )


def steps_of(session: Session, finding: Finding) -> list[Step]:
    """The steps of a finding through the procedure, in order."""
    query = select(Step).where(col(Step.finding_id) == finding.id)
    return list(session.scalars(query.order_by(col(Step.at), col(Step.id))))


def remedies(session: Session, finding: Finding) -> Iterator[Remedy]:
    """When it was said to be put right, on the spot or by a unit, and found not to be."""
    steps = steps_of(session, finding)
    undone = [one.at for one in steps if one.move in UNDOING]
    said = [(f"step:{one.id}", one.at, one.at) for one in steps if one.move == Move.REMEDY]
    if finding.self_handled:
        said.append((f"finding:{finding.id}", finding.seen_at, finding.received_at))
    for evidence, at, known_at in said:
        yield Remedy(evidence, at, known_at, next((one for one in undone if one >= known_at), None))


def spoken(
    session: Session, earlier: Finding, *, at: datetime
) -> Iterator[tuple[datetime, datetime | None]]:
    """From when until when, by the records, a finding spoke for what was there at a moment.

    What was void, declined or put right by then says nothing of it.
    """
    right = _put_right(earlier, steps_of(session, earlier), by=at)
    since: datetime | None = earlier.received_at
    for step, following in _stays(session, earlier, {Stage.VOID, Stage.DECLINED}):
        if since is not None and (right is None or since < right):
            yield since, min(step.at, right or step.at)
        since = following.at if following else None
    if since is not None and (right is None or since < right):
        yield since, right


def _put_right(earlier: Finding, steps: Iterable[Step], *, by: datetime) -> datetime | None:
    """When it was confirmed that a finding had been put right by a moment.

    That it was reopened later says nothing of that moment.
    """
    fixed = earlier.seen_at if earlier.self_handled else None
    confirmed = None
    for step in steps:
        if step.move == Move.REMEDY:
            fixed = step.at
        elif step.move in UNDOING:
            fixed = None
        elif step.move == Move.CLOSE and fixed is not None and fixed <= by:
            confirmed = step.at
        elif step.move == Move.REOPEN:
            if step.at > by:
                break
            fixed = confirmed = None
    return confirmed


def asides(session: Session, finding: Finding) -> Iterator[Aside]:
    """When it was void or declined, and since when it is joined to another."""
    for step, following in _stays(session, finding, {Stage.VOID, Stage.DECLINED}):
        yield Aside(f"step:{step.id}", step.at, following.at if following else None)
    if finding.joined_to is not None:
        yield Aside(f"finding:{finding.joined_to}", finding.resolved_at or finding.received_at)


def dispatches(session: Session, case: Case) -> Iterator[Dispatch]:
    """The duty of the desk to take a matter in and hand it on, where it came to the desk.

    It is of whoever stood at the desk when it was due, not of who handed it on at last.
    """
    finding = case.finding
    if finding.self_handled:
        return
    steps = steps_of(session, finding)
    given = next((one for one in steps if one.to_stage is Stage.HANDLING), None)
    due_at = deadline(finding.received_at, FIGURES.dispatch, case.calendar)
    desk = people.answering(session, finding.grid_id, Role.DISPATCHER, at=due_at)
    yield Dispatch(
        evidence=f"step:{given.id}" if given else case.subject,
        due_at=due_at,
        known_at=finding.received_at,
        person=next((one.answers for one in desk), None),
        done_at=given.at if given else None,
    )


def hung(session: Session, finding: Finding) -> Iterator[Pause]:
    """Stretches in which the matter was put on account (挂账)."""
    for step, following in _stays(session, finding, {Stage.HUNG}):
        stop = Stop(step.at, following.at if following else None)
        yield Pause(f"step:{step.id}", stop, system=False, known_at=step.at)


def _stays(
    session: Session, finding: Finding, stages: Collection[Stage]
) -> Iterator[tuple[Step, Step | None]]:
    """The steps that led into one of these stages, each with the one that led on."""
    steps = steps_of(session, finding)
    for step, following in zip_longest(steps, steps[1:]):
        if step.to_stage in stages:
            yield step, following
