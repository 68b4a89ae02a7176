"""What became of a finding: void, declined, joined to another, put right; and what came back."""

from dataclasses import replace

import pytest
from sqlmodel import col

from patrol.catalogue.rules import Persistence
from patrol.findings.model import Finding
from patrol.findings.rules import Stage
from patrol.handling.model import Step
from patrol.handling.rules import Move
from patrol.tracing import queries, service
from patrol.tracing.facts import Aside, Dispatch, Remedy
from patrol.tracing.model import Doubt
from patrol.tracing.rules import Account, Ground, Question, Span, Trigger, Verdict, canonical, trace
from tests.tracing.scenario import store_all, store_told
from tests.tracing.worked import CALENDAR, FACTS, FINDING, GRID, INSPECTOR, YI, at, name, reported

LATER = at(9, 12)
ENDED, REOPENED = at(7, 8), at(8, 8)
DESK = name(9)


def seen(facts, *, as_of=LATER):
    return trace(facts, CALENDAR, as_of=as_of)


def aside(until=None):
    late = Dispatch("step:late", at(7), at(6, 21), person=DESK)
    facts = replace(reported(), dispatches=(late,))
    return replace(facts, asides=(Aside("step:void", ENDED, until),))


def test_what_is_void_declined_or_joined_opens_nothing_and_names_nobody():
    result = seen(aside())

    assert result.triggers == {}
    assert result.t1 is Span.DOES_NOT_SPAN
    assert result.named == {}
    assert Account.MISSED in {one.account for one in result.windows}


def test_what_was_known_before_it_was_void_stays_as_it_was():
    before = at(7, 7)

    assert canonical(seen(aside(), as_of=before)) == canonical(
        seen(replace(aside(), asides=()), as_of=before)
    )


def test_reopened_it_counts_again():
    assert set(seen(aside(until=REOPENED)).triggers) == {Trigger.T1, Trigger.T2}
    assert seen(aside(until=REOPENED), as_of=at(7, 12)).triggers == {}


def remedied(moment, undone_at=None):
    facts = replace(reported(), proofs=())
    return replace(facts, remedies=(Remedy("step:remedy", moment, moment, undone_at),))


def test_what_was_put_right_within_the_limit_was_stopped_in_time():
    result = seen(remedied(at(6, 23)))

    assert result.t2 is None
    (stopped,) = (one for one in result.answers if one.question is Question.STOPPED)
    assert (stopped.verdict, stopped.evidence) == (Verdict.YES, ("step:remedy",))


def test_what_was_put_right_too_late_was_not_stopped_in_time():
    assert seen(remedied(at(7, 3))).triggers == {Trigger.T2: Ground.SOCIAL_NOT_STOPPED}


def test_what_was_found_not_to_be_put_right_was_not_stopped():
    late = remedied(at(6, 23), undone_at=at(8))

    assert seen(late, as_of=at(7, 12)).t2 is None
    assert seen(late).t2.ground is Ground.SOCIAL_NOT_STOPPED


@pytest.fixture
def traced(make):
    make.now = LATER
    store_all(make)
    store_told(make, at(6, 20, 10))
    return make


def step(make, number, move, here, there, moment, *, finding=FINDING):
    make.store(
        Step(
            id=name(number), finding_id=finding, grid_id=GRID,
            officer_id=INSPECTOR, move=move.value, from_stage=here, to_stage=there, at=moment,
        )
    )  # fmt: skip


def opened(make, database):
    with database.transaction() as session:
        service.open_doubts(session, now=LATER)
    return {one.trigger for one in make.rows(Doubt, col(Doubt.finding_id) == FINDING)}


def test_a_void_finding_opens_no_doubt_until_it_is_reopened(traced, database):
    step(traced, 101, Move.VOID, Stage.RECEIVED, Stage.VOID, ENDED)
    assert opened(traced, database) == set()

    step(traced, 102, Move.REOPEN, Stage.VOID, Stage.RECEIVED, REOPENED)
    with database.reading() as session:
        assert set(queries.trace(session, FINDING, now=LATER).triggers) == {Trigger.T1, Trigger.T2}


def test_a_finding_joined_to_another_opens_no_doubt_of_its_own(traced, database):
    first = traced.reload(Finding, FINDING).model_dump(exclude={"id", "number"})
    traced.store(Finding(**first, id=name(17), number="E0303-20261106-0000"))
    with database.transaction() as session:
        finding = session.get_one(Finding, FINDING)
        finding.joined_to, finding.stage, finding.resolved_at = name(17), Stage.VOID, ENDED

    assert opened(traced, database) == set()
    with database.reading() as session:
        assert queries.trace(session, FINDING, now=LATER, as_of=at(7, 7)).triggers


def test_what_was_put_right_on_the_spot_was_stopped_until_it_is_sent_back(traced, database):
    with database.transaction() as session:
        session.get_one(Finding, FINDING).self_handled = True
    assert opened(traced, database) == {Trigger.T1}

    step(traced, 101, Move.REWORK, Stage.CHECKING, Stage.DISPATCHING, REOPENED)
    with database.reading() as session:
        assert Trigger.T2 in queries.trace(session, FINDING, now=LATER).triggers


EARLIER = name(18)


@pytest.fixture
def returned(traced):
    """It is back: found on the third already, before the camera saw it, and known as the same."""
    told = traced.reload(Finding, FINDING).model_dump()
    moments = dict.fromkeys(("seen_at", "made_at", "received_at"), at(3, 6))
    more = {"id": EARLIER, "number": "E0303-20261103-0001", "officer_id": YI, **moments}
    traced.store(Finding(**told | more))
    with traced.database.transaction() as session:
        session.get_one(Finding, FINDING).repeat_of = EARLIER
    return traced


def began(database, *, as_of=LATER):
    with database.reading() as session:
        return queries.trace(session, FINDING, now=LATER, as_of=as_of).not_after


def test_an_earlier_finding_proves_that_it_was_there(returned, database):
    assert began(database) == at(3, 6)


def test_an_earlier_finding_put_right_since_proves_nothing(returned, database):
    steps = [(Move.REMEDY, Stage.HANDLING, Stage.CHECKING, at(3, 15))]
    steps += [(Move.CLOSE, Stage.CLOSING, Stage.CLOSED, at(7, 8))]
    for number, (move, here, there, moment) in enumerate(steps, 101):
        step(returned, number, move, here, there, moment, finding=EARLIER)

    assert began(database) == at(4, 6, 30)
    assert began(database, as_of=at(7)) == at(3, 6)  # nobody had confirmed it then

    step(returned, 104, Move.REOPEN, Stage.CLOSED, Stage.DISPATCHING, at(8), finding=EARLIER)
    assert began(database) == at(4, 6, 30)


def test_an_earlier_finding_put_right_only_afterwards_proves_it(returned, database):
    steps = [(Move.REMEDY, Stage.HANDLING, Stage.CHECKING, at(7))]
    steps += [(Move.CLOSE, Stage.CLOSING, Stage.CLOSED, at(7, 8))]
    for number, (move, here, there, moment) in enumerate(steps, 101):
        step(returned, number, move, here, there, moment, finding=EARLIER)

    assert began(database) == at(3, 6)


def test_an_earlier_finding_that_turned_out_void_proves_nothing(returned, database):
    step(returned, 101, Move.VOID, Stage.RECEIVED, Stage.VOID, at(7), finding=EARLIER)

    assert began(database) == at(4, 6, 30)
    assert began(database, as_of=at(6, 23)) == at(3, 6)


def test_what_is_back_and_comes_and_goes_is_a_task_for_the_planner():
    recurring = replace(FACTS.scene, persistence=Persistence.RECURRING)

    assert seen(replace(FACTS, scene=recurring, repeats=True)).hot_spot
    assert not seen(replace(FACTS, scene=recurring)).hot_spot
    assert not seen(replace(FACTS, repeats=True)).hot_spot
