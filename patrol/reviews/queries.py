"""Reading reviews: the list by state, one review whole, who may have a part in it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from patrol.catalogue.model import EventClass
from patrol.core.access import Actor, May, demand, within
from patrol.core.roles import Identity
from patrol.findings.model import Finding
from patrol.grid.model import Grid
from patrol.people.model import Person
from patrol.people.queries import names
from patrol.reviews.model import Concerned, Review, ReviewStep, Statement
from patrol.reviews.rules import (
    CLOSED,
    Act,
    Answering,
    Case,
    Measure,
    Outcome,
    Part,
    Phase,
    acts,
    may_still_answer,
    may_still_appeal,
    missing,
    remedy_by,
    who,
)
from patrol.reviews.seating import appeal_in, concerned_in, may_join, seats_in
from patrol.tracing.model import Doubt
from patrol.tracing.rules import SPEAKS_FOR


@dataclass(frozen=True)
class Line:
    """One review in a list."""

    id: UUID
    number: str
    phase: Phase
    kind: str
    kind_en: str
    grid_name: str
    people: tuple[str, ...]
    opened_at: datetime
    decide_by: datetime
    clock: datetime | None  # what runs now: to answer, to decide, to file
    next_act: Act | None


@dataclass(frozen=True)
class StatementCard:
    """One statement in defence."""

    text: str
    made_at: datetime
    received_at: datetime


@dataclass(frozen=True)
class ConcernedCard:
    """One person concerned: duty, first no, excuse, statements, what is proposed and decided."""

    person_id: UUID
    name: str
    identity: Identity
    question: str
    code: str
    at: datetime | None
    excuse: str
    proposed: Outcome | None
    proposed_measure: Measure | None
    proposal: str
    served_at: datetime | None
    answer_by: datetime | None
    waived_at: datetime | None
    outcome: Outcome | None
    measure: Measure | None
    grounds: str
    delivered_at: datetime | None
    statements: tuple[StatementCard, ...]


@dataclass(frozen=True)
class StepCard:
    """One act done."""

    act: str
    name: str | None
    text: str
    at: datetime
    to_phase: Phase


@dataclass(frozen=True)
class Whole:
    """One review with everything its page shows."""

    review: Review
    finding_number: str
    kind: str
    kind_en: str
    grid_name: str
    concerned: tuple[ConcernedCard, ...]
    seats: Mapping[Part, tuple[str, ...]]
    steps: tuple[StepCard, ...]
    case: Case
    may_answer_until: datetime | None
    lacking: Mapping[Part, int]

    @property
    def next_act(self) -> Act | None:
        """The one act the procedure waits for; None while somebody may still answer."""
        phase_act = [one for one in acts_of(self) if one not in SIDE]
        return phase_act[0] if phase_act else None


SIDE = frozenset({Act.EXTEND, Act.TRANSFER, Act.APPEAL})


def acts_of(whole: Whole) -> tuple[Act, ...]:
    """What may be done as of the moment the page was read."""
    return whole.case.offered


def by_id(session: Session, review_id: UUID) -> Review | None:
    """One review."""
    return session.get(Review, review_id)


def held(session: Session, review_id: UUID) -> Review | None:
    """One review, which nobody else changes until this transaction is over."""
    return session.get(Review, review_id, with_for_update=True)


def seen(session: Session, actor: Actor, review_id: UUID) -> Review:
    """The review, if this person may see it; raises `NotFound`."""
    return demand(actor, May.SEE_REVIEW, by_id(session, review_id))


def next_number(session: Session, year: int) -> str:
    """The next number of the register of reviews, gap-free in a year."""
    prefix = f"D{year}-"
    query = select(func.count()).select_from(Review).where(col(Review.number).startswith(prefix))
    return f"{prefix}{(session.scalar(query) or 0) + 1:04d}"


def of_doubt(session: Session, doubt_id: UUID) -> Review | None:
    """The review a doubt was taken up in."""
    return session.scalar(select(Review).where(col(Review.doubt_id) == doubt_id))


def case_of(session: Session, review: Review, *, now: datetime) -> Case:
    """What the procedure must know of a review."""
    appealed, rows = appeal_in(session, review.id), concerned_in(session, review.id)
    kinds = _identities(session, rows)
    case = Case(
        review.phase,
        tuple(answering(one, kinds.get(one.person_id)) for one in rows),
        seats_in(session, review.id),
        review.decide_by,
        extended=review.extended,
        published_at=review.published_at,
        resumes=appealed.from_phase if appealed else None,
        appellant=appealed.officer_id if appealed else None,
    )
    return case.at(acts(case, now))


def _identities(session: Session, rows: Iterable[Concerned]) -> dict[UUID, Identity]:
    """What kind of staff those are on whom a measure was served."""
    served = [one.person_id for one in rows if one.measure and one.delivered_at]
    if not served:
        return {}
    query = select(col(Person.id), col(Person.identity)).where(col(Person.id).in_(served))
    return {row[0]: row[1] for row in session.execute(query)}


def answering(one: Concerned, identity: Identity | None = None) -> Answering:
    """One person concerned as the rules see it."""
    measure = Measure(one.measure) if one.measure else None
    return Answering(
        one.person_id,
        one.served_at,
        one.answer_by,
        one.waived_at,
        one.proposed,
        Measure(one.proposed_measure) if one.proposed_measure else None,
        one.outcome,
        measure,
        one.delivered_at,
        remedy_by(identity, measure, one.delivered_at) if identity else None,
    )


def whole(session: Session, actor: Actor, review: Review, *, now: datetime) -> Whole:
    """One review with everything its page shows; a person concerned sees only the own card."""
    finding = session.get_one(Finding, review.finding_id)
    kind = session.get_one(EventClass, finding.class_id)
    case = case_of(session, review, now=now)
    rows = concerned_in(session, review.id)
    mine = [one for one in rows if one.person_id == actor.id]
    steps = list(
        session.scalars(
            select(ReviewStep)
            .where(col(ReviewStep.review_id) == review.id)
            .order_by(col(ReviewStep.at), col(ReviewStep.id))
        )
    )
    people = names(
        session,
        {one.officer_id for one in steps} | {one for held in case.seats.values() for one in held},
    )
    return Whole(
        review=review,
        finding_number=finding.number,
        kind=kind.name,
        kind_en=kind.name_en,
        grid_name=session.get_one(Grid, review.grid_id).name,
        concerned=tuple(_concerned(session, review, mine or rows)),
        seats={
            part: tuple(sorted(people[one] for one in held)) for part, held in case.seats.items()
        },
        steps=tuple(
            StepCard(
                one.act,
                people.get(one.officer_id) if one.officer_id else None,
                one.text,
                one.at,
                one.to_phase,
            )
            for one in steps
            if not mine or one.act in _TOLD
        ),
        case=case,
        may_answer_until=may_still_answer(case.concerned, now),
        lacking=missing(case.seats, appealed=review.phase is Phase.APPEAL),
    )


_TOLD = {"open", Act.SERVE.value, Act.CLOSE_HEARING.value, Act.COUNTERSIGN.value}
_TOLD |= {Act.DELIVER.value, Act.PUBLISH.value, Act.FILE.value, Act.APPEAL.value, "statement"}


def _concerned(
    session: Session, review: Review, rows: Iterable[Concerned]
) -> Iterable[ConcernedCard]:
    said: dict[UUID, list[StatementCard]] = defaultdict(list)
    query = select(Statement).where(col(Statement.review_id) == review.id)
    for one in session.scalars(query.order_by(col(Statement.received_at), col(Statement.id))):
        said[one.person_id].append(StatementCard(one.text, one.made_at, one.received_at))
    doubt = session.get(Doubt, review.doubt_id) if review.doubt_id else None
    lapses = doubt.facts.get("conclusions", ()) if doubt else ()
    for row in rows:
        person = session.get_one(Person, row.person_id)
        lapse = next(
            (
                each
                for each in lapses
                if each["person"] == str(row.person_id) and each["code"] not in SPEAKS_FOR
            ),
            None,
        )
        yield ConcernedCard(
            person_id=row.person_id,
            name=person.name,
            identity=person.identity,
            question=row.question,
            code=lapse["code"] if lapse else "",
            at=datetime.fromisoformat(lapse["at"]) if lapse else None,
            excuse=row.excuse,
            proposed=row.proposed,
            proposed_measure=Measure(row.proposed_measure) if row.proposed_measure else None,
            proposal=row.proposal,
            served_at=row.served_at,
            answer_by=row.answer_by,
            waived_at=row.waived_at,
            outcome=row.outcome,
            measure=Measure(row.measure) if row.measure else None,
            grounds=row.grounds,
            delivered_at=row.delivered_at,
            statements=tuple(said[row.person_id]),
        )


def lines(
    session: Session, actor: Actor, *, now: datetime, phases: Iterable[Phase] = tuple(Phase)
) -> list[Line]:
    """The reviews this person may see, those whose clock ends first on top.

    A person concerned reads no other name in them, as on the page of each.
    """
    query = (
        select(Review, EventClass, Grid)
        .join(Finding, col(Finding.id) == col(Review.finding_id))
        .join(EventClass, col(EventClass.id) == col(Finding.class_id))
        .join(Grid, col(Grid.id) == col(Review.grid_id))
        .where(within(actor, May.SEE_REVIEW, Review), col(Review.phase).in_(list(phases)))
        .order_by(col(Review.decide_by), col(Review.id))
        .limit(200)
    )
    found = [(row[0], row[1], row[2]) for row in session.execute(query)]
    people: dict[UUID, list[str]] = defaultdict(list)
    about = session.execute(
        select(col(Concerned.review_id), col(Person.name), col(Person.id))
        .join(Person, col(Person.id) == col(Concerned.person_id))
        .where(col(Concerned.review_id).in_([one.id for one, _, _ in found]))
        .order_by(col(Concerned.id))
    ).all()
    own = {review_id for review_id, _, person_id in about if person_id == actor.id}
    for review_id, name, person_id in about:
        if person_id == actor.id or review_id not in own:
            people[review_id].append(name)
    made = []
    for review, kind, grid in found:
        case = case_of(session, review, now=now)
        offered = [one for one in case.offered if one not in SIDE]
        made.append(
            Line(
                review.id,
                review.number,
                review.phase,
                kind.name,
                kind.name_en,
                grid.name,
                tuple(people[review.id]),
                review.opened_at,
                review.decide_by,
                clock_of(review, case, now),
                offered[0] if offered else None,
            )
        )
    return sorted(made, key=lambda one: (one.clock is None, one.clock or now, one.number))


def clock_of(review: Review, case: Case, now: datetime) -> datetime | None:
    """The clock that runs in this phase: to answer, decide, file, appeal; None where none does."""
    if review.phase in CLOSED:
        return None
    if review.phase is Phase.HEARING:
        until = may_still_answer(case.concerned, now)
        return until if until is not None and until.year < 9999 else review.decide_by
    if review.phase is Phase.FILING:
        return review.file_by
    if review.phase is Phase.ARCHIVING:
        return may_still_appeal(case.concerned, now)
    if review.phase in {Phase.DELIVERY, Phase.EXECUTION, Phase.PUBLICATION}:
        return None
    return review.decide_by


def waiting_for(session: Session, actor: Actor, *, now: datetime) -> list[Line]:
    """The reviews whose next act is this person's: a part held or open to take, or an answer."""
    found = []
    for line in lines(session, actor, now=now, phases=[one for one in Phase if one not in CLOSED]):
        review = session.get_one(Review, line.id)
        about = [one for one in concerned_in(session, review.id) if one.person_id == actor.id]
        if about:
            if review.phase is Phase.HEARING and _may_answer(about[0], now):
                found.append(line)
            continue
        part = who(line.next_act) if line.next_act else None
        if part is None:
            continue
        held = seats_in(session, review.id).get(part, frozenset())
        if actor.id in held or (not held and may_join(session, actor, review, part)):
            found.append(line)
    return found


def _may_answer(one: Concerned, now: datetime) -> bool:
    return one.waived_at is None and one.answer_by is not None and now < one.answer_by
