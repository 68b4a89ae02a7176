"""Where things are: datums, longitude and latitude, and a local plane to measure in metres."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from patrol.core.errors import Refused

Floats = NDArray[np.float64]

CHINA = (73.0, 3.0, 136.0, 54.0)  # west, south, east, north; roughly, for warnings only
EARTH = Geod(ellps="WGS84")

_KRASOVSKY_AXIS, _KRASOVSKY_E2 = 6378245.0, 0.00669342162296594323  # what GCJ-02 is made with
_GCJ_SHIFTS = (72.004, 0.8293, 137.8347, 55.8271)  # outside of this box GCJ-02 is WGS 84
_EPSG = re.compile(r"epsg:(\d{4,6})")


# Longitude and latitude that people, phones and files give


def lon_lat(lon: Any, lat: Any, *, field: str | None = None) -> tuple[float, float]:
    """Two finite degrees, longitude first, of a place that can be meant.

    Raises `Refused`: `coordinate-not-a-number`, `coordinates-swapped`, `longitude-out-of-range`,
    `latitude-out-of-range`, `coordinates-zero`.
    """
    east, north = _degrees(lon, field), _degrees(lat, field)
    if abs(north) > 90 and abs(north) <= 180 and abs(east) <= 90:
        raise Refused("coordinates-swapped", field, lon=east, lat=north)
    if abs(east) > 180:
        raise Refused("longitude-out-of-range", field, lon=east)
    if abs(north) > 90:
        raise Refused("latitude-out-of-range", field, lat=north)
    if east == 0 and north == 0:
        raise Refused("coordinates-zero", field)
    return east, north


def spot(text: str, *, field: str | None = None) -> tuple[float, float]:
    """Longitude and latitude out of "113.66,34.76"; refused as by `lon_lat`."""
    parts = text.replace("，", ",").split(",")
    if len(parts) != 2:
        raise Refused("coordinate-not-a-number", field, given=text[:40])
    return lon_lat(parts[0], parts[1], field=field)


def in_china(lon: float, lat: float) -> bool:
    """Whether a place lies in the box round China; a reason to warn, never to refuse."""
    west, south, east, north = CHINA
    return west <= lon <= east and south <= lat <= north


def _degrees(value: Any, field: str | None) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise Refused("coordinate-not-a-number", field, given=str(value)[:40]) from None
    if isinstance(value, bool) or not math.isfinite(number):
        raise Refused("coordinate-not-a-number", field, given=str(value)[:40])
    return number


# Datums


@dataclass(frozen=True)
class Datum:
    """What the coordinates of a file mean: `wgs84`, `cgcs2000`, `gcj02` or `epsg:N`."""

    name: str

    @property
    def epsg(self) -> int | None:
        """The EPSG number, where the datum has one."""
        known = {"wgs84": 4326, "cgcs2000": 4490, "gcj02": None}
        return known[self.name] if self.name in known else int(self.name.removeprefix("epsg:"))

    @property
    def in_degrees(self) -> bool:
        """Whether its coordinates are degrees of longitude and latitude."""
        return self.epsg is None or bool(_crs(self.epsg).is_geographic)


def datum(text: str) -> Datum:
    """The datum that somebody states; `Refused` with `datum-unknown` when it is none."""
    name = text.strip().lower()
    if name in {"wgs84", "cgcs2000", "gcj02"}:
        return Datum(name)
    stated = _EPSG.fullmatch(name)
    try:
        crs = _crs(int(stated[1])) if stated else None
    except CRSError:
        crs = None
    if crs is None or not (crs.is_geographic or crs.is_projected) or len(crs.axis_info) != 2:
        raise Refused("datum-unknown", "datum", given=text[:40])
    return Datum(name)


def to_wgs84(geometry: Any, stated: Datum) -> Any:
    """A geometry, or an array of them, from its stated datum to WGS 84, longitude first.

    CGCS2000 differs from WGS 84 by less than any phone can tell and is taken as it is. Other
    systems are cut into pieces of at most 100 m first, so that two neighbours whose common
    border has a vertex on one side only still meet after their straight lines have bent.
    """
    if stated.name in {"wgs84", "cgcs2000"} or stated.epsg in {4326, 4490}:
        return geometry
    step = 0.001 if stated.in_degrees else 100.0
    fine = shapely.segmentize(geometry, step)
    if stated.epsg is None:
        return _mapped(fine, wgs84_from_gcj02)
    return _mapped(fine, _to_degrees(stated.epsg))


def outside_area_of_use(lon: float, lat: float, stated: Datum) -> bool:
    """Whether a place lies where its stated coordinate system is not meant to be used."""
    area = None if stated.epsg is None else _crs(stated.epsg).area_of_use
    if area is None:
        return False
    return not (area.west <= lon <= area.east and area.south <= lat <= area.north)


def same_datum(stated: Datum, crs_text: str) -> bool:
    """Whether a file's own note of its coordinate system allows what the caller states.

    GCJ-02 has no name that files could carry, so any note of degrees allows it. A system without
    a number agrees with what is stated when both are degrees or both are not; a note that cannot
    be read agrees with nothing.
    """
    try:
        noted = CRS.from_user_input(crs_text)
    except CRSError:
        return False
    if noted.is_geographic and stated.in_degrees:
        number = noted.to_epsg(min_confidence=60)
        return (
            stated.epsg is None
            or number in {None, stated.epsg}
            or ({number, stated.epsg} <= {4326, 4490})
        )
    if noted.is_geographic or stated.in_degrees or stated.epsg is None:
        return False
    number = noted.to_epsg(min_confidence=60)
    return number in {None, stated.epsg}


def gcj02_from_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Degrees as Chinese commercial maps shift them, up to some 700 m; outside China unshifted."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    west, south, east, north = _GCJ_SHIFTS
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    a, b = x - 105.0, y - 35.0
    root, pi = np.sqrt(np.abs(a)), np.pi
    short = (20.0 * np.sin(6.0 * a * pi) + 20.0 * np.sin(2.0 * a * pi)) * 2.0 / 3.0
    up = -100.0 + 2.0 * a + 3.0 * b + 0.2 * b * b + 0.1 * a * b + 0.2 * root + short
    up += (20.0 * np.sin(b * pi) + 40.0 * np.sin(b / 3.0 * pi)) * 2.0 / 3.0
    up += (160.0 * np.sin(b / 12.0 * pi) + 320.0 * np.sin(b * pi / 30.0)) * 2.0 / 3.0
    right = 300.0 + a + 2.0 * b + 0.1 * a * a + 0.1 * a * b + 0.1 * root + short
    right += (20.0 * np.sin(a * pi) + 40.0 * np.sin(a / 3.0 * pi)) * 2.0 / 3.0
    right += (150.0 * np.sin(a / 12.0 * pi) + 300.0 * np.sin(a / 30.0 * pi)) * 2.0 / 3.0
    sine = np.sin(np.radians(y))
    magic = 1.0 - _KRASOVSKY_E2 * sine * sine
    meridian = _KRASOVSKY_AXIS * (1.0 - _KRASOVSKY_E2) / (magic * np.sqrt(magic))
    parallel = _KRASOVSKY_AXIS / np.sqrt(magic) * np.cos(np.radians(y))
    moved_x = x + np.where(inside, np.degrees(right / parallel), 0.0)
    moved_y = y + np.where(inside, np.degrees(up / meridian), 0.0)
    return moved_x, moved_y


def wgs84_from_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """The inverse of `gcj02_from_wgs84`, by iteration, to well under a millimetre."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    guess_x, guess_y = x.copy(), y.copy()
    for _ in range(12):
        there_x, there_y = gcj02_from_wgs84(guess_x, guess_y)
        off_x, off_y = x - there_x, y - there_y
        guess_x, guess_y = guess_x + off_x, guess_y + off_y
        if not off_x.size or max(np.abs(off_x).max(), np.abs(off_y).max()) < 1e-11:
            break
    return guess_x, guess_y


@lru_cache(maxsize=64)
def _crs(number: int) -> CRS:
    return CRS.from_epsg(number)


@lru_cache(maxsize=16)
def _to_degrees(number: int) -> Callable[[Floats, Floats], tuple[Floats, Floats]]:
    shift = Transformer.from_crs(_crs(number), _crs(4326), always_xy=True)

    def turn(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        lon, lat = shift.transform(x, y)
        return lon, lat

    return turn


def _mapped(geometry: Any, turn: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> Any:
    def columns(points: Floats) -> Floats:
        return np.column_stack(turn(points[:, 0], points[:, 1]))

    return shapely.transform(geometry, columns)


# Metres


@dataclass(frozen=True)
class Plane:
    """A transverse Mercator plane in metres, true to scale at its centre (WGS 84 degrees).

    Lengths 20 km away from the centre are 5 millionths too long.
    """

    lon: float
    lat: float

    def forward(self, geometry: Any) -> Any:
        """A geometry, or an array of them, from degrees to metres east and north of the centre."""
        return _mapped(geometry, self.metres)

    def back(self, geometry: Any) -> Any:
        """A geometry, or an array of them, from metres to degrees."""
        return _mapped(geometry, self.degrees)

    def metres(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """Metres east and north of the centre."""
        x, y = _plane(self.lon, self.lat).transform(np.asarray(lon), np.asarray(lat))
        return x, y

    def degrees(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Longitude and latitude."""
        lon, lat = _plane(self.lon, self.lat).transform(
            np.asarray(x), np.asarray(y), direction="INVERSE"
        )
        return lon, lat


def plane_round(geometry: Any, *, digits: int = 2) -> Plane:
    """The plane centred on the box round a geometry in degrees, or round an array of them.

    The centre is rounded, so that areas near one another share a plane.
    """
    west, south, east, north = map(float, shapely.total_bounds(geometry))
    return Plane(round((west + east) / 2, digits), round((south + north) / 2, digits))


def area_m2(geometry: BaseGeometry) -> float:
    """Square metres of a polygon or several, whose edges are straight in degrees."""
    parts = shapely.get_parts(geometry)
    return float(areas_m2(parts).sum()) if len(parts) else 0.0


def areas_m2(polygons: ArrayLike) -> Floats:
    """Square metres of each polygon of an array.

    Square degrees times the size of one at the centroid: for 50 km across right to a hundred
    thousandth, and nothing for nothing, where the geodesics between the ends of a long common
    border would enclose hundreds of square metres.
    """
    shapes = np.asarray(polygons, dtype=object)
    squares = shapely.area(shapes)
    latitude = np.radians(shapely.get_y(shapely.centroid(shapes)))
    flat = EARTH.es
    bent = (1 - flat * np.sin(latitude) ** 2) ** 2
    size = EARTH.a**2 * (1 - flat) * np.cos(latitude) / bent * np.radians(1) ** 2
    found: Floats = np.where(squares > 0, squares * size, 0.0)
    return found


def distance_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two places (longitude, latitude), on the ellipsoid."""
    _, _, metres = EARTH.inv(*one, *other)
    return float(metres)


@lru_cache(maxsize=64)
def _plane(lon: float, lat: float) -> Transformer:
    # A pipeline by hand is made in a fraction of the time a search for one takes.
    return Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        f"+step +proj=tmerc +lat_0={lat!r} +lon_0={lon!r} +k=1 +ellps=WGS84"
    )
