"""A day gone by tells a cell that was late from one that nobody had seen yet, as today does."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.coverage import past
from patrol.coverage.queries import Asked
from patrol.grid.model import Alters, CellHeir, Change, Level
from patrol.plans.model import PastStanding, PlanState, Standing, WindowCredit
from patrol.plans.rules import Cadence, State
from patrol.plans.windows import midnight
from patrol.rounds.model import Method, Mode, Round, Visit
from patrol.rounds.rules import Grade
from tests.conftest import NOW

ZONE = clock.city()
DAY = timedelta(days=1)
THEN = midnight(NOW.astimezone(ZONE).date() - 3 * DAY, ZONE)  # the end of the day before


@pytest.fixture
def place(make):
    _, community, grid = make.tree()
    cells = make.cells(grid, 5)
    walker = make.person(Role.OFFICER, grid)
    walked = Round(
        id=uuid7(), officer_id=walker.id, grid_id=grid.id, mode=Mode.FOOT, duties=["officer"],
        started_at=NOW - 40 * DAY, made_at=NOW, received_at=NOW,
    )  # fmt: skip
    make.store(walked)
    return community, grid, cells, walked


@pytest.fixture
def saw(make, place):
    """A cell is seen at noon some days before `THEN` and counted by a plan; later, if negative."""
    _, grid, _, walked = place

    def record(cell, ago, plan, *, stands=True, counted=True, start=None):
        seen = THEN - ago * DAY + timedelta(hours=12)
        make.store(
            Visit(
                id=uuid7(), round_id=walked.id, officer_id=walked.officer_id, cell_id=cell.id,
                grid_id=grid.id, method=Method.TRACK, grade=Grade.B, seen_at=seen, made_at=seen,
                received_at=seen,
            )
        )  # fmt: skip
        if counted:
            begun = start or THEN - ago * DAY
            with make.database.transaction() as session:
                session.merge(
                    WindowCredit(plan_id=plan.id, from_at=begun, cell_id=cell.id, grid_id=grid.id)
                )
        if stands:
            with make.database.transaction() as session:
                session.get_one(Standing, (plan.id, cell.id)).seen_at = seen

    return record


@pytest.fixture
def stood(database, place):
    community, grid, *_ = place

    def ask(asked=None):
        with database.reading() as session:
            found = past.states_at(session, community.path, asked or Asked(), THEN, zone=ZONE)
        return found[grid.id]

    return ask


def test_late_is_what_had_been_seen_and_never_what_had_not(make, place, saw, stood):
    _, grid, (fresh, late, later, both, unseen), _ = place
    plan = make.plan(grid)
    saw(fresh, 1, plan)
    saw(late, 9, plan)
    saw(later, -1, plan)
    saw(both, 30, plan)
    saw(both, -1, plan)

    assert stood() == {
        fresh.id: State.FRESH, late.id: State.OVERDUE, later.id: State.NEVER,
        both.id: State.OVERDUE, unseen.id: State.NEVER,
    }  # fmt: skip


def test_a_visit_that_no_window_counted_is_none(make, place, saw, stood):
    _, grid, (cell, *_), _ = place
    plan = make.plan(grid)
    saw(cell, 9, plan, counted=False, stands=False)
    saw(cell, -1, plan)

    assert stood()[cell.id] is State.NEVER


def test_a_cell_goes_on_from_what_it_was_seen_as_under_the_plan_before(make, place, saw, stood):
    _, grid, (cell, other, *_), _ = place
    old = make.plan(grid, valid_to=THEN - 7 * DAY, state=PlanState.ENDED)
    saw(cell, 9, old)
    new = make.plan(grid, valid_from=THEN - 7 * DAY, replaces_id=old.id)
    saw(cell, -1, new)
    saw(other, -1, new)

    assert (stood()[cell.id], stood()[other.id]) == (State.OVERDUE, State.NEVER)


def test_a_cell_goes_on_from_what_was_seen_of_those_it_took_over_from(make, place, saw, stood):
    _, grid, (one, other, unseen, heir, merged), _ = place
    plan = make.plan(grid)
    for cell in (one, other):
        saw(cell, 9, plan)
    for cell in (heir, merged):
        saw(cell, -1, plan)
    change = Change(
        level=Level.CELL, kind=Alters.MERGE, grid_id=grid.id, terms={}, from_at=THEN - 5 * DAY,
        planned_at=THEN - 5 * DAY,
    )  # fmt: skip
    make.store(change)
    for before, after in ((one, heir), (other, heir), (other, merged), (unseen, merged)):
        make.store(
            CellHeir(before_id=before.id, after_id=after.id, change_id=change.id, m2=1.0,
                     at=change.from_at)
        )  # fmt: skip

    assert (stood()[heir.id], stood()[merged.id]) == (State.OVERDUE, State.NEVER)


def test_a_cell_that_began_later_is_not_there_yet_and_its_forebear_is(make, place, stood):
    _, grid, (old, new, *_), _ = place
    plan = make.plan(grid)
    with make.database.transaction() as session:
        session.delete(session.get_one(Standing, (plan.id, old.id)))
        session.add(
            PastStanding(plan_id=plan.id, cell_id=old.id, grid_id=grid.id, until=THEN + DAY)
        )
        session.merge(new).valid_from = THEN + DAY

    assert old.id in stood()
    assert new.id not in stood()


def test_in_the_first_window_of_a_plan_nobody_is_late(make, place, saw, stood):
    _, grid, (cell, other, *_), _ = place
    old = make.plan(grid, valid_to=THEN, state=PlanState.ENDED)
    saw(cell, 9, old)
    new = make.plan(grid, valid_from=THEN, replaces_id=old.id)
    saw(cell, -1, new)

    assert stood(Asked(grids=frozenset([grid.id])))[cell.id] is State.FRESH
    assert stood()[other.id] is State.NEVER


def test_what_was_served_on_the_next_day_was_not_yet_at_the_end_of_this_one(
    make, place, saw, stood
):
    _, grid, (missed, *_), _ = place
    plan = make.plan(grid)
    saw(missed, 9, plan)
    saw(missed, 0, plan)

    assert stood()[missed.id] is State.OVERDUE


def test_in_an_open_window_only_what_had_been_served_by_then_counts(make, place, saw, stood):
    _, grid, (before, after, twice, other, heir), _ = place
    plan = make.plan(grid, cadence=Cadence.WEEKLY, rrule="FREQ=WEEKLY;BYDAY=MO")
    monday = THEN - DAY
    for cell in (before, after, twice, heir):
        saw(cell, 20, plan, start=monday - 21 * DAY)
    for cell, ago in ((before, 1), (twice, 1), (twice, -1), (after, -1), (heir, -1)):
        saw(cell, ago, plan, start=monday)
    change = Change(
        level=Level.CELL, kind=Alters.SPLIT, grid_id=grid.id, terms={}, from_at=THEN - DAY / 4,
        planned_at=THEN - 5 * DAY,
    )  # fmt: skip
    make.store(change)
    make.store(
        CellHeir(before_id=other.id, after_id=heir.id, change_id=change.id, m2=1.0,
                 at=change.from_at),
        PastStanding(plan_id=plan.id, cell_id=other.id, grid_id=grid.id, seen_at=THEN - DAY,
                     until=change.from_at),
    )  # fmt: skip

    found = stood()

    assert (found[before.id], found[twice.id]) == (State.FRESH, State.FRESH)
    assert found[after.id] is State.OVERDUE
    assert found[heir.id] is State.FRESH  # it took over from a cell that had been served


@pytest.mark.parametrize("fault", ["grade", "pending", "backfill", "duties"])
def test_a_visit_that_could_not_count_serves_no_open_window(make, place, saw, stood, fault):
    _, grid, (cell, *_), walked = place
    plan = make.plan(grid, cadence=Cadence.WEEKLY, rrule="FREQ=WEEKLY;BYDAY=MO")
    saw(cell, 20, plan, start=THEN - 22 * DAY)
    saw(cell, 1, plan, counted=False, stands=False)
    with make.database.transaction() as session:
        visit = session.scalars(select(Visit).where(col(Visit.seen_at) == THEN - DAY / 2)).one()
        if fault == "grade":
            visit.grade = Grade.C
        elif fault == "duties":
            session.get_one(Round, walked.id).duties = ["head"]
        else:
            setattr(visit, fault, True)
    saw(cell, -1, plan, start=THEN - DAY)

    assert stood()[cell.id] is State.OVERDUE
