from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from patrol.tracing.picture import Point, Row, Stretch, draw, width_of
from patrol.tracing.rules import LaneKind, Shape, Sign
from tests.tracing.worked import ZONE, at

SINCE, UNTIL = at(2), at(7)
MOMENTS = st.integers(0, 5 * 24 * 60).map(lambda minutes: SINCE + timedelta(minutes=minutes))
WORDS = st.sampled_from(["未巡", "走过，未报 10:00", "制止责任人收到 20:00", "read"])


def point(moment, word):
    return Point(moment, Sign.PASSED, Shape.SOLID, word, "info", "/x")


def sheet(points=(), stretches=()):
    row = Row(LaneKind.PERSON, "李巡乙", "网格员", tuple(stretches), tuple(points))
    return draw([row], SINCE, UNTIL, at(6), ZONE)


@given(st.lists(st.builds(point, MOMENTS, WORDS), max_size=12))
def test_no_word_lies_on_another_and_none_leaves_the_sheet(points):
    picture = sheet(sorted(points, key=lambda one: one.at))

    spans = {}
    for dot in picture.strips[0].dots:
        wide = width_of(dot.point.word)
        left = dot.word_x - wide if dot.at_end else dot.word_x
        assert left + wide <= picture.width
        assert dot.word_y <= picture.strips[0].y + picture.strips[0].height
        for other_left, other_right in spans.get(dot.word_y, ()):
            assert left >= other_right or left + wide <= other_left
        spans.setdefault(dot.word_y, []).append((left, left + wide))


@given(st.builds(point, MOMENTS, WORDS), st.builds(point, MOMENTS, WORDS))
def test_later_stands_further_right(one, other):
    earlier, later = sorted((one, other), key=lambda each: each.at)
    dots = sheet([earlier, later]).strips[0].dots

    assert dots[0].x <= dots[1].x


def test_every_day_of_the_city_has_its_column():
    days = sheet().days

    assert [day.at.astimezone(ZONE).day for day in days] == [2, 3, 4, 5, 6]
    assert [day.rest for day in days] == [False] * 5


def test_a_bar_says_as_much_as_it_has_room_for():
    def said(hours):
        end = SINCE + timedelta(hours=hours)
        bar = Stretch(SINCE, end, Sign.PATROLLED, "✓ B 已巡", "ok", "/x", "✓ B")
        return sheet(stretches=[bar]).strips[0].boxes[0].said

    assert [said(1), said(5), said(24)] == ["", "✓ B", "✓ B 已巡"]
