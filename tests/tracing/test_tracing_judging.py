"""Who may judge a doubt, once, and to whom it goes when nobody does."""

import pytest
from sqlmodel import col

from patrol.core.errors import Forbidden
from patrol.core.roles import Line, Role
from patrol.escalation.model import Climb, Ladder, Matter
from patrol.grid.model import Grid
from patrol.notices.model import Notice
from patrol.people.model import Person
from patrol.plans.model import Plan
from patrol.tracing import service
from patrol.tracing.drafts import Refusal, TakeUp
from patrol.tracing.model import Doubt, DoubtState
from patrol.tracing.rules import Trigger
from tests.at_once import second_of
from tests.tracing.scenario import DECIDER, PARTNER, store_all
from tests.tracing.worked import FINDING, GRID, INSPECTOR, PLAN, at

LATER = at(7, 12)
REFUSAL = Refusal(reason="该时段封路施工，有通知")


@pytest.fixture
def traced(make, database):
    make.now = LATER
    store_all(make)
    with database.transaction() as session:
        service.open_doubts(session, now=LATER)
    return make


def doubt(make):
    return make.rows(Doubt, col(Doubt.trigger) == Trigger.T1)[0]


def actor(make, person_id):
    return make.actor(make.reload(Person, person_id))


def judge(act, make, person_id):
    return act(service.refuse, actor(make, person_id), doubt(make).id, REFUSAL, now=LATER)


def test_who_was_rung_about_the_finding_does_not_judge_its_doubt(traced, act):
    grid_id = doubt(traced).grid_id
    ladder = Ladder(line=Line.UNIT, severity="serious", valid_from=at(1))
    matter = Matter(
        subject=f"finding:{FINDING}", grid_id=grid_id, ladder_id=ladder.id, opened_at=at(6, 21)
    )
    climb = Climb(
        matter_id=matter.id, cycle=0, rung=0, due_at=at(6, 22), fired_at=at(6, 22),
        person_id=INSPECTOR,
    )  # fmt: skip
    for row in (ladder, matter, climb):
        traced.store(row)

    with pytest.raises(Forbidden, match="doubt-rung"):
        judge(act, traced, INSPECTOR)
    assert judge(act, traced, PARTNER).state is DoubtState.REFUSED


def test_who_signed_the_weaker_plan_does_not_judge_its_doubt(traced, database, act):
    with database.transaction() as session:
        session.get_one(Plan, PLAN).floor_signed_by = INSPECTOR

    with pytest.raises(Forbidden, match="doubt-signed"):
        judge(act, traced, INSPECTOR)


def passed(make, database):
    """To whom silence passes the doubt."""
    with database.transaction() as session:
        service.pass_on(session, now=at(16))
    return {one.person_id for one in make.rows(Notice, col(Notice.kind) == "doubt.passed")}


def test_silence_passes_a_doubt_above_and_to_nobody_who_may_not_judge_it(traced, database, act):
    traced.person(Role.SUPERVISOR, traced.reload(Grid, GRID), login="below")
    with database.transaction() as session:
        session.get_one(Plan, PLAN).floor_signed_by = INSPECTOR

    assert passed(traced, database) == {DECIDER, PARTNER}
    assert judge(act, traced, DECIDER).state is DoubtState.REFUSED


def test_where_nobody_stands_above_silence_passes_to_nobody(traced, database):
    assert passed(traced, database) == set()
    assert doubt(traced).passed_at == doubt(traced).answer_by


def test_two_who_judge_at_once_come_to_one_verdict(traced, database):
    one, other = actor(traced, INSPECTOR), actor(traced, PARTNER)
    key = doubt(traced).id

    said = second_of(
        database,
        lambda session: service.take_up(session, one, key, TakeUp(), now=LATER),
        lambda session: service.refuse(session, other, key, REFUSAL, now=LATER),
    )

    assert said == "doubt-judged"
    assert doubt(traced).state is DoubtState.TAKEN_UP
