"""How an area is cut into square cells that tile it."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from patrol.core.errors import Refused
from patrol.core.geo import Plane, areas_m2

SMALLEST_M, LARGEST_M = 20.0, 2_000.0
MOST_SQUARES = 1_000_000  # of the box round one area
SLIVER = 0.2  # of a whole cell; what is smaller joins a neighbour
_FINE = 1e-11  # degrees; about a micrometre
_EDGE_M = 0.01  # edges closer than this are the same edge
_CRUMB_M2 = 0.01  # what overlay leaves of squares that only touch the border


@dataclass(frozen=True)
class Cut:
    """One cell: where it stands among the squares (row from the north) and its shape in WGS 84."""

    row: int
    column: int
    shape: MultiPolygon
    m2: float


def cut(boundary: MultiPolygon, size: float, plane: Plane) -> list[Cut]:
    """Cells of `size` metres inside a boundary in WGS 84, west to east and then north to south.

    The squares stand on the axes of `plane`, so neighbouring areas cut on one plane share their
    corners. Squares are clipped to the boundary; pieces under a fifth of a cell join the
    neighbour with the longest common edge. Raises `Refused`: `cell-size`, `cells-too-many`.
    """
    if not SMALLEST_M <= size <= LARGEST_M:
        raise Refused("cell-size", "size", least=SMALLEST_M, most=LARGEST_M)
    boundary = shapely.set_precision(boundary, _FINE)  # no spike thinner than we can tell
    squares, places = _squares(boundary, size, plane)
    shapely.prepare(boundary)
    inside = shapely.covers(boundary, squares)
    on_border = ~inside & shapely.intersects(boundary, squares)
    clipped = shapely.intersection(boundary, squares[on_border], grid_size=_FINE)
    parts, source = shapely.get_parts(clipped, return_index=True)
    parts, source = _only_polygons(parts, source)
    shapes = np.concatenate([squares[inside], parts])
    at = np.concatenate([places[inside], places[on_border][source]])
    metric = plane.forward(shapes)
    m2 = areas_m2(shapes)
    kept = m2 > _CRUMB_M2
    return _in_order(*_joined(shapes[kept], at[kept], m2[kept], metric[kept], size))


def _squares(
    boundary: MultiPolygon, size: float, plane: Plane
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    west, south, east, north = plane.forward(shapely.segmentize(boundary, 0.005)).bounds
    columns = np.arange(np.floor((west - 1) / size), np.ceil((east + 1) / size) + 1)
    rows = np.arange(np.ceil((north + 1) / size), np.floor((south - 1) / size) - 1, -1)
    wide, high = len(columns) - 1, len(rows) - 1
    if wide * high > MOST_SQUARES:
        raise Refused("cells-too-many", "size", most=MOST_SQUARES)
    x, y = np.meshgrid(columns * size, rows * size)
    corners = np.round(np.stack(plane.degrees(x, y), axis=-1), 11)
    ring = [corners[1:, :-1], corners[1:, 1:], corners[:-1, 1:], corners[:-1, :-1]]
    rings = np.stack([*ring, ring[0]], axis=2).reshape(wide * high, 5, 2)
    number = np.arange(wide * high)
    row = number // wide - int(rows[0])  # the same row of squares in every area of a plane
    column = number % wide + int(columns[0])
    squares: NDArray[Any] = np.asarray(shapely.polygons(rings), dtype=object)
    return squares, np.stack([row, column], axis=1).astype(np.int64)


def _only_polygons(
    parts: NDArray[Any], source: NDArray[np.int64]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    flat, index = shapely.get_parts(parts, return_index=True)  # collections hold multi-polygons
    polygons = (shapely.get_type_id(flat) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(flat)
    return flat[polygons], source[index][polygons]


def _joined(
    shapes: NDArray[Any],
    at: NDArray[np.int64],
    m2: NDArray[np.float64],
    metric: NDArray[Any],
    size: float,
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.float64]]:
    """Join every sliver to the neighbour, or group of pieces, with the longest common edge."""
    limit = SLIVER * size * size
    slivers = sorted(np.flatnonzero(m2 < limit).tolist(), key=lambda i: (m2[i], *at[i]))
    border = _edges(slivers, at, metric)
    group = list(range(len(shapes)))
    members = {i: [i] for i in slivers}
    total = m2.copy()
    for sliver in slivers:
        own = group[sliver]
        if total[own] >= limit:
            continue
        shared: dict[int, float] = defaultdict(float)
        for piece in members[own]:
            for other, length in border.get(piece, {}).items():
                if group[other] != own:
                    shared[group[other]] += length
        if not shared:
            continue  # an island smaller than a fifth of a cell stays a cell
        taker = max(shared, key=lambda g: (round(shared[g], 2), -int(at[g][0]), -int(at[g][1])))
        moving = members.pop(own)
        members.setdefault(taker, [taker]).extend(moving)
        total[taker] += total[own]
        for piece in moving:
            group[piece] = taker
    return _merged(shapes, at, m2, total, members, group)


def _merged(
    shapes: NDArray[Any],
    at: NDArray[np.int64],
    m2: NDArray[np.float64],
    total: NDArray[np.float64],
    members: dict[int, list[int]],
    group: list[int],
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.float64]]:
    kept = np.array([own == i for i, own in enumerate(group)], dtype=bool)
    shapes, at = shapes.copy(), at.copy()
    for own, pieces in members.items():
        if len(pieces) > 1:
            shapes[own] = shapely.union_all(shapes[pieces], grid_size=_FINE)
            at[own] = at[max(pieces, key=lambda i: m2[i])]
    return shapes[kept], at[kept], total[kept]


def _edges(
    slivers: list[int], at: NDArray[np.int64], metric: NDArray[Any]
) -> dict[int, dict[int, float]]:
    """Metres of common edge between each sliver and the pieces in the four squares round it."""
    pieces: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i, (row, column) in enumerate(at.tolist()):
        pieces[row, column].append(i)
    pairs = []
    for i in slivers:
        row, column = at[i].tolist()
        for beside in ((row, column - 1), (row, column + 1), (row - 1, column), (row + 1, column)):
            pairs += [(i, other) for other in pieces.get(beside, ())]
    if not pairs:
        return {}
    one, other = np.array(pairs).T
    rims = shapely.buffer(metric[one], _EDGE_M, quad_segs=1)
    lengths = shapely.length(shapely.intersection(rims, shapely.boundary(metric[other])))
    edges: dict[int, dict[int, float]] = defaultdict(dict)
    for i, j, length in zip(one.tolist(), other.tolist(), lengths.tolist(), strict=True):
        if length > 10 * _EDGE_M:
            edges[i][j] = length
    return edges


def _in_order(shapes: NDArray[Any], at: NDArray[np.int64], m2: NDArray[np.float64]) -> list[Cut]:
    bounds = shapely.bounds(shapes)
    order = np.lexsort((-bounds[:, 3], bounds[:, 0], at[:, 1], at[:, 0]))
    return [
        Cut(
            int(at[i][0]),
            int(at[i][1]),
            MultiPolygon([shapes[i]]) if isinstance(shapes[i], Polygon) else shapes[i],
            float(m2[i]),
        )
        for i in order
    ]
