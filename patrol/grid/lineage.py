"""What became of which grid and cell: changes planned and past, heirs and forebears."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from patrol.grid.model import Cell, CellHeir, Change, Grid, GridHeir
from patrol.grid.queries import grid_by_code, shapes_of

_WHOLE = 0.99  # of a grid that lay in another: all of it but for what measuring loses
_HUNG = select(  # built once: every notice and trace asks for the way up several times
    col(Grid.id), col(Grid.tier), col(Grid.parent_id), col(Grid.valid_from), col(Grid.code)
).where(col(Grid.id).in_(bindparam("ids", expanding=True)))


def changes_of(session: Session, grid_ids: Collection[UUID]) -> list[Change]:
    """The changes of these grids, planned and past, the latest first."""
    query = select(Change).where(col(Change.grid_id).in_(grid_ids))
    return list(session.scalars(query.order_by(col(Change.from_at).desc(), col(Change.id).desc())))


def next_due(session: Session, *, now: datetime) -> Change | None:
    """The change that is to be carried out next, if one is due."""
    query = select(Change).where(
        col(Change.from_at) <= now, col(Change.done_at).is_(None), col(Change.off_at).is_(None)
    )
    ordered = query.order_by(col(Change.from_at), col(Change.planned_at), col(Change.id))
    return session.scalars(ordered.limit(1).with_for_update(skip_locked=True)).one_or_none()


def before(session: Session, grid_ids: Collection[UUID]) -> set[UUID]:
    """The grids that these took over from, with all that ever lay in those."""
    return {one for grid in forebears(session, grid_ids) for one in ids_below(session, grid)}


def hung(
    session: Session, grid_ids: Collection[UUID], *, at: datetime | None = None
) -> dict[UUID, tuple[int, UUID | None]]:
    """The tier of each grid and the grid it hangs below, or hung below at a moment."""
    found: dict[UUID, tuple[int, UUID | None]] = {}
    rows = session.execute(_HUNG, {"ids": list(grid_ids)})
    for one, tier, parent, since, code in rows:
        then = grid_by_code(session, code, at=at) if at is not None and since > at else None
        found[one] = tier, then.parent_id if then else parent
    return found


def ids_below(session: Session, grid_id: UUID) -> list[UUID]:
    """The ids of a grid and of all that ever lay in it."""
    path = select(col(Grid.path)).where(col(Grid.id) == grid_id)
    below = col(Grid.path).startswith(session.scalars(path).one(), autoescape=True)
    return list(session.scalars(select(col(Grid.id)).where(below)))


def cell_heirs(session: Session, change_id: UUID) -> list[CellHeir]:
    """Which cell took over from which by a change."""
    query = select(CellHeir).where(col(CellHeir.change_id) == change_id)
    return list(session.scalars(query.order_by(col(CellHeir.before_id), col(CellHeir.after_id))))


def grid_heirs(session: Session, change_id: UUID) -> list[GridHeir]:
    """Which grid took over from which by a change."""
    query = select(GridHeir).where(col(GridHeir.change_id) == change_id)
    return list(session.scalars(query.order_by(col(GridHeir.before_id), col(GridHeir.after_id))))


def heirs(session: Session, grid_ids: Collection[UUID]) -> set[UUID]:
    """All grids that took over from these, however far on."""
    found: set[UUID] = set()
    asked = set(grid_ids)
    while asked:
        query = select(col(GridHeir.after_id)).where(col(GridHeir.before_id).in_(asked))
        asked = set(session.scalars(query)) - found
        found |= asked
    return found


def forebears(session: Session, grid_ids: Collection[UUID]) -> set[UUID]:
    """All grids that these took over from, however far back."""
    found: set[UUID] = set()
    asked = set(grid_ids)
    while asked:
        query = select(col(GridHeir.before_id)).where(col(GridHeir.after_id).in_(asked))
        asked = set(session.scalars(query)) - found
        found |= asked
    return found


def held_whole(session: Session, grid_ids: Collection[UUID]) -> set[UUID]:
    """The grids that these once lay in whole: of what was split, never of what was merged."""
    found: set[UUID] = set()
    asked = set(grid_ids)
    while asked:
        query = (
            select(col(GridHeir.before_id))
            .join(Grid, col(Grid.id) == col(GridHeir.after_id))
            .where(col(GridHeir.after_id).in_(asked), col(GridHeir.m2) >= _WHOLE * col(Grid.area))
        )
        asked = set(session.scalars(query)) - found
        found |= asked
    return found


def retired_in(session: Session, grid: Grid) -> list[Any]:
    """The outlines of cells that ended without an heir in a grid or in those it took over from."""
    grids = {grid.id, *forebears(session, [grid.id])}
    found = shapes_of(session, Cell, col(Cell.grid_id).in_(grids) & col(Cell.retired))
    return list(found[1])
