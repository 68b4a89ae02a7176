from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col

from patrol.core.errors import Conflict, Forbidden, NotFound
from patrol.core.roles import Role
from patrol.findings.model import Finding
from patrol.findings.rules import Source
from patrol.grid.model import Grid
from patrol.ledger.model import LedgerEntry
from patrol.notices.model import Notice
from patrol.plans.model import Plan, PlanState
from patrol.tracing import queries, service
from patrol.tracing.drafts import Refusal, TakeUp
from patrol.tracing.gathering import facts
from patrol.tracing.model import Doubt, DoubtState, Freeze, Named, Watch
from patrol.tracing.rules import (
    Account,
    Code,
    Ground,
    Question,
    Span,
    Trigger,
    canonical,
    digest,
)
from tests.tracing.scenario import (
    DECIDER,
    PARTNER,
    store_all,
    store_city,
    store_finding,
    store_told,
    store_walks,
)
from tests.tracing.worked import FINDING, GRID, HEAD, INSPECTOR, JIA, PLAN, YI, at, name

LATER = at(7, 12)
SAME: dict[str, str] = {}  # what the first database said


@pytest.fixture
def traced(make):
    make.now = LATER
    store_all(make)
    return make


def look(database, *, now=LATER):
    with database.transaction() as session:
        return service.open_doubts(session, now=now)


def reading(database, query, *args, **kwargs):
    with database.reading() as session:
        return query(session, *args, **kwargs)


def test_the_trace_says_what_the_worked_example_says(traced, database):
    result = reading(database, queries.trace, FINDING, now=LATER)

    assert result.t1 is Span.SPANS
    told = [(one.account, one.person) for one in result.windows]
    assert told == [
        (Account.PATROLLED, JIA),
        (Account.PATROLLED, JIA),
        (Account.MISSED, YI),
        (Account.PATROLLED, YI),
        (Account.MISSED, YI),
    ]
    said = [(one.code, one.person) for one in result.conclusions]
    assert said[:2] == [(Code.NOT_PATROLLED, YI), (Code.NOT_SEEN, YI)]


def test_running_it_again_later_gives_the_same_bytes(traced, database):
    settled = at(12)
    one = reading(database, queries.trace, FINDING, now=settled)
    other = reading(database, queries.trace, FINDING, now=settled + timedelta(days=3, hours=5))

    assert canonical(one) == canonical(other)


def test_both_databases_give_the_same_bytes(traced, database):
    result = reading(database, queries.trace, FINDING, now=at(12))

    assert digest(result) == SAME.setdefault("digest", digest(result))


def test_a_doubt_opens_once_with_its_ground_and_the_person_asked(traced, database):
    assert look(database) == 1
    assert look(database) is None
    look(database, now=LATER + timedelta(hours=2))

    (doubt,) = traced.rows(Doubt, col(Doubt.trigger) == Trigger.T1)
    assert (doubt.ground, doubt.state) == (Ground.INTERVAL.value, DoubtState.OPEN)
    assert doubt.answer_by == at(13, 12)
    assert [one.person_id for one in traced.rows(Named, col(Named.doubt_id) == doubt.id)] == [YI]


def test_a_finding_that_cannot_be_traced_keeps_no_other_from_being_looked_at(
    traced, database, monkeypatch
):
    other = traced.reload(Finding, FINDING).model_dump(exclude={"id", "number", "received_at"})
    spoilt = Finding(**other, id=name(17), number="E0303-20261106-0000", received_at=at(6, 19))
    traced.store(spoilt)

    def gathered(session, finding, calendar):
        if finding.id == spoilt.id:
            session.execute(text("select * from what_is_not_there"))
        return facts(session, finding, calendar)

    monkeypatch.setattr(service, "facts", gathered)

    assert look(database) == 2
    assert {one.finding_id for one in traced.rows(Doubt)} == {FINDING}
    assert {one.finding_id: one.next_at > LATER for one in traced.rows(Watch)} == {
        spoilt.id: True,
        FINDING: True,
    }
    assert look(database) is None


def test_the_doubt_keeps_the_trace_it_opened_on(traced, database):
    look(database)

    (doubt,) = traced.rows(Doubt, col(Doubt.trigger) == Trigger.T1)
    assert doubt.facts["t1"] == "spans"
    assert len(doubt.digest) == 64


def test_its_evidence_is_kept_from_deletion(traced, database):
    look(database)

    kept = {one.subject for one in traced.rows(Freeze)}
    assert {f"visit:{name(43)}", f"clear_note:{name(51)}", f"plan:{PLAN}"} & kept
    assert reading(database, queries.is_frozen, f"visit:{name(43)}")
    assert not reading(database, queries.is_frozen, f"visit:{name(999)}")


def test_the_supervisors_and_the_person_asked_are_told_and_nobody_else(traced, database):
    look(database)

    told = {one.person_id for one in traced.rows(Notice, col(Notice.kind) == "doubt.opened")}
    assert YI in told
    assert INSPECTOR in told
    assert HEAD not in told


def test_opening_is_an_entry_in_the_ledger(traced, database):
    look(database)

    kinds = {one.kind for one in traced.rows(LedgerEntry)}
    assert "doubt.opened" in kinds


def test_no_doubt_opens_while_the_phone_may_still_send(traced, database):
    look(database, now=at(6, 21))

    opened = traced.rows(Doubt, col(Doubt.trigger) == Trigger.T1)
    assert [one.facts["windows"][-1]["settled"] for one in opened] == [False]


def test_what_nobody_stopped_in_time_opens_a_doubt_of_the_second_kind(make, database):
    make.now = LATER
    store_city(make)
    store_walks(make)
    store_finding(make, source=Source.INSPECTION)
    store_told(make, at(6, 21))
    look(database)

    (doubt,) = make.rows(Doubt, col(Doubt.trigger) == Trigger.T2)
    assert doubt.ground == Ground.NOT_STOPPED.value


def actor(make, person):
    from patrol.people.model import Person

    return make.actor(make.reload(Person, person))


def first(make):
    return make.rows(Doubt, col(Doubt.trigger) == Trigger.T1)[0]


def test_a_supervisor_takes_a_doubt_up(traced, database, act):
    look(database)
    act(service.take_up, actor(traced, INSPECTOR), first(traced).id, TakeUp(), now=LATER)

    doubt = first(traced)
    assert (doubt.state, doubt.decided_by) == (DoubtState.TAKEN_UP, INSPECTOR)


def test_a_refusal_says_why_and_the_person_is_told(traced, database, act):
    look(database)
    draft = Refusal(reason="现场照片不能证明当日已存在")
    act(service.refuse, actor(traced, INSPECTOR), first(traced).id, draft, now=LATER)

    assert first(traced).reason == "现场照片不能证明当日已存在"
    told = traced.rows(Notice, col(Notice.kind) == "doubt.refused")
    assert [one.person_id for one in told] == [YI]


def test_a_doubt_is_judged_once(traced, database, act):
    look(database)
    act(service.take_up, actor(traced, INSPECTOR), first(traced).id, TakeUp(), now=LATER)

    with pytest.raises(Conflict):
        act(service.take_up, actor(traced, INSPECTOR), first(traced).id, TakeUp(), now=LATER)


def test_nobody_judges_a_doubt_about_oneself(traced, database, act):
    from patrol.grid.model import Grid
    from patrol.people.model import Person
    from tests.tracing.worked import STREET

    traced.post(traced.reload(Person, YI), Role.SUPERVISOR, traced.reload(Grid, STREET))
    look(database)

    with pytest.raises(Forbidden):
        act(service.take_up, actor(traced, YI), first(traced).id, TakeUp(), now=LATER)


def test_a_leader_of_the_grid_does_not_see_a_doubt_about_others(traced, database, act):
    look(database)

    with pytest.raises(NotFound):
        act(service.take_up, actor(traced, HEAD), first(traced).id, TakeUp(), now=LATER)
    assert reading(database, queries.doubts_for, actor(traced, HEAD)) == []


def test_silence_is_passed_to_the_next_body(traced, database):
    traced.person(Role.SUPERVISOR, traced.reload(Grid, GRID), login="below")
    look(database)
    with database.transaction() as session:
        service.pass_on(session, now=at(16))
    with database.transaction() as session:
        assert service.pass_on(session, now=at(16)) is None

    assert first(traced).passed_at == first(traced).answer_by
    told = {one.person_id for one in traced.rows(Notice, col(Notice.kind) == "doubt.passed")}
    assert told == {INSPECTOR, DECIDER, PARTNER}


def test_who_signed_for_the_end_of_a_plan_stands_in_every_trace(traced, database):
    with database.transaction() as session:
        plan = session.get_one(Plan, PLAN)
        plan.state, plan.valid_to = PlanState.ENDED, at(1)
        plan.end_signed_by, plan.end_signed_at, plan.end_reason = HEAD, at(1), "整片拆迁"

    result = reading(database, queries.trace, FINDING, now=LATER)

    assert [(one.code, one.by) for one in result.signatures] == [("ended", HEAD)]
    (planned,) = (one for one in result.answers if one.question is Question.PLANNED)
    assert f"plan:{PLAN}" in planned.evidence
    assert HEAD in reading(database, queries.names_in, result).people
