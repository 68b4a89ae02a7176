"""The picture of the brief, reproduced from facts."""

from datetime import timedelta

from patrol.tracing.rules import Account, Code, LaneKind, Question, Sign, Span, Verdict, trace
from tests.tracing.worked import (
    CALENDAR,
    COMMUNITY,
    FACTS,
    HEAD,
    JIA,
    LEAVE,
    POST_YI,
    YI,
    ZONE,
    at,
)

LATER = at(6, 20) + timedelta(days=2)


def days(moment):
    return moment.astimezone(ZONE).day


def test_windows_come_to_what_the_picture_shows():
    result = trace(FACTS, CALENDAR, as_of=LATER)

    told = [(days(one.window.start), one.account, one.person) for one in result.windows]
    assert told == [
        (2, Account.PATROLLED, JIA),
        (3, Account.PATROLLED, JIA),
        (4, Account.MISSED, YI),
        (5, Account.PATROLLED, YI),
        (6, Account.PATROLLED, YI),
    ]
    assert [one.span for one in result.windows] == [
        Span.MAY_SPAN,  # only the walker's own bare word says that it was not there yet
        Span.MAY_SPAN,
        Span.SPANS,
        Span.SPANS,
        Span.SPANS,
    ]


def test_conclusions_are_the_sentences_under_the_picture():
    result = trace(FACTS, CALENDAR, as_of=LATER)

    said = [(days(one.at), one.code, one.person) for one in result.conclusions]
    assert said == [
        (4, Code.NOT_PATROLLED, YI),
        (5, Code.NOT_SEEN, YI),
        (5, Code.READ_NOT_DONE, HEAD),
        (4, Code.EXCUSED, JIA),
    ]
    missed, overlooked, knew, excused = result.conclusions
    assert missed.first
    assert (missed.post, days(missed.since)) == (POST_YI, 4)
    assert not overlooked.first
    assert knew.tier == 3
    assert excused.evidence == (f"excuse:{LEAVE}",)


def test_the_first_no_is_about_the_patrol():
    result = trace(FACTS, CALENDAR, as_of=LATER)

    verdicts = {one.question: one.verdict for one in result.answers}
    assert list(verdicts) == list(Question)
    assert verdicts == {
        Question.ASSIGNED: Verdict.YES,
        Question.PLANNED: Verdict.YES,
        Question.PATROLLED: Verdict.NO,
        Question.SEEN: Verdict.NO,
        Question.REPORTED: Verdict.YES,
        Question.DISPATCHED: Verdict.NOT_ASKED,
        Question.STOPPED: Verdict.NOT_ASKED,
        Question.LEVELS_ACTED: Verdict.NO,
    }


def test_lanes_stand_from_the_place_to_the_top():
    lanes = trace(FACTS, CALENDAR, as_of=LATER).timeline.lanes

    assert [(lane.kind, lane.key) for lane in lanes[2:]] == [
        (LaneKind.PERSON, str(JIA)),
        (LaneKind.PERSON, str(YI)),
        (LaneKind.LEVEL, str(HEAD)),
        (LaneKind.LEVEL, str(COMMUNITY)),
    ]
    assert [lane.kind for lane in lanes[:2]] == [LaneKind.PLACE, LaneKind.WINDOWS]


def test_marks_are_those_of_the_picture():
    place, windows, jia, yi, head, community = trace(FACTS, CALENDAR, as_of=LATER).timeline.lanes

    assert [bar.sign for bar in place.bars] == [Sign.ABSENT, Sign.MAY_HAVE_BEGUN, Sign.PRESENT]
    assert [bar.sign for bar in windows.bars] == [
        Sign.PATROLLED,
        Sign.PATROLLED,
        Sign.MISSED,
        Sign.PATROLLED,
        Sign.PATROLLED,
    ]
    assert [mark.sign for mark in jia.marks] == [Sign.PASSED, Sign.PASSED]
    assert [bar.sign for bar in jia.bars] == [Sign.POST, Sign.LEAVE]
    assert [mark.sign for mark in yi.marks] == [
        Sign.NOT_PATROLLED,
        Sign.PASSED_NOT_REPORTED,
        Sign.PASSED,
    ]
    assert [mark.sign for mark in head.marks] == [Sign.TOLD, Sign.READ, Sign.NOT_DONE]
    assert [(mark.sign, mark.in_time) for mark in community.marks] == [
        (Sign.TOLD, False),
        (Sign.NOT_READ, True),
    ]


def test_what_was_known_then_leaves_out_what_came_later():
    then = trace(FACTS, CALENDAR, as_of=at(4, 15))

    assert [mark.sign for lane in then.timeline.lanes[-1:] for mark in lane.marks] == [
        Sign.TOLD,
        Sign.NOT_READ,
    ]
    assert [days(one.window.start) for one in then.windows] == [2, 3]
