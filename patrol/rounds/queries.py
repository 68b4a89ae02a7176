"""Reading rounds: what was walked, seen and noted where and when."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import shapely
from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from patrol.catalogue.model import Topic
from patrol.core.questions import Question
from patrol.grid.model import Cell, Grid
from patrol.grid.queries import current
from patrol.rounds.model import ClearNote, Leg, Passage, Pause, Round, TrackBatch, Visit
from patrol.rounds.rules import APART, HEARTBEAT, Fix, rejoined, segments

AHEAD = 0.02  # degrees round a track within which a cell's middle lies if the track touches it


# For tracing, coverage and findings


def visits_in(session: Session, cell_id: UUID, since: datetime, until: datetime) -> list[Visit]:
    """Visits of a cell seen in [since, until), in order."""
    return list(session.scalars(_seen_in(Visit, cell_id, since, until)))


def notes_in(session: Session, cell_id: UUID, since: datetime, until: datetime) -> list[ClearNote]:
    """Notes "looked, nothing found" of a cell seen in [since, until), in order."""
    return list(session.scalars(_seen_in(ClearNote, cell_id, since, until)))


def passages_in(session: Session, cell_id: UUID, since: datetime, until: datetime) -> list[Passage]:
    """Passages of tracks through a cell that touch [since, until), in order."""
    query = (
        select(Passage)
        .where(
            col(Passage.cell_id) == cell_id,
            col(Passage.first_at) < until,
            col(Passage.last_at) >= since,
        )
        .order_by(col(Passage.first_at), col(Passage.round_id))
    )
    return list(session.scalars(query))


def current_round(session: Session, officer_id: UUID) -> Round | None:
    """The round this officer is walking now."""
    return next(iter(open_rounds(session, officer_id)), None)


def open_rounds(session: Session, officer_id: UUID) -> list[Round]:
    """Rounds that were started and not ended, the latest first."""
    query = (
        select(Round)
        .where(col(Round.officer_id) == officer_id, col(Round.ended_at).is_(None))
        .order_by(col(Round.started_at).desc())
    )
    return list(session.scalars(query))


def forgotten(session: Session, *, before: datetime) -> list[Round]:
    """Some rounds that began before a moment and were never ended."""
    query = select(Round).where(col(Round.ended_at).is_(None), col(Round.started_at) < before)
    return list(session.scalars(query.order_by(col(Round.started_at)).limit(500)))


def _seen_in(model: Any, cell_id: UUID, since: datetime, until: datetime) -> Any:
    return (
        select(model)
        .where(model.cell_id == cell_id, model.seen_at >= since, model.seen_at < until)
        .order_by(model.seen_at, model.id)
    )


# For the use cases


@dataclass(frozen=True)
class Place:
    """What a check-in needs to know of its round and its cell."""

    officer_id: UUID
    duties: list[str]  # of those walking now
    since: datetime | None  # they began to walk
    grid_path: str  # of the round
    cell_path: str  # of the cell's grid
    cell_grid_id: UUID
    outline: BaseGeometry


_of_round: Any = aliased(Grid)
_of_cell: Any = aliased(Grid)
_BEGAN = (
    select(func.max(col(Leg.from_at)))
    .where(col(Leg.round_id) == bindparam("round_id"))
    .scalar_subquery()
)
_PLACE = Question(  # the check-in is what a site does most
    select(
        col(Round.officer_id),
        col(Round.duties),
        _BEGAN,
        _of_round.path,
        _of_cell.path,
        col(Cell.grid_id),
        func.ST_AsBinary(col(Cell.boundary)),
    )
    .join(_of_round, _of_round.id == col(Round.grid_id))
    .join(Cell, col(Cell.id) == bindparam("cell_id"))
    .join(_of_cell, _of_cell.id == col(Cell.grid_id))
    .where(col(Round.id) == bindparam("round_id"))
)


def place(session: Session, round_id: UUID, cell_id: UUID) -> Place | None:
    """A round and a cell at once; none when one of them is not there."""
    found = _PLACE.ask(session, round_id=round_id, cell_id=cell_id)
    if not found:
        return None
    [(*told, outline)] = found
    return Place(*(*told, shapely.from_wkb(bytes(outline))))


def open_pause(session: Session, round_id: UUID) -> Pause | None:
    """The pause a round is in."""
    query = select(Pause).where(col(Pause.round_id) == round_id, col(Pause.to_at).is_(None))
    return session.scalars(query.limit(1)).one_or_none()


def visits_around(
    session: Session, round_id: UUID, since: datetime, until: datetime
) -> list[Visit]:
    """Visits of a round from 15 minutes before to 15 minutes after a span."""
    query = select(Visit).where(
        col(Visit.round_id) == round_id,
        col(Visit.seen_at) >= since - APART,
        col(Visit.seen_at) <= until + APART,
    )
    return list(session.scalars(query.order_by(col(Visit.seen_at))))


def pending_notes(
    session: Session, round_id: UUID, since: datetime, until: datetime
) -> list[ClearNote]:
    """Notes of a round near a span that no visit proves yet."""
    query = select(ClearNote).where(
        col(ClearNote.round_id) == round_id,
        col(ClearNote.pending).is_(True),
        col(ClearNote.seen_at) >= since - APART,
        col(ClearNote.seen_at) <= until + APART,
    )
    return list(session.scalars(query))


class Recorded(NamedTuple):
    """What a batch of a track says of where and when."""

    points: list[Any]
    gaps: list[int]
    from_at: datetime
    to_at: datetime
    filed: bool


_BATCHES = Question(
    select(*(getattr(TrackBatch, name) for name in Recorded._fields))
    .where(
        col(TrackBatch.round_id) == bindparam("round_id"),
        col(TrackBatch.to_at) >= bindparam("since"),
        col(TrackBatch.from_at) <= bindparam("until"),
    )
    .order_by(col(TrackBatch.from_at))
)


def batches_around(
    session: Session, round_id: UUID, since: datetime, until: datetime
) -> list[Recorded]:
    """Batches of a round's track within 15 minutes of a span, in order."""
    near = {"round_id": round_id, "since": since - APART, "until": until + APART}
    return [Recorded(*row) for row in _BATCHES.ask(session, **near)]


def has_batch(session: Session, round_id: UUID, first: int) -> bool:
    """Whether a batch with that first number is there."""
    query = select(col(TrackBatch.id)).where(
        col(TrackBatch.round_id) == round_id, col(TrackBatch.first) == first
    )
    return session.scalars(query).first() is not None


def next_first(session: Session, round_id: UUID) -> int:
    """A number for a batch whose own is taken, as after a phone was set up anew."""
    query = select(func.max(col(TrackBatch.first))).where(col(TrackBatch.round_id) == round_id)
    return (session.scalar(query) or 0) + 1


def runs_of(batch: TrackBatch | Recorded) -> list[list[Fix]]:
    """The fixes of a batch, apart where it was broken."""
    cuts = [0, *batch.gaps, len(batch.points)]
    fixes = [
        Fix(lon, lat, accuracy, datetime.fromtimestamp(at, UTC))
        for lon, lat, accuracy, at in batch.points
    ]
    return [fixes[start:stop] for start, stop in pairwise(cuts)]


def stretches(batches: Iterable[TrackBatch | Recorded]) -> list[list[Fix]]:
    """The unbroken stretches of several batches together."""
    runs = rejoined(run for batch in batches for run in runs_of(batch))
    return [stretch for run in runs for stretch in segments(run, HEARTBEAT)]


def passages_of(session: Session, round_id: UUID, cells: Collection[UUID]) -> dict[UUID, Passage]:
    """What a round has in some cells so far."""
    if not cells:
        return {}
    query = select(Passage).where(
        col(Passage.round_id) == round_id, col(Passage.cell_id).in_(list(cells))
    )
    return {row.cell_id: row for row in session.scalars(query)}


def topic_codes(session: Session) -> set[str]:
    """The topics a note may speak of."""
    return set(session.scalars(select(col(Topic.code))))


def cells_of(session: Session, ids: Iterable[UUID], path: str) -> dict[UUID, tuple[UUID, Any]]:
    """Grid and outline of cells below a grid, by id."""
    query = (
        select(Cell)
        .join(Grid, col(Grid.id) == col(Cell.grid_id))
        .where(col(Cell.id).in_(list(ids)), col(Grid.path).startswith(path, autoescape=True))
    )
    return {cell.id: (cell.grid_id, to_shape(cell.boundary)) for cell in session.scalars(query)}


@dataclass(frozen=True)
class Land:
    """The cells a piece of track can touch."""

    outlines: dict[UUID, BaseGeometry]
    grids: dict[UUID, UUID]
    fixes: Sequence[Fix]

    def fix_in(self, cell_id: UUID, since: datetime, until: datetime, near: datetime) -> Fix | None:
        """The fix inside a cell nearest to a moment, of those of the track in that span."""
        inside: Iterator[Fix] = (
            fix
            for fix in self.fixes
            if since <= fix.at <= until
            and self.outlines[cell_id].covers(shapely.Point(fix.lon, fix.lat))
        )
        return min(inside, key=lambda fix: abs(fix.at - near), default=None)


def land(session: Session, path: str, fixes: Sequence[Fix], *, at: datetime) -> Land:
    """The cells below a grid round a piece of track, as they were cut at a moment."""
    west, east = min(fix.lon for fix in fixes), max(fix.lon for fix in fixes)
    south, north = min(fix.lat for fix in fixes), max(fix.lat for fix in fixes)
    query = (
        select(col(Cell.id), col(Cell.grid_id), func.ST_AsBinary(col(Cell.boundary)))
        .join(Grid, col(Grid.id) == col(Cell.grid_id))
        .where(
            col(Grid.path).startswith(path, autoescape=True),
            current(Cell, at),
            col(Cell.lon).between(west - AHEAD, east + AHEAD),
            col(Cell.lat).between(south - AHEAD, north + AHEAD),
        )
    )
    rows = session.execute(query).all()
    outlines = shapely.from_wkb([bytes(row[2]) for row in rows])
    return Land(
        {row[0]: outline for row, outline in zip(rows, outlines, strict=True)},
        {row[0]: row[1] for row in rows},
        fixes,
    )
