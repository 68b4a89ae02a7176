"""One version after another: from a day on, or for some days and then back again."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from patrol.core.errors import Conflict, Refused
from patrol.core.roles import Role
from patrol.core.store import Database
from patrol.plans import turning
from patrol.plans.model import Plan, PlanState, Standing
from patrol.plans.rules import Cadence, windows
from tests.make import Make
from tests.plans.test_plans_service import (
    NOW,
    ZONE,
    Seen,
    closed,
    credited,
    draft,
    published,
    signed_end,
)

DAY = timedelta(days=1)
Act = Callable[..., Any]
EVENT = {"valid_from": date(2026, 11, 10), "valid_to": date(2026, 11, 12), "stands_in": True}


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=ZONE)


def turned(database: Database, now: datetime) -> int:
    moved = 0
    while True:
        with database.transaction() as session:
            step = turning.end_next(session, now=now)
        if step is None:
            return moved
        moved += step


def standing_in(act: Act, ground: SimpleNamespace, old: Plan, **more: Any) -> Plan:
    told = {"replaces_id": old.id, "name": "展会", **EVENT, **more}
    return published(act, ground.leader, ground.grid.id, **told)


def test_a_plan_stands_in_for_another_on_its_days_and_that_one_goes_on(
    make: Make, act: Act, ground: SimpleNamespace
) -> None:
    old = published(act, ground.leader, ground.grid.id)

    event = standing_in(act, ground, old, hours="08:00–10:00、20:00–22:00")

    plans = sorted(make.rows(Plan), key=lambda one: one.valid_from)
    assert [one.state for one in plans] == [PlanState.PUBLISHED] * 3
    assert [(one.valid_from, one.valid_to) for one in plans] == [
        (NOW, at(10)), (at(10), at(13)), (at(13), None),
    ]  # fmt: skip
    assert (plans[2].resumes_id, plans[2].replaces_id) == (old.id, event.id)
    begun = [
        one.start
        for plan in plans
        for one in windows(plan.terms(ZONE), at(8), at(16))
    ]  # fmt: skip
    assert begun == [at(8), at(9), *(at(day, hour) for day in (10, 11, 12) for hour in (8, 20)),
                     at(13), at(14), at(15)]  # fmt: skip


def test_what_is_seen_moves_on_as_one_plan_follows_the_other(
    make: Make, act: Act, database: Database, ground: SimpleNamespace
) -> None:
    old = published(act, ground.leader, ground.grid.id)
    event = standing_in(act, ground, old)
    officer = make.person(Role.OFFICER, ground.grid)
    first, second = ground.cells[:2]
    seen = Seen(first.id, ground.grid.id, officer.id, seen_at=at(9, 9))
    assert credited(database, seen, now=at(9, 9)) == 1

    closed(database, at(10, 1))
    assert turned(database, at(10, 1)) == 1
    assert make.reload(Plan, old.id).state is PlanState.ENDED
    assert credited(
        database, Seen(second.id, ground.grid.id, officer.id, seen_at=at(11, 9)), now=at(11, 9)
    ) == 1  # fmt: skip
    closed(database, at(13, 1))
    assert turned(database, at(13, 1)) == 1

    (again,) = make.rows(Plan, Plan.resumes_id == old.id)
    stood = {row.cell_id: row.seen_at for row in make.rows(Standing, Standing.plan_id == again.id)}
    assert (stood[first.id], stood[second.id]) == (at(9, 9), at(11, 9))
    assert make.reload(Plan, event.id).state is PlanState.ENDED


def test_days_inside_a_longer_window_leave_that_window_as_it_is(
    make: Make, act: Act, ground: SimpleNamespace
) -> None:
    old = make.plan(
        ground.grid, cadence=Cadence.WEEKLY, rrule="FREQ=WEEKLY;BYDAY=MO",
        made_by=ground.leader.id, topics=["street_order"],
    )  # fmt: skip

    standing_in(act, ground, old)

    assert make.reload(Plan, old.id).valid_to is None
    assert len(make.rows(Plan)) == 2


def test_a_window_begun_before_is_served_to_its_end(
    make: Make, act: Act, ground: SimpleNamespace
) -> None:
    old = make.plan(
        ground.grid, cadence=Cadence.WEEKLY, rrule="FREQ=WEEKLY;BYDAY=MO",
        made_by=ground.leader.id, topics=["street_order"],
    )  # fmt: skip

    new = published(
        act, ground.leader, ground.grid.id, replaces_id=old.id, valid_from=date(2026, 11, 12)
    )

    assert make.reload(Plan, old.id).valid_to == at(16)
    assert make.reload(Plan, old.id).state is PlanState.PUBLISHED
    assert new.valid_from == at(16)


def test_a_stand_in_says_its_days_and_comes_once(act: Act, ground: SimpleNamespace) -> None:
    old = published(act, ground.leader, ground.grid.id)
    with pytest.raises(Refused, match="plan-stand-in-days"):
        draft(ground.grid.id, replaces_id=old.id, stands_in=True)

    standing_in(act, ground, old)

    with pytest.raises(Conflict, match="plan-stand-in-waits"):
        published(act, ground.leader, ground.grid.id, replaces_id=old.id)
    act(signed_end, ground.leader, old.id)
    with pytest.raises(Conflict, match="plan-not-live"):
        standing_in(act, ground, old)


def test_days_without_a_window_oblige_nobody_and_are_refused(
    act: Act, ground: SimpleNamespace
) -> None:
    with pytest.raises(Refused, match="plan-without-windows"):
        published(
            act, ground.leader, ground.grid.id, hours="20:00–22:00", weekdays=(0, 3, 4, 5, 6),
            valid_from=date(2026, 11, 10), valid_to=date(2026, 11, 11),
        )  # fmt: skip
