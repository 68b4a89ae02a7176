"""What waits for a person, how the reader's grids do, and what a month came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, exists, func, or_, select
from sqlmodel import Session, col

from patrol.catalogue.model import EventClass
from patrol.core.access import Actor, May, within
from patrol.core.questions import Question
from patrol.core.roles import Line, Role
from patrol.core.store import UTCDateTime
from patrol.escalation.model import Ladder, LadderRung, Matter
from patrol.findings.model import Finding
from patrol.findings.rules import Stage
from patrol.grid.model import Grid
from patrol.lines.model import Trip
from patrol.notices.model import Notice
from patrol.people.model import Excuse, Person, Post
from patrol.reviews.model import Concerned, Review, Statement
from patrol.reviews.rules import Phase
from patrol.rounds.model import Round
from patrol.shifts.model import Handover
from patrol.shifts.queries import unsigned
from patrol.tracing.model import Doubt, DoubtState, Named
from patrol.tracing.rules import Trigger

MOST = 12  # rows of a list on a home
OVER = (Phase.ARCHIVED, Phase.TRANSFERRED)
WEEK = timedelta(days=7)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class AboutMe:
    """What waits for one person besides the work itself."""

    round_id: UUID | None  # a round still going
    line_id: UUID | None  # of which it is a trip, where it is one
    posts: int  # offered, and not accepted
    doubts: int  # open ones that ask about this person
    statements: int  # reviews in which this person may still answer
    handovers: int  # that wait for this person's signature
    unstopped: int  # own findings that go on
    unread: int


@dataclass(frozen=True)
class Rung:
    """How much lies on one rung of a line, and since when the oldest."""

    line: Line
    role: Role
    tier: int | None
    count: int
    oldest: datetime


@dataclass(frozen=True)
class Pile:
    """How many things wait at one place of a procedure, and what the most urgent one's date is."""

    place: str
    count: int
    first: datetime | None


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for the reader."""

    id: UUID
    number: str
    name: str
    name_en: str
    grid_name: str
    stage: Stage
    since: datetime
    minutes: int | None  # left of the limit; below zero when it is over


@dataclass(frozen=True)
class OpenDoubt:
    """A doubt that waits to be taken up or refused."""

    id: UUID
    finding_id: UUID
    number: str
    name: str
    name_en: str
    grid_name: str
    trigger: Trigger
    minutes: int  # left to answer it


def excuses_to_approve(session: Session, actor: Actor) -> int:
    """Entries of leave made after the fact that wait for this person's approval."""
    query = select(func.count()).where(
        within(actor, May.APPROVE_EXCUSE, Excuse),
        col(Excuse.person_id) != actor.id,
        col(Excuse.recorded_by) != actor.id,
        col(Excuse.recorded_at) > col(Excuse.from_at),
        col(Excuse.approved_at).is_(None),
        col(Excuse.refused_at).is_(None),
    )
    return session.scalar(query) or 0


def open_doubts(session: Session, actor: Actor, *, now: datetime) -> list[OpenDoubt]:
    """Doubts this person may judge and nobody has, the nearest day first."""
    rows: Any = session.execute(
        select(
            col(Doubt.id),
            col(Doubt.finding_id),
            col(Finding.number),
            col(EventClass.name),
            col(EventClass.name_en),
            col(Grid.name),
            col(Doubt.trigger),
            col(Doubt.answer_by),
        )
        .join(Finding, col(Finding.id) == col(Doubt.finding_id))
        .join(EventClass, col(EventClass.id) == col(Finding.class_id))
        .join(Grid, col(Grid.id) == col(Doubt.grid_id))
        .where(within(actor, May.JUDGE_DOUBT, Doubt), col(Doubt.state) == DoubtState.OPEN)
        .order_by(col(Doubt.answer_by), col(Doubt.id))
        .limit(MOST)
    )
    return [OpenDoubt(*(*rest, _minutes(by - now))) for *rest, by in rows]


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def about_me(session: Session, actor: Actor, *, now: datetime) -> AboutMe:
    """What waits for this person, in one question to the database."""
    [found] = _about_me().ask(session, me=actor.id, now=now)
    return AboutMe(*found)


@cache
def _about_me() -> Question:
    me, now = bindparam("me", type_=Uuid()), bindparam("now", type_=UTCDateTime())
    answered = exists().where(
        col(Statement.review_id) == col(Concerned.review_id), col(Statement.person_id) == me
    )
    going = (
        select(col(Round.id))
        .where(col(Round.officer_id) == me, col(Round.ended_at).is_(None))
        .order_by(col(Round.started_at).desc())
        .limit(1)
    )
    judged = select(col(Doubt.id)).where(col(Doubt.state) != DoubtState.REFUSED)
    counts = select(
        going.scalar_subquery(),
        select(col(Trip.line_id)).where(col(Trip.id) == going.scalar_subquery()).scalar_subquery(),
        _count(
            Post,
            col(Post.person_id) == me,
            col(Post.accepted_at).is_(None),
            or_(col(Post.to_at).is_(None), col(Post.to_at) > now),
        ),
        _count(Named, col(Named.person_id) == me, col(Named.doubt_id).in_(judged)),
        _count(
            Concerned,
            col(Concerned.person_id) == me,
            col(Concerned.served_at).is_not(None),
            col(Concerned.waived_at).is_(None),
            col(Concerned.answer_by) > now,
            ~answered,
        ),
        _count(Handover, unsigned(me)),
        _count(
            Finding,
            col(Finding.officer_id) == me,
            col(Finding.resolved_at).is_(None),
            col(Finding.stopped_at).is_(None),
        ),
        _count(Notice, col(Notice.person_id) == me, col(Notice.read_at).is_(None)),
    )
    return Question(counts)


def ladder(session: Session, actor: Actor) -> list[Rung]:
    """Every rung of both lines on which something lies, lowest first."""
    rows = session.execute(
        select(
            col(Ladder.line),
            col(LadderRung.role),
            col(LadderRung.tier),
            func.count(),
            func.min(col(Matter.opened_at)),
        )
        .join(Ladder, col(Ladder.id) == col(Matter.ladder_id))
        .join(
            LadderRung,
            and_(
                col(LadderRung.ladder_id) == col(Matter.ladder_id),
                col(LadderRung.number) == col(Matter.rung),
            ),
        )
        .where(col(Matter.settled_at).is_(None), within(actor, May.SEE_MATTER, Matter))
        .group_by(col(Ladder.line), col(LadderRung.role), col(LadderRung.tier))
        .order_by(col(Ladder.line), func.min(col(LadderRung.number)))
    )
    return [Rung(*row) for row in rows]


def review_piles(session: Session, actor: Actor) -> list[Pile]:
    """Reviews that are not over, by what they wait for, in the order of the procedure."""
    rows = session.execute(
        select(col(Review.phase), func.count(), func.min(col(Review.decide_by)))
        .where(within(actor, May.SEE_REVIEW, Review), col(Review.phase).not_in(OVER))
        .group_by(col(Review.phase))
    ).all()
    order = list(Phase)
    return [
        Pile(phase.value, count, first)
        for phase, count, first in sorted(rows, key=lambda row: order.index(row[0]))
    ]


def finding_piles(session: Session, actor: Actor, may: May) -> list[Pile]:
    """Findings that are not over, by stage, in the order of the procedure."""
    rows = session.execute(
        select(col(Finding.stage), func.count(), func.min(col(Finding.handle_due_at)))
        .where(within(actor, may, Finding), col(Finding.resolved_at).is_(None))
        .group_by(col(Finding.stage))
    ).all()
    order = list(Stage)
    return [
        Pile(stage.value, count, first)
        for stage, count, first in sorted(rows, key=lambda row: order.index(row[0]))
    ]


def waiting(
    session: Session, actor: Actor, may: May, stages: Sequence[Stage], *, now: datetime
) -> list[Waiting]:
    """Findings in these stages that this person may deal with, the nearest limit first."""
    due = col(Finding.handle_due_at)
    rows: Any = session.execute(
        select(
            col(Finding.id),
            col(Finding.number),
            col(EventClass.name),
            col(EventClass.name_en),
            col(Grid.name),
            col(Finding.stage),
            col(Finding.received_at),
            due,
        )
        .join(EventClass, col(EventClass.id) == col(Finding.class_id))
        .join(Grid, col(Grid.id) == col(Finding.grid_id))
        .where(
            within(actor, may, Finding),
            col(Finding.stage).in_(stages),
            col(Finding.resolved_at).is_(None),
        )
        .order_by(due.is_(None), due, col(Finding.received_at), col(Finding.id))
        .limit(MOST)
    )
    return [Waiting(*(*rest, by and _minutes(by - now))) for *rest, by in rows]


def office(session: Session, *, now: datetime) -> dict[str, int]:
    """What an administrator looks after: people, posts nobody has accepted, grids nobody holds."""
    held = exists().where(
        col(Post.grid_id) == col(Grid.id),
        col(Post.from_at) <= now,
        or_(col(Post.to_at).is_(None), col(Post.to_at) > now),
    )
    lowest = select(func.max(col(Grid.tier))).scalar_subquery()
    row = session.execute(
        select(
            _count(Person, col(Person.disabled_at).is_(None)),
            _count(Person, col(Person.disabled_at).is_(None), col(Person.password) == ""),
            _count(
                Post,
                col(Post.accepted_at).is_(None),
                col(Post.served_at).is_(None),
                or_(col(Post.to_at).is_(None), col(Post.to_at) > now),
            ),
            _count(Grid, col(Grid.tier) == lowest, col(Grid.valid_to).is_(None)),
            _count(Grid, col(Grid.tier) == lowest, col(Grid.valid_to).is_(None), ~held),
        )
    ).one()
    return dict(zip(("people", "silent", "offered", "grids", "empty"), row, strict=True))


def _count(model: Any, *conditions: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(model).where(*conditions).scalar_subquery()
