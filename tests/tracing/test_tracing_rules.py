from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.catalogue.rules import Persistence
from patrol.core.calendar import Limit, LimitUnit
from patrol.core.roles import PostKind, Role
from patrol.escalation.rules import Stop
from patrol.findings.rules import Source, StopKind, StopOutcome
from patrol.people.rules import Excuse, ExcuseKind, Why
from patrol.plans.rules import Reach, Window
from patrol.rounds.rules import Grade
from patrol.tracing.facts import Facts, Loss, Pause, Receipt, Stopping, Visit
from patrol.tracing.onset import stop_by
from patrol.tracing.rules import (
    SPEAKS_FOR,
    Account,
    Code,
    Ground,
    Question,
    Span,
    Trigger,
    Verdict,
    accounts,
    canonical,
    trace,
)
from tests.tracing.worked import (
    APPROVER,
    CALENDAR,
    CELL,
    FACTS,
    GRID,
    HEAD,
    INSPECTOR,
    JIA,
    LEAVE,
    OBLIGATION,
    POST_HEAD,
    POST_JIA,
    SCENE,
    YI,
    at,
    clear,
    day,
    name,
    post,
    reported,
    there,
    visit,
)

LATER = at(9, 12)
ALONE = replace(
    FACTS,
    proofs=(there("photo:street", at(3, 6)),),
    posts=(
        post(POST_JIA, JIA, Role.WORKER, GRID, at(1)),
        post(POST_HEAD, HEAD, Role.HEAD, GRID, at(1)),
    ),
    excuses=(),
    visits=(),
    told=(),
)  # one walker, nothing walked, there since the morning of the third


def codes(facts: Facts, as_of=LATER):
    return [one.code for one in trace(facts, CALENDAR, as_of=as_of).conclusions]


def windows(facts: Facts, as_of=LATER):
    return {one.window.start: one for one in trace(facts, CALENDAR, as_of=as_of).windows}


def test_a_violation_found_by_the_obliged_person_spans_nothing():
    facts = replace(ALONE, scene=replace(SCENE, finders=frozenset({JIA})))

    assert trace(facts, CALENDAR, as_of=LATER).t1 is Span.DOES_NOT_SPAN


def test_a_window_still_in_its_grace_at_discovery_is_not_outlived():
    found = day(6).window.end + timedelta(minutes=10)
    facts = replace(ALONE, scene=replace(SCENE, found_at=found))

    assert day(6).window.start not in windows(facts)


def test_without_dated_presence_it_may_span_and_nobody_is_named():
    result = trace(replace(ALONE, proofs=()), CALENDAR, as_of=LATER)

    assert result.t1 is Span.MAY_SPAN
    assert result.named == {}
    assert result.triggers == {}


def test_anothers_note_of_absence_clears_the_windows_before_it():
    facts = replace(ALONE, proofs=(clear("clear_note:other", APPROVER, at(6, 19, 45)),))

    assert trace(facts, CALENDAR, as_of=LATER).t1 is Span.DOES_NOT_SPAN


def test_a_bare_note_by_the_person_concerned_clears_nothing():
    facts = replace(ALONE, proofs=(clear("clear_note:own", JIA, at(6, 19, 45)),))

    assert trace(facts, CALENDAR, as_of=LATER).t1 is Span.MAY_SPAN


@pytest.mark.parametrize("metres", [30.1, None, float("nan")])
def test_a_note_from_further_off_proves_no_absence(metres):
    facts = replace(ALONE, proofs=(clear("clear_note:other", APPROVER, at(6, 19, 45), metres),))

    assert trace(facts, CALENDAR, as_of=LATER).t1 is Span.MAY_SPAN


def test_a_note_after_a_proof_of_presence_is_a_contradiction_and_moves_nothing():
    late = clear("clear_note:other", APPROVER, at(5, 9))
    result = trace(replace(ALONE, proofs=(*ALONE.proofs, late)), CALENDAR, as_of=LATER)

    assert result.contradictions == ("clear_note:other",)
    assert result.t1 is Span.SPANS


def test_a_recurring_violation_needs_proof_inside_the_window():
    facts = replace(ALONE, scene=replace(SCENE, persistence=Persistence.RECURRING))
    inside = replace(facts, proofs=(*facts.proofs, there("photo:noon", at(4, 12))))

    assert trace(facts, CALENDAR, as_of=LATER).t1 is Span.MAY_SPAN
    spanned = [one.window.start for one in windows(inside).values() if one.span is Span.SPANS]
    assert spanned == [at(4, 7)]


def test_the_return_of_a_recurring_violation_is_a_task_for_the_planner():
    gone = clear("clear_note:other", APPROVER, at(4, 9))
    scene = replace(SCENE, persistence=Persistence.RECURRING)
    result = trace(replace(ALONE, scene=scene, proofs=(*ALONE.proofs, gone)), CALENDAR, as_of=LATER)

    assert result.hot_spot
    assert result.triggers == {}


def test_an_excused_walker_without_relief_is_excused_and_the_gap_is_the_heads():
    leave = Excuse(LEAVE, JIA, ExcuseKind.LEAVE, at(4), at(5), at(3, 9), HEAD)
    facts = replace(ALONE, excuses=(leave,))

    fourth = windows(facts)[at(4, 7)]
    assert (fourth.account, fourth.person, fourth.excuse) == (Account.EXCUSED, JIA, LEAVE)
    said = trace(facts, CALENDAR, as_of=LATER).conclusions
    assert (said[0].code, said[0].person) == (Code.LEFT_UNCOVERED, HEAD)


def test_leave_in_the_morning_and_weather_after_it_excuse_together():
    morning = Excuse(LEAVE, JIA, ExcuseKind.LEAVE, at(4), at(4, 12), at(3, 9), HEAD)
    storm = Excuse(name(32), JIA, ExcuseKind.WEATHER, at(4, 12), at(5), at(4, 11), HEAD)
    facts = replace(ALONE, excuses=(morning, storm))

    fourth = windows(facts)[at(4, 7)]
    assert (fourth.account, fourth.person) == (Account.EXCUSED, JIA)
    assert {f"excuse:{LEAVE}", f"excuse:{storm.id}"} <= set(fourth.evidence)
    assert Code.LEFT_UNCOVERED not in codes(facts)


def test_bad_weather_excuses_and_names_nobody():
    weather = Excuse(LEAVE, JIA, ExcuseKind.WEATHER, at(3), at(7), at(2, 9), HEAD)

    said = codes(replace(ALONE, excuses=(weather,)))
    assert set(said) == {Code.EXCUSED}


def test_an_excuse_entered_afterwards_waits_for_its_approval():
    late = Excuse(LEAVE, JIA, ExcuseKind.LEAVE, at(4), at(5), at(5, 9), JIA)
    approved = replace(late, approved_at=at(8, 9), approved_by=APPROVER)

    assert windows(replace(ALONE, excuses=(late,)))[at(4, 7)].account is Account.MISSED
    assert windows(replace(ALONE, excuses=(approved,)))[at(4, 7)].account is Account.EXCUSED


def test_a_place_without_a_post_is_nobodys_and_its_gap_is_the_heads():
    facts = replace(ALONE, posts=ALONE.posts[1:])

    fourth = windows(facts)[at(4, 7)]
    assert fourth.account is Account.NOBODY
    assert trace(facts, CALENDAR, as_of=LATER).conclusions[0].person == HEAD


def test_a_miss_is_the_newcomers_who_is_excused_for_the_part_before():
    newcomer = post(name(25), YI, Role.WORKER, GRID, at(4, 12), kind=PostKind.RELIEF, end=at(5))
    facts = replace(ALONE, posts=(*ALONE.posts, newcomer))

    fourth = windows(facts)[at(4, 7)]
    assert (fourth.account, fourth.person) == (Account.MISSED, YI)
    assert [(one.person, one.start) for one in fourth.shares] == [(JIA, at(4, 7)), (YI, at(4, 12))]
    assert Code.PART_EXCUSED in codes(facts)


def handed(**more):
    """The post of JIA as HEAD gave it, not accepted unless said so."""
    at_, made = ALONE.posts[0]
    return at_, replace(made, accepted_at=None, assigned_by=HEAD, **more)


def test_a_miss_of_a_post_nobody_accepted_is_held_against_who_gave_it():
    facts = replace(ALONE, posts=(handed(), *ALONE.posts[1:]))

    fourth = windows(facts)[at(4, 7)]
    assert (fourth.account, fourth.person, fourth.why) == (Account.MISSED, HEAD, Why.ASSIGNER)
    named = trace(facts, CALENDAR, as_of=LATER).named
    assert JIA not in named
    assert (named[HEAD].code, named[HEAD].post) == (Code.NOT_PATROLLED, POST_HEAD)


def test_who_accepts_late_is_excused_for_the_part_before():
    late = at(4, 18, 55)
    facts = replace(ALONE, posts=(handed(served_at=late), *ALONE.posts[1:]))

    fourth = windows(facts)[at(4, 7)]
    assert fourth.person == JIA
    shares = [(one.person, one.start, one.end) for one in fourth.shares]
    assert shares == [(HEAD, at(4, 7), late), (JIA, late, at(4, 19))]
    said = trace(facts, CALENDAR, as_of=LATER).conclusions
    assert [one.since for one in said if one.code is Code.PART_EXCUSED] == [late]


def test_where_evidence_is_gone_it_cannot_be_found_out():
    facts = replace(ALONE, losses=(Loss("restore:1", at(4), at(5), at(5)),))

    assert windows(facts)[at(4, 7)].account is Account.UNKNOWN
    assert Code.EVIDENCE_GONE in codes(facts)


def test_a_miss_is_held_against_nobody_while_the_phone_may_still_send():
    found = replace(ALONE, scene=replace(SCENE, found_at=at(4, 20), known_at=at(4, 20)))
    emptied = replace(found, emptied=((JIA, at(4, 19, 40)),))

    fresh = trace(found, CALENDAR, as_of=at(4, 21))
    _, third, fourth = fresh.windows
    assert (third.settled, fourth.settled) == (True, False)
    assert trace(emptied, CALENDAR, as_of=at(4, 21)).windows[-1].settled


def test_a_back_filled_visit_counts_only_when_another_confirmed_it_before_the_violation_was_known():
    back = replace(visit(51, JIA, at(4, 9)), grade=Grade.C, backfilled=True)
    plan = replace(OBLIGATION, grade=Grade.C)
    facts = replace(ALONE, obligations=(plan,))

    def account(seen: Visit):
        return windows(replace(facts, visits=(seen,)))[at(4, 7)].account

    assert account(back) is Account.MISSED
    assert account(replace(back, confirmed_at=at(5, 9))) is Account.PATROLLED
    assert account(replace(back, confirmed_at=at(8, 9))) is Account.MISSED


def test_a_visit_by_somebody_not_obliged_credits_nothing():
    facts = replace(ALONE, visits=(visit(51, INSPECTOR, at(4, 9)),))

    assert windows(facts)[at(4, 7)].account is Account.MISSED


def test_a_scope_without_the_topic_is_the_planners():
    facts = replace(
        reported(powers=True), obligations=(replace(OBLIGATION, covers_topic=False),), told=()
    )

    said = trace(facts, CALENDAR, as_of=LATER).conclusions
    assert (said[0].code, said[0].person, said[0].first) == (Code.TOPIC_NOT_PLANNED, HEAD, True)


# T2


def test_what_the_social_grid_told_and_nobody_stopped_in_time_is_a_doubt():
    result = trace(reported(), CALENDAR, as_of=LATER)

    assert result.triggers[Trigger.T2] is Ground.SOCIAL_NOT_STOPPED
    assert result.t2 is not None
    assert result.t2.due_at == at(7, 1)


def test_another_source_stands_on_the_local_rule():
    assert trace(reported(Source.HOTLINE), CALENDAR, as_of=LATER).triggers[Trigger.T2] is (
        Ground.NOT_STOPPED
    )


def test_before_the_limit_is_up_there_is_no_doubt():
    assert Trigger.T2 not in trace(reported(), CALENDAR, as_of=at(7, 0, 59)).triggers


def test_signed_stops_and_downtime_are_subtracted():
    pause = Pause("clock_stop:1", Stop(at(6, 22), at(7, 22)), system=True, known_at=at(6, 22))
    facts = replace(reported(), pauses=(pause,))

    assert Trigger.T2 not in trace(facts, CALENDAR, as_of=at(8, 0)).triggers
    assert trace(facts, CALENDAR, as_of=at(8, 1)).triggers


def stopping(kind: StopKind, outcome: StopOutcome, moment) -> Stopping:
    return Stopping(f"stopping:{kind}:{moment}", YI, kind, outcome, moment, moment)


def test_stopped_in_time_is_no_doubt_unless_it_is_back_within_a_week():
    halt = stopping(StopKind.ORDERED, StopOutcome.STOPPED, at(6, 23))
    facts = replace(reported(), stoppings=(halt,))
    back = replace(facts, proofs=(*facts.proofs, there("finding:again", at(8, 9))))

    assert trace(facts, CALENDAR, as_of=LATER).t2 is None
    again = trace(back, CALENDAR, as_of=LATER).t2
    assert again is not None
    assert again.ground is Ground.SOCIAL_NOT_EFFECTIVE


def test_without_powers_timely_advice_and_report_discharge_the_duty():
    advised = stopping(StopKind.ADVISED, StopOutcome.REFUSED, at(6, 22))
    told = stopping(StopKind.REPORTED, StopOutcome.REFUSED, at(6, 22, 5))
    facts = replace(reported(powers=False), stoppings=(advised, told), obligations=(), told=())

    said = trace(facts, CALENDAR, as_of=LATER).conclusions
    held = {(one.code, one.person) for one in said if one.question is Question.STOPPED}
    assert held == {(Code.DISCHARGED, YI), (Code.NOT_STOPPED, None)}


def test_work_hours_skip_the_night_and_what_is_paused():
    receipt = Receipt("x", Source.HOTLINE, at(6, 17), at(6, 17), Limit(2, LimitUnit.WORK_HOUR))

    assert stop_by(receipt, [], CALENDAR) == at(9, 9)  # Friday 17 h, one hour, Monday 8 to 9
    assert stop_by(receipt, [Stop(at(9, 8), at(9, 10))], CALENDAR) == at(9, 11)
    assert stop_by(receipt, [Stop(at(7))], CALENDAR) is None


# Levels


def test_what_never_arrived_blames_nobody():
    silent = replace(FACTS.told[0], delivered_at=None, read_at=None)
    said = trace(replace(FACTS, told=(silent,)), CALENDAR, as_of=LATER).conclusions

    assert [one.code for one in said if one.person == HEAD] == [Code.NOT_DELIVERED]
    assert Code.NOT_DELIVERED in SPEAKS_FOR


def test_told_and_not_read_is_kept_apart_from_read_and_not_done():
    unread = replace(FACTS.told[0], read_at=None)

    assert Code.NOT_READ in codes(replace(FACTS, told=(unread,)))


def test_who_acted_in_time_is_not_named():
    acted = replace(FACTS.told[0], acted_at=at(4, 20), acted="notice:1")
    result = trace(replace(FACTS, told=(acted,)), CALENDAR, as_of=LATER)

    assert HEAD not in result.named
    assert result.answers[-1].verdict is Verdict.YES


# Properties

HOURS = st.integers(0, 7 * 24)
PEOPLE = st.sampled_from([JIA, YI, HEAD, INSPECTOR])


@st.composite
def stories(draw):
    """Facts of a week: windows, posts, visits, excuses and proofs, in any disorder."""
    seen = [
        replace(
            visit(100 + index, draw(PEOPLE), at(1) + timedelta(hours=hour)),
            grade=draw(st.sampled_from(Grade)),
        )
        for index, hour in enumerate(draw(st.lists(HOURS, max_size=8)))
    ]
    held = [
        post(
            name(200 + index),
            draw(PEOPLE),
            Role.WORKER,
            GRID,
            at(1) + timedelta(hours=start),
            kind=draw(st.sampled_from(PostKind)),
            end=at(1) + timedelta(hours=start + length) if length else None,
        )
        for index, (start, length) in enumerate(
            draw(st.lists(st.tuples(HOURS, st.integers(0, 72)), max_size=4))
        )
    ]
    away = [
        Excuse(
            name(300 + index),
            draw(PEOPLE),
            draw(st.sampled_from(ExcuseKind)),
            at(1) + timedelta(hours=start),
            at(1) + timedelta(hours=start + length),
            at(1),
            APPROVER,
        )
        for index, (start, length) in enumerate(
            draw(st.lists(st.tuples(HOURS, st.integers(1, 72)), max_size=3))
        )
    ]
    proofs = [
        there(f"photo:{index}", at(1) + timedelta(hours=hour))
        for index, hour in enumerate(draw(st.lists(HOURS, max_size=3)))
    ]
    notes = [
        clear(
            f"clear_note:{index}",
            draw(PEOPLE),
            at(1) + timedelta(hours=hour),
            draw(st.floats(0, 60)),
        )
        for index, hour in enumerate(draw(st.lists(HOURS, max_size=3)))
    ]
    size = draw(st.integers(2, 24))
    edges = range(0, 6 * 24, size)
    due = tuple(
        Reach(
            Window(at(1) + timedelta(hours=edge), at(1) + timedelta(hours=edge + size)),
            at(1) + timedelta(hours=edge + size),
        )
        for edge in edges
    )
    return replace(
        FACTS,
        obligations=(replace(OBLIGATION, windows=due),),
        posts=(post(POST_HEAD, HEAD, Role.HEAD, GRID, at(1)), *held),
        visits=tuple(seen),
        excuses=tuple(away),
        proofs=(*proofs, *notes),
    )


@given(stories())
def test_every_closed_window_is_accounted_for_exactly_once(facts):
    found = [one.window for one in accounts(facts, LATER)]
    closed = [
        reach.window
        for reach in facts.obligations[0].windows
        if reach.closes <= facts.scene.found_at
    ]

    assert len(found) == len(set(found))
    assert set(closed) <= set(found)
    assert found == sorted(found)


@given(stories(), st.integers(0, 72))
def test_splitting_the_windows_changes_no_account(facts, cut):
    plan = facts.obligations[0]

    def part(windows):
        return accounts(replace(facts, obligations=(replace(plan, windows=windows),)), LATER)

    assert part(plan.windows) == part(plan.windows[:cut]) + part(plan.windows[cut:])


@given(stories(), st.randoms(use_true_random=False))
def test_running_it_again_in_any_order_gives_the_same_bytes(facts, random: Random):
    def shuffled(things):
        return tuple(random.sample(things, len(things)))

    mixed = replace(
        facts,
        visits=shuffled(facts.visits),
        posts=shuffled(facts.posts),
        excuses=shuffled(facts.excuses),
        proofs=shuffled(facts.proofs),
        told=shuffled(facts.told),
    )

    one, other = (trace(each, CALENDAR, as_of=LATER) for each in (facts, mixed))
    assert canonical(one) == canonical(other)


@given(stories())
def test_nobody_is_named_where_no_doubt_stands(facts):
    result = trace(facts, CALENDAR, as_of=LATER)

    assert bool(result.triggers) or not result.named


@given(stories())
def test_who_held_no_duty_there_is_never_named_for_a_patrol(facts):
    result = trace(facts, CALENDAR, as_of=LATER)
    obliged = {each.person_id for each in facts.postings}

    named = {one.person for one in result.conclusions if one.question is Question.PATROLLED}
    assert named <= obliged | {None}


@given(stories())
def test_conclusions_stand_in_the_order_of_the_questions(facts):
    said = trace(facts, CALENDAR, as_of=LATER).conclusions
    order = [list(Question).index(one.question) for one in said if one.code not in SPEAKS_FOR]

    assert order == sorted(order)


def test_the_scene_of_the_worked_example_is_the_one_traced():
    assert trace(FACTS, CALENDAR, as_of=LATER).scene.cell == CELL
