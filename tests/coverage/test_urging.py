"""Urging: whoever answers is told once for each window, and the ledger says so."""

from datetime import timedelta

import pytest

from patrol.core import clock
from patrol.core.errors import Forbidden
from patrol.core.roles import PostKind, Role
from patrol.coverage import urging
from patrol.coverage.model import Urge
from patrol.coverage.queries import Asked
from patrol.ledger.model import LedgerEntry
from patrol.notices.model import Notice
from patrol.people.model import Excuse, ExcuseKind
from patrol.plans.model import Standing
from tests.conftest import NOW

ZONE = clock.city()


@pytest.fixture
def city(make):
    street, _, grid = make.tree()
    cells = make.cells(grid, 3)
    plan = make.plan(grid)
    officer = make.person(Role.OFFICER, grid)
    leader = make.person(Role.SQUAD_LEADER, street)
    with make.database.transaction() as session:
        session.get(Standing, (plan.id, cells[0].id)).seen_at = NOW - timedelta(minutes=5)
    return street, grid, plan, officer, leader


def urge(database, make, leader, grid, now=NOW):
    with database.transaction() as session:
        actor = make.actor(leader)
        return urging.urge(
            session, actor, session.merge(grid, load=False), Asked(), zone=ZONE, now=now
        )


def urged_lines(make):
    return [one for one in make.rows(LedgerEntry) if one.kind == "patrol.urged"]


def test_the_officer_is_told_once_for_a_window(make, database, city):
    street, _, plan, officer, leader = city

    first = urge(database, make, leader, street)
    again = urge(database, make, leader, street, now=NOW + timedelta(minutes=1))

    assert (first.told, first.again, first.nobody) == (1, 0, 0)
    assert (again.told, again.again) == (0, 1)
    (notice,) = make.rows(Notice)
    assert (notice.person_id, notice.kind, notice.facts["cells"]) == (officer.id, "patrol.urged", 2)
    (line,) = urged_lines(make)
    assert (line.subject, line.actor_id) == (f"plan:{plan.id}", leader.id)


def test_the_next_window_may_be_urged_anew(make, database, city):
    street, *_, leader = city
    urge(database, make, leader, street)

    urge(database, make, leader, street, now=NOW + timedelta(days=1))

    assert len(make.rows(Urge)) == len(make.rows(Notice)) == 2


def test_one_notice_speaks_of_all_that_waits_for_somebody(make, database, city):
    street, grid, _, _, leader = city
    make.plan(grid)

    found = urge(database, make, leader, street)

    assert found.told == 1
    assert len(make.rows(Notice)) == 1
    assert len(urged_lines(make)) == 2


def test_where_nobody_answers_it_is_said(make, database):
    street, _, grid = make.tree()
    make.cells(grid, 2)
    make.plan(grid)
    leader = make.person(Role.SQUAD_LEADER, street)

    found = urge(database, make, leader, street)

    assert (found.told, found.nobody) == (0, 1)
    assert make.rows(Notice) == []


def test_an_officer_may_not_urge(make, database, city):
    _, grid, _, officer, _ = city

    with pytest.raises(Forbidden):
        urge(database, make, officer, grid)


def excuse(make, officer, leader, why=ExcuseKind.LEAVE, lasts=timedelta(days=1)):
    make.store(
        Excuse(
            person_id=officer.id, kind=why, document="#118", from_at=NOW - timedelta(days=1),
            to_at=NOW + lasts, recorded_by=leader.id, recorded_at=NOW - timedelta(days=2),
        )
    )  # fmt: skip


@pytest.mark.parametrize("why", list(ExcuseKind))
def test_nobody_is_urged_to_a_window_that_will_close_excused(make, database, city, why):
    street, _, _, officer, leader = city
    excuse(make, officer, leader, why)

    found = urge(database, make, leader, street)

    assert (found.told, found.again, found.nobody) == (0, 0, 0)
    assert make.rows(Urge) == make.rows(Notice) == urged_lines(make) == []


def test_who_is_away_just_now_is_not_urged_and_who_stands_in_is(make, database, city):
    street, grid, _, officer, leader = city
    excuse(make, officer, leader, lasts=timedelta(hours=1))

    alone = urge(database, make, leader, street)
    relief = make.person()
    make.post(relief, Role.OFFICER, grid, kind=PostKind.RELIEF, to_at=NOW + timedelta(hours=1))
    both = urge(database, make, leader, street)

    assert (alone.told, alone.nobody, both.told) == (0, 1, 1)
    assert [one.person_id for one in make.rows(Notice)] == [relief.id]


def test_who_gave_a_post_that_does_not_bind_yet_is_told_instead_of_its_holder(make, database):
    street, _, grid = make.tree()
    make.cells(grid, 2)
    make.plan(grid)
    leader = make.person(Role.SQUAD_LEADER, street)
    make.post(make.person(), Role.OFFICER, grid, accepted_at=None, assigned_by=leader.id)

    urge(database, make, leader, street)

    assert [one.person_id for one in make.rows(Notice)] == [leader.id]


def test_no_window_is_urged_that_nothing_can_serve_any_more(make, database):
    street, _, grid = make.tree()
    make.cells(grid, 2)
    make.person(Role.OFFICER, grid)
    leader = make.person(Role.SQUAD_LEADER, street)
    make.plan(grid, hours=[["07:30", "09:30"], ["17:00", "19:00"]])

    found = urge(database, make, leader, street)

    assert (found.told, found.nobody) == (0, 0)
    assert make.rows(Notice) == []
