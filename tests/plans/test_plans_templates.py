"""Templates of plans: kept from any plan, begun with, renamed and withdrawn by their maker."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from patrol.core.errors import Forbidden, NotFound
from patrol.core.roles import Role
from patrol.ledger.model import LedgerEntry
from patrol.plans import templating
from patrol.plans.drafts import PlanDraft, TemplateName, stated
from patrol.plans.model import Plan, PlanState, PlanTemplate, Scope
from patrol.plans.rules import Cadence
from tests.browser import Browser
from tests.make import Make
from tests.plans.test_plans_service import NOW, ZONE, draft

Act = Callable[..., Any]
NAME = TemplateName(name="早市")


@pytest.mark.parametrize(
    "terms",
    [
        {"times": 2, "hours": "07:30–09:30、17:00–19:00", "workdays_only": True},
        {"cadence": Cadence.WEEKLY, "every": 2, "weekdays": (0, 3), "grade": "A"},
        {"cadence": Cadence.MONTHLY, "monthdays": (1, 16), "role": Role.HEAD, "grace": 120},
        {"cadence": Cadence.MONTHLY, "nth": -1, "weekdays": (4,), "hours": "18:00–06:00"},
        {"scope": Scope.OBJECTS, "members": ("road",), "minutes_per_cell": 5.0},
    ],
)
def test_what_a_plan_states_makes_the_same_plan_again(
    make: Make, ground: SimpleNamespace, terms: dict[str, Any]
) -> None:
    plan = draft(ground.grid.id, **terms).to_plan(ground.leader.id, zone=ZONE, now=NOW)

    again = PlanDraft(**stated(plan), valid_from=NOW.date())

    twin = again.to_plan(ground.leader.id, zone=ZONE, now=NOW)
    assert stated(twin) == stated(plan)
    assert twin.terms(ZONE) == plan.terms(ZONE)


def test_a_template_is_its_makers_alone(make: Make, act: Act, ground: SimpleNamespace) -> None:
    plan = make.plan(ground.grid)
    other = make.actor(make.person(Role.SQUAD_LEADER, ground.street))
    officer = make.actor(make.person(Role.OFFICER, ground.grid))

    kept = act(templating.keep, ground.leader, plan.id, NAME, now=NOW)
    with pytest.raises(Forbidden):
        act(templating.keep, officer, plan.id, NAME, now=NOW)
    for stranger in (other, officer):
        with pytest.raises(NotFound):
            act(templating.rename, stranger, kept.id, NAME, now=NOW)
    assert act(templating.own, other) == []

    act(templating.rename, ground.leader, kept.id, TemplateName(name="晚市"), now=NOW)
    assert [one.name for one in act(templating.own, ground.leader)] == ["晚市"]
    act(templating.withdraw, ground.leader, kept.id, now=NOW)
    assert act(templating.own, ground.leader) == []
    with pytest.raises(NotFound):
        act(templating.withdraw, ground.leader, kept.id, now=NOW)
    kinds = [entry.kind for entry in make.rows(LedgerEntry)]
    assert kinds[-3:] == ["template.kept", "template.renamed", "template.withdrawn"]


def test_a_leader_keeps_a_plan_as_template_and_begins_others_with_it(
    browser: Browser, make: Make, ground: SimpleNamespace
) -> None:
    make.topic()
    plan = make.plan(ground.grid, name="夜市", hours=[["18:00", "23:00"]], state=PlanState.DRAFT)
    browser.sign_in(make.person(Role.SQUAD_LEADER, ground.street))
    assert "还没有模板" in browser.get("/plans/templates").text

    browser.post(f"/plans/{plan.id}/template", {"name": " "}, status=422)
    browser.post(f"/plans/{plan.id}/template", {"name": "夜市模板"})
    (kept,) = make.rows(PlanTemplate)

    listed = browser.get("/plans/templates").text
    assert 'href="/plans" aria-current="true"' in listed
    assert "夜市模板" in listed
    assert "每天，18:00–23:00" in listed
    form = browser.get("/plans/new").text
    for begun in ("夜市模板", "责任网格", "社区", "街道", "usual=weekly", f"template={kept.id}"):
        assert begun in form
    begun = browser.get(f"/plans/new?template={kept.id}").text
    assert 'value="夜市模板"' in begun
    assert 'value="18:00–23:00"' in begun
    assert f'value="{ground.grid.id}" selected' in begun
    elsewhere = browser.get(f"/plans/new?template={kept.id}&grid_id={ground.street.id}").text
    assert f'value="{ground.street.id}" selected' in elsewhere

    browser.post(f"/plans/templates/{kept.id}/rename", {"name": ""}, status=422)
    browser.post(f"/plans/templates/{kept.id}/rename", {"name": "夏夜"})
    assert "夏夜" in browser.get("/plans/new").text
    browser.post(f"/plans/templates/{kept.id}/withdraw", {})
    assert "夏夜" not in browser.get("/plans/new").text
    browser.get(f"/plans/new?template={kept.id}", status=404)
    assert make.reload(Plan, plan.id).state is PlanState.DRAFT
