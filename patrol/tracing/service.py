"""Opening doubts from facts, freezing their evidence, and taking them up or refusing them."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from patrol.catalogue import queries as catalogue
from patrol.core.access import Actor, May, demand
from patrol.core.calendar import WorkCalendar, add_workdays
from patrol.core.errors import Conflict, Forbidden
from patrol.core.roles import Role
from patrol.findings.model import Finding
from patrol.ledger.service import note
from patrol.notices.service import acted, notify
from patrol.people.queries import answering
from patrol.tracing import judges, queries, rules
from patrol.tracing.drafts import Answer, Refusal, TakeUp
from patrol.tracing.gathering import facts
from patrol.tracing.model import Doubt, DoubtReply, DoubtState, Freeze, Named, Watch
from patrol.tracing.rules import Conclusion, Ground, Question, Trace, Trigger

JUDGE_WORKDAYS = 5  # to take a doubt up or refuse it
AGAIN = timedelta(hours=1)  # how soon new facts of an unresolved finding are looked at
RESTING = timedelta(days=1)  # the same, once it is resolved
FORGET = timedelta(days=40)  # after it was resolved, time alone opens nothing more
_PATROL = frozenset({Question.ASSIGNED, Question.PLANNED, Question.PATROLLED, Question.SEEN})

log = logging.getLogger("patrol")


def open_doubts(session: Session, *, now: datetime) -> int | None:
    """Trace findings whose facts may have ripened and open the doubts they raise.

    Gives how many findings were looked at, None when there are none left.
    """
    found = queries.to_look_at(session, now=now)
    if not found:
        return None
    calendar = catalogue.calendar(session)
    for finding, watch in found:
        looked = watch or Watch(finding_id=finding.id, looked_at=now)
        looked.looked_at, looked.next_at = now, now + AGAIN
        session.add(looked)
        try:
            with session.begin_nested():
                opened, looked.next_at = _look(session, finding, calendar, now=now)
        except Exception:
            # One finding that cannot be traced must not keep the others from being looked at.
            log.exception("finding %s cannot be traced", looked.finding_id)
            continue
        for doubt_id, said in opened.items():
            note(session, None, "doubt.opened", doubt_id, said, at=now)
    session.flush()
    return len(found)


def pass_on(session: Session, *, now: datetime) -> int | None:
    """Pass doubts that nobody judged in time to the next body above; None when there are none."""
    late = queries.unanswered(session, now=now)
    if not late:
        return None
    for doubt in late:
        doubt.passed_at = doubt.answer_by
        told = judges.next_body(session, doubt, now=now)
        _tell(session, told, "doubt.passed", doubt, now=now)
        body = {"to": sorted(str(one) for one in told)}
        note(session, None, "doubt.passed", doubt.id, body, at=doubt.answer_by)
    session.flush()
    return len(late)


def take_up(
    session: Session, actor: Actor, doubt_id: UUID, draft: TakeUp, *, now: datetime
) -> Doubt:
    """Take a doubt up (受理); a review may be opened from it."""
    return _judge(session, actor, doubt_id, DoubtState.TAKEN_UP, draft.reason, now=now)


def refuse(
    session: Session, actor: Actor, doubt_id: UUID, draft: Refusal, *, now: datetime
) -> Doubt:
    """Refuse a doubt (不受理), with reasons that the person named can read."""
    return _judge(session, actor, doubt_id, DoubtState.REFUSED, draft.reason, now=now)


def reply(
    session: Session,
    actor: Actor,
    doubt_id: UUID,
    draft: Answer,
    *,
    id: UUID,  # noqa: A002  the record's own name for it
    now: datetime,
) -> DoubtReply:
    """Keep what the person asked says to a doubt; only that person may say it."""
    doubt = demand(actor, May.SEE_DOUBT, queries.by_id(session, doubt_id))
    if not doubt.concerns(actor.id):
        raise Forbidden("forbidden")
    if doubt.state is DoubtState.REFUSED:
        raise Conflict("reply-late")
    said = DoubtReply(
        id=id,
        doubt_id=doubt.id,
        person_id=actor.id,
        text=draft.text,
        made_at=min(draft.made_at or now, now),
        received_at=now,
    )
    session.add(said)
    session.flush()
    acted(session, actor.id, f"doubt:{doubt.id}", now=now)
    note(session, actor, "doubt.answered", doubt.id, {"reply": str(id), "text": said.text}, at=now)
    return said


def _judge(
    session: Session, actor: Actor, doubt_id: UUID, state: DoubtState, reason: str, *, now: datetime
) -> Doubt:
    held = session.get(Doubt, doubt_id, with_for_update=True)
    doubt = demand(actor, May.JUDGE_DOUBT, held, seen=May.SEE_DOUBT)
    if (why := judges.bar(session, doubt, actor.id)) is not None:
        raise Forbidden(why)
    if doubt.state is not DoubtState.OPEN:
        raise Conflict("doubt-judged")
    doubt.state, doubt.reason = state, reason
    doubt.decided_by, doubt.decided_at = actor.id, now
    said = {"reason": reason, "in_time": now < doubt.answer_by}
    note(session, actor, f"doubt.{state.value}", doubt.id, said, at=now)
    people = [one.person_id for card in queries.cards(session, [doubt]) for one in card.named]
    _tell(session, people, f"doubt.{state.value}", doubt, now=now)
    session.flush()
    return doubt


def _look(
    session: Session, finding: Finding, calendar: WorkCalendar, *, now: datetime
) -> tuple[dict[UUID, dict[str, Any]], datetime | None]:
    """Open what a finding's facts raise: each new doubt with its line, and when to look again."""
    told = facts(session, finding, calendar)
    seen = rules.trace(told, calendar, as_of=rules.last_change(told, calendar, now))
    known = {one.trigger for one in queries.of_finding(session, finding.id)}
    opened = dict(
        _open(session, finding, seen, trigger, ground, calendar, now=now)
        for trigger, ground in seen.triggers.items()
        if trigger not in known
    )
    return opened, _look_again(finding, rules.next_change(told, calendar, now), now)


def _open(
    session: Session,
    finding: Finding,
    seen: Trace,
    trigger: Trigger,
    ground: Ground,
    calendar: WorkCalendar,
    *,
    now: datetime,
) -> tuple[UUID, dict[str, Any]]:
    """Open one doubt; its id, and what the ledger says of it."""
    doubt = Doubt(
        finding_id=finding.id,
        grid_id=finding.grid_id,
        trigger=trigger,
        span=seen.t1,
        ground=ground.value,
        facts=rules.plain(seen),
        digest=rules.digest(seen),
        opened_at=now,
        answer_by=add_workdays(now, JUDGE_WORKDAYS, calendar),
    )
    session.add(doubt)
    session.flush()
    people = asked(seen, trigger)
    for person, one in people.items():
        named = Named(doubt_id=doubt.id, person_id=person, question=one.question.value, at=one.at)
        named.post_id, named.code = one.post, one.code.value
        session.add(named)
    kept = _freeze(session, finding, seen, now=now)
    opened = {
        "finding": str(finding.id),
        "trigger": trigger.value,
        "ground": ground.value,
        "digest": doubt.digest,
        "named": sorted(str(person) for person in people),
        "frozen": kept,
    }
    judges = [
        one.answers
        for one in answering(session, finding.grid_id, Role.SUPERVISOR, at=now)
        if one.answers is not None and one.answers not in people
    ]
    _tell(session, [*judges, *people], "doubt.opened", doubt, now=now)
    return doubt.id, opened


def asked(seen: Trace, trigger: Trigger) -> dict[UUID, Conclusion]:
    """Whom a doubt of this trigger asks, each with the first no that is theirs."""
    both = len(seen.triggers) > 1
    found: dict[UUID, Conclusion] = {}
    for one in seen.conclusions:
        if one.person is None or one.code in rules.SPEAKS_FOR:
            continue
        patrol = one.question in _PATROL
        if not both or patrol == (trigger is Trigger.T1):
            found.setdefault(one.person, one)
    return found


def _freeze(session: Session, finding: Finding, seen: Trace, *, now: datetime) -> int:
    """Keep every piece of evidence of the trace from deletion; how many are new (证据保全)."""
    wanted = {f"finding:{finding.id}", seen.not_after_by, seen.not_before_by or ""}
    wanted |= {each for one in seen.windows for each in (*one.evidence, *one.short)}
    wanted |= {each for one in seen.answers for each in one.evidence}
    wanted |= {each for one in seen.conclusions for each in one.evidence}
    for lane in seen.timeline.lanes:
        wanted |= {mark.evidence for mark in lane.marks} | {bar.evidence for bar in lane.bars}
    new = sorted(wanted - {""} - set(queries.frozen(session, finding.id)))
    session.add_all(
        Freeze(finding_id=finding.id, subject=subject, frozen_at=now) for subject in new
    )
    return len(new)


def _tell(
    session: Session, people: Iterable[UUID], kind: str, doubt: Doubt, *, now: datetime
) -> None:
    told = {"finding": str(doubt.finding_id), "trigger": doubt.trigger.value}
    for person in dict.fromkeys(people):
        notify(
            session,
            person,
            kind,
            f"doubt:{doubt.id}",
            told,
            due_at=now,
            now=now,
            grid_id=doubt.grid_id,
        )


def _look_again(finding: Finding, turn: datetime | None, now: datetime) -> datetime | None:
    """When a finding is looked at next; never again once it is old and settled."""
    if finding.resolved_at is not None and now - finding.resolved_at > FORGET:
        return None
    soon = now + (AGAIN if finding.resolved_at is None else RESTING)
    return min(turn, soon) if turn is not None else soon
