"""Hot spots, objects beside the cells, the check of the topology and files for other programs."""

import json
import zipfile
from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from patrol.core import clock, geo
from patrol.core.roles import Role
from patrol.grid import changes, exporting, files, lineage, marking, objects, queries, service
from patrol.grid.drafts import ChangeDraft
from patrol.grid.model import Cell, HotSpot, PatrolObject, Sort
from tests.conftest import NOW
from tests.make import STEP

WGS84 = geo.datum("wgs84")


def book(*rows):
    """A workbook of objects."""
    made = openpyxl.Workbook()
    made.active.append(["编号", "名称", "类别", "坐标", "许可证号", "有效期至", "地址", "主题"])
    for row in rows:
        made.active.append(row)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.fixture
def place(make):
    grid = make.grid()
    make.topic()
    return grid, make.cells(grid, 4)


@pytest.fixture
def take(database):
    def run(content, now=NOW):
        with database.transaction() as session:
            return objects.take_in(
                session, None, content, WGS84, known_topics=["street_order"], now=now
            )

    return run


def rows_of(cells):
    spot = f"{cells[0].lon},{cells[0].lat}"
    along = (
        f"{cells[0].lon},{cells[0].lat} {cells[1].lon},{cells[1].lat} {cells[3].lon},{cells[3].lat}"
    )
    return [
        ("P1", "张记烧烤", "许可点位", spot, "豫0012", date(2026, 12, 1), "经八路", "street_order"),
        ("R1", "经八路北段", "路段", along, "", "", "", ""),
        ("S1", "三号工地", "工地", spot, "", "", "纬三路", ""),
    ]  # fmt: skip


def test_a_table_of_objects_is_taken_in_and_again_changes_nothing(make, place, take):
    _, cells = place
    came = take(book(*rows_of(cells)))

    assert (came.new, came.faults) == (["P1", "R1", "S1"], [])
    assert take(book(*rows_of(cells))).same == ["P1", "R1", "S1"]
    permit, road, _ = sorted(make.rows(PatrolObject), key=lambda one: one.code)
    assert (permit.sort, permit.permit, permit.permit_until) == (
        Sort.PERMIT, "豫0012", date(2026, 12, 1),
    )  # fmt: skip
    assert permit.cell_id == cells[0].id
    assert len(road.line) == 3
    assert road.cell_id == cells[1].id


def test_an_object_that_changes_keeps_what_it_was(make, place, take, database):
    grid, cells = place
    take(book(*rows_of(cells)))
    later = NOW + timedelta(days=1)
    renewed = ("P1", "张记烧烤", "许可点位", f"{cells[0].lon},{cells[0].lat}", "豫0012",
               date(2027, 12, 1), "经八路", "street_order")  # fmt: skip

    assert take(book(renewed), now=later).changed == ["P1"]

    with database.reading() as session:
        then = objects.objects_in(session, [grid.id], at=NOW)
        assert {one.permit_until for one in then} == {date(2026, 12, 1), None}
        assert len(objects.objects_in(session, [grid.id])) == 3


@pytest.mark.parametrize(
    ("why", "row"),
    [
        ("object-permit", ("P", "甲", "许可点位", "SPOT", "", "", "", "")),
        ("object-sort", ("P", "甲", "乙类", "SPOT", "", "", "", "")),
        ("object-topic", ("P", "甲", "工地", "SPOT", "", "", "", "none")),
        ("object-day", ("P", "甲", "许可点位", "SPOT", "1", "明年", "", "")),
        ("line-needed", ("P", "甲", "路段", "SPOT", "", "", "", "")),
        ("place-outside", ("P", "甲", "工地", "100.1,30.2", "", "", "", "")),
        ("object-code-or-name", ("P", "", "工地", "SPOT", "", "", "", "")),
        ("coordinate-not-a-number", ("P", "甲", "工地", "路口", "", "", "", "")),
        ("cell-is-formula", ("P", "=1+1", "工地", "SPOT", "", "", "", "")),
    ],
)
def test_a_row_with_a_fault_is_named_and_the_others_are_taken(place, take, why, row):
    _, cells = place
    spot = f"{cells[0].lon},{cells[0].lat}"
    faulty = tuple(spot if value == "SPOT" else value for value in row)

    came = take(book(faulty, *rows_of(cells)))

    assert [(one.row, one.code) for one in came.faults] == [(2, why)]
    assert len(came.new) == 3


def test_marks_and_objects_follow_a_cell_that_is_split(make, place, take, database):
    grid, cells = place
    take(book(*rows_of(cells)))
    leader = make.actor(make.person(Role.HEAD, grid))
    with database.transaction() as session:
        draft = marking.HotSpotDraft(cell=cells[0].code, topic="street_order", first_month=11,
                                     last_month=2)  # fmt: skip
        marking.mark(session, leader, session.merge(grid, load=False), draft, now=NOW)
    middle = f"{cells[0].lon + STEP / 10},30 {cells[0].lon + STEP / 10},40"

    with database.transaction() as session:
        draft = ChangeDraft(level="cell", kind="split", members=(cells[0].code,), line=middle)
        found = queries.grid_by_code(session, grid.code)
        changes.plan(session, None, found, draft, zone=clock.city(), now=NOW)
        assert changes.carry_out(session, lineage.next_due(session, now=NOW), now=NOW)

    current = {cell.id for cell in make.rows(Cell) if cell.valid_to is None}
    spots = [spot for spot in make.rows(HotSpot) if spot.valid_to is None]
    assert len(spots) == 2
    assert {spot.cell_id for spot in spots} < current
    lying = [one for one in make.rows(PatrolObject) if one.valid_to is None]
    assert {one.cell_id for one in lying} < current
    assert len(lying) == 3


@given(st.integers(1, 12), st.integers(1, 12), st.dates())
def test_a_season_and_the_rest_of_the_year_make_the_year(first, last, day):
    rest = last % 12 + 1, (first - 2) % 12 + 1
    whole = last % 12 + 1 == first

    assert marking.in_season(first, last, day) != (not whole and marking.in_season(*rest, day))


def test_a_leader_marks_a_hot_spot_on_the_page_and_ends_it(browser, make, place):
    grid, cells = place
    browser.sign_in(make.person(Role.HEAD, grid))
    form = {"cell": cells[1].code, "topic": "street_order", "first_month": "5", "last_month": "9"}

    browser.post(f"/grids/{grid.code}/hot-spots", form)
    assert cells[1].code in browser.get(f"/grids/{grid.code}/hot-spots").text
    browser.post(f"/grids/{grid.code}/hot-spots", form, status=422)
    (spot,) = make.rows(HotSpot)
    browser.post(f"/grids/{grid.code}/hot-spots/{spot.id}/end")
    browser.post(f"/grids/{grid.code}/hot-spots/{spot.id}/end", status=409)


def test_an_administrator_takes_a_table_in_on_the_page(browser, make, place):
    grid, cells = place
    browser.sign_in(make.person(Role.ADMIN, grid))
    form = {"datum": "wgs84", "file": (BytesIO(book(*rows_of(cells), ("X",))), "a.xlsx")}

    page = browser.post(f"/grids/{grid.code}/objects", form, status=200).text

    assert "张记烧烤" in page
    assert "5" in page
    bad = {"datum": "wgs84", "file": (BytesIO(b"PK no"), "a.xlsx")}
    browser.post(f"/grids/{grid.code}/objects", bad, status=422)
    browser.post(f"/grids/{grid.code}/objects", {"datum": "x"}, status=422)
    assert "张记烧烤" in browser.get(f"/grids/{grid.code}/objects").text


def test_the_check_names_the_spot_and_ends_well_when_all_is_sound(browser, make, place, database):
    grid, _ = place
    browser.sign_in(make.person(Role.HEAD, grid))
    assert "?lon=" in browser.get(f"/grids/{grid.code}/check").text  # most of it has no cell
    with database.transaction() as session:
        found = queries.grid_by_code(session, grid.code)
        service.generate(session, None, service.cuttings(session, [found]), 400, now=NOW)

    assert "?lon=" not in browser.get(f"/grids/{grid.code}/check").text


@pytest.mark.parametrize("form", list(exporting.FORMS))
def test_what_is_exported_can_be_read_again_and_is_the_same(
    browser, make, place, form, tmp_path, database
):
    grid, cells = place
    browser.sign_in(make.person(Role.HEAD, grid))

    content = browser.get(f"/grids/{grid.code}/export/{form}").data

    if form == "geojson":
        whole = json.loads(content)
        assert [one["properties"]["kind"] for one in whole["features"]] == ["grid"] + ["cell"] * 4
        return
    if form == "shapefile":
        packed = zipfile.ZipFile(BytesIO(content))
        (tmp_path / "a").mkdir()
        again = zipfile.ZipFile(tmp_path / "a.zip", "w")
        with again:
            for name in packed.namelist():
                if name.startswith("grids"):
                    again.writestr(name, packed.read(name))
        reading = files.read(tmp_path / "a.zip", WGS84)
    else:
        import pyogrio

        (tmp_path / "a.gpkg").write_bytes(content)
        assert {str(name) for name, _ in pyogrio.list_layers(tmp_path / "a.gpkg")} == {
            "grids", "cells",
        }  # fmt: skip
        meta, _, outlines, columns = pyogrio.raw.read(tmp_path / "a.gpkg", layer="cells")
        codes = dict(zip(meta["fields"], columns, strict=True))["code"].tolist()
        assert codes == [cell.code for cell in cells]
        with database.reading() as session:
            kept = [shape for _, shape in queries.cell_shapes(session, grid)]
        assert all(shapely.equals_exact(shapely.from_wkb(outlines), kept, 1e-12))
        return
    (area,) = reading.areas
    with database.reading() as session:
        kept = queries.shape_of(session, grid.id)
    assert (area.code, area.name) == (grid.code, grid.name)
    assert area.shape.equals(kept)
