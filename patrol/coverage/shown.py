"""What every view shows alike: how grids and cells stand, or stood at the end of a day gone by."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from patrol.core import clock
from patrol.coverage import figures, past, queries
from patrol.coverage.asking import Choice
from patrol.coverage.queries import CellLine, Count, GridLine
from patrol.coverage.rules import RANKS, Rates, tally
from patrol.grid.model import Cell, Grid
from patrol.grid.queries import GridCard
from patrol.plans.rules import State
from patrol.rounds.model import Visit

EVER = datetime(1970, 1, 1, tzinfo=UTC)
AT_ONCE = 1000  # ids in one question


def lines(
    session: Session, under: str, below: Sequence[GridCard], chosen: Choice, *, now: datetime
) -> list[GridLine]:
    """One line for each of these grids, as it stands or as it stood."""
    found = counts(session, under, chosen, now=now), rates(session, under, chosen, now=now)
    return queries.lines(session, below, *found, now=chosen.then or now)


def counts(session: Session, under: str, chosen: Choice, *, now: datetime) -> dict[UUID, Count]:
    """The cells of each lowest grid by state."""
    if chosen.then is None:
        stood = queries.stood(session, under, chosen.asked, zone=clock.city(), now=now)
        return queries.count(session, stood)
    return {
        grid_id: Count(tally(Counter(cells.values())), None)
        for grid_id, cells in _then(session, under, chosen, chosen.then).items()
    }


def rates(session: Session, under: str, chosen: Choice, *, now: datetime) -> dict[UUID, Rates]:
    """What windows of the period came to in each lowest grid."""
    return figures.rates(session, chosen.stretch(under, now=now), chosen.asked)


def cells(
    session: Session,
    under: str,
    chosen: Choice,
    state: State | None,
    *,
    page: int,
    size: int,
    now: datetime,
) -> list[CellLine]:
    """Cells that a plan asks for, the worst and longest unvisited first; one more than a page."""
    if chosen.then is None:
        stood = queries.stood(session, under, chosen.asked, zone=clock.city(), now=now)
        return queries.cells(session, stood, state, page=page, size=size)
    states = {
        one: found
        for one, found in states_then(session, under, chosen, chosen.then).items()
        if state in (None, found)
    }
    rows = _cells_of(session, list(states), states, chosen.then)
    rows.sort(key=lambda one: (-RANKS.index(one.state), one.last or EVER, one.code))
    return rows[(page - 1) * size : page * size + 1]


def states_then(session: Session, under: str, chosen: Choice, then: datetime) -> past.Stood:
    """The state of each cell at the end of a day gone by."""
    found: past.Stood = {}
    for some in _then(session, under, chosen, then).values():
        found |= some
    return found


def _then(session: Session, under: str, chosen: Choice, then: datetime) -> dict[UUID, past.Stood]:
    return past.states_at(session, under, chosen.asked, then, zone=clock.city())


def _cells_of(
    session: Session, ids: Sequence[UUID], states: past.Stood, then: datetime
) -> list[CellLine]:
    """Each cell with its last visit until then."""
    found = []
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        seen = (
            select(col(Visit.cell_id), func.max(col(Visit.seen_at)))
            .where(col(Visit.cell_id).in_(some), col(Visit.seen_at) <= then)
            .group_by(col(Visit.cell_id))
        )
        last = {cell_id: at for cell_id, at in session.execute(seen)}  # noqa: C416  rows are no pairs
        told = (
            select(col(Cell.id), col(Cell.code), col(Cell.number), col(Grid.name))
            .join(Grid, col(Grid.id) == col(Cell.grid_id))
            .where(col(Cell.id).in_(some))
        )
        found += [
            CellLine(one, code, number, name, states[one], last.get(one))
            for one, code, number, name in session.execute(told)
        ]
    return found
