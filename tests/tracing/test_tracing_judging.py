"""Who may judge a doubt, once, and to whom it goes when nobody does."""

import pytest
from sqlmodel import col

from patrol.people.model import Person
from patrol.tracing import service
from patrol.tracing.drafts import Refusal, TakeUp
from patrol.tracing.model import Doubt, DoubtState
from patrol.tracing.rules import Trigger
from tests.at_once import second_of
from tests.tracing.scenario import PARTNER, store_all
from tests.tracing.worked import INSPECTOR, at

LATER = at(7, 12)


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


def test_two_who_judge_at_once_come_to_one_verdict(traced, database):
    one, other = actor(traced, INSPECTOR), actor(traced, PARTNER)
    key, refusal = doubt(traced).id, Refusal(reason="该时段封路施工，有通知")

    said = second_of(
        database,
        lambda session: service.take_up(session, one, key, TakeUp(), now=LATER),
        lambda session: service.refuse(session, other, key, refusal, now=LATER),
    )

    assert said == "doubt-judged"
    assert doubt(traced).state is DoubtState.TAKEN_UP
