"""The procedure on a finding's page: who may take which step, and what it leaves behind."""

import hashlib
import io
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from PIL import Image
from sqlmodel import col

from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.escalation.model import Matter
from patrol.findings.model import Finding
from patrol.findings.rules import Stage
from patrol.handling.model import Step
from patrol.ledger.model import LedgerEntry
from tests.conftest import NOW

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def grid(make, database):
    from patrol.escalation.service import seed_ladders

    with database.transaction() as session:
        seed_ladders(session, now=make.since)
    make.event_class()
    return make.tree()[2]


@pytest.fixture
def people(make, grid):
    unit = make.unit()
    return {
        "officer": make.person(Role.OFFICER, grid),
        "colleague": make.person(Role.OFFICER, grid),
        "clerk": make.person(Role.DISPATCHER, grid),
        "unit": make.person(Role.HANDLER, grid, unit_id=unit.id),
        "unit_id": unit.id,
    }


@pytest.fixture
def finding(browser, make, grid, people):
    cell = make.cells(grid)[0]
    key = uuid7()
    browser.sign_in(people["officer"])
    browser.send("/findings", {"code": "E0405", "lon": cell.lon, "lat": cell.lat}, key=key)
    return key


@pytest.fixture
def take(browser, make, people, finding):
    def step(who, move, *, status=201, **more):
        stage = make.reload(Finding, finding).stage
        form = {"move": move, "stage": stage.value, **more}
        browser.sign_in(people[who])
        return browser.send(f"/findings/{finding}/steps", form, status=status)

    return step


@pytest.fixture
def dispatched(take, people):
    take("clerk", "accept")
    take("clerk", "file", condition=1)
    take("clerk", "dispatch", unit_id=str(people["unit_id"]))


def proof(browser, finding, take, who="unit"):
    """The unit says it is put right; its photo follows."""
    made = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(made, "JPEG")
    content, photo = made.getvalue(), uuid7()
    digest = hashlib.sha256(content).hexdigest()
    told = {"id": photo, "sha256": digest, "size": len(content), "view": "after"}
    take(who, "remedy", photo=urlencode(told))
    answer = browser.client.put(f"/findings/{finding}/photos/{photo}", data=content, headers=OURS)
    assert answer.status_code == 204


def stage_of(make, finding):
    return make.reload(Finding, finding).stage


@pytest.mark.usefixtures("dispatched")
def test_a_finding_goes_its_way_to_a_close_with_proof(browser, make, finding, take):
    proof(browser, finding, take)
    take("colleague", "pass", opinion="看过，已清")
    take("clerk", "close")

    closed = make.reload(Finding, finding)
    assert (closed.stage, closed.remedied, closed.resolved_at) == (Stage.CLOSED, True, NOW)
    assert not make.rows(Matter, col(Matter.settled_at).is_(None))
    assert len(make.rows(LedgerEntry, col(LedgerEntry.kind) == "finding.moved")) == 6
    page = browser.get(f"/findings/{finding}").text
    assert "看过，已清" in page
    assert "已整改，有照片为证" in page


@pytest.mark.usefixtures("dispatched")
def test_nothing_is_put_right_without_a_photo_of_afterwards(make, finding, take):
    answer = take("unit", "remedy", status=422)

    assert "处置后照片" in answer.text
    assert stage_of(make, finding) is Stage.HANDLING


@pytest.mark.usefixtures("dispatched")
def test_closing_waits_for_the_picture_itself(make, finding, take):
    told = {"id": uuid7(), "sha256": "0" * 64, "size": 9, "view": "after"}
    take("unit", "remedy", photo=urlencode(told))
    take("colleague", "pass")

    take("clerk", "close", status=422)
    take("clerk", "close_unremedied", opinion="照片始终未到")

    assert make.reload(Finding, finding).remedied is False


def test_the_procedure_is_nobody_elses(make, finding, take):
    take("officer", "accept", status=403)
    take("unit", "accept", status=404)

    assert stage_of(make, finding) is Stage.RECEIVED


def test_who_put_it_right_on_the_spot_does_not_check_it(browser, make, grid, people, take):
    cell = make.cells(grid)[1]
    key = uuid7()
    browser.sign_in(people["officer"])
    report = {"code": "E0405", "lon": cell.lon, "lat": cell.lat, "self_handled": "1"}
    browser.send("/findings", report, key=key)
    form = {"move": "pass", "stage": "checking"}

    browser.send(f"/findings/{key}/steps", form, status=422)
    browser.sign_in(people["colleague"]).send(f"/findings/{key}/steps", form)

    assert make.reload(Finding, key).stage is Stage.CLOSING


@pytest.mark.usefixtures("dispatched")
def test_a_return_needs_a_reason_and_keeps_what_was_before(make, finding, take):
    take("unit", "return", status=422)
    take("unit", "return", opinion="不属本单位")

    steps = make.rows(Step, col(Step.finding_id) == finding)
    assert sorted(each.move for each in steps) == ["accept", "dispatch", "file", "return"]
    assert stage_of(make, finding) is Stage.DISPATCHING


def test_two_clerks_do_not_take_the_same_step_twice(browser, make, people, finding):
    form = {"move": "accept", "stage": "received"}
    browser.sign_in(people["clerk"]).send(f"/findings/{finding}/steps", form)

    browser.send(f"/findings/{finding}/steps", form, status=409)

    assert len(make.rows(Step)) == 1


@pytest.mark.usefixtures("dispatched")
def test_hanging_up_stops_the_clocks_and_taking_up_again_moves_them_on(
    make, finding, take, monkeypatch
):
    before = make.reload(Finding, finding).handle_due_at
    take("clerk", "hang", opinion="等待断水")
    hung = make.reload(Finding, finding).handle_due_at
    stopped = make.rows(Matter)[0].next_at
    later = NOW + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    take("clerk", "resume")

    assert hung is None
    assert stopped is None
    assert make.reload(Finding, finding).handle_due_at == before + timedelta(minutes=10)


@pytest.mark.usefixtures("dispatched")
def test_reopening_is_an_entry_and_opens_the_ladder_again(browser, make, finding, take):
    proof(browser, finding, take)
    take("colleague", "pass")
    take("clerk", "close")
    take("clerk", "reopen", opinion="又出现")

    opened = make.reload(Finding, finding)
    assert (opened.stage, opened.resolved_at, opened.remedied) == (Stage.DISPATCHING, None, None)
    assert {each.cycle for each in make.rows(Matter)} == {1}


def test_a_report_from_outside_is_verified_on_site_first(browser, make, grid, people, take):
    cell = make.cells(grid)[1]
    key = uuid7()
    browser.sign_in(people["clerk"])
    report = {"code": "E0405", "lon": cell.lon, "lat": cell.lat, "source": "hotline"}
    browser.send("/findings", report, key=key)
    browser.send(f"/findings/{key}/steps", {"move": "accept", "stage": "received"})
    verifying = make.reload(Finding, key).stage
    browser.sign_in(people["officer"])
    browser.send(f"/findings/{key}/steps", {"move": "confirm", "stage": "verifying"})

    assert verifying is Stage.VERIFYING
    assert make.reload(Finding, key).stage is Stage.FILING


@pytest.mark.usefixtures("dispatched")
def test_a_unit_sees_what_it_was_given_and_nothing_else(browser, make, grid, people, finding):
    cell = make.cells(grid)[2]
    other = uuid7()
    browser.sign_in(people["officer"])
    browser.send("/findings", {"code": "E0405", "lon": cell.lon, "lat": cell.lat}, key=other)
    browser.sign_in(people["unit"])

    page = browser.get(f"/findings/{finding}").text
    browser.get(f"/findings/{other}", status=404)

    assert "处置完成" in page
    assert "派遣</summary>" not in page
