"""Windows: sorted, disjoint, inside the validity, the same however the span is split."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from patrol.core.calendar import china
from patrol.plans.rules import Cadence, Terms, Window, closings, reaches, window_at, windows
from patrol.plans.windows import (
    KEPT_SHARE,
    closing_after,
    parts,
    rule_of,
    window_after,
    window_before,
)

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
RULES = [
    (Cadence.DAILY, "FREQ=DAILY"),
    (Cadence.DAILY, "FREQ=DAILY;INTERVAL=2"),
    (Cadence.DAILY, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    (Cadence.WEEKLY, "FREQ=WEEKLY"),
    (Cadence.WEEKLY, "FREQ=WEEKLY;BYDAY=MO,TH"),
    (Cadence.WEEKLY, "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA"),
    (Cadence.MONTHLY, "FREQ=MONTHLY"),
    (Cadence.MONTHLY, "FREQ=MONTHLY;BYMONTHDAY=31"),
    (Cadence.MONTHLY, "FREQ=MONTHLY;BYMONTHDAY=1,16"),
    (Cadence.MONTHLY, "FREQ=MONTHLY;BYDAY=1SA"),
    (Cadence.MONTHLY, "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=1"),
    (Cadence.MONTHLY, "FREQ=MONTHLY;INTERVAL=2;BYDAY=SA,SU;BYSETPOS=-1"),
    (Cadence.MONTHLY, "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=30"),
]
HOURS: list[tuple[tuple[time, time], ...]] = [
    (),
    (),
    ((time(7, 30), time(9, 30)), (time(17), time(19))),
    ((time(22), time(2)),),
    ((time(1), time(3)), (time(2), time(4)), (time(22), time(2, 30))),
]
SINCE, UNTIL = map(datetime.fromisoformat, ("2026-01-01", "2027-02-01"))
moments = st.datetimes(SINCE, UNTIL, timezones=st.just(UTC))
spans = st.tuples(moments, moments).map(sorted).map(tuple)


@st.composite
def all_terms(draw: st.DrawFn) -> Terms:
    cadence, rule = draw(st.sampled_from(RULES))
    begins = draw(moments)
    ends = draw(
        st.none() | st.integers(1, 9_000).map(lambda hours: begins + timedelta(hours=hours))
    )
    return Terms(
        cadence,
        rule,
        draw(st.integers(1, 4)),
        draw(st.sampled_from(HOURS)),
        timedelta(minutes=draw(st.sampled_from([0, 0, 15, 240]))),
        begins,
        ends,
        draw(st.sampled_from([SHANGHAI, NEW_YORK])),
        draw(st.sampled_from([None, china()])),
    )


def plan(cadence: Cadence, rule: str = "", **changes: object) -> Terms:
    base = Terms(cadence, rule or rule_of(cadence), 1, (), timedelta(0), at(1, 1), None, SHANGHAI)
    return replace(base, **changes)  # type: ignore[arg-type]


def at(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


@given(all_terms(), spans)
def test_windows_are_sorted_disjoint_and_inside_the_validity(
    terms: Terms, span: tuple[datetime, datetime]
) -> None:
    found = windows(terms, *span)

    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(window.start < window.end for window in found)
    assert all(window.start >= terms.valid_from for window in found)
    assert all(terms.valid_to is None or window.end <= terms.valid_to for window in found)
    assert all(window.start < span[1] and window.end > span[0] for window in found)


@given(all_terms(), moments, moments, moments)
def test_splitting_the_span_changes_nothing(
    terms: Terms, one: datetime, two: datetime, three: datetime
) -> None:
    since, middle, until = sorted((one, two, three))

    halves = {*windows(terms, since, middle), *windows(terms, middle, until)}

    assert sorted(halves) == windows(terms, since, until)


@given(all_terms(), moments, moments, moments)
def test_splitting_the_span_closes_every_window_once(
    terms: Terms, one: datetime, two: datetime, three: datetime
) -> None:
    since, middle, until = sorted((one, two, three))

    halves = [*closings(terms, since, middle), *closings(terms, middle, until)]

    assert halves == closings(terms, since, until)


@given(all_terms(), moments)
def test_a_visit_serves_at_most_one_window(terms: Terms, seen_at: datetime) -> None:
    around = reaches(terms, seen_at - timedelta(days=70), seen_at + timedelta(days=70))

    serving = [reach for reach in around if reach.holds(seen_at)]

    assert serving == ([found] if (found := window_at(terms, seen_at)) else [])


@given(all_terms(), moments)
def test_neighbours_are_the_nearest_of_all_windows(terms: Terms, edge: datetime) -> None:
    all_of_them = windows(terms, datetime(2025, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC))

    before, after = window_before(terms, edge), window_after(terms, edge)

    assert before == max((w for w in all_of_them if w.start < edge), default=None)
    assert after == min((w for w in all_of_them if w.start >= edge), default=None)


@given(all_terms(), moments)
def test_the_next_closing_is_the_first_of_all(terms: Terms, after: datetime) -> None:
    later = closings(terms, after, datetime(2029, 1, 1, tzinfo=UTC))

    assert closing_after(terms, after) == min((reach.closes for reach in later), default=None)


@given(all_terms())
def test_a_window_cut_by_the_validity_keeps_at_least_half_of_itself(terms: Terms) -> None:
    whole = replace(terms, valid_from=terms.valid_from - timedelta(days=70), valid_to=None)
    assume("INTERVAL" not in terms.rrule and ";" in terms.rrule)  # others count from valid_from
    span = terms.valid_from - timedelta(days=40), terms.valid_from + timedelta(days=40)
    uncut = windows(whole, *span)

    for window in windows(terms, *span):
        origin = next(w for w in uncut if w.start <= window.start and window.end <= w.end)
        assert window.length >= KEPT_SHARE * origin.length


def test_a_daily_plan_in_hours_has_a_window_each_range_of_each_day() -> None:
    terms = plan(Cadence.DAILY, times=2, hours=HOURS[2])

    found = windows(terms, at(11, 21), at(11, 22))

    assert found == [
        Window(at(11, 21, 7, 30).astimezone(UTC), at(11, 21, 9, 30).astimezone(UTC)),
        Window(at(11, 21, 17).astimezone(UTC), at(11, 21, 19).astimezone(UTC)),
    ]


def test_visits_without_hours_split_the_period_equally() -> None:
    found = windows(plan(Cadence.DAILY, times=3), at(11, 21), at(11, 22))

    assert [window.length for window in found] == [timedelta(hours=8)] * 3
    assert (found[0].start, found[-1].end) == (at(11, 21), at(11, 22))


def test_a_night_check_crosses_midnight() -> None:
    terms = plan(Cadence.WEEKLY, "FREQ=WEEKLY;BYDAY=FR", hours=HOURS[3])

    found = windows(terms, at(11, 21, 1), at(11, 21, 3))  # Saturday, after Friday's night began

    assert found == [Window(at(11, 20, 22).astimezone(UTC), at(11, 21, 2).astimezone(UTC))]


def test_the_31st_is_the_last_day_of_a_shorter_month() -> None:
    terms = plan(Cadence.MONTHLY, "FREQ=MONTHLY;BYMONTHDAY=31")

    starts = [w.start.astimezone(SHANGHAI).date() for w in windows(terms, at(1, 31), at(6, 1))]

    assert starts == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31),
                      date(2026, 4, 30), date(2026, 5, 31)]  # fmt: skip


def test_monthly_periods_of_any_day_leave_no_gap_through_a_year() -> None:
    for day in (1, 15, 28, 29, 30, 31):
        terms = plan(Cadence.MONTHLY, f"FREQ=MONTHLY;BYMONTHDAY={day}")

        found = windows(terms, at(2, 15), at(12, 15))

        assert all(one.end == other.start for one, other in pairwise(found)), day
        assert len(found) in {10, 11}


@pytest.mark.parametrize(("month", "day"), [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)])
def test_a_workday_plan_walks_on_a_make_up_day_and_not_on_a_holiday(month: int, day: int) -> None:
    terms = plan(Cadence.DAILY, calendar=china())

    assert len(windows(terms, at(month, day), at(month, day) + timedelta(days=1))) == 1
    assert windows(terms, at(10, 1), at(10, 8)) == []


def test_the_day_the_clocks_change_still_holds_its_windows() -> None:
    spring = datetime(2026, 3, 8, tzinfo=NEW_YORK)  # 23 hours long there
    start = datetime(2026, 1, 1, tzinfo=NEW_YORK)
    terms = plan(Cadence.DAILY, times=2, zone=NEW_YORK, valid_from=start)

    found = windows(terms, spring, spring + timedelta(days=1))

    assert [window.length for window in found] == [timedelta(hours=11.5)] * 2


def test_a_plan_that_begins_late_in_a_window_begins_with_the_next() -> None:
    early = plan(Cadence.DAILY, valid_from=at(11, 21, 10))
    late = plan(Cadence.DAILY, valid_from=at(11, 21, 15))

    assert windows(early, at(11, 21), at(11, 22)) == [
        Window(at(11, 21, 10).astimezone(UTC), at(11, 22).astimezone(UTC))
    ]
    assert windows(late, at(11, 21), at(11, 22)) == []


def test_grace_ends_where_the_next_window_begins() -> None:
    spaced = plan(Cadence.DAILY, hours=HOURS[2], grace=timedelta(minutes=30))
    adjoining = plan(Cadence.DAILY, grace=timedelta(hours=2))

    assert [r.closes for r in reaches(spaced, at(11, 21, 9), at(11, 21, 10))] == [at(11, 21, 10)]
    assert [r.closes for r in reaches(adjoining, at(11, 21, 1), at(11, 21, 2))] == [at(11, 22)]


@pytest.mark.parametrize(
    "rule",
    ["", "FREQ=YEARLY", "FREQ=SECONDLY", "FREQ=DAILY;COUNT=3", "FREQ=DAILY;UNTIL=20260101",
     "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=x", "FREQ=DAILY;BYHOUR=1",
     "FREQ=WEEKLY;BYDAY=XX",
     "DTSTART:20260101\nRRULE:FREQ=DAILY", "FREQ=DAILY;;", "FREQ=DAILY;FREQ=WEEKLY"],
)  # fmt: skip
def test_a_rule_that_a_plan_may_not_have_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parts(rule)


@given(st.sampled_from(Cadence), st.sets(st.integers(0, 6)), st.integers(1, 4))
def test_every_rule_made_from_words_is_a_rule_a_plan_may_have(
    cadence: Cadence, days: set[int], every: int
) -> None:
    rule = rule_of(
        cadence, {day + 1 for day in days} if cadence is Cadence.MONTHLY else days, every=every
    )

    assert parts(rule)["FREQ"] == cadence.value.upper()


def test_the_first_friday_night_of_each_month_and_periods_from_weekday_to_weekday() -> None:
    rule = rule_of(Cadence.MONTHLY, [4], nth=1)
    night = plan(Cadence.MONTHLY, rule, hours=(((time(18), time(6))),))
    whole = plan(Cadence.MONTHLY, rule_of(Cadence.MONTHLY, [5, 6], nth=-1))

    starts = [
        one.start.astimezone(SHANGHAI) for one in windows(night, at(11, 1), at(2, 1, year=2027))
    ]
    assert [f"{one:%m-%d %H}" for one in starts] == ["11-06 18", "12-04 18", "01-01 18"]
    found = windows(whole, at(10, 1), at(12, 1))
    assert [f"{one.start.astimezone(SHANGHAI):%m-%d}" for one in found][-2:] == ["10-31", "11-29"]
    assert all(one.end == two.start for one, two in pairwise(found))
