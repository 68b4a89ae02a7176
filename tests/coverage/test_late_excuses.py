"""Excuses ruled on after windows closed: the figures of coverage say what the trace says."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from geoalchemy2.elements import WKTElement

from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.coverage import figures, tallying
from patrol.coverage.figures import Stretch
from patrol.coverage.queries import Asked
from patrol.findings.model import Finding
from patrol.findings.rules import Severity, Source, Stage
from patrol.ledger.model import LedgerEntry
from patrol.people import service as people
from patrol.people.model import Excuse, ExcuseKind
from patrol.plans import crediting
from patrol.plans.model import WindowResult
from patrol.plans.service import close_windows
from patrol.tracing.queries import trace
from patrol.tracing.rules import Account
from tests.conftest import NOW
from tests.plans.test_plans_service import Seen

ZONE = clock.city()
DAY, LATER = timedelta(days=1), NOW + timedelta(days=2)


@pytest.fixture
def ground(make):
    """A grid of two cells with a daily plan, its officer, and who may approve late entries."""
    street, _, grid = make.tree()
    cells, officer = make.cells(grid, 2), make.person(Role.OFFICER, grid)
    make.person(Role.SQUAD_LEADER, street)
    plan = make.plan(grid, closed_until=NOW - timedelta(hours=10))
    bureau = make.actor(make.person(Role.BUREAU_LEADER, street))
    return SimpleNamespace(
        street=street, grid=grid, cells=cells, plan=plan, officer=officer, bureau=bureau
    )


@pytest.fixture
def leave(make, ground):
    """Makes an entry for the officer: by oneself, or an order of somebody else."""

    def enter(*, ordered=False):
        by = ground.bureau.id if ordered else ground.officer.id
        entry = Excuse(
            person_id=ground.officer.id, grid_id=ground.grid.id, kind=ExcuseKind.LEAVE,
            document="#118", from_at=NOW - DAY, to_at=NOW + DAY, recorded_by=by,
            recorded_at=NOW - 2 * DAY,
        )  # fmt: skip
        make.store(entry)
        with make.database.transaction() as session:
            while close_windows(session, zone=ZONE, now=NOW + DAY) is not None:
                pass
        return entry

    return enter


def ruled(make, ground, entry, *, approve):
    with make.database.transaction() as session:
        found = session.get(Excuse, entry.id)
        people.rule_on_excuse(session, ground.bureau, found, approve=approve, now=LATER)
    follow(make.database)


def follow(database):
    moved = 1
    while moved is not None:
        with database.transaction() as session:
            moved = tallying.tally_next(session, zone=ZONE)


def rates(database, ground):
    with database.reading() as session:
        found = figures.rates(
            session, Stretch(ground.street.path, NOW - DAY, NOW + DAY, ZONE), Asked()
        )
    return found[ground.grid.id].windows if found else 0


def traced(make, database, ground):
    """How the trace of a violation found afterwards accounts for the window."""
    kind, cell = make.event_class(), ground.cells[0]
    finding = Finding(
        id=uuid7(), number="E0405-20261108-0001", class_id=kind.id, severity=Severity.ORDINARY,
        topic="street_order", source=Source.INSPECTION, cell_id=cell.id, grid_id=ground.grid.id,
        officer_id=ground.bureau.id, spot=WKTElement(f"POINT({cell.lon} {cell.lat})", srid=4326),
        lon=cell.lon, lat=cell.lat, stage=Stage.FILING, seen_at=LATER, made_at=LATER,
        received_at=LATER,
    )  # fmt: skip
    make.store(finding)
    (result,) = make.rows(WindowResult)
    with database.reading() as session:
        found = trace(session, finding.id, now=LATER)
    return next(
        (one.account, one.person) for one in found.windows if one.window.start == result.from_at
    )


def test_leave_approved_after_the_window_closed_excuses_in_the_figures_too(
    make, database, ground, leave
):
    entry = leave()
    follow(database)
    assert rates(database, ground) == 1

    ruled(make, ground, entry, approve=True)

    (row,) = make.rows(WindowResult)
    assert (row.excused, row.officer_id) == (True, ground.officer.id)
    assert rates(database, ground) == 0
    assert traced(make, database, ground) == (Account.EXCUSED, row.officer_id)
    follow(database)
    assert len(make.rows(LedgerEntry, LedgerEntry.kind == "window.amended")) == 1


def test_an_order_refused_afterwards_excuses_no_more(make, database, ground, leave):
    entry = leave(ordered=True)
    assert rates(database, ground) == 0

    ruled(make, ground, entry, approve=False)

    assert rates(database, ground) == 1
    assert traced(make, database, ground) == (Account.MISSED, ground.officer.id)


def test_whoever_else_held_the_post_answers_once_the_leave_is_approved(
    make, database, ground, leave
):
    other = make.person()
    make.post(other, Role.OFFICER, ground.grid, from_at=make.since - DAY)
    entry = leave()
    (row,) = make.rows(WindowResult)
    assert row.officer_id == ground.officer.id

    ruled(make, ground, entry, approve=True)

    (row,) = make.rows(WindowResult)
    assert (row.officer_id, row.excused) == (other.id, False)
    assert traced(make, database, ground) == (Account.MISSED, other.id)


def test_a_window_served_after_all_is_excused_no_more(make, database, ground, leave):
    entry = leave()
    ruled(make, ground, entry, approve=True)

    for cell in ground.cells:
        seen = Seen(cell.id, ground.grid.id, ground.officer.id)
        with database.transaction() as session:
            crediting.credit(session, seen, {Role.OFFICER}, zone=ZONE, now=LATER)

    (row,) = make.rows(WindowResult)
    assert (row.done, row.excused) == (2, False)
    assert rates(database, ground) == 1
