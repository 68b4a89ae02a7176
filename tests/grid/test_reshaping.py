"""Dividing and uniting areas: the parts tile the whole, and uniting them gives it back."""

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from patrol.core.geo import area_m2
from patrol.grid import reshaping, rules

WEST, SOUTH = 113.6, 34.7
degrees = st.floats(0, 0.02).map(lambda value: round(value, 5))


@st.composite
def areas(draw):
    """A blob of one to three circles that touch, about 1 km across."""
    discs = [
        Point(WEST + draw(degrees), SOUTH + draw(degrees)).buffer(0.01 + draw(degrees) / 4, 8)
        for _ in range(draw(st.integers(1, 3)))
    ]
    return rules.whole(shapely.union_all(discs))


@st.composite
def lines(draw):
    """A line of two to four points, the ends far outside."""
    inner = [(WEST + draw(degrees), SOUTH + draw(degrees)) for _ in range(draw(st.integers(0, 2)))]
    return LineString([(WEST - 1, SOUTH + draw(degrees)), *sorted(inner),
                       (WEST + 1, SOUTH + draw(degrees))])  # fmt: skip


def differ(one, other):
    return area_m2(rules.whole(shapely.symmetric_difference(one, other)))


@given(areas(), lines())
def test_the_parts_of_a_split_tile_the_whole(area, line):
    sides = reshaping.split_along(area, line)

    if sides is None:
        return
    left, right = sides
    assert left.is_valid
    assert right.is_valid
    assert area_m2(rules.whole(shapely.intersection(left, right))) < 1
    assert differ(reshaping.united([left, right]), area) < 1


@given(areas(), lines())
def test_the_other_direction_gives_the_same_parts_the_other_way_round(area, line):
    sides = reshaping.split_along(area, line)
    turned = reshaping.split_along(area, line.reverse())

    assert (sides is None) == (turned is None)
    if sides and turned:
        assert differ(sides[0], turned[1]) < 1
        assert differ(sides[1], turned[0]) < 1


def test_a_piece_nearest_to_a_sharp_corner_lies_on_the_side_it_is_seen_on():
    area = MultiPolygon([box(WEST - 0.01, SOUTH - 0.01, WEST + 0.01, SOUTH + 0.01)])
    spike = LineString([(WEST - 1, SOUTH), (WEST, SOUTH), (WEST, SOUTH + 0.008), (WEST + 1, SOUTH)])

    left, right = reshaping.split_along(area, spike)
    turned = reshaping.split_along(area, spike.reverse())

    assert left.covers(Point(WEST, SOUTH + 0.009))
    assert right.covers(Point(WEST, SOUTH - 0.009))
    assert differ(left, turned[1]) < 1


@given(areas(), lines())
def test_what_is_taken_out_and_what_is_left_are_the_whole(area, line):
    sides = reshaping.split_along(area, line)
    if sides is None:
        return

    rest = reshaping.taken_out(area, [sides[0]])

    assert differ(rest, sides[1]) < 2


@given(areas(), lines())
def test_heirs_take_over_all_the_ground_and_no_more(area, line):
    sides = reshaping.split_along(area, line) or (area,)

    shares = reshaping.shares({"a": area}, dict(enumerate(sides)))

    assert sum(m2 for *_, m2 in shares) == pytest.approx(area_m2(area), abs=3)


def test_areas_hang_together_by_an_edge_and_not_by_a_corner():
    one, beside = box(0, 0, 0.01, 0.01), box(0.01, 0, 0.02, 0.01)
    corner, apart = box(0.02, 0.01, 0.03, 0.02), box(0.5, 0.5, 0.6, 0.6)

    assert reshaping.hang_together([one, beside])
    assert reshaping.hang_together([one])
    assert not reshaping.hang_together([one, beside, corner])
    assert not reshaping.hang_together([one, apart])


def test_a_line_that_ends_inside_divides_nothing():
    area = MultiPolygon([Polygon([(0, 0), (0.01, 0), (0.01, 0.01), (0, 0.01)])])

    assert reshaping.split_along(area, LineString([(-1, 0.005), (0.005, 0.005)])) is None
