"""Ending a plan outright: what that takes out, who signs for it, and that the trace shows it."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from patrol.core.errors import Conflict, Forbidden, Refused
from patrol.core.roles import Role
from patrol.core.store import Database
from patrol.ledger.model import LedgerEntry
from patrol.plans import needs, service
from patrol.plans.model import Plan, PlanState, Scope
from patrol.plans.rules import Cadence
from tests.browser import Browser
from tests.make import Make
from tests.plans.test_plans_service import NOW, ZONE, draft, published

Act = Callable[..., Any]


@pytest.fixture
def supervisor(make: Make, ground: SimpleNamespace) -> Any:
    return make.actor(make.person(Role.SUPERVISOR, ground.street))


def lost(database: Database, plan: Plan) -> dict[str, object]:
    with database.reading() as session:
        return needs.lost(session, session.get_one(Plan, plan.id), zone=ZONE, now=NOW)


def ended(act: Act, ground: SimpleNamespace, plan: Plan) -> Plan:
    result: Plan = act(service.end, ground.leader, plan.id, zone=ZONE, now=NOW)
    return result


def test_an_end_that_leaves_cells_to_nobody_waits_for_a_supervisor(
    make: Make, act: Act, ground: SimpleNamespace, supervisor: Any
) -> None:
    plan = published(act, ground.leader, ground.grid.id)

    for _ in range(2):
        assert ended(act, ground, plan).state is PlanState.PUBLISHED
    with pytest.raises(Forbidden):
        act(service.sign, ground.leader, plan.id, "拆迁", zone=ZONE, now=NOW)
    with pytest.raises(Refused, match="plan-reason-missing"):
        act(service.sign, supervisor, plan.id, " ", zone=ZONE, now=NOW)
    act(service.sign, supervisor, plan.id, "整片拆迁", zone=ZONE, now=NOW)
    assert ended(act, ground, plan).state is PlanState.ENDED

    kept = make.reload(Plan, plan.id)
    assert (kept.end_signed_by, kept.end_reason) == (supervisor.id, "整片拆迁")
    assert (kept.floor_signed_by, kept.end_asked_by) == (None, ground.leader.id)
    kinds = [entry.kind for entry in make.rows(LedgerEntry)]
    assert kinds[-3:] == ["plan.end-asked", "plan.signed", "plan.ended"]


def test_an_end_is_taken_back_with_its_signature(
    make: Make, act: Act, ground: SimpleNamespace, supervisor: Any
) -> None:
    plan = published(act, ground.leader, ground.grid.id)
    with pytest.raises(Conflict):
        act(service.keep, ground.leader, plan.id, now=NOW)
    with pytest.raises(Conflict):
        act(service.sign, supervisor, plan.id, "没有人问", zone=ZONE, now=NOW)
    ended(act, ground, plan)
    act(service.sign, supervisor, plan.id, "整片拆迁", zone=ZONE, now=NOW)

    act(service.keep, ground.leader, plan.id, now=NOW)

    assert ended(act, ground, plan).state is PlanState.PUBLISHED
    assert make.reload(Plan, plan.id).end_signed_by is None


@pytest.mark.parametrize(
    ("beside", "taken"),
    [
        ({}, {}),
        ({"cadence": Cadence.WEEKLY}, {"cells": 6, "topics": []}),
        ({"role": Role.WORKER}, {"cells": 6, "topics": []}),
        ({"valid_to": date(2027, 1, 1)}, {"cells": 6, "topics": []}),
        ({"valid_from": date(2026, 11, 8)}, {"cells": 6, "topics": []}),
        ({"valid_from": date(2026, 11, 7)}, {}),
        ({"topics": ("street_order",)}, {"cells": 0, "topics": ["advertising"]}),
    ],
)
def test_only_what_nothing_else_asks_for_is_taken_out(
    make: Make,
    act: Act,
    database: Database,
    ground: SimpleNamespace,
    beside: dict[str, Any],
    taken: dict[str, object],
) -> None:
    topics = ("street_order", "advertising")
    plan = published(act, ground.leader, ground.grid.id, topics=topics)
    other = draft(ground.grid.id, **{"topics": topics, **beside}).to_plan(
        ground.leader.id, zone=ZONE, now=NOW
    )
    make.store(other)
    with database.transaction() as session:
        held = session.get_one(Plan, other.id)
        held.signed_for = ["floor", "load", "scope"]
        service.publish(session, ground.leader, other.id, zone=ZONE, now=NOW)

    assert lost(database, plan) == taken


def test_a_plan_below_the_floor_is_made_up_for_by_one_that_asks_as_often(
    make: Make, act: Act, database: Database, ground: SimpleNamespace
) -> None:
    terms = {"cadence": Cadence.WEEKLY, "rrule": "FREQ=WEEKLY;BYDAY=MO"}
    plan, other = make.plan(ground.grid, **terms), make.plan(ground.grid, **terms)
    assert lost(database, plan) == {}

    with database.transaction() as session:
        session.get_one(Plan, other.id).rrule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"

    assert lost(database, plan) == {"cells": 6, "topics": []}
    assert lost(database, other) == {}


def test_what_ends_in_its_time_or_asks_for_nothing_needs_nobody(
    act: Act, ground: SimpleNamespace
) -> None:
    today = published(act, ground.leader, ground.grid.id, valid_to=date(2026, 11, 6))
    hot = published(act, ground.leader, ground.grid.id, scope=Scope.HOT)

    assert ended(act, ground, today).state is PlanState.ENDED
    assert ended(act, ground, hot).state is PlanState.ENDED


def test_two_plans_that_follow_one_another_cover_what_one_would(
    make: Make, database: Database, ground: SimpleNamespace
) -> None:
    plan = make.plan(ground.grid)
    until = NOW + timedelta(days=30)
    make.plan(ground.grid, valid_to=until)
    assert lost(database, plan) == {"cells": 6, "topics": []}

    make.plan(ground.grid, valid_from=until)

    assert lost(database, plan) == {}


def test_a_plan_is_not_replaced_by_a_shorter_one_without_a_signature(
    act: Act, ground: SimpleNamespace
) -> None:
    old = published(act, ground.leader, ground.grid.id)
    told = {"replaces_id": old.id, "valid_to": date(2026, 11, 9)}

    with pytest.raises(Refused, match="plan-needs-signature"):
        published(act, ground.leader, ground.grid.id, **told)
    published(act, ground.leader, ground.grid.id, **told, stands_in=True)


def test_the_page_asks_tells_and_has_it_signed(
    browser: Browser, make: Make, ground: SimpleNamespace
) -> None:
    make.topic()
    plan = make.plan(ground.grid)
    leader = make.person(Role.SQUAD_LEADER, ground.street, name="刘中队")
    browser.sign_in(leader)

    browser.post(f"/plans/{plan.id}/end", {})
    page = browser.get(f"/plans/{plan.id}").text
    assert "刘中队申请终止" in page
    assert "6 格" in page
    assert "终止待签批" in browser.get("/plans").text
    browser.post(f"/plans/{plan.id}/keep", {})
    assert "申请终止" not in browser.get(f"/plans/{plan.id}").text
    supervisor = make.person(Role.SUPERVISOR, ground.street)
    browser.post(f"/plans/{plan.id}/end", {})

    browser.sign_in(supervisor)
    assert f"计划“{plan.name}”申请终止" in browser.get("/notices").text
    browser.post(f"/plans/{plan.id}/sign", {}, status=422)
    browser.post(f"/plans/{plan.id}/sign", {"reason": "整片拆迁"})
    browser.sign_in(leader)
    browser.post(f"/plans/{plan.id}/end", {})

    assert "整片拆迁" in browser.get(f"/plans/{plan.id}").text
    assert make.reload(Plan, plan.id).state is PlanState.ENDED
