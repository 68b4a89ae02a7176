"""What makes the areas of a tier sound: whole, apart from one another and without gaps."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from patrol.core.geo import Plane, area_m2, gcj02_from_wgs84, plane_round, wgs84_from_gcj02

CELL_M2 = 10_000.0  # a hole in the common outline that is smaller is a gap, a larger one a hole
SLIP_M2 = 1.0  # what neighbours may overlap or miss without anybody noticing
TIERS = ((1, "街道", "Street"), (2, "社区", "Community"), (3, "责任网格", "Responsibility grid"))
_EDGE_M = 0.01  # borders closer than this are the same border
_FINE = 1e-11  # degrees; about a micrometre
_PASSES = 5
_CODE = re.compile(r"[\w.\-]{1,32}")
_REASON = re.compile(r"(.+)\[(\S+) (\S+)\]")


class FaultKind(StrEnum):
    """What can be wrong with the areas of a tier."""

    INVALID = "invalid"
    OVERLAP = "overlap"
    GAP = "gap"
    CODE_TWICE = "code-twice"
    OUTSIDE = "outside"  # ground of a grid that its parent does not have
    UNCOVERED = "uncovered"  # ground of a grid that no cell of it has


class Shift(StrEnum):
    """Which way an import seems to be off against what is already in the grid."""

    IS_GCJ02 = "is-gcj02"  # it looks shifted as GCJ-02 although another datum was stated
    IS_NOT_GCJ02 = "is-not-gcj02"  # it looks as if it had been WGS 84 although GCJ-02 was stated


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, whose it is, how large it is and where to look."""

    kind: FaultKind
    codes: tuple[str, ...]
    spot: tuple[float, float]
    m2: float = 0.0
    reason: str | None = None


@dataclass(frozen=True)
class Area:
    """One feature of a file, or one grid: a code, a name and an outline in WGS 84.

    A file's outline is judged in the file's own coordinates, because conversion moves corners by
    some micrometres and can hide what is wrong; the verdict travels with it as `flaw`.
    """

    code: str
    name: str
    shape: MultiPolygon
    parent: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    flaw: Fault | None = None


def is_code(text: str) -> bool:
    """Whether a text may be the code of a grid: short, and fit for an address."""
    return _CODE.fullmatch(text) is not None and text not in {".", ".."}


def whole(geometry: BaseGeometry) -> MultiPolygon:
    """The polygons in a geometry; lines and points, which have no area, fall away."""
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type != "MultiPolygon"]
    parts += [
        polygon
        for part in shapely.get_parts(geometry)
        if part.geom_type == "MultiPolygon"
        for polygon in part.geoms
    ]
    return MultiPolygon([part for part in parts if isinstance(part, Polygon) and part.area > 0])


def flaw(code: str, shape: BaseGeometry) -> Fault | None:
    """What makes one outline invalid, and where, in its own coordinates."""
    if shapely.is_empty(shape):
        return Fault(FaultKind.INVALID, (code,), (0.0, 0.0), reason="empty")
    if shapely.is_valid(shape):
        return None
    told = _REASON.fullmatch(shapely.is_valid_reason(shape))
    reason = told[1].strip().lower().replace(" ", "-") if told else "invalid"
    spot = (float(told[2]), float(told[3])) if told else (0.0, 0.0)
    return Fault(FaultKind.INVALID, (code,), spot, reason=reason)


def valid(shape: MultiPolygon) -> MultiPolygon:
    """The same outline made valid; what the rings enclose stays in."""
    if shapely.is_valid(shape):
        return shape
    return whole(shapely.make_valid(shape, method="structure", keep_collapsed=False))


# What is wrong


def faults(areas: Sequence[Area]) -> list[Fault]:
    """Everything wrong with the areas of one tier; what is invalid is judged as if mended."""
    mended = [replace(area, shape=valid(area.shape)) for area in areas]
    return [*_twice(areas), *_invalid(areas), *overlaps(mended), *gaps(mended)]


def overlaps(areas: Sequence[Area]) -> list[Fault]:
    """Pairs of valid areas that share more than a slip."""
    return [
        Fault(FaultKind.OVERLAP, (areas[i].code, areas[j].code), _spot(shared), area_m2(shared))
        for i, j, shared in _shared(areas)
    ]


def gaps(areas: Sequence[Area]) -> list[Fault]:
    """Holes in the common outline that are smaller than a cell, with the areas round them."""
    return [
        Fault(FaultKind.GAP, tuple(areas[i].code for i in round_it), _spot(hole), area_m2(hole))
        for hole, round_it in _holes(areas)
    ]


def outside(area: Area, parent: MultiPolygon) -> list[Fault]:
    """More than a cell, or a hundredth, of an area that its parent does not have."""
    beyond = whole(shapely.difference(area.shape, parent))
    m2 = area_m2(beyond)
    if m2 <= min(CELL_M2, 0.01 * area_m2(area.shape)):
        return []
    return [Fault(FaultKind.OUTSIDE, (area.code,), _spot(beyond), m2)]


def untiled(area: Area, cells: Sequence[Area]) -> list[Fault]:
    """Where the cells of an area leave ground out, stick out of it, or share ground."""
    together = shapely.union_all([cell.shape for cell in cells])
    beside = {
        FaultKind.UNCOVERED: whole(shapely.difference(area.shape, together)),
        FaultKind.OUTSIDE: whole(shapely.difference(together, area.shape)),
    }
    found = [
        Fault(kind, (area.code,), _spot(part), area_m2(part))
        for kind, parts in beside.items()
        for part in parts.geoms
        if area_m2(part) > SLIP_M2
    ]
    summed = sum(area_m2(cell.shape) for cell in cells)
    return found + (overlaps(cells) if summed - area_m2(whole(together)) > SLIP_M2 else [])


def _twice(areas: Sequence[Area]) -> list[Fault]:
    first: dict[str, Area] = {}
    found = []
    for area in areas:
        if area.code in first:
            found.append(Fault(FaultKind.CODE_TWICE, (area.code,), _spot(area.shape)))
        first.setdefault(area.code, area)
    return found


def _invalid(areas: Sequence[Area]) -> list[Fault]:
    found = (area.flaw or flaw(area.code, area.shape) for area in areas)
    return [fault for fault in found if fault]


def _shared(areas: Sequence[Area]) -> list[tuple[int, int, MultiPolygon]]:
    shapes = np.array([area.shape for area in areas], dtype=object)
    if len(shapes) < 2:
        return []
    one, other = STRtree(shapes).query(shapes, predicate="intersects")
    apart = one < other
    pairs = sorted(zip(one[apart].tolist(), other[apart].tolist(), strict=True))
    found = ((i, j, whole(shapely.intersection(shapes[i], shapes[j]))) for i, j in pairs)
    return [(i, j, shared) for i, j, shared in found if area_m2(shared) > SLIP_M2]


def _holes(areas: Sequence[Area]) -> list[tuple[Polygon, list[int]]]:
    shapes = np.array([area.shape for area in areas], dtype=object)
    if not len(shapes):
        return []
    together = whole(shapely.union_all(shapes))
    holes = [Polygon(ring) for part in together.geoms for ring in part.interiors]
    small = [hole for hole in holes if SLIP_M2 < area_m2(hole) < CELL_M2]
    small.sort(key=lambda hole: (-hole.bounds[3], hole.bounds[0]))
    tree = STRtree(shapes)
    return [(hole, sorted(tree.query(hole, predicate="intersects").tolist())) for hole in small]


def _spot(shape: BaseGeometry) -> tuple[float, float]:
    if shapely.is_empty(shape):
        return 0.0, 0.0
    valid = shape if shapely.is_valid(shape) else shapely.make_valid(shape)
    point = shapely.point_on_surface(valid)
    return round(point.x, 6), round(point.y, 6)


# Mending


def mended(areas: Sequence[Area]) -> tuple[list[Area], dict[str, float]]:
    """The areas without their faults, and by how many m² each of them changed.

    Parts under one code and name become one area; an overlap stays with the smaller of the two
    (which loses least by it, and cannot vanish); a gap goes to the neighbour with the longest
    border on it. The same areas always mend the same way; what cannot be mended stays as it is.
    """
    joined = _joined(areas)
    sound = [replace(area, shape=valid(area.shape), flaw=None) for area in joined]
    closed = _closed(_settled(sound))
    changes = {}
    for raw, before, after in zip(joined, sound, closed, strict=True):
        if raw.flaw is None and raw.shape is after.shape:
            continue
        moved = area_m2(whole(shapely.symmetric_difference(before.shape, after.shape)))
        mending = raw.flaw.m2 if raw.flaw else abs(area_m2(raw.shape) - area_m2(before.shape))
        changes[raw.code] = round(moved + mending, 1)
    return closed, changes


def _joined(areas: Sequence[Area]) -> list[Area]:
    together: dict[tuple[str, str, str | None], list[Area]] = defaultdict(list)
    for area in areas:
        together[area.code, area.name, area.parent].append(area)
    return [same[0] if len(same) == 1 else _one(same) for same in together.values()]


def _one(parts: Sequence[Area]) -> Area:
    flawed = [part.flaw for part in parts if part.flaw]
    shape = whole(shapely.union_all([valid(part.shape) for part in parts]))
    return replace(parts[0], shape=shape, flaw=next(iter(flawed), None))


def _settled(areas: Sequence[Area]) -> list[Area]:
    smaller_first = sorted(
        range(len(areas)), key=lambda i: (area_m2(areas[i].shape), areas[i].code)
    )
    rank = {i: place for place, i in enumerate(smaller_first)}
    loses: dict[int, list[int]] = defaultdict(list)
    for i, j, _ in _shared(areas):
        winner, loser = sorted((i, j), key=rank.__getitem__)
        loses[loser].append(winner)
    settled = list(areas)
    for i in smaller_first:
        if i in loses:
            taken = shapely.union_all([settled[j].shape for j in loses[i]])
            left = whole(shapely.difference(areas[i].shape, taken))
            parts = [part for part in left.geoms if area_m2(part) > SLIP_M2]
            settled[i] = replace(areas[i], shape=MultiPolygon(parts))
    return settled


def _closed(areas: Sequence[Area]) -> list[Area]:
    closed = list(areas)
    if not closed:
        return closed
    plane = plane_round([area.shape for area in closed])
    for _ in range(_PASSES):  # closing one gap may leave another enclosed
        holes = _holes(closed)
        for hole, round_it in holes:
            if round_it:
                taker = _longest_border(hole, round_it, closed, plane)
                filled = shapely.union(closed[taker].shape, hole, grid_size=_FINE)
                closed[taker] = replace(closed[taker], shape=whole(filled))
        if not holes:
            break
    return closed


def _longest_border(
    hole: Polygon, round_it: Sequence[int], areas: Sequence[Area], plane: Plane
) -> int:
    rim = shapely.buffer(plane.forward(hole), _EDGE_M)
    around = shapely.buffer(hole, 1e-4).bounds
    metres = {}
    for i in round_it:
        near = shapely.clip_by_rect(shapely.boundary(areas[i].shape), *around)
        metres[i] = round(shapely.length(shapely.intersection(plane.forward(near), rim)), 2)
    return max(round_it, key=lambda i: (metres[i], areas[i].code))


# A file in the wrong datum


def apparent_shift(
    areas: Sequence[BaseGeometry], known: Sequence[BaseGeometry], *, stated_gcj02: bool
) -> Shift | None:
    """Whether an import would lie far better on the known grids with the other datum.

    All areas together, or the one that shares most with the known ones, must cover nearly the
    same ground as these, or one nearly the whole of the other; otherwise, and where the shift
    changes little, there is nothing to compare and the answer is None.
    """
    if not areas or not known:
        return None
    sound = [valid(whole(area)) for area in areas]
    old = whole(shapely.union_all([valid(whole(area)) for area in known]))
    shared = [area_m2(whole(shapely.intersection(area, old))) for area in sound]
    likeliest = sound[max(range(len(sound)), key=shared.__getitem__)]
    other_way = gcj02_from_wgs84 if stated_gcj02 else wgs84_from_gcj02
    for new in (whole(shapely.union_all(sound)), likeliest):
        now, then = _misfit(new, old), _misfit(valid(_turned(new, other_way)), old)
        if now is not None and then is not None and now > 100_000 and then < now / 2:
            return Shift.IS_NOT_GCJ02 if stated_gcj02 else Shift.IS_GCJ02
    return None


def _misfit(one: MultiPolygon, other: MultiPolygon) -> float | None:
    """Square metres that one should share with the other and does not; None without a base."""
    shared = area_m2(whole(shapely.intersection(one, other)))
    sizes = area_m2(one), area_m2(other)
    outside = [size - shared for size in sizes if size and shared / size > 0.7]
    return sum(outside) if outside else None


def _turned(shape: MultiPolygon, turn: Callable[[Any, Any], Any]) -> MultiPolygon:
    def columns(points: Any) -> Any:
        return np.column_stack(turn(points[:, 0], points[:, 1]))

    return shapely.transform(shape, columns)


# Codes and numbers of cells


def is_community(code: str) -> bool:
    """Whether a code is that of a community: 12 digits, the last three not 000."""
    return re.fullmatch(r"\d{12}", code) is not None and not code.endswith("000")


def cell_code(grid_code: str, number: int) -> str:
    """The code of the cell with this number in a sequence; national where it has room for it."""
    if is_community(grid_code) and number <= 999:
        return f"{grid_code}{number:03d}"
    return f"{grid_code}-{number:04d}"


def sequence_number(grid_code: str, end: str) -> int:
    """The number in a sequence that the end of a cell's code gives; 0 where it gives none."""
    own = re.fullmatch(r"\d{3}|-\d+" if is_community(grid_code) else r"-\d+", end)
    return int(end.removeprefix("-")) if own else 0


def cell_codes(grid_code: str, count: int) -> tuple[list[str], bool]:
    """The codes of `count` cells in order, and whether they are provisional.

    Inside a community (12 digits, the last three not 000) of at most 999 cells they have the
    15 digits of the national standard: 6 district, 3 street, 3 community, 3 sequence.
    """
    if is_community(grid_code) and count <= 999:
        return [f"{grid_code}{number:03d}" for number in range(1, count + 1)], False
    digits = max(4, len(str(count)))
    return [f"{grid_code}-{number:0{digits}d}" for number in range(1, count + 1)], True
