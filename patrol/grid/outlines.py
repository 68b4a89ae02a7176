"""Outlines of grids and cells as compact GeoJSON for maps."""

import json
from collections.abc import Iterable
from typing import Any

import shapely

from patrol.core.geo import area_m2


def features(found: Iterable[tuple[dict[str, Any], Any]]) -> str:
    """A compact FeatureCollection, coordinates to 5 decimals (about a metre)."""
    made = (
        f'{{"type":"Feature","properties":{json.dumps(properties, separators=(",", ":"))},'
        f'"geometry":{_geometry(shape)}}}'
        for properties, shape in found
    )
    return f'{{"type":"FeatureCollection","features":[{",".join(made)}]}}'


def _geometry(shape: Any) -> str:
    polygons = [
        [
            [[round(x, 5), round(y, 5)] for x, y in ring.coords]
            for ring in (part.exterior, *part.interiors)
        ]
        for part in shapely.get_parts(shape)
        if area_m2(part) > 1
    ]
    kind, inner = ("Polygon", polygons[0]) if len(polygons) == 1 else ("MultiPolygon", polygons)
    return json.dumps({"type": kind, "coordinates": inner}, separators=(",", ":"))
