"""Areas become grids and cells in the database, and what was is never overwritten."""

from datetime import timedelta

import pytest
from shapely import MultiPolygon, box

from patrol.core import geo
from patrol.core.errors import Refused
from patrol.grid import queries, service
from patrol.grid.files import Reading
from patrol.grid.model import Cell, Grid
from patrol.grid.rules import Area, FaultKind
from patrol.ledger.model import LedgerEntry
from tests.conftest import NOW

WGS84 = geo.datum("wgs84")
LATER = NOW + timedelta(hours=1)


def area(code, west, south, east, north, *, name=None, parent=None):
    shape = MultiPolygon([box(113 + west, 34 + south, 113 + east, 34 + north)])
    return Area(code, name or f"网格{code}", shape, parent)


@pytest.fixture
def take(database):
    """Judge and import areas as one use of the command would."""

    def run(*areas, tier=1, repair=False, now=NOW):
        with database.transaction() as session:
            reading = Reading(list(areas), {}, [])
            judged = service.judge(session, reading, tier, WGS84, repair=repair)
            service.import_areas(session, None, judged, now=now)
            return judged

    return run


@pytest.fixture
def cut(database):
    def run(code, size=100.0, now=NOW):
        with database.transaction() as session:
            grid = queries.grid_by_code(session, code)
            return service.generate(session, None, service.cuttings(session, [grid]), size, now=now)

    return run


def test_areas_become_grids_under_the_default_tiers(make, take):
    take(area("410105001", 0, 0, 0.02, 0.02), area("410105002", 0.02, 0, 0.04, 0.02))

    grids = make.rows(Grid)
    assert {grid.code: grid.path for grid in grids} == {
        "410105001": "410105001/", "410105002": "410105002/",
    }  # fmt: skip
    assert grids[0].area == pytest.approx(0.02 * 0.02 * 91_400 * 110_940, rel=0.02)
    (entry,) = make.rows(LedgerEntry, LedgerEntry.kind == "grid.imported")
    assert entry.actor_id is None


def test_a_fault_takes_nothing_in(make, take):
    with pytest.raises(Refused, match="areas-faulty"):
        take(area("a", 0, 0, 0.02, 0.02), area("b", 0.01, 0, 0.03, 0.02))

    assert make.rows(Grid) == []


def test_repair_takes_in_what_it_mended(make, take):
    judged = take(area("a", 0, 0, 0.02, 0.02), area("b", 0.019, 0, 0.05, 0.02), repair=True)

    assert list(judged.mended) == ["b"]
    assert len(make.rows(Grid)) == 2


def test_a_new_area_may_not_overlap_a_grid_that_is_there(take):
    take(area("a", 0, 0, 0.02, 0.02))

    with pytest.raises(Refused, match="areas-faulty"):
        take(area("b", 0.01, 0, 0.03, 0.02))


def test_a_changed_grid_keeps_its_id_and_leaves_its_former_version(make, take):
    take(area("a", 0, 0, 0.02, 0.02))
    (before,) = make.rows(Grid)

    judged = take(area("a", 0, 0, 0.03, 0.02, name="新名"), now=LATER)

    assert list(judged.changed) == ["a"]
    former, now = sorted(make.rows(Grid), key=lambda grid: grid.valid_from)
    assert (now.id, now.name, now.valid_from, now.valid_to) == (before.id, "新名", LATER, None)
    assert (former.name, former.valid_from, former.valid_to) == (before.name, NOW, LATER)
    with make.database.reading() as session:
        assert queries.grid_at(session, 113.025, 34.01).id == before.id
        assert queries.grid_at(session, 113.025, 34.01, at=NOW) is None
        assert queries.grid_by_code(session, "a", at=NOW).id == former.id


def test_the_same_file_again_changes_nothing(make, take):
    areas = area("a", 0, 0, 0.02, 0.02), area("b", 0.02, 0, 0.04, 0.02)
    take(*areas)

    judged = take(*areas, now=LATER)

    assert (list(judged.new), list(judged.changed), sorted(judged.same)) == ([], [], ["a", "b"])
    assert len(make.rows(Grid)) == 2


def test_a_lower_area_finds_its_parent_by_code_or_by_place(make, take):
    take(area("410105", 0, 0, 0.02, 0.02), area("410106", 0.02, 0, 0.04, 0.02))

    told = take(area("410105001", 0, 0, 0.01, 0.01, parent="410105000000"), tier=2)
    found = take(area("410106001", 0.021, 0, 0.03, 0.01), tier=2)

    assert told.parents["410105001"].code == "410105"
    assert found.parents["410106001"].code == "410106"
    assert [doubt.code for doubt in found.doubts] == ["parent-by-place"]
    paths = {grid.code: grid.path for grid in make.rows(Grid)}
    assert paths["410106001"] == "410106/410106001/"


@pytest.mark.parametrize(
    ("lower", "tier", "code"),
    [
        (area("x", 0, 0, 0.01, 0.01), 9, "tier-unknown"),
        (area("x", 0, 0, 0.01, 0.01), 3, "parent-missing"),
        (area("x", 0, 0, 0.01, 0.01, parent="none"), 2, "parent-unknown"),
        (area("x", 0.01, 0, 0.03, 0.01), 2, "parent-unclear"),
        (area("a", 0, 0, 0.01, 0.01), 2, "code-other-tier"),
    ],
)
def test_an_area_without_a_clear_place_in_the_tree_is_refused(take, lower, tier, code):
    take(area("a", 0, 0, 0.02, 0.02), area("b", 0.02, 0, 0.04, 0.02))

    with pytest.raises(Refused) as refusal:
        take(lower, tier=tier)

    assert refusal.value.code == code


def test_a_grid_that_moves_to_another_parent_takes_its_own_along(make, take):
    take(area("a", 0, 0, 0.02, 0.02), area("b", 0.02, 0, 0.04, 0.02))
    take(area("c", 0.005, 0, 0.015, 0.01, parent="a"), tier=2)
    take(area("d", 0.006, 0, 0.01, 0.01, parent="c"), tier=3)

    take(area("c", 0.005, 0, 0.015, 0.01, parent="b"), tier=2, now=LATER)

    paths = {grid.code: grid.path for grid in make.rows(Grid, Grid.valid_to.is_(None))}
    assert (paths["c"], paths["d"]) == ("b/c/", "b/c/d/")


def test_cells_of_a_community_are_numbered_across_its_responsibility_grids(make, take, cut):
    take(area("410105001", 0, 0, 0.006, 0.003))
    take(area("410105001002", 0, 0, 0.006, 0.003), tier=2)
    take(area("w", 0, 0, 0.003, 0.003), area("e", 0.003, 0, 0.006, 0.003), tier=3)

    done = cut("410105001")

    cells = sorted(make.rows(Cell), key=lambda cell: cell.code)
    assert done.cells == len(cells)
    assert [cell.code for cell in cells] == [
        f"410105001002{number:03d}" for number in range(1, len(cells) + 1)
    ]
    assert not any(cell.provisional for cell in cells)
    grids = {grid.id: grid.code for grid in make.rows(Grid)}
    assert {grids[cell.grid_id] for cell in cells} == {"w", "e"}
    assert min(c.number for c in cells if grids[c.grid_id] == "w") == 1


def test_cutting_again_keeps_the_cells_and_another_size_ends_them(make, take, cut):
    take(area("a", 0, 0, 0.005, 0.005))
    first = cut("a")

    again, other = cut("a", now=LATER), cut("a", 50.0, now=LATER)

    assert (again.kept, again.cells, again.closed) == (first.cells, 0, 0)
    assert other.closed == first.cells
    ended = make.rows(Cell, Cell.valid_to.is_not(None))
    assert len(ended) == first.cells
    assert {cell.valid_to for cell in ended} == {LATER}
    with make.database.reading() as session:
        assert queries.cell_at(session, 113.002, 34.002, at=NOW).id in {cell.id for cell in ended}
        assert queries.cell_at(session, 113.002, 34.002).provisional


def test_a_part_cut_alone_gives_the_cells_of_the_whole(make, take, cut):
    take(area("t", 0, 0, 0.02, 0.01))
    take(area("w", 0, 0, 0.0117, 0.01), area("e", 0.0117, 0, 0.02, 0.01), tier=2)
    cut("t")

    alone = cut("e", now=LATER)

    assert (alone.cells, alone.kept > 0) == (0, True)


def test_a_sound_grid_checks_clean_and_a_hole_in_the_cells_is_named(make, take, cut, database):
    take(area("a", 0, 0, 0.005, 0.005))
    cut("a")
    with database.reading() as session:
        grid = queries.grid_by_code(session, "a")
        assert service.check_tier(session, 1) == service.check_cells(session, grid) == []

    with database.transaction() as session:
        session.delete(session.get(Cell, make.rows(Cell)[0].id))

    with database.reading() as session:
        (fault,) = service.check_cells(session, grid)
    assert (fault.kind, fault.codes) == (FaultKind.UNCOVERED, ("a",))
    assert fault.m2 > 1000


def test_a_grid_that_sticks_out_of_its_parent_is_named(take, database):
    take(area("a", 0, 0, 0.02, 0.02))
    take(area("b", 0.01, 0, 0.021, 0.01), tier=2)

    with database.reading() as session:
        (fault,) = service.check_tier(session, 2)

    assert (fault.kind, fault.codes) == (FaultKind.OUTSIDE, ("b",))


def test_tiers_are_named_and_none_goes_from_under_a_grid(take, database):
    four = [("市", "City"), ("区", "District"), ("街道", "Street"), ("社区", "Community")]
    with database.transaction() as session:
        service.name_tiers(session, None, four, now=NOW)
    take(area("a", 0, 0, 0.02, 0.02))
    take(area("b", 0, 0, 0.01, 0.02), tier=2)

    with database.transaction() as session, pytest.raises(Refused, match="tiers-few"):
        service.name_tiers(session, None, four[:1], now=NOW)
    with database.reading() as session:
        assert [tier.name for tier in queries.tiers(session)] == ["市", "区", "街道", "社区"]
