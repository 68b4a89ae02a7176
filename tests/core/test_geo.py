"""Datums, planes and the refusal of coordinates that mean nothing."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from patrol.core import geo
from patrol.core.errors import Refused

ZHENGZHOU = (113.6254, 34.7466)
in_china = st.tuples(st.floats(73.5, 134.9, allow_nan=False), st.floats(3.9, 53.5, allow_nan=False))


@given(in_china)
def test_gcj02_comes_back_to_where_it_was_within_a_millimetre(place):
    shifted = geo.gcj02_from_wgs84(*place)

    lon, lat = geo.wgs84_from_gcj02(*shifted)

    assert geo.distance_m(place, (float(lon), float(lat))) < 0.001


def test_gcj02_moves_zhengzhou_by_some_570_metres():
    lon, lat = geo.gcj02_from_wgs84(*ZHENGZHOU)

    assert geo.distance_m(ZHENGZHOU, (float(lon), float(lat))) == pytest.approx(570, abs=20)
    assert float(lon) - ZHENGZHOU[0] == pytest.approx(0.0061, abs=0.0002)
    assert float(lat) - ZHENGZHOU[1] == pytest.approx(-0.0011, abs=0.0002)


def test_gcj02_is_wgs84_outside_china():
    lon, lat = geo.gcj02_from_wgs84(-87.6, 41.8)

    assert (float(lon), float(lat)) == (-87.6, 41.8)


def test_a_gauss_krueger_plane_is_read_easting_first():
    centre = geo.to_wgs84(shapely.Point(500_000, 3_846_000), geo.datum("epsg:4547"))

    assert centre.x == pytest.approx(114, abs=1e-6)
    assert centre.y == pytest.approx(34.74, abs=0.02)


def test_cgcs2000_is_taken_as_wgs84():
    place = shapely.Point(*ZHENGZHOU)

    assert geo.to_wgs84(place, geo.datum("cgcs2000")).equals(place)
    assert geo.to_wgs84(place, geo.datum("EPSG:4490")).equals(place)


@pytest.mark.parametrize("stated", ["", "wgs", "bd09", "epsg:", "epsg:1", "epsg:5773", "epsg:4979"])
def test_an_unknown_datum_is_refused(stated):
    with pytest.raises(Refused) as refusal:
        geo.datum(stated)

    assert refusal.value.code == "datum-unknown"


def test_neighbours_still_meet_when_only_one_has_a_vertex_on_their_border():
    left = shapely.Polygon([(113, 34), (113.2, 34), (113.2, 34.2), (113, 34.2)])
    right = shapely.Polygon(
        [(113.2, 34), (113.4, 34), (113.4, 34.2), (113.2, 34.2), (113.2, 34.07)]
    )

    one, other = geo.to_wgs84(np.array([left, right]), geo.datum("gcj02"))

    overlap = one.intersection(other)
    assert (0 if overlap.is_empty else geo.area_m2(overlap)) < 2


@given(st.floats(-40_000, 40_000), st.floats(-40_000, 40_000))
def test_a_plane_leads_back_to_the_place_and_keeps_its_distance(east, north):
    plane = geo.Plane(*ZHENGZHOU)

    there = plane.back(shapely.Point(east, north))
    again = plane.forward(there)

    assert math.hypot(again.x - east, again.y - north) < 1e-4
    straight = math.hypot(east, north)
    assert geo.distance_m(ZHENGZHOU, (there.x, there.y)) == pytest.approx(
        straight, rel=1e-4, abs=1e-3
    )


def test_area_does_not_depend_on_the_direction_of_rings_and_leaves_out_holes():
    hole = [(0.004, 0.004), (0.006, 0.004), (0.006, 0.006), (0.004, 0.006)]
    one = shapely.Polygon([(0, 0), (0.01, 0), (0.01, 0.01), (0, 0.01)], [hole])

    assert geo.area_m2(one) == pytest.approx(geo.area_m2(one.reverse()))
    assert geo.area_m2(one) == pytest.approx(0.96 * 1113.19 * 1105.74, rel=1e-3)


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        ("NaN", 34, "coordinate-not-a-number"),
        (113, math.inf, "coordinate-not-a-number"),
        ("113°", "34", "coordinate-not-a-number"),
        (None, 34, "coordinate-not-a-number"),
        (True, 34, "coordinate-not-a-number"),
        ("9" * 400, 34, "coordinate-not-a-number"),
        (34.76, 113.66, "coordinates-swapped"),
        (181, 34, "longitude-out-of-range"),
        (113, -90.1, "latitude-out-of-range"),
        (0, 0, "coordinates-zero"),
    ],
)
def test_coordinates_that_mean_nothing_are_refused(lon, lat, code):
    with pytest.raises(Refused) as refusal:
        geo.lon_lat(lon, lat, field="spot")

    assert (refusal.value.code, refusal.value.field) == (code, "spot")


def test_a_spot_is_read_with_either_comma():
    assert geo.spot("113.66, 34.76") == geo.spot("113.66，34.76") == (113.66, 34.76)
    with pytest.raises(Refused):
        geo.spot("113.66")


@pytest.mark.parametrize(
    ("stated", "noted", "agree"),
    [
        ("wgs84", "urn:ogc:def:crs:OGC:1.3:CRS84", True),
        ("gcj02", "EPSG:4326", True),
        ("cgcs2000", "EPSG:4326", True),
        ("wgs84", "EPSG:4547", False),
        ("epsg:4547", "EPSG:4547", True),
        ("epsg:4549", "EPSG:4547", False),
        ("epsg:4547", "EPSG:4326", False),
        ("wgs84", "EPSG:4214", False),
        ("wgs84", "who knows", False),
    ],
)
def test_what_a_file_notes_of_itself_must_allow_what_is_stated(stated, noted, agree):
    assert geo.same_datum(geo.datum(stated), noted) is agree


def test_gcj02_is_what_the_phone_reckons_with():
    places = json.loads((Path(__file__).parents[1] / "js" / "gcj-vectors.json").read_text())

    for place, moved in places:
        assert geo.gcj02_from_wgs84(*place) == pytest.approx(moved, abs=1e-12)
