"""Where the demo lies: five streets of 金水区 in Zhengzhou, cut down to responsibility grids.

The district's outline is real (simplified, see `jinshui.geojson`). Between the real centres of its
streets the borders are drawn half-way, as nobody publishes them: they are approximations and say
so. Street and community names and codes are those of the National Bureau of Statistics (2023);
which community lies where within its street is made up. Coordinates are WGS 84.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from random import Random

import shapely
from shapely import MultiPolygon, Point, Polygon
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

DISTRICT = ("410105", "金水区（演示，界线为示意）")
# Centres of the streets' boxes in the package sizhi 3.0.6 (MIT); the last ones only push borders.
CENTRES = {
    "410105001": (113.6642, 34.7728), "410105002": (113.6835, 34.7688),
    "410105004": (113.6622, 34.7609), "410105009": (113.6907, 34.7862),
    "410105012": (113.7037, 34.7645), "410105006": (113.6387, 34.7751),
    "410105007": (113.6302, 34.7891), "410105011": (113.6815, 34.8057),
    "410105014": (113.8007, 34.8103), "410105015": (113.7469, 34.7623),
    "410105016": (113.8006, 34.8585), "410105017": (113.6709, 34.8334),
    "410105018": (113.7324, 34.8511), "410105019": (113.6455, 34.8348),
    "410105560": (113.7323, 34.7785), "410105561": (113.8005, 34.7786),
    "410105563": (113.7155, 34.8283), "410105564": (113.8289, 34.7901),
}  # fmt: skip
_RELAXED = 12  # rounds of moving seeds to the middle of their pieces


@dataclass(frozen=True)
class Street:
    """A street with the communities that are shown of it and how many grids it is cut into."""

    code: str
    name: str
    short: str
    grids: int
    communities: tuple[tuple[str, str], ...]


STREETS = (
    Street("410105001", "经八路街道", "经八路", 14, (
        ("410105001003", "体育社区"), ("410105001008", "省委社区"),
        ("410105001009", "广电社区"), ("410105001019", "任砦社区"),
    )),
    Street("410105002", "花园路街道", "花园路", 10, (
        ("410105002001", "甲院社区"), ("410105002008", "省民航社区"),
        ("410105002010", "农业院社区"),
    )),
    Street("410105004", "杜岭街道", "杜岭", 4, (
        ("410105004001", "彭公祠街社区"), ("410105004007", "杜岭中街社区"),
    )),
    Street("410105009", "丰产路街道", "丰产路", 18, (
        ("410105009001", "明宏社区"), ("410105009005", "政七街社区"),
        ("410105009011", "红专社区"), ("410105009017", "枣庄社区"),
        ("410105009018", "姚砦社区"),
    )),
    Street("410105012", "未来路街道", "未来路", 24, (
        ("410105012002", "康复社区"), ("410105012008", "民航路社区"),
        ("410105012010", "燕庄花园社区"), ("410105012011", "升龙社区"),
        ("410105012012", "金水锦江社区"), ("410105012014", "金林社区"),
    )),
)  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """One grid to be: its code, name, the code of the one above, and its outline."""

    code: str
    name: str
    parent: str | None
    shape: MultiPolygon


def outline() -> Polygon:
    """The simplified outline of the district."""
    told = files("patrol.demo").joinpath("jinshui.geojson").read_text(encoding="utf-8")
    found = shape(json.loads(told)["geometry"])
    if not isinstance(found, Polygon):
        raise TypeError("the outline is one polygon")
    return found


def pieces(random: Random) -> list[list[Piece]]:
    """District, streets, communities and responsibility grids, tier by tier, each in order."""
    lowest: list[Piece] = []
    middle: list[Piece] = []
    upper: list[Piece] = []
    for street, area in _streets():
        cut = _cut(area, street.grids, random)
        groups = _grouped(cut, len(street.communities))
        names = iter(range(1, street.grids + 1))
        parts = []
        for (code, name), group in zip(street.communities, groups, strict=True):
            for number, part in enumerate(group, start=1):
                label = f"{street.short}{next(names):02d}网格"
                lowest.append(Piece(f"{code}{number:02d}", label, code, _whole(part)))
            whole = shapely.union_all(group)
            middle.append(Piece(code, name, street.code, _whole(whole)))
            parts.append(whole)
        upper.append(Piece(street.code, street.name, DISTRICT[0], _whole(shapely.union_all(parts))))
    district = shapely.union_all([piece.shape for piece in upper])
    return [[Piece(*DISTRICT, None, _whole(district))], upper, middle, lowest]


def _streets() -> list[tuple[Street, BaseGeometry]]:
    border = outline()
    seeds = shapely.multipoints(list(CENTRES.values()))
    around = shapely.voronoi_polygons(seeds, extend_to=border.envelope.buffer(0.1))
    found = []
    for street in STREETS:
        centre = Point(CENTRES[street.code])
        half_way = next(area for area in around.geoms if area.covers(centre))
        found.append((street, _largest(half_way.intersection(border))))
    return found


def _cut(area: BaseGeometry, wanted: int, random: Random) -> list[BaseGeometry]:
    """An area in `wanted` roundish pieces of about one size (Lloyd's relaxation)."""
    west, south, east, north = area.bounds
    seeds: list[Point] = []
    while len(seeds) < wanted:
        seed = Point(random.uniform(west, east), random.uniform(south, north))
        if area.contains(seed):
            seeds.append(seed)
    parts = _voronoi(area, seeds)
    for _ in range(_RELAXED):
        parts = _voronoi(area, [part.representative_point() if not part.contains(part.centroid)
                                else part.centroid for part in parts])  # fmt: skip
    return parts


def _voronoi(area: BaseGeometry, seeds: Sequence[Point]) -> list[BaseGeometry]:
    around = shapely.voronoi_polygons(
        shapely.MultiPoint(seeds), extend_to=area.envelope.buffer(0.1)
    )
    return [_largest(part.intersection(area)) for part in around.geoms]


def _grouped(parts: Sequence[BaseGeometry], wanted: int) -> list[list[BaseGeometry]]:
    """Neighbouring pieces in `wanted` groups of about one size: bands from west to east."""
    by_west = sorted(parts, key=lambda part: part.centroid.x)
    columns = 1 if wanted < 4 else 2
    groups = []
    for column in range(columns):
        share = by_west[len(parts) * column // columns : len(parts) * (column + 1) // columns]
        rows = wanted // columns + (1 if column < wanted % columns else 0)
        if columns > 1:
            share = sorted(share, key=lambda part: -part.centroid.y)
        groups += [
            share[len(share) * row // rows : len(share) * (row + 1) // rows] for row in range(rows)
        ]
    return groups


def _largest(area: BaseGeometry) -> BaseGeometry:
    return max(shapely.get_parts(area), key=lambda part: part.area, default=area)


def _whole(area: BaseGeometry) -> MultiPolygon:
    return MultiPolygon([part for part in shapely.get_parts(area) if isinstance(part, Polygon)])
