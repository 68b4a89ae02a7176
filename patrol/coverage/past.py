"""How cells stood at the end of a day gone by, from the windows that had been served by then."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import String, cast, or_, select
from sqlmodel import Session, col

from patrol.coverage.model import COUNTING
from patrol.coverage.queries import Asked
from patrol.coverage.rules import RANKS
from patrol.grid.model import Cell, CellHeir, Grid
from patrol.plans import queries as plans
from patrol.plans.model import PastStanding, Plan, PlanState, Standing, WindowCredit
from patrol.plans.rules import Moment, State, moment, reaches, standing
from patrol.rounds.model import Round, Visit

Stood = dict[UUID, State]
AT_ONCE = 1000  # ids in one question
_NOW: Any = Standing  # where the cells of plans stand, and below where those that ended stood
_ENDED: Any = PastStanding


class _Asked(NamedTuple):
    """A cell that a plan asked for, and its last credit, which may be of a later day."""

    grid_id: UUID
    cell_id: UUID
    seen_at: datetime | None


def states_at(
    session: Session, path: str, asked: Asked, at: datetime, *, zone: ZoneInfo
) -> dict[UUID, Stood]:
    """The cells of each lowest grid by state at a past moment, the worst of their plans.

    Where the last credit of a cell is older than that moment, it tells as it does today. Of the
    others two windows of each plan tell: the one open then, and the one before. A cell served in
    neither by then is overdue, or never seen where no window until then had counted it.
    """
    below = select(col(Grid.id)).where(col(Grid.path).startswith(path, autoescape=True))
    if asked.grids is not None:
        below = below.where(col(Grid.id).in_(asked.grids))
    chosen = _in_force(session, asked, below, at)
    cells = _asked_for(session, list(chosen), below, at)
    moments = {one: moment(plans.terms(chosen[one], zone), at) for one in cells}
    served = _served(session, moments, below)
    found: dict[UUID, Stood] = defaultdict(dict)
    for plan_id, then in moments.items():
        asked_for = cells.get(plan_id, [])
        states = {one.cell_id: _state(then, one, served.get(plan_id, {})) for one in asked_for}
        unserved = [one for one in asked_for if states[one.cell_id] is None]
        never = _never(session, session.get_one(Plan, plan_id), unserved, at, zone)
        rest = _unserved(then)
        for one in asked_for:
            state = states[one.cell_id] or (State.NEVER if one.cell_id in never else rest)
            known = found[one.grid_id].get(one.cell_id, state)
            found[one.grid_id][one.cell_id] = max(known, state, key=RANKS.index)
    return dict(found)


def codes(session: Session, cells: Iterable[UUID]) -> dict[UUID, str]:
    """The codes of cells, those that have ended too."""
    found: dict[UUID, str] = {}
    for some in _batches(cells):
        query = select(col(Cell.id), col(Cell.code)).where(col(Cell.id).in_(some))
        found |= {row[0]: row[1] for row in session.execute(query)}
    return found


def _in_force(session: Session, asked: Asked, below: Any, at: datetime) -> dict[UUID, Plan]:
    """Each plan in force then that asks or asked for a cell of these grids."""
    here = [
        col(Plan.id).in_(select(table.plan_id).where(table.grid_id.in_(below)))
        for table in (_NOW, _ENDED)
    ]
    then = session.scalars(
        select(Plan).where(
            col(Plan.state) != PlanState.DRAFT,
            col(Plan.valid_from) <= at,
            or_(col(Plan.valid_to).is_(None), col(Plan.valid_to) > at),
            or_(*here),
        )
    )
    return {one.id: one for one in then if asked.takes(one)}


def _asked_for(
    session: Session, ids: list[UUID], below: Any, at: datetime
) -> dict[UUID, list[_Asked]]:
    """The cells that each plan asked for then, with their grids and last credits."""
    found: dict[UUID, list[_Asked]] = defaultdict(list)
    for table, ends in ((_NOW, ()), (_ENDED, (_ENDED.until > at,))):
        query = (
            select(table.plan_id, table.grid_id, table.cell_id, table.seen_at)
            .join(Cell, col(Cell.id) == table.cell_id)
            .where(
                table.plan_id.in_(ids), table.grid_id.in_(below), col(Cell.valid_from) <= at, *ends
            )
        )
        for plan_id, *told in session.execute(query):
            found[plan_id].append(_Asked(*told))
    return found


def _served(
    session: Session, moments: dict[UUID, Moment], below: Any
) -> dict[UUID, dict[datetime, set[UUID]]]:
    """The cells credited in the windows around that moment, by plan and start."""
    found: dict[UUID, dict[datetime, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    alike: dict[tuple[datetime, datetime | None], list[UUID]] = defaultdict(list)
    for plan_id, then in moments.items():
        if then.previous:
            alike[then.previous.start, None].append(plan_id)
        if then.current and then.current.start < then.now:
            alike[then.current.start, then.now].append(plan_id)
    for (start, by), ids in alike.items():  # plans of the same windows
        query = select(col(WindowCredit.plan_id), col(WindowCredit.cell_id)).where(
            col(WindowCredit.plan_id).in_(ids),
            col(WindowCredit.from_at) == start,
            col(WindowCredit.grid_id).in_(below),
        )
        for plan_id, cell_id in session.execute(query if by is None else _until(query, by)):
            found[plan_id][start].add(cell_id)
    return found


def _until(query: Any, at: datetime) -> Any:
    """Those of the credits that a window had by a moment: it keeps no moments of its own."""
    visited = (
        select(col(Visit.id))
        .join(Round, col(Round.id) == col(Visit.round_id))
        .where(
            col(Visit.cell_id) == col(WindowCredit.cell_id),
            col(Visit.seen_at) >= col(WindowCredit.from_at),
            col(Visit.seen_at) < at,
            col(Visit.grade) <= col(Plan.grade),
            *COUNTING,
            cast(col(Round.duties), String).contains('"' + col(Plan.role) + '"'),
        )
    )
    before = (
        select(col(CellHeir.before_id))
        .join(PastStanding, _ENDED.cell_id == col(CellHeir.before_id))
        .where(
            col(CellHeir.after_id) == col(WindowCredit.cell_id),
            col(CellHeir.at) <= at,
            _ENDED.plan_id == col(WindowCredit.plan_id),
        )
    )
    in_time = _ENDED.seen_at >= col(WindowCredit.from_at)
    too_early = _ENDED.seen_at.is_(None) | ~in_time
    inherited = before.where(in_time).exists() & ~before.where(too_early).exists()
    joined = query.join(Plan, col(Plan.id) == col(WindowCredit.plan_id))
    return joined.where(visited.exists() | inherited)


def _state(then: Moment, one: _Asked, served: dict[datetime, set[UUID]]) -> State | None:
    """How a cell stood that was served in one of the two windows; none where in neither."""
    if one.seen_at is not None and one.seen_at < then.now:
        return standing(then, one.seen_at)
    if then.current and one.cell_id in served.get(then.current.start, ()):
        return State.FRESH
    if then.previous and one.cell_id in served.get(then.previous.start, ()):
        return _between(then)
    return None


def _unserved(then: Moment) -> State:
    """How a cell stood that had been served before both windows."""
    return State.OVERDUE if then.previous else _between(then)


def _between(then: Moment) -> State:
    return State.DUE_SOON if then.due_soon else State.FRESH


def _never(
    session: Session, plan: Plan, unserved: Sequence[_Asked], at: datetime, zone: ZoneInfo
) -> set[UUID]:
    """Those of these cells that had not been seen until then, as the plan counts it."""
    later = {one.cell_id for one in unserved if one.seen_at is not None and one.seen_at >= at}
    unseen = {one.cell_id for one in unserved if one.seen_at is None}
    return unseen | (later - _seen(session, plan, later, at, zone))


def _seen(
    session: Session, plan: Plan, cells: set[UUID], at: datetime, zone: ZoneInfo
) -> set[UUID]:
    """Those that a plan or one that it follows had counted, or all that they took over from."""
    if not cells:
        return set()
    found = _counted(session, plan, _visited(session, cells, at), at, zone)
    forebears = _forebears(session, cells - found, at)
    known = _seen(session, plan, {one for some in forebears.values() for one in some}, at, zone)
    found |= {one for one, some in forebears.items() if some <= known}
    for before_id in filter(None, (plan.replaces_id, plan.resumes_id)):
        found |= _seen(session, session.get_one(Plan, before_id), cells - found, at, zone)
    return found


def _visited(session: Session, cells: set[UUID], at: datetime) -> set[UUID]:
    """Those with any visit by then; quick to tell, and few of the others are left to look for."""
    found: set[UUID] = set()
    for some in _batches(cells):
        query = select(col(Visit.cell_id)).where(
            col(Visit.cell_id).in_(some), col(Visit.seen_at) < at
        )
        found.update(session.scalars(query.distinct()))
    return found


def _counted(
    session: Session, plan: Plan, cells: set[UUID], at: datetime, zone: ZoneInfo
) -> set[UUID]:
    """Those counted in a window begun by then: the last few are asked first, they hold most."""
    begun = reaches(plans.terms(plan, zone), plan.valid_from, at) if cells else []
    starts = [reach.window.start for reach in reversed(begun)]
    found: set[UUID] = set()
    size = 4
    while starts and cells - found:
        for some in _batches(cells - found):
            query = select(col(WindowCredit.cell_id)).where(
                col(WindowCredit.plan_id) == plan.id,
                col(WindowCredit.from_at).in_(starts[:size]),
                col(WindowCredit.cell_id).in_(some),
            )
            found.update(session.scalars(query.distinct()))
        starts, size = starts[size:], size * 4
    return found


def _forebears(session: Session, cells: set[UUID], at: datetime) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for some in _batches(cells):
        query = select(col(CellHeir.after_id), col(CellHeir.before_id)).where(
            col(CellHeir.after_id).in_(some), col(CellHeir.at) <= at
        )
        for after_id, before_id in session.execute(query):
            found[after_id].add(before_id)
    return found


def _batches(cells: Iterable[UUID]) -> Iterator[list[UUID]]:
    wanted = sorted(cells)
    return (wanted[first : first + AT_ONCE] for first in range(0, len(wanted), AT_ONCE))
