"""Who answers here now, and who did then, is read from the posts in force at that moment."""

from datetime import timedelta

import pytest

from patrol.core.access import May
from patrol.core.roles import Line, PostKind, Role
from patrol.people import queries, records, rules
from patrol.people.model import Excuse, ExcuseKind
from tests.conftest import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def tree(make):
    return make.tree()


def chain(database, grid, line=Line.TERRITORY, at=NOW):
    with database.reading() as session:
        return queries.chain(session, grid.id, line, at=at)


def test_the_chain_of_a_grid_runs_from_the_bottom_up(database, make, tree):
    street, community, block = tree
    worker = make.person(Role.WORKER, block)
    low = make.person(Role.HEAD, block)
    middle = make.person(Role.HEAD, community)
    high = make.person(Role.HEAD, street)

    found = chain(database, block)

    assert [(one.role, one.tier, one.person_id) for one in found] == [
        (Role.WORKER, None, worker.id),
        (Role.HEAD, 3, low.id),
        (Role.HEAD, 2, middle.id),
        (Role.HEAD, 1, high.id),
    ]
    assert all(one.binding for one in found)


def test_a_gap_is_nobody_and_belongs_to_the_level_above(database, make, tree):
    street, _, block = tree
    leader = make.person(Role.SQUAD_LEADER, street, name="李队")

    officer, squad, brigade, _ = chain(database, block, Line.UNIT)

    assert (officer.person_id, officer.answers_name) == (None, "李队")
    assert squad.person_id == leader.id
    assert (brigade.person_id, brigade.answers) == (None, None)


def test_who_answered_then_is_not_who_answers_now(database, make, tree):
    block = tree[2]
    old, new = make.person(), make.person()
    make.post(old, Role.WORKER, block, to_at=NOW - HOUR)
    make.post(new, Role.WORKER, block, from_at=NOW - HOUR)

    assert chain(database, block, at=NOW - 2 * HOUR)[0].person_id == old.id
    assert chain(database, block)[0].person_id == new.id


def test_a_post_nobody_accepted_leaves_its_assigner_answering(database, make, tree):
    boss = make.person(Role.HEAD, tree[1], name="王长")
    make.post(make.person(name="新人"), Role.WORKER, tree[2], accepted_at=None, assigned_by=boss.id)

    worker = chain(database, tree[2])[0]

    assert (worker.name, worker.binding, worker.answers_name) == ("新人", False, "王长")
    assert worker.why is rules.Why.ASSIGNER


def test_whoever_is_on_leave_is_shown_as_away(database, make, tree):
    person = make.person(Role.WORKER, tree[2], name="请假的人")
    boss = make.person(Role.HEAD, tree[2])
    make.store(
        Excuse(
            person_id=person.id,
            grid_id=tree[2].id,
            kind=ExcuseKind.LEAVE,
            document="#2026-118",
            from_at=NOW - HOUR,
            to_at=NOW + HOUR,
            recorded_by=boss.id,
            recorded_at=NOW - 2 * HOUR,
        )
    )

    worker = chain(database, tree[2])[0]

    assert (worker.person_id, worker.answers, worker.away) == (None, boss.id, ("请假的人",))


def test_everybody_who_covers_a_grid_is_listed_first_answers_first(database, make, tree):
    primary = make.person(Role.OFFICER, tree[2])
    cover = make.person()
    make.post(cover, Role.OFFICER, tree[2], kind=PostKind.COVER)
    make.person(Role.OFFICER, tree[1])

    with database.reading() as session:
        found = queries.answering(session, tree[2].id, Role.OFFICER, at=NOW)

    assert [one.person_id for one in found] == [cover.id, primary.id]


def test_many_chains_are_the_same_as_each_alone(database, make, tree):
    other = make.grid(tree[1])
    make.person(Role.WORKER, tree[2])
    make.person(Role.HEAD, tree[0])

    with database.reading() as session:
        many = queries.chains(session, [tree[2].id, other.id], Line.TERRITORY, at=NOW)

    assert many == {grid.id: chain(database, grid) for grid in (tree[2], other)}


def test_posts_over_a_time_include_those_that_ended_in_it(database, make, tree):
    ended = make.post(make.person(), Role.WORKER, tree[2], to_at=NOW - HOUR)
    make.post(make.person(), Role.WORKER, tree[2], from_at=NOW)

    with database.reading() as session:
        found = records.posts_over(session, {tree[2].id}, NOW - 2 * HOUR, NOW)

    assert [post.id for post in found] == [ended.id]


def test_an_actor_reaches_the_grids_below_each_binding_post(make, tree):
    street, community, block = tree
    person = make.person(Role.HEAD, community)
    make.post(person, Role.SUPERVISOR, street, accepted_at=None)

    actor = make.actor(person)

    assert actor.roles == {Role.HEAD: {community.id, block.id}}
    assert actor.can(May.MAKE_PLAN)
    assert not actor.can(May.SEE_TRACE)


def test_an_expired_certificate_is_no_certificate(make):
    valid = make.person(certificate="豫A-1", certificate_until=NOW.date())
    expired = make.person(certificate="豫A-2", certificate_until=NOW.date() - timedelta(days=1))

    assert make.actor(valid).certificate == "豫A-1"
    assert make.actor(expired).certificate is None
