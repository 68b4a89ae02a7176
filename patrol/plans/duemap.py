"""What falls due on a day: by when, under which plan, and drawn cell by cell."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import cos, radians
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import select
from sqlmodel import Session, col

from patrol.grid import queries as grids
from patrol.grid.model import Cell, Grid
from patrol.plans.feasibility import fewest
from patrol.plans.model import Plan, PlanState, Standing
from patrol.plans.rules import Window, windows
from patrol.plans.scope import Place
from patrol.plans.windows import midnight

MOST = 300  # cells drawn one by one; above that their grids are drawn
WIDTH = 1000
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Spot:
    """A cell, or a grid where there are too many cells, as it is drawn."""

    name: str
    path: str
    x: int
    y: int
    visits: int


@dataclass(frozen=True)
class Deadline:
    """By when a plan asks for how many cells."""

    window: Window
    plan: str
    cells: int
    own: bool  # of the plan looked at


@dataclass(frozen=True)
class DueMap:
    """A day as a picture and as a list."""

    day: date
    height: int
    spots: Sequence[Spot]
    deadlines: Sequence[Deadline]
    of_cells: bool

    @property
    def visits(self) -> int:
        """How many visits fall due."""
        return sum(spot.visits for spot in self.spots)


def due_on(
    session: Session, plan: Plan, places: Sequence[Place], day: date, *, zone: ZoneInfo
) -> DueMap:
    """What falls due on a day below a plan's grid, under it and all others for the same role."""
    grid = session.get_one(Grid, plan.grid_id)
    lowest = {one.id: one for one in grids.lowest(session, grid)}
    asking, plans = _asking(session, plan, places, lowest)
    opens, closes = midnight(day, zone), midnight(day + _DAY, zone)
    due = {one.id: _ending(one, opens, closes, zone) for one in plans}
    visits: dict[frozenset[UUID], int] = {
        asked: fewest([window for one in asked for window in due[one]])
        for asked in set(asking.values())
    }
    counted = Counter(one for asked in asking.values() for one in asked)
    deadlines = [
        Deadline(window, one.name, counted[one.id], one.id == plan.id)
        for one in plans
        for window in due[one.id]
    ]
    cells = _outlined(session, lowest)
    height, spots = _drawn(cells, {cell: visits[asked] for cell, asked in asking.items()})
    return DueMap(
        day,
        height,
        spots,
        sorted(deadlines, key=lambda one: (one.window.end, not one.own, one.plan)),
        len(cells) == sum(len(one.cells) for one in cells),
    )


@dataclass(frozen=True)
class _Outline:
    """One thing to draw with the cells it stands for."""

    name: str
    shape: Any
    cells: Collection[UUID]


def _asking(
    session: Session, plan: Plan, places: Sequence[Place], lowest: Mapping[UUID, Grid]
) -> tuple[dict[UUID, frozenset[UUID]], list[Plan]]:
    """The plans that ask for each cell, and these plans; what a draft replaces left out."""
    rows = session.execute(
        select(col(Standing.cell_id), col(Standing.plan_id))
        .join(Plan, col(Plan.id) == col(Standing.plan_id))
        .where(
            col(Standing.grid_id).in_(lowest),
            col(Plan.state) == PlanState.PUBLISHED,
            col(Plan.role) == plan.role,
            col(Plan.id).not_in([one for one in (plan.id, plan.replaces_id) if one]),
        )
    )
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for cell_id, plan_id in rows:
        found[cell_id].add(plan_id)
    others = {one for asked in found.values() for one in asked}
    for place in places:
        found[place.cell_id].add(plan.id)
    known = session.scalars(select(Plan).where(col(Plan.id).in_(others)).order_by(col(Plan.id)))
    return {cell_id: frozenset(asked) for cell_id, asked in found.items()}, [plan, *known]


def _ending(plan: Plan, opens: datetime, closes: datetime, zone: ZoneInfo) -> list[Window]:
    """The windows of a plan that end on a day, its first moment belonging to the day before."""
    found = windows(plan.terms(zone), opens, closes)
    return [one for one in found if opens < one.end <= closes]


def _outlined(session: Session, lowest: Mapping[UUID, Grid]) -> list[_Outline]:
    """The cells of these grids; where there are too many, the grids with the cells in them."""
    inside = col(Cell.grid_id).in_(lowest) & grids.current(Cell)
    rows = session.execute(select(col(Cell.id), col(Cell.number), col(Cell.grid_id)).where(inside))
    known = {cell_id: (number, grid_id) for cell_id, number, grid_id in rows}
    if len(known) <= MOST:
        ids, shapes = grids.shapes_of(session, Cell, inside)
        return [
            _Outline(str(known[one][0]), shape, [one])
            for one, shape in zip(ids, shapes, strict=True)
        ]
    members: dict[UUID, list[UUID]] = defaultdict(list)
    for cell_id, (_, grid_id) in known.items():
        members[grid_id].append(cell_id)
    ids, shapes = grids.grid_shapes(session, lowest)
    return [
        _Outline(lowest[one].name, shape, members[one])
        for one, shape in zip(ids, shapes, strict=True)
    ]


def _drawn(outlines: Sequence[_Outline], visits: Mapping[UUID, int]) -> tuple[int, list[Spot]]:
    """The outlines as paths on a sheet `WIDTH` wide, and how high that is."""
    if not outlines:
        return WIDTH, []
    west, south, east, north = shapely.total_bounds([one.shape for one in outlines])
    narrow = cos(radians((south + north) / 2))
    scale = WIDTH / max((east - west) * narrow, (north - south) / 2)

    def on_sheet(points: NDArray[Any]) -> NDArray[Any]:
        moved = (points - [west, north]) * [narrow * scale, -scale]
        return np.asarray(moved)

    spots = []
    for one in outlines:
        flat = shapely.simplify(shapely.transform(one.shape, on_sheet), 1.5)
        middle = flat.representative_point()
        spots.append(
            Spot(
                one.name,
                "".join(_ring(part.exterior.coords) for part in shapely.get_parts(flat)),
                round(middle.x),
                round(middle.y),
                sum(visits.get(cell, 0) for cell in one.cells),
            )
        )
    return round((north - south) * scale), spots


def _ring(points: Any) -> str:
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in list(points)[:-1]) + "Z"
