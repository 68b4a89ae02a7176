"""Outlines of grids and cells as compact GeoJSON for maps."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from patrol.core.geo import areas_m2


def features(found: Iterable[tuple[dict[str, Any], Any]]) -> str:
    """A compact FeatureCollection, coordinates to 5 decimals (about a metre)."""
    told = list(found)
    rounded = shapely.transform(
        _without_slivers([shape for _, shape in told]), lambda spots: spots.round(5)
    )
    made = (
        f'{{"type":"Feature","properties":{json.dumps(properties, separators=(",", ":"))},'
        f'"geometry":{geometry}}}'
        for (properties, _), geometry in zip(told, shapely.to_geojson(rounded), strict=True)
    )
    return f'{{"type":"FeatureCollection","features":[{",".join(made)}]}}'


def _without_slivers(shapes: list[Any]) -> NDArray[Any]:
    """Each as a polygon, or as several; parts of less than a square metre are left out."""
    parts, of = shapely.get_parts(np.array(shapes, dtype=object), return_index=True)
    large = areas_m2(parts) > 1
    parts, of = parts[large], of[large]
    drawn = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
    drawn[of] = parts
    for several in np.flatnonzero(np.bincount(of, minlength=len(shapes)) > 1):
        drawn[several] = shapely.MultiPolygon(list(parts[of == several]))
    return drawn
