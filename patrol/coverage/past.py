"""How cells stood at the end of a day gone by, from the windows that had been served by then."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlmodel import Session, col

from patrol.coverage.queries import Asked
from patrol.coverage.rules import RANKS
from patrol.grid.model import Cell, Grid
from patrol.plans import queries as plans
from patrol.plans.model import PastStanding, Plan, PlanState, Standing, WindowCredit
from patrol.plans.rules import Moment, State, moment

Stood = dict[UUID, State]


def states_at(
    session: Session, path: str, asked: Asked, at: datetime, *, zone: ZoneInfo
) -> dict[UUID, Stood]:
    """The cells of each lowest grid by state at a past moment, the worst of their plans.

    Read from two windows of each plan: the one open then, and the one before. A cell served in
    neither is overdue, whether it had been seen earlier or never.
    """
    below = select(col(Grid.id)).where(col(Grid.path).startswith(path, autoescape=True))
    if asked.grids is not None:
        below = below.where(col(Grid.id).in_(asked.grids))
    moments = _moments(session, asked, at, zone)
    cells = _asked_for(session, list(moments), below, at)
    served = _served(session, moments, below)
    found: dict[UUID, Stood] = defaultdict(dict)
    for plan_id, then in moments.items():
        for grid_id, cell_id in cells.get(plan_id, ()):
            state = _state(then, cell_id, served.get(plan_id, {}))
            known = found[grid_id].get(cell_id, state)
            found[grid_id][cell_id] = max(known, state, key=RANKS.index)
    return dict(found)


def codes(session: Session, cells: Iterable[UUID]) -> dict[UUID, str]:
    """The codes of cells, those that have ended too."""
    wanted = list(cells)
    found: dict[UUID, str] = {}
    for first in range(0, len(wanted), 1000):
        query = select(col(Cell.id), col(Cell.code)).where(
            col(Cell.id).in_(wanted[first : first + 1000])
        )
        found |= {row[0]: row[1] for row in session.execute(query)}
    return found


def _moments(session: Session, asked: Asked, at: datetime, zone: ZoneInfo) -> dict[UUID, Moment]:
    """Each plan in force then, with its windows around that moment."""
    then = session.scalars(
        select(Plan).where(
            col(Plan.state) != PlanState.DRAFT,
            col(Plan.valid_from) <= at,
            or_(col(Plan.valid_to).is_(None), col(Plan.valid_to) > at),
        )
    )
    return {one.id: moment(plans.terms(one, zone), at) for one in then if asked.takes(one)}


def _asked_for(
    session: Session, ids: list[UUID], below: Any, at: datetime
) -> dict[UUID, list[tuple[UUID, UUID]]]:
    """The cells that each plan asked for then, with their grids."""
    found: dict[UUID, list[tuple[UUID, UUID]]] = defaultdict(list)
    for model, ends in ((Standing, ()), (PastStanding, (col(PastStanding.until) > at,))):
        table: Any = model
        query = select(table.plan_id, table.grid_id, table.cell_id).where(
            table.plan_id.in_(ids), table.grid_id.in_(below), *ends
        )
        for plan_id, grid_id, cell_id in session.execute(query):
            found[plan_id].append((grid_id, cell_id))
    return found


def _served(
    session: Session, moments: dict[UUID, Moment], below: Any
) -> dict[UUID, dict[datetime, set[UUID]]]:
    """The cells credited in the windows around that moment, by plan and start."""
    found: dict[UUID, dict[datetime, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    for plan_id, then in moments.items():
        starts = [one.start for one in (then.current, then.previous) if one]
        query = select(col(WindowCredit.from_at), col(WindowCredit.cell_id)).where(
            col(WindowCredit.plan_id) == plan_id,
            col(WindowCredit.from_at).in_(starts),
            col(WindowCredit.grid_id).in_(below),
        )
        for start, cell_id in session.execute(query) if starts else ():
            found[plan_id][start].add(cell_id)
    return found


def _state(then: Moment, cell_id: UUID, served: dict[datetime, set[UUID]]) -> State:
    if then.current and cell_id in served.get(then.current.start, ()):
        return State.FRESH
    if then.previous is None or cell_id in served.get(then.previous.start, ()):
        return State.DUE_SOON if then.current and then.due_soon else State.FRESH
    return State.OVERDUE
