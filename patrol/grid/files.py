"""Reading areas out of GeoJSON, zipped Shapefiles and GeoPackages, in the datum that is stated."""

import json
import math
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from stat import S_ISLNK
from typing import Any, NoReturn

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from patrol.core.errors import Refused
from patrol.core.geo import Datum, area_m2, in_china, outside_area_of_use, same_datum, to_wgs84
from patrol.grid.rules import Area, flaw, is_code, valid, whole

MOST_BYTES = 20 * 2**20
MOST_FEATURES = 10_000
MOST_VERTICES = 100_000  # of one feature
MOST_ENTRIES = 200  # of a zip
MOST_UNPACKED = 100 * 2**20
MOST_RATIO = 100
CODE_FIELDS = frozenset({"code", "adcode", "gridcode", "编码", "代码", "网格编码", "行政区划代码"})
NAME_FIELDS = frozenset({"name", "gridname", "名称", "网格名称"})
PARENT_FIELDS = frozenset({"parentcode", "上级编码", "上级网格编码"})

_SHAPEFILE = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg"})
_WKT = ("POLYGON", "MULTIPOLYGON")


@dataclass(frozen=True)
class Doubt:
    """Something in a file that is taken, but that somebody should look at."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """The areas of a file in WGS 84, the fields they were read from, and what is doubtful."""

    areas: list[Area]
    fields: Mapping[str, str | None]  # code, name, parent → field of the file
    doubts: list[Doubt]


@dataclass(frozen=True)
class _Row:
    number: int  # of the feature, from 1
    properties: Mapping[str, Any]
    geometry: BaseGeometry  # in the file's own coordinates


@dataclass(frozen=True)
class _Table:
    rows: list[_Row]
    crs: str | None  # what the file notes of itself
    doubts: list[Doubt] = field(default_factory=list)


def read(
    path: Path,
    stated: Datum,
    *,
    code: str | None = None,
    name: str | None = None,
    parent: str | None = None,
) -> Reading:
    """The areas of a file whose coordinates mean what the caller states.

    Fields that are not named are found only where one stands out. Outlines that are invalid in
    the file's own coordinates carry their flaw. Raises `Refused` with what is wrong and where.
    """
    table = _table(path)
    if table.crs is not None and not same_datum(stated, table.crs):
        raise Refused("datum-differs", "datum", stated=stated.name, noted=_short(table.crs))
    _check_coordinates(table.rows, stated)
    fields = _fields(table.rows, code, name, parent)
    areas = [_area(row, fields, stated) for row in table.rows]
    return Reading(areas, fields, [*table.doubts, *_doubts(areas, stated)])


def _table(path: Path) -> _Table:
    if not path.is_file():
        raise Refused("file-missing", "file", name=path.name)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise Refused("file-too-large", "file", size=size, most=MOST_BYTES)
    with path.open("rb") as stream:
        head = stream.read(16)
    if head.startswith(b"PK"):
        table = _shapefile(path)
    elif head.startswith(b"SQLite format 3"):
        table = _layer(path, _polygon_layer(path))
    elif path.suffix.lower() in {".json", ".geojson"}:
        table = _json(path)
    else:
        raise Refused("file-kind", "file", name=path.name)
    if not table.rows:
        raise Refused("features-none", "file")
    if len(table.rows) > MOST_FEATURES:
        raise Refused("features-too-many", "file", count=len(table.rows), most=MOST_FEATURES)
    return table


# GeoJSON, and lists of objects with an outline in well-known text


def _json(path: Path) -> _Table:
    try:
        content = json.loads(path.read_text("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise Refused("file-not-utf8", "file") from None
    except (ValueError, RecursionError):
        raise Refused("file-not-json", "file") from None
    if isinstance(content, list):
        return _Table(list(_records(content)), None)
    if not isinstance(content, dict):
        raise Refused("file-not-geojson", "file")
    if content.get("UTF8Encoding"):
        raise Refused("geojson-encoded", "file")
    found = content.get("features") if content.get("type") == "FeatureCollection" else [content]
    if not isinstance(found, list):
        raise Refused("file-not-geojson", "file")
    return _Table([_feature(number, each) for number, each in enumerate(found, 1)], _crs(content))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _crs(content: Mapping[str, Any]) -> str | None:
    noted = content.get("crs")
    if noted is None:
        return None
    try:
        return str(noted["properties"]["name"])
    except (KeyError, TypeError):
        return "unknown"


def _feature(number: int, given: Any) -> _Row:
    if not isinstance(given, dict) or given.get("type") != "Feature":
        raise Refused("file-not-geojson", "file", feature=number)
    properties = given.get("properties") or {}
    geometry = given.get("geometry")
    if not isinstance(properties, dict):
        raise Refused("file-not-geojson", "file", feature=number)
    if not isinstance(geometry, dict) or geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        raise Refused("not-a-polygon", "file", feature=number)
    flat = dict(_flat(properties))
    if "id" in given:
        flat.setdefault("id", given["id"])
    try:
        _check_rings(number, geometry)
        shape = shapely.force_2d(shapely.geometry.shape(geometry))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, ShapelyError):
        raise Refused("geometry-unreadable", "file", feature=number) from None
    return _Row(number, flat, shape)


def _flat(properties: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in properties.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", each) for inner, each in value.items())
        else:
            yield name, value


def _check_rings(number: int, geometry: Mapping[str, Any]) -> None:
    polygons = geometry["coordinates"]
    for polygon in polygons if geometry["type"] == "MultiPolygon" else [polygons]:
        for ring in polygon:
            if len(ring) < 4 or ring[0] != ring[-1]:
                raise Refused("ring-open", "file", feature=number)


def _records(content: Sequence[Any]) -> Iterator[_Row]:
    for number, record in enumerate(content, 1):
        if not isinstance(record, dict):
            raise Refused("file-not-geojson", "file", feature=number)
        outlines = [
            key
            for key, value in record.items()
            if isinstance(value, str) and value.lstrip().upper().startswith(_WKT)
        ]
        if len(outlines) != 1:
            raise Refused("not-a-polygon", "file", feature=number)
        shape: Any
        try:
            shape = shapely.force_2d(shapely.from_wkt(record[outlines[0]]))
        except ShapelyError:
            raise Refused("geometry-unreadable", "file", feature=number) from None
        properties = {key: value for key, value in record.items() if key != outlines[0]}
        yield _Row(number, properties, shape)


# Shapefile and GeoPackage


def _shapefile(path: Path) -> _Table:
    with tempfile.TemporaryDirectory(prefix="patrol-") as folder:
        shape = _unpacked(path, Path(folder))
        try:
            return _layer(shape, None, encoding="UTF-8")
        except UnicodeDecodeError:
            table = _layer(shape, None, encoding="GB18030")
            return replace(table, doubts=[Doubt("encoding-assumed", {"encoding": "GB18030"})])


def _unpacked(path: Path, folder: Path) -> Path:
    """Take the one Shapefile of a zip out of it, by its own names and no further than allowed."""
    try:
        with zipfile.ZipFile(path) as pack:
            entries = pack.infolist()
            _check_zip(entries, path.stat().st_size)
            shapes = [each for each in entries if each.filename.lower().endswith(".shp")]
            if len(shapes) != 1:
                raise Refused("zip-shapefiles", "file", count=len(shapes))
            stem = shapes[0].filename[:-4]
            for entry in entries:
                suffix = entry.filename[-4:].lower()
                if entry.filename[:-4] == stem and suffix in _SHAPEFILE:
                    with pack.open(entry) as source:
                        content = source.read(MOST_UNPACKED + 1)
                    if len(content) > MOST_UNPACKED:
                        raise Refused("zip-too-large", "file", most=MOST_UNPACKED)
                    (folder / f"areas{suffix}").write_bytes(content)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise Refused("file-unreadable", "file", name=path.name) from None
    return folder / "areas.shp"


def _check_zip(entries: Sequence[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES:
        raise Refused("zip-too-many", "file", most=MOST_ENTRIES)
    if unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(packed, 1):
        raise Refused("zip-too-large", "file", most=MOST_UNPACKED)
    for entry in entries:
        name = PurePosixPath(entry.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or S_ISLNK(entry.external_attr >> 16):
            raise Refused("zip-unsafe", "file", name=entry.filename[:80])


def _polygon_layer(path: Path) -> str:
    try:
        layers = pyogrio.list_layers(path)
    except (DataSourceError, DataLayerError, ValueError):
        raise Refused("file-unreadable", "file", name=path.name) from None
    names = [str(name) for name, kind in layers if kind and "Polygon" in kind]
    if len(names) != 1:
        raise Refused("layers-many", "file", count=len(names), layers=", ".join(names)[:200])
    return names[0]


def _layer(path: Path, layer: str | None, **options: str) -> _Table:
    try:
        meta, _, outlines, columns = pyogrio.raw.read(
            path, layer=layer, force_2d=True, max_features=MOST_FEATURES + 1, **options
        )
        shapes = shapely.from_wkb(outlines)
    except UnicodeDecodeError:
        raise
    except (DataSourceError, DataLayerError, ShapelyError, ValueError, RuntimeError):
        raise Refused("file-unreadable", "file", name=path.name) from None
    rows = []
    for number, shape in enumerate(shapes, 1):
        if shape is None or shape.geom_type not in {"Polygon", "MultiPolygon"}:
            raise Refused("not-a-polygon", "file", feature=number)
        values = [column[number - 1] for column in columns]
        rows.append(_Row(number, dict(zip(meta["fields"], values, strict=True)), shape))
    return _Table(rows, meta["crs"])


# What the features hold


def _check_coordinates(rows: Sequence[_Row], stated: Datum) -> None:
    for row in rows:
        points = shapely.get_coordinates(row.geometry)
        if len(points) > MOST_VERTICES:
            raise Refused(
                "vertices-too-many",
                "file",
                feature=row.number,
                count=len(points),
                most=MOST_VERTICES,
            )
        if not np.isfinite(points).all():
            raise Refused("coordinate-not-a-number", "file", feature=row.number)
        if not len(points):
            raise Refused("geometry-unreadable", "file", feature=row.number)
        if not stated.in_degrees:
            continue
        off = (np.abs(points[:, 0]) > 180) | (np.abs(points[:, 1]) > 90)
        if off.any():
            x, y = (round(float(value), 6) for value in points[off][0])
            swapped = abs(x) <= 90 and abs(y) <= 180
            code = "coordinates-swapped" if swapped else "crs-needed"
            raise Refused(code, "datum", feature=row.number, lon=x, lat=y)


def _fields(
    rows: Sequence[_Row], code: str | None, name: str | None, parent: str | None
) -> dict[str, str | None]:
    known = [each for each in rows[0].properties if all(each in row.properties for row in rows)]
    found = {
        "code": _field(known, code, CODE_FIELDS),
        "name": _field(known, name, NAME_FIELDS),
        "parent": _field(known, parent, PARENT_FIELDS),
    }
    for role in ("code", "name"):
        if found[role] is None:
            raise Refused(f"{role}-field-needed", role, fields=", ".join(known)[:400])
    return found


def _field(known: Sequence[str], stated: str | None, usual: frozenset[str]) -> str | None:
    if stated is not None:
        if stated not in known:
            raise Refused("field-unknown", None, given=stated, fields=", ".join(known)[:400])
        return stated
    likely = [each for each in known if each.lower().replace("_", "") in usual]
    return likely[0] if len(likely) == 1 else None


def _area(row: _Row, fields: Mapping[str, str | None], stated: Datum) -> Area:
    code, name, parent = (_text(row, fields[role]) for role in ("code", "name", "parent"))
    if not code or not is_code(code):
        raise Refused("code-unfit", "code", feature=row.number, given=(code or "")[:40])
    if not name or len(name) > 80:
        raise Refused("name-unfit", "name", feature=row.number, given=(name or "")[:40])
    shape = whole(row.geometry)
    fault = flaw(code, shape)
    if fault is not None:
        mended = valid(shape)
        turned = to_wgs84(shapely.Point(fault.spot), stated)
        spot = (round(turned.x, 6), round(turned.y, 6))
        before, after = (area_m2(to_wgs84(each, stated)) for each in (shape, mended))
        fault, shape = replace(fault, spot=spot, m2=abs(before - after)), mended
    return Area(code, name, to_wgs84(shape, stated), parent, row.properties, fault)


def _text(row: _Row, name: str | None) -> str | None:
    value = None if name is None else row.properties[name]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        value = int(value) if math.isfinite(value) and value.is_integer() else None
    if isinstance(value, bool | dict | list):
        raise Refused("field-not-text", None, feature=row.number, given=name)
    text = "" if value is None else str(value).strip()
    return text.replace("\x00", "") or None


def _doubts(areas: Sequence[Area], stated: Datum) -> Iterator[Doubt]:
    west, south, east, north = shapely.total_bounds([area.shape for area in areas])
    lon, lat = float((west + east) / 2), float((south + north) / 2)
    facts = {"lon": round(lon, 5), "lat": round(lat, 5)}
    if outside_area_of_use(lon, lat, stated):
        yield Doubt("outside-area-of-use", {**facts, "datum": stated.name})
    if not in_china(lon, lat):
        yield Doubt("outside-china", facts)


def _short(crs: str) -> str:
    return crs if len(crs) <= 40 else crs[:40] + "…"
