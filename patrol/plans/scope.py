"""Which cells a plan asks for: all below its grid, or those named, hot, or holding objects.

The cells of a narrower scope are kept with the days they belonged to it. Hot spots come and go
with their season, and objects with the office's table: such a scope is looked at anew whenever a
window of the plan closes, so that a change takes effect with the next one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from sqlalchemy import ColumnElement, insert, select
from sqlmodel import Session, col

from patrol.grid import marking, queries
from patrol.grid.model import Cell, Grid, PatrolObject, Sort
from patrol.grid.objects import objects_in
from patrol.plans.model import SEEN, PastStanding, Plan, PlanPlace, PlanState, Scope, Standing

FOLLOWING = (Scope.HOT, Scope.OBJECTS)  # scopes that change by themselves
MOST_TOLD = 200  # cells told one by one
_BATCH = 500
_ALONG = 1e-4  # degrees, some 10 m: a road that only touches a cell does not lie in it


@dataclass(frozen=True)
class Place:
    """A cell that a plan asks for, and why, where its scope is narrower than its grid."""

    cell_id: UUID
    grid_id: UUID
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Held:
    """A time in which a cell belonged to the scope of a plan."""

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it did at a moment."""
        return self.since <= at and (self.until is None or at < self.until)


def asked(session: Session, plan: Plan, *, zone: ZoneInfo, at: datetime) -> list[Place]:
    """The cells a plan would ask for at a moment, by grid and number."""
    below = _below(session, plan)
    if plan.scope is Scope.ALL:
        return [Place(cell_id, grid_id) for cell_id, grid_id in _cells(session, below)]
    why: Mapping[UUID, Sequence[str]] = _WHY[plan.scope](session, plan, below, zone, at)
    found: list[Place] = []
    for some in _batches(list(why)):
        rows = _cells(session, below & col(Cell.id).in_(some))
        found += [Place(*row, tuple(why[row[0]])) for row in rows]
    return found


def places_of(session: Session, plan: Plan, *, zone: ZoneInfo, now: datetime) -> list[Place]:
    """The cells a plan asks for: of a draft those it would ask for, else those it does."""
    if plan.state is PlanState.DRAFT:
        return asked(session, plan, zone=zone, at=max(plan.valid_from, now))
    why = reasons(session, plan.id)
    rows = session.execute(
        select(col(Standing.cell_id), col(Standing.grid_id))
        .where(col(Standing.plan_id) == plan.id)
        .order_by(col(Standing.grid_id), col(Standing.cell_id))
    )
    return [Place(cell_id, grid_id, why.get(cell_id, ())) for cell_id, grid_id in rows]


def unknown(session: Session, plan: Plan) -> list[str]:
    """The codes a plan names that are no cells or objects below its grid."""
    named, below = set(plan.members), _below(session, plan)
    if plan.scope is Scope.CELLS:
        return sorted(named - set(session.scalars(_choose(Cell.code, below))))
    if plan.scope is Scope.OBJECTS:
        known = {one.code for one in objects_below(session, session.get_one(Grid, plan.grid_id))}
        return sorted(named - known - set(Sort))
    return []


def objects_below(
    session: Session, grid: Grid, *, at: datetime | None = None
) -> list[PatrolObject]:
    """The road sections and key points in a grid and all below it."""
    return objects_in(session, [one.id for one in queries.below(session, grid.id)], at=at)


def open_places(session: Session, plan: Plan, places: Iterable[Place]) -> None:
    """Keep which cells a plan of narrower scope asks for from its beginning on."""
    if plan.scope is not Scope.ALL:
        session.add_all(
            PlanPlace(plan_id=plan.id, cell_id=one.cell_id, why=[*one.why], from_at=plan.valid_from)
            for one in places
        )
        session.flush()


def follow(session: Session, plan: Plan, *, zone: ZoneInfo, at: datetime) -> tuple[int, int]:
    """Bring a plan's cells in line with marks and objects as of `at`: how many came, how many went.

    A cell that goes keeps where it stood then; one that comes back takes that up again.
    """
    if plan.scope not in FOLLOWING:
        return 0, 0
    wanted = {one.cell_id: one for one in asked(session, plan, zone=zone, at=at)}
    held = {row.cell_id: row for row in _held(session, plan.id)}
    gone = held.keys() - wanted.keys()
    come = [one for cell_id, one in wanted.items() if cell_id not in held]
    for cell_id, row in held.items():
        if cell_id in gone:
            row.to_at = at
        else:
            row.why = [*wanted[cell_id].why]
    session.flush()
    _take_off(session, plan.id, gone, at)
    _put_on(session, plan.id, come, at)
    return len(come), len(gone)


def follow_heirs(
    session: Session,
    forebears: Mapping[UUID, Sequence[UUID]],
    ended: Collection[UUID],
    *,
    at: datetime,
) -> None:
    """Have the heirs of ended cells belong to the plans that these belonged to."""
    belonged: dict[UUID, dict[UUID, PlanPlace]] = defaultdict(dict)
    for some in _batches(sorted(ended)):
        query = select(PlanPlace).where(
            col(PlanPlace.cell_id).in_(some), col(PlanPlace.to_at).is_(None)
        )
        for row in session.scalars(query):
            belonged[row.cell_id][row.plan_id] = row
            row.to_at = at
    for heir_id, before in forebears.items():
        plans = {plan: row for one in before for plan, row in belonged.get(one, {}).items()}
        session.add_all(
            PlanPlace(plan_id=plan_id, cell_id=heir_id, why=[*row.why], from_at=at)
            for plan_id, row in plans.items()
        )
    session.flush()


def held_over(session: Session, plan: Plan, cell_id: UUID) -> list[Held]:
    """When a cell belonged to the scope of a plan; always, where it asks for every cell."""
    if plan.scope is Scope.ALL:
        return [Held(plan.valid_from)]
    query = select(col(PlanPlace.from_at), col(PlanPlace.to_at)).where(
        col(PlanPlace.plan_id) == plan.id, col(PlanPlace.cell_id) == cell_id
    )
    rows = session.execute(query.order_by(col(PlanPlace.from_at)))
    return [Held(since, until) for since, until in rows]


def reasons(session: Session, plan_id: UUID) -> dict[UUID, tuple[str, ...]]:
    """Why each cell belongs to the scope of a plan now: topics of hot spots, codes of objects."""
    return {row.cell_id: tuple(row.why) for row in _held(session, plan_id)}


def told(session: Session, places: Iterable[Place]) -> list[tuple[int, list[str]]]:
    """The numbers of the cells of a narrower scope, and the codes of what lies in each."""
    why = {one.cell_id: list(one.why) for one in places if one.why}
    named: dict[str, str] = {}
    for some in _batches(sorted({code for each in why.values() for code in each})):
        rows = session.execute(
            select(col(PatrolObject.code), col(PatrolObject.name)).where(
                col(PatrolObject.code).in_(some), queries.current(PatrolObject)
            )
        )
        named |= {code: name for code, name in rows}  # noqa: C416  rows are no pairs
    found: list[tuple[int, list[str]]] = []
    for some in _batches(sorted(why)[:MOST_TOLD]):
        cells = session.execute(
            select(col(Cell.number), col(Cell.id)).where(col(Cell.id).in_(some))
        )
        found += [(number, [named.get(code, code) for code in why[one]]) for number, one in cells]
    return sorted(found)


def _below(session: Session, plan: Plan) -> ColumnElement[bool]:
    top = session.get_one(Grid, plan.grid_id).path
    return (
        col(Grid.path).startswith(top, autoescape=True)
        & col(Grid.valid_to).is_(None)
        & col(Cell.valid_to).is_(None)
    )


def _choose(what: Any, condition: ColumnElement[bool]) -> Any:
    return select(col(what)).join(Grid, col(Grid.id) == col(Cell.grid_id)).where(condition)


def _cells(session: Session, condition: ColumnElement[bool]) -> list[tuple[UUID, UUID]]:
    query = _choose(Cell.id, condition).add_columns(col(Cell.grid_id))
    rows = session.execute(query.order_by(col(Grid.path), col(Cell.number), col(Cell.id)))
    return [(cell_id, grid_id) for cell_id, grid_id in rows]


def _named(
    session: Session, plan: Plan, below: ColumnElement[bool], _: ZoneInfo, __: datetime
) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for some in _batches(sorted(set(plan.members))):
        rows = session.scalars(_choose(Cell.id, below & col(Cell.code).in_(some)))
        found |= {cell_id: [] for cell_id in rows}
    return found


def _hot(
    session: Session, plan: Plan, _: ColumnElement[bool], zone: ZoneInfo, at: datetime
) -> dict[UUID, list[str]]:
    day = at.astimezone(zone).date()
    grids = [one.id for one in queries.below(session, plan.grid_id)]
    found: dict[UUID, list[str]] = defaultdict(list)
    for spot, cell in marking.spots(session, grids, at=at):
        if spot.topic in plan.topics and marking.in_season(spot.first_month, spot.last_month, day):
            found[cell.id].append(spot.topic)
    return found


def _with_objects(
    session: Session, plan: Plan, below: ColumnElement[bool], _: ZoneInfo, at: datetime
) -> dict[UUID, list[str]]:
    grid = session.get_one(Grid, plan.grid_id)
    named = set(plan.members) or set(Sort)
    chosen = [
        one
        for one in objects_below(session, grid, at=at)
        if one.code in named or one.sort.value in named
    ]
    found: dict[UUID, list[str]] = defaultdict(list)
    for one in chosen:
        if one.sort is not Sort.ROAD and one.cell_id is not None:
            found[one.cell_id].append(one.code)
    roads = [one for one in chosen if one.sort is Sort.ROAD]
    for cell_id, code in _along(session, roads, below):
        found[cell_id].append(code)
    return found


def _along(
    session: Session, roads: Sequence[PatrolObject], below: ColumnElement[bool]
) -> list[tuple[UUID, str]]:
    """The cells that sections of roads run through."""
    if not roads:
        return []
    ids, shapes = queries.shapes_of(session, Cell, col(Cell.id).in_(_choose(Cell.id, below)))
    lines = np.array([shapely.LineString(one.line) for one in roads], dtype=object)
    which, where = shapely.STRtree(shapes).query(lines, predicate="intersects")
    inside = shapely.length(shapely.intersection(lines[which], shapes[where])) > _ALONG
    found = zip(which[inside], where[inside], strict=True)
    return [(ids[cell], roads[road].code) for road, cell in found]


_WHY: dict[Scope, Any] = {
    Scope.CELLS: _named,
    Scope.HOT: _hot,
    Scope.OBJECTS: _with_objects,
}


def _held(session: Session, plan_id: UUID) -> list[PlanPlace]:
    query = select(PlanPlace).where(
        col(PlanPlace.plan_id) == plan_id, col(PlanPlace.to_at).is_(None)
    )
    return list(session.scalars(query.order_by(col(PlanPlace.cell_id))))


def _take_off(session: Session, plan_id: UUID, cells: Collection[UUID], at: datetime) -> None:
    """Keep where the cells stood when they left the scope, and ask for them no more."""
    for some in _batches(sorted(cells)):
        mine = col(Standing.plan_id) == plan_id, col(Standing.cell_id).in_(some)
        for row in session.scalars(select(Standing).where(*mine)):
            last = {name: getattr(row, name) for name in ("plan_id", "cell_id", "grid_id", *SEEN)}
            session.add(PastStanding(**last, until=at))
            session.delete(row)
    session.flush()


def _put_on(session: Session, plan_id: UUID, places: Sequence[Place], at: datetime) -> None:
    """Ask for cells that came into the scope, from where they stood when they left it last."""
    for some in _batches(places):
        ids = [one.cell_id for one in some]
        mine = col(PastStanding.plan_id) == plan_id, col(PastStanding.cell_id).in_(ids)
        past = {row.cell_id: row for row in session.scalars(select(PastStanding).where(*mine))}
        rows = [
            {"plan_id": plan_id, "cell_id": one.cell_id, "grid_id": one.grid_id}
            | {name: getattr(past.get(one.cell_id), name, None) for name in SEEN}
            for one in some
        ]
        for row in past.values():
            session.delete(row)
        session.flush()
        session.connection().execute(insert(Standing), rows)
        session.add_all(
            PlanPlace(plan_id=plan_id, cell_id=one.cell_id, why=[*one.why], from_at=at)
            for one in some
        )
    session.flush()


def _batches(items: Sequence[Any]) -> Iterable[list[Any]]:
    return (list(items[start : start + _BATCH]) for start in range(0, len(items), _BATCH))
