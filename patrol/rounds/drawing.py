"""Puts cells and tracks on a small flat map: metres east and south of a corner."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from patrol.rounds.rules import Fix

METRES_A_DEGREE = 111_320.0  # as the phone reckons: the same spots.js turns it back
MARGIN = 20.0  # metres round the cells


@dataclass(frozen=True)
class Sheet:
    """A flat map: its north-west corner in degrees, its size in metres."""

    lon: float
    lat: float
    east: float  # metres a degree of longitude
    width: int
    height: int

    def path(self, outline: BaseGeometry) -> str:
        """An outline as an SVG path, corners to the metre."""
        flat = shapely.transform(outline, self._flat).simplify(0.5)
        return "".join(
            _ring(ring.coords)
            for part in shapely.get_parts(flat)
            for ring in (part.exterior, *part.interiors)
        )

    def line(self, stretch: Sequence[Fix]) -> str:
        """A stretch of track as an SVG path; a lone fix is a dot."""
        spots = [self.spot(fix.lon, fix.lat) for fix in stretch]
        if len(spots) == 1:
            return f"M{spots[0][0]} {spots[0][1]}h0"
        slim = shapely.LineString(spots).simplify(1.5)
        return "M" + "L".join(f"{round(x)} {round(y)}" for x, y in slim.coords)

    def spot(self, lon: float, lat: float) -> tuple[int, int]:
        """A place in metres east and south of the corner."""
        return round((lon - self.lon) * self.east), round((self.lat - lat) * METRES_A_DEGREE)

    def _flat(self, spots: Any) -> Any:
        return (spots - [self.lon, self.lat]) * [self.east, -METRES_A_DEGREE]


def sheet(outlines: Iterable[BaseGeometry]) -> Sheet:
    """The map that holds all of these; an empty one where there are none."""
    bounds = [outline.bounds for outline in outlines]
    if not bounds:
        return Sheet(0.0, 0.0, METRES_A_DEGREE, 1, 1)
    west, south = min(each[0] for each in bounds), min(each[1] for each in bounds)
    east, north = max(each[2] for each in bounds), max(each[3] for each in bounds)
    across = METRES_A_DEGREE * cos(radians((south + north) / 2))
    return Sheet(
        lon=west - MARGIN / across,
        lat=north + MARGIN / METRES_A_DEGREE,
        east=across,
        width=round((east - west) * across + 2 * MARGIN),
        height=round((north - south) * METRES_A_DEGREE + 2 * MARGIN),
    )


def gaps(lines: Sequence[Sequence[Fix]], on: Sheet) -> list[str]:
    """The straight lines between stretches, which count for nothing and are drawn as gaps."""
    return [on.line([before[-1], after[0]]) for before, after in pairwise(lines)]


def _ring(corners: Iterable[tuple[float, ...]]) -> str:
    """One ring, closed, with relative steps, which say the same in fewer bytes."""
    spots = [(round(x), round(y)) for x, y, *_ in corners][:-1]
    moves = "".join(f"{x2 - x1} {y2 - y1} " for (x1, y1), (x2, y2) in pairwise(spots))
    return f"M{spots[0][0]} {spots[0][1]}l{moves.rstrip()}z" if len(spots) > 1 else ""
