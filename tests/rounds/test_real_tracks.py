"""Seventy-five real tracks over a district of 43,000 cells, against an independent computation."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from patrol.rounds.rules import ground, passages, segments, stays
from tests import real_tracks

TRACKS = Path(__file__).parents[3] / "shared" / "data" / "tracks"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
WEST, SOUTH, SIDE = 116.2301, 39.9021, 208  # Haidian and around
EAST_100, NORTH_100 = 0.0011711, 0.0009006  # about 100 m
FLAT = Transformer.from_crs(
    "EPSG:4326", "+proj=tmerc +lat_0=40 +lon_0=116.33 +k=1 +ellps=WGS84", always_xy=True
)

pytestmark = pytest.mark.skipif(not TRACKS.exists(), reason="the shared tracks are not here")


@pytest.fixture(scope="module")
def cells():
    east, north = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    west, south = WEST + east.ravel() * EAST_100, SOUTH + north.ravel() * NORTH_100
    return dict(enumerate(shapely.box(west, south, west + EAST_100, south + NORTH_100)))


@pytest.fixture(scope="module")
def walks():
    readings = [*real_tracks.walked(TRACKS, now=NOW), *real_tracks.laid(TRACKS, now=NOW)]
    return [segments([fix for run in reading.runs for fix in run]) for reading in readings]


def test_metres_per_cell_are_those_of_shapely_to_a_metre(cells, walks):
    land = ground(cells)
    flat_cells = shapely.transform(
        np.array(list(cells.values())), FLAT.transform, interleaved=False
    )
    tree = shapely.STRtree(flat_cells)

    for walk in walks:
        told = {key: passage.metres for key, passage in passages(walk, land).items()}
        steps = np.array(
            [
                [(one.lon, one.lat), (other.lon, other.lat)]
                for stretch in walk
                for one, other in pairwise(stretch)
                if (one.lon, one.lat) != (other.lon, other.lat)
            ]
        ).reshape(-1, 2, 2)
        lines = shapely.transform(shapely.linestrings(steps), FLAT.transform, interleaved=False)
        line, cell = tree.query(lines, predicate="intersects")
        lengths = shapely.length(shapely.intersection(lines[line], flat_cells[cell]))
        true = np.bincount(cell, lengths, minlength=len(cells))

        assert np.abs(true - [told.get(key, 0.0) for key in cells]).max() < 1


def test_real_tracks_are_broken_where_they_broke(cells, walks):
    stretches = [stretch for walk in walks for stretch in walk]
    visits = [stay for walk in walks for parts in stays(walk, cells).values() for stay in parts]

    assert 400 < len(stretches) < 800
    assert sum(stay.proves for stay in visits) > 3_000
    assert all(stay.first_at <= stay.last_at for stay in visits)
