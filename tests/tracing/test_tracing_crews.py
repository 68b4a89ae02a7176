"""Who walked along then, and on whose post: never the last crew of a round, never by chance."""

from dataclasses import replace
from datetime import timedelta

import pytest

from patrol.core.roles import PostKind, Role
from patrol.rounds.crews import Crews, crews_of
from patrol.rounds.model import Leg, Mode, Round
from patrol.tracing import queries
from patrol.tracing.rules import Code, trace
from tests.tracing.scenario import store_all
from tests.tracing.worked import (
    APPROVER,
    CALENDAR,
    COMMUNITY,
    FACTS,
    FINDING,
    GRID,
    HEAD,
    JIA,
    POST_YI,
    YI,
    at,
    name,
    post,
)

LATER = at(9, 12)
WALKED = name(83)  # the round of the fifth


def overlooked(facts):
    said = trace(facts, CALENDAR, as_of=LATER).conclusions
    return [(one.person, one.post) for one in said if one.code is Code.NOT_SEEN]


def along(*others):
    """The visit of the fifth, with others in the crew."""
    visits = [
        replace(one, crew=one.crew | set(others)) if one.seen_at == at(5, 10) else one
        for one in FACTS.visits
    ]
    return replace(FACTS, visits=tuple(visits))


def test_what_a_crew_overlooked_is_asked_of_who_held_the_post():
    assert overlooked(along(name(0))) == overlooked(FACTS) == [(YI, POST_YI)]


def test_what_another_crew_overlooked_is_asked_on_its_own_post():
    other = post(name(72), APPROVER, Role.WORKER, GRID, at(2), kind=PostKind.PRIMARY)
    visits = tuple(
        replace(one, crew=frozenset({name(0), APPROVER}), grade=one.grade.C)
        if one.seen_at == at(5, 10)
        else one
        for one in FACTS.visits
    )
    facts = replace(FACTS, posts=(*FACTS.posts, other), visits=visits)

    assert overlooked(facts) == [(APPROVER, name(72))]


def leg(number, crew, since):
    return Leg(id=name(number), round_id=WALKED, mode=Mode.FOOT, crew=crew, from_at=since)


@pytest.fixture
def changed(make):
    """HEAD walked along on the fifth until ten past ten, COMMUNITY afterwards."""
    make.now = LATER
    store_all(make)
    with make.database.transaction() as session:
        session.get_one(Round, WALKED).crew = [str(COMMUNITY)]
    begun = at(5, 10)
    make.store(leg(111, [str(HEAD)], begun))
    make.store(leg(112, [str(COMMUNITY)], begun + timedelta(minutes=10)))
    return make


def test_the_crew_of_a_moment_is_that_of_the_leg_in_force(changed, database):
    with database.reading() as session:
        crews = crews_of(session, [WALKED, name(82), None])

    assert crews.at(WALKED, at(5, 9, 59)) == {YI, HEAD}
    assert crews.at(WALKED, at(5, 10, 9)) == {YI, HEAD}
    assert crews.at(WALKED, at(5, 10, 10)) == {YI, COMMUNITY}
    assert crews.at(name(82), at(3, 9)) == {JIA}
    assert crews.at(None, at(3, 9)) == Crews({}).at(WALKED, at(3, 9)) == frozenset()


def test_a_visit_is_of_those_who_walked_along_then(changed, database):
    with database.reading() as session:
        facts = queries.facts_of(session, session.get_one(queries.Finding, FINDING))

    assert {one.crew for one in facts.visits if one.seen_at == at(5, 10)} == {frozenset({YI, HEAD})}
