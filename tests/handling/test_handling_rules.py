"""The procedure: steps, reasons, who may verify, clocks and ends."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.calendar import Limit, LimitUnit, WorkCalendar
from patrol.findings.rules import ENDED, Source
from patrol.handling.rules import (
    Entry,
    Move,
    Stage,
    ends,
    hand,
    handle_due,
    moves,
    pauses,
    refusal,
    remedied,
    spent,
    stretches,
    target,
)

START = datetime(2026, 11, 6, 1, tzinfo=UTC)  # 09:00 in Zhengzhou, a Friday
PLAIN = WorkCalendar(ZoneInfo("Asia/Shanghai"))
FIXER, OTHER = UUID(int=1), UUID(int=2)


@st.composite
def histories(draw):
    """A way through the procedure that its own rules allow, in order of time."""
    stage, at, steps = Stage.RECEIVED, START, []
    source = draw(st.sampled_from(Source))
    for _ in range(draw(st.integers(0, 14))):
        move = draw(st.sampled_from(moves(stage)))
        at += timedelta(minutes=draw(st.integers(1, 4000)))
        there = target(stage, move, source, given=True)
        steps.append(Entry(move, stage, there, at, draw(st.sampled_from([FIXER, OTHER]))))
        stage = there
    return steps


limits = st.builds(Limit, st.integers(1, 5), st.sampled_from(LimitUnit))


def step(move, from_stage, to_stage, hours, by=OTHER):
    return Entry(move, from_stage, to_stage, START + timedelta(hours=hours), by)


REMEDIED = step(Move.REMEDY, Stage.HANDLING, Stage.CHECKING, 1, FIXER)
HUNG = step(Move.HANG, Stage.HANDLING, Stage.HUNG, 1)
RESUMED = step(Move.RESUME, Stage.HUNG, Stage.HANDLING, 49)


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_leads_somewhere_by_somebody(stage):
    assert moves(stage)
    assert all(hand(stage, move) for move in moves(stage))


def test_a_finding_of_a_patrol_goes_straight_to_its_close():
    way = [Move.ACCEPT, Move.FILE, Move.DISPATCH, Move.REMEDY, Move.PASS, Move.CLOSE]
    stage = Stage.RECEIVED

    for move in way:
        stage = target(stage, move, Source.PATROL, given=True)

    assert stage is Stage.CLOSED


@pytest.mark.parametrize("source", [Source.PUBLIC, Source.HOTLINE, Source.SOCIAL_GRID])
def test_only_a_report_from_outside_is_verified_first(source):
    assert target(Stage.RECEIVED, Move.ACCEPT, source, given=False) is Stage.VERIFYING
    assert target(Stage.RECEIVED, Move.ACCEPT, Source.PATROL, given=False) is Stage.FILING


def test_what_no_unit_was_given_is_dispatched_when_it_fails_the_check():
    assert target(Stage.CHECKING, Move.REWORK, Source.PATROL, given=False) is Stage.DISPATCHING


@pytest.mark.parametrize("move", [Move.PASS, Move.REWORK])
def test_who_fixed_it_does_not_verify_it(move):
    why = {"reason": "still there", "proof": True}

    assert refusal(Stage.CHECKING, move, FIXER, [REMEDIED], **why) == "fixer-verifies"
    assert refusal(Stage.CHECKING, move, OTHER, [REMEDIED], **why) is None


def test_who_put_it_right_on_the_spot_does_not_verify_it_either():
    refused = refusal(Stage.CHECKING, Move.PASS, FIXER, [], self_handled_by=FIXER)

    assert refused == "fixer-verifies"


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_return_needs_a_reason(reason):
    assert refusal(Stage.HANDLING, Move.RETURN, FIXER, [], reason=reason) == "reason-missing"


@pytest.mark.parametrize(
    ("stage", "move"), [(Stage.HANDLING, Move.REMEDY), (Stage.CLOSING, Move.CLOSE)]
)
def test_nothing_is_remedied_without_proof(stage, move):
    assert refusal(stage, move, OTHER, []) == "proof-missing"
    assert refusal(stage, move, OTHER, [], proof=True) is None


def test_the_two_ends_differ():
    assert remedied(Move.CLOSE) is True
    assert remedied(Move.CLOSE_UNREMEDIED) is False
    assert remedied(Move.PASS) is None


def test_a_third_extension_is_refused_and_so_is_one_that_comes_late():
    granted = [step(Move.EXTEND, Stage.HANDLING, Stage.HANDLING, n) for n in (1, 2)]
    ask = {"reason": "rain"}

    assert refusal(Stage.HANDLING, Move.EXTEND, OTHER, granted, **ask) == "extension-used-up"
    late = refusal(Stage.HANDLING, Move.EXTEND, OTHER, [], overdue=True, **ask)
    assert late == "extension-overdue"


def test_reopening_gives_back_what_was_used_up():
    reopened = step(Move.REOPEN, Stage.CLOSED, Stage.DISPATCHING, 60)

    assert refusal(Stage.HANDLING, Move.HANG, OTHER, [HUNG], reason="x") == "hang-used-up"
    assert refusal(Stage.HANDLING, Move.HANG, OTHER, [HUNG, reopened], reason="x") is None


@given(st.sampled_from(Stage), st.sampled_from(Move))
def test_a_step_that_does_not_lead_on_is_refused(stage, move):
    refused = refusal(stage, move, OTHER, [], reason="why", proof=True)

    assert (refused == "step-not-open") is (move not in moves(stage))


def test_time_hung_up_does_not_count():
    limit = Limit(2, LimitUnit.URGENT_DAY)

    due = handle_due(START, limit, [HUNG, RESUMED], PLAIN)

    assert due == START + timedelta(days=4)


def test_while_it_hangs_there_is_no_date():
    assert handle_due(START, Limit(2, LimitUnit.WORK_DAY), [HUNG], PLAIN) is None


def test_an_extension_adds_the_limit_once_more():
    extended = [step(Move.EXTEND, Stage.HANDLING, Stage.HANDLING, 1)]

    assert handle_due(START, Limit(3, LimitUnit.URGENT_HOUR), extended, PLAIN) == START + timedelta(
        hours=6
    )


@given(histories(), limits, st.integers(0, 20_000), st.integers(0, 20_000))
def test_what_is_used_never_shrinks_but_by_an_extension(history, limit, one, other):
    asked = [each for each in history if each.move is not Move.EXTEND]
    earlier, later = (START + timedelta(minutes=n) for n in sorted((one, other)))

    used = spent(START, limit, asked, earlier, PLAIN)

    assert used <= spent(START, limit, asked, later, PLAIN) + 1e-9


@given(histories(), limits)
def test_the_due_moment_is_where_the_limit_is_used_up(history, limit):
    due = handle_due(START, limit, history, PLAIN)

    if due is not None:
        minute = timedelta(minutes=1)
        assert spent(START, limit, history, due + minute, PLAIN) >= 1 - 1e-6
        assert spent(START, limit, history, due - minute, PLAIN) <= 1 + 1e-6


@given(histories())
def test_pauses_are_in_order_and_apart(history):
    now = START + timedelta(days=90)

    found = pauses(history, now)

    edges = [moment for span in found for moment in span]
    assert edges == sorted(edges)


@given(histories())
def test_stretches_follow_one_another_without_a_gap(history):
    now = START + timedelta(days=90)

    found = stretches(Stage.RECEIVED, START, history, now)

    assert len(found) == len(history) + 1
    assert all(one[2] == next_one[1] for one, next_one in pairwise(found))
    assert found[0][1] == START


@given(histories())
def test_an_ended_finding_is_moved_by_reopening_alone(history):
    stage = history[-1].to_stage if history else Stage.RECEIVED

    assert ends(stage) is (stage in ENDED)
    if ends(stage):
        assert moves(stage) == (Move.REOPEN,)
