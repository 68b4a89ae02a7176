"""Taking areas into the grid and cutting them into cells, without overwriting what was."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from geoalchemy2.shape import from_shape
from shapely import MultiPolygon
from sqlalchemy import bindparam, func, insert, update
from sqlmodel import Session, col

from patrol.core.access import Actor
from patrol.core.errors import Refused
from patrol.core.geo import Datum, Plane, area_m2, plane_round
from patrol.core.store import uuid7
from patrol.grid import lineage, queries, rules
from patrol.grid.cutting import Cut, cut
from patrol.grid.files import Doubt, Reading
from patrol.grid.model import Cell, Grid, Tier
from patrol.grid.recasting import recut
from patrol.grid.rules import Area, Fault
from patrol.ledger.service import note

BATCH = 1_000
_INSIDE = 0.9  # of an area must lie in the grid that becomes its parent by place


@dataclass(frozen=True)
class Judgement:
    """What an import would do: what is wrong, what was mended, what is new or changes."""

    tier: int
    datum: str
    areas: Sequence[Area]
    parents: Mapping[str, Grid | None]  # by code of the area
    faults: Sequence[Fault]
    mended: Mapping[str, float]  # m² changed, by code
    doubts: Sequence[Doubt]
    new: Sequence[str]
    changed: Sequence[str]
    same: Sequence[str]


@dataclass(frozen=True)
class Cutting:
    """The lowest grids that share one sequence of cell codes: those of a community, or one."""

    code: str
    grids: Sequence[Grid]
    plane: Plane


@dataclass(frozen=True)
class Generated:
    """What cutting came to."""

    grids: int
    cells: int  # new ones
    kept: int  # that were there already, the same
    closed: int  # older ones that are no longer in force


# Tiers


def name_tiers(
    session: Session, actor: Actor | None, names: Sequence[tuple[str, str]], *, now: datetime
) -> None:
    """Call the tiers so, from the top down (Chinese, English).

    Raises `Refused`: `tiers-few` when grids stand on a tier that would vanish.
    """
    taken = [tier for tier in queries.tiers(session) if tier.number > len(names)]
    for tier in taken:
        if queries.count_grids(session, tier.number):
            raise Refused("tiers-few", "tier", tier=tier.number)
        session.delete(tier)
    for number, (name, name_en) in enumerate(names, 1):
        session.merge(Tier(number=number, name=name, name_en=name_en))
    note(session, actor, "grid.tiers-named", "tiers:all", {"names": [n for n, _ in names]}, at=now)


# Importing


def judge(
    session: Session, reading: Reading, tier: int, stated: Datum, *, repair: bool = False
) -> Judgement:
    """What importing these areas as a tier would do; nothing is changed.

    With `repair` the areas are mended first. Raises `Refused`: `tier-unknown`, `parent-unknown`,
    `parent-unclear`, `code-other-tier`.
    """
    numbers = [one.number for one in queries.tiers(session)] or [one[0] for one in rules.TIERS]
    if tier not in numbers:
        raise Refused("tier-unknown", "tier", tier=tier, most=max(numbers))
    areas: Sequence[Area] = reading.areas
    mended: Mapping[str, float] = {}
    if repair:
        areas, mended = rules.mended(areas)
    known = {grid.code: (grid, shape) for grid, shape in queries.outlined(session)}
    for area in areas:
        if area.code in known and known[area.code][0].tier != tier:
            other = known[area.code][0].tier
            raise Refused("code-other-tier", "code", area=area.code, tier=other)
    doubts = [*reading.doubts, *_shifted(areas, known, tier, stated)]
    above = [(grid, shape) for grid, shape in known.values() if grid.tier == tier - 1]
    parents = {area.code: _parent(area, above, tier, doubts) for area in areas}
    codes = {area.code for area in areas}
    beside = [
        Area(grid.code, grid.name, shape)
        for grid, shape in known.values()
        if grid.tier == tier and grid.code not in codes
    ]
    news = _news(areas, parents, known)
    return Judgement(
        tier, stated.name, areas, parents, _faults(areas, beside), mended, doubts, *news
    )


def import_areas(
    session: Session, actor: Actor | None, judged: Judgement, *, now: datetime
) -> list[Grid]:
    """Store the areas as grids; raises `Refused` (`areas-faulty`) when one of them is not sound.

    A grid that changes keeps its id, so posts and plans stay with it; what it was is kept beside
    it as a version that has ended.
    """
    if judged.faults:
        raise Refused("areas-faulty", "file", count=len(judged.faults))
    if not queries.tiers(session):
        session.add_all(Tier(number=n, name=zh, name_en=en) for n, zh, en in rules.TIERS)
        session.flush()
    changed, new = set(judged.changed), set(judged.new)
    grids = []
    for area in judged.areas:
        parent = judged.parents[area.code]
        if area.code in new:
            grids.append(_added(session, area, judged.tier, parent, now))
        elif area.code in changed:
            grids.append(_changed(session, area, parent, now))
    session.flush()
    facts = {
        "tier": judged.tier,
        "datum": judged.datum,
        "new": sorted(new),
        "changed": sorted(changed),
        "mended_m2": dict(sorted(judged.mended.items())),
        "sha256": _digest(area.shape for area in judged.areas),
    }
    note(session, actor, "grid.imported", f"import:{uuid7()}", facts, at=now)
    return grids


def _faults(areas: Sequence[Area], beside: Sequence[Area]) -> list[Fault]:
    own = {area.code for area in areas}
    near = shapely.box(*shapely.total_bounds([area.shape for area in areas]))
    around = [area for area in beside if shapely.intersects(area.shape, near)]
    return [fault for fault in rules.faults([*areas, *around]) if own & set(fault.codes)]


def _shifted(
    areas: Sequence[Area],
    known: Mapping[str, tuple[Grid, MultiPolygon]],
    tier: int,
    stated: Datum,
) -> list[Doubt]:
    for beside in (tier, tier - 1, tier + 1):
        others = [shape for grid, shape in known.values() if grid.tier == beside]
        shift = rules.apparent_shift(
            [area.shape for area in areas], others, stated_gcj02=stated.name == "gcj02"
        )
        if shift:
            return [Doubt(f"looks-{shift.value}", {"tier": beside})]
    return []


def _parent(
    area: Area, above: Sequence[tuple[Grid, MultiPolygon]], tier: int, doubts: list[Doubt]
) -> Grid | None:
    if tier == 1:
        return None
    if not above:
        raise Refused("parent-missing", "tier", tier=tier - 1)
    if area.parent is not None:
        for grid, _ in above:
            if grid.code in {area.parent, area.parent.rstrip("0")} or (
                grid.code.ljust(12, "0") == area.parent
            ):
                return grid
        raise Refused("parent-unknown", "parent", area=area.code, given=area.parent)
    sound = rules.valid(area.shape)
    shares = [
        (area_m2(rules.whole(shapely.intersection(sound, shape))), grid) for grid, shape in above
    ]
    most, parent = max(shares, key=lambda share: (share[0], share[1].code))
    if most < _INSIDE * area_m2(sound):
        raise Refused("parent-unclear", "parent", area=area.code, name=area.name)
    if not any(doubt.code == "parent-by-place" for doubt in doubts):
        doubts.append(Doubt("parent-by-place"))
    return parent


def _news(
    areas: Sequence[Area],
    parents: Mapping[str, Grid | None],
    known: Mapping[str, tuple[Grid, MultiPolygon]],
) -> tuple[list[str], list[str], list[str]]:
    new: list[str] = []
    changed: list[str] = []
    same: list[str] = []
    for area in areas:
        if area.code not in known:
            new.append(area.code)
            continue
        grid, shape = known[area.code]
        parent = parents[area.code]
        told = (area.name, parent.id if parent else None)
        stays = told == (grid.name, grid.parent_id) and shapely.equals_exact(area.shape, shape, 0)
        (same if stays else changed).append(area.code)
    return new, changed, same


def _added(session: Session, area: Area, tier: int, parent: Grid | None, now: datetime) -> Grid:
    grid = Grid(
        code=area.code,
        name=area.name,
        tier=tier,
        parent_id=parent.id if parent else None,
        path=f"{parent.path if parent else ''}{area.code}/",
        area=round(area_m2(area.shape), 1),
        boundary=from_shape(area.shape, srid=4326),
        valid_from=now,
    )
    session.add(grid)
    return grid


def _changed(session: Session, area: Area, parent: Grid | None, now: datetime) -> Grid:
    grid = session.get_one(Grid, queries.id_of(session, area.code))
    before = {name: getattr(grid, name) for name in Grid.model_fields if name != "id"}
    shape = queries.shape_of(session, grid.id)
    former = {**before, "boundary": from_shape(shape, srid=4326), "valid_to": now}
    session.add(Grid(**former))
    path = f"{parent.path if parent else ''}{area.code}/"
    if path != grid.path:
        for lower in queries.below(session, grid.id)[1:]:
            lower.path = path + lower.path.removeprefix(grid.path)
    grid.name, grid.parent_id, grid.path = area.name, parent.id if parent else None, path
    grid.area = round(area_m2(area.shape), 1)
    grid.boundary = from_shape(area.shape, srid=4326)
    grid.valid_from = now
    return grid


# Cells


def cuttings(session: Session, within: Sequence[Grid]) -> list[Cutting]:
    """The lowest grids in these, by the community whose sequence their cells are numbered in.

    All squares stand on a plane of the topmost grid, so a part cut alone and the whole cut
    together give the same cells.
    """
    together: dict[str, list[Grid]] = {}
    planes: dict[UUID, Plane] = {}
    top_of: dict[str, UUID] = {}
    for grid in within:
        for lowest in queries.lowest(session, grid):
            path = queries.grid_path(session, lowest.id)
            community = next((one for one in path if rules.is_community(one.code)), lowest)
            same = together.setdefault(community.code, [])
            if lowest.id not in {one.id for one in same}:
                same.append(lowest)
            top_of[community.code] = path[-1].id
            if path[-1].id not in planes:
                shape = queries.shape_of(session, path[-1].id)
                planes[path[-1].id] = plane_round(shape, digits=0)
    return [Cutting(code, grids, planes[top_of[code]]) for code, grids in together.items()]


def generate(
    session: Session,
    actor: Actor | None,
    cuttings: Iterable[Cutting],
    size: float,
    *,
    now: datetime,
) -> Generated:
    """Cut grids into cells of `size` metres; the same input gives the same codes.

    Cells that come out as they are stay; where any differs, the grid's older cells end and new
    ones begin.
    """
    grids = cells = kept = closed = 0
    for cutting in cuttings:
        fresh = _numbered(session, cutting, size)
        for grid, rows in fresh:
            before = queries.cell_outlines(session, grid.id)
            grids += 1
            if before == {row["code"]: row["outline"] for row in rows}:
                kept += len(rows)
                continue
            shapes = dict(queries.shapes_by_id(session, grid.id)) if before else {}
            _end_cells(session, grid, now)
            _insert(session, rows, now)
            if before:
                recut(session, actor, grid, shapes, size, now=now)
            closed, cells = closed + len(before), cells + len(rows)
            digest = hashlib.sha256(b"".join(row["outline"] for row in rows)).hexdigest()
            facts = {"size_m": size, "cells": len(rows), "ended": len(before), "sha256": digest}
            note(session, actor, "grid.cut", f"grid:{grid.id}", facts, at=now)
    return Generated(grids, cells, kept, closed)


def _numbered(
    session: Session, cutting: Cutting, size: float
) -> list[tuple[Grid, list[dict[str, Any]]]]:
    pieces: list[tuple[Cut, int]] = []
    for place, grid in enumerate(cutting.grids):
        shape = queries.shape_of(session, grid.id)
        pieces += [(piece, place) for piece in cut(shape, size, cutting.plane)]
    pieces.sort(key=lambda one: (one[0].row, one[0].column, one[1]))
    codes, provisional = rules.cell_codes(cutting.code, len(pieces))
    rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
    outlines = shapely.to_wkb([piece.shape for piece, _ in pieces], byte_order=1)
    for (piece, place), code, outline in zip(pieces, codes, outlines, strict=True):
        point = piece.shape.centroid
        if not piece.shape.contains(point):
            point = piece.shape.representative_point()
        rows[place].append(
            {
                "id": uuid7(),
                "code": code,
                "grid_id": cutting.grids[place].id,
                "number": len(rows[place]) + 1,
                "provisional": provisional,
                "area": round(piece.m2, 1),
                "lon": round(point.x, 6),
                "lat": round(point.y, 6),
                "outline": outline,
            }
        )
    return [(grid, rows[place]) for place, grid in enumerate(cutting.grids)]


def _end_cells(session: Session, grid: Grid, now: datetime) -> None:
    session.execute(
        update(Cell)
        .where(col(Cell.grid_id) == grid.id, queries.current(Cell))
        .values(valid_to=now)
        .execution_options(synchronize_session=False)
    )


def _insert(session: Session, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    statement = insert(Cell.__table__).values(  # type: ignore[attr-defined]
        boundary=func.ST_GeomFromWKB(bindparam("outline"), 4326), valid_from=now, valid_to=None
    )
    for start in range(0, len(rows), BATCH):
        session.connection().execute(statement, rows[start : start + BATCH])


# Checking what is stored


def check_tier(session: Session, tier: int) -> list[Fault]:
    """Everything wrong among the grids of a tier and against those above them."""
    outlined = queries.outlined(session)
    shapes = {grid.id: shape for grid, shape in outlined}
    here = [(grid, Area(grid.code, grid.name, shape)) for grid, shape in outlined
            if grid.tier == tier]  # fmt: skip
    found = rules.faults([area for _, area in here])
    for grid, area in here:
        if grid.parent_id in shapes:
            found += rules.outside(area, shapes[grid.parent_id])
    return found


def check_cells(session: Session, grid: Grid) -> list[Fault]:
    """Where the cells of a lowest grid do not tile it; what was retired needs no cell."""
    cells = [Area(card.code, "", shape) for card, shape in queries.cell_shapes(session, grid)]
    shape = queries.shape_of(session, grid.id)
    if retired := lineage.retired_in(session, grid):
        shape = rules.whole(shapely.difference(shape, shapely.union_all(retired)))
    area = Area(grid.code, grid.name, shape)
    return rules.untiled(area, cells) if cells else []


def _digest(shapes: Iterable[MultiPolygon]) -> str:
    return hashlib.sha256(b"".join(shape.wkb for shape in shapes)).hexdigest()
