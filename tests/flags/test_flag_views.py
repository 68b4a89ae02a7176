"""The pages of questions: seen by officer and leader, answered from a phone, looked at."""

import pytest

from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.flags.model import Flag, FlagReply
from patrol.flags.rules import Kind, Verdict
from tests.flags.test_flag_service import BEGUN, Site, north


@pytest.fixture
def site(browser, make, database):
    return Site(make, database)


@pytest.fixture
def flag(site):
    site.round(north(10, 600, start=BEGUN))
    site.weigh()
    return site.make.rows(Flag)[0]


def test_officer_and_leader_see_the_same_question(site, flag, browser):
    for person in (site.officer, site.leader):
        browser.sign_in(person)
        assert f"/questions/{flag.id}" in browser.get("/questions").text
        page = browser.get(f"/questions/{flag.id}").text
        assert "速度超出常理" in page
        assert "不是结论" in page
        assert "米/秒" in page


def test_only_who_walked_is_offered_an_answer_and_only_others_a_verdict(site, flag, browser):
    officers = browser.sign_in(site.officer).get(f"/questions/{flag.id}").text
    leaders = browser.sign_in(site.leader).get(f"/questions/{flag.id}").text

    assert 'id="answer-form"' in officers
    assert "/verdict" not in officers
    assert 'id="answer-form"' not in leaders
    assert "/verdict" in leaders


def test_an_answer_from_a_phone_is_taken_once(site, flag, browser):
    key, form = uuid7(), {"text": "搭了同事的车", "made_at": "2026-11-06T01:50:00Z"}
    browser.sign_in(site.officer)

    browser.send(f"/questions/{flag.id}/answers", form, key=key)
    browser.send(f"/questions/{flag.id}/answers", form, key=key, status=200)

    (said,) = site.make.rows(FlagReply)
    assert said.id == key
    assert "搭了同事的车" in browser.get(f"/questions/{flag.id}").text


def test_an_empty_answer_comes_back_as_the_form(site, flag, browser):
    browser.sign_in(site.officer)

    answer = browser.send(f"/questions/{flag.id}/answers", {"text": ""}, status=422)

    assert 'id="answer-form"' in answer.text
    assert "<html" not in answer.text


def test_a_leader_records_what_it_is_and_it_leaves_the_list(site, flag, browser):
    browser.sign_in(site.leader)
    form = {"verdict": "explained", "remark": "搭车属实"}

    browser.post(f"/questions/{flag.id}/verdict", {"verdict": "explained"}, status=422)
    browser.post(f"/questions/{flag.id}/verdict", form)

    assert site.make.reload(Flag, flag.id).verdict is Verdict.EXPLAINED
    assert f"/questions/{flag.id}" not in browser.get("/questions").text
    assert f"/questions/{flag.id}" in browser.get("/questions?show=settled").text


def test_another_officer_is_not_told_that_a_question_exists(site, flag, browser):
    browser.sign_in(site.make.person(Role.OFFICER, site.grid))

    browser.get(f"/questions/{flag.id}", status=404)


@pytest.mark.parametrize("what", list(Kind))
def test_every_kind_has_a_page_in_both_languages(site, browser, what):
    facts = {
        Kind.TOO_FAST: {"pace": "foot", "speed": 9.1, "limit": 5.0},
        Kind.TELEPORT: {"speed": 80.0, "metres": 5000},
        Kind.FROZEN: {"fixes": 40},
        Kind.TOO_SMOOTH: {"seconds": 600},
        Kind.SEEN_BEFORE: {"round": str(uuid7()), "share": 0.9},
        Kind.CLOCK: {"behind": 900},
        Kind.SHARED_PHONE: {"people": 3},
        Kind.SAME_WORDS: {"words": "<b>一切正常，没有问题</b>", "times": 7},
    }[what]
    one = site.round()
    where = {"officer_id": site.officer.id, "grid_id": site.grid.id}
    flag = Flag(round_id=one.id, kind=what, facts=facts, raised_at=BEGUN, **where)
    site.make.store(flag)

    for language in ("zh_Hans_CN", "en"):
        with site.database.transaction() as session:
            session.get(type(site.officer), site.officer.id).locale = language
        page = browser.sign_in(site.officer).get(f"/questions/{flag.id}").text
        assert "<b>" not in page
        assert "%(" not in page
