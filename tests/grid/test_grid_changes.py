"""Grids and cells are split, merged, renamed and retired from a day on; the past stays."""

from datetime import date, timedelta

import pytest
import shapely
from shapely import MultiPolygon, box

from patrol.core import clock, geo
from patrol.core.errors import Conflict, NotFound, Refused
from patrol.core.roles import Role
from patrol.grid import changes, lineage, queries, rules, service
from patrol.grid.drafts import ChangeDraft
from patrol.grid.files import Reading
from patrol.grid.model import Cell, CellHeir, Change, Grid, GridHeir
from patrol.grid.rules import Area
from patrol.ledger.model import LedgerEntry
from tests.conftest import NOW

WGS84 = geo.datum("wgs84")
BEFORE, LATER = NOW - timedelta(minutes=1), NOW + timedelta(hours=1)
WEST, EAST = (113.001, 34.002), (113.009, 34.002)  # in the two halves of the square
MIDDLE = "113.0052,33.9 113.0052,34.1"  # off the cells' borders


@pytest.fixture
def square(database):
    """A street with one grid of about 0.9 by 0.9 km, cut into cells of 100 m."""
    shape = MultiPolygon([box(113, 34, 113.01, 34.008)])
    with database.transaction() as session:
        service.name_tiers(session, None, [("街道", "Street"), ("网格", "Grid")], now=BEFORE)
        for tier, code in ((1, "S"), (2, "A")):
            reading = Reading([Area(code, f"旧{code}", shape, "S" if tier == 2 else None)], {}, [])
            judged = service.judge(session, reading, tier, WGS84)
            service.import_areas(session, None, judged, now=BEFORE)
        grid = queries.grid_by_code(session, "A")
        service.generate(session, None, service.cuttings(session, [grid]), 100, now=BEFORE)
    return grid


@pytest.fixture
def change(database):
    """Plan a change and carry out what is due."""

    def run(whose, level, kind, *, now=NOW, **more):
        with database.transaction() as session:
            grid = queries.grid_by_code(session, whose)
            draft = ChangeDraft(level=level, kind=kind, **more)
            made = changes.plan(session, None, grid, draft, zone=clock.city(), now=now)
        with database.transaction() as session:
            while due := lineage.next_due(session, now=now):
                assert changes.carry_out(session, due, now=now)
        return made

    return run


def tiled(database, *codes):
    """No fault among the tier and the cells of these grids."""
    with database.reading() as session:
        faults = service.check_tier(session, 2)
        for code in codes:
            faults += service.check_cells(session, queries.grid_by_code(session, code))
        return faults


def at(database, spot, when=None):
    with database.reading() as session:
        cell = queries.cell_at(session, *spot, at=when)
        return cell and (cell.code, session.get_one(Grid, cell.grid_id).code)


HALVES = {"code": "A1", "name": "西片", "other_code": "A2", "other_name": "东片", "line": MIDDLE}


def test_a_split_grid_hands_its_ground_to_two_and_the_past_answers_as_before(
    database, make, square, change
):
    before = {spot: at(database, spot) for spot in (WEST, EAST)}
    with database.reading() as session:
        then = queries.cells_below(session, queries.grid_by_code(session, "S"))

    change("A", "grid", "split", **HALVES)

    assert tiled(database, "A1", "A2") == []
    assert {at(database, WEST)[1], at(database, EAST)[1]} == {"A1", "A2"}
    assert {spot: at(database, spot, BEFORE) for spot in (WEST, EAST)} == before
    with database.reading() as session:
        street = queries.grid_by_code(session, "S")
        assert queries.cells_below(session, street, at=BEFORE) == then
        assert queries.grid_by_code(session, "A") is None
        assert queries.grid_by_code(session, "A", at=BEFORE).id == square.id
    cut = [cell for cell in make.rows(Cell) if cell.valid_to is None and cell.code[:2] != "A-"]
    assert {cell.code[:3] for cell in cut} == {"A1-", "A2-"}  # those the line went through
    codes = [cell.code for cell in make.rows(Cell) if cell.valid_to is None]
    assert len(codes) == len(set(codes))
    heirs = make.rows(GridHeir)
    assert sum(heir.m2 for heir in heirs) == pytest.approx(square.area, rel=1e-6)


def test_a_grid_is_split_by_naming_the_cells_that_go(database, make, square, change):
    east = [cell.code for cell in make.rows(Cell) if cell.lon > 113.005]

    change("A", "grid", "split", **(HALVES | {"line": "", "members": east}))

    assert tiled(database, "A1", "A2") == []
    now = {cell.code for cell in make.rows(Cell) if cell.valid_to is None}
    assert now == {cell.code for cell in make.rows(Cell) if cell.valid_to is not None}


def test_merging_the_parts_of_a_split_gives_the_whole(database, make, square, change):
    with database.reading() as session:
        whole = queries.shape_of(session, square.id)
    change("A", "grid", "split", **HALVES)

    change("A1", "grid", "merge", code="B", name="合片", members=["A2"], now=LATER)

    assert tiled(database, "B") == []
    with database.reading() as session:
        merged = queries.shape_of(session, queries.grid_by_code(session, "B").id)
        assert lineage.forebears(session, [queries.id_of(session, "B")]) >= {square.id}
    assert geo.area_m2(rules.whole(shapely.symmetric_difference(whole, merged))) < 1


def test_a_part_that_keeps_the_code_is_another_grid(database, square, change):
    change("A", "grid", "split", **(HALVES | {"code": "A"}))

    with database.reading() as session:
        assert queries.grid_id_at(session, *WEST, at=BEFORE) == square.id
        assert queries.id_of(session, "A") != square.id
        assert queries.grid_by_code(session, "A", at=BEFORE).id == square.id


def test_a_renamed_grid_keeps_its_id_and_had_another_name(database, square, change):
    change("A", "grid", "rename", name="新名")

    with database.reading() as session:
        assert queries.grid_by_code(session, "A").name == "新名"
        assert queries.grid_by_code(session, "A").id == square.id
        former = queries.grid_by_code(session, "A", at=BEFORE)
        assert (former.name, queries.lasting_id(session, former)) == ("旧A", square.id)
        assert queries.grid_id_at(session, *WEST, at=BEFORE) == square.id


def test_a_retired_grid_is_nobodys_from_then_on(database, square, change):
    change("A", "grid", "retire", name="移交邻区")

    assert at(database, WEST) is None
    assert at(database, WEST, BEFORE)[1] == "A"


def test_cells_are_split_merged_renamed_and_retired(database, make, square, change):
    first, second, *rest = sorted(make.rows(Cell), key=lambda cell: cell.number)
    lon, lat = first.lon, first.lat

    change("A", "cell", "split", members=[first.code], line=f"{lon},33.9 {lon},34.1")
    change("A", "cell", "merge", members=[second.code, rest[0].code], now=LATER)
    change("A", "cell", "rename", members=[rest[1].code], name="花园路早市", now=LATER)
    change("A", "cell", "retire", members=[rest[2].code], name="封闭营区", now=LATER)

    assert tiled(database, "A") == []
    assert at(database, (lon, lat), BEFORE) == (first.code, "A")
    assert at(database, (rest[2].lon, rest[2].lat)) is None
    assert at(database, (rest[2].lon, rest[2].lat), NOW) == (rest[2].code, "A")
    assert make.reload(Cell, rest[1].id).name == "花园路早市"
    assert len(make.rows(CellHeir)) == 4
    last = max(cell.number for cell in make.rows(Cell))
    assert last == len(rest) + 2 + 3  # numbers go on, none is given twice


def test_a_change_planned_for_a_day_waits_for_it(database, make, square, change):
    change("A", "grid", "rename", name="新名", from_day=date(2026, 11, 8))

    with database.transaction() as session:
        assert lineage.next_due(session, now=LATER) is None
        due = lineage.next_due(session, now=NOW + timedelta(days=3))
        changes.carry_out(session, due, now=NOW + timedelta(days=3))
    (entry,) = make.rows(LedgerEntry, LedgerEntry.kind == "grid.changed")
    assert entry.at.isoformat() == "2026-11-07T16:00:00+00:00"  # its first minute in the city


def test_what_no_longer_fits_when_it_is_due_is_not_done(database, make, square, change):
    change("A", "grid", "rename", name="新名", from_day=date(2026, 11, 8))
    change("A", "grid", "retire", name="移交")

    with database.transaction() as session:
        due = lineage.next_due(session, now=NOW + timedelta(days=3))
        assert not changes.carry_out(session, due, now=NOW + timedelta(days=3))
    unfit = make.reload(Change, due.id)
    assert (unfit.done_at, unfit.off_why) == (None, "grid-ended")


@pytest.mark.parametrize(
    ("why", "draft"),
    [
        ("line-crosses-nothing", HALVES | {"line": "113.02,33 113.02,35"}),
        ("split-members", HALVES | {"line": "", "members": ["nowhere"]}),
        ("code-taken", HALVES | {"code": "S"}),
        ("change-in-the-past", HALVES | {"from_day": date(2026, 11, 5)}),
        ("part-code-unfit", HALVES | {"code": "a/b"}),
        ("line-needed", HALVES | {"line": "113,34"}),
        ("text-needed", HALVES | {"other_name": ""}),
    ],
)
def test_a_split_that_makes_no_sense_is_refused(change, square, make, why, draft):
    with pytest.raises(Refused, match=why):
        change("A", "grid", "split", **draft)

    assert make.rows(Change) == []
    assert {grid.code for grid in make.rows(Grid) if grid.valid_to is None} == {"S", "A"}


def test_only_who_may_change_the_grid_plans_and_calls_off(database, make, square, change):
    made = change("A", "grid", "rename", name="新名", from_day=date(2026, 11, 8))
    admin = make.actor(make.person(Role.ADMIN, square))
    officer = make.actor(make.person(Role.OFFICER, make.grid(tier=2)))

    with database.transaction() as session, pytest.raises(NotFound):
        changes.call_off(session, officer, made.id, now=NOW)
    with database.transaction() as session:
        changes.call_off(session, admin, made.id, now=NOW)
    with database.transaction() as session, pytest.raises(Conflict):
        changes.call_off(session, admin, made.id, now=NOW)
    assert len(make.rows(LedgerEntry, LedgerEntry.kind == "grid.change-called-off")) == 1
