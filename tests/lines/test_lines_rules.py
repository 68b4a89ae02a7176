"""Timetables kept and broken."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from patrol.lines.rules import TOLERANCE, Gap, Kept, Timetable, days, gaps, kept, minutes

ZONE = ZoneInfo("Asia/Shanghai")
DUE = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
moments = st.integers(-600, 600).map(lambda at: DUE + at * MINUTE)
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def table(**more):
    plain = {
        "first": time(8),
        "last": time(12),
        "headway": 60 * MINUTE,
        "weekdays": frozenset(range(7)),
        "valid_from": date(2026, 11, 1),
        "ended_on": None,
        "zone": ZONE,
    }
    return Timetable(**{**plain, **more})


def test_an_hourly_line_departs_at_every_hour_of_its_service():
    departures = table().departures_on(date(2026, 11, 6))

    assert [at.hour for at in departures] == [8, 9, 10, 11, 12]
    assert departures[0].astimezone(UTC) == datetime(2026, 11, 6, 0, 0, tzinfo=UTC)


@given(clocks, clocks, st.integers(5, 600), st.dates(date(2026, 10, 25), date(2026, 11, 20)))
def test_departures_lie_in_the_hours_of_service_a_headway_apart(first, last, headway, day):
    line = table(first=first, last=last, headway=headway * MINUTE, ended_on=date(2026, 11, 10))

    departures = line.departures_on(day)

    if not date(2026, 11, 1) <= day <= date(2026, 11, 10) or last < first:
        assert departures == []
        return
    assert departures[0].time() == first
    assert all(later - earlier == headway * MINUTE for earlier, later in pairwise(departures))
    end = datetime.combine(day, last, ZONE)
    assert departures[-1] <= end < departures[-1] + headway * MINUTE


@given(st.sets(st.integers(0, 6)), st.dates(date(2026, 11, 1), date(2026, 12, 1)))
def test_no_trip_departs_on_another_day_of_the_week(weekdays, day):
    assert bool(table(weekdays=frozenset(weekdays)).departures_on(day)) == (
        day.weekday() in weekdays
    )


@given(moments)
def test_ten_minutes_either_way_are_on_time(came):
    found = kept(DUE, came, now=DUE + timedelta(days=1))

    assert (found is Kept.ON_TIME) == (abs(came - DUE) <= TOLERANCE)
    assert (found is Kept.EARLY) == (came < DUE - TOLERANCE)


@given(moments, st.booleans())
def test_a_stop_is_missed_only_once_nobody_can_be_in_time(now, run):
    found = kept(DUE, None, now=now, run=run)

    assert (found is Kept.AHEAD) == (now <= DUE + TOLERANCE)
    assert found in {Kept.AHEAD, Kept.SKIPPED if run else Kept.NOT_RUN}


def test_who_stops_short_of_a_stop_is_not_on_time():
    assert kept(DUE, DUE, now=DUE, beside=True) is Kept.BESIDE


@given(st.lists(moments), moments, moments)
def test_gaps_fill_the_hours_of_service_end_to_end(came, opens, closes):
    found = gaps(came, opens, closes)

    assert sum((gap.length for gap in found), timedelta(0)) == max(closes - opens, timedelta(0))
    assert all(earlier.end == later.start for earlier, later in pairwise(found))
    assert not any(gap.start < at < gap.end for gap in found for at in came)


@given(st.lists(moments), moments, moments, moments)
def test_who_comes_once_more_makes_no_gap_longer(came, opens, closes, again):
    longest = lambda seen: max((gap.length for gap in gaps(seen, opens, closes)), default=None)

    if (before := longest(came)) is not None:
        assert longest([*came, again]) <= before


def test_a_stop_nobody_came_to_has_one_gap():
    assert gaps([], DUE, DUE + 60 * MINUTE) == [Gap(DUE, DUE + 60 * MINUTE)]


@given(st.lists(st.floats(0, 5000)), st.integers(1, 30))
def test_each_stop_is_due_after_staying_and_going(metres, dwell):
    due = minutes(metres, dwell, 70)

    assert due[0] == 0
    for way, (before, after) in zip(metres, pairwise(due), strict=True):
        assert after - before - dwell >= max(1, way / 70) - 1e-9
        assert after - before - dwell < way / 70 + 1.01


def test_days_are_those_of_the_city():
    night = datetime(2026, 11, 5, 17, 0, tzinfo=UTC)  # one in the morning of the sixth

    assert days(night, night + timedelta(days=1), ZONE) == [date(2026, 11, 6), date(2026, 11, 7)]
