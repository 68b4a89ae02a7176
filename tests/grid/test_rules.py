"""The soundness of the areas of a tier, proven on real boundaries and on made-up ones."""

from collections import Counter

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon

from patrol.core import geo
from patrol.grid import files, rules
from patrol.grid.rules import Area, FaultKind, Shift

WGS84, GCJ02 = geo.datum("wgs84"), geo.datum("gcj02")


def kinds(faults):
    return Counter(fault.kind for fault in faults)


def square(west, south, size=0.01, *, code="a", name="a"):
    return Area(code, name, MultiPolygon([shapely.box(west, south, west + size, south + size)]))


def test_haidian_has_three_overlaps_and_four_gaps_which_repair_takes_away(shared):
    path = shared / "boundaries/beijing_subdistricts/haidian.geojson"
    areas = files.read(path, WGS84).areas

    found = rules.faults(areas)
    mended, changes = rules.mended(areas)

    assert kinds(found) == {FaultKind.OVERLAP: 3, FaultKind.GAP: 4}
    overlaps = [fault.m2 for fault in found if fault.kind == FaultKind.OVERLAP]
    gaps = [fault.m2 for fault in found if fault.kind == FaultKind.GAP]
    assert sum(overlaps) == pytest.approx(470, abs=1)
    assert max(gaps) == pytest.approx(916, abs=2)
    assert rules.faults(mended) == []
    assert sum(changes.values()) == pytest.approx(sum(overlaps) + sum(gaps), abs=1)


def test_mending_is_the_same_every_time_and_leaves_sound_areas_alone(shared):
    path = shared / "boundaries/beijing_subdistricts/shunyi.geojson"
    areas = files.read(path, WGS84).areas

    once, changes = rules.mended(areas)
    again, _ = rules.mended(areas)
    more, nothing = rules.mended(once)

    assert [area.shape.wkb for area in once] == [area.shape.wkb for area in again]
    assert nothing == {}
    assert [area.shape for area in more] == [area.shape for area in once]
    untouched = [a.shape is b.shape for a, b in zip(areas, once, strict=True)]
    assert untouched.count(False) == len(changes) == 4


def test_the_airport_in_shunyi_is_a_hole_and_not_a_gap(shared):
    path = shared / "boundaries/beijing_subdistricts/shunyi.geojson"

    found = rules.faults(files.read(path, WGS84).areas)

    gaps = [round(fault.m2) for fault in found if fault.kind == FaultKind.GAP]
    assert sorted(gaps) == pytest.approx([164, 182, 637], abs=1)


@pytest.mark.parametrize("name", ["datav2021", "cnmaps"])
def test_zhengzhou_is_sound(shared, name):
    path = shared / f"boundaries/zhengzhou_districts_{name}_gcj02.geojson"

    assert rules.faults(files.read(path, GCJ02).areas) == []


def test_beijing_has_one_invalid_district_named_with_its_spot(shared):
    path = shared / "boundaries/beijing_districts_datav2021_gcj02.geojson"
    areas = files.read(path, GCJ02).areas

    (fault,) = rules.faults(areas)
    mended, changes = rules.mended(areas)

    assert (fault.kind, fault.codes) == (FaultKind.INVALID, ("110113",))
    assert fault.reason == "self-intersection"
    lon, lat = geo.wgs84_from_gcj02(116.610061, 40.031214)
    assert geo.distance_m(fault.spot, (float(lon), float(lat))) < 1
    assert rules.faults(mended) == []
    assert list(changes) == ["110113"]


def test_the_bad_file_is_invalid_twelve_times_and_comes_out_sound(shared):
    path = shared / "boundaries/zhengzhou_districts_echartscities_lowquality.geojson"
    areas = files.read(path, GCJ02, code="id").areas

    found = rules.faults(areas)
    mended, changes = rules.mended(areas)

    assert kinds(found)[FaultKind.INVALID] == 12
    assert kinds(found)[FaultKind.GAP] > 0
    assert rules.faults(mended) == []
    assert len(changes) == 12


def test_chicago_gives_one_beat_in_three_features_which_become_one(shared):
    path = shared / "beats/chicago_police_beats.geojson"
    areas = files.read(path, WGS84, code="BEAT_NUM", name="BEAT_NUM").areas

    found = rules.faults(areas)
    mended, _ = rules.mended(areas)

    assert kinds(found) == {FaultKind.CODE_TWICE: 2}
    assert {fault.codes for fault in found} == {("3100",)}
    assert (len(areas), len(mended)) == (277, 275)
    assert rules.faults(mended) == []


def test_chicago_simplified_is_mended_though_hundreds_of_borders_miss_each_other(shared):
    path = shared / "beats/chicago_police_beats_simplified.geojson"
    areas = files.read(path, WGS84, code="BEAT_NUM", name="BEAT_NUM").areas

    found = kinds(rules.faults(areas))
    mended, _ = rules.mended(areas)

    assert found[FaultKind.OVERLAP] > 350
    assert found[FaultKind.GAP] > 240
    assert rules.faults(mended) == []


def test_parts_under_one_code_but_two_names_are_not_joined():
    areas = [square(113, 34, name="east"), square(113.1, 34, name="west")]

    mended, _ = rules.mended(areas)

    assert kinds(rules.faults(mended)) == {FaultKind.CODE_TWICE: 1}


def test_an_area_inside_another_keeps_its_ground():
    island = square(113.02, 34.02, 0.01, code="small")
    mended, _ = rules.mended([square(113, 34, 0.1, code="large"), island])

    assert mended[1].shape.equals(island.shape)
    assert rules.faults(mended) == []


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(2, 12)),
        min_size=1,
        max_size=7,
        unique=True,
    )
)
def test_whatever_squares_come_in_none_overlap_when_mended(places):
    areas = [
        square(113 + x / 1000, 34 + y / 1000, size / 1000, code=f"{number}")
        for number, (x, y, size) in enumerate(places)
    ]

    mended, _ = rules.mended(areas)

    left = [area for area in mended if not area.shape.is_empty]
    assert rules.overlaps(left) == []
    assert rules.gaps(left) == []
    assert all(shapely.is_valid(area.shape) for area in left)


def test_a_thin_strip_between_long_straight_borders_is_no_overlap():
    left = Polygon([(113, 34), (113.2, 34.1), (113.2, 34.3), (113, 34.3)])
    right = Polygon([(113, 34), (113.1, 34.05), (113.2, 34.1), (113.2, 34)])

    areas = [Area("l", "l", MultiPolygon([left])), Area("r", "r", MultiPolygon([right]))]

    assert rules.faults(areas) == []


@pytest.mark.parametrize("swapped", [False, True])
def test_a_file_shifted_as_gcj02_is_named_against_the_grid(shared, swapped):
    streets = files.read(shared / "boundaries/beijing_subdistricts/haidian.geojson", WGS84)
    known = [area.shape for area in streets.areas]
    path = shared / "boundaries/beijing_districts_datav2021_gcj02.geojson"

    def district(stated):
        found = next(area for area in files.read(path, stated).areas if area.code == "110108")
        return [found.shape]

    if swapped:
        wrong = geo.to_wgs84(np.array(known, dtype=object), GCJ02)
        assert rules.apparent_shift(list(wrong), known, stated_gcj02=True) == Shift.IS_NOT_GCJ02
    else:
        assert rules.apparent_shift(district(WGS84), known, stated_gcj02=False) == Shift.IS_GCJ02
        assert rules.apparent_shift(district(GCJ02), known, stated_gcj02=True) is None


def test_a_shifted_file_is_named_though_it_covers_much_more_than_the_grid(shared):
    streets = files.read(shared / "boundaries/beijing_subdistricts/haidian.geojson", WGS84)
    known = [area.shape for area in streets.areas]
    path = shared / "boundaries/beijing_districts_datav2021_gcj02.geojson"

    wrong, right = ([a.shape for a in files.read(path, stated).areas] for stated in (WGS84, GCJ02))

    assert rules.apparent_shift(wrong, known, stated_gcj02=False) == Shift.IS_GCJ02
    assert rules.apparent_shift(right, known, stated_gcj02=True) is None


def test_areas_elsewhere_tell_nothing_about_the_datum():
    here, there = square(113, 34), square(116, 40)

    assert rules.apparent_shift([here.shape], [there.shape], stated_gcj02=False) is None
    assert rules.apparent_shift([], [there.shape], stated_gcj02=False) is None


def test_a_community_of_at_most_999_cells_has_the_national_code():
    assert rules.cell_codes("410105001002", 2) == (["410105001002001", "410105001002002"], False)
    assert rules.cell_codes("410105001002", 1000)[1] is True
    assert rules.cell_codes("410105001000", 1) == (["410105001000-0001"], True)
    assert rules.cell_codes("M1", 1) == (["M1-0001"], True)


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("410105", True),
        ("经八路-03", True),
        ("", False),
        ("a b", False),
        ("a/b", False),
        ("..", False),
    ],
)
def test_a_code_fits_into_an_address(text, fit):
    assert rules.is_code(text) is fit
