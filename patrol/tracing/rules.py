"""The public face of reverse tracing: from recorded facts to doubts, accounts and answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any
from uuid import UUID

from patrol.core.calendar import WorkCalendar
from patrol.findings.rules import Bounds
from patrol.tracing.accounts import Account, Accounted, Share, account_of, accounts
from patrol.tracing.facts import (
    Facts,
    Figures,
    Obligation,
    Proof,
    Scene,
    Signature,
    known,
)
from patrol.tracing.onset import (
    Breach,
    Ground,
    Span,
    Trigger,
    breach,
    onset,
    returned,
    span,
    stop_by,
    widest,
)
from patrol.tracing.questions import answers
from patrol.tracing.reaching import between, reaching
from patrol.tracing.timeline import Bar, Lane, LaneKind, Mark, Shape, Sign, Timeline, timeline
from patrol.tracing.verdicts import (
    SPEAKS_FOR,
    Answer,
    Code,
    Conclusion,
    Question,
    Verdict,
    conclusions,
)


@dataclass(frozen=True)
class Trace:
    """What recorded facts say about one violation; never a verdict."""

    scene: Scene
    as_of: datetime
    figures: Figures
    not_before: datetime | None
    not_before_by: str | None
    not_after: datetime
    not_after_by: str
    contradictions: tuple[str, ...]
    t1: Span
    hot_spot: bool  # came back: a task for the planner
    signatures: tuple[Signature, ...]  # under weaker plans; every trace shows them
    t2: Breach | None
    windows: tuple[Accounted, ...]
    answers: tuple[Answer, ...]
    conclusions: tuple[Conclusion, ...]
    timeline: Timeline

    @property
    def triggers(self) -> dict[Trigger, Ground]:
        """What opens a doubt, and on which ground."""
        found: dict[Trigger, Ground] = {}
        if self.t1 is Span.SPANS:
            found[Trigger.T1] = Ground.INTERVAL
        if self.t2 is not None:
            found[Trigger.T2] = self.t2.ground
        return found

    @property
    def named(self) -> dict[UUID, Conclusion]:
        """Everybody whose duty is answered no, with the first thing that failed."""
        named: dict[UUID, Conclusion] = {}
        for one in self.conclusions:
            if one.person is not None and one.code not in SPEAKS_FOR:
                named.setdefault(one.person, one)
        return named


def trace(facts: Facts, calendar: WorkCalendar, *, as_of: datetime) -> Trace:
    """Walk back from a violation by what was recorded until `as_of`."""
    then = reaching(known(facts, as_of))
    began = onset(then)
    then = between(then, began.not_before)
    windows = accounts(then, as_of)
    t2 = breach(then, calendar, as_of)
    given = answers(then, windows, t2, as_of)
    said = conclusions(given)
    absence, presence = began.absence, began.presence
    return Trace(
        scene=then.scene,
        as_of=as_of,
        figures=then.figures,
        not_before=began.not_before,
        not_before_by=absence.id if absence else None,
        not_after=began.not_after or then.scene.found_at,
        not_after_by=presence.id if presence else f"finding:{then.scene.finding}",
        contradictions=tuple(one.id for one in began.contradictions),
        t1=widest(one.span for one in windows if one.settled),
        hot_spot=returned(then),
        signatures=(
            *(each for one in then.obligations for each in one.signatures),
            *then.endings,
        ),
        t2=t2,
        windows=windows,
        answers=given,
        conclusions=said,
        timeline=timeline(then, windows, t2, said, as_of),
    )


def last_change(facts: Facts, calendar: WorkCalendar, now: datetime) -> datetime:
    """The last moment until `now` at which anything in the trace can have changed.

    A trace as of that moment is the trace as of `now`, so running it again gives the same bytes.
    """
    then = reaching(known(facts, now))
    return max((one for one in _turns(then, calendar) if one <= now), default=now)


def next_change(facts: Facts, calendar: WorkCalendar, now: datetime) -> datetime | None:
    """When time alone will next change the trace; None: never again."""
    return min((one for one in _turns(facts, calendar) if one > now), default=None)


def _turns(facts: Facts, calendar: WorkCalendar) -> set[datetime]:
    """Every moment at which something became known, fell due or ran out."""
    stops = [one.stop for one in facts.pauses]
    found: set[datetime | None] = {facts.scene.known_at, facts.scene.found_at}
    found |= {moment for one in facts.proofs for moment in (one.known_at, one.until)}
    found |= {one.known_at for one in facts.obligations}
    found |= {reach.closes for one in facts.obligations for reach in one.windows}
    found |= {
        reach.closes + facts.figures.outbox for one in facts.obligations for reach in one.windows
    }
    for at, post in facts.posts:
        found |= {at, post.accepted_at, post.served_at}
        found |= {moment for one in post.duties for moment in (one.told_at, one.cancelled_at)}
    for excuse in facts.excuses:
        found |= {excuse.entered_at, excuse.approved_at, excuse.refused_at}
    for visit in facts.visits:
        found |= {visit.known_at, visit.confirmed_at}
    for told in facts.told:
        found |= {told.told_at, told.delivered_at, told.read_at, told.acknowledged_at}
        found |= {told.acted_at, told.until}
    for receipt in facts.receipts:
        found |= {receipt.known_at, stop_by(receipt, stops, calendar)}
    found |= {one.known_at for one in facts.stoppings}
    for remedy in facts.remedies:
        found |= {remedy.known_at, remedy.undone_at}
    for aside in facts.asides:
        found |= {aside.at, aside.until}
    for dispatch in facts.dispatches:
        found |= {dispatch.known_at, dispatch.due_at, dispatch.done_at}
    for pause in facts.pauses:
        found |= {pause.known_at, pause.stop.start, pause.stop.end}
    found |= {one.known_at for one in facts.losses}
    found |= {at for _, at in facts.emptied}
    return {one for one in found if one is not None}


def plain(value: Any) -> Any:
    """Any value of a trace in JSON's own terms, the same on every machine."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(plain(name)): plain(each) for name, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(plain(each) for each in value)
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return _word(value)


def _word(value: Any) -> Any:
    """One single value in JSON's own terms."""
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case timedelta():
            return round(value.total_seconds())
        case UUID():
            return str(value)
        case float():
            return round(value, 1)
        case _:
            return value


def canonical(value: Any) -> str:
    """Sorted, compact JSON: the same facts give the same bytes."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, in hex."""
    return sha256(canonical(value).encode()).hexdigest()


__all__ = [
    "SPEAKS_FOR",
    "Account",
    "Accounted",
    "Answer",
    "Bar",
    "Bounds",
    "Breach",
    "Code",
    "Conclusion",
    "Facts",
    "Figures",
    "Ground",
    "Lane",
    "LaneKind",
    "Mark",
    "Obligation",
    "Proof",
    "Question",
    "Scene",
    "Shape",
    "Share",
    "Sign",
    "Span",
    "Timeline",
    "Trace",
    "Trigger",
    "Verdict",
    "account_of",
    "accounts",
    "answers",
    "breach",
    "canonical",
    "conclusions",
    "digest",
    "known",
    "last_change",
    "next_change",
    "onset",
    "plain",
    "returned",
    "span",
    "stop_by",
    "timeline",
    "trace",
    "widest",
]
