"""No way out of a trace: sent late, long ago, reopened, or back after a long time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col

from patrol.escalation import service as escalation
from patrol.escalation.cycles import cycles_of
from patrol.findings.model import Finding, Onset
from patrol.findings.model import Proof as Shows
from patrol.findings.rules import StopKind, StopOutcome
from patrol.plans.model import Plan
from patrol.rounds.model import ClearNote
from patrol.tracing import queries, service
from patrol.tracing.facts import Stopping
from patrol.tracing.model import Watch
from patrol.tracing.rules import Code, Ground, canonical, trace
from tests.tracing.scenario import store_all
from tests.tracing.worked import (
    CALENDAR,
    FINDING,
    GRID,
    INSPECTOR,
    PLAN,
    YI,
    at,
    name,
    reported,
    there,
)

LATER = at(9, 12)
SUBJECT = f"finding:{FINDING}"


@pytest.fixture
def traced(make):
    make.now = LATER
    store_all(make)
    return make


def seen(database, *, now=LATER, as_of=None):
    with database.reading() as session:
        return queries.trace(session, FINDING, now=now, as_of=as_of)


def test_a_stopping_sent_with_its_finding_is_not_effective_either_when_it_is_back():
    arrived = at(6, 21)
    done = Stopping(
        "stopping:1", YI, StopKind.ADVISED, StopOutcome.STOPPED, at(6, 20, 5), arrived
    )  # fmt: skip
    facts = replace(reported(), stoppings=(done,), proofs=(there("finding:again", at(8)),))

    breach = trace(facts, CALENDAR, as_of=LATER).t2
    assert breach is not None
    assert breach.ground is Ground.SOCIAL_NOT_EFFECTIVE


def long_ago(make):
    """Somebody brings a picture of it from forty days before."""
    make.store(
        Onset(
            id=name(72), finding_id=FINDING, proof=Shows.PRESENCE,
            at=at(6) - timedelta(days=40), source="photo:archive", officer_id=INSPECTOR,
            grid_id=GRID, recorded_at=at(8),
        )
    )  # fmt: skip


@pytest.fixture
def of_old(traced):
    """The plan has been in force for two months, and nobody noted that it was not there."""
    with traced.database.transaction() as session:
        session.delete(session.get_one(ClearNote, name(51)))
        plan = session.get_one(Plan, PLAN)
        plan.valid_from = plan.made_at = plan.published_at = at(6) - timedelta(days=60)
    return traced


def test_every_window_since_the_oldest_proof_is_accounted_for(of_old, database):
    assert len(seen(database).windows) < 40
    long_ago(of_old)

    found = seen(database)
    assert found.not_after == at(6) - timedelta(days=40)
    assert len(found.windows) == 41


def test_what_is_brought_later_changes_nothing_that_was_known_before(of_old, database):
    before = canonical(seen(database, as_of=at(7, 20)))
    long_ago(of_old)

    assert canonical(seen(database, as_of=at(7, 20))) == before


def climbed(database):
    """The finding climbs both ladders and is settled on the tenth."""
    with database.transaction() as session:
        escalation.open_matter(session, SUBJECT, GRID, "serious", now=at(6, 20))
    with database.transaction() as session:
        escalation.climb_next(session, now=at(9))
    with database.transaction() as session:
        escalation.settle(session, SUBJECT, now=at(10))


def silences(found):
    return {
        one.evidence
        for one in found.conclusions
        if one.code in {Code.NOT_DELIVERED, Code.NOT_READ, Code.READ_NOT_DONE}
    }


def test_reopening_takes_nothing_from_what_was_not_done_before(traced, database):
    climbed(database)
    now = at(12)
    before, known = seen(database, now=now), canonical(seen(database, now=now, as_of=at(9, 12)))
    assert silences(before)

    with database.transaction() as session:
        escalation.open_matter(session, SUBJECT, GRID, "serious", now=at(11))

    assert canonical(seen(database, now=now, as_of=at(9, 12))) == known
    assert silences(before) <= silences(seen(database, now=now))


def test_each_time_a_matter_was_opened_is_a_card_of_its_own(traced, database):
    climbed(database)
    with database.transaction() as session:
        escalation.open_matter(session, SUBJECT, GRID, "serious", now=at(11))

    with database.reading() as session:
        times = [(one.cycle, one.opened_at, one.settled_at) for one in cycles_of(session, SUBJECT)]
    assert sorted(times, key=lambda one: one[0]) == [
        (0, at(6, 20), at(10)),
        (0, at(6, 20), at(10)),
        (1, at(11), None),
        (1, at(11), None),
    ]


def next_look(make, database, *, now):
    with database.transaction() as session:
        for watch in session.scalars(queries.select(Watch)):
            watch.next_at = now
    with database.transaction() as session:
        service.open_doubts(session, now=now)
    (watch,) = make.rows(Watch, col(Watch.finding_id) == FINDING)
    return watch.next_at


def test_a_finding_is_looked_at_for_long_after_it_was_resolved(traced, database):
    resolved = at(6) + timedelta(days=36)
    with database.transaction() as session:
        session.get_one(Finding, FINDING).resolved_at = resolved

    assert next_look(traced, database, now=resolved + timedelta(days=6)) is not None
    assert next_look(traced, database, now=resolved + timedelta(days=41)) is None
