"""Many visits credited at once come to what they come to one by one, to the last ledger line."""

from contextlib import suppress
from datetime import timedelta
from random import Random
from types import SimpleNamespace

import pytest
from sqlmodel import select

from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.grid import changes, queries
from patrol.grid.drafts import ChangeDraft
from patrol.grid.model import Cell
from patrol.ledger.service import COLLECTED
from patrol.plans import crediting, recut, service
from patrol.plans.model import PastStanding, Standing, WindowCredit, WindowResult
from patrol.plans.rules import Cadence
from tests.conftest import NOW

HOUR = timedelta(hours=1)
ROLES = {Role.OFFICER, Role.WORKER}
KEPT = (Standing, PastStanding, WindowCredit, WindowResult)


@pytest.fixture
def ground(make, database):
    """Cells of a grid that was split today, under four plans whose windows closed until then."""
    grid = make.grid()
    cells = make.cells(grid, 6)
    make.person(Role.OFFICER, grid)
    make.plan(grid)
    make.plan(grid, Role.WORKER, grade="A", cadence=Cadence.WEEKLY, rrule="FREQ=WEEKLY;BYDAY=MO")
    make.plan(grid, hours=[["07:30", "09:30"], ["17:00", "19:00"]], grace=20, grade="C")
    make.plan(grid, Role.HEAD)
    with database.transaction() as session:
        draft = ChangeDraft(
            level="grid", kind="split", members=[cell.code for cell in cells[4:]],
            code="W", name="西", other_code="E", other_name="东",
        )  # fmt: skip
        found = queries.grid_by_code(session, grid.code)
        changes.plan(session, None, found, draft, zone=clock.city(), now=NOW)
    with database.transaction() as session:
        while service.close_windows(session, zone=clock.city(), now=NOW) is not None:
            pass
        while recut.carry_out_next(session, zone=clock.city(), now=NOW) is not None:
            pass
    return make.rows(Cell)


def drawn(cells, officer, random, count=80):
    """Visits of any cell, grade and hour around now, in any order, some of them 补录."""
    return [
        SimpleNamespace(
            id=uuid7(),
            cell_id=cell.id,
            grid_id=cell.grid_id,
            officer_id=officer.id,
            seen_at=NOW + random.randrange(-72 * 4, 8 * 4) * HOUR / 4,
            grade=random.choice("ABC"),
            backfill=(backfill := random.random() < 0.2),
            confirmed_by=officer.id if backfill and random.random() < 0.5 else None,
        )
        for cell in random.choices(cells, k=count)
    ]


class Undone(Exception):
    """Rolls a transaction back."""


def outcome(database, credit):
    """All rows and ledger lines that crediting leads to, and what it gave; then it is undone."""
    found = []
    with suppress(Undone), database.transaction() as session:
        given = credit(session)
        session.flush()
        rows = [
            sorted(map(str, session.connection().execute(select(model.__table__))))
            for model in KEPT
        ]
        found += [given, rows, session.info[COLLECTED]]
        raise Undone
    return found


@pytest.mark.parametrize("seed", range(4))
def test_many_at_once_come_to_what_they_come_to_one_by_one(make, database, ground, seed):
    visits = drawn(ground, make.person(), Random(seed))
    told = {"zone": clock.city(), "now": NOW + 8 * HOUR}

    at_once = outcome(
        database, lambda session: list(crediting.credit_each(session, visits, ROLES, **told))
    )
    one_by_one = outcome(
        database,
        lambda session: [crediting.credit(session, visit, ROLES, **told) for visit in visits],
    )

    assert at_once == one_by_one
    given, rows, lines = at_once
    assert any(given)
    assert all(rows)
    assert any(line.kind == "window.amended" for line in lines)
