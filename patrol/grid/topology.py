"""Judging what is stored: a grid with all that lies below it, its cells too."""

from collections.abc import Iterator

from sqlmodel import Session

from patrol.grid import queries, rules, service
from patrol.grid.model import Grid
from patrol.grid.rules import Area, Fault


def faults_below(session: Session, grid: Grid) -> list[Fault]:
    """Everything wrong with the grids right and further below a grid, and with all their cells."""
    return [fault for one in queries.below(session, grid.id) for fault in _of_one(session, one)]


def _of_one(session: Session, grid: Grid) -> Iterator[Fault]:
    shape = queries.shape_of(session, grid.id)
    own = rules.flaw(grid.code, shape)
    if own is not None:
        yield own
    children = queries.right_below(session, grid)
    areas = [Area(one.code, one.name, queries.shape_of(session, one.id)) for one in children]
    yield from rules.faults(areas)
    for area in areas:
        yield from rules.outside(area, shape)
    if not children:
        yield from service.check_cells(session, grid)
