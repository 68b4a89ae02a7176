"""Reading doubts, and running the trace of a finding as of any moment."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session, col

from patrol.catalogue import queries as catalogue
from patrol.catalogue.model import EventClass
from patrol.core.access import Actor, May, demand, within
from patrol.core.errors import NotFound
from patrol.findings.model import Finding
from patrol.grid.model import Cell, Grid
from patrol.people.model import Excuse, Person, Post
from patrol.people.queries import names
from patrol.plans.model import Plan
from patrol.tracing import rules
from patrol.tracing.gathering import facts
from patrol.tracing.model import Doubt, DoubtReply, DoubtState, Freeze, Named, Watch
from patrol.tracing.rules import Ground, Question, Span, Trace, Trigger

BATCH = 50  # findings traced in one step: each takes a score of queries


@dataclass(frozen=True)
class NamedCard:
    """One person a doubt asks about, and what of."""

    person_id: UUID
    name: str
    question: Question
    code: str
    at: datetime


@dataclass(frozen=True)
class DoubtCard:
    """A doubt ready for a page."""

    id: UUID
    finding_id: UUID
    number: str
    kind: str
    kind_en: str
    grid_name: str
    trigger: Trigger
    span: Span | None
    ground: Ground
    state: DoubtState
    opened_at: datetime
    answer_by: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str
    passed_at: datetime | None
    named: tuple[NamedCard, ...]
    found_at: datetime
    digest: str


@dataclass(frozen=True)
class SceneCard:
    """What a trace is about, in the names people use."""

    finding_id: UUID
    number: str
    kind: str
    kind_en: str
    grid_id: UUID
    grid_name: str
    cell_number: int
    cell_code: str
    found_at: datetime
    known_at: datetime
    photo_subject: str


@dataclass(frozen=True)
class Names:
    """What the ids in a trace are called."""

    people: dict[UUID, str]
    plans: dict[str, str]
    excuses: dict[str, str]  # evidence → number of the paper
    posts: dict[UUID, str]  # post → name of its grid

    def person(self, person_id: UUID | str | None) -> str | None:
        """What somebody is called, by id or its text."""
        if not person_id:
            return None
        return self.people.get(person_id if isinstance(person_id, UUID) else UUID(person_id))


def trace(
    session: Session, finding_id: UUID, *, now: datetime, as_of: datetime | None = None
) -> Trace:
    """The trace of a finding by what is recorded; `as_of` leaves out what became known later.

    Until something new is recorded or falls due, running it again gives the same bytes.
    Raises `NotFound` when there is no such finding.
    """
    finding = session.get(Finding, finding_id)
    if finding is None:
        raise NotFound("finding-not-found")
    calendar = catalogue.calendar(session)
    told = facts(session, finding, calendar)
    then = min(as_of, now) if as_of else now
    return rules.trace(told, calendar, as_of=rules.last_change(told, calendar, then))


def facts_of(session: Session, finding: Finding) -> rules.Facts:
    """The recorded facts behind the trace of a finding."""
    return facts(session, finding, catalogue.calendar(session))


def seen(session: Session, actor: Actor, doubt_id: UUID) -> Doubt:
    """The doubt, if this person may see it; raises `NotFound`."""
    return demand(actor, May.SEE_DOUBT, by_id(session, doubt_id))


def finding_for(session: Session, actor: Actor, finding_id: UUID) -> Finding:
    """The finding, if this person may see its trace: by post, or because a doubt concerns them."""
    finding = session.scalar(
        select(Finding).where(
            col(Finding.id) == finding_id,
            or_(
                within(actor, May.SEE_TRACE, Finding),
                col(Finding.id).in_(
                    select(col(Doubt.finding_id)).where(
                        Doubt.concerning(actor.id)  # the person concerned sees everything
                    )
                ),
            ),
        )
    )
    if finding is None:
        raise NotFound("finding-not-found")
    return finding


def scene(session: Session, finding: Finding) -> SceneCard:
    """What a trace is about."""
    kind = session.get_one(EventClass, finding.class_id)
    cell = session.get_one(Cell, finding.cell_id)
    grid = session.get_one(Grid, finding.grid_id)
    return SceneCard(
        finding.id,
        finding.number,
        kind.name,
        kind.name_en,
        grid.id,
        grid.name,
        cell.number,
        cell.code,
        finding.seen_at,
        finding.received_at,
        f"finding:{finding.id}",
    )


def names_in(session: Session, found: Trace) -> Names:
    """What everybody and everything in a trace is called."""
    lanes = found.timeline.lanes
    people = {UUID(lane.key) for lane in lanes if lane.key and lane.kind in _OF_PEOPLE}
    people |= {one.person for one in found.conclusions if one.person}
    people |= {one.person for one in found.windows if one.person}
    people |= {one.by for one in found.signatures}
    people |= {share.person for one in found.windows for share in one.shares}
    plans = {one.plan for one in found.windows}
    plans |= {UUID(lane.key) for lane in lanes if lane.kind is rules.LaneKind.WINDOWS}
    posts = {one.post for one in found.conclusions if one.post}
    rows = session.execute(
        select(col(Plan.id), col(Plan.name)).where(col(Plan.id).in_(list(plans)))
    )
    grids = session.execute(
        select(col(Post.id), col(Grid.name))
        .join(Grid, col(Grid.id) == col(Post.grid_id))
        .where(col(Post.id).in_(list(posts)))
    )
    return Names(
        names(session, people),
        {str(row[0]): row[1] for row in rows},
        _papers(session, found),
        {row[0]: row[1] for row in grids},
    )


_OF_PEOPLE = (rules.LaneKind.PERSON, rules.LaneKind.LEVEL)


def _papers(session: Session, found: Trace) -> dict[str, str]:
    shown = {bar.evidence for lane in found.timeline.lanes for bar in lane.bars}
    shown |= {each for one in found.conclusions for each in one.evidence}
    ids = [UUID(one.partition(":")[2]) for one in shown if one.startswith("excuse:")]
    rows = session.execute(
        select(col(Excuse.id), col(Excuse.document)).where(col(Excuse.id).in_(ids))
    )
    return {f"excuse:{row[0]}": row[1] for row in rows}


def by_id(session: Session, doubt_id: UUID) -> Doubt | None:
    """One doubt."""
    return session.get(Doubt, doubt_id)


def doubts_for(
    session: Session, actor: Actor, *, states: Collection[DoubtState] = tuple(DoubtState)
) -> list[DoubtCard]:
    """The doubts this person may see, those that wait longest first."""
    query = (
        select(Doubt)
        .where(within(actor, May.SEE_DOUBT, Doubt), col(Doubt.state).in_(list(states)))
        .order_by(col(Doubt.answer_by), col(Doubt.id))
        .limit(200)
    )
    return cards(session, session.scalars(query))


def to_judge(session: Session, actor: Actor) -> list[DoubtCard]:
    """The open doubts this person has to take up or refuse."""
    query = (
        select(Doubt)
        .where(within(actor, May.JUDGE_DOUBT, Doubt), col(Doubt.state) == DoubtState.OPEN)
        .order_by(col(Doubt.answer_by), col(Doubt.id))
        .limit(200)
    )
    return cards(session, session.scalars(query))


def about(session: Session, person_id: UUID) -> list[DoubtCard]:
    """The doubts that ask about this person, newest first."""
    query = select(Doubt).where(Doubt.concerning(person_id))
    return cards(session, session.scalars(query.order_by(col(Doubt.opened_at).desc())))


def of_finding(session: Session, finding_id: UUID) -> list[DoubtCard]:
    """The doubts a finding has opened."""
    query = select(Doubt).where(col(Doubt.finding_id) == finding_id)
    return cards(session, session.scalars(query.order_by(col(Doubt.opened_at), col(Doubt.id))))


def cards(session: Session, doubts: Iterable[Doubt]) -> list[DoubtCard]:
    """Doubts with their places and people, in as many queries as for one."""
    found = list(doubts)
    if not found:
        return []
    rows = session.execute(
        select(Finding, EventClass, Grid)
        .join(EventClass, col(EventClass.id) == col(Finding.class_id))
        .join(Grid, col(Grid.id) == col(Finding.grid_id))
        .where(col(Finding.id).in_([one.finding_id for one in found]))
    )
    scenes = {row[0].id: (row[0], row[1], row[2]) for row in rows}
    people: dict[UUID, list[NamedCard]] = {one.id: [] for one in found}
    asked = session.execute(
        select(Named, col(Person.name))
        .join(Person, col(Person.id) == col(Named.person_id))
        .where(col(Named.doubt_id).in_(list(people)))
        .order_by(col(Named.at), col(Named.id))
    )
    for named, name in asked:
        card = NamedCard(named.person_id, name, Question(named.question), named.code, named.at)
        people[named.doubt_id].append(card)
    judges = names(session, {one.decided_by for one in found})
    return [
        _card(
            one,
            *scenes[one.finding_id],
            tuple(people[one.id]),
            judges.get(one.decided_by) if one.decided_by else None,
        )
        for one in found
    ]


def _card(
    doubt: Doubt,
    finding: Finding,
    kind: EventClass,
    grid: Grid,
    named: tuple[NamedCard, ...],
    judge: str | None,
) -> DoubtCard:
    return DoubtCard(
        id=doubt.id,
        finding_id=finding.id,
        number=finding.number,
        kind=kind.name,
        kind_en=kind.name_en,
        grid_name=grid.name,
        trigger=doubt.trigger,
        span=doubt.span,
        ground=Ground(doubt.ground),
        state=doubt.state,
        opened_at=doubt.opened_at,
        answer_by=doubt.answer_by,
        decided_at=doubt.decided_at,
        decided_by=judge,
        reason=doubt.reason,
        passed_at=doubt.passed_at,
        named=named,
        found_at=finding.seen_at,
        digest=doubt.digest,
    )


def to_look_at(session: Session, *, now: datetime) -> list[tuple[Finding, Watch | None]]:
    """Findings never traced, or whose facts may have ripened; a few at a time."""
    fresh = (
        select(Finding)
        .outerjoin(Watch, col(Watch.finding_id) == col(Finding.id))
        .where(col(Watch.finding_id).is_(None))
        .order_by(col(Finding.received_at), col(Finding.id))
        .limit(BATCH)
    )
    new = list(session.scalars(fresh))
    if new:
        return [(finding, None) for finding in new]
    ripe = (
        select(Watch)
        .where(col(Watch.next_at) <= now)
        .order_by(col(Watch.next_at), col(Watch.finding_id))
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    return [(session.get_one(Finding, watch.finding_id), watch) for watch in session.scalars(ripe)]


def unanswered(session: Session, *, now: datetime) -> list[Doubt]:
    """Open doubts whose time to be judged is over and that were not passed on yet."""
    query = (
        select(Doubt)
        .where(
            col(Doubt.state) == DoubtState.OPEN,
            col(Doubt.answer_by) <= now,
            col(Doubt.passed_at).is_(None),
        )
        .order_by(col(Doubt.answer_by), col(Doubt.id))
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def frozen(session: Session, finding_id: UUID) -> list[str]:
    """What is kept from deletion for a finding."""
    query = select(col(Freeze.subject)).where(col(Freeze.finding_id) == finding_id)
    return sorted(session.scalars(query))


def is_frozen(session: Session, subject: str) -> bool:
    """Whether a doubt or review needs this piece of evidence, against every deletion rule."""
    query = select(col(Freeze.id)).where(col(Freeze.subject) == subject).limit(1)
    return session.scalar(query) is not None


@dataclass(frozen=True)
class ReplyCard:
    """What somebody asked by a doubt said to it."""

    name: str
    person_id: UUID
    text: str
    made_at: datetime


def replies_to(session: Session, doubt_id: UUID) -> list[ReplyCard]:
    """What the persons asked have said to a doubt, oldest first."""
    query = select(DoubtReply).where(col(DoubtReply.doubt_id) == doubt_id)
    found = list(session.scalars(query.order_by(col(DoubtReply.made_at), col(DoubtReply.id))))
    people = names(session, {one.person_id for one in found})
    return [ReplyCard(people[one.person_id], one.person_id, one.text, one.made_at) for one in found]
