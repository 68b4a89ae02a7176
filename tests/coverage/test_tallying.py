"""Tallies of days equal what the records say, in whatever order these came."""

from datetime import timedelta

import pytest

from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.coverage import figures, gaps, tallying
from patrol.coverage.figures import Stretch
from patrol.coverage.model import DayTally
from patrol.coverage.queries import Asked
from patrol.coverage.rules import By, ends_on
from patrol.grid.model import Alters, CellHeir, Change, Level
from patrol.ledger.service import note
from patrol.plans.model import WindowCredit, WindowResult
from patrol.plans.windows import midnight
from patrol.rounds.model import Method, Mode, Passage, Round, Visit
from patrol.rounds.rules import Grade
from tests.conftest import NOW

ZONE = clock.city()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = ends_on(NOW, ZONE)


@pytest.fixture
def place(make):
    street, _, grid = make.tree()
    cells = make.cells(grid, 3)
    walker = make.person(Role.OFFICER, grid)
    walked = Round(
        id=uuid7(), officer_id=walker.id, grid_id=grid.id, mode=Mode.FOOT, duties=["officer"],
        started_at=NOW - DAY, made_at=NOW - DAY, received_at=NOW - DAY,
    )  # fmt: skip
    make.store(walked)
    return street, grid, cells, walker, walked


@pytest.fixture
def saw(database, place):
    """Records a visit as the phone and the ledger tell of it."""
    _, grid, cells, walker, walked = place

    def record(number, seen, *, made=None, received=None, backfill=False, grade=Grade.B):
        made = made or seen
        visit = Visit(
            id=uuid7(), round_id=walked.id, officer_id=walker.id, cell_id=cells[number].id,
            grid_id=grid.id, method=Method.TRACK, grade=grade, backfill=backfill, seen_at=seen,
            made_at=made, received_at=received or made,
        )  # fmt: skip
        with database.transaction() as session:
            session.add(visit)
            note(session, None, "visit.recorded", visit.id, {}, at=visit.received_at)
        return visit

    return record


def follow(database):
    steps = 0
    while True:
        with database.transaction() as session:
            if tallying.tally_next(session, zone=ZONE) is None:
                return steps
        steps += 1


def test_a_day_counts_visits_those_backfilled_and_those_sent_late(make, database, saw, place):
    _, grid, _, walker, _ = place
    saw(0, NOW - HOUR)
    saw(1, NOW - HOUR, received=NOW)
    saw(2, NOW - HOUR, made=NOW, backfill=True)

    follow(database)

    (row,) = make.rows(DayTally)
    assert (row.day, row.grid_id, row.officer_id) == (TODAY, grid.id, walker.id)
    assert (row.visits, row.late, row.backfilled) == (3, 1, 1)


def test_the_longest_gap_is_that_of_the_cell_that_waited_longest(make, database, saw):
    saw(0, NOW - 3 * DAY)
    saw(0, NOW - HOUR)
    saw(1, NOW - 2 * HOUR)

    follow(database)

    today = next(row for row in make.rows(DayTally) if row.day == TODAY)
    assert today.gap == (3 * DAY - HOUR).total_seconds()


def test_a_visit_that_arrives_late_shortens_the_gap_of_a_later_day(make, database, saw):
    saw(0, NOW - 3 * DAY)
    saw(0, NOW - HOUR)
    follow(database)
    saw(0, NOW - DAY, received=NOW)

    follow(database)

    today = next(row for row in make.rows(DayTally) if row.day == TODAY)
    assert today.gap == (DAY - HOUR).total_seconds()


def test_following_again_or_in_other_steps_gives_the_same(make, database, saw, monkeypatch):
    for number, ago in enumerate((50, 30, 26, 5, 3, 1)):
        saw(number % 3, NOW - ago * HOUR)
    follow(database)
    once = sorted((row.day, row.visits, row.gap) for row in make.rows(DayTally))

    with database.transaction() as session:
        session.get_one(tallying.Setting, tallying.TALLIED).value = [0, NOW.isoformat()]
    monkeypatch.setattr(tallying, "LINES", 2)

    assert follow(database) == 3
    assert sorted((row.day, row.visits, row.gap) for row in make.rows(DayTally)) == once
    assert follow(database) == 0


def test_metres_and_minutes_come_from_passages_and_finds_from_patrols(make, database, place):
    street, grid, cells, walker, walked = place
    make.store(
        Passage(
            round_id=walked.id, cell_id=cells[0].id, grid_id=grid.id, metres=120.0, seconds=1800.0,
            first_at=NOW - HOUR, last_at=NOW,
        )
    )  # fmt: skip
    with database.transaction() as session:
        note(session, None, "track.received", f"round:{walked.id}", {}, at=NOW)

    follow(database)

    with database.reading() as session:
        at = Stretch(street.path, NOW - DAY, NOW, ZONE)
        found = figures.figures(session, at, Asked(), By.PERSON)[walker.id]
        assert figures.walked(session, [cells[0].id], at) == {cells[0].id: (120.0, 1800.0)}
    assert (found.metres, found.seconds, found.finds_per_hour) == (120.0, 1800.0, 0.0)


def test_on_time_is_what_was_served_before_the_end_of_a_window(make, database, saw, place):
    street, grid, cells, _, _ = place
    plan = make.plan(grid, grace=120)
    began, ended, closed = NOW - 10 * HOUR, NOW - 4 * HOUR, NOW - 2 * HOUR
    for cell in cells[:2]:
        make.store(WindowCredit(plan_id=plan.id, from_at=began, cell_id=cell.id, grid_id=grid.id))
    make.store(
        WindowResult(
            plan_id=plan.id, grid_id=grid.id, from_at=began, to_at=ended, due=3, done=2,
            closed_at=closed,
        )
    )  # fmt: skip
    saw(0, ended - HOUR)
    saw(1, ended + HOUR)
    with database.transaction() as session:
        note(session, None, "window.closed", f"plan:{plan.id}", {}, at=closed)

    follow(database)

    with database.reading() as session:
        found = figures.figures(
            session, Stretch(street.path, NOW - DAY, NOW, ZONE), Asked(), By.GRID
        )[grid.id]
    assert (found.rates.cells, found.rates.cells_done, found.on_time) == (3, 2, 1)


@pytest.mark.parametrize("by", By)
def test_figures_add_up_to_the_same_however_they_are_told_apart(database, saw, place, by):
    street, *_ = place
    for number, ago in enumerate((200, 50, 26, 5, 3, 1)):
        saw(number % 3, NOW - ago * HOUR)
    follow(database)

    with database.reading() as session:
        at = Stretch(street.path, NOW - 30 * DAY, NOW, ZONE)
        found = figures.figures(session, at, Asked(), by)

    assert sum(one.visits for one in found.values()) == 6


def waited(database, place, cells, period=DAY):
    with database.reading() as session:
        at = Stretch(place[0].path, NOW - period, NOW, ZONE)
        found = gaps.longest(session, [one.id for one in cells], at)
    return [timedelta(seconds=found[one.id]) for one in cells]


def test_real_gaps_go_from_the_last_visit_before_the_period_to_its_end(database, saw, place):
    cells = place[2]
    for number, ago in ((0, 50), (0, 30), (0, 6), (0, 1), (1, 40)):
        saw(number, NOW - ago * HOUR)

    assert waited(database, place, cells[:2]) == [24 * HOUR, 40 * HOUR]


def test_a_cell_that_nobody_has_seen_waits_since_it_began(database, saw, place):
    cells = place[2]
    saw(1, NOW - HOUR)

    assert waited(database, place, cells[:2]) == [90 * DAY, 90 * DAY - HOUR]


def test_visits_that_do_not_count_end_no_gap(make, database, saw, place):
    cells = place[2]
    for number in (0, 1, 2):
        saw(number, NOW - 5 * DAY)
    pending = saw(0, NOW - 2 * HOUR)
    saw(1, NOW - 2 * HOUR, made=NOW, backfill=True)
    confirmed = saw(2, NOW - 2 * HOUR, made=NOW, backfill=True)
    with make.database.transaction() as session:
        session.get_one(Visit, pending.id).pending = True
        session.get_one(Visit, confirmed.id).confirmed_by = confirmed.officer_id

    assert waited(database, place, cells) == [5 * DAY, 5 * DAY, 5 * DAY - 2 * HOUR]


def test_a_cell_that_began_waits_as_long_as_what_it_took_over_from(make, database, saw, place):
    _, grid, (one, other, heir), *_ = place
    cut = NOW - 12 * HOUR
    saw(0, NOW - 4 * DAY)
    saw(0, cut - HOUR)
    saw(1, NOW - 2 * DAY)
    change = Change(
        level=Level.CELL, kind=Alters.MERGE, grid_id=grid.id, terms={}, from_at=cut, planned_at=cut
    )
    make.store(change)
    for before in (one, other):
        make.store(
            CellHeir(before_id=before.id, after_id=heir.id, change_id=change.id, m2=1.0, at=cut)
        )
    with make.database.transaction() as session:
        session.merge(heir).valid_from = cut

    assert waited(database, place, [heir]) == [2 * DAY]


def test_the_rows_behind_a_share_are_those_that_were_counted(database, saw, place):
    street, *_ = place
    kept = {
        "": saw(0, NOW - HOUR).id,
        "late": saw(1, NOW - 2 * HOUR, received=NOW).id,
        "backfill": saw(2, NOW - 3 * HOUR, made=NOW, backfill=True).id,
    }

    with database.reading() as session:
        at = Stretch(street.path, NOW - DAY, NOW, ZONE)
        rows = {
            kind: [one.id for one in figures.visits(session, at, Asked(), kind, page=1, size=9)]
            for kind in kept
        }

    assert rows["late"] == [kept["late"]]
    assert rows["backfill"] == [kept["backfill"]]
    assert len(rows[""]) == 3


def test_a_visit_at_midnight_is_counted_and_listed_on_the_day_that_begins(database, saw, place):
    street, *_ = place
    begins = midnight(TODAY, ZONE)
    listed = saw(0, begins).id
    follow(database)

    with database.reading() as session:
        days = [
            Stretch(street.path, begins + since * DAY, begins + (since + 1) * DAY, ZONE)
            for since in (-1, 0)
        ]
        rows = [figures.visits(session, at, Asked(), "", page=1, size=9) for at in days]
        counted = [figures.figures(session, at, Asked(), By.DAY) for at in days]

    assert [[one.id for one in some] for some in rows] == [[], [listed]]
    assert [[one.visits for one in some.values()] for some in counted] == [[], [1]]
