"""A window that closes is held against whoever answered then, by the same rule as the trace."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from patrol.core.roles import PostKind, Role
from patrol.people.model import Excuse, ExcuseKind, Shift
from patrol.plans import service
from patrol.plans.model import WindowResult
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MIDNIGHT = NOW.astimezone(ZONE).replace(hour=0)


@pytest.fixture
def block(make):
    block = make.tree()[2]
    make.cells(block, 2)
    return block


def told(person, **more):
    facts = {
        "kind": ExcuseKind.LEAVE, "document": "#118", "from_at": MIDNIGHT - DAY,
        "to_at": MIDNIGHT + DAY, "recorded_by": person.id, "recorded_at": MIDNIGHT - DAY,
    }  # fmt: skip
    return Excuse(person_id=person.id, **{**facts, **more})


def shift(post, start, end, **more):
    facts = {"recorded_by": post.person_id, "recorded_at": MIDNIGHT - DAY, **more}
    return Shift(
        post_id=post.id, person_id=post.person_id, grid_id=post.grid_id,
        from_at=start, to_at=end, **facts,
    )  # fmt: skip


def closed(make, database, block):
    """Who the window of the day that has just ended is held against, and whether excused."""
    make.plan(block, Role.OFFICER, closed_until=MIDNIGHT)
    with database.transaction() as session:
        service.close_windows(session, zone=ZONE, now=MIDNIGHT + DAY + HOUR)
    (row,) = make.rows(WindowResult)
    return row.officer_id, row.excused


def test_it_is_whose_shift_it_was(make, database, block):
    early = make.post(make.person(name="早"), Role.OFFICER, block)
    late = make.post(make.person(name="晚"), Role.OFFICER, block)
    make.store(
        shift(early, MIDNIGHT + 14 * HOUR, MIDNIGHT + DAY),
        shift(late, MIDNIGHT + 7 * HOUR, MIDNIGHT + 14 * HOUR),
    )

    assert closed(make, database, block) == (early.person_id, False)


@pytest.mark.parametrize(
    ("entry", "excused"),
    [
        ({}, False),  # one's own proposal
        ({"approved_at": NOW}, True),
        ({"approved_at": NOW, "refused_at": NOW}, False),
        ({"approved_at": NOW, "to_at": MIDNIGHT + 20 * HOUR}, False),  # a part of the window
        ({"approved_at": NOW, "kind": ExcuseKind.WEATHER}, True),
    ],
)
def test_an_entry_excuses_once_it_is_in_force_for_the_whole_window(
    make, database, block, entry, excused
):
    officer = make.person(Role.OFFICER, block)
    make.store(told(officer, **entry))

    assert closed(make, database, block) == (officer.id, excused)


def test_leave_and_its_extension_excuse_together(make, database, block):
    officer = make.person(Role.OFFICER, block)
    noon = MIDNIGHT + 12 * HOUR
    make.store(
        told(officer, approved_at=NOW, to_at=noon),
        told(officer, approved_at=NOW, from_at=noon, document="#119"),
    )

    assert closed(make, database, block) == (officer.id, True)


def test_an_order_entered_by_somebody_else_in_time_needs_no_approval(make, database, block):
    officer, leader = make.person(Role.OFFICER, block), make.person()
    make.store(told(officer, recorded_by=leader.id, kind=ExcuseKind.ORDER))

    assert closed(make, database, block) == (officer.id, True)


def test_relief_that_was_never_accepted_is_not_held_to_anything(make, database, block):
    officer = make.person(Role.OFFICER, block)
    relief = {"kind": PostKind.RELIEF, "accepted_at": None, "assigned_by": make.person().id}
    make.post(make.person(), Role.OFFICER, block, **relief)

    assert closed(make, database, block) == (officer.id, False)


def test_a_post_that_was_never_accepted_is_held_against_who_gave_it(make, database, block):
    leader = make.person()
    make.post(make.person(), Role.OFFICER, block, accepted_at=None, assigned_by=leader.id)

    assert closed(make, database, block) == (leader.id, False)


def test_where_relief_stands_in_the_miss_is_the_reliefs(make, database, block):
    officer, other = make.person(Role.OFFICER, block), make.person()
    make.store(told(officer, approved_at=NOW))
    make.post(other, Role.OFFICER, block, kind=PostKind.RELIEF)

    assert closed(make, database, block) == (other.id, False)
