"""What waits for a person, how a leader's grids do, and what a month came to."""

from datetime import timedelta

import pytest

from patrol.core.access import May
from patrol.core.clock import city
from patrol.core.roles import Line, Role
from patrol.core.store import Database, uuid7
from patrol.coverage.rules import Tally
from patrol.desk import leading, months, queries
from patrol.escalation.model import Ladder, LadderRung, Matter
from patrol.findings.model import Finding
from patrol.findings.rules import Severity, Source, Stage
from patrol.plans.model import Standing, WindowResult
from tests.conftest import NOW
from tests.make import Make


def finding(make: Make, officer, cell, **more):
    """Something this officer saw two hours ago in this cell."""
    row = Finding(
        **{
            "id": uuid7(),
            "number": f"E0405-20261106-{uuid7().hex[-6:]}",
            "class_id": make.event_class().id,
            "severity": Severity.ORDINARY,
            "topic": "street_order",
            "source": Source.PATROL,
            "cell_id": cell.id,
            "grid_id": cell.grid_id,
            "officer_id": officer.id,
            "spot": f"SRID=4326;POINT({cell.lon} {cell.lat})",
            "lon": cell.lon,
            "lat": cell.lat,
            "stage": Stage.FILING,
            "handle_due_at": NOW + timedelta(hours=1),
            "seen_at": NOW - timedelta(hours=2),
            "made_at": NOW - timedelta(hours=2),
            "received_at": NOW - timedelta(hours=2),
            **more,
        }
    )
    make.store(row)
    return row


@pytest.fixture
def place(make: Make):
    """A street with a community, one responsibility grid of four cells, and its officer."""
    street, community, grid = make.tree()
    cells = make.cells(grid)
    return street, community, grid, cells, make.person(Role.OFFICER, grid, name="李建国")


def test_an_officer_is_told_of_own_findings_that_go_on(database: Database, make: Make, place):
    *_, cells, officer = place
    finding(make, officer, cells[0])
    finding(make, officer, cells[1], stopped_at=NOW)
    finding(make, make.person(), cells[2])

    with database.reading() as session:
        mine = queries.about_me(session, make.actor(officer), now=NOW)

    assert (mine.unstopped, mine.doubts, mine.statements, mine.posts) == (1, 0, 0, 0)
    assert mine.round_id is None


def test_a_leader_sees_the_grids_below_with_their_cells_by_standing(
    database: Database, make: Make, place
):
    street, community, grid, cells, _ = place
    plan = make.plan(grid)
    leader = make.person(Role.SQUAD_LEADER, street)
    with database.transaction() as session:
        for cell, seen_at in zip(cells, (NOW, NOW - timedelta(days=9), None), strict=False):
            session.get_one(Standing, (plan.id, cell.id)).seen_at = seen_at
    make.store(result(plan, grid, done=3))

    with database.reading() as session:
        led = leading.led(session, make.actor(leader), zone=city(), now=NOW)

    (one,) = led.grids
    assert one.grid.name == community.name
    assert led.tally == Tally(fresh=1, overdue=1, never=2)
    assert (led.rates.cells_done, led.rates.cells) == (3, 4)
    assert (one.gap, led.worst) == (timedelta(days=9), one)


def test_the_ladder_counts_what_lies_on_each_rung(database: Database, make: Make, place):
    street, _, grid, *_ = place
    ladder = Ladder(line=Line.UNIT, severity="ordinary", valid_from=make.since)
    make.store(ladder)
    for number, role in enumerate((Role.OFFICER, Role.SQUAD_LEADER)):
        make.store(LadderRung(ladder_id=ladder.id, number=number, role=role, patience=60))
    for hours, rung in ((1, 0), (5, 1), (3, 1)):
        make.store(matter(ladder, grid, rung=rung, opened_at=NOW - timedelta(hours=hours)))
    make.store(matter(ladder, make.grid(), rung=1))
    leader = make.actor(make.person(Role.SQUAD_LEADER, street))

    with database.reading() as session:
        rungs = queries.ladder(session, leader)

    assert [(one.role, one.count, one.oldest) for one in rungs] == [
        (Role.OFFICER, 1, NOW - timedelta(hours=1)),
        (Role.SQUAD_LEADER, 2, NOW - timedelta(hours=5)),
    ]


def test_a_clerk_gets_the_nearest_limit_first(database: Database, make: Make, place):
    street, _, _, cells, officer = place
    late = finding(make, officer, cells[0], handle_due_at=NOW - timedelta(hours=1))
    endless = finding(make, officer, cells[1], handle_due_at=None)
    soon = finding(make, officer, cells[2])
    clerk = make.actor(make.person(Role.DISPATCHER, street))

    with database.reading() as session:
        rows = queries.waiting(session, clerk, May.FILE_FINDING, (Stage.FILING,), now=NOW)
        piles = queries.finding_piles(session, clerk, May.FILE_FINDING)

    assert [row.id for row in rows] == [late.id, soon.id, endless.id]
    assert [row.minutes for row in rows] == [-60, 60, None]
    assert [(pile.place, pile.count) for pile in piles] == [("filing", 3)]


def test_a_month_of_ones_own_holds_only_ones_own_windows(database: Database, make: Make, place):
    _, _, grid, cells, officer = place
    plan, other = make.plan(grid), make.person()
    make.store(
        result(plan, grid, done=3, officer_id=officer.id),
        result(plan, grid, done=1, officer_id=officer.id, back=2),
        result(plan, grid, done=4, officer_id=other.id, back=3),
        result(plan, grid, done=4, officer_id=officer.id, back=40),
    )
    finding(make, officer, cells[0])

    with database.reading() as session:
        month = months.my_month(session, make.actor(officer), zone=city(), now=NOW)

    assert (month.done.total, month.kept_share, month.finds.total) == (4, 50, 1)
    assert (month.gap, month.unseen) == (None, 4)


def result(plan, grid, *, done: int, back: int = 1, **more) -> WindowResult:
    """A window of four cells that closed some days ago."""
    end = NOW - timedelta(days=back)
    return WindowResult(
        plan_id=plan.id,
        grid_id=grid.id,
        from_at=end - timedelta(hours=2),
        to_at=end,
        due=4,
        done=done,
        closed_at=end,
        **more,
    )


def matter(ladder, grid, *, rung: int, opened_at=NOW) -> Matter:
    """An unsettled matter on a rung."""
    return Matter(
        subject=f"finding:{uuid7()}",
        grid_id=grid.id,
        ladder_id=ladder.id,
        rung=rung,
        opened_at=opened_at,
    )
