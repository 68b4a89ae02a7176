"""Grids and cells as files for other programs: GeoPackage, zipped Shapefile and GeoJSON."""

import json
import tempfile
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from sqlmodel import Session

from patrol.grid import queries
from patrol.grid.model import Grid

FORMS: Mapping[str, tuple[str, str]] = {  # suffix and media type
    "geopackage": ("gpkg", "application/geopackage+sqlite3"),
    "shapefile": ("zip", "application/zip"),
    "geojson": ("geojson", "application/geo+json"),
}
CRS = "EPSG:4326"  # what is stored: longitude and latitude, WGS 84
Layer = tuple[dict[str, np.ndarray[Any, Any]], np.ndarray[Any, Any]]


def export(session: Session, grid: Grid, form: str) -> bytes:
    """A grid with all below it, and their cells, as a file; the same import gives the same back.

    A GeoPackage and a Shapefile hold a layer of grids and one of cells; GeoJSON (RFC 7946) holds
    both, told apart by `kind`.
    """
    layers = {"grids": _grids(session, grid), "cells": _cells(session, grid)}
    layers = {name: layer for name, layer in layers.items() if len(layer[1])}
    return {"geopackage": _geopackage, "shapefile": _shapefile, "geojson": _geojson}[form](layers)


def _grids(session: Session, grid: Grid) -> Layer:
    below = queries.below(session, grid.id)
    paths = {one.path: one.code for one in below}
    shapes = [queries.shape_of(session, one.id) for one in below]
    return {
        "code": _texts(one.code for one in below),
        "name": _texts(one.name for one in below),
        "tier": np.array([one.tier for one in below], dtype=np.int32),
        "parentcode": _texts(paths.get(one.path.removesuffix(f"{one.code}/"), "") for one in below),
        "since": _texts(one.valid_from.date().isoformat() for one in below),
    }, np.array(shapes, dtype=object)


def _cells(session: Session, grid: Grid) -> Layer:
    found = queries.cell_shapes(session, grid)
    codes = {one.id: one.code for one in queries.below(session, grid.id)}
    return {
        "code": _texts(card.code for card, _ in found),
        "number": np.array([card.number for card, _ in found], dtype=np.int32),
        "gridcode": _texts(codes[card.grid_id] for card, _ in found),
    }, np.array([shape for _, shape in found], dtype=object)


def _texts(values: Any) -> np.ndarray[Any, Any]:
    return np.array(list(values), dtype=object)


def _geopackage(layers: Mapping[str, Layer]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="patrol-") as folder:
        path = Path(folder) / "patrol.gpkg"
        for name, layer in layers.items():
            _write(path, layer, layer_name=name, driver="GPKG", append=path.exists())
        return path.read_bytes()


def _shapefile(layers: Mapping[str, Layer]) -> bytes:
    packed = BytesIO()
    with tempfile.TemporaryDirectory(prefix="patrol-") as folder:
        for name, layer in layers.items():
            path = Path(folder) / f"{name}.shp"
            _write(path, layer, driver="ESRI Shapefile", encoding="UTF-8")
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as pack:
            for part in sorted(Path(folder).iterdir()):
                pack.write(part, part.name)
    return packed.getvalue()


def _write(path: Path, layer: Layer, *, layer_name: str | None = None, **options: Any) -> None:
    columns, shapes = layer
    pyogrio.raw.write(
        path,
        shapely.to_wkb(shapes),
        list(columns.values()),
        list(columns),
        layer=layer_name,
        geometry_type="MultiPolygon" if options["driver"] == "GPKG" else "Polygon",
        crs=CRS,
        **options,
    )


def _geojson(layers: Mapping[str, Layer]) -> bytes:
    features = []
    for name, (columns, shapes) in layers.items():
        for place, shape in enumerate(shapes):
            told = {key: np.asarray(values).tolist()[place] for key, values in columns.items()}
            outline = shapely.orient_polygons(
                shapely.MultiPolygon(shapely.get_parts(shape).tolist())
            )
            features.append({
                "type": "Feature",
                "properties": {"kind": name.removesuffix("s"), **told},
                "geometry": shapely.geometry.mapping(outline),
            })  # fmt: skip
    whole = {"type": "FeatureCollection", "features": features}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
