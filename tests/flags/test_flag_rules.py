"""What raises a question about a round, and what of the same look does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from patrol.flags import paths
from patrol.flags.rules import (
    Kind,
    Pace,
    Sent,
    Walk,
    clock_off,
    next_look,
    questions,
)
from patrol.rounds.rules import Fix

NOW = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
METRE = 1 / paths.DEGREE  # degrees of latitude


def north(speed, seconds, *, every=6, start=NOW, wander=1.0):
    """Fixes going north at a pace, a metre or so off the line to and fro."""
    return [
        Fix(
            113.66 + (at // every % 3) * wander * METRE,
            34.76 + speed * at * METRE,
            5.0,
            start + at * SECOND,
        )
        for at in range(0, seconds, every)
    ]


def walk(*runs, pace=Pace.FOOT, **more):
    return Walk(list(runs), [(NOW, pace)], **more)


def kinds(one):
    return {question.kind for question in questions(one)}


def test_a_round_without_a_track_raises_nothing():
    assert questions(walk()) == []


def test_ten_metres_a_second_are_a_question_on_foot_and_none_by_bike():
    run = north(10, 300)

    assert kinds(walk(run)) == {Kind.TOO_FAST}
    assert kinds(walk(run, pace=Pace.BIKE)) == set()


def test_a_change_to_the_bike_is_judged_from_then_on():
    run = [*north(1.3, 300), *north(10, 300, start=NOW + 300 * SECOND)]
    legs = [(NOW, Pace.FOOT), (NOW + 300 * SECOND, Pace.BIKE)]

    assert kinds(replace(walk(run), legs=legs)) == set()


def test_one_stray_fix_is_everyday_life():
    run = north(1.3, 600)
    run[40] = replace(run[40], lat=run[40].lat + 2000 * METRE)

    assert kinds(walk(run)) == set()


def test_going_on_five_kilometres_away_is_a_question():
    run = north(1.3, 600)
    torn = [
        replace(fix, lat=fix.lat + 5000 * METRE) if n >= 50 else fix for n, fix in enumerate(run)
    ]

    (question,) = questions(walk(torn))

    assert question.kind is Kind.TELEPORT
    assert question.facts["metres"] > 4900


def test_ten_fixes_alike_for_three_minutes_are_a_question_and_less_is_none():
    still = [Fix(113.66, 34.76, 8.0, NOW + n * 20 * SECOND) for n in range(10)]

    assert kinds(walk(still)) == {Kind.FROZEN}
    assert kinds(walk(still[:9])) == set()


def test_five_minutes_along_a_ruler_are_a_question():
    assert kinds(walk(north(1.3, 400, wander=0.0))) == {Kind.TOO_SMOOTH}
    assert kinds(walk(north(1.3, 280, wander=0.0))) == set()


def test_another_rounds_track_is_known_again_and_names_it():
    run = north(1.3, 600)
    mark = paths.print_of(paths.path([run]))

    (question,) = questions(walk(run, prints={"other": mark, "none": []}))

    assert (question.kind, question.facts["round"]) == (Kind.SEEN_BEFORE, "other")


def test_the_same_street_walked_again_is_not_the_same_track():
    other = paths.print_of(paths.path([north(1.31, 600)]))

    assert kinds(walk(north(1.3, 600), prints={"other": other})) == set()


def acts(*late, every=3):
    """Acts made every few minutes, each so many seconds late."""
    return [
        Sent(NOW + n * every * MINUTE, NOW + n * every * MINUTE + wait * SECOND, "phone", n)
        for n, wait in enumerate(late)
    ]


def test_a_clock_is_off_when_it_ran_ahead_was_set_back_or_lags_evenly():
    ahead = [replace(each, ahead=timedelta(seconds=121)) for each in acts(0, 0)]
    back = [*acts(1, 1), replace(acts(1, 1, 1)[2], made_at=NOW)]

    assert clock_off(ahead).facts == {"ahead": 121}
    assert clock_off(back).facts == {"back": 180}
    assert clock_off(acts(600, 610, 605, 630)).facts == {"behind": 600}


def test_a_queue_that_empties_says_nothing_of_the_clock():
    arrived = NOW + timedelta(hours=2)
    queue = [replace(each, received_at=arrived) for each in acts(0, 0, 0, 0, 0)]

    assert clock_off(queue) is None
    assert clock_off(acts(5, 90, 3, 40)) is None


def test_one_phone_of_two_people_or_three_phones_of_one_are_a_question():
    three = [replace(each, device=each.seq) for each in acts(1, 1, 1)]

    assert kinds(walk(strangers=1)) == {Kind.SHARED_PHONE}
    assert kinds(walk(sent=three)) == {Kind.SHARED_PHONE}
    assert kinds(walk(sent=three[:2])) == set()


def test_the_same_own_words_five_times_in_a_month_are_a_question():
    words = "沿街  商户均正常经营"

    assert kinds(walk(words=[words], said_before={"沿街商户均正常经营": 4})) == {Kind.SAME_WORDS}
    assert kinds(walk(words=[words], said_before={"沿街商户均正常经营": 3})) == set()
    assert kinds(walk(words=["正常"] * 9)) == set()


def test_a_round_is_looked_at_again_until_three_days_have_passed():
    assert next_look(NOW, NOW + MINUTE) == NOW + timedelta(hours=1)
    assert next_look(NOW, NOW + timedelta(hours=7)) == NOW + timedelta(hours=24)
    assert next_look(NOW, NOW + timedelta(hours=72)) is None


fixes = st.builds(
    Fix,
    st.floats(113.6, 113.8),
    st.floats(34.7, 34.8),
    st.floats(0, 200),
    st.integers(0, 4000).map(lambda at: NOW + at * SECOND),
)


@given(st.lists(st.lists(fixes, max_size=30), max_size=4), st.sampled_from(Pace), st.randoms())
def test_no_kind_is_asked_twice_and_the_order_of_batches_does_not_matter(runs, pace, chance):
    asked = questions(walk(*runs, pace=pace))
    mixed = [list(run) for run in runs]
    chance.shuffle(mixed)

    assert len({question.kind for question in asked}) == len(asked)
    assert {question.kind for question in questions(walk(*mixed, pace=pace))} == {
        question.kind for question in asked
    }


@given(st.lists(fixes, min_size=1, max_size=40), st.lists(fixes, max_size=40))
def test_likeness_is_a_share_and_the_same_both_ways(one, other):
    a, b = (paths.print_of(paths.path([run])) if run else [] for run in (one, other))

    assert 0 <= paths.likeness(a, b) == paths.likeness(b, a) <= 1
    assert paths.likeness(a, a) == (1 if a else 0)
