"""The ladder never comes back down, and nothing but its own clock moves it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from patrol.core.roles import Role
from patrol.escalation.rules import (
    Heard,
    Rung,
    Stop,
    climbs,
    due,
    handovers,
    heard,
    is_delayed,
    merged,
    rung_at,
    stopped,
)

OPENED = datetime(2026, 11, 2, 9, tzinfo=UTC)
minutes = st.integers(0, 20_000).map(lambda n: timedelta(minutes=n))
moments = minutes.map(lambda wait: OPENED + wait)
rungs = st.builds(Rung, st.sampled_from(Role), st.none() | st.integers(1, 4), minutes.filter(bool))
ladders = st.lists(rungs, min_size=1, max_size=6)
stops = st.lists(
    st.builds(
        lambda start, length: Stop(start - timedelta(days=1), start - timedelta(days=1) + length),
        moments,
        minutes,
    )
    | st.builds(Stop, moments, st.none()),
    max_size=5,
)
closed_stops = stops.map(lambda found: [one for one in found if one.end is not None])


@given(ladders, stops, moments, moments)
def test_an_open_matter_never_comes_back_down(ladder, stood, one, other):
    earlier, later = sorted((one, other))

    assert rung_at(ladder, OPENED, earlier, stood) <= rung_at(ladder, OPENED, later, stood)


@given(ladders, stops, moments, moments)
def test_looking_twice_finds_what_looking_once_would(ladder, stood, one, other):
    earlier, later = sorted((one, other))

    whole = climbs(ladder, OPENED, stood, later)

    assert [step for step in whole if step[1] <= earlier] == climbs(ladder, OPENED, stood, earlier)


@given(ladders, stops, st.lists(stops, max_size=1), moments)
def test_a_stop_only_delays(ladder, stood, more, now):
    further = [*stood, *(stop for found in more for stop in found)]

    before, after = handovers(ladder, OPENED, stood), handovers(ladder, OPENED, further)

    assert len(after) <= len(before)
    assert all(late >= early for early, late in zip(before, after, strict=False))
    assert rung_at(ladder, OPENED, now, further) <= rung_at(ladder, OPENED, now, stood)


@given(ladders, stops, moments)
def test_each_rung_is_reached_once_and_in_order(ladder, stood, now):
    steps = climbs(ladder, OPENED, stood, now)

    assert [index for index, _ in steps] == list(range(1, len(steps) + 1))
    assert len(steps) < len(ladder)
    assert [at for _, at in steps] == sorted(at for _, at in steps)
    assert rung_at(ladder, OPENED, now, stood) == len(steps)


@given(closed_stops, minutes)
def test_the_clock_has_run_exactly_the_wait_when_a_step_is_due(stood, wait):
    at = due(OPENED, wait, stood)

    assert at is not None
    assert at - OPENED - stopped(OPENED, at, stood) == wait


@given(stops)
def test_merging_stops_changes_no_stopped_time(stood):
    runs = merged(stood)

    assert all(a.end is not None and a.end < b.start for a, b in pairwise(runs))
    end = OPENED + timedelta(days=30)
    assert stopped(OPENED, end, runs) == stopped(OPENED, end, stood)


def test_the_default_climb_is_dated_when_it_was_due():
    ladder = [
        Rung(Role.WORKER, None, timedelta(hours=2)),
        Rung(Role.HEAD, 3, timedelta(hours=4)),
        Rung(Role.HEAD, 2, timedelta(hours=8)),
    ]
    lunch = Stop(OPENED + timedelta(hours=1), OPENED + timedelta(hours=2))

    steps = climbs(ladder, OPENED, [lunch], OPENED + timedelta(days=9))

    assert steps == [(1, OPENED + timedelta(hours=3)), (2, OPENED + timedelta(hours=7))]


def test_a_clock_stopped_for_good_climbs_no_further():
    ladder = [Rung(Role.WORKER, None, timedelta(hours=2)), Rung(Role.HEAD, 3, timedelta(hours=4))]

    steps = climbs(ladder, OPENED, [Stop(OPENED + timedelta(hours=1))], OPENED + timedelta(days=9))

    assert steps == []


def test_told_and_not_read_is_kept_apart_from_read_and_not_done():
    after = OPENED + timedelta(hours=1)
    word = {"nobody": False, "acknowledged_at": None, "settled_at": None, "at": after}

    assert heard(delivered_at=None, read_at=None, **word) is Heard.UNDELIVERED
    assert heard(delivered_at=OPENED, read_at=None, **word) is Heard.UNREAD
    assert heard(delivered_at=OPENED, read_at=OPENED, **word) is Heard.READ
    assert heard(delivered_at=OPENED, read_at=OPENED, **{**word, "acknowledged_at": OPENED}) is (
        Heard.ACKNOWLEDGED
    )
    assert (
        heard(delivered_at=OPENED, read_at=OPENED, **{**word, "settled_at": OPENED}) is Heard.DONE
    )


def test_what_was_read_afterwards_does_not_count_for_then():
    later = OPENED + timedelta(hours=3)

    told = heard(
        nobody=False,
        delivered_at=OPENED,
        read_at=later,
        acknowledged_at=None,
        settled_at=later,
        at=OPENED + timedelta(hours=1),
    )

    assert told is Heard.UNREAD


def test_being_late_by_our_own_fault_is_said():
    tolerance = timedelta(minutes=5)

    assert not is_delayed(OPENED, OPENED + timedelta(minutes=5), tolerance=tolerance)
    assert is_delayed(OPENED, OPENED + timedelta(minutes=6), tolerance=tolerance)
