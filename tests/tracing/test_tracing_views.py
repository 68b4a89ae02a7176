from datetime import timedelta

import pytest
from sqlmodel import col

from patrol.people.model import Person
from patrol.tracing import service
from patrol.tracing.model import Doubt, DoubtReply, DoubtState
from patrol.tracing.rules import Trigger
from tests.conftest import NOW
from tests.tracing.scenario import store_all
from tests.tracing.worked import FINDING, HEAD, INSPECTOR, JIA, LEAVE, YI, name


@pytest.fixture
def doubted(app, make, database):  # the app first: it refuses another time once people are there
    """The worked story, three hours after its finding was seen, with its doubts open."""
    make.now = NOW
    store_all(make, found_at=NOW - timedelta(hours=13))
    with database.transaction() as session:
        service.open_doubts(session, now=NOW)
    return make


def doubt(make):
    return make.rows(Doubt, col(Doubt.trigger) == Trigger.T1)[0]


def sign_in(browser, make, person):
    return browser.sign_in(make.reload(Person, person))


def test_the_supervisor_reads_the_timeline(doubted, browser):
    page = sign_in(browser, doubted, INSPECTOR).get(f"/findings/{FINDING}/trace").text

    assert "11-04 未巡 → 李巡乙（网格员，替班，11-04 起）" in page
    assert "张巡甲" in page
    assert "#2026-118" in page
    assert "style=" not in page


def test_every_mark_opens_its_evidence(doubted, browser):
    page = sign_in(browser, doubted, INSPECTOR).get(f"/findings/{FINDING}/trace").text
    shown = {part.split('"')[0] for part in page.split('href="')[1:]}
    pieces = sorted(href.replace("&amp;", "&") for href in shown if "evidence?ref=" in href)

    assert len(pieces) > 8
    for href in pieces:
        browser.get(href)


def test_evidence_of_another_matter_is_not_opened(doubted, browser):
    sign_in(browser, doubted, INSPECTOR)

    browser.get(f"/findings/{FINDING}/trace/evidence?ref=post:{name(26)}", status=404)
    browser.get(f"/findings/{FINDING}/trace/evidence?ref=", status=404)


def test_what_was_known_then_leaves_out_the_later(doubted, browser):
    sign_in(browser, doubted, INSPECTOR)
    then = browser.get(f"/findings/{FINDING}/trace?as-of=2026-11-03T10:00:00%2B08:00").text

    assert f"excuse:{LEAVE}" not in then
    browser.get(f"/findings/{FINDING}/trace?as-of=nonsense")


def test_a_finding_leads_to_its_trace(doubted, browser):
    sign_in(browser, doubted, INSPECTOR)

    page = browser.get(f"/findings/{FINDING}").text

    assert f"/findings/{FINDING}/trace" in page


def test_a_leader_not_concerned_sees_no_trace(doubted, browser):
    sign_in(browser, doubted, HEAD).get(f"/findings/{FINDING}/trace", status=404)
    browser.get(f"/doubts/{doubt(doubted).id}", status=404)


def test_the_person_asked_sees_why_and_answers_from_the_phone(doubted, browser):
    sign_in(browser, doubted, YI)
    assert "超出巡查间隔" in browser.get("/doubts/mine").text
    page = browser.get(f"/doubts/{doubt(doubted).id}").text
    assert "11-04 未巡" in page
    assert 'data-outbox="doubt-answer"' in page

    key = name(501)
    form = {"text": "当日被抽调防汛，有调令。", "made_at": NOW.isoformat()}
    browser.send(f"/doubts/{doubt(doubted).id}/answers", form, key=key)
    browser.send(f"/doubts/{doubt(doubted).id}/answers", form, key=key, status=200)

    (reply,) = doubted.rows(DoubtReply)
    assert (reply.id, reply.person_id) == (key, YI)


def test_who_is_not_asked_does_not_answer(doubted, browser):
    sign_in(browser, doubted, JIA)

    browser.get(f"/doubts/{doubt(doubted).id}", status=404)
    browser.send(f"/doubts/{doubt(doubted).id}/answers", {"text": "不关我的事啊"}, status=404)


def test_the_supervisor_refuses_with_reasons_only(doubted, browser):
    sign_in(browser, doubted, INSPECTOR)
    address = f"/doubts/{doubt(doubted).id}/refusal"

    browser.post(address, {"reason": ""}, status=422)
    browser.post(address, {"reason": "起始时间证据不足"})
    assert doubt(doubted).state is DoubtState.REFUSED


def test_the_supervisor_takes_it_up_from_the_list(doubted, browser):
    sign_in(browser, doubted, INSPECTOR)
    assert str(doubt(doubted).id) in browser.get("/doubts").text

    browser.post(f"/doubts/{doubt(doubted).id}/take-up")
    assert doubt(doubted).state is DoubtState.TAKEN_UP
    assert str(doubt(doubted).id) not in browser.get("/doubts").text
    assert str(doubt(doubted).id) in browser.get("/doubts?state=taken_up").text
