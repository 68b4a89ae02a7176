"""Outlines of grids and cells as compact GeoJSON for maps, and the versions they are kept by."""

import json
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlmodel import Session, col

from patrol.core.geo import areas_m2
from patrol.grid.model import Cell, Grid
from patrol.grid.queries import current, outlined_cells

_told = json.JSONEncoder(separators=(",", ":")).encode


def cells(session: Session, grid: Grid, *, most: int) -> str:
    """The cells below a grid, each with its code (c) and number (n); no more than so many."""
    found = outlined_cells(session, grid, (Cell.code, Cell.number), most=most)
    return features(({"c": code, "n": number}, shape) for (code, number), shape in found)


def features(found: Iterable[tuple[dict[str, Any], Any]]) -> str:
    """A compact FeatureCollection, coordinates to 5 decimals (about a metre)."""
    told = list(found)
    rounded = shapely.transform(
        _without_slivers([shape for _, shape in told]), lambda spots: spots.round(5)
    )
    made = (
        f'{{"type":"Feature","properties":{_told(properties)},"geometry":{geometry}}}'
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


def cells_version(session: Session, grid: Grid) -> str:
    """Changes whenever the cells below a grid do; for the tag of their map."""
    query = (
        select(func.count(col(Cell.id)), func.max(col(Cell.valid_from)), func.max(col(Cell.code)))
        .join(Grid, col(Grid.id) == col(Cell.grid_id))
        .where(col(Grid.path).startswith(grid.path, autoescape=True), current(Cell))
    )
    count, since, last = session.execute(query).one()
    return f"{count}-{since.timestamp() if since else 0:.0f}-{last or ''}"


def grids_version(session: Session, ids: Collection[UUID]) -> str:
    """Changes whenever one of these grids does."""
    query = select(func.count(col(Grid.id)), func.max(col(Grid.valid_from)))
    count, since = session.execute(query.where(col(Grid.id).in_(ids))).one()
    return f"{count}-{since.timestamp() if since else 0:.0f}"
