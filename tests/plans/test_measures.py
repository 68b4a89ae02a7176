"""The figures of the feasibility sum: the usual ones, or a site's own, told where they are used."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from patrol.cli import _health, main
from patrol.config import Settings, complete
from patrol.core.roles import Role
from patrol.core.store import Database
from patrol.plans import loads, measures, scope
from patrol.plans.feasibility import FIGURES, Figures
from tests.browser import Browser
from tests.make import Make
from tests.plans.test_plans_service import NOW, ZONE


@pytest.fixture
def run(database: Database, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `patrol feasibility` on this database."""
    monkeypatch.setenv("PATROL_HOME", str(tmp_path))
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("PATROL_DATABASE_URL", url)

    def once(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(main, ["feasibility", *words])
        assert result.exit_code == code, result.output
        return result.output

    return once


def test_the_figures_are_shown_set_and_forgotten_from_the_command_line(
    database: Database, run: Any
) -> None:
    assert run().splitlines() == ["shift 480", "way 60", "pace 75", "dwell 2", "usual"]

    assert f"set {datetime.now(UTC):%Y-%m}" in run("--shift", "420", "--pace", "60")
    run("--way", "30")
    with database.reading() as session:
        assert measures.figures(session) == Figures(420, 30, 60, FIGURES.dwell)
    assert json.loads(run("--json"))["figures"]["shift"] == 420
    run("--shift", "5", code=2)

    assert "usual" in run("--usual")
    assert "shift 500" in run("--usual", "--shift", "500")


def test_loads_and_new_plans_go_by_the_figures_of_the_site(
    browser: Browser, make: Make, database: Database, ground: SimpleNamespace
) -> None:
    make.topic()
    make.person(Role.OFFICER, ground.grid)
    plan = make.plan(ground.grid)
    browser.sign_in(make.person(Role.SQUAD_LEADER, ground.street))
    assert "通用数值" in browser.get(f"/plans/{plan.id}").text

    with database.transaction() as session:
        measures.set_own(session, {"shift": 300, "pace": 50, "dwell": 4}, now=NOW)

    with database.reading() as session:
        places = scope.places_of(session, plan, zone=ZONE, now=NOW)
        (one,) = loads.by_officer(session, plan, places, zone=ZONE, now=NOW)
    assert one.worst.available == 240
    assert one.worst.asked.travel == pytest.approx(6 * 10_150**0.5 / 50)
    page = browser.get(f"/plans/{plan.id}").text
    assert "每分钟 50 米" in page
    assert "本站于 2026-11-06 设定" in page
    assert 'value="4.0"' in browser.get("/plans/new").text
    assert 'value="2.0"' in browser.get("/plans/new?usual=weekly").text


def test_doctor_says_which_plans_come_into_a_year_without_known_holidays(
    make: Make, database: Database, ground: SimpleNamespace, tmp_path: Any, monkeypatch: Any
) -> None:
    make.plan(ground.grid, name="工作日巡查", workdays_only=True)
    make.plan(ground.grid, name="每日巡查")
    url = database.url.render_as_string(hide_password=False)
    settings = complete(Settings(home=tmp_path, database_url=url))

    def fault(now: datetime) -> str:
        monkeypatch.setattr(_health.clock, "now", lambda: now)
        return dict(_health.faults(settings))["holidays"]

    assert fault(NOW) == ""
    told = fault(datetime(2035, 12, 20, tzinfo=UTC))
    assert "2036" in told
    assert "工作日巡查" in told
    assert "每日" not in told
