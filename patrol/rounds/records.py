"""Rounds looked back on: the list, and one round with its visits, notes, track and gaps."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, within
from patrol.devices.queries import Signed, signed_by
from patrol.grid.model import Grid
from patrol.grid.queries import cell_shapes
from patrol.people import queries as people
from patrol.people.model import Person
from patrol.plans.model import Plan
from patrol.rounds.cards import MOST_CELLS, CellCard, best, cell_card, lines_of
from patrol.rounds.drawing import Sheet, gaps, sheet
from patrol.rounds.model import ClearNote, Leg, Passage, Pause, Round, Visit
from patrol.rounds.rules import Grade

PAGE = 50  # rounds in a list


@dataclass(frozen=True)
class Listed:
    """A round as a line of a list."""

    id: UUID
    officer: str
    grid: str
    started_at: datetime
    ended_at: datetime | None
    cells: int
    metres: float


def listed(session: Session, actor: Actor, *, page: int = 1) -> list[Listed]:
    """The rounds this person may see, the latest first, and one beyond the page."""
    rounds = (
        select(Round, col(Person.name), col(Grid.name))
        .join(Person, col(Person.id) == col(Round.officer_id))
        .join(Grid, col(Grid.id) == col(Round.grid_id))
        .where(within(actor, May.SEE_ROUND, Round))
        .order_by(col(Round.started_at).desc(), col(Round.id))
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    )
    rows = session.execute(rounds).all()
    ids = [row[0].id for row in rows]
    seen = counted(session, Visit, func.count(col(Visit.cell_id).distinct()), ids)
    walked = counted(session, Passage, func.sum(col(Passage.metres)), ids)
    return [
        Listed(
            id=one.id,
            officer=officer,
            grid=grid,
            started_at=one.started_at,
            ended_at=one.ended_at,
            cells=seen.get(one.id, 0),
            metres=walked.get(one.id, 0.0),
        )
        for one, officer, grid in rows
    ]


def counted(session: Session, model: Any, figure: Any, ids: Collection[UUID]) -> dict[UUID, Any]:
    """A figure of the rows of each of these rounds."""
    query = select(model.round_id, figure).where(model.round_id.in_(list(ids)))
    rows = session.execute(query.group_by(model.round_id))
    return {round_id: value for round_id, value in rows}  # noqa: C416  rows are no pairs


@dataclass(frozen=True)
class Seen:
    """A visit as the round's page shows it."""

    visit: Visit
    number: int
    confirmer: str | None


@dataclass(frozen=True)
class Noted:
    """One tap that said nothing was found."""

    seen_at: datetime
    topics: tuple[str, ...]
    numbers: tuple[int, ...]
    proven: int


@dataclass(frozen=True)
class Looked:
    """A round looked back on."""

    round: Round
    officer: str
    grid: Grid
    plan: str | None
    names: Mapping[UUID, str]
    legs: Sequence[Leg]
    pauses: Sequence[Pause]
    visits: Sequence[Seen]
    notes: Sequence[Noted]
    cells: Sequence[CellCard]
    sheet: Sheet
    lines: Sequence[str]
    gaps: Sequence[str]
    metres: float
    silent: timedelta  # between the stretches of the track
    signed: Mapping[UUID, Signed]  # by visit, or the round itself: the phone that signed it

    @property
    def fellows(self) -> list[str]:
        """Who walked along."""
        return [self.names.get(UUID(one), "") for one in self.round.crew]

    @property
    def lasted(self) -> timedelta:
        """From start to end, or to the last that is known of it."""
        last = max((seen.visit.seen_at for seen in self.visits), default=self.round.started_at)
        return (self.round.ended_at or last) - self.round.started_at


def looked(session: Session, one: Round, *, track: bool) -> Looked:
    """Everything that is known of a round; where its track ran only when `track` is asked for."""
    grid = session.get_one(Grid, one.grid_id)
    shapes = cell_shapes(session, grid)
    numbers = {place.id: place.number for place, _ in shapes}
    visits = list(
        session.scalars(
            select(Visit).where(col(Visit.round_id) == one.id).order_by(col(Visit.seen_at))
        )
    )
    names = people.names(
        session, [one.officer_id, *map(UUID, one.crew), *(v.confirmed_by for v in visits)]
    )
    proof = best(visits)
    on = sheet(shape for _, shape in shapes)
    lines = lines_of(session, one)
    metres = session.scalar(
        select(func.sum(col(Passage.metres))).where(col(Passage.round_id) == one.id)
    )
    pairs = list(pairwise(lines))
    return Looked(
        round=one,
        officer=names.get(one.officer_id, ""),
        grid=grid,
        plan=plan.name if one.plan_id and (plan := session.get(Plan, one.plan_id)) else None,
        names=names,
        legs=list(_of(session, Leg, one.id, col(Leg.from_at))),
        pauses=list(_of(session, Pause, one.id, col(Pause.from_at))),
        visits=[
            Seen(
                v, numbers.get(v.cell_id, 0), names.get(v.confirmed_by) if v.confirmed_by else None
            )
            for v in visits
        ],
        notes=_notes(session, one.id, numbers),
        cells=[cell_card(place, shape, (), {}, proof, on) for place, shape in shapes[:MOST_CELLS]],
        sheet=on,
        lines=[on.line(line) for line in lines] if track else [],
        gaps=gaps(lines, on) if track else [],
        metres=metres or 0.0,
        silent=sum((after[0].at - before[-1].at for before, after in pairs), timedelta(0)),
        signed=signed_by(session, one.officer_id, [one.id, *(visit.id for visit in visits)]),
    )


def _of(session: Session, model: Any, round_id: UUID, order: Any) -> Any:
    return session.scalars(select(model).where(model.round_id == round_id).order_by(order))


def _notes(session: Session, round_id: UUID, numbers: Mapping[UUID, int]) -> list[Noted]:
    acts: dict[UUID, list[ClearNote]] = defaultdict(list)
    for each in _of(session, ClearNote, round_id, col(ClearNote.seen_at)):
        acts[each.act_id].append(each)
    return [
        Noted(
            seen_at=notes[0].seen_at,
            topics=tuple(dict.fromkeys(note.topic for note in notes)),
            numbers=tuple(sorted({numbers.get(note.cell_id, 0) for note in notes})),
            proven=len(
                {note.cell_id for note in notes if not note.pending and note.grade.meets(Grade.B)}
            ),
        )
        for notes in acts.values()
    ]
