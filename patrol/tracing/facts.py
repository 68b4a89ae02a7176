"""What a trace is told: recorded facts as frozen values, each with the moment it became known."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from patrol.catalogue.rules import Persistence
from patrol.core.calendar import Limit, LimitUnit
from patrol.core.roles import Line
from patrol.escalation.rules import Stop
from patrol.findings.rules import Evidence, Source, StopKind, StopOutcome
from patrol.findings.rules import Proof as Shows
from patrol.people.rules import Excuse, Level, Place, Posting
from patrol.plans.rules import Reach
from patrol.rounds.rules import Grade

ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Figures:
    """The figures a city may set; a trace prints those it used."""

    sight: float = 50.0  # metres: who passed closer could have seen it
    together: timedelta = timedelta(minutes=30)  # a passer-by and a passing thing met
    returns_within: timedelta = timedelta(days=7)  # a stopping undone sooner was not effective
    outbox: timedelta = timedelta(hours=24)  # how long a silent phone may still bring a visit
    dispatch: Limit = field(default=Limit(1, LimitUnit.WORK_HOUR))  # to take in and hand on
    look_back: timedelta = timedelta(days=31)  # how far back without any proof of absence
    known_by: frozenset[Source] = frozenset(Source)  # whose reports start the clock of T2


@dataclass(frozen=True)
class Scene:
    """The violation: what, where, and who found it when."""

    finding: UUID
    cell: UUID
    path: tuple[Place, ...]  # the grids of the cell, lowest first
    topic: str
    persistence: Persistence
    source: Source
    found_at: datetime
    finders: frozenset[UUID]
    known_at: datetime
    top_tier: int = 1  # heads stand on grids from this tier down


@dataclass(frozen=True)
class Proof:
    """A dated record that the violation was there, or was not, and when we learned of it."""

    evidence: Evidence
    known_at: datetime
    reported: bool = True  # who saw it said so
    until: datetime | None = None  # when it turned out to say nothing of this violation

    @property
    def at(self) -> datetime:
        """The moment it speaks of."""
        return self.evidence.at

    @property
    def present(self) -> bool:
        """Whether it shows that the violation was there."""
        return self.evidence.proof is Shows.PRESENCE


@dataclass(frozen=True)
class Signature:
    """Somebody's signature under a weaker plan: every trace shows it."""

    code: str
    by: UUID
    evidence: str
    at: datetime


@dataclass(frozen=True)
class Obligation:
    """One version of a plan: which post had to look at what, in which windows."""

    plan: UUID
    line: Line
    level: Level
    covers_place: bool
    covers_topic: bool
    grade: Grade
    windows: tuple[Reach, ...]  # each with the moment it closes, grace considered
    known_at: datetime
    until: datetime | None = None  # when the plan was ended
    planner: UUID | None = None
    signatures: tuple[Signature, ...] = ()

    @property
    def covers(self) -> bool:
        """Whether it obliges anybody to look at this place for this topic."""
        return self.covers_place and self.covers_topic


@dataclass(frozen=True)
class Visit:
    """A crew in the cell at one moment, as well as it is proven."""

    id: UUID
    crew: frozenset[UUID]
    seen_at: datetime
    known_at: datetime
    grade: Grade
    metres: float | None = None  # nearest the track or fix came to the spot
    backfilled: bool = False  # 补录: credited only once another person confirms it
    confirmed_at: datetime | None = None

    @property
    def evidence(self) -> str:
        """The name of this visit as evidence."""
        return f"visit:{self.id}"


@dataclass(frozen=True)
class Told:
    """One level told of a matter at this place: what reached it, what it did, until when."""

    evidence: str
    level: Level
    about_finding: bool  # otherwise about a window missed or due
    told_at: datetime
    until: datetime | None = None  # when its patience was up, pauses subtracted
    person: UUID | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acted_at: datetime | None = None
    acted: str = ""  # evidence of the act
    delayed: bool = False  # told late by our own fault
    top: bool = False  # nobody above is left to pass it to
    plan: str | None = None  # whose window it was, where a notice says so


@dataclass(frozen=True)
class Receipt:
    """The violation in the hands of the unit that had to stop it."""

    evidence: str
    source: Source
    received_at: datetime
    known_at: datetime
    limit: Limit | None
    person: UUID | None = None  # who answered for that unit then
    powers: bool = False  # whether that person could do more than advise and report


@dataclass(frozen=True)
class Stopping:
    """One attempt to stop it."""

    evidence: str
    by: UUID
    kind: StopKind
    outcome: StopOutcome
    at: datetime
    known_at: datetime


@dataclass(frozen=True)
class Remedy:
    """Somebody's word that it was put right, until it was found not to be."""

    evidence: str
    at: datetime
    known_at: datetime
    undone_at: datetime | None = None


@dataclass(frozen=True)
class Aside:
    """A stretch in which it counted for nothing of its own: void, declined, or joined."""

    evidence: str
    at: datetime
    until: datetime | None = None  # when it was reopened


@dataclass(frozen=True)
class Dispatch:
    """The duty to hand the matter to whoever had to act, and when it was done."""

    evidence: str
    due_at: datetime
    known_at: datetime
    person: UUID | None = None
    done_at: datetime | None = None


@dataclass(frozen=True)
class Pause:
    """A signed clock stop, or our own downtime."""

    evidence: str
    stop: Stop
    system: bool
    known_at: datetime


@dataclass(frozen=True)
class Loss:
    """A stretch of which the evidence is gone: what happened then cannot be found out."""

    evidence: str
    start: datetime
    end: datetime
    known_at: datetime


@dataclass(frozen=True)
class Facts:
    """Everything recorded that bears on one violation."""

    scene: Scene
    proofs: tuple[Proof, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    endings: tuple[Signature, ...] = ()  # under plans ended with nothing in their place
    posts: tuple[tuple[datetime, Posting], ...] = ()  # recorded when, and what
    excuses: tuple[Excuse, ...] = ()
    visits: tuple[Visit, ...] = ()
    told: tuple[Told, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    stoppings: tuple[Stopping, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    asides: tuple[Aside, ...] = ()
    repeats: bool = False  # whoever found it said that it is back
    dispatches: tuple[Dispatch, ...] = ()
    pauses: tuple[Pause, ...] = ()
    losses: tuple[Loss, ...] = ()
    emptied: tuple[tuple[UUID, datetime], ...] = ()  # person, outbox confirmed empty at
    figures: Figures = field(default_factory=Figures)

    @property
    def postings(self) -> tuple[Posting, ...]:
        """The posts without the moments they were recorded."""
        return tuple(post for _, post in self.posts)

    @property
    def stands(self) -> bool:
        """Whether it is a violation of its own, and not void, declined or joined to another."""
        return all(one.until is not None for one in self.asides)


def known(facts: Facts, as_of: datetime) -> Facts:
    """Only what was recorded by `as_of` (当时所见), sorted; the finding itself always stays."""
    facts = _sorted(facts)

    def by(moment: datetime | None) -> datetime | None:
        return moment if moment is not None and moment <= as_of else None

    return replace(
        facts,
        proofs=tuple(
            one
            for one in facts.proofs
            if one.known_at <= as_of and (one.until is None or one.until > as_of)
        ),
        obligations=tuple(one for one in facts.obligations if one.known_at <= as_of),
        endings=tuple(one for one in facts.endings if one.at <= as_of),
        posts=tuple((at, _posting_by(post, as_of)) for at, post in facts.posts if at <= as_of),
        excuses=tuple(
            replace(one, approved_at=by(one.approved_at), refused_at=by(one.refused_at))
            for one in facts.excuses
            if one.entered_at <= as_of
        ),
        visits=tuple(
            replace(one, confirmed_at=by(one.confirmed_at))
            for one in facts.visits
            if one.known_at <= as_of
        ),
        told=tuple(
            replace(
                one,
                delivered_at=by(one.delivered_at),
                read_at=by(one.read_at),
                acknowledged_at=by(one.acknowledged_at),
                acted_at=by(one.acted_at),
            )
            for one in facts.told
            if one.told_at <= as_of
        ),
        receipts=tuple(one for one in facts.receipts if one.known_at <= as_of),
        stoppings=tuple(one for one in facts.stoppings if one.known_at <= as_of),
        remedies=tuple(
            replace(one, undone_at=by(one.undone_at))
            for one in facts.remedies
            if one.known_at <= as_of
        ),
        asides=tuple(replace(one, until=by(one.until)) for one in facts.asides if one.at <= as_of),
        dispatches=tuple(
            replace(one, done_at=by(one.done_at))
            for one in facts.dispatches
            if one.known_at <= as_of
        ),
        pauses=tuple(one for one in facts.pauses if one.known_at <= as_of),
        losses=tuple(one for one in facts.losses if one.known_at <= as_of),
        emptied=tuple((who, at) for who, at in facts.emptied if at <= as_of),
    )


def _posting_by(post: Posting, as_of: datetime) -> Posting:
    """A post as it stood on record: its acceptance and its shifts, as far as told by `as_of`."""

    def by(moment: datetime | None) -> datetime | None:
        return moment if moment is not None and moment <= as_of else None

    duties = tuple(
        replace(one, cancelled_at=by(one.cancelled_at))
        for one in post.duties
        if one.told_at <= as_of
    )
    accepted, served = by(post.accepted_at), by(post.served_at)
    return replace(post, accepted_at=accepted, served_at=served, duties=duties)


def _sorted(facts: Facts) -> Facts:
    """The same facts in the one order that makes results the same whoever gathered them."""
    return replace(
        facts,
        proofs=tuple(sorted(facts.proofs, key=lambda one: (one.at, one.evidence.id))),
        obligations=tuple(sorted(facts.obligations, key=lambda one: str(one.plan))),
        endings=tuple(sorted(facts.endings, key=lambda one: (one.at, one.evidence))),
        posts=tuple(sorted(facts.posts, key=lambda one: (one[1].start, str(one[1].id)))),
        excuses=tuple(sorted(facts.excuses, key=lambda one: (one.start, str(one.id)))),
        visits=tuple(sorted(facts.visits, key=lambda one: (one.seen_at, str(one.id)))),
        told=tuple(sorted(facts.told, key=lambda one: (one.told_at, one.evidence))),
        receipts=tuple(sorted(facts.receipts, key=lambda one: (one.received_at, one.evidence))),
        stoppings=tuple(sorted(facts.stoppings, key=lambda one: (one.at, one.evidence))),
        remedies=tuple(sorted(facts.remedies, key=lambda one: (one.at, one.evidence))),
        asides=tuple(sorted(facts.asides, key=lambda one: (one.at, one.evidence))),
        dispatches=tuple(sorted(facts.dispatches, key=lambda one: (one.due_at, one.evidence))),
        pauses=tuple(sorted(facts.pauses, key=lambda one: (one.stop.start, one.evidence))),
        losses=tuple(sorted(facts.losses, key=lambda one: (one.start, one.evidence))),
        emptied=tuple(sorted(facts.emptied, key=lambda one: (one[1], str(one[0])))),
    )
