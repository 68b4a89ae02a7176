from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from patrol.people.model import Person
from patrol.reviews.model import Concerned, Review, ReviewStep, Statement
from patrol.reviews.rules import Outcome, Phase
from patrol.tracing import service as tracing
from patrol.tracing.model import Doubt
from patrol.tracing.rules import Trigger
from tests.conftest import NOW
from tests.tracing.scenario import DECIDER, PARTNER, store_all
from tests.tracing.worked import HEAD, INSPECTOR, JIA, YI, name


@pytest.fixture
def taken(app, make, database):  # the app first: it refuses another time once people are there
    make.now = NOW
    store_all(make, found_at=NOW - timedelta(hours=13))
    with database.transaction() as session:
        tracing.open_doubts(session, now=NOW)
    return make


def sign_in(browser, make, person):
    return browser.sign_in(make.reload(Person, person))


def heard(browser, make):
    """Take up, open, join, propose and serve, all on the pages; gives the review."""
    doubt = make.rows(Doubt, col(Doubt.trigger) == Trigger.T1)[0]
    sign_in(browser, make, INSPECTOR)
    browser.post(f"/doubts/{doubt.id}/take-up")
    assert "启动追责程序" in browser.get(f"/doubts/{doubt.id}").text
    browser.post("/reviews", {"doubt_id": str(doubt.id)})
    (review,) = make.rows(Review)
    sign_in(browser, make, PARTNER).post(f"/reviews/{review.id}/seats", {"part": "investigator"})
    sign_in(browser, make, INSPECTOR)
    assert "拟认定" in browser.get(f"/reviews/{review.id}").text
    judged = {"person_id": str(YI), "outcome": "pursued", "measure": "criticism"}
    browser.post(f"/reviews/{review.id}/judgements", {**judged, "text": "未巡且无免责事由"})
    browser.post(f"/reviews/{review.id}/acts", {"act": "serve"})
    return make.reload(Review, review.id)


def test_a_review_runs_on_its_pages_until_the_person_is_heard(taken, browser):
    review = heard(browser, taken)

    page = browser.get(f"/reviews/{review.id}").text
    assert review.phase is Phase.HEARING
    assert "当事人仍可陈述申辩" in page
    assert 'value="close_hearing"' not in page
    assert review.number in browser.get("/reviews").text
    assert review.number in browser.get("/reviews?phase=hearing").text
    assert review.number not in browser.get("/reviews?phase=legal").text


def test_who_has_a_part_may_keep_out_on_the_page(taken, browser):
    review = heard(browser, taken)
    sign_in(browser, taken, PARTNER)
    form = f'action="/reviews/{review.id}/withdrawals"'

    assert form in browser.get(f"/reviews/{review.id}").text
    browser.post(f"/reviews/{review.id}/withdrawals", {"reason": "与当事人系亲属"})
    page = browser.get(f"/reviews/{review.id}").text
    assert form not in page
    assert "冯督查" not in page.partition("办案人员")[2].partition("</dl>")[0]


def test_the_person_answers_from_the_phone_once(taken, browser):
    review = heard(browser, taken)
    sign_in(browser, taken, YI)
    assert 'data-outbox="statement"' in browser.get(f"/reviews/{review.id}").text

    form = {"text": "当日手机无信号，已实地巡查。", "made_at": NOW.isoformat()}
    browser.send(f"/reviews/{review.id}/statements", form, key=name(801))
    browser.send(f"/reviews/{review.id}/statements", form, key=name(801), status=200)
    browser.send(f"/reviews/{review.id}/statements", {"text": "改了"}, key=name(801), status=409)
    assert len(taken.rows(Statement)) == 1
    assert "当日手机无信号" in browser.get(f"/reviews/{review.id}").text


def test_who_decides_an_appeal_may_amend_it_on_the_page(taken, browser, database):
    review = heard(browser, taken)
    with database.transaction() as session:
        session.get_one(Review, review.id).phase = Phase.APPEAL
        row = session.scalars(select(Concerned)).one()
        row.outcome, row.measure, row.delivered_at = Outcome.PURSUED, "criticism", NOW
        session.add(
            ReviewStep(
                review_id=review.id, officer_id=YI, act="appeal", from_phase=Phase.EXECUTION,
                to_phase=Phase.APPEAL, at=NOW,
            )
        )  # fmt: skip
    page = sign_in(browser, taken, DECIDER).get(f"/reviews/{review.id}").text

    assert page.count('id="text"') == 1
    assert all(f'value="{act}"' in page for act in ("uphold", "revoke"))
    judged = {"person_id": str(YI), "outcome": "pursued", "measure": "reminder"}
    browser.post(f"/reviews/{review.id}/judgements", {**judged, "text": "情节轻微，变更"})
    assert taken.reload(Review, review.id).phase is Phase.DELIVERY


def test_a_person_reads_the_outcome_once_it_is_served(taken, browser, database):
    review = heard(browser, taken)
    with database.transaction() as session:
        session.get_one(Review, review.id).phase = Phase.COUNTERSIGN
        session.scalars(select(Concerned)).one().outcome = Outcome.NO_FAULT

    assert "无责" not in sign_in(browser, taken, YI).get(f"/reviews/{review.id}").text
    with database.transaction() as session:
        session.scalars(select(Concerned)).one().delivered_at = NOW
    assert "无责" in browser.get(f"/reviews/{review.id}").text


def test_strangers_see_no_review(taken, browser):
    review = heard(browser, taken)
    for person in (JIA, HEAD):
        sign_in(browser, taken, person).get(f"/reviews/{review.id}", status=404)
        browser.post(f"/reviews/{review.id}/statements", {"text": "与我无关"}, status=404)


def test_a_judgement_without_reasons_comes_back_with_its_form(taken, browser):
    doubt = taken.rows(Doubt, col(Doubt.trigger) == Trigger.T1)[0]
    sign_in(browser, taken, INSPECTOR).post(f"/doubts/{doubt.id}/take-up")
    browser.post("/reviews", {"doubt_id": str(doubt.id)})
    (review,) = taken.rows(Review)
    form = {"person_id": str(YI), "outcome": "no_fault", "measure": "criticism", "text": ""}

    page = browser.post(f"/reviews/{review.id}/judgements", form, status=422).text
    assert 'name="outcome"' in page


def test_a_missing_or_foreign_doubt_opens_nothing(taken, browser):
    sign_in(browser, taken, INSPECTOR)
    browser.post("/reviews", {"doubt_id": "nonsense"}, status=422)
    browser.post("/reviews", {"doubt_id": str(name(999))}, status=404)


def test_a_person_concerned_reads_no_other_name_in_the_list(taken, browser):
    review = heard(browser, taken)
    taken.store(Concerned(review_id=review.id, person_id=JIA, question="seen"))
    first, other = taken.reload(Person, YI).name, taken.reload(Person, JIA).name

    listed = sign_in(browser, taken, INSPECTOR).get("/reviews").text
    own = sign_in(browser, taken, YI).get("/reviews").text

    assert first in listed
    assert other in listed
    assert review.number in own
    assert other not in own
