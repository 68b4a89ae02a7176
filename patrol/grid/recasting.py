"""Carrying a change of grids or cells out: what was ends, heirs begin, nothing is overwritten."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from geoalchemy2.shape import from_shape
from shapely import LineString, MultiPolygon
from sqlmodel import Session

from patrol.core.access import Actor
from patrol.core.errors import Refused
from patrol.core.geo import area_m2
from patrol.core.store import uuid7
from patrol.grid import queries, reshaping, rules
from patrol.grid.model import Alters, Cell, CellHeir, Change, Grid, GridHeir, Level
from patrol.grid.rules import SLIP_M2

Terms = Mapping[str, Any]


def recast(session: Session, change: Change, *, at: datetime) -> None:
    """Do what a change says, as of `at`; raises `Refused` where it does not fit what there is."""
    grid = session.get(Grid, change.grid_id)
    if grid is None or grid.valid_to is not None:
        raise Refused("grid-ended", "grid")
    act = {
        (Level.GRID, Alters.SPLIT): _split_grid,
        (Level.GRID, Alters.MERGE): _merge_grids,
        (Level.GRID, Alters.RENAME): _rename_grid,
        (Level.GRID, Alters.RETIRE): _retire_grid,
        (Level.CELL, Alters.SPLIT): _split_cell,
        (Level.CELL, Alters.MERGE): _merge_cells,
        (Level.CELL, Alters.RENAME): _rename_cell,
        (Level.CELL, Alters.RETIRE): _retire_cells,
    }[change.level, change.kind]
    act(session, change, grid, at)
    session.flush()


def recut(
    session: Session,
    actor: Actor | None,
    grid: Grid,
    before: Mapping[UUID, Any],
    size: float,
    *,
    now: datetime,
) -> None:
    """Record that a grid was cut into cells anew, and which of them took over from which."""
    change = Change(
        level=Level.GRID,
        kind=Alters.RECUT,
        grid_id=grid.id,
        terms={"size_m": size},
        from_at=now,
        planned_by=actor.id if actor else None,
        planned_at=now,
        done_at=now,
    )
    session.add(change)
    session.flush()
    after = dict(queries.shapes_by_id(session, grid.id))
    session.add_all(
        CellHeir(before_id=one, after_id=other, change_id=change.id, m2=m2, at=now)
        for one, other, m2 in reshaping.shares(before, after)
    )


def halves(
    session: Session, grid: Grid, level: Level, terms: Terms
) -> tuple[MultiPolygon, MultiPolygon]:
    """The two parts that a split on these terms makes of a grid, or of a cell in it.

    Raises `Refused` as `recast` does.
    """
    if level is Level.CELL:
        (cell,) = _named(session, grid, [terms["cell"]])
        return _sides(queries.cell_shape(session, cell.id), terms)
    return _grid_halves(session, grid, queries.right_below(session, grid), terms)


# Grids


def _grid_halves(
    session: Session, grid: Grid, children: Sequence[Grid], terms: Terms
) -> tuple[MultiPolygon, MultiPolygon]:
    shape, members = queries.shape_of(session, grid.id), set(terms.get("members", ()))
    if members:
        there = _outlines(session, grid, children)
        if not members < there.keys():
            raise Refused("split-members", "members")
        apart = reshaping.united(there[code] for code in members)
        return reshaping.taken_out(shape, [apart]), apart
    if children:
        raise Refused("split-needs-members", "members")
    return _sides(shape, terms)


def _split_grid(session: Session, change: Change, grid: Grid, at: datetime) -> None:
    children = queries.right_below(session, grid)
    members = set(change.terms.get("members", ()))
    first, second = change.terms["parts"]
    shapes = _grid_halves(session, grid, children, change.terms)
    session.flush()
    grid.valid_to = at
    session.flush()
    heirs = [
        _begun(session, grid, part["code"], part["name"], area, at)
        for part, area in zip((first, second), shapes, strict=True)
    ]
    _inherit_grids(session, change, [grid], list(zip(heirs, shapes, strict=True)), at)
    for child in children:
        _hang(session, child, heirs[child.code in members], at)
    _move_cells(session, change, [grid], list(zip(heirs, shapes, strict=True)), at)


def _merge_grids(session: Session, change: Change, grid: Grid, at: datetime) -> None:
    codes = [code for code in change.terms["with"] if code != grid.code]
    others = [queries.grid_by_code(session, code) for code in codes]
    together = [grid, *(other for other in others if other is not None)]
    if len(together) != len(codes) + 1 or len(together) < 2:
        raise Refused("merge-unknown", "with")
    if {(one.tier, one.parent_id) for one in together} != {(grid.tier, grid.parent_id)}:
        raise Refused("merge-not-beside", "with")
    outlines = [queries.shape_of(session, one.id) for one in together]
    if not reshaping.hang_together(outlines):
        raise Refused("merge-apart", "with")
    children = [child for one in together for child in queries.right_below(session, one)]
    lowest = [not queries.right_below(session, one) for one in together]
    if any(lowest) and not all(lowest):
        raise Refused("merge-uneven", "with")
    shape = reshaping.united(outlines)
    for one in together:
        one.valid_to = at
    session.flush()
    heir = _begun(session, grid, change.terms["code"], change.terms["name"], shape, at)
    _inherit_grids(session, change, together, [(heir, shape)], at)
    for child in children:
        _hang(session, child, heir, at)
    _move_cells(session, change, together, [(heir, shape)], at)


def _rename_grid(session: Session, change: Change, grid: Grid, at: datetime) -> None:
    if change.terms["name"] == grid.name:
        raise Refused("name-same", "name")
    keep_former(session, grid, at)
    grid.name = change.terms["name"]


def _retire_grid(session: Session, _: Change, grid: Grid, at: datetime) -> None:
    for one in queries.below(session, grid.id):
        for cell in queries.cells_in(session, one.id):
            cell.valid_to = at
        one.valid_to = at


def keep_former(session: Session, grid: Grid, at: datetime) -> None:
    """Keep what a grid was beside it, as a version that ended; the grid itself keeps its id."""
    former = {name: getattr(grid, name) for name in Grid.model_fields if name != "id"}
    shape = from_shape(queries.shape_of(session, grid.id), srid=4326)
    session.add(Grid(**{**former, "boundary": shape, "valid_to": at}))
    grid.valid_from = at


def _begun(
    session: Session, like: Grid, code: str, name: str, shape: MultiPolygon, at: datetime
) -> Grid:
    if queries.grid_by_code(session, code) is not None:
        raise Refused("code-taken", "code", given=code)
    above = like.path.removesuffix(f"{like.code}/")
    grid = Grid(
        code=code,
        name=name,
        tier=like.tier,
        parent_id=like.parent_id,
        path=f"{above}{code}/",
        area=round(area_m2(shape), 1),
        boundary=from_shape(shape, srid=4326),
        valid_from=at,
    )
    session.add(grid)
    session.flush()
    return grid


def _hang(session: Session, child: Grid, parent: Grid, at: datetime) -> None:
    """Hang a grid with all below it under another; each keeps what it was."""
    before, after = child.path, f"{parent.path}{child.code}/"
    for one in queries.below(session, child.id):
        keep_former(session, one, at)
        one.path = after + one.path.removeprefix(before)
    child.parent_id = parent.id
    session.flush()


def _inherit_grids(
    session: Session,
    change: Change,
    before: Sequence[Grid],
    after: Sequence[tuple[Grid, MultiPolygon]],
    at: datetime,
) -> None:
    old = {grid.id: queries.shape_of(session, grid.id) for grid in before}
    for one, other, m2 in reshaping.shares(old, {grid.id: shape for grid, shape in after}):
        session.add(GridHeir(before_id=one, after_id=other, change_id=change.id, m2=m2, at=at))


def _outlines(session: Session, grid: Grid, children: Sequence[Grid]) -> dict[str, Any]:
    """The outlines of what lies right below a grid, by code: grids, or the cells of the lowest."""
    if children:
        return {one.code: queries.shape_of(session, one.id) for one in children}
    return {card.code: shape for card, shape in queries.cell_shapes(session, grid)}


def _sides(shape: MultiPolygon, terms: Terms) -> tuple[MultiPolygon, MultiPolygon]:
    sides = reshaping.split_along(shape, LineString(terms["line"]))
    if sides is None:
        raise Refused("line-crosses-nothing", "line")
    return sides


# Cells


def _move_cells(
    session: Session,
    change: Change,
    before: Sequence[Grid],
    after: Sequence[tuple[Grid, MultiPolygon]],
    at: datetime,
) -> None:
    """Give every cell of the grids that ended an heir in the grids that began.

    A cell that lies in one of them keeps its code, number and outline; one that lies in two is
    cut, and its parts get new codes.
    """
    held = [queries.cells_in(session, grid.id) for grid in before]
    last = max((cell.number for cell in held[0]), default=0)
    for place, cell in ((place, cell) for place, cells in enumerate(held) for cell in cells):
        shape = queries.cell_shape(session, cell.id)
        parts = [
            (heir, part) for heir, area in after if area_m2(part := _inside(shape, area)) > SLIP_M2
        ] or [(after[0][0], shape)]
        cell.valid_to = at
        if len(parts) == 1 and place == 0:
            _place(session, change, [cell], parts[0][0], shape, cell.code, cell.number, at)
            continue
        for heir, part in parts:
            last += 1
            whole = len(parts) == 1
            code = cell.code if whole else _fresh_code(session, heir)
            _place(session, change, [cell], heir, shape if whole else part, code, last, at)


def _inside(shape: MultiPolygon, area: MultiPolygon) -> MultiPolygon:
    return shape if area.covers(shape) else rules.whole(shapely.intersection(shape, area))


def _split_cell(session: Session, change: Change, grid: Grid, at: datetime) -> None:
    (cell,) = _named(session, grid, [change.terms["cell"]])
    sides = _sides(queries.cell_shape(session, cell.id), change.terms)
    cell.valid_to = at
    for side in sides:
        _place(session, change, [cell], grid, side, _fresh_code(session, grid), None, at)


def _merge_cells(session: Session, change: Change, grid: Grid, at: datetime) -> None:
    cells = _named(session, grid, change.terms["cells"])
    if len(cells) < 2:
        raise Refused("merge-unknown", "cells")
    shapes = [queries.cell_shape(session, cell.id) for cell in cells]
    if not reshaping.hang_together(shapes):
        raise Refused("merge-apart", "cells")
    for cell in cells:
        cell.valid_to = at
    shape, code = reshaping.united(shapes), _fresh_code(session, grid)
    _place(session, change, cells, grid, shape, code, None, at)


def _rename_cell(session: Session, change: Change, grid: Grid, _: datetime) -> None:
    (cell,) = _named(session, grid, [change.terms["cell"]])
    if cell.name == change.terms["name"]:
        raise Refused("name-same", "name")
    change.terms = {**change.terms, "before": cell.name}
    cell.name = change.terms["name"]


def _retire_cells(session: Session, change: Change, grid: Grid, at: datetime) -> None:
    for cell in _named(session, grid, change.terms["cells"]):
        cell.valid_to, cell.retired = at, True


def _named(session: Session, grid: Grid, codes: Iterable[str]) -> list[Cell]:
    wanted = set(codes)
    found = [cell for cell in queries.cells_in(session, grid.id) if cell.code in wanted]
    if len(found) < max(1, len(wanted)):
        raise Refused("cells-unknown", "cells")
    return found


def _place(
    session: Session,
    change: Change,
    before: Sequence[Cell],
    grid: Grid,
    shape: MultiPolygon,
    code: str,
    number: int | None,
    at: datetime,
) -> None:
    point = shapely.centroid(shape)
    if not shapely.contains(shape, point):
        point = shapely.point_on_surface(shape)
    cell = Cell(
        id=uuid7(),
        code=code,
        grid_id=grid.id,
        number=queries.last_number(session, grid.id) + 1 if number is None else number,
        provisional=len(code) != 15 or not code.isdigit(),
        area=round(area_m2(shape), 1),
        lon=round(point.x, 6),
        lat=round(point.y, 6),
        boundary=from_shape(shape, srid=4326),
        valid_from=at,
        name=before[0].name if len(before) == 1 else "",
    )
    session.add(cell)
    session.flush()
    for one in before:
        m2 = min(one.area, cell.area)
        session.add(CellHeir(before_id=one.id, after_id=cell.id, change_id=change.id, m2=m2, at=at))


def _fresh_code(session: Session, grid: Grid) -> str:
    """The next code of a grid's sequence; a number once given is never given again."""
    path = queries.grid_path(session, grid.id)
    own = next((one.code for one in path if rules.is_community(one.code)), grid.code)
    return rules.cell_code(own, queries.last_of_sequence(session, own) + 1)
