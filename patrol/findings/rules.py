"""Decides when a finding can have begun, when it must be stopped, and what it may repeat."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from patrol.core.calendar import Limit, WorkCalendar, deadline
from patrol.core.roles import Role
from patrol.rounds.rules import Grade, is_backfill

NEAR = 30.0  # metres between a clear note's fix and the spot, for it to speak of the spot
REPEAT_RADIUS = 30.0  # metres, where the class names none
REPEAT_WITHIN = timedelta(days=90)
PROVING = frozenset({Grade.A, Grade.B})


class Severity(StrEnum):
    """How much a finding weighs; each has ladders of its own."""

    ORDINARY = "ordinary"
    SERIOUS = "serious"
    GRAVE = "grave"


class Source(StrEnum):
    """How a finding came to be known."""

    PATROL = "patrol"  # an obliged officer, on patrol
    INSPECTION = "inspection"  # 暗访: a supervisor's unannounced check
    PUBLIC = "public"  # told by a citizen
    HOTLINE = "hotline"
    SOCIAL_GRID = "social_grid"  # 社会管理网格


OUTSIDE = frozenset({Source.PUBLIC, Source.HOTLINE, Source.SOCIAL_GRID})


class StopKind(StrEnum):
    """An act to stop a violation (制止)."""

    ADVISED = "advised"  # 劝阻
    ORDERED = "ordered"  # 责令: certificate holders only
    REPORTED = "reported"  # 上报


class StopOutcome(StrEnum):
    """What an act to stop came to."""

    STOPPED = "stopped"  # 已停止
    REFUSED = "refused"  # 拒不停止
    ABSENT = "absent"  # 当事人不在场


class Stage(StrEnum):
    """Where a finding is in the procedure (待…), and the ways it can end."""

    RECEIVED = "received"  # 待受理
    VERIFYING = "verifying"  # 待核实: reports from outside only
    FILING = "filing"  # 待立案
    DISPATCHING = "dispatching"  # 待派遣
    HANDLING = "handling"  # 待处置
    HUNG = "hung"  # 挂账: cannot be done now, the clock is paused
    CHECKING = "checking"  # 待核查
    CLOSING = "closing"  # 待结案
    CLOSED = "closed"  # 已结案
    VOID = "void"  # 作废
    DECLINED = "declined"  # 不予立案


ENDED = frozenset({Stage.CLOSED, Stage.VOID, Stage.DECLINED})


class Proof(StrEnum):
    """What a piece of onset evidence shows."""

    ABSENCE = "absence"
    PRESENCE = "presence"


class Weight(StrEnum):
    """What a piece of evidence counts for, and if not fully, why."""

    COUNTS = "counts"
    OWN_WORD = "own_word"  # by the person concerned, and nothing else supports it
    CONTRADICTS = "contradicts"  # 记录矛盾: absence dated after a proof of presence
    WEAK_GRADE = "weak_grade"  # neither on-site token nor position in the cell
    TOO_FAR = "too_far"  # its fix is more than 30 m from the spot, or there is none


@dataclass(frozen=True)
class Evidence:
    """One dated record that a violation was there, or was not."""

    id: str  # such as clear_note:<id>, photo:<id>, a complaint's number
    proof: Proof
    at: datetime
    by: UUID | None = None  # whose word it is
    grade: Grade | None = None  # of a clear note
    distance: float | None = None  # metres from a clear note's fix to the spot
    supported: bool = False  # something besides the word of `by` shows it: a token, a photo, a crew


@dataclass(frozen=True)
class Bounds:
    """Between which moments a finding began, and what each piece of evidence counted for.

    `absence` is the last proof that it was not there, `presence` the oldest that it was;
    `firm_absence` leaves out what rests on the word of a person concerned alone, and only that
    may turn "may span" into "does not span".
    """

    absence: Evidence | None
    firm_absence: Evidence | None
    presence: Evidence | None
    weights: tuple[tuple[Evidence, Weight], ...] = ()

    @property
    def not_before(self) -> datetime | None:
        """It was not there yet at this moment."""
        return self.absence.at if self.absence else None

    @property
    def firm_not_before(self) -> datetime | None:
        """The same, taking nobody's word in his own matter."""
        return self.firm_absence.at if self.firm_absence else None

    @property
    def not_after(self) -> datetime | None:
        """It was there by this moment."""
        return self.presence.at if self.presence else None

    @property
    def contradictions(self) -> tuple[Evidence, ...]:
        """Notes of absence dated after a proof of presence: shown, and moving nothing."""
        return tuple(each for each, weight in self.weights if weight is Weight.CONTRADICTS)


def bounds(evidence: Iterable[Evidence], concerned: frozenset[UUID] = frozenset()) -> Bounds:
    """When a finding can have begun (product, section 6).

    `concerned` are the people a trace might blame; their bare word is marked.
    """
    ordered = sorted(evidence, key=lambda each: (each.at, each.id))
    presence = next((each for each in ordered if each.proof is Proof.PRESENCE), None)
    weights = tuple((each, _weight(each, presence, concerned)) for each in ordered)
    absences = [pair for pair in weights if pair[0].proof is Proof.ABSENCE]
    firm = [each for each, weight in absences if weight is Weight.COUNTS]
    taken = [each for each, weight in absences if weight in {Weight.COUNTS, Weight.OWN_WORD}]
    return Bounds(taken[-1] if taken else None, firm[-1] if firm else None, presence, weights)


def _weight(each: Evidence, presence: Evidence | None, concerned: frozenset[UUID]) -> Weight:
    if each.proof is Proof.PRESENCE:
        return Weight.COUNTS
    if presence and each.at > presence.at:
        return Weight.CONTRADICTS
    if each.grade not in PROVING:
        return Weight.WEAK_GRADE
    if each.distance is None or not each.distance <= NEAR:
        return Weight.TOO_FAR
    return Weight.OWN_WORD if each.by in concerned and not each.supported else Weight.COUNTS


def stop_due(received_at: datetime, limit: Limit | None, calendar: WorkCalendar) -> datetime | None:
    """Until when it must be stopped, counted from its receipt by the unit that had to."""
    return deadline(received_at, limit, calendar) if limit else None


@dataclass(frozen=True)
class Candidate:
    """An earlier finding of the same class, open or closed."""

    id: UUID
    metres: float
    seen_at: datetime


def candidates(
    known: Iterable[Candidate], seen_at: datetime, radius: float = REPEAT_RADIUS
) -> list[Candidate]:
    """Which of the `known` may be the same thing, nearest first; joining them is for people."""
    near = (
        each
        for each in known
        if each.metres <= radius and abs(seen_at - each.seen_at) <= REPEAT_WITHIN
    )
    return sorted(near, key=lambda each: (each.metres, abs(seen_at - each.seen_at), str(each.id)))


def sources(roles: Iterable[Role]) -> tuple[Source, ...]:
    """How a person of these roles comes by findings; the first one is meant unless said."""
    held = set(roles)
    if Role.SUPERVISOR in held:
        return (Source.INSPECTION,)
    if Role.DISPATCHER in held:
        return (Source.PUBLIC, Source.HOTLINE, Source.SOCIAL_GRID)
    if held & {Role.HEAD, Role.WORKER}:
        return (Source.PATROL, Source.SOCIAL_GRID)
    return (Source.PATROL,)


def stops_allowed(*, certified: bool) -> tuple[StopKind, ...]:
    """Which acts to stop a person may make; an order needs a certificate valid that day."""
    ordering = (StopKind.ORDERED,) if certified else ()
    return (StopKind.ADVISED, *ordering, StopKind.REPORTED)


def counts_from(seen_at: datetime, made_at: datetime) -> datetime:
    """When an act to stop counts as done; a 补录 not before it was written down."""
    return made_at if is_backfill(seen_at, made_at) else seen_at


def first_stage(source: Source, *, self_handled: bool) -> Stage:
    """Where the procedure begins: what was put right on the spot only needs checking."""
    if self_handled and source not in OUTSIDE:
        return Stage.CHECKING
    return Stage.RECEIVED
