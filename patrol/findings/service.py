"""Findings as people record them: seen, stopped, proven to be older, joined to another."""

from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from geoalchemy2.elements import WKTElement
from sqlalchemy import select
from sqlmodel import Session, col

from patrol.catalogue import queries as catalogue
from patrol.catalogue.model import Condition, EventClass
from patrol.core.access import Actor, May, demand
from patrol.core.calendar import Limit, WorkCalendar, deadline
from patrol.core.errors import Conflict, Refused
from patrol.core.geo import distance_m
from patrol.escalation.service import open_matter, settle
from patrol.findings import queries
from patrol.findings.drafts import Draft, Earlier, Join, Stop
from patrol.findings.model import Finding, Onset, Stopping
from patrol.findings.rules import (
    Proof,
    Severity,
    Source,
    Stage,
    StopKind,
    StopOutcome,
    first_stage,
    sources,
    stop_due,
    stops_allowed,
)
from patrol.grid.queries import cell_at
from patrol.ledger.service import note
from patrol.photos.service import announce
from patrol.rounds import evidence as rounds
from patrol.rounds.model import Round, Visit
from patrol.rounds.rules import LATE, Times, times, too_old


def record(session: Session, actor: Actor, draft: Draft, *, key: UUID, now: datetime) -> Finding:
    """Store what somebody saw, in the cell where it is, and set its clocks and ladders going.

    Raises `class-unknown`, `place-outside`, `source-not-yours`, `round-unknown`, `since-later`.
    """
    if session.get(Finding, key) is not None:
        raise Conflict("finding-known")
    calendar = catalogue.calendar(session)
    told = _times(draft.seen_at, draft.made_at, calendar.zone, now)
    kind = _class(session, draft.code, at=told.seen)
    condition = _condition(session, kind, draft.condition)
    cell = cell_at(session, draft.lon, draft.lat, at=told.seen)
    if cell is None:
        raise Refused("place-outside", "lon")
    demand(actor, May.RECORD_FINDING, cell)
    source = _source(actor, draft.source)
    own = _own(draft)
    handle = Limit(condition.limit_amount, condition.limit_unit) if condition else None
    finding = Finding(
        id=key,
        number=_number(session, kind, told.seen, calendar),
        class_id=kind.id,
        condition_id=condition.id if condition else None,
        severity=Severity(kind.severity),
        topic=kind.topic,
        source=source,
        cell_id=cell.id,
        grid_id=cell.grid_id,
        officer_id=actor.id,
        round_id=_round(session, actor, draft.round_id),
        spot=WKTElement(f"POINT({draft.lon!r} {draft.lat!r})", srid=4326),
        lon=draft.lon,
        lat=draft.lat,
        own_lon=own[0] if own else None,
        own_lat=own[1] if own else None,
        own_accuracy=draft.own_accuracy if own else None,
        distance=distance_m(own, (draft.lon, draft.lat)) if own else None,
        remark=draft.remark,
        party=draft.party,
        self_handled=draft.self_handled,
        repeat_of=_earlier(session, actor, draft.repeat_of),
        stage=first_stage(source, self_handled=draft.self_handled),
        stop_due_at=stop_due(now, stop_limit(kind), calendar),
        handle_due_at=deadline(now, handle, calendar) if handle else None,
        seen_at=told.seen,
        made_at=told.made,
        received_at=now,
    )
    session.add(finding)
    session.flush()
    note(session, actor, "finding.recorded", finding.id, facts(finding, told), at=now)
    if draft.since is not None:
        earlier = Earlier(at=draft.since, ground=draft.ground or source.value)
        _presence(session, actor, finding, earlier, zone=calendar.zone, now=now)
    for each in draft.announcements():
        announce(session, actor, queries.subject(key), cell.grid_id, each, now=now)
    about = queries.subject(key)
    open_matter(session, about, cell.grid_id, finding.severity, now=now, title=kind.name)
    return finding


def stop(
    session: Session, actor: Actor, finding: Finding, draft: Stop, *, key: UUID, now: datetime
) -> Stopping:
    """Record an act to stop it; an order needs a certificate that is valid, and prints it.

    Raises `certificate-needed`, `finding-joined`, `stop-before-seen`, `backfill-too-old`.
    """
    demand(actor, May.STOP_FINDING, finding, seen=May.SEE_FINDING)
    if session.get(Stopping, key) is not None:
        raise Conflict("finding-known")
    if draft.kind not in stops_allowed(certified=actor.certificate is not None):
        raise Refused("certificate-needed", "kind")
    if finding.joined_to is not None:
        raise Refused("finding-joined")
    told = _times(draft.seen_at, draft.made_at, catalogue.calendar(session).zone, now)
    if told.seen < finding.seen_at - LATE:  # so far may the clocks of two phones be apart
        raise Refused("stop-before-seen", "seen_at")
    if too_old(told.seen, told.made):
        raise Refused("backfill-too-old", "seen_at")
    act = Stopping(
        id=key,
        finding_id=finding.id,
        officer_id=actor.id,
        grid_id=finding.grid_id,
        kind=draft.kind,
        outcome=draft.outcome,
        certificate=actor.certificate if draft.kind is StopKind.ORDERED else None,
        remark=draft.remark,
        seen_at=told.seen,
        made_at=told.made,
        received_at=now,
    )
    session.add(act)
    if draft.outcome is StopOutcome.STOPPED:
        finding.stopped_at = min(finding.stopped_at or act.counts_from, act.counts_from)
    for each in draft.announcements():
        announce(session, actor, queries.subject(finding.id), finding.grid_id, each, now=now)
    facts: dict[str, Any] = {
        "act": str(key),
        "kind": act.kind.value,
        "outcome": act.outcome.value,
        "certificate": act.certificate,
        "remark": act.remark,
        **told.facts(),
    }
    note(session, actor, "finding.stopped", finding.id, facts, at=now)
    return act


def prove_earlier(
    session: Session, actor: Actor, finding: Finding, draft: Earlier, *, now: datetime
) -> Onset:
    """Bring word that it was there at an earlier moment already.

    Raises `since-later`.
    """
    demand(actor, May.RECORD_FINDING, finding)
    demand(actor, May.SEE_FINDING, finding)
    zone = catalogue.calendar(session).zone
    return _presence(session, actor, finding, draft, zone=zone, now=now)


def join(session: Session, actor: Actor, finding: Finding, draft: Join, *, now: datetime) -> None:
    """Say that a finding is the same thing as another one, which goes on for both.

    Only who recorded it, or who files, may say so; nobody takes another's finding away.
    Raises `join-self`, `join-class`, `finding-joined`, `finding-ended`.
    """
    if finding.officer_id != actor.id:
        demand(actor, May.FILE_FINDING, finding, seen=May.SEE_FINDING)
    other = demand(actor, May.SEE_FINDING, queries.by_id(session, draft.into))
    kinds = catalogue.classes_by_id(session, {finding.class_id, other.class_id})
    checks = {
        "join-self": other.id == finding.id,
        "finding-joined": finding.joined_to is not None or other.joined_to is not None,
        "finding-ended": finding.resolved_at is not None,
        "join-class": kinds[finding.class_id].code != kinds[other.class_id].code,
    }
    if code := next((code for code, holds in checks.items() if holds), None):
        raise Refused(code, "into")
    finding.joined_to, finding.stage, finding.resolved_at = other.id, Stage.VOID, now
    settle(session, queries.subject(finding.id), now=now)
    facts = {"into": str(other.id), "number": other.number}
    note(session, actor, "finding.joined", finding.id, facts, at=now)


def confirm(
    session: Session, actor: Actor, visit_id: UUID, *, now: datetime, zone: ZoneInfo
) -> Visit:
    """Vouch for another's 补录, which is refused once a violation there is known."""
    visit = session.get(Visit, visit_id)
    known = visit is not None and queries.known_since(session, visit, by=now)
    return rounds.confirm(session, actor, visit_id, known=known, now=now, zone=zone)


def facts(finding: Finding, told: Times) -> dict[str, Any]:
    """What the ledger keeps of a finding; personal parts are no part of it."""
    return {
        "number": finding.number,
        "class": str(finding.class_id),
        "severity": finding.severity.value,
        "source": finding.source.value,
        "cell": str(finding.cell_id),
        "grid": str(finding.grid_id),
        "spot": [finding.lon, finding.lat],
        "distance": None if finding.distance is None else round(finding.distance, 1),
        "remark": finding.remark,
        "self_handled": finding.self_handled,
        "repeat_of": str(finding.repeat_of) if finding.repeat_of else None,
        **told.facts(),
    }


def stop_limit(kind: EventClass) -> Limit | None:
    """The limit to stop of a class, where it has one."""
    if kind.stop_amount is None or kind.stop_unit is None:
        return None
    return Limit(kind.stop_amount, kind.stop_unit)


def _presence(
    session: Session,
    actor: Actor,
    finding: Finding,
    draft: Earlier,
    *,
    zone: tzinfo,
    now: datetime,
) -> Onset:
    at = _aware(draft.at, zone)
    if at >= finding.seen_at:
        raise Refused("since-later", "since")
    proof = Onset(
        finding_id=finding.id,
        proof=Proof.PRESENCE,
        at=at,
        source=draft.ground,
        remark=draft.remark,
        officer_id=actor.id,
        grid_id=finding.grid_id,
        recorded_at=now,
    )
    session.add(proof)
    facts = {"proof": proof.proof.value, "at": at.isoformat(), "ground": draft.ground}
    note(session, actor, "finding.proven", finding.id, facts, at=now)
    return proof


def _class(session: Session, code: str, *, at: datetime) -> EventClass:
    """The class in force then; its row is held, so that numbers are given one by one."""
    kind = catalogue.class_by_code(session, code, at=at)
    if kind is None:
        raise Refused("class-unknown", "code")
    held = select(EventClass).where(col(EventClass.id) == kind.id).with_for_update()
    return session.scalars(held).one()


def _condition(session: Session, kind: EventClass, number: int | None) -> Condition | None:
    known = catalogue.conditions_of(session, kind.id)
    if number is None:
        return known[0] if known else None
    found = next((each for each in known if each.number == number), None)
    if found is None:
        raise Refused("condition-unknown", "condition")
    return found


def _number(session: Session, kind: EventClass, at: datetime, calendar: WorkCalendar) -> str:
    prefix = f"{kind.code}-{at.astimezone(calendar.zone):%Y%m%d}-"
    last = queries.last_number(session, prefix)
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:04d}"


def _source(actor: Actor, told: Source | None) -> Source:
    offered = sources(actor.roles)
    if told is not None and told not in offered:
        raise Refused("source-not-yours", "source")
    return told or offered[0]


def _round(session: Session, actor: Actor, round_id: UUID | None) -> UUID | None:
    if round_id is None:
        return None
    walked = session.get(Round, round_id)
    if walked is None or walked.officer_id != actor.id:
        raise Refused("round-unknown", "round_id")
    return round_id


def _earlier(session: Session, actor: Actor, finding_id: UUID | None) -> UUID | None:
    if finding_id is None:
        return None
    return demand(actor, May.SEE_FINDING, queries.by_id(session, finding_id)).id


def _own(draft: Draft) -> tuple[float, float] | None:
    if draft.own_lon is None or draft.own_lat is None:
        return None
    return draft.own_lon, draft.own_lat


def _times(seen: datetime | None, made: datetime | None, zone: tzinfo, now: datetime) -> Times:
    return times(_aware(seen, zone) if seen else None, _aware(made, zone) if made else None, now)


def _aware(moment: datetime, zone: tzinfo) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
