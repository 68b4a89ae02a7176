"""Opens one piece of evidence of a trace: what exactly was recorded, when, and by whom."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from patrol.core.errors import NotFound
from patrol.findings.model import Finding, Stopping
from patrol.findings.rules import OUTSIDE
from patrol.handling.model import Step
from patrol.ledger.model import LedgerEntry
from patrol.notices.model import Notice
from patrol.people.model import Excuse, Post
from patrol.people.queries import names
from patrol.plans.model import Plan
from patrol.rounds.model import ClearNote, Visit
from patrol.tracing.facts import Told
from patrol.tracing.rules import Facts, Trace

Fact = tuple[str, Any]  # a code, and a moment, a number, a person's id or plain words


@dataclass(frozen=True)
class Person:
    """A value that is a person; the card names them."""

    id: UUID | None


@dataclass(frozen=True)
class Piece:
    """One piece of evidence ready for a page."""

    kind: str
    ref: str
    facts: tuple[Fact, ...]


def refs_of(found: Trace) -> set[str]:
    """The names of everything a trace rests on or shows."""
    refs = {found.not_after_by, found.not_before_by or ""}
    refs |= {each for one in found.windows for each in (*one.evidence, *one.short)}
    refs |= {each for one in found.answers for each in one.evidence}
    refs |= {each for one in found.conclusions for each in one.evidence}
    for lane in found.timeline.lanes:
        refs |= {mark.evidence for mark in lane.marks} | {bar.evidence for bar in lane.bars}
    return refs - {""}


def piece(session: Session, found: Trace, told: Facts, ref: str) -> Piece:
    """One piece a trace rests on; raises `NotFound` for anything else."""
    if ref not in refs_of(found):
        raise NotFound("evidence-unknown")
    kind, _, rest = ref.partition(":")
    read: dict[str, Callable[[], Iterator[Fact]]] = {
        "window": lambda: _window(found, ref),
        "climb": lambda: _told(told, ref),
        "ledger": lambda: _entry(session, rest),
    }
    if kind in read:
        facts = list(read[kind]())
    else:
        facts = list(_row(session, kind, rest) or _brought(told, ref))
    people = names(session, {one.id for _, one in facts if isinstance(one, Person)})
    named = [
        (code, people.get(one.id) if isinstance(one, Person) and one.id else one)
        for code, one in facts
        if not (isinstance(one, Person) and one.id is None)
    ]
    return Piece(kind, ref, tuple(each for each in named if each[1] is not None))


def _row(session: Session, kind: str, rest: str) -> list[Fact]:
    tables: dict[str, tuple[type[Any], Callable[[Any], list[Fact]]]] = {
        "visit": (Visit, _seen),
        "clear_note": (ClearNote, _seen),
        "finding": (Finding, _finding),
        "plan": (Plan, _plan),
        "post": (Post, _post),
        "excuse": (Excuse, _excuse),
        "stopping": (Stopping, _stopping),
        "step": (Step, _step),
        "notice": (Notice, _notice),
    }
    try:
        key = UUID(rest)
    except ValueError:
        return []
    table, read = tables.get(kind, (None, None))
    row = session.get(table, key) if table is not None else None
    return read(row) if read is not None and row is not None else []


def _seen(row: Visit | ClearNote) -> list[Fact]:
    return [
        ("by", Person(row.officer_id)),
        ("seen_at", row.seen_at),
        ("made_at", row.made_at),
        ("received_at", row.received_at),
        ("grade", row.grade.value),
        ("accuracy", row.accuracy),
        ("topic", getattr(row, "topic", None)),
        ("in_cell_m", getattr(row, "metres", None)),
        ("in_cell_s", getattr(row, "seconds", None)),
    ]


def _finding(row: Finding) -> list[Fact]:
    # Who complained is never shown, to nobody.
    return [
        ("number", row.number),
        ("by", Person(None if row.source in OUTSIDE else row.officer_id)),
        ("seen_at", row.seen_at),
        ("made_at", row.made_at),
        ("received_at", row.received_at),
        ("source", row.source.value),
        ("remark", None if row.source in OUTSIDE else row.remark or None),
    ]


def _plan(row: Plan) -> list[Fact]:
    return [
        ("plan", row.name),
        ("version", row.version),
        ("valid_from", row.valid_from),
        ("valid_to", row.valid_to),
        ("published_by", Person(row.published_by)),
        ("published_at", row.published_at),
        ("floor_signed_by", Person(row.floor_signed_by)),
        *(("signed_for", need) for need in row.signed_for),
        ("floor_reason", row.floor_reason or None),
        ("end_signed_by", Person(row.end_signed_by)),
        ("end_reason", row.end_reason or None),
    ]


def _post(row: Post) -> list[Fact]:
    return [
        ("by", Person(row.person_id)),
        ("role", row.role.value),
        ("post_kind", row.kind.value),
        ("valid_from", row.from_at),
        ("valid_to", row.to_at),
        ("recorded_at", row.recorded_at),
        ("accepted_at", row.accepted_at),
        ("served_at", row.served_at),
        ("assigned_by", Person(row.assigned_by)),
    ]


def _excuse(row: Excuse) -> list[Fact]:
    return [
        ("by", Person(row.person_id)),
        ("excuse", row.kind.value),
        ("document", row.document),
        ("valid_from", row.from_at),
        ("valid_to", row.to_at),
        ("recorded_by", Person(row.recorded_by)),
        ("recorded_at", row.recorded_at),
        ("approved_by", Person(row.approved_by)),
        ("approved_at", row.approved_at),
    ]


def _stopping(row: Stopping) -> list[Fact]:
    return [
        ("by", Person(row.officer_id)),
        ("stop_kind", row.kind.value),
        ("outcome", row.outcome.value),
        ("certificate", row.certificate),
        ("seen_at", row.seen_at),
        ("received_at", row.received_at),
    ]


def _step(row: Step) -> list[Fact]:
    return [("by", Person(row.officer_id)), ("move", row.move), ("at", row.at)]


def _notice(row: Notice) -> list[Fact]:
    return [
        ("told", Person(row.person_id)),
        ("due_at", row.due_at),
        ("made_at", row.made_at),
        ("delivered_at", row.delivered_at),
        ("read_at", row.read_at),
    ]


def _window(found: Trace, ref: str) -> Iterator[Fact]:
    for one in found.windows:
        if ref == f"window:{one.plan}:{one.window.start:%Y%m%dT%H%MZ}":
            yield "account", one.account.value
            yield "span", one.span.value
            yield "valid_from", one.window.start
            yield "valid_to", one.window.end
            yield "closes", one.closes
            yield "answers", Person(one.person)
            for share in one.shares:
                yield "held_by", Person(share.person)
                yield "held_from", share.start


def _told(told: Facts, ref: str) -> Iterator[Fact]:
    one: Told | None = next((each for each in told.told if each.evidence == ref), None)
    if one is None:
        return
    yield "told", Person(one.person)
    yield "due_at", one.told_at
    yield "delivered_at", one.delivered_at
    yield "read_at", one.read_at
    yield "acknowledged_at", one.acknowledged_at
    yield "acted_at", one.acted_at
    yield "until", one.until


def _brought(told: Facts, ref: str) -> Iterator[Fact]:
    """Evidence somebody brought, or a clock stop, as the trace itself knows it."""
    for proof in told.proofs:
        if proof.evidence.id == ref:
            yield "shows", proof.evidence.proof.value
            yield "seen_at", proof.at
            yield "recorded_at", proof.known_at
    for pause in told.pauses:
        if pause.evidence == ref:
            yield "valid_from", pause.stop.start
            yield "valid_to", pause.stop.end
            yield "recorded_at", pause.known_at


def _entry(session: Session, rest: str) -> Iterator[Fact]:
    entry = session.get(LedgerEntry, int(rest)) if rest.isdigit() else None
    if entry is not None:
        at: datetime = entry.at
        yield "by", Person(entry.actor_id)
        yield "at", at
        yield "act", entry.kind
        yield "seal", entry.hash[:16]
