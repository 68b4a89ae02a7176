"""Reading the grid: which cell and grids a place lies in, now and then, and what lies below."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import QueryableAttribute, aliased, defer
from sqlmodel import Session, col

from patrol.core.access import Actor, May, within
from patrol.core.store import covering
from patrol.grid.model import Cell, Grid, Tier
from patrol.grid.rules import sequence_number, whole

# Outlines are large and seldom needed: rows come without, and fetch theirs when asked.
_GRIDS = select(Grid).options(defer(cast("QueryableAttribute[Any]", Grid.boundary)))
_CELLS = select(Cell).options(defer(cast("QueryableAttribute[Any]", Cell.boundary)))


@dataclass(frozen=True)
class CellCard:
    """A cell as lists and phones need it; the point lies inside it (WGS 84)."""

    id: UUID
    code: str
    number: int
    lon: float
    lat: float
    grid_id: UUID


@dataclass(frozen=True)
class GridCard:
    """A grid as a line of the tree: where it hangs and how much lies below it."""

    id: UUID
    code: str
    name: str
    tier: int
    parent_id: UUID | None
    path: str
    area: float  # m²
    grids: int  # of the tiers below
    cells: int


def current(model: Any, at: datetime | None = None) -> ColumnElement[bool]:
    """The versions of grids or cells that are in force, now or at a past moment."""
    ends: ColumnElement[bool] = model.valid_to.is_(None)
    return ends if at is None else and_(model.valid_from <= at, or_(ends, model.valid_to > at))


# From a place


def cell_at(session: Session, lon: float, lat: float, *, at: datetime | None = None) -> Cell | None:
    """The cell that covers a WGS 84 point; on a common border the one with the lower code."""
    ids = covering(session, "cell", lon, lat)
    if not ids:
        return None
    query = _CELLS.where(col(Cell.id).in_(ids), current(Cell, at)).order_by(col(Cell.code))
    return session.scalars(query.limit(1)).one_or_none()


def cells_at(
    session: Session, spots: Sequence[tuple[float, float]], *, at: datetime | None = None
) -> list[Cell | None]:
    """The cell of each of several points, in their order."""
    return [cell_at(session, lon, lat, at=at) for lon, lat in spots]


def grid_at(session: Session, lon: float, lat: float, *, at: datetime | None = None) -> Grid | None:
    """The lowest grid that covers a point, whether or not it has cells."""
    ids = covering(session, "grid", lon, lat)
    if not ids:
        return None
    query = (
        _GRIDS.where(col(Grid.id).in_(ids), current(Grid, at))
        .order_by(col(Grid.tier).desc(), col(Grid.code))
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def grid_id_at(
    session: Session, lon: float, lat: float, *, at: datetime | None = None
) -> UUID | None:
    """The id under which the lowest grid that covers a point goes, whichever version covered it."""
    grid = grid_at(session, lon, lat, at=at)
    return lasting_id(session, grid) if grid else None


def lasting_id(session: Session, grid: Grid) -> UUID:
    """The id under which posts and plans know a grid, of which this may be a former version.

    A former version is written down later than the grid whose version it is, and ends where that
    one's next version begins; a grid that only has the same code is younger, or ended before.
    """
    if grid.valid_to is None:
        return grid.id
    query = select(col(Grid.id)).where(
        col(Grid.code) == grid.code,
        col(Grid.id) < grid.id,
        col(Grid.valid_from) >= grid.valid_to,
    )
    return session.scalar(query.order_by(col(Grid.id)).limit(1)) or grid.id


# The tree


def tiers(session: Session) -> list[Tier]:
    """The tiers from the top down."""
    return list(session.scalars(select(Tier).order_by(col(Tier.number))))


def grid_path(session: Session, grid_id: UUID, *, at: datetime | None = None) -> list[Grid]:
    """A grid and those above it, lowest first, as they are or as they were at a moment."""
    found: list[Grid] = []
    wanted: UUID | None = grid_id
    while wanted is not None and len(found) < 8:
        grid = session.scalars(_GRIDS.where(col(Grid.id) == wanted)).one_or_none()
        if grid is not None and at is not None and grid.valid_from > at:
            grid = grid_by_code(session, grid.code, at=at) or grid
        if grid is None:
            break
        found.append(grid)
        wanted = grid.parent_id
    return found


def right_below(session: Session, grid: Grid) -> list[Grid]:
    """The grids in force that hang right below one, by code."""
    query = _GRIDS.where(col(Grid.parent_id) == grid.id, current(Grid))
    return list(session.scalars(query.order_by(col(Grid.code))))


def below(session: Session, grid_id: UUID) -> list[Grid]:
    """A grid and all that lie in it, in order of the tree."""
    path = session.scalar(select(col(Grid.path)).where(col(Grid.id) == grid_id))
    if path is None:
        return []
    query = _GRIDS.where(col(Grid.path).startswith(path, autoescape=True), current(Grid))
    return list(session.scalars(query.order_by(col(Grid.path))))


def grid_by_code(session: Session, code: str, *, at: datetime | None = None) -> Grid | None:
    """The grid of that code, as it is or as it was at a moment."""
    query = _GRIDS.where(col(Grid.code) == code, current(Grid, at))
    return session.scalars(query.order_by(col(Grid.valid_from).desc()).limit(1)).one_or_none()


def grid_ever(session: Session, code: str) -> Grid | None:
    """The grid that goes by a code, or the last one that went by it."""
    ended = _GRIDS.where(col(Grid.code) == code).order_by(col(Grid.valid_to).desc()).limit(1)
    return grid_by_code(session, code) or session.scalars(ended).one_or_none()


def beside(session: Session, grid: Grid) -> list[Grid]:
    """The grids in force of the same tier under the same parent, by code."""
    above = col(Grid.parent_id)
    same = above.is_(None) if grid.parent_id is None else above == grid.parent_id
    query = _GRIDS.where(same, col(Grid.tier) == grid.tier, current(Grid))
    return list(session.scalars(query.order_by(col(Grid.code))))


def grids_of(session: Session, ids: Collection[UUID]) -> dict[UUID, Grid]:
    """Grids by id."""
    if not ids:
        return {}
    return {grid.id: grid for grid in session.scalars(_GRIDS.where(col(Grid.id).in_(ids)))}


def id_of(session: Session, code: str) -> UUID:
    """The id of the grid in force under a code."""
    query = select(col(Grid.id)).where(col(Grid.code) == code, current(Grid))
    return session.scalars(query).one()


def count_grids(session: Session, tier: int) -> int:
    """How many grids stand on a tier, ended ones too."""
    query = select(func.count(col(Grid.id))).where(col(Grid.tier) == tier)
    return session.scalar(query) or 0


def lowest(session: Session, grid: Grid) -> list[Grid]:
    """The grids in one that have none below them; itself, if it has none."""
    found = below(session, grid.id)
    above = {one.parent_id for one in found}
    return [one for one in found if one.id not in above]


def roots(session: Session) -> list[Grid]:
    """The grids that hang below no other."""
    query = _GRIDS.where(col(Grid.parent_id).is_(None), current(Grid))
    return list(session.scalars(query.order_by(col(Grid.code))))


def cards(session: Session, actor: Actor) -> list[GridCard]:
    """Every grid the reader may see, in order of the tree, with what lies below it."""
    return cards_within(session, within(actor, May.SEE_GRID, Grid))


def children(session: Session, grid: Grid) -> list[GridCard]:
    """The grids right below one, with what lies below each."""
    return [
        card
        for card in cards_within(session, col(Grid.path).startswith(grid.path, autoescape=True))
        if card.parent_id == grid.id
    ]


def tops(cards: Sequence[GridCard]) -> list[GridCard]:
    """Those of the cards whose parent is not among them: where a reader's tree begins."""
    known = {card.id for card in cards}
    return [card for card in cards if card.parent_id not in known]


def paths(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """Where grids hang in the tree, by id."""
    query = select(col(Grid.id), col(Grid.path)).where(col(Grid.id).in_(ids))
    return {row[0]: row[1] for row in session.execute(query)}


def cards_within(session: Session, condition: ColumnElement[bool]) -> list[GridCard]:
    """The grids in force that meet a condition, in order of the tree."""
    query = select(
        col(Grid.id), col(Grid.code), col(Grid.name), col(Grid.tier), col(Grid.parent_id),
        col(Grid.path), col(Grid.area),
    ).where(condition, current(Grid)).order_by(col(Grid.path))  # fmt: skip
    rows = session.execute(query).all()
    totals = dict.fromkeys([row.path for row in rows], (0, 0))
    for path, cells in _cell_counts(session, totals):
        parts = path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            above = "/".join(parts[:depth]) + "/"
            if above in totals:
                grids, before = totals[above]
                totals[above] = (grids + (above != path), before + cells)
    return [GridCard(*(*row, *totals[row.path])) for row in rows]


def _cell_counts(session: Session, paths: Iterable[str]) -> Iterable[Any]:
    """Each grid at or below these paths, by its own, with the cells right in it."""
    tops: list[str] = []
    for path in sorted(paths):
        if not (tops and path.startswith(tops[-1])):
            tops.append(path)
    below = [col(Grid.path).startswith(top, autoescape=True) for top in tops]
    query = (
        select(col(Grid.path), func.count(col(Cell.id)))
        .outerjoin(Cell, and_(col(Cell.grid_id) == col(Grid.id), current(Cell)))
        .where(or_(false(), *below), current(Grid))
        .group_by(col(Grid.path))
    )
    return session.execute(query)


# Cells


def cell_by_code(session: Session, code: str, *, at: datetime | None = None) -> Cell | None:
    """The cell of that code, as it is or as it was at a moment."""
    query = _CELLS.where(col(Cell.code) == code, current(Cell, at))
    return session.scalars(query.order_by(col(Cell.valid_from).desc()).limit(1)).one_or_none()


def cells_below(session: Session, grid: Grid, *, at: datetime | None = None) -> list[CellCard]:
    """The cells of a grid and of all below it, by grid and number.

    Of a past moment: by where each grid hung then, whatever hangs where today.
    """
    then = aliased(Grid)
    hung = col(Grid.path) if at is None else col(then.path)
    query = (
        select(
            col(Cell.id), col(Cell.code), col(Cell.number), col(Cell.lon), col(Cell.lat),
            col(Cell.grid_id),
        )
        .join(Grid, col(Grid.id) == col(Cell.grid_id))
        .where(hung.startswith(grid.path, autoescape=True), current(Cell, at))
        .order_by(hung, col(Cell.number))
    )  # fmt: skip
    if at is not None:
        query = query.join(then, and_(col(then.code) == col(Grid.code), current(then, at)))
    return [CellCard(*row) for row in session.execute(query)]


def cells_in(session: Session, grid_id: UUID) -> list[Cell]:
    """The cells in force of one lowest grid, by number."""
    query = _CELLS.where(col(Cell.grid_id) == grid_id, current(Cell))
    return list(session.scalars(query.order_by(col(Cell.number), col(Cell.code))))


def last_number(session: Session, grid_id: UUID) -> int:
    """The highest number a cell of a grid ever had."""
    query = select(func.max(col(Cell.number))).where(col(Cell.grid_id) == grid_id)
    return session.scalar(query) or 0


def last_of_sequence(session: Session, code: str) -> int:
    """The highest number ever given in the sequence of cell codes of a community or grid."""
    query = select(col(Cell.code)).where(col(Cell.code).startswith(code, autoescape=True))
    ends = (found.removeprefix(code) for found in session.scalars(query))
    return max((number for end in ends if (number := sequence_number(code, end))), default=0)


def count_cells(session: Session, grid: Grid) -> int:
    """How many cells lie in a grid and all below it."""
    query = (
        select(func.count(col(Cell.id)))
        .join(Grid, col(Grid.id) == col(Cell.grid_id))
        .where(col(Grid.path).startswith(grid.path, autoescape=True), current(Cell))
    )
    return session.scalar(query) or 0


# Outlines


def shape_of(session: Session, grid_id: UUID) -> shapely.MultiPolygon:
    """The outline of a grid in WGS 84."""
    query = select(func.ST_AsBinary(col(Grid.boundary))).where(col(Grid.id) == grid_id)
    return whole(shapely.from_wkb(bytes(session.scalars(query).one())))


def cell_shape(session: Session, cell_id: UUID) -> shapely.MultiPolygon:
    """The outline of a cell in WGS 84."""
    query = select(func.ST_AsBinary(col(Cell.boundary))).where(col(Cell.id) == cell_id)
    return whole(shapely.from_wkb(bytes(session.scalars(query).one())))


def shapes_of(session: Session, model: Any, condition: Any) -> tuple[list[UUID], NDArray[Any]]:
    """Ids and outlines of grids or cells, in order of their codes."""
    query = (
        select(col(model.id), func.ST_AsBinary(col(model.boundary)))
        .where(condition)
        .order_by(col(model.code))
    )
    rows = session.execute(query).all()
    outlines = np.array([bytes(row[1]) for row in rows], dtype=object)
    shapes: NDArray[Any] = np.asarray(shapely.from_wkb(outlines), dtype=object)
    return [row[0] for row in rows], shapes


def cell_shapes(session: Session, grid: Grid) -> list[tuple[CellCard, Any]]:
    """The cells below a grid with their outlines, by code."""
    card = Cell.id, Cell.code, Cell.number, Cell.lon, Cell.lat, Cell.grid_id
    return [(CellCard(*row), shape) for row, shape in outlined_cells(session, grid, card)]


def outlined_cells(
    session: Session, grid: Grid, columns: Iterable[Any], *, most: int | None = None
) -> Iterator[tuple[Any, Any]]:
    """Some columns of the cells below a grid, each row with its outline, by code."""
    query = (
        select(*columns, func.ST_AsBinary(col(Cell.boundary)))
        .join(Grid, col(Grid.id) == col(Cell.grid_id))
        .where(col(Grid.path).startswith(grid.path, autoescape=True), current(Cell))
    )
    rows = session.execute(query.order_by(col(Cell.code)).limit(most)).all()
    shapes = shapely.from_wkb([bytes(row[-1]) for row in rows])
    return zip((row[:-1] for row in rows), shapes, strict=True)


def grid_shapes(session: Session, ids: Collection[UUID]) -> tuple[list[UUID], NDArray[Any]]:
    """Ids and outlines of these grids, by code."""
    return shapes_of(session, Grid, col(Grid.id).in_(ids))


def cell_outlines(session: Session, grid_id: UUID) -> dict[str, bytes]:
    """The outlines of the cells of one grid in little-endian WKB, by code."""
    condition = and_(col(Cell.grid_id) == grid_id, current(Cell))
    query = select(col(Cell.code), func.ST_AsBinary(col(Cell.boundary))).where(condition)
    return {code: bytes(outline) for code, outline in session.execute(query)}


def shapes_by_id(session: Session, grid_id: UUID) -> Iterator[tuple[UUID, Any]]:
    """The outlines of the cells in force of one grid by their ids."""
    found = shapes_of(session, Cell, and_(col(Cell.grid_id) == grid_id, current(Cell)))
    return zip(*found, strict=True)


def outlined(session: Session) -> list[tuple[Grid, shapely.MultiPolygon]]:
    """Every grid in force with its outline, by path."""
    query = select(col(Grid.id), func.ST_AsBinary(col(Grid.boundary))).where(current(Grid))
    shapes = {row[0]: whole(shapely.from_wkb(bytes(row[1]))) for row in session.execute(query)}
    grids = session.scalars(_GRIDS.where(current(Grid)).order_by(col(Grid.path)))
    return [(grid, shapes[grid.id]) for grid in grids]
