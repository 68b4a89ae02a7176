"""Among equals whoever is on duty answers: by shifts told in time, and by nothing said later."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.roles import PostKind, Role
from patrol.people.rules import (
    DUTY_LASTS,
    Duty,
    Excuse,
    ExcuseKind,
    Level,
    Link,
    Posting,
    Why,
    held_to,
    in_force,
)

DAY = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNA, BO = UUID(int=1), UUID(int=2)
BLOCK = UUID(int=13)


def hour(number):
    return DAY + number * HOUR


def duty(start, end, **more):
    return Duty(hour(start), hour(end), **{"told_at": DAY - HOUR, **more})


def post(person, *duties, kind=PostKind.PRIMARY, start=DAY - 30 * HOUR):
    return Posting(person, person, Role.WORKER, BLOCK, kind, start, None, start, duties=duties)


EARLY, LATE = post(BO, duty(7, 14)), post(ANNA, duty(14, 21))


def first(*posts, at):
    return in_force(posts, hour(at))[0].person_id


@pytest.mark.parametrize(
    ("at", "who"), [(7, BO), (13.9, BO), (14, ANNA), (20, ANNA), (22, ANNA), (30, ANNA)]
)
def test_who_is_on_duty_answers_and_then_who_was_last(at, who):
    assert first(EARLY, LATE, at=at) == who


def test_without_shifts_the_newest_post_answers_as_ever():
    newer = post(ANNA, start=DAY - 2 * HOUR)

    assert first(post(BO), newer, at=8) == ANNA


def test_a_shift_told_too_late_moves_nothing_that_was_before():
    told = replace(EARLY, duties=(duty(7, 14, told_at=hour(10)),))
    newer = post(ANNA, start=DAY - 2 * HOUR)

    assert first(told, newer, at=9) == ANNA
    assert first(told, newer, at=11) == BO


def test_a_shift_called_off_ends_there():
    off = replace(EARLY, duties=(duty(7, 14, cancelled_at=hour(9)),))
    never = replace(EARLY, duties=(duty(7, 14, cancelled_at=hour(6)),))
    partner = post(ANNA, duty(9, 11))

    assert first(off, partner, at=8) == BO
    assert first(off, partner, at=10) == ANNA
    assert first(never, post(ANNA, start=DAY), at=8) == ANNA


def test_relief_answers_before_a_primary_on_duty():
    assert first(EARLY, post(ANNA, kind=PostKind.RELIEF), at=8) == ANNA


@given(st.integers(0, 23), st.integers(1, 12), st.integers(0, 60))
def test_duty_is_forgotten_after_two_days(start, length, later):
    newer = post(ANNA, start=DAY - 2 * HOUR)
    other = post(BO, duty(start, start + length))
    end = start + length + later

    within = timedelta(hours=later) < DUTY_LASTS

    assert first(other, newer, at=end) == (BO if within else ANNA)


def leave(person, **more):
    facts = {"start": DAY, "end": hour(24), "entered_at": DAY, "entered_by": ANNA, **more}
    return Excuse(UUID(int=9), person, ExcuseKind.LEAVE, **facts)


def test_a_window_of_one_who_was_away_alone_stays_theirs_and_excused():
    link = Link(Level(Role.WORKER), None, ANNA, Why.ABOVE, (EARLY,))

    held = held_to(link, [leave(BO)], hour(7), hour(9))

    assert (held.person_id, held.uncovered) == (BO, True)
    assert held.excuses == (leave(BO),)


def test_a_window_nobody_held_is_whoever_had_to_fill_the_gap():
    held = held_to(Link(Level(Role.WORKER), None, ANNA, Why.ABOVE), [], hour(7), hour(9))

    assert (held.person_id, held.posting, held.excuses) == (ANNA, None, ())


def handed(person, **more):
    """A post that ANNA gave, and that nobody has accepted unless said so."""
    return replace(post(person), accepted_at=None, assigned_by=ANNA, **more)


@pytest.mark.parametrize(
    "link",
    [
        Link(Level(Role.WORKER), handed(BO), ANNA, Why.ASSIGNER),
        Link(Level(Role.WORKER), None, None, Why.NOBODY, (handed(BO),)),  # on leave besides
    ],
)
def test_a_window_of_a_post_nobody_accepted_is_its_assigners(link):
    held = held_to(link, [], hour(7), hour(9))

    assert (held.person_id, held.posting.person_id) == (ANNA, BO)
    assert not held.uncovered


def test_leave_of_who_never_accepted_is_no_excuse_for_the_assigner_and_weather_is():
    link = Link(Level(Role.WORKER), handed(BO), ANNA, Why.ASSIGNER)
    storm = replace(leave(BO), kind=ExcuseKind.WEATHER)

    assert held_to(link, [leave(BO)], hour(7), hour(9)).excuses == ()
    assert held_to(link, [storm], hour(7), hour(9)).excuses == (storm,)


def test_a_newcomer_answers_from_when_the_post_bound():
    link = Link(Level(Role.WORKER), handed(BO, served_at=hour(8)), BO, Why.PRIMARY)
    late = leave(BO, start=hour(8))

    assert held_to(link, [late], hour(7), hour(9)).excuses == (late,)
