"""When a violation can have begun, and whether it outlived a window or a limit: T1 and T2."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from patrol.catalogue.rules import Persistence
from patrol.core.calendar import Limit, WorkCalendar
from patrol.escalation.rules import Stop, due, merged
from patrol.findings.rules import Bounds, Evidence, Source, StopOutcome, bounds
from patrol.findings.rules import Proof as Shows
from patrol.plans.rules import Reach
from patrol.tracing.facts import Facts, Proof, Receipt, Scene


class Span(StrEnum):
    """Whether a whole window lies between the beginning of a violation and its discovery."""

    SPANS = "spans"
    MAY_SPAN = "may_span"  # names nobody, counts nowhere
    DOES_NOT_SPAN = "does_not_span"


class Trigger(StrEnum):
    """What opens a doubt."""

    T1 = "t1"  # it outlived a patrol window
    T2 = "t2"  # it was known and not stopped in time, or not for good


class Ground(StrEnum):
    """The text a doubt stands on, and what of it came true."""

    INTERVAL = "2012-77-interval"  # 郑政办〔2012〕77号: 跨越巡查间隔期
    SOCIAL_NOT_STOPPED = "2012-77-not-stopped"  # the same: 社会管理网格上报未得到及时有效制止
    SOCIAL_NOT_EFFECTIVE = "2012-77-not-effective"
    NOT_STOPPED = "local-1-not-stopped"  # local rule 1: known from anyone else, not in time
    NOT_EFFECTIVE = "local-1-not-effective"
    LADDER = "local-2-ladder"  # local rule 2: unresolved past the top of its ladder


@dataclass(frozen=True)
class Breach:
    """T2 come true: since when, on which text, by which evidence."""

    ground: Ground
    receipt: Receipt | None
    due_at: datetime | None
    at: datetime  # when it came true
    evidence: tuple[str, ...] = ()


def onset(facts: Facts, concerned: Collection[UUID] = ()) -> Bounds:
    """When the violation can have begun, by the records dated until its discovery.

    The finding itself is the last proof of presence; `concerned` are taken at no bare word.
    """
    scene = facts.scene
    itself = Evidence(f"finding:{scene.finding}", Shows.PRESENCE, scene.found_at)
    dated = {one.evidence.id: one.evidence for one in facts.proofs if one.at <= scene.found_at}
    return bounds({itself.id: itself, **dated}.values(), frozenset(concerned))


def span(
    reach: Reach,
    scene: Scene,
    bounds: Bounds,
    *,
    obliged: Collection[UUID] = (),
    inside: bool = True,
) -> Span:
    """Whether one outlived window lies whole between beginning and discovery.

    `inside` says whether a proof of presence is dated in the window, which a recurring class
    needs. What the obliged find themselves spans nothing, and their bare word moves nothing.
    """
    if scene.found_at < reach.closes or scene.finders & set(obliged):
        return Span.DOES_NOT_SPAN
    began_after, began_by = bounds.firm_not_before, bounds.not_after or scene.found_at
    if began_after is not None and began_after >= reach.window.start:
        return Span.DOES_NOT_SPAN
    if began_by > reach.window.start:
        return Span.MAY_SPAN
    lasting = scene.persistence is Persistence.CONTINUOUS
    return Span.SPANS if lasting or inside else Span.MAY_SPAN


def span_of(facts: Facts, reach: Reach, obliged: Collection[UUID]) -> Span:
    """T1 for one window and who was obliged in it."""
    if not facts.stands:
        return Span.DOES_NOT_SPAN
    inside = any(
        one.present and reach.window.start <= one.at < reach.window.end for one in facts.proofs
    )
    fair = onset(facts, obliged)
    return span(reach, facts.scene, fair, obliged=obliged, inside=inside)


def widest(spans: Iterable[Span]) -> Span:
    """The strongest of several answers; none at all does not span."""
    found = set(spans)
    return next((one for one in Span if one in found), Span.DOES_NOT_SPAN)


def returned(facts: Facts) -> bool:
    """Whether a recurring violation came back: a task for the planner, no doubt about a person."""
    if facts.scene.persistence is not Persistence.RECURRING:
        return False
    return facts.repeats or bool(onset(facts).contradictions)


def stop_by(receipt: Receipt, stops: Iterable[Stop], calendar: WorkCalendar) -> datetime | None:
    """When the limit to stop is used up, pauses subtracted; None: no limit, or the clock stands."""
    limit: Limit | None = receipt.limit
    if limit is None:
        return None
    if limit.continuous:
        return due(receipt.received_at, limit.length, stops)
    left, still = limit.length, merged(stops)
    last = next((one.start for one in still if one.end is None), None)
    for opens, closes in calendar.shifts(receipt.received_at):
        if last is not None and opens >= last:
            return None
        for start, end in _without(opens, closes, still):
            if start + left <= end:
                return start + left
            left -= end - start
    return None


def breach(facts: Facts, calendar: WorkCalendar, now: datetime) -> Breach | None:
    """T2: the first known report that was not stopped within its limit, or not for good.

    What was put right in time was stopped in time.
    """
    if not facts.stands:
        return None
    counted = [one for one in facts.receipts if one.source in facts.figures.known_by]
    pauses = [one.stop for one in facts.pauses]
    for receipt in sorted(counted, key=lambda one: (one.received_at, one.evidence)):
        social = receipt.source is Source.SOCIAL_GRID
        by = stop_by(receipt, pauses, calendar)
        halts = [one.at for one in facts.stoppings if one.outcome is StopOutcome.STOPPED]
        halts += [one.at for one in facts.remedies if one.undone_at is None]
        if by is not None and by <= now and not any(at <= by for at in halts):
            ground = Ground.SOCIAL_NOT_STOPPED if social else Ground.NOT_STOPPED
            tried = tuple(sorted(one.evidence for one in facts.stoppings if one.at <= by))
            return Breach(ground, receipt, by, by, (receipt.evidence, *tried))
        again = _back(facts, now)
        if again is not None:
            ground = Ground.SOCIAL_NOT_EFFECTIVE if social else Ground.NOT_EFFECTIVE
            return Breach(ground, receipt, by, again.at, (receipt.evidence, again.evidence.id))
    return _outclimbed(facts, now)


def _outclimbed(facts: Facts, now: datetime) -> Breach | None:
    """The top of a ladder let it lie: the doubt opens by itself."""
    for told in sorted(facts.told, key=lambda one: (one.told_at, one.evidence)):
        silent = told.acted_at is None or (told.until is not None and told.acted_at > told.until)
        if told.top and told.about_finding and silent and told.until and told.until <= now:
            return Breach(Ground.LADDER, None, told.until, told.until, (told.evidence,))
    return None


def _back(facts: Facts, now: datetime) -> Proof | None:
    """The first proof that a continuous violation was there again soon after it was stopped."""
    if facts.scene.persistence is not Persistence.CONTINUOUS:
        return None
    halts = [
        one.at
        for one in facts.stoppings
        if one.outcome is StopOutcome.STOPPED and one.at >= facts.scene.found_at
    ]
    within = facts.figures.returns_within
    seen = (
        one
        for one in sorted(facts.proofs, key=_when)
        if one.present
        and one.at <= now
        and any(timedelta(0) < one.at - halt <= within for halt in halts)
    )
    return next(seen, None)


def _without(
    start: datetime, end: datetime, stops: Iterable[Stop]
) -> list[tuple[datetime, datetime]]:
    """What is left of [start, end) outside of sorted, disjoint stops."""
    left, at = [], start
    for stop in stops:
        until = stop.end or end
        if until <= at or stop.start >= end:
            continue
        if stop.start > at:
            left.append((at, stop.start))
        at = max(at, until)
    if at < end:
        left.append((at, end))
    return left


def _when(proof: Proof) -> tuple[datetime, str]:
    return proof.at, proof.evidence.id
