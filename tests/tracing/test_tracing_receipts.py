"""From when a limit runs, and whose it is: from word delivered, by who stood there then."""

import pytest

from patrol.core.roles import Role
from patrol.findings.model import Finding
from patrol.findings.rules import Source, Stage
from patrol.handling.model import Step
from patrol.handling.rules import Move
from patrol.people.model import Post
from patrol.tracing import queries
from tests.tracing.scenario import store_city, store_finding, store_told, store_walks
from tests.tracing.worked import (
    APPROVER,
    COMMUNITY,
    FINDING,
    GRID,
    INSPECTOR,
    STREET,
    YI,
    at,
    name,
)

LATER, FOUND = at(12), at(6, 20)


@pytest.fixture
def found(make):
    def run(source=Source.INSPECTION, found_at=FOUND):
        make.now = LATER
        store_city(make)
        store_walks(make)
        store_finding(make, found_at=found_at)
        with make.database.transaction() as session:
            session.get_one(Finding, FINDING).source = source

    return run


def facts(make):
    finding = make.reload(Finding, FINDING)
    with make.database.reading() as session:
        return queries.facts_of(session, finding)


def received(make):
    return [(one.evidence, one.received_at, one.person) for one in facts(make).receipts]


def dispatched(make, moment, by=INSPECTOR):
    make.store(
        Step(
            id=name(130), finding_id=FINDING, grid_id=GRID, officer_id=by,
            move=Move.DISPATCH.value, from_stage=Stage.DISPATCHING, to_stage=Stage.HANDLING,
            at=moment,
        )
    )  # fmt: skip


def test_what_an_officer_found_on_patrol_is_known_to_them_at_once(make, found):
    found(Source.PATROL)

    assert received(make) == [(f"finding:{FINDING}", at(6, 20), INSPECTOR)]


def test_what_a_check_found_is_received_when_word_of_it_was_delivered(make, found):
    found()
    store_told(make, at(6, 22))

    assert received(make) == [(f"notice:{name(124)}", at(6, 22), YI)]


def test_what_was_never_delivered_is_not_received(make, found):
    found()
    store_told(make, None)

    assert received(make) == []
    with make.database.reading() as session:
        assert queries.trace(session, FINDING, now=at(7, 12)).t2 is None


@pytest.mark.parametrize(
    ("handed_on", "expected"),
    [
        (at(7), (f"step:{name(130)}", at(7), YI)),
        (at(6, 21), (f"notice:{name(124)}", at(6, 22), YI)),
    ],
)
def test_a_report_is_received_once_it_was_dispatched_and_delivered(
    make, found, handed_on, expected
):
    found(Source.HOTLINE)
    store_told(make, at(6, 22))
    assert received(make) == []

    dispatched(make, handed_on)
    assert received(make) == [expected]


def test_a_dispatch_that_is_late_is_of_who_stood_at_the_desk_when_it_was_due(make, found):
    found(found_at=at(6, 15))
    for number, person, start, end in ((131, APPROVER, 1, 8), (132, COMMUNITY, 8, 20)):
        make.store(
            Post(
                id=name(number), person_id=person, role=Role.DISPATCHER, grid_id=STREET,
                kind="primary", from_at=at(start), to_at=at(end), recorded_at=at(1),
                accepted_at=at(1),
            )
        )  # fmt: skip
    dispatched(make, at(9, 10), by=COMMUNITY)

    (duty,) = facts(make).dispatches
    assert (duty.due_at, duty.done_at, duty.person) == (at(6, 16), at(9, 10), APPROVER)
