"""A post shows how it came to bind and every change; a weather stop excuses whoever walks there."""

from datetime import timedelta

import pytest
from sqlmodel import col

from patrol.core.roles import PostKind, Role
from patrol.ledger.model import LedgerEntry
from patrol.people.model import Excuse, ExcuseKind, Post
from tests.conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture
def tree(make):
    return make.tree()


@pytest.fixture
def boss(make, tree):
    return make.person(Role.SQUAD_LEADER, tree[0], name="中队长")


def test_a_post_served_in_writing_binds_and_its_history_is_told(browser, make, tree, boss):
    person = make.person(name="新人")
    post = make.post(person, Role.OFFICER, tree[2], accepted_at=None, assigned_by=boss.id)
    browser.sign_in(boss)

    assert "登记送达" in browser.get(f"/posts/{post.id}").text
    browser.post(f"/posts/{post.id}/serve", {"document": "送达2026-9"})

    assert make.reload(Post, post.id).served_at == NOW
    assert Role.OFFICER in make.actor(person).roles
    assert "已书面送达" in browser.get(f"/posts/{post.id}").text
    browser.post(f"/posts/{post.id}/serve", {}, status=422)


def test_nobody_serves_a_post_on_themselves(browser, make, tree, boss):
    post = make.post(boss, Role.OFFICER, tree[2], accepted_at=None)

    browser.sign_in(boss).post(f"/posts/{post.id}/serve", {"document": "x"}, status=403)


def stop(browser, tree, **more):
    return {
        "grid_id": tree[1].id, "document": "气象〔2026〕9号",
        "from_at": "2026-11-06T12:00", "to_at": "2026-11-07T12:00", **more,
    }  # fmt: skip


def test_a_weather_stop_is_one_act_for_everybody_who_walks_below(browser, make, tree, boss):
    walkers = {make.person(Role.OFFICER, tree[2]).id, make.person(Role.WORKER, tree[1]).id}
    make.person(Role.HEAD, tree[2])
    browser.sign_in(boss)

    browser.post("/stops", stop(browser, tree))

    entries = make.rows(Excuse)
    assert {one.person_id for one in entries} == walkers
    assert {one.kind for one in entries} == {ExcuseKind.WEATHER}
    assert len(make.rows(LedgerEntry, LedgerEntry.kind == "stop.entered")) == 1


def test_whoever_is_given_a_post_while_it_lasts_shares_the_stop(browser, make, tree, boss):
    make.person(Role.OFFICER, tree[2])
    other = make.person(Role.SQUAD_LEADER, tree[2])
    browser.sign_in(boss)
    browser.post("/stops", stop(browser, tree))

    form = {"login": other.login, "role": "officer", "grid_id": tree[2].id, "kind": "relief"}
    browser.post("/posts", form)

    assert [one.document for one in make.rows(Excuse, col(Excuse.person_id) == other.id)] == [
        "气象〔2026〕9号"
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "该网格在此时段无人巡查"),
        ({"to_at": "2026-11-06T11:00"}, "结束"),
        ({"document": ""}, ""),
    ],
)
def test_a_stop_that_cannot_be_is_refused(browser, make, tree, boss, change, said):
    browser.sign_in(boss)

    assert said in browser.post("/stops", stop(browser, tree, **change), status=422).text


def test_the_roster_of_a_grid_shows_both_lines_and_who_is_on_leave(browser, make, tree, boss):
    officer = make.person(Role.OFFICER, tree[2], name="巡查员甲")
    make.post(make.person(name="替班乙"), Role.WORKER, tree[2], kind=PostKind.RELIEF)
    make.store(
        Excuse(
            person_id=officer.id, grid_id=tree[2].id, kind=ExcuseKind.LEAVE, document="#1",
            from_at=NOW - DAY, to_at=NOW + DAY, recorded_by=boss.id, recorded_at=NOW - DAY,
        )
    )  # fmt: skip

    page = browser.sign_in(boss).get(f"/roster?grid={tree[2].code}").text

    for word in ("巡查员甲", "请假", "替班乙", "块", "条"):
        assert word in page
