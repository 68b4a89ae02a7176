"""The order of a walk: nothing left out, in time, short, and the same each time."""

from itertools import pairwise, permutations
from random import Random
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.rounds.ordering import PACE, STAY, Stop, going_on, legs, length

places = st.floats(0, 3000, allow_nan=False)
ends = st.one_of(st.none(), st.integers(-60, 600))


@st.composite
def stops(draw, most=14, minutes=ends):
    spots = draw(st.lists(st.tuples(places, places, minutes), max_size=most))
    return [Stop(f"c{at:02d}", *spot) for at, spot in enumerate(spots)]


def keys(found):
    return [[stop.key for stop in leg] for leg in found]


def lasts(leg):
    return length(leg) / PACE + STAY * len(leg)


@given(stops())
def test_every_cell_is_walked_once(asked):
    walked = [key for leg in keys(legs(asked)) for key in leg]

    assert sorted(walked) == [stop.key for stop in asked]


@given(stops(), st.randoms(use_true_random=False))
def test_the_same_cells_give_the_same_order_however_they_come(asked, random):
    again = list(asked)
    random.shuffle(again)

    assert keys(legs(again)) == keys(legs(asked))


@given(stops())
def test_no_leg_holds_a_cell_that_ends_before_one_of_an_earlier_leg(asked):
    found = legs(asked)

    for before, after in pairwise(found):
        assert max(_end(stop) for stop in before) < min(_end(stop) for stop in after)


@given(stops(minutes=st.integers(300, 600)))
def test_what_can_be_walked_in_time_is_one_leg(asked):
    found = legs(asked)

    if asked and lasts(found[0]) <= 300:
        assert len(found) == 1


@given(stops())
def test_legs_are_parted_only_where_the_whole_way_would_be_too_late(asked):
    found = legs(asked)
    spent = 0.0

    for at, leg in enumerate(found[:-1]):
        rest = [stop for later in found[at:] for stop in later]
        assert spent + lasts(legs([_endless(stop) for stop in rest])[0]) > _end(leg[0])
        spent += lasts(leg)


@given(stops(most=7, minutes=st.none()))
def test_a_short_way_is_hardly_longer_than_the_shortest(asked):
    if len(asked) < 2:
        return
    head, *rest = asked
    shortest = min(length([head, *order]) for order in permutations(rest))

    assert length(legs(asked)[0]) <= 1.25 * shortest + 2 * len(asked)  # whole metres


@pytest.mark.parametrize("seed", range(5))
def test_a_grid_of_cells_is_walked_with_few_steps_to_spare(seed):
    found = legs(town(100, seed))[0]

    assert length(found) <= 1.1 * 100 * 100  # a hundred cells of a hundred metres


def test_three_hundred_cells_take_no_second():
    asked = town(300, seed=7)
    began = process_time()

    legs(asked)

    assert process_time() - began < 1


def test_a_way_goes_on_from_the_cell_done_last_and_comes_back_to_what_was_skipped():
    assert going_on(["abcdef"], []) == list("abcdef")
    assert going_on(["abcdef"], ["c"]) == list("defab")
    assert going_on(["abcdef"], ["c", "d", "a"]) == list("bef")
    assert going_on(["abc", "def"], ["e", "x"]) == list("abcfd")


@given(st.lists(st.integers(0, 30), unique=True), st.lists(st.integers(0, 40)))
def test_what_is_left_is_what_was_not_done(leg, done):
    assert sorted(going_on([leg], done)) == sorted(set(leg) - set(done))


def town(count, seed):
    """Cells of a hundred metres in rows, as a town has them."""
    random = Random(seed)
    across = int(count**0.5)
    made = [
        Stop(
            f"c{at:03d}",
            100 * (at % across) + random.uniform(-15, 15),
            100 * (at // across) + random.uniform(-15, 15),
        )
        for at in range(count)
    ]
    random.shuffle(made)
    return made


def _end(stop):
    return float("inf") if stop.minutes is None else stop.minutes


def _endless(stop):
    return Stop(stop.key, stop.x, stop.y)
