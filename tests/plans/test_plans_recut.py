"""A plan on grids that are re-cut goes on: standings, open windows and posts go to the heirs."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.grid import changes, queries
from patrol.grid.drafts import ChangeDraft
from patrol.grid.model import Alters, Cell, Change
from patrol.people.model import Post
from patrol.people.queries import answering
from patrol.plans import crediting, recut, service
from patrol.plans.model import PastStanding, Standing, WindowCredit, WindowResult
from tests.conftest import NOW

HOUR = timedelta(hours=1)
PART = {"code": "W", "name": "西", "other_code": "E", "other_name": "东"}
moments = st.none() | st.datetimes(timezones=st.just(UTC))


@pytest.fixture
def walked(make, database):
    """A grid of four cells under a daily plan; the first two were seen today."""
    grid = make.grid()
    cells = make.cells(grid, 4)
    officer = make.person(Role.OFFICER, grid)
    plan = make.plan(grid, closed_until=NOW - timedelta(hours=10))
    visit = seen(make, database, officer)
    for number, cell in enumerate(cells[:2]):
        visit(cell, NOW - (number + 1) * HOUR)
    return SimpleNamespace(grid=grid, cells=cells, officer=officer, plan=plan, visit=visit)


def seen(make, database, officer):
    def visit(cell, when, now=NOW):
        made = SimpleNamespace(
            id=uuid7(), cell_id=cell.id, grid_id=cell.grid_id, officer_id=officer.id,
            seen_at=when, backfill=False, confirmed_by=None, grade="B",
        )  # fmt: skip
        with database.transaction() as session:
            return crediting.credit(session, made, {Role.OFFICER}, zone=clock.city(), now=now)

    return visit


@pytest.fixture
def change(database):
    def run(grid, level, kind, *, now=NOW, **more):
        with database.transaction() as session:
            draft = ChangeDraft(level=level, kind=kind, **more)
            found = queries.grid_by_code(session, grid.code)
            changes.plan(session, None, found, draft, zone=clock.city(), now=now)
        with database.transaction() as session:
            while service.close_windows(session, zone=clock.city(), now=now) is not None:
                pass
            while recut.carry_out_next(session, zone=clock.city(), now=now) is not None:
                pass

    return run


def split(walked, change, **more):
    change(walked.grid, "grid", "split", **PART, members=[c.code for c in walked.cells[2:]], **more)


def stands(make, plan):
    """When each cell in force was last seen, by its code."""
    codes = {cell.id: cell.code for cell in make.rows(Cell)}
    return {
        codes[one.cell_id]: one.seen_at for one in make.rows(Standing) if one.plan_id == plan.id
    }


def today(make):
    """The cells counted in windows, by code."""
    codes = {cell.id: cell.code for cell in make.rows(Cell) if cell.valid_to is None}
    return sorted(codes[one.cell_id] for one in make.rows(WindowCredit))


def test_a_plan_goes_on_over_a_split_grid(make, database, walked, change):
    before = stands(make, walked.plan)

    split(walked, change)

    assert stands(make, walked.plan) == before
    assert today(make) == [cell.code for cell in walked.cells[:2]]
    with database.transaction() as session:
        tomorrow = NOW + timedelta(days=1)
        while service.close_windows(session, zone=clock.city(), now=tomorrow) is not None:
            pass
    west, east = sorted(make.rows(WindowResult), key=lambda one: -one.done)
    assert [(one.due, one.done) for one in (west, east)] == [(2, 2), (2, 0)]
    assert {west.officer_id, east.officer_id} == {walked.officer.id}  # the post went on in both


def test_a_visit_of_the_heir_is_credited(make, walked, change):
    split(walked, change)
    heir = next(c for c in make.rows(Cell) if c.code == walked.cells[3].code and not c.valid_to)

    assert walked.visit(heir, NOW + HOUR, now=NOW + HOUR) == [walked.plan.id]

    assert stands(make, walked.plan)[heir.code] == NOW + HOUR


def test_a_visit_from_before_that_comes_late_moves_the_heir(make, walked, change):
    split(walked, change)

    assert walked.visit(walked.cells[2], NOW - HOUR, now=NOW + HOUR) == [walked.plan.id]

    assert stands(make, walked.plan)[walked.cells[2].code] == NOW - HOUR
    assert len(today(make)) == 3


def test_a_visit_by_a_phone_that_does_not_know_yet_counts_for_the_heir(make, walked, change):
    split(walked, change)

    assert walked.visit(walked.cells[3], NOW + HOUR, now=NOW + HOUR) == [walked.plan.id]

    assert stands(make, walked.plan)[walked.cells[3].code] == NOW + HOUR


def test_a_merged_cell_was_seen_when_the_last_of_its_parts_was(make, walked, change):
    one, two, three, _ = walked.cells
    change(walked.grid, "cell", "merge", members=[one.code, two.code])
    seen_, *_ = [at for code, at in stands(make, walked.plan).items() if at]
    assert seen_ == NOW - 2 * HOUR

    merged = max(make.rows(Cell), key=lambda cell: cell.number)
    change(walked.grid, "cell", "merge", members=[merged.code, three.code], now=NOW + HOUR)

    assert set(stands(make, walked.plan).values()) == {None}
    assert today(make) == []
    walked.visit(three, NOW - HOUR, now=NOW + HOUR)  # it had been seen; the phone was silent
    assert NOW - 2 * HOUR in stands(make, walked.plan).values()
    assert len(today(make)) == 1


def test_retired_cells_are_asked_for_no_more(make, walked, change):
    change(walked.grid, "cell", "retire", members=[walked.cells[0].code], name="封闭")

    assert walked.cells[0].code not in stands(make, walked.plan)
    (past,) = make.rows(PastStanding)
    assert past.seen_at == NOW - HOUR


def test_posts_go_on_in_every_heir_and_the_past_stays(make, database, walked, change):
    split(walked, change)

    with database.reading() as session:
        then = answering(session, walked.grid.id, Role.OFFICER, at=NOW - HOUR)
        heirs = [queries.id_of(session, code) for code in ("W", "E")]
        now = [answering(session, one, Role.OFFICER, at=NOW + HOUR) for one in heirs]
    assert {one.person_id for one in [*then, *now[0], *now[1]]} == {walked.officer.id}
    (old,) = [post for post in make.rows(Post) if post.grid_id == walked.grid.id]
    assert old.to_at == NOW
    assert len(make.rows(Post)) == 3


def test_cutting_anew_keeps_what_was_seen(make, database, walked):
    from patrol.grid import service as grids

    with database.transaction() as session:
        grid = queries.grid_by_code(session, walked.grid.code)
        grids.generate(session, None, grids.cuttings(session, [grid]), 400, now=NOW)
        while recut.carry_out_next(session, zone=clock.city(), now=NOW) is not None:
            pass
        assert {one.kind for one in session.scalars(select(Change))} == {Alters.RECUT}

    assert len(make.rows(PastStanding)) == 4
    (heir,) = make.rows(Standing)  # the plan asks for what its cells became
    assert heir.seen_at is None  # two of the four had not been seen


@given(st.lists(moments, min_size=1))
def test_an_heir_is_seen_only_when_all_it_took_over_were(times):
    stood = [SimpleNamespace(seen_at=at) for at in times]

    taken = recut.inherited(stood).seen_at

    assert taken == (None if None in times else min(times))


@given(st.lists(st.lists(moments, min_size=1), min_size=1))
def test_it_does_not_matter_in_how_many_steps_cells_are_merged(groups):
    stood = [[SimpleNamespace(seen_at=at) for at in group] for group in groups]
    by_steps = recut.inherited([recut.inherited(group) for group in stood])

    assert by_steps.seen_at == recut.inherited([one for group in stood for one in group]).seen_at
    assert isinstance(by_steps.seen_at, datetime | None)
