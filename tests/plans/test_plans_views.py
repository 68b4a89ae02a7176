"""The planner's pages: a list, a form that reads like a sentence, a plan as a month."""

from typing import Any
from urllib.parse import urlencode

import pytest

from patrol.core.roles import Role
from patrol.notices.model import Notice
from patrol.plans.model import Plan, PlanState
from patrol.plans.rules import Cadence
from tests.browser import Browser
from tests.make import Make

FORM = {
    "name": "早晚巡查",
    "role": "officer",
    "cadence": "daily",
    "times": "2",
    "hours": "07:30–09:30、17:00–19:00",
    "topics": ["street_order"],
    "valid_from": "2026-11-06",
}


@pytest.fixture
def street(make: Make) -> Any:
    street, _, grid = make.tree()
    make.cells(grid, 6)
    make.topic()
    street.__dict__["lowest"] = grid
    return street


def test_a_leader_makes_previews_publishes_and_ends_a_plan(
    browser: Browser, make: Make, street: Any
) -> None:
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))
    form = FORM | {"grid_id": str(street.__dict__["lowest"].id)}

    preview = browser.get(f"/plans/new?{urlencode(form, doseq=True)}").text
    assert "每天 2 次，07:30–09:30、17:00–19:00" in preview

    piece = browser.get(f"/plans/new?{urlencode(form, doseq=True)}", HX_Request="true").text
    assert "<html" not in piece

    browser.post("/plans", form)
    (plan,) = make.rows(Plan)
    assert (plan.state, plan.rrule, plan.times) == (PlanState.DRAFT, "FREQ=DAILY", 2)

    browser.post(f"/plans/{plan.id}/publish", {})
    assert "生效" in browser.get(f"/plans/{plan.id}").text
    assert "早晚巡查" in browser.get("/plans").text

    make.plan(street.__dict__["lowest"])  # goes on asking for what it asked for
    browser.post(f"/plans/{plan.id}/end", {})
    assert make.reload(Plan, plan.id).state is PlanState.ENDED
    assert "早晚巡查" in browser.get("/plans?show=ended").text


def test_a_wrong_form_comes_back_with_the_error_beside_its_field(
    browser: Browser, make: Make, street: Any
) -> None:
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))
    form = FORM | {"grid_id": str(street.id), "hours": "25:00-26:00", "topics": []}

    page = browser.post("/plans", form, status=422).text

    assert 'id="topics-error"' in page or 'id="hours-error"' in page
    assert make.rows(Plan) == []


def test_a_plan_under_the_floor_is_signed_by_a_supervisor_on_the_page(
    browser: Browser, make: Make, street: Any
) -> None:
    leader = make.person(Role.SQUAD_LEADER, street)
    lowest = street.__dict__["lowest"]
    plan = make.plan(
        lowest, cadence=Cadence.WEEKLY, rrule="FREQ=WEEKLY;BYDAY=MO", state=PlanState.DRAFT,
        made_by=leader.id,
    )  # fmt: skip
    supervisor = make.person(Role.SUPERVISOR, street, name="周科长")
    browser.sign_in(leader)
    for _ in range(2):
        page = browser.post(f"/plans/{plan.id}/publish", {}, status=422).text
        assert "已通知签字：周科长" in page
    assert len(make.rows(Notice, Notice.person_id == supervisor.id)) == 1

    browser.sign_in(supervisor)
    assert f"计划“{plan.name}”等您签字" in browser.get("/notices").text
    browser.post(f"/plans/{plan.id}/sign", {"reason": "人手不足，先按周巡查"})
    browser.sign_in(leader)
    assert "您报请的签字已签" in browser.get("/notices").text

    assert make.reload(Plan, plan.id).floor_reason == "人手不足，先按周巡查"


def test_another_street_is_not_told_that_a_plan_exists(
    browser: Browser, make: Make, street: Any
) -> None:
    plan = make.plan(street.__dict__["lowest"])
    browser.sign_in(make.person(Role.SQUAD_LEADER, make.grid(tier=1)))

    browser.get(f"/plans/{plan.id}", status=404)
    browser.post(f"/plans/{plan.id}/end", {}, status=404)


def test_a_draft_is_edited_and_the_preview_tells_loads_scope_and_what_falls_due(
    browser: Browser, make: Make, street: Any
) -> None:
    lowest = street.__dict__["lowest"]
    officer = make.person(Role.OFFICER, lowest)
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))
    form = FORM | {"grid_id": str(lowest.id), "minutes_per_cell": "60"}

    preview = browser.get(f"/plans/new?{urlencode(form | {'day': '2026-11-10'}, doseq=True)}").text
    assert officer.name in preview
    assert "人" in preview
    assert "2026-11-10" in preview
    assert preview.count('class="cell"') == 6
    assert "RRULE:FREQ=DAILY" in preview
    assert "[&#39;" not in preview

    browser.post("/plans", form)
    (plan,) = make.rows(Plan)
    assert "督查" in browser.get(f"/plans/{plan.id}").text
    assert 'value="60.0"' in browser.get(f"/plans/{plan.id}/edit").text
    browser.post(f"/plans/{plan.id}/edit", form | {"minutes_per_cell": "5"})
    browser.post(f"/plans/{plan.id}/publish", {})

    assert make.reload(Plan, plan.id).minutes_per_cell == 5
    browser.get(f"/plans/{plan.id}/edit", status=404)
    copy = browser.get(f"/plans/new?like={plan.id}").text
    assert "07:30–09:30、17:00–19:00" in copy
    assert 'name="replaces_id" value=""' in copy
    assert "变更计划" in browser.get(f"/plans/new?replaces_id={plan.id}").text
    instead = browser.get(f"/plans/new?instead_of={plan.id}").text
    assert "<title>临时替代" in instead
    assert f'value="{plan.id}"' in instead


def test_the_usual_plans_of_a_tier_are_drafted_once(
    browser: Browser, make: Make, street: Any
) -> None:
    lowest = street.__dict__["lowest"]
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))

    for _ in range(2):
        browser.post("/plans/usual", {"grid_id": str(lowest.id)})
    browser.post("/plans/usual", {"grid_id": str(street.id)})

    made = [(plan.cadence, plan.scope, plan.times) for plan in make.rows(Plan)]
    assert sorted(made) == [("daily", "all", 1), ("daily", "hot", 2), ("monthly", "all", 1)]
    browser.post("/plans/usual", {"grid_id": "7"}, status=404)
    assert "热点" in browser.get("/plans/new?usual=hot-twice").text


def test_a_night_of_the_month_is_a_weekday_that_the_leader_sees_and_changes(
    browser: Browser, make: Make, street: Any
) -> None:
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))
    form = FORM | {
        "grid_id": str(street.id), "role": "head", "cadence": "monthly", "times": "1",
        "hours": "18:00–06:00", "weekdays": ["4", "5"], "nth": "1",
    }  # fmt: skip

    assert 'name="nth" value="1" checked' in browser.get("/plans/new?usual=night").text
    preview = browser.get(f"/plans/new?{urlencode(form, doseq=True)}").text
    assert "每月第一个星期五或星期六，18:00–06:00" in preview
    assert "FREQ=MONTHLY;BYDAY=FR,SA;BYSETPOS=1" in preview
    browser.post("/plans", form | {"weekdays": []}, status=422)

    browser.post("/plans", form | {"nth": "-1", "weekdays": ["6"]})
    (plan,) = make.rows(Plan)
    assert plan.rrule == "FREQ=MONTHLY;BYDAY=SU;BYSETPOS=-1"
    assert 'name="nth" value="-1" checked' in browser.get(f"/plans/{plan.id}/edit").text
    assert "每月最后一个星期日" in browser.get(f"/plans/{plan.id}").text


@pytest.mark.parametrize(
    "asked", ["month=0001-01", "month=9999-12", "day=0001-01-01", "day=9999-12-31", "month=x"]
)
def test_a_month_that_nobody_means_is_this_one(
    browser: Browser, make: Make, street: Any, asked: str
) -> None:
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))
    plan = make.plan(street.__dict__["lowest"])

    assert "11" in browser.get(f"/plans/{plan.id}?{asked}").text


@pytest.mark.parametrize(
    "days",
    [
        {"valid_to": "9999-12-31"},
        {"valid_from": "9999-12-31"},
        {"valid_from": "0001-01-01"},
    ],
)
def test_a_plan_lies_in_our_time(browser: Browser, make: Make, street: Any, days: Any) -> None:
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))
    form = FORM | {"grid_id": str(street.__dict__["lowest"].id)} | days

    browser.get(f"/plans/new?{urlencode(form, doseq=True)}")
    page = browser.post("/plans", form, status=422).text

    assert "2099-12-31" in page or "2000-01-01" in page
    assert make.rows(Plan) == []
