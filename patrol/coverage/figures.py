"""What windows, visits, tracks and findings came to, by grid, person and day; and the rows behind.

Read from closed windows and the tallies of days: a year of a street is as quick as a week of it.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Float, and_, case, cast, func, select
from sqlmodel import Session, col

from patrol.core.store import is_sqlite
from patrol.coverage.model import DayTally, OnTime
from patrol.coverage.queries import Asked
from patrol.coverage.rules import By, Figures, Rates, begins, ends_on
from patrol.devices.queries import emptied
from patrol.findings.model import Finding
from patrol.findings.rules import Source, Stage
from patrol.grid.model import Cell, Grid
from patrol.people import queries as people
from patrol.plans.model import Plan, WindowResult
from patrol.plans.rules import Window
from patrol.plans.windows import midnight
from patrol.rounds.model import Passage, Visit
from patrol.rounds.rules import LATE, Grade
from patrol.tracing import facts as traced

OUTBOX = traced.Figures().outbox  # how long a silent phone may still bring a visit
_OF_PATROLS = (col(Finding.source) == Source.PATROL, col(Finding.stage) != Stage.VOID)
_DAY = timedelta(days=1)
Key = UUID | date | int | None  # a grid, a person, a day or a tier


@dataclass(frozen=True)
class WindowLine:
    """A closed window of a plan in a grid, behind a rate."""

    plan_id: UUID
    plan_name: str
    grid_name: str
    grid_code: str
    window: Window
    due: int
    done: int
    officer: str | None
    excused: bool
    settled: bool  # whether it may be held against anyone: no phone can bring more of it


@dataclass(frozen=True)
class VisitLine:
    """A visit behind a share: 补录, 迟传 or any."""

    id: UUID
    cell_code: str
    cell_number: int
    grid_name: str
    officer: str | None
    seen_at: datetime
    made_at: datetime
    received_at: datetime
    grade: Grade | None  # none while pending
    backfill: bool


@dataclass(frozen=True)
class FindLine:
    """A finding behind finds per hour."""

    id: UUID
    number: str
    grid_name: str
    officer: str | None
    seen_at: datetime


@dataclass(frozen=True)
class Stretch:
    """A place and a time that figures are about: the grids below a path, and days up to a moment.

    Windows are those that ended in (since, until]; a visit at midnight is one of the day it begins.
    """

    path: str
    since: datetime
    until: datetime
    zone: ZoneInfo
    only: frozenset[UUID] | None = None  # these of them

    @property
    def days(self) -> tuple[date, date]:
        """Its first and its last day of the city."""
        return self.since.astimezone(self.zone).date(), ends_on(self.until, self.zone)


def rates(session: Session, at: Stretch, asked: Asked) -> dict[UUID, Rates]:
    """What the windows that ended in a stretch came to, by lowest grid."""
    found = _windows(session, at, asked, col(WindowResult.grid_id))
    return {grid_id: one.rates for grid_id, one in found.items()}


def figures(session: Session, at: Stretch, asked: Asked, by: By) -> dict[Key, Figures]:
    """Everything of a stretch, by lowest grid, person, or the day a day, week or month begins."""
    named: Callable[[Any], Key]
    place: tuple[Any, Any]
    if by in {By.GRID, By.TIER}:
        place, named = (col(WindowResult.grid_id), col(DayTally.grid_id)), _same
    elif by is By.PERSON:
        place, named = (col(WindowResult.officer_id), col(DayTally.officer_id)), _same
    else:
        place = col(WindowResult.to_at), col(DayTally.day)

        def named(moment: datetime | date) -> date:
            day = ends_on(moment, at.zone) if isinstance(moment, datetime) else moment
            return begins(by, day)

    found: dict[Key, Figures] = defaultdict(Figures)
    for key, one in _windows(session, at, asked, place[0]).items():
        found[named(key)] += one
    if not asked.of_plans and asked.grade is None:
        for key, one in _tallied(session, at, asked, place[1]).items():
            found[named(key)] += one
    return dict(found)


def _same(key: Any) -> Key:
    found: Key = key
    return found


def _windows(session: Session, at: Stretch, asked: Asked, key: Any) -> dict[Any, Figures]:
    done = case((col(WindowResult.done) >= col(WindowResult.due), 1), else_=0)
    in_time = func.coalesce(col(OnTime.cells), col(WindowResult.done))
    query = (
        select(
            key, func.count(), func.sum(done), func.sum(col(WindowResult.due)),
            func.sum(col(WindowResult.done)), func.sum(in_time),
        )
        .outerjoin(
            OnTime,
            and_(
                col(OnTime.plan_id) == col(WindowResult.plan_id),
                col(OnTime.grid_id) == col(WindowResult.grid_id),
                col(OnTime.from_at) == col(WindowResult.from_at),
            ),
        )
        .where(*_ended(session, at, asked), col(WindowResult.excused).is_(False))
        .group_by(key)
    )  # fmt: skip
    return {
        row[0]: Figures(Rates(*(int(part) for part in row[1:5])), int(row[5]))
        for row in session.execute(query)
    }


def _tallied(session: Session, at: Stretch, asked: Asked, key: Any) -> dict[Any, Figures]:
    sums = (DayTally.visits, DayTally.backfilled, DayTally.late, DayTally.finds)
    query = (
        select(
            key, *(func.sum(col(one)) for one in (*sums, DayTally.metres, DayTally.seconds)),
            func.max(col(DayTally.gap)),
        )
        .where(
            col(DayTally.grid_id).in_(_places(at)),
            col(DayTally.day).between(*at.days),
            *_of(col(DayTally.officer_id), asked),
        )
        .group_by(key)
    )  # fmt: skip
    return {row[0]: Figures(Rates(), 0, *row[1:]) for row in session.execute(query)}


def days(session: Session, at: Stretch, asked: Asked) -> dict[date, Rates]:
    """What the windows that ended on each day came to, for a calendar."""
    found: dict[date, Rates] = defaultdict(Rates)
    for moment, one in _windows(session, at, asked, col(WindowResult.to_at)).items():
        found[ends_on(moment, at.zone)] += one.rates
    return dict(found)


def windows(
    session: Session,
    at: Stretch,
    asked: Asked,
    *,
    missed: bool,
    page: int,
    size: int,
    now: datetime,
) -> list[WindowLine]:
    """The windows behind a rate, the latest first; one more than a page holds."""
    query = (
        select(WindowResult, col(Plan.name), col(Grid.name), col(Grid.code))
        .join(Plan, col(Plan.id) == col(WindowResult.plan_id))
        .join(Grid, col(Grid.id) == col(WindowResult.grid_id))
        .where(*_ended(session, at, asked))
        .order_by(col(WindowResult.to_at).desc(), col(Grid.path), col(Plan.name))
        .offset((page - 1) * size)
        .limit(size + 1)
    )
    if missed:
        query = query.where(col(WindowResult.done) < col(WindowResult.due))
    rows = session.execute(query).all()
    known = people.names(session, (row[0].officer_id for row in rows))
    waiting = _waiting(session, [row[0] for row in rows], now=now)
    return [
        WindowLine(
            result.plan_id, plan, name, code, Window(result.from_at, result.to_at), result.due,
            result.done, known.get(result.officer_id), result.excused,
            (result.plan_id, result.grid_id, result.from_at) not in waiting,
        )
        for result, plan, name, code in rows
    ]  # fmt: skip


def _waiting(
    session: Session, results: Sequence[WindowResult], *, now: datetime
) -> set[tuple[UUID, UUID, datetime]]:
    """Those not served whose holder's phone may still send; by the rule of the trace."""
    short = [one for one in results if one.done < one.due and now < one.closed_at + OUTBOX]
    empty: dict[UUID, datetime] = {}
    for person_id, at in emptied(session, {one.officer_id for one in short if one.officer_id}):
        if at <= now:
            empty[person_id] = max(at, empty.get(person_id, at))
    return {
        (one.plan_id, one.grid_id, one.from_at)
        for one in short
        if one.officer_id and empty.get(one.officer_id, one.from_at) < one.closed_at
    }


def visits(
    session: Session, at: Stretch, asked: Asked, kind: str, *, page: int, size: int
) -> list[VisitLine]:
    """The visits behind a share, the latest first: `backfill`, `late`, or all; one more."""
    query = (
        select(Visit, col(Cell.code), col(Cell.number), col(Grid.name))
        .join(Cell, col(Cell.id) == col(Visit.cell_id))
        .join(Grid, col(Grid.id) == col(Visit.grid_id))
        .where(*_seen(Visit, at, asked))
        .order_by(col(Visit.seen_at).desc(), col(Visit.id))
        .offset((page - 1) * size)
        .limit(size + 1)
    )
    if kind == "backfill":
        query = query.where(col(Visit.backfill))
    elif kind == "late":
        query = query.where(_is_late(session))
    rows = session.execute(query).all()
    known = people.names(session, (row[0].officer_id for row in rows))
    return [
        VisitLine(
            one.id, code, number, name, known.get(one.officer_id), one.seen_at, one.made_at,
            one.received_at, None if one.pending else one.grade, one.backfill,
        )
        for one, code, number, name in rows
    ]  # fmt: skip


def _is_late(session: Session) -> ColumnElement[bool]:
    """迟传 as a condition."""
    waited = seconds(session, col(Visit.made_at), col(Visit.received_at))
    return waited > LATE.total_seconds()


def seconds(session: Session, since: Any, until: Any) -> ColumnElement[float]:
    """From one moment to another; each of the two databases subtracts them in its own way."""
    if is_sqlite(session):
        return (func.julianday(until) - func.julianday(since)) * 86400
    return cast(func.extract("epoch", until - since), Float)


def finds(session: Session, at: Stretch, asked: Asked, *, page: int, size: int) -> list[FindLine]:
    """The findings of patrols in a stretch, the latest first; one more than a page holds."""
    query = (
        select(
            col(Finding.id), col(Finding.number), col(Grid.name), col(Finding.officer_id),
            col(Finding.seen_at),
        )
        .join(Grid, col(Grid.id) == col(Finding.grid_id))
        .where(*_seen(Finding, at, asked), *_OF_PATROLS)
        .order_by(col(Finding.seen_at).desc(), col(Finding.id))
        .offset((page - 1) * size)
        .limit(size + 1)
    )  # fmt: skip
    rows = session.execute(query).all()
    known = people.names(session, (row[3] for row in rows))
    return [FindLine(one, no, name, known.get(who), seen) for one, no, name, who, seen in rows]


def walked(session: Session, cells: Sequence[UUID], at: Stretch) -> dict[UUID, tuple[float, float]]:
    """Metres and seconds that tracks ran inside each of these cells."""
    query = (
        select(col(Passage.cell_id), func.sum(col(Passage.metres)), func.sum(col(Passage.seconds)))
        .where(
            col(Passage.cell_id).in_(cells),
            *_on_days(col(Passage.first_at), at),
        )
        .group_by(col(Passage.cell_id))
    )
    return {cell_id: (metres, seconds) for cell_id, metres, seconds in session.execute(query)}


def found(session: Session, cells: Sequence[UUID], at: Stretch) -> dict[UUID, int]:
    """How many findings patrols made in each of these cells."""
    query = (
        select(col(Finding.cell_id), func.count())
        .where(
            col(Finding.cell_id).in_(cells),
            *_on_days(col(Finding.seen_at), at),
            *_OF_PATROLS,
        )
        .group_by(col(Finding.cell_id))
    )
    return {cell_id: number for cell_id, number in session.execute(query)}  # noqa: C416  rows are no pairs


def grids_below(path: str) -> Any:
    """The grids at or below a path, those that have ended too, as a question in another."""
    return select(col(Grid.id)).where(col(Grid.path).startswith(path, autoescape=True))


def _places(at: Stretch) -> Any:
    return grids_below(at.path) if at.only is None else at.only


def _of(person_id: Any, asked: Asked) -> list[ColumnElement[bool]]:
    """The people chosen as a condition: who answered then, wherever their posts are by now."""
    if asked.people is None:
        return []
    return [person_id.is_(None) if None in asked.people else person_id.in_(asked.people)]


def _seen(model: Any, at: Stretch, asked: Asked) -> list[ColumnElement[bool]]:
    return [
        model.grid_id.in_(_places(at)),
        *_on_days(model.seen_at, at),
        *_of(model.officer_id, asked),
    ]


def _on_days(moment: Any, at: Stretch) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether a moment lies on the days of a stretch, as the tallies of days take it."""
    first, last = at.days
    return moment >= midnight(first, at.zone), moment < midnight(last + _DAY, at.zone)


def _ended(session: Session, at: Stretch, asked: Asked) -> list[ColumnElement[bool]]:
    ended = [
        col(WindowResult.grid_id).in_(_places(at)),
        col(WindowResult.to_at) > at.since,
        col(WindowResult.to_at) <= at.until,
        *_of(col(WindowResult.officer_id), asked),
    ]
    if not asked.of_plans:
        return ended
    ids = session.scalars(select(col(WindowResult.plan_id)).where(*ended).distinct()).all()
    known = session.scalars(select(Plan).where(col(Plan.id).in_(ids)))
    return [*ended, col(WindowResult.plan_id).in_([one.id for one in known if asked.names(one)])]
