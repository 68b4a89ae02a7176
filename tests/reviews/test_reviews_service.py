from datetime import timedelta

import pytest
from sqlmodel import col

from patrol.core.errors import Conflict, Forbidden, NotFound, Refused
from patrol.core.roles import Role
from patrol.grid.model import Grid
from patrol.people.model import Excuse, Person
from patrol.reviews import queries, service
from patrol.reviews.drafts import Defence, Doing, Joining, Judgement, Opening
from patrol.reviews.model import Concerned, Interest, Review, ReviewStep, Seat, Statement
from patrol.reviews.rules import Act, Measure, Outcome, Part, Phase
from patrol.tracing import service as tracing
from patrol.tracing.drafts import TakeUp
from patrol.tracing.model import Doubt
from patrol.tracing.rules import Trigger
from tests.at_once import second_of
from tests.tracing.scenario import DECIDER, LEGAL, PARTNER, SECOND, store_all
from tests.tracing.worked import HEAD, INSPECTOR, JIA, LEAVE, STREET, YI, at, name

START = at(8, 10)


@pytest.fixture
def taken(make, database):
    """A doubt taken up by the supervisor who found the violation."""
    make.now = START
    store_all(make)
    with database.transaction() as session:
        tracing.open_doubts(session, now=at(7, 12))
    return make


@pytest.fixture
def run(taken, act):
    """Do one thing as somebody: `run(service.do, LEGAL, review.id, draft)`."""

    def once(use_case, person, *args, now=START, **more):
        actor = taken.actor(taken.reload(Person, person))
        return act(use_case, actor, *args, now=now, **more)

    return once


@pytest.fixture
def review(taken, run):
    doubt = taken.rows(Doubt, col(Doubt.trigger) == Trigger.T1)[0]
    run(tracing.take_up, INSPECTOR, doubt.id, TakeUp())
    return run(service.open_review, INSPECTOR, Opening(doubt_id=doubt.id))


def judgement(outcome=Outcome.PURSUED, measure=Measure.CRITICISM):
    return Judgement(person_id=YI, outcome=outcome, measure=measure, text="未巡查且无免责事由")


def doing(act, text="依据证据核对无误"):
    return Doing(act=act, text=text)


def to_hearing(run, review):
    run(service.join, PARTNER, review.id, Joining(part=Part.INVESTIGATOR))
    run(service.judge, INSPECTOR, review.id, judgement())
    run(service.do, INSPECTOR, review.id, doing(Act.SERVE))
    return START


def to_decision(run, review):
    to_hearing(run, review)
    later = at(20, 9)
    run(service.do, INSPECTOR, review.id, doing(Act.CLOSE_HEARING), now=later)
    run(service.do, LEGAL, review.id, doing(Act.CLEAR), now=later)
    return later


def to_appeal(run, review):
    later = to_decision(run, review)
    run(service.judge, DECIDER, review.id, judgement(), now=later)
    run(service.do, SECOND, review.id, doing(Act.COUNTERSIGN), now=later)
    run(service.do, INSPECTOR, review.id, doing(Act.DELIVER), now=later)
    run(service.appeal, YI, review.id, doing(Act.APPEAL), now=later + timedelta(days=1))
    return later + timedelta(days=2)


def another(taken):
    """A supervisor who had no part in the review so far."""
    return taken.person(Role.SUPERVISOR, taken.reload(Grid, STREET), login="another").id


def decided(taken):
    """What was decided for each person, and when it was served."""
    return {one.person_id: (one.outcome, one.delivered_at) for one in taken.rows(Concerned)}


def phase(taken, review):
    return taken.reload(Review, review.id).phase


def test_a_review_is_about_those_the_doubt_asks(taken, review):
    about = taken.rows(Concerned)
    assert [(one.person_id, one.question) for one in about] == [(YI, "patrolled")]
    assert (review.number, review.phase) == ("D2026-0001", Phase.INVESTIGATION)
    assert review.decide_by == START + timedelta(days=30)


def test_a_doubt_is_reviewed_once(run, review):
    with pytest.raises(Conflict, match="review-open-already"):
        run(service.open_review, PARTNER, Opening(doubt_id=review.doubt_id))


def test_a_doubt_not_taken_up_opens_no_review(taken, run):
    doubt = taken.rows(Doubt, col(Doubt.trigger) == Trigger.T1)[0]
    with pytest.raises(Conflict, match="doubt-not-taken-up"):
        run(service.open_review, INSPECTOR, Opening(doubt_id=doubt.id))


def test_one_investigator_alone_proposes_nothing(run, review):
    with pytest.raises(Conflict, match="investigators-missing"):
        run(service.judge, INSPECTOR, review.id, judgement())


def test_the_person_is_told_and_has_five_working_days(taken, run, review):
    to_hearing(run, review)

    (row,) = taken.rows(Concerned)
    assert row.served_at == START
    assert row.answer_by == at(14)
    assert phase(taken, review) is Phase.HEARING


def test_nothing_goes_on_while_the_person_may_still_answer(run, review):
    to_hearing(run, review)

    with pytest.raises(Conflict, match="may-still-answer"):
        run(service.do, INSPECTOR, review.id, doing(Act.CLOSE_HEARING), now=at(13, 23))


def test_a_signed_waiver_lets_it_go_on(taken, run, review):
    to_hearing(run, review)
    run(service.waive, YI, review.id)
    run(service.do, INSPECTOR, review.id, doing(Act.CLOSE_HEARING))

    assert phase(taken, review) is Phase.LEGAL


def test_what_was_written_in_time_counts_though_it_arrives_late(taken, run, review):
    to_hearing(run, review)
    draft = Defence(text="当日手机无信号，已巡查。", made_at=at(13, 22))
    run(service.state, YI, review.id, draft, id=name(700), now=at(14, 8))

    (said,) = taken.rows(Statement)
    assert (said.person_id, said.made_at) == (YI, at(13, 22))


def test_what_was_written_in_time_counts_though_the_hearing_is_closed(taken, run, review):
    later = to_decision(run, review)
    draft = Defence(text="当日手机无信号，已巡查。", made_at=at(13, 22))
    run(service.state, YI, review.id, draft, id=name(700), now=later)

    (said,) = taken.rows(Statement)
    assert (said.made_at, phase(taken, review)) == (at(13, 22), Phase.DECISION)


def test_after_a_waiver_only_what_was_written_before_it_counts(taken, run, review):
    to_hearing(run, review)
    run(service.waive, YI, review.id)
    run(service.do, INSPECTOR, review.id, doing(Act.CLOSE_HEARING))
    soon = START + timedelta(hours=1)

    with pytest.raises(Conflict, match="hearing-over"):
        run(service.state, YI, review.id, Defence(text="放弃后又补充"), id=name(700), now=soon)
    before = Defence(text="放弃前已写好", made_at=START - timedelta(minutes=1))
    run(service.state, YI, review.id, before, id=name(701), now=soon)


def test_once_decided_no_statement_is_taken(run, review):
    later = to_decision(run, review)
    run(service.judge, DECIDER, review.id, judgement(), now=later)
    draft = Defence(text="当日手机无信号，已巡查。", made_at=at(13, 22))

    with pytest.raises(Conflict, match="hearing-over"):
        run(service.state, YI, review.id, draft, id=name(700), now=later)


def test_after_the_time_to_answer_nothing_is_taken(run, review):
    to_hearing(run, review)
    with pytest.raises(Conflict, match="hearing-over"):
        run(service.state, YI, review.id, Defence(text="迟到的说明"), id=name(700), now=at(14))


def test_only_the_person_concerned_answers(run, review):
    to_hearing(run, review)
    for stranger in (JIA, HEAD):
        with pytest.raises(NotFound):
            run(service.state, stranger, review.id, Defence(text="不是我写的"), id=name(700))


@pytest.mark.parametrize("person", [INSPECTOR, PARTNER])
def test_who_investigated_does_not_decide(run, review, person):
    later = to_decision(run, review)
    with pytest.raises(Forbidden, match="four-people"):
        run(service.judge, person, review.id, judgement(), now=later)


def test_a_sanction_waits_for_the_second_signature(taken, run, review):
    later = to_decision(run, review)
    run(service.judge, DECIDER, review.id, judgement(), now=later)
    assert phase(taken, review) is Phase.COUNTERSIGN

    with pytest.raises((Forbidden, Conflict)):
        run(service.do, DECIDER, review.id, doing(Act.COUNTERSIGN), now=later)
    run(service.do, SECOND, review.id, doing(Act.COUNTERSIGN), now=later)
    assert phase(taken, review) is Phase.DELIVERY


def test_two_who_decide_at_once_come_to_one_decision(taken, run, review, database):
    later = to_decision(run, review)
    actor = taken.actor(taken.reload(Person, DECIDER))

    def decide(*told):
        def deciding(session):
            service.judge(session, actor, review.id, judgement(*told), now=later)

        return deciding

    said = second_of(database, decide(), decide(Outcome.NO_FAULT, None))

    assert said == "act-not-open"
    assert [one.outcome for one in taken.rows(Concerned)] == [Outcome.PURSUED]


def test_an_acquittal_needs_no_second_signature(taken, run, review):
    later = to_decision(run, review)
    run(service.judge, DECIDER, review.id, judgement(Outcome.NO_FAULT, None), now=later)

    assert phase(taken, review) is Phase.DELIVERY


def test_a_decision_never_weighs_more_than_what_the_person_was_told(run, review):
    later = to_decision(run, review)
    with pytest.raises(Refused, match="heavier"):
        run(
            service.judge,
            DECIDER,
            review.id,
            judgement(measure=Measure.SELF_CRITICISM),
            now=later,
        )


def test_a_measure_that_cannot_follow_for_that_staff_is_refused(run, review):
    run(service.join, PARTNER, review.id, Joining(part=Part.INVESTIGATOR))
    with pytest.raises(Refused, match="measure-unfit"):
        run(service.judge, INSPECTOR, review.id, judgement(measure=Measure.DISCIPLINE))


def test_who_keeps_out_for_interest_takes_no_part(run, review):
    run(service.withdraw, PARTNER, review.id, "与当事人系亲属")
    with pytest.raises(Forbidden, match="recused"):
        run(service.join, PARTNER, review.id, Joining(part=Part.INVESTIGATOR))


def test_who_keeps_out_leaves_the_seat_to_somebody_else(taken, run, review):
    run(service.join, PARTNER, review.id, Joining(part=Part.INVESTIGATOR))
    run(service.withdraw, PARTNER, review.id, "与当事人系亲属")

    assert [one.person_id for one in taken.rows(Seat)] == [INSPECTOR]
    with pytest.raises(Forbidden, match="recused"):
        run(service.judge, PARTNER, review.id, judgement())
    run(service.join, DECIDER, review.id, Joining(part=Part.INVESTIGATOR))


def test_who_sits_though_recused_does_nothing(taken, run, review):
    run(service.join, PARTNER, review.id, Joining(part=Part.INVESTIGATOR))
    taken.store(
        Interest(
            review_id=review.id, person_id=PARTNER, declared_by=PARTNER, reason="系亲属",
            declared_at=START,
        )
    )  # fmt: skip

    with pytest.raises(Forbidden, match="recused"):
        run(service.judge, PARTNER, review.id, judgement())


def test_who_signed_the_end_of_a_plan_takes_no_part(taken, run, review, database):
    with database.transaction() as session:
        doubt = session.get_one(Doubt, review.doubt_id)
        signed = {"code": "ended", "by": str(PARTNER), "evidence": "plan:1", "at": ""}
        doubt.facts = {**doubt.facts, "signatures": [signed]}

    with pytest.raises(Forbidden, match="recused"):
        run(service.join, PARTNER, review.id, Joining(part=Part.INVESTIGATOR))


def test_who_ordered_what_excuses_a_window_takes_no_part(taken, run, review, database):
    with database.transaction() as session:
        doubt = session.get_one(Doubt, review.doubt_id)
        order = session.get_one(Excuse, LEAVE)
        order.recorded_by, order.approved_by, order.approved_at = PARTNER, None, None
        first, *others = doubt.facts["windows"]
        told = {**first, "evidence": [*first["evidence"], f"excuse:{LEAVE}"]}
        doubt.facts = {**doubt.facts, "windows": [told, *others]}

    with pytest.raises(Forbidden, match="recused"):
        run(service.join, PARTNER, review.id, Joining(part=Part.INVESTIGATOR))


def test_legal_review_sends_it_back_with_a_reason_and_the_hearing_begins_anew(taken, run, review):
    to_hearing(run, review)
    run(service.do, INSPECTOR, review.id, doing(Act.CLOSE_HEARING), now=at(20, 9))
    with pytest.raises(Refused, match="reason-missing"):
        run(service.do, LEGAL, review.id, doing(Act.RETURN, ""), now=at(20, 9))
    run(service.do, LEGAL, review.id, doing(Act.RETURN), now=at(20, 9))

    (row,) = taken.rows(Concerned)
    assert phase(taken, review) is Phase.INVESTIGATION
    assert row.served_at is None


def sent_back(run, review):
    run(service.do, INSPECTOR, review.id, doing(Act.CLOSE_HEARING), now=at(20, 9))
    run(service.do, LEGAL, review.id, doing(Act.RETURN), now=at(20, 9))
    return at(20, 10)


def test_a_defence_makes_no_later_proposal_heavier(taken, run, review):
    to_hearing(run, review)
    run(service.state, YI, review.id, Defence(text="当日手机无信号。"), id=name(700))
    later = sent_back(run, review)

    with pytest.raises(Refused, match="heavier"):
        run(service.judge, INSPECTOR, review.id, judgement(measure=Measure.CIRCULAR), now=later)
    run(service.judge, INSPECTOR, review.id, judgement(measure=Measure.REMINDER), now=later)
    assert phase(taken, review) is Phase.PROPOSAL


def test_who_said_nothing_may_be_told_more_when_more_is_found(taken, run, review):
    to_hearing(run, review)
    later = sent_back(run, review)
    run(service.judge, INSPECTOR, review.id, judgement(measure=Measure.CIRCULAR), now=later)

    assert phase(taken, review) is Phase.PROPOSAL


def test_it_goes_through_to_the_archive_and_counts_as_proactive(taken, run, review):
    later = to_decision(run, review)
    run(service.judge, DECIDER, review.id, judgement(), now=later)
    run(service.do, SECOND, review.id, doing(Act.COUNTERSIGN), now=later)
    run(service.do, INSPECTOR, review.id, doing(Act.DELIVER), now=later)
    run(service.do, INSPECTOR, review.id, doing(Act.EXECUTE), now=later)
    run(service.do, DECIDER, review.id, doing(Act.PUBLISH), now=later)
    run(service.do, INSPECTOR, review.id, doing(Act.FILE), now=later + timedelta(days=2))
    with pytest.raises(Conflict, match="may-still-appeal"):
        run(service.do, INSPECTOR, review.id, doing(Act.ARCHIVE), now=later + timedelta(days=3))
    run(service.do, INSPECTOR, review.id, doing(Act.ARCHIVE), now=later + timedelta(days=31))

    done = taken.reload(Review, review.id)
    assert done.phase is Phase.ARCHIVED
    assert done.file_by == later + timedelta(days=5)
    steps = taken.rows(ReviewStep)
    assert [one.act for one in sorted(steps, key=lambda one: (one.at, one.id))][-1] == "archive"
    parts = {one.person_id: one.part for one in taken.rows(Seat)}
    assert parts == {
        INSPECTOR: Part.INVESTIGATOR,
        PARTNER: Part.INVESTIGATOR,
        LEGAL: Part.LEGAL,
        DECIDER: Part.DECIDER,
        SECOND: Part.SECOND,
    }


def test_an_appeal_does_not_suspend_and_may_be_upheld(taken, run, review):
    later = to_appeal(run, review)
    assert phase(taken, review) is Phase.APPEAL
    run(service.do, another(taken), review.id, doing(Act.UPHOLD), now=later)

    assert phase(taken, review) is Phase.EXECUTION


@pytest.mark.parametrize("person", [INSPECTOR, DECIDER, SECOND])
def test_an_appeal_is_decided_by_nobody_who_had_a_part_before(run, review, person):
    later = to_appeal(run, review)

    with pytest.raises(Forbidden, match="four-people"):
        run(service.do, person, review.id, doing(Act.REVOKE), now=later)


def test_an_appeal_changes_the_decision_of_who_appealed_alone(taken, run, review):
    later = to_appeal(run, review)
    other = {"outcome": Outcome.PURSUED, "measure": "reminder", "delivered_at": later}
    taken.store(Concerned(review_id=review.id, person_id=JIA, question="patrolled", **other))
    fresh = another(taken)
    amended = judgement(measure=Measure.REMINDER)

    with pytest.raises(Refused, match="not-the-appellant"):
        run(service.judge, fresh, review.id, amended.model_copy(update={"person_id": JIA}),
            now=later)  # fmt: skip
    run(service.judge, fresh, review.id, amended, now=later)
    assert decided(taken) == {YI: (Outcome.PURSUED, None), JIA: (Outcome.PURSUED, later)}
    served = later + timedelta(hours=1)
    run(service.do, INSPECTOR, review.id, doing(Act.DELIVER), now=served)
    assert decided(taken) == {YI: (Outcome.PURSUED, served), JIA: (Outcome.PURSUED, later)}


def test_a_decision_is_revoked_for_who_appealed_alone(taken, run, review):
    later = to_appeal(run, review)
    other = {"outcome": Outcome.PURSUED, "measure": "reminder", "delivered_at": later}
    taken.store(Concerned(review_id=review.id, person_id=JIA, question="patrolled", **other))
    run(service.do, another(taken), review.id, doing(Act.REVOKE), now=later)

    assert decided(taken) == {YI: (Outcome.NO_FAULT, None), JIA: (Outcome.PURSUED, later)}


def test_what_waits_for_whom(taken, run, review, database):
    to_hearing(run, review)

    def waiting(person, now):
        actor = taken.actor(taken.reload(Person, person))
        with database.reading() as session:
            return [one.number for one in queries.waiting_for(session, actor, now=now)]

    assert waiting(YI, START) == [review.number]
    assert waiting(INSPECTOR, START) == []
    assert waiting(INSPECTOR, at(20)) == [review.number]
    assert waiting(JIA, START) == []


def test_the_person_concerned_sees_only_the_own_card_and_never_the_inner_papers(
    taken, run, review, database
):
    to_hearing(run, review)
    actor = taken.actor(taken.reload(Person, YI))
    with database.reading() as session:
        found = queries.whole(session, actor, queries.seen(session, actor, review.id), now=START)

    assert [one.person_id for one in found.concerned] == [YI]
    assert "propose" not in {one.act for one in found.steps}
