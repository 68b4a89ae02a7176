"""Plans over a part of their grid: hot spots in season, objects, cells named; their history."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from patrol.core.errors import Refused
from patrol.core.roles import Role
from patrol.core.store import Database, uuid7
from patrol.grid.model import HotSpot, PatrolObject, Sort
from patrol.people.model import Excuse, Post, Shift
from patrol.people.rules import ExcuseKind
from patrol.plans import crediting, needs, scope, service
from patrol.plans.model import Need, PastStanding, Plan, PlanPlace, Scope, Standing, WindowResult
from patrol.plans.rules import Cadence, rule_of
from patrol.plans.windows import midnight
from tests.make import Make
from tests.plans.test_plans_service import NOW, ZONE, Seen, closed, draft, published

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Act = Callable[..., Any]


def marked(make: Make, ground: SimpleNamespace, number: int, **more: Any) -> HotSpot:
    told = {"topic": "street_order", "valid_from": NOW - DAY, **more}
    spot = HotSpot(cell_id=ground.cells[number].id, grid_id=ground.grid.id, **told)
    make.store(spot)
    return spot


def object_at(make: Make, ground: SimpleNamespace, number: int, code: str, sort: Sort) -> None:
    first, last = ground.cells[number], ground.cells[number + (2 if sort is Sort.ROAD else 0)]
    make.store(
        PatrolObject(
            code=code, sort=sort, name=code, grid_id=ground.grid.id, cell_id=first.id,
            line=[[first.lon, first.lat], [last.lon, last.lat]][: 2 if sort is Sort.ROAD else 1],
            valid_from=NOW - DAY,
        )
    )  # fmt: skip


def numbers(make: Make, ground: SimpleNamespace, plan: Plan) -> set[int]:
    held = {row.cell_id for row in make.rows(Standing, Standing.plan_id == plan.id)}
    return {number for number, cell in enumerate(ground.cells) if cell.id in held}


def test_a_plan_for_hot_spots_asks_for_those_of_its_topics_in_season(
    make: Make, act: Act, ground: SimpleNamespace
) -> None:
    marked(make, ground, 0)
    marked(make, ground, 1, first_month=11, last_month=2)
    marked(make, ground, 2, first_month=5, last_month=8)
    marked(make, ground, 3, topic="advertising")
    marked(make, ground, 4, valid_to=NOW - timedelta(hours=1))

    plan = published(act, ground.leader, ground.grid.id, scope=Scope.HOT)

    assert numbers(make, ground, plan) == {0, 1}


def test_objects_bring_the_cells_they_lie_in_and_run_through(
    make: Make, act: Act, ground: SimpleNamespace
) -> None:
    object_at(make, ground, 0, "R1", Sort.ROAD)
    object_at(make, ground, 4, "S1", Sort.SITE)
    object_at(make, ground, 5, "P1", Sort.PERMIT)

    every = published(act, ground.leader, ground.grid.id, scope=Scope.OBJECTS)
    roads = published(act, ground.leader, ground.grid.id, scope=Scope.OBJECTS, members=("road",))
    two = published(act, ground.leader, ground.grid.id, scope=Scope.OBJECTS, members=("S1", "P1"))

    assert numbers(make, ground, every) == {0, 1, 2, 4, 5}
    assert numbers(make, ground, roads) == {0, 1, 2}
    assert numbers(make, ground, two) == {4, 5}
    why = {row.cell_id: row.why for row in make.rows(PlanPlace, PlanPlace.plan_id == two.id)}
    assert why == {ground.cells[4].id: ["S1"], ground.cells[5].id: ["P1"]}


def test_codes_that_name_nothing_there_are_refused(
    make: Make, act: Act, ground: SimpleNamespace
) -> None:
    elsewhere = make.cells(make.grid(), 1)
    named = (ground.cells[1].code,)

    plan = published(act, ground.leader, ground.grid.id, scope=Scope.CELLS, members=named)
    assert numbers(make, ground, plan) == {1}
    with pytest.raises(Refused, match="plan-members-unknown"):
        published(
            act, ground.leader, ground.grid.id, scope=Scope.CELLS, members=(elsewhere[0].code,)
        )
    with pytest.raises(Refused, match="plan-without-cells"):
        published(act, ground.leader, ground.grid.id, scope=Scope.OBJECTS)
    published(act, ground.leader, ground.grid.id, scope=Scope.HOT)  # marks may come


def test_hot_spots_come_and_go_with_the_next_window(
    make: Make, act: Act, database: Database, ground: SimpleNamespace
) -> None:
    spot = marked(make, ground, 0)
    plan = published(act, ground.leader, ground.grid.id, scope=Scope.HOT)
    marked(make, ground, 1, valid_from=NOW)
    with database.transaction() as session:
        session.get_one(HotSpot, spot.id).valid_to = NOW + timedelta(hours=1)
    assert numbers(make, ground, plan) == {0}

    closed(database, NOW + DAY)

    assert numbers(make, ground, plan) == {1}
    (result,) = make.rows(WindowResult, WindowResult.plan_id == plan.id)
    assert (result.due, result.done) == (1, 0)
    (left,) = make.rows(PastStanding, PastStanding.plan_id == plan.id)
    assert left.cell_id == ground.cells[0].id
    midnight = datetime(2026, 11, 7, tzinfo=ZONE)
    with database.reading() as session:
        held = [scope.held_over(session, plan, cell.id) for cell in ground.cells[:3]]
    assert [(one.until, one.holds(NOW)) for one in held[0]] == [(midnight, True)]
    assert [(one.since, one.holds(NOW)) for one in held[1]] == [(midnight, False)]
    assert held[2] == []


def test_a_late_visit_still_counts_for_a_plan_whose_scope_the_cell_left(
    make: Make, act: Act, database: Database, ground: SimpleNamespace
) -> None:
    spot = marked(make, ground, 0)
    hot = published(act, ground.leader, ground.grid.id, scope=Scope.HOT)
    base = published(act, ground.leader, ground.grid.id)
    with database.transaction() as session:
        session.get_one(HotSpot, spot.id).valid_to = NOW + timedelta(hours=1)
    closed(database, NOW + DAY)
    officer = make.person(Role.OFFICER, ground.grid)
    seen = Seen(ground.cells[0].id, ground.grid.id, officer.id, seen_at=NOW + timedelta(hours=2))

    with database.transaction() as session:
        plans = crediting.credit(session, seen, {Role.OFFICER}, zone=ZONE, now=NOW + DAY)

    assert set(plans) == {hot.id, base.id}
    done = {row.plan_id: row.done for row in make.rows(WindowResult)}
    assert done == {hot.id: 1, base.id: 1}


def test_a_mark_that_comes_back_takes_up_where_the_cell_stood(
    make: Make, act: Act, database: Database, ground: SimpleNamespace
) -> None:
    spot = marked(make, ground, 0)
    plan = published(act, ground.leader, ground.grid.id, scope=Scope.HOT)
    officer = make.person(Role.OFFICER, ground.grid)
    seen = Seen(ground.cells[0].id, ground.grid.id, officer.id)
    with database.transaction() as session:
        crediting.credit(session, seen, {Role.OFFICER}, zone=ZONE, now=NOW)
        session.get_one(HotSpot, spot.id).valid_to = NOW + timedelta(hours=1)
    closed(database, NOW + DAY)
    marked(make, ground, 0, valid_from=NOW + DAY)
    closed(database, NOW + 2 * DAY)

    (row,) = make.rows(Standing, Standing.plan_id == plan.id)
    assert row.seen_at == NOW
    assert make.rows(PastStanding) == []
    assert len(make.rows(PlanPlace)) == 2


def test_what_a_new_version_leaves_out_waits_for_a_signature(
    make: Make, act: Act, database: Database, ground: SimpleNamespace
) -> None:
    old = published(act, ground.leader, ground.grid.id, topics=("street_order", "advertising"))
    told = {"scope": Scope.CELLS, "members": [cell.code for cell in ground.cells[:4]]}
    plan = act(
        service.make, ground.leader, draft(ground.grid.id, replaces_id=old.id, **told),
        zone=ZONE, now=NOW,
    )  # fmt: skip
    supervisor = make.actor(make.person(Role.SUPERVISOR, ground.street))

    with database.reading() as session:
        needed = needs.needed(session, session.get_one(Plan, plan.id), zone=ZONE, now=NOW)
    assert needed == {Need.SCOPE: {"cells": 2, "topics": ["advertising"]}}
    with pytest.raises(Refused, match="plan-needs-signature"):
        act(service.publish, ground.leader, plan.id, zone=ZONE, now=NOW)
    act(service.sign, supervisor, plan.id, "广告另有计划", zone=ZONE, now=NOW)
    act(service.publish, ground.leader, plan.id, zone=ZONE, now=NOW)

    assert make.reload(Plan, plan.id).signed_for == ["scope"]


def test_a_slower_plan_beside_one_that_keeps_the_floor_needs_no_signature(
    act: Act, database: Database, ground: SimpleNamespace
) -> None:
    night = {"cadence": Cadence.MONTHLY, "monthdays": (15,), "hours": "20:00–23:00"}
    alone = act(service.make, ground.leader, draft(ground.grid.id, **night), zone=ZONE, now=NOW)
    with pytest.raises(Refused, match="plan-needs-signature"):
        act(service.publish, ground.leader, alone.id, zone=ZONE, now=NOW)

    published(act, ground.leader, ground.grid.id)

    act(service.publish, ground.leader, alone.id, zone=ZONE, now=NOW)


def test_a_draft_stated_anew_loses_its_signature(
    make: Make, act: Act, ground: SimpleNamespace
) -> None:
    plan = act(
        service.make, ground.leader, draft(ground.grid.id, cadence=Cadence.WEEKLY), zone=ZONE,
        now=NOW,
    )  # fmt: skip
    supervisor = make.actor(make.person(Role.SUPERVISOR, ground.street))
    act(service.sign, supervisor, plan.id, "人手不足", zone=ZONE, now=NOW)
    again = draft(ground.grid.id, cadence=Cadence.WEEKLY, every=2)

    act(service.revise, ground.leader, plan.id, again, zone=ZONE, now=NOW)

    kept = make.reload(Plan, plan.id)
    assert (kept.rrule, kept.floor_signed_by, kept.signed_for) == (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", None, [],
    )  # fmt: skip


def test_more_than_a_person_can_walk_waits_for_a_signature(
    make: Make, act: Act, database: Database, ground: SimpleNamespace
) -> None:
    officer = make.person(Role.OFFICER, ground.grid)
    plan = act(
        service.make, ground.leader, draft(ground.grid.id, minutes_per_cell=80), zone=ZONE, now=NOW
    )
    with database.reading() as session:
        needed = needs.needed(session, session.get_one(Plan, plan.id), zone=ZONE, now=NOW)
    assert needed == {Need.LOAD: {"people": [officer.name]}}

    lighter = draft(ground.grid.id, minutes_per_cell=60)
    act(service.revise, ground.leader, plan.id, lighter, zone=ZONE, now=NOW)
    act(service.publish, ground.leader, plan.id, zone=ZONE, now=NOW)

    other = draft(
        ground.grid.id, minutes_per_cell=60, name="早晚", hours="07:00–09:00、17:00–19:00"
    )
    second = act(service.make, ground.leader, other, zone=ZONE, now=NOW)
    with pytest.raises(Refused, match="plan-needs-signature"):
        act(service.publish, ground.leader, second.id, zone=ZONE, now=NOW)


def test_two_share_what_one_cannot_and_leave_takes_it_back(
    make: Make, act: Act, database: Database, ground: SimpleNamespace
) -> None:
    make.person(Role.OFFICER, ground.grid)
    second = make.person(Role.OFFICER, ground.grid)
    plan = act(
        service.make, ground.leader, draft(ground.grid.id, minutes_per_cell=80), zone=ZONE, now=NOW
    )

    def needed() -> set[Need]:
        with database.reading() as session:
            return set(needs.needed(session, session.get_one(Plan, plan.id), zone=ZONE, now=NOW))

    assert needed() == set()
    make.store(
        Excuse(
            id=uuid7(), person_id=second.id, kind=ExcuseKind.LEAVE, document="#1",
            from_at=NOW + DAY, to_at=NOW + 3 * DAY, recorded_by=ground.leader.id, recorded_at=NOW,
        )
    )  # fmt: skip
    assert needed() == {Need.LOAD}


def test_a_night_once_a_month_is_weighed_on_that_night(
    make: Make, act: Act, database: Database, ground: SimpleNamespace
) -> None:
    make.person(Role.OFFICER, ground.grid)
    night = draft(
        ground.grid.id, cadence=Cadence.MONTHLY, weekdays=(4,), nth=1, hours="20:00–22:00",
        valid_from=date(2026, 11, 9), minutes_per_cell=80,
    )  # fmt: skip
    plan = act(service.make, ground.leader, night, zone=ZONE, now=NOW)

    with database.reading() as session:
        needed = needs.needed(session, session.get_one(Plan, plan.id), zone=ZONE, now=NOW)

    assert Need.LOAD in needed


def test_a_plan_is_weighed_on_the_night_of_another_however_far(
    make: Make, act: Act, database: Database, ground: SimpleNamespace
) -> None:
    make.person(Role.OFFICER, ground.grid)
    night = rule_of(Cadence.MONTHLY, [4], nth=1)
    make.plan(
        ground.grid, cadence=Cadence.MONTHLY, rrule=night, hours=[["20:00", "22:00"]],
        minutes_per_cell=50,
    )  # fmt: skip
    told = draft(ground.grid.id, hours="08:00–10:00", minutes_per_cell=50)
    plan = act(service.make, ground.leader, told, zone=ZONE, now=NOW)

    with database.reading() as session:
        needed = needs.needed(session, session.get_one(Plan, plan.id), zone=ZONE, now=NOW)

    assert set(needed) == {Need.LOAD}


@pytest.mark.parametrize(("shift", "leave"), [((14, 22), (0, 12)), ((8, 17), (18, 24))])
def test_leave_outside_a_shift_takes_nothing_from_it(
    make: Make, act: Act, database: Database, ground: SimpleNamespace,
    shift: tuple[int, int], leave: tuple[int, int],
) -> None:  # fmt: skip
    officer = make.person(Role.OFFICER, ground.grid)
    (post,) = make.rows(Post, Post.person_id == officer.id)
    plan = act(
        service.make, ground.leader, draft(ground.grid.id, minutes_per_cell=60), zone=ZONE, now=NOW
    )
    for ahead in range(7):
        day = midnight(date(2026, 11, 6), ZONE) + ahead * DAY
        on, off = (
            {"from_at": day + one * HOUR, "to_at": day + two * HOUR} for one, two in (shift, leave)
        )
        told = {"person_id": officer.id, "recorded_by": ground.leader.id, "recorded_at": NOW}
        make.store(Shift(post_id=post.id, grid_id=ground.grid.id, **on, **told))
        make.store(Excuse(kind=ExcuseKind.LEAVE, document="#1", **off, **told))

    with database.reading() as session:
        assert needs.needed(session, session.get_one(Plan, plan.id), zone=ZONE, now=NOW) == {}
