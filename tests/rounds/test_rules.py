"""What a walked round proves."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from patrol.rounds.rules import (
    APART,
    FASTEST,
    Fix,
    Grade,
    Look,
    Passage,
    counts,
    grade,
    ground,
    is_backfill,
    is_late,
    metres_between,
    metres_outside,
    of_stretch,
    passages,
    segments,
    stays,
    too_old,
    walked,
)

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
WEST, SOUTH = 113.6603, 34.7801  # Zhengzhou
EAST_100, NORTH_100 = 0.0010925, 0.0009015  # about 100 m
CELLS = {
    (east, north): shapely.box(
        WEST + east * EAST_100,
        SOUTH + north * NORTH_100,
        WEST + (east + 1) * EAST_100,
        SOUTH + (north + 1) * NORTH_100,
    )
    for east in range(4)
    for north in range(4)
}
GROUND = ground(CELLS)
TO_METRES = Transformer.from_crs(
    "EPSG:4326", "+proj=tmerc +lat_0=34.785 +lon_0=113.667 +k=1 +ellps=WGS84", always_xy=True
)
FLAT = {
    key: shapely.transform(cell, TO_METRES.transform, interleaved=False)
    for key, cell in CELLS.items()
}
A_MINUTE = Passage(20.0, 60.0, NOON, NOON + timedelta(minutes=1))
A_CROSSING = Passage(50.0, 35.0, NOON, NOON + timedelta(seconds=35))
A_GLIMPSE = Passage(12.0, 9.0, NOON, NOON + timedelta(seconds=9))


def fix(seconds, east=0.5, north=0.5, accuracy=8.0):
    """A fix `seconds` after noon, placed in cells from the south-west corner."""
    return Fix(
        WEST + east * EAST_100,
        SOUTH + north * NORTH_100,
        accuracy,
        NOON + timedelta(seconds=seconds),
    )


@st.composite
def walks(draw):
    """A walk of up to 40 fixes, each 5 m or more from any border: uneven steps, gaps, leaps."""
    places = st.builds(lambda cell, part: cell + part / 100, st.integers(0, 3), st.integers(5, 95))
    fixes = st.tuples(st.integers(1, 120), places, places, st.floats(1, 60))
    seconds, walk = 0, []
    for wait, east, north, accuracy in draw(st.lists(fixes, min_size=1, max_size=40)):
        seconds += wait
        walk.append(fix(seconds, east, north, accuracy))
    return walk


# Segments


@given(walks(), st.randoms())
def test_every_usable_fix_stands_in_one_stretch_in_order_of_time(walk, chance):
    shuffled = chance.sample(walk, len(walk))

    stretches = segments(shuffled)

    assert [each for stretch in stretches for each in stretch] == [
        each for each in walk if each.accuracy <= 50
    ]


@given(walks())
def test_a_stretch_holds_no_gap_and_no_impossible_speed(walk):
    limit = timedelta(seconds=3 * 7)

    stretches = segments(walk, timedelta(seconds=7))

    for stretch in stretches:
        for one, other in pairwise(stretch):
            assert other.at - one.at <= limit
            assert (
                metres_between(one, other) <= FASTEST * (other.at - one.at).total_seconds() + 1e-9
            )
    for before, after in pairwise(stretches):
        one, other = before[-1], after[0]
        wait = other.at - one.at
        assert wait > limit or metres_between(one, other) > FASTEST * wait.total_seconds()


def test_the_interval_is_read_off_the_track_itself():
    steady = [fix(10 * number, 0.5 + number / 50) for number in range(8)]
    later = [fix(70 + 31 + 10 * number, 0.7 + number / 50) for number in range(4)]

    assert [len(stretch) for stretch in segments(steady + later)] == [8, 4]
    assert len(segments([*steady, fix(100, 0.7)])) == 1


def test_a_lone_pair_of_fixes_hours_apart_is_not_a_walk():
    assert len(segments([fix(0), fix(7200, 0.9)])) == 2


def test_a_leap_to_another_quarter_and_back_stands_alone():
    walk = [fix(10 * number, 0.5 + number / 20) for number in range(10)]
    walk[5] = fix(50, 3.5, 3.5)

    assert [len(stretch) for stretch in segments(walk)] == [5, 1, 4]


def test_of_two_fixes_at_one_instant_the_more_accurate_stays():
    stretches = segments([fix(0), fix(10, 0.6, accuracy=30), fix(10, 0.7, accuracy=4), fix(20)])

    assert [each.accuracy for each in stretches[0]] == [8.0, 4, 8.0]


@pytest.mark.parametrize("walk", [[], [fix(0)], [fix(0, accuracy=51)]])
def test_too_little_is_no_passage(walk):
    assert passages(segments(walk), GROUND) == {}


# Passages


@given(walks())
def test_passages_equal_what_shapely_says_in_a_metric_projection(walk):
    stretches = segments(walk)
    told = passages(stretches, GROUND)

    lines = [
        shapely.LineString([TO_METRES.transform(each.lon, each.lat) for each in stretch])
        for stretch in stretches
        if len(stretch) > 1
    ]
    for key, flat in FLAT.items():
        metres = sum(
            flat.intersection(shapely.LineString(step)).length
            for line in lines
            for step in pairwise(line.coords)
        )
        assert metres == pytest.approx(told[key].metres if key in told else 0, abs=1)


@given(walks())
def test_cells_that_tile_the_ground_share_out_all_metres_and_seconds(walk):
    stretches = segments(walk)

    told = passages(stretches, GROUND)

    seconds = sum((each[-1].at - each[0].at).total_seconds() for each in stretches)
    metres = sum(metres_between(*step) for each in stretches for step in pairwise(each))
    assert sum(each.seconds for each in told.values()) == pytest.approx(seconds, abs=1e-3)
    assert sum(each.metres for each in told.values()) == pytest.approx(metres, abs=1e-3)


@given(walks(), st.integers(1, 59))
def test_a_track_sent_in_two_parts_adds_up(walk, cut):
    whole = passages(segments(walk), GROUND)
    parts = [
        passages([stretch[start:stop]], GROUND)
        for stretch in segments(walk)
        for start, stop in ((0, cut), (cut - 1, None))
    ]

    for key, passage in whole.items():
        mine = [part[key] for part in parts if key in part]
        assert sum(each.metres for each in mine) == pytest.approx(passage.metres, abs=1e-6)
        assert sum(each.seconds for each in mine) == pytest.approx(passage.seconds, abs=1e-3)
        assert min(each.first_at for each in mine) == passage.first_at


def test_borders_are_crossed_at_the_interpolated_moment():
    told = passages([[fix(0, 0.5), fix(100, 1.5)]], GROUND)

    first, second = told[(0, 0)], told[(1, 0)]
    assert first.first_at == NOON
    assert abs(first.last_at - (NOON + timedelta(seconds=50))) < timedelta(milliseconds=1)
    assert first.seconds == pytest.approx(50, abs=1e-3)
    assert first.metres == pytest.approx(50, abs=0.1)
    assert second.first_at == first.last_at


def test_standing_still_is_time_and_no_distance():
    told = passages(segments([fix(30 * number) for number in range(4)]), GROUND)

    assert told[(0, 0)].seconds == 90
    assert told[(0, 0)].metres == 0


def test_nothing_is_counted_across_a_gap():
    told = passages(segments([fix(0), fix(5, 0.55), fix(600, 2.5), fix(605, 2.55)]), GROUND)

    assert set(told) == {(0, 0), (2, 0)}
    assert told[(0, 0)].seconds == 5


def test_a_cell_left_for_over_a_quarter_of_an_hour_is_a_second_stay():
    out = [fix(20 * number, 0.5 + number / 20) for number in range(61)]
    back = [fix(1220 + 20 * number, 3.45 - number / 20) for number in range(60)]

    told = stays(segments(out + back), GROUND)

    assert len(told[(0, 0)]) == 2
    assert len(told[(3, 0)]) == 1
    assert told[(0, 0)][1].first_at - told[(0, 0)][0].last_at > APART


# Grades


@pytest.mark.parametrize(
    ("look", "passage", "given_grade"),
    [
        (Look(inside=True, accuracy=9, token=True), A_MINUTE, Grade.A),
        (Look(inside=True, accuracy=50), A_MINUTE, Grade.B),
        (Look(inside=True, accuracy=9, token=True), A_CROSSING, Grade.B),
        (Look(inside=False, accuracy=9), A_CROSSING, Grade.B),
        (Look(inside=True, accuracy=9), None, None),
        (Look(inside=True, accuracy=9, token=True), A_GLIMPSE, None),
        (Look(inside=True, accuracy=51), A_MINUTE, None),
        (Look(inside=False, accuracy=9), A_MINUTE, None),
        (Look(inside=False, accuracy=None, by_hand=True), None, Grade.C),
        (Look(inside=True, accuracy=9, token=True, backfill=True), A_MINUTE, Grade.C),
    ],
)
def test_the_grade_follows_the_evidence(look, passage, given_grade):
    assert grade(look, passage) == given_grade


@given(
    st.builds(Look, inside=st.booleans(), accuracy=st.none() | st.floats(0, 100)),
    st.floats(0, 200),
    st.floats(0, 200),
    st.floats(0, 200),
)
def test_more_track_never_lowers_a_grade(look, metres, seconds, more):
    less = grade(look, Passage(metres, seconds, NOON, NOON))
    grown = grade(look, Passage(metres + more, seconds + more, NOON, NOON))

    assert less is None or (grown is not None and grown.meets(less))


def test_a_better_grade_meets_what_a_worse_one_would():
    assert [Grade.A.meets(each) for each in Grade] == [True, True, True]
    assert [Grade.C.meets(each) for each in Grade] == [False, False, True]


# Times


@given(st.timedeltas(timedelta(0), timedelta(days=400)))
def test_sent_late_is_of_any_age_and_no_backfill(delay):
    assert is_late(NOON, NOON + delay) == (delay > timedelta(minutes=10))
    assert not is_backfill(NOON, NOON + timedelta(minutes=10))


def test_written_down_later_is_a_backfill_and_after_a_day_refused():
    assert is_backfill(NOON, NOON + timedelta(minutes=10, seconds=1))
    assert not too_old(NOON, NOON + timedelta(hours=24))
    assert too_old(NOON, NOON + timedelta(hours=24, seconds=1))


@pytest.mark.parametrize(
    ("confirmed", "known", "answer"),
    [(True, False, True), (False, False, False), (True, True, False), (False, True, False)],
)
def test_a_backfill_counts_only_confirmed_and_before_anything_is_known(confirmed, known, answer):
    assert counts(Grade.C, Grade.C, backfill=True, confirmed=confirmed, known=known) is answer


def test_a_pending_visit_counts_for_nothing_yet():
    assert not counts(None, Grade.C, backfill=False, confirmed=False, known=False)
    assert not counts(Grade.C, Grade.B, backfill=False, confirmed=False, known=False)
    assert counts(Grade.A, Grade.B, backfill=False, confirmed=False, known=True)


def test_the_last_stretch_is_what_was_left_within_a_quarter_of_an_hour():
    seen = {
        "old": NOON - timedelta(minutes=16),
        "edge": NOON - APART,
        "now": NOON,
        "recent": NOON - timedelta(minutes=3),
        "later": NOON + timedelta(seconds=1),
    }

    assert walked(seen, NOON) == ["edge", "recent", "now"]


@given(
    st.lists(st.integers(0, 3600), min_size=2, max_size=8, unique=True),
    st.integers(-600, 4800),
    st.data(),
)
def test_a_visit_is_of_the_stretch_when_its_stay_touches_the_quarter_before(ends, note, data):
    ends = sorted(ends)[: len(ends) // 2 * 2]
    parts = [
        Passage(60.0, 60.0, NOON + timedelta(seconds=first), NOON + timedelta(seconds=last))
        for first, last in zip(ends[::2], ends[1::2], strict=True)
    ]
    seen, at = data.draw(st.integers(-600, 4800)), NOON + timedelta(seconds=note)
    moment = NOON + timedelta(seconds=seen)
    inside = [part for part in parts if part.first_at <= moment <= part.last_at]
    first = inside[0].first_at if inside else moment
    last = inside[0].last_at if inside else moment

    found = of_stretch(moment, parts, at)

    quarter = range(note - 900, note + 1)
    stay = range(int((first - NOON).total_seconds()), int((last - NOON).total_seconds()) + 1)
    assert found == (max(quarter[0], stay[0]) <= min(quarter[-1], stay[-1]))


def test_what_begins_after_the_note_is_never_of_its_stretch():
    later = Passage(60.0, 60.0, NOON + timedelta(seconds=1), NOON + timedelta(minutes=5))

    assert not of_stretch(NOON + timedelta(minutes=1), [later], NOON)
    assert of_stretch(NOON + timedelta(minutes=1), [A_MINUTE], NOON)


# Places


@given(st.floats(-3, 4), st.floats(-3, 4))
def test_the_distance_to_a_cell_is_that_of_the_ground(east, north):
    cell = CELLS[(0, 0)]
    spot = shapely.Point(WEST + east * EAST_100, SOUTH + north * NORTH_100)
    flat = shapely.transform(cell, TO_METRES.transform, interleaved=False)
    true = flat.distance(shapely.Point(TO_METRES.transform(spot.x, spot.y)))

    assert metres_outside(cell, spot.x, spot.y) == pytest.approx(true, abs=0.1)
