"""The pages of shifts say gaps in words, lead to relief in few taps, and take signatures once."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col

from patrol.core.roles import PostKind, Role
from patrol.core.store import uuid7
from patrol.findings.rules import Stage
from patrol.people.model import Excuse, ExcuseKind, Post, Shift
from patrol.shifts import service
from patrol.shifts.model import Handover
from tests.conftest import NOW
from tests.desk.test_desk_queries import finding

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TODAY = NOW.astimezone(ZONE).date()
MIDNIGHT = NOW.astimezone(ZONE).replace(hour=0)


@pytest.fixture
def tree(make):
    return make.tree()


@pytest.fixture
def boss(make, tree):
    return make.person(Role.SQUAD_LEADER, tree[0], name="中队长")


@pytest.fixture
def officer(make, tree):
    return make.person(Role.OFFICER, tree[2], name="巡查员甲")


def away(make, person, tree, **more):
    facts = {
        "kind": ExcuseKind.LEAVE, "document": "#118", "from_at": MIDNIGHT + DAY,
        "to_at": MIDNIGHT + 2 * DAY, "recorded_by": person.id, "recorded_at": NOW,
        "approved_at": NOW, **more,
    }  # fmt: skip
    make.store(Excuse(person_id=person.id, grid_id=tree[2].id, **facts))


def test_the_calendar_says_who_is_there_and_from_when_nobody_is(browser, make, tree, boss, officer):
    away(make, officer, tree)

    page = browser.sign_in(boss).get("/shifts?line=unit").text

    assert page.count("巡查员甲") == 7
    assert page.count("请假") >= 1
    assert "本页有 1 个网格日无人" in page
    assert "设替班" in page or "/relief?" in page


def test_shifts_told_stand_in_the_calendar_and_are_called_off_there(
    browser, make, tree, boss, officer
):
    browser.sign_in(boss)
    form = {"logins": officer.login, "band": "early", "from_day": TODAY + DAY, "days": "2"}
    browser.post("/shifts", form)
    shift = make.rows(Shift)[0]

    assert "07:00–14:00" in browser.get("/shifts?line=unit").text
    assert tree[2].name in browser.get(f"/shifts/{shift.id}").text
    browser.post(f"/shifts/{shift.id}/call-off", {})
    assert "已取消" in browser.get(f"/shifts/{shift.id}").text


def test_a_shift_that_cannot_be_told_gives_the_form_back(browser, make, tree, boss, officer):
    browser.sign_in(boss)
    past = {"logins": officer.login, "band": "early", "from_day": TODAY - DAY, "days": "1"}

    assert "班次时间已过" in browser.post("/shifts", past, status=422).text
    browser.post("/shifts", {"band": "early"}, status=422)


def test_relief_is_set_in_two_taps_from_the_gap(browser, make, tree, boss, officer):
    away(make, officer, tree, from_at=NOW - HOUR)
    other = make.person(Role.OFFICER, make.grid(tree[1]), name="邻班乙")
    browser.sign_in(boss)

    page = browser.get(f"/relief?grid_id={tree[2].id}").text
    assert "邻班乙" in page
    assert "巡查员甲" not in page
    form = {"login": other.login, "grid_id": tree[2].id, "role": "officer", "span": "day"}
    browser.post("/relief", form)

    (post,) = make.rows(Post, col(Post.person_id) == other.id, col(Post.grid_id) == tree[2].id)
    assert (post.kind, post.to_at, post.assigned_by) == (PostKind.COVER, MIDNIGHT + DAY, boss.id)


def test_nobody_who_is_away_is_offered_as_relief(browser, make, tree, boss, officer):
    other = make.person(Role.OFFICER, make.grid(tree[1]), name="邻班乙")
    away(make, other, tree, from_at=NOW - HOUR)

    page = browser.sign_in(boss).get(f"/relief?grid_id={tree[2].id}").text

    assert "邻班乙" not in page
    assert "无人可替班" in page


def test_what_will_be_missing_is_listed_before_it_happens(browser, make, tree, boss, officer):
    away(make, officer, tree)
    make.person(Role.OFFICER, tree[2], name="同岗丙", certificate="豫A-7",
                certificate_until=TODAY + 20 * DAY)  # fmt: skip
    browser.sign_in(boss)

    page = browser.get("/shifts/ahead").text

    assert "两人同时任主责" in page
    assert "豫A-7" in page
    assert "责任倒查人手不足" in page


def test_a_handover_is_read_and_signed_on_each_phone(browser, make, database, tree, officer):
    other = make.person(name="接班乙")
    times = {"from_at": NOW + HOUR, "to_at": NOW + DAY}
    make.post(other, Role.OFFICER, tree[2], kind=PostKind.RELIEF, **times)
    with database.transaction() as session:
        service.make_ready(session, now=NOW)
    (row,) = make.rows(Handover)
    key = uuid7()

    browser.sign_in(officer)
    assert "1 次交接待签" in browser.get("/").text
    assert f"/handovers/{row.id}" in browser.get("/shift-pack.json").text
    assert "签字交班" in browser.get(f"/handovers/{row.id}").text
    for _again in range(2):
        browser.post(f"/handovers/{row.id}/sign", {"_id": key, "text": "看住早市"})
    browser.sign_in(other)
    assert "看住早市" in browser.get(f"/handovers/{row.id}").text
    browser.post(f"/handovers/{row.id}/sign", {"_id": uuid7(), "text": ""})

    done = make.reload(Handover, row.id)
    assert (done.note, str(done.closing)) == ("看住早市", "signed")
    assert "双方已签" in browser.get("/handovers").text


def test_a_handover_of_others_does_not_exist(browser, make, database, tree, officer):
    make.store(
        Handover(
            grid_id=tree[2].id, grids=[str(tree[2].id)], role=Role.OFFICER, at=NOW,
            giver_id=officer.id, taker_id=make.person().id, made_at=NOW,
        )
    )  # fmt: skip
    (row,) = make.rows(Handover)

    browser.sign_in(make.person(Role.WORKER, tree[2])).get(f"/handovers/{row.id}", status=404)


def test_a_signature_opens_no_finding_of_elsewhere(browser, make, database, tree, officer):
    times = {"from_at": NOW + HOUR, "to_at": NOW + DAY}
    make.post(make.person(), Role.OFFICER, tree[2], kind=PostKind.RELIEF, **times)
    with database.transaction() as session:
        service.make_ready(session, now=NOW)
    (row,) = make.rows(Handover)
    away = make.grid()
    here = finding(make, officer, make.cells(tree[2])[0], stage=Stage.CLOSED, resolved_at=NOW)
    there = finding(make, make.person(Role.OFFICER, away), make.cells(away)[0])
    named = [str(here.id), str(there.id)]

    browser.sign_in(officer)
    browser.post(f"/handovers/{row.id}/sign", {"_id": uuid7(), "shown": named})

    page = browser.get(f"/handovers/{row.id}").text
    assert f"/findings/{here.id}" in page
    assert f"/findings/{there.id}" not in page
    assert make.reload(Handover, row.id).left == named
