"""Urging: whoever answers is told once for each window, and the ledger says so."""

from datetime import timedelta

import pytest

from patrol.core import clock
from patrol.core.errors import Forbidden
from patrol.core.roles import Role
from patrol.coverage import urging
from patrol.coverage.model import Urge
from patrol.coverage.queries import Asked
from patrol.ledger.model import LedgerEntry
from patrol.notices.model import Notice
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
