"""Splitting and merging the real sub-districts of Haidian loses no ground and no past."""

import pytest
import shapely

from patrol.core import clock, geo
from patrol.grid import changes, files, lineage, queries, rules, service, topology
from patrol.grid.drafts import ChangeDraft
from tests.conftest import NOW
from tests.grid.test_grid_changes import BEFORE, LATER

WGS84 = geo.datum("wgs84")


@pytest.fixture
def haidian(database, shared):
    """Haidian's sub-districts, mended, and the smallest of them in cells of 200 m."""
    path = shared / "boundaries" / "beijing_subdistricts" / "haidian.geojson"
    with database.transaction() as session:
        reading = files.read(path, WGS84, code="code", name="Name")
        judged = service.judge(session, reading, 1, WGS84, repair=True)
        grids = service.import_areas(session, None, judged, now=BEFORE)
        smallest = min(grids, key=lambda grid: grid.area)
        service.generate(session, None, service.cuttings(session, [smallest]), 200, now=BEFORE)
    return smallest


def act(database, whose, kind, now, **more):
    with database.transaction() as session:
        grid = queries.grid_by_code(session, whose)
        draft = ChangeDraft(level="grid", kind=kind, **more)
        changes.plan(session, None, grid, draft, zone=clock.city(), now=now)
        assert changes.carry_out(session, lineage.next_due(session, now=now), now=now)


def test_a_real_district_is_split_and_merged_back_without_a_gap(database, haidian):
    with database.reading() as session:
        whole = queries.shape_of(session, haidian.id)
        cells = queries.cells_below(session, haidian)
        spots = [(cell.lon, cell.lat) for cell in cells]
    west, south, east, north = whole.bounds
    line = f"{west - 0.01},{south - 0.001} {east + 0.01},{north + 0.001}"

    act(database, haidian.code, "split", NOW, code="H1", name="一", other_code="H2",
        other_name="二", line=line)  # fmt: skip
    with database.reading() as session:
        halves = [queries.grid_by_code(session, code) for code in ("H1", "H2")]
        assert [topology.faults_below(session, half) for half in halves] == [[], []]
        shapes = [queries.shape_of(session, half.id) for half in halves]
        assert geo.area_m2(rules.whole(shapely.intersection(*shapes))) < 1
    act(database, "H1", "merge", LATER, code="H", name="合", members=("H2",))

    with database.reading() as session:
        merged = queries.grid_by_code(session, "H")
        assert topology.faults_below(session, merged) == []
        shape = queries.shape_of(session, merged.id)
        assert geo.area_m2(rules.whole(shapely.symmetric_difference(shape, whole))) < 1
        for spot, cell in zip(spots, cells, strict=True):
            assert queries.cell_at(session, *spot, at=BEFORE).id == cell.id
            assert queries.cell_at(session, *spot) is not None
