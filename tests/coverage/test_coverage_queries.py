"""Coverage read from standings, on both databases."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.coverage import figures, queries
from patrol.coverage.figures import Stretch
from patrol.coverage.queries import Asked
from patrol.coverage.rules import Rates, Tally
from patrol.grid import queries as grids
from patrol.grid.model import Cell
from patrol.plans.model import (
    Plan,
    PlanPlace,
    PlanState,
    Scope,
    Standing,
    WindowCredit,
    WindowResult,
)  # fmt: skip
from patrol.plans.rules import Cadence, State, moment, standing
from patrol.plans.windows import midnight
from patrol.rounds.model import Method, Mode, Round, Visit
from patrol.rounds.rules import Grade
from tests.conftest import NOW

ZONE = clock.city()
EVERY = Asked()
TODAY = midnight(NOW.astimezone(ZONE).date(), ZONE)


@pytest.fixture
def city(make):
    """A grid of four cells under a daily plan, visited now, yesterday, long ago and never."""
    street, community, grid = make.tree()
    cells = make.cells(grid, 4)
    plan = make.plan(grid)
    seen = [NOW - timedelta(minutes=5), NOW - timedelta(hours=20), NOW - timedelta(days=5), None]
    with make.database.transaction() as session:
        for cell, at in zip(cells, seen, strict=True):
            session.get(Standing, (plan.id, cell.id)).seen_at = at
    return street, community, grid, cells, plan


@pytest.fixture
def reading(city, database):
    with database.reading() as session:
        yield session


def look(session, grid, asked=EVERY):
    return queries.stood(session, grid.path, asked, zone=ZONE, now=NOW)


def by_code(session, grid, asked=EVERY):
    found = queries.states(session, grid.path, look(session, grid, asked))
    return {code: state for state, codes in found.items() for code in codes}


def test_the_database_sorts_cells_as_the_rule_does(reading, city):
    street, _, _, cells, plan = city
    at = moment(plan.terms(ZONE), NOW)
    stored = {row.cell_id: row.seen_at for row in reading.scalars(select(Standing))}

    found = by_code(reading, street)

    assert found == {cell.code: standing(at, stored[cell.id]) for cell in cells}
    assert set(found.values()) >= {State.FRESH, State.OVERDUE, State.NEVER}


def test_counts_add_up_by_grid_with_the_longest_unvisited(reading, city):
    _, _, grid, _, _ = city

    (count,) = queries.count(reading, look(reading, grid)).values()

    assert count.tally.total == 4
    assert (count.tally.never, count.tally.overdue) == (1, 1)
    assert count.oldest == NOW - timedelta(days=5)


def test_the_worse_of_two_plans_counts(make, database, city):
    _, _, grid, cells, _ = city
    make.plan(grid, cadence=Cadence.WEEKLY, rrule="FREQ=WEEKLY;BYDAY=MO")

    with database.reading() as session:
        both = by_code(session, grid)
        daily = by_code(session, grid, Asked(cadence=Cadence.DAILY))

    assert both[cells[0].code] == State.NEVER
    assert daily[cells[0].code] == State.FRESH


def test_a_plan_that_has_not_begun_asks_for_nothing_yet(make, database, city):
    _, _, grid, cells, plan = city
    make.plan(grid, valid_from=NOW + timedelta(days=20))

    with database.reading() as session:
        assert [one.id for one in look(session, grid).plans] == [plan.id]
        assert by_code(session, grid)[cells[0].code] is State.FRESH
        cell = session.merge(cells[0], load=False)
        told = queries.history(session, cell, since=NOW, zone=ZONE, now=NOW)
    assert [one.plan.id for one in told] == [plan.id]


def test_cadence_and_topic_choose_the_plans(reading, city):
    _, _, grid, _, _ = city

    assert not look(reading, grid, Asked(cadence=Cadence.MONTHLY)).plans
    assert not look(reading, grid, Asked(topic="construction")).plans
    assert look(reading, grid, Asked(topic="street_order")).plans
    assert by_code(reading, grid, Asked(topic="construction")) == {}


def test_a_suspended_plan_suspends_its_cells_and_a_draft_is_none(make, database, city):
    _, _, grid, _, plan = city
    with database.transaction() as session:
        session.get(Plan, plan.id).state = PlanState.SUSPENDED
    make.plan(grid, state=PlanState.DRAFT)

    with database.reading() as session:
        (count,) = queries.count(session, look(session, grid)).values()

    assert count.tally == Tally(suspended=4)


def test_cells_that_have_ended_are_not_counted(make, database, city):
    _, _, grid, cells, _ = city
    with database.transaction() as session:
        session.merge(cells[0]).valid_to = NOW

    with database.reading() as session:
        assert cells[0].code not in by_code(session, grid)
        (count,) = queries.count(session, look(session, grid)).values()
    assert count.tally.total == 3


def test_the_cells_behind_a_number_come_worst_first(reading, city):
    _, _, grid, cells, _ = city
    found = look(reading, grid)

    every = queries.cells(reading, found, None, page=1, size=50)
    never = queries.cells(reading, found, State.NEVER, page=1, size=50)

    assert every[0].state == State.OVERDUE
    assert [cell.code for cell in never] == [cells[3].code]
    assert len(queries.cells(reading, found, None, page=1, size=2)) == 3
    assert len(queries.cells(reading, found, None, page=2, size=2)) == 2


def test_a_line_sums_what_lies_below_and_names_who_holds_it(make, database, city):
    street, community, *_ = city
    make.person(Role.HEAD, community, name="李四")

    with database.reading() as session:
        count = queries.count(session, look(session, street))
        (line,) = queries.lines(session, grids.children(session, street), count, {}, now=NOW)

    assert (line.grid.code, line.tally.total, line.holder) == (community.code, 4, "李四")
    assert line.gap == timedelta(days=5)


def window(plan, grid, ended, due, done, **more):
    return WindowResult(
        plan_id=plan.id, grid_id=grid.id, from_at=ended - timedelta(hours=8), to_at=ended,
        due=due, done=done, closed_at=ended, **more,
    )  # fmt: skip


def test_rates_come_from_closed_windows_without_the_excused(make, database, city):
    street, _, grid, _, plan = city
    day = timedelta(days=1)
    make.store(
        window(plan, grid, NOW - day, 4, 4),
        window(plan, grid, NOW - 2 * day, 4, 3),
        window(plan, grid, NOW - 3 * day, 4, 0, excused=True),
        window(plan, grid, NOW - 40 * day, 4, 0),
    )

    with database.reading() as session:
        at = Stretch(street.path, NOW - 7 * day, NOW, ZONE)
        found = figures.rates(session, at, EVERY)
        rows = figures.windows(session, at, EVERY, missed=False, page=1, size=50, now=NOW)
        missed = figures.windows(session, at, EVERY, missed=True, page=1, size=50, now=NOW)
        other = figures.rates(session, at, Asked(Cadence.MONTHLY))

    assert found == {grid.id: Rates(2, 1, 8, 7)}
    assert [row.done for row in rows] == [4, 3, 0]
    assert [row.excused for row in missed] == [False, True]
    assert other == {}


def test_a_cell_tells_its_windows_and_the_visits_in_them(make, database, city):
    _, _, _, cells, plan = city

    with database.reading() as session:
        (line,) = queries.history(
            session, session.merge(cells[2], load=False), since=NOW - timedelta(days=7),
            zone=ZONE, now=NOW,
        )  # fmt: skip

    assert (line.plan.id, line.state) == (plan.id, State.OVERDUE)
    assert line.minutes < 0
    assert [one.slot.value for one in line.past][-1] == "open"
    assert {one.slot.value for one in line.past[:-1]} == {"missed"}


def told(database, cell, since=NOW - timedelta(days=3), now=NOW + timedelta(minutes=1)):
    with database.reading() as session:
        cell = session.get_one(Cell, cell.id)
        (line,) = queries.history(session, cell, since=since, zone=ZONE, now=now)
    return [one.slot.value for one in line.past], [len(one.visits) for one in line.past]


@pytest.fixture
def saw(make, city):
    """A cell is seen; counted by the plan in the window that began then, where told."""
    _, _, grid, _, plan = city
    walker = make.person()

    def record(cell, seen, *, counted=None, duties=("officer",)):
        walked = Round(
            id=uuid7(), officer_id=walker.id, grid_id=grid.id, mode=Mode.FOOT, duties=[*duties],
            started_at=seen, made_at=seen, received_at=seen,
        )  # fmt: skip
        visit = Visit(
            id=uuid7(), round_id=walked.id, officer_id=walker.id, cell_id=cell.id,
            grid_id=grid.id, method=Method.TRACK, grade=Grade.B, seen_at=seen, made_at=seen,
            received_at=seen,
        )  # fmt: skip
        make.store(walked)
        make.store(visit)
        if counted is not None:
            make.store(
                WindowCredit(plan_id=plan.id, from_at=counted, cell_id=cell.id, grid_id=grid.id)
            )

    return record


def test_only_visits_whose_crew_the_plan_obliges_are_told_of_its_windows(database, city, saw):
    _, _, _, (served, walked_by_others, *_), _ = city
    saw(served, NOW, counted=TODAY)
    saw(served, NOW, duties=["worker"])
    saw(walked_by_others, NOW, duties=["worker"])

    assert [some[-1] for some in told(database, served)] == ["served", 1]
    assert [some[-1] for some in told(database, walked_by_others)] == ["open", 0]


def test_what_was_credited_is_served_though_the_crew_was_another_one_at_the_end(
    database, city, saw
):
    _, _, _, (cell, *_), _ = city
    saw(cell, NOW, counted=TODAY, duties=["worker"])

    assert [some[-1] for some in told(database, cell)] == ["served", 1]


def test_a_window_that_began_before_the_days_shown_is_told_with_its_visits(
    make, database, saw, city
):
    _, _, _, (cell, *_), plan = city
    with make.database.transaction() as session:
        kept = session.get_one(Plan, plan.id)
        kept.cadence, kept.rrule = Cadence.WEEKLY, "FREQ=WEEKLY;BYDAY=MO"
    monday = midnight(date(2026, 10, 26), ZONE)
    saw(cell, monday + timedelta(hours=9), counted=monday)

    found = told(database, cell, since=monday + timedelta(days=2))

    assert found == (["served", "open"], [1, 0])


def test_windows_in_which_a_cell_was_not_asked_for_are_no_missed_ones(make, database, city):
    _, _, _, (hot, begun, *_), plan = city
    with make.database.transaction() as session:
        session.get_one(Plan, plan.id).scope = Scope.HOT
        for cell in (hot, begun):
            since = TODAY - timedelta(days=1)
            session.add(PlanPlace(plan_id=plan.id, cell_id=cell.id, from_at=since))
        session.merge(begun).valid_from = NOW - timedelta(hours=1)

    assert told(database, hot)[0] == ["missed", "open"]
    assert told(database, begun)[0] == ["open"]


def test_a_window_from_which_the_grid_was_excused_is_not_missed(make, database, city):
    _, _, grid, (cell, *_), plan = city
    day = timedelta(days=1)
    make.store(
        WindowResult(
            plan_id=plan.id, grid_id=grid.id, from_at=TODAY - day, to_at=TODAY, due=4, done=0,
            closed_at=TODAY, excused=True,
        )
    )  # fmt: skip

    assert told(database, cell)[0][-2:] == ["excused", "open"]
