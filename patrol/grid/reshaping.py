"""How areas are divided and united so that nothing is lost, and what each took over."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, STRtree
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

from patrol.core.geo import area_m2
from patrol.grid.rules import SLIP_M2, whole

_FINE = 1e-11  # degrees; about a micrometre
_EDGE = 1e-7  # degrees; borders closer than a centimetre are the same border
Key = TypeVar("Key")
Other = TypeVar("Other")


def split_along(shape: MultiPolygon, line: LineString) -> tuple[MultiPolygon, MultiPolygon] | None:
    """The parts of an area left and right of a line, seen in its direction.

    None where the line does not cross it from border to border: then there is but one side.
    """
    pieces = [
        piece
        for polygon in shape.geoms
        for piece in split(polygon, line).geoms
        if area_m2(piece) > SLIP_M2
    ]
    sides = [_is_left(piece, line) for piece in pieces]
    if all(sides) or not any(sides):
        return None
    left = whole(shapely.union_all([p for p, side in zip(pieces, sides, strict=True) if side]))
    right = whole(shapely.union_all([p for p, side in zip(pieces, sides, strict=True) if not side]))
    return left, right


def divided(shapes: Sequence[BaseGeometry], parts: Sequence[BaseGeometry]) -> int:
    """How many of these areas lie in more than one of the parts; slips are nobody's."""
    if not shapes:
        return 0
    areas: Any = np.asarray(shapes, dtype=object)
    held = np.zeros(len(areas), dtype=int)
    for part in parts:
        for at in STRtree(areas).query(part, predicate="intersects"):
            held[at] += area_m2(whole(shapely.intersection(areas[at], part))) > SLIP_M2
    return int((held > 1).sum())


def taken_out(shape: MultiPolygon, parts: Sequence[BaseGeometry]) -> MultiPolygon:
    """What is left of an area without some parts of it; crumbs of overlay fall away."""
    rest = whole(shapely.difference(shape, united(parts), grid_size=_FINE))
    return MultiPolygon([part for part in rest.geoms if area_m2(part) > SLIP_M2])


def united(shapes: Iterable[BaseGeometry]) -> MultiPolygon:
    """Several areas as one."""
    return whole(shapely.union_all(list(shapes), grid_size=_FINE))


def hang_together(shapes: Sequence[BaseGeometry]) -> bool:
    """Whether one can walk from each of the areas to every other without leaving them."""
    near = shapely.buffer(np.asarray(shapes, dtype=object), _EDGE, cap_style="flat", quad_segs=1)
    linked = {0}
    waiting = [0]
    tree = STRtree(near)
    while waiting:
        here = waiting.pop()
        for other in tree.query(near[here], predicate="intersects").tolist():
            if other not in linked and _border(shapes[here], near[other]) > 2 * _EDGE:
                linked.add(other)
                waiting.append(other)
    return len(linked) == len(shapes)


def shares(
    before: Mapping[Key, BaseGeometry], after: Mapping[Other, BaseGeometry]
) -> list[tuple[Key, Other, float]]:
    """Which area took how many m² over from which; slips are nobody's."""
    if not before or not after:
        return []
    old, new = list(before), list(after)
    outlines: Any = np.asarray(list(after.values()), dtype=object)
    one, other = STRtree(outlines).query(
        np.asarray(list(before.values()), dtype=object), predicate="intersects"
    )
    found = [
        (old[i], new[j], area_m2(whole(shapely.intersection(before[old[i]], outlines[j]))))
        for i, j in zip(one.tolist(), other.tolist(), strict=True)
    ]
    return [(i, j, round(m2, 1)) for i, j, m2 in found if m2 > SLIP_M2]


def _border(shape: BaseGeometry, near: BaseGeometry) -> float:
    return float(shapely.length(shapely.intersection(shapely.boundary(shape), near)))


def _is_left(piece: BaseGeometry, line: LineString) -> bool:
    """On which side of a line a piece lies: of its nearest stretch, at a corner of the two."""
    point = shapely.point_on_surface(piece)
    corners = shapely.get_coordinates(line)
    along = np.diff(corners, axis=0)
    long = np.hypot(*along.T)
    stretches = shapely.linestrings(np.stack([corners[:-1], corners[1:]], axis=1)[long > 0])
    along = along[long > 0] / long[long > 0, None]
    far = shapely.distance(stretches, point)
    nearest = far <= far.min() + _FINE
    x, y = along[nearest].T
    ends = shapely.line_interpolate_point(
        stretches[nearest], shapely.line_locate_point(stretches[nearest], point)
    )
    east, north = point.x - shapely.get_x(ends), point.y - shapely.get_y(ends)
    return bool((x * north - y * east).sum() > 0)
