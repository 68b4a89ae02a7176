"""Cells tile what they are cut from, in the order and size they should have."""

import time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon

from patrol.core import geo
from patrol.core.errors import Refused
from patrol.grid import files, rules
from patrol.grid.cutting import cut

HERE = geo.Plane(113.66, 34.76)


def metric(*corners):
    return MultiPolygon([HERE.back(Polygon(corners))])


def assert_tiles(cells, boundary):
    shapes = np.array([cell.shape for cell in cells], dtype=object)
    assert shapely.is_valid(shapes).all()
    assert sum(cell.m2 for cell in cells) == pytest.approx(geo.area_m2(boundary), rel=2e-4, abs=1)
    missed = shapely.symmetric_difference(shapely.union_all(shapes), boundary)
    assert all(geo.area_m2(part) < 1 for part in rules.whole(missed).geoms)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    apart = one < other
    shared = shapely.intersection(shapes[one[apart]], shapes[other[apart]])
    assert shapely.area(HERE.forward(shared)).max(initial=0) < 1


def test_a_square_of_three_by_two_is_six_cells_from_the_north_west():
    cells = cut(metric((0, 0), (300, 0), (300, 200), (0, 200)), 100, HERE)

    centres = [HERE.forward(cell.shape.centroid) for cell in cells]
    assert [(round(point.x), round(point.y)) for point in centres] == [
        (50, 150), (150, 150), (250, 150), (50, 50), (150, 50), (250, 50),
    ]  # fmt: skip
    assert [cell.m2 for cell in cells] == pytest.approx([10_000] * 6, rel=1e-4)


def test_a_sliver_joins_the_neighbour_it_shares_most_with():
    cells = cut(metric((0, 0), (310, 0), (310, 100), (0, 100)), 100, HERE)

    assert [round(cell.m2, -2) for cell in cells] == [10_000, 10_000, 11_000]


def test_a_fifth_of_a_cell_is_a_cell():
    cells = cut(metric((0, 0), (121, 0), (121, 100), (0, 100)), 100, HERE)

    assert len(cells) == 2


def test_an_island_smaller_than_a_fifth_of_a_cell_stays_a_cell():
    island = HERE.back(shapely.box(1010, 1010, 1030, 1030))
    land = HERE.back(shapely.box(0, 0, 100, 100))

    cells = cut(MultiPolygon([land, island]), 100, HERE)

    assert sorted(round(cell.m2, -1) for cell in cells) == [400, 10_000]


def test_a_hole_stays_out_of_the_cells():
    ground = shapely.box(0, 0, 400, 400).difference(shapely.box(130, 130, 260, 270))
    boundary = MultiPolygon([HERE.back(ground)])

    cells = cut(boundary, 100, HERE)

    assert_tiles(cells, boundary)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.floats(-900, 900), st.floats(-900, 900)), min_size=3, max_size=12, unique=True
    ),
    st.sampled_from([37.0, 100.0, 250.0]),
)
def test_cells_tile_whatever_they_are_cut_from(points, size):
    hull = shapely.MultiPoint(points).convex_hull
    star = Polygon(points)
    ground = star if star.is_valid and star.area > 500 else hull
    if ground.geom_type != "Polygon" or ground.area < 500:
        return
    boundary = MultiPolygon([HERE.back(ground)])
    if not boundary.is_valid:  # a sliver that folds over in degrees: the import refuses it
        return

    cells = cut(boundary, size, HERE)

    assert_tiles(cells, boundary)
    assert [(cell.row, cell.column) for cell in cells] == sorted(
        (cell.row, cell.column) for cell in cells
    )


def test_neighbours_cut_on_one_plane_neither_overlap_nor_miss_each_other():
    west = metric((0, 0), (237, 0), (181, 500), (0, 500))
    east = metric((237, 0), (600, 0), (600, 500), (181, 500))

    cells = [*cut(west, 100, HERE), *cut(east, 100, HERE)]

    assert_tiles(cells, rules.whole(shapely.union(west, east)))


@pytest.mark.parametrize("size", [0, -5, 19.9, 2001, float("nan")])
def test_a_size_that_makes_no_cells_is_refused(size):
    with pytest.raises(Refused, match="cell-size"):
        cut(metric((0, 0), (300, 0), (300, 200)), size, HERE)


def test_far_too_many_cells_are_refused_before_they_are_made():
    with pytest.raises(Refused, match="cells-too-many"):
        cut(metric((0, 0), (300_000, 0), (300_000, 300_000)), 100, HERE)


def test_haidian_in_cells_of_100_metres_tiles_every_street_within_seconds(shared):
    path = shared / "boundaries/beijing_subdistricts/haidian.geojson"
    areas, _ = rules.mended(files.read(path, geo.datum("wgs84")).areas)
    plane = geo.plane_round([area.shape for area in areas])
    begun = time.process_time()

    streets = [cut(area.shape, 100, plane) for area in areas]

    assert time.process_time() - begun < 20
    assert 42_000 < sum(map(len, streets)) < 46_000
    assert min(cell.m2 for cells in streets for cell in cells) >= 2_000
    for area, cells in zip(areas, streets, strict=True):
        assert_tiles(cells, area.shape)


def test_the_same_boundary_gives_the_same_cells(shared):
    path = shared / "boundaries/beijing_subdistricts/dongcheng.geojson"
    area = files.read(path, geo.datum("wgs84")).areas[0]
    plane = geo.plane_round(area.shape)

    first, second = (cut(area.shape, 100, plane) for _ in range(2))

    assert [cell.shape.wkb for cell in first] == [cell.shape.wkb for cell in second]
