"""The track of a round as a page shows it: on a map, and stretch by stretch and cell by cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from patrol.core.access import Actor
from patrol.grid.model import Cell, Grid
from patrol.grid.queries import cell_shapes
from patrol.people.model import Person
from patrol.rounds import queries
from patrol.rounds.cards import MOST_CELLS, CellCard, best, cell_card
from patrol.rounds.drawing import Sheet, gaps, sheet
from patrol.rounds.keeping import LONGEST, is_coarse
from patrol.rounds.model import Passage, Round, TrackKeeping, Visit
from patrol.rounds.records import counted
from patrol.rounds.rules import Fix, metres_between

PAGE = 30  # rounds in a list


@dataclass(frozen=True)
class Kept:
    """One round of one's own, and what is still kept of where one walked."""

    round: Round
    grid: str
    metres: float
    thinned_at: datetime | None
    frozen_at: datetime | None


@dataclass(frozen=True)
class Stretch:
    """An unbroken part of a track."""

    from_at: datetime
    to_at: datetime
    fixes: int
    metres: float
    silent: timedelta | None  # since the stretch before


@dataclass(frozen=True)
class Crossed:
    """What a track has in one cell."""

    number: int
    first_at: datetime
    last_at: datetime
    metres: float
    stayed: timedelta


@dataclass(frozen=True)
class Trail:
    """Where somebody walked on one round."""

    round: Round
    officer: str
    grid: str
    sheet: Sheet
    cells: Sequence[CellCard]
    lines: Sequence[str]
    gaps: Sequence[str]
    stretches: Sequence[Stretch]
    crossed: Sequence[Crossed]
    points: int
    rough: int  # fixes outside the grid, kept only about
    kept: Kept


def mine(session: Session, actor: Actor, *, page: int = 1) -> list[Kept]:
    """One's own rounds, the latest first, and one beyond the page."""
    query = (
        _KEPT.where(col(Round.officer_id) == actor.id)
        .order_by(col(Round.started_at).desc(), col(Round.id))
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    )
    rows = session.execute(query).all()
    ids = [row[0].id for row in rows]
    walked = counted(session, Passage, func.sum(col(Passage.metres)), ids)
    return [
        Kept(one, grid, walked.get(one.id, 0.0), thinned, frozen)
        for one, grid, thinned, frozen in rows
    ]


def whose(session: Session, one: Round) -> tuple[str, str]:
    """Whose round it is and where, which is told before its track is opened."""
    return session.get_one(Person, one.officer_id).name, session.get_one(Grid, one.grid_id).name


def trail(session: Session, one: Round) -> Trail:
    """Everything that is kept of where one walked on a round."""
    officer, grid_name = whose(session, one)
    shapes = cell_shapes(session, session.get_one(Grid, one.grid_id))
    batches = queries.batches_around(
        session, one.id, one.started_at, one.ended_at or one.started_at + LONGEST
    )
    lines = queries.stretches(batches)
    visits = best(session.scalars(select(Visit).where(col(Visit.round_id) == one.id)))
    on = sheet(shape for _, shape in shapes)
    crossed = _crossed(session, one.id)
    kept = session.get(TrackKeeping, one.id)
    return Trail(
        round=one,
        officer=officer,
        grid=grid_name,
        sheet=on,
        cells=[cell_card(place, shape, (), {}, visits, on) for place, shape in shapes[:MOST_CELLS]],
        lines=[on.line(line) for line in lines],
        gaps=gaps(lines, on),
        stretches=_stretches(lines),
        crossed=crossed,
        points=sum(len(batch.points) for batch in batches),
        rough=sum(
            is_coarse(fix) for batch in batches for run in queries.runs_of(batch) for fix in run
        ),
        kept=Kept(
            one,
            grid_name,
            sum(cell.metres for cell in crossed),
            kept.thinned_at if kept else None,
            kept.frozen_at if kept else None,
        ),
    )


_KEPT = (
    select(Round, col(Grid.name), col(TrackKeeping.thinned_at), col(TrackKeeping.frozen_at))
    .join(Grid, col(Grid.id) == col(Round.grid_id))
    .outerjoin(TrackKeeping, col(TrackKeeping.round_id) == col(Round.id))
)


def _stretches(lines: Sequence[Sequence[Fix]]) -> list[Stretch]:
    before: list[datetime | None] = [None, *(line[-1].at for line in lines)]
    return [
        Stretch(
            line[0].at,
            line[-1].at,
            len(line),
            sum(metres_between(*step) for step in pairwise(line)),
            line[0].at - ended if ended else None,
        )
        for line, ended in zip(lines, before, strict=False)
    ]


def _crossed(session: Session, round_id: UUID) -> list[Crossed]:
    query = (
        select(
            col(Cell.number),
            col(Passage.first_at),
            col(Passage.last_at),
            col(Passage.metres),
            col(Passage.seconds),
        )
        .join(Cell, col(Cell.id) == col(Passage.cell_id))
        .where(col(Passage.round_id) == round_id)
        .order_by(col(Passage.first_at), col(Cell.number))
    )
    return [
        Crossed(number, first_at, last_at, metres, timedelta(seconds=seconds))
        for number, first_at, last_at, metres, seconds in session.execute(query)
    ]
