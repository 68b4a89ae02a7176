"""Standing and floors, against a recomputation from all windows and visits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from patrol.core.spans import unbroken
from patrol.plans.rules import (
    Cadence,
    State,
    Terms,
    closings,
    floor,
    lasts_until,
    missed,
    moment,
    overdue_since,
    reaches,
    standing,
    under_floor,
)
from tests.plans.test_windows import HOURS, all_terms, at, moments, plan

BEGINNING, END = datetime(2025, 6, 1, tzinfo=UTC), datetime(2028, 6, 1, tzinfo=UTC)
visits = st.lists(moments, max_size=12).map(sorted)


def recomputed(terms: Terms, seen: list[datetime], now: datetime) -> tuple[State, datetime | None]:
    """The same answer by looking at every window and every visit, and the last credit."""
    all_of_them = reaches(terms, BEGINNING, END)
    credited = [at for at in seen if at <= now and any(r.holds(at) for r in all_of_them)]
    if not credited:
        return State.NEVER, None
    served = [any(reach.holds(credit) for credit in credited) for reach in all_of_them]
    begun = [
        (r, done) for r, done in zip(all_of_them, served, strict=True) if r.window.start <= now
    ]
    (last, done), before = begun[-1], begun[:-1]
    if done:
        return State.FRESH, credited[-1]
    if last.closes <= now or (before and not before[-1][1]):
        return State.OVERDUE, credited[-1]
    gone = (now - last.window.start) / last.window.length
    return State.DUE_SOON if gone >= 0.8 else State.FRESH, credited[-1]


@given(all_terms(), moments, st.floats(0, 1, exclude_max=True))
def test_windows_stay_what_they_are_for_as_long_as_is_said(
    terms: Terms, now: datetime, share: float
) -> None:
    known = moment(terms, now)
    until = lasts_until(known, terms)

    later = min(now + (until - now) * share, until - timedelta.resolution)  # shares are rounded

    assert moment(terms, later) == replace(known, now=later)


@given(all_terms(), visits, moments)
def test_standing_agrees_with_all_windows_and_visits(
    terms: Terms, seen: list[datetime], now: datetime
) -> None:
    expected, last = recomputed(terms, seen, now)

    assert standing(moment(terms, now), last) is expected


@given(all_terms(), visits, moments)
def test_standing_agrees_when_visits_fall_close_to_now(
    terms: Terms, seen: list[datetime], now: datetime
) -> None:
    length = {Cadence.DAILY: 4, Cadence.WEEKLY: 24, Cadence.MONTHLY: 90}[terms.cadence]
    near = sorted(now - timedelta(hours=length * n / 3) for n in range(len(seen)))
    expected, last = recomputed(terms, near, now)

    assert standing(moment(terms, now), last) is expected


@given(all_terms(), visits, moments, moments)
def test_missed_windows_are_those_that_hold_no_visit(
    terms: Terms, seen: list[datetime], one: datetime, other: datetime
) -> None:
    since, until = sorted((one, other))

    expected = [r for r in closings(terms, since, until) if not any(r.holds(at) for at in seen)]

    assert missed(terms, seen, since, until) == expected


@given(all_terms(), visits, moments)
def test_what_is_overdue_names_the_first_window_that_passed(
    terms: Terms, seen: list[datetime], now: datetime
) -> None:
    expected, last = recomputed(terms, seen, now)

    since = overdue_since(terms, last, now)

    assert (since is not None) is (expected is State.OVERDUE) or last is None
    assert since is None or since <= now


def test_a_suspended_plan_suspends_its_cells() -> None:
    halted = moment(plan(Cadence.DAILY), at(11, 21, 12), suspended=True)

    assert standing(halted, at(11, 21, 11)) is State.SUSPENDED
    assert standing(halted, None) is State.SUSPENDED


def test_a_daily_cell_goes_through_its_states() -> None:
    terms = plan(Cadence.DAILY)
    seen = at(11, 20, 9)

    states = [
        standing(moment(terms, now), seen)
        for now in (at(11, 20, 23), at(11, 21, 6), at(11, 21, 19, 12), at(11, 22, 0))
    ]

    assert states == [State.FRESH, State.FRESH, State.DUE_SOON, State.OVERDUE]


def test_minutes_left_count_down_to_the_end_and_below_zero_in_the_grace() -> None:
    terms = plan(Cadence.DAILY, hours=HOURS[2], grace=timedelta(minutes=30))

    left = [moment(terms, at(11, 21, *clock)).minutes_left
            for clock in ((8, 0), (9, 29), (9, 40), (12, 0))]  # fmt: skip

    assert left == [90, 1, -10, None]
    assert moment(terms, at(11, 21, 12)).minutes_over == 150
    assert moment(terms, at(11, 21, 12)).upcoming.start == at(11, 21, 17)  # type: ignore[union-attr]


def test_before_its_first_window_nothing_is_overdue() -> None:
    terms = plan(Cadence.DAILY, valid_from=at(12, 1))

    assert standing(moment(terms, at(11, 21)), None) is State.NEVER
    assert standing(moment(terms, at(11, 21)), at(11, 20)) is State.FRESH


def test_the_floor_falls_by_tier_and_four_tiers_count_from_below() -> None:
    assert [floor(tier) for tier in (1, 2, 3)] == [Cadence.MONTHLY, Cadence.WEEKLY, Cadence.DAILY]
    assert [floor(tier, 4) for tier in (1, 2, 3, 4)] == [
        Cadence.MONTHLY, Cadence.MONTHLY, Cadence.WEEKLY, Cadence.DAILY,
    ]  # fmt: skip


def test_a_plan_under_the_floor_needs_a_signature() -> None:
    every_other_day = plan(Cadence.DAILY, "FREQ=DAILY;INTERVAL=2")

    assert not under_floor(plan(Cadence.DAILY), 3)
    assert under_floor(plan(Cadence.WEEKLY), 3)
    assert under_floor(every_other_day, 3)
    assert not under_floor(every_other_day, 2)


def test_daily_on_few_days_of_the_week_is_under_a_daily_floor() -> None:
    assert under_floor(plan(Cadence.DAILY, "FREQ=DAILY;BYDAY=MO"), 3)
    assert not under_floor(plan(Cadence.DAILY, "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR"), 3)
    assert not under_floor(plan(Cadence.DAILY, "FREQ=DAILY;BYDAY=MO"), 2)


HOURS_OF_A_DAY = [datetime(2026, 11, 6, hour, tzinfo=UTC) for hour in range(24)]
hours = st.sampled_from(HOURS_OF_A_DAY)
spans = st.lists(st.tuples(hours, st.none() | hours), max_size=6)


@given(spans=spans, start=hours, end=hours)
@example(  # what begins after a gap takes nothing from what came before it
    spans=[(HOURS_OF_A_DAY[0], HOURS_OF_A_DAY[1]), (HOURS_OF_A_DAY[2], None)],
    start=HOURS_OF_A_DAY[0],
    end=HOURS_OF_A_DAY[1],
)
def test_spans_are_unbroken_where_every_hour_lies_in_one(
    spans: list[tuple[datetime, datetime | None]], start: datetime, end: datetime
) -> None:
    held = all(
        any(since <= hour and (until is None or hour < until) for since, until in spans)
        for hour in HOURS_OF_A_DAY
        if start <= hour < end
    )
    assert start >= end or unbroken(spans, start, end) is held


def test_what_has_no_end_is_unbroken_only_by_what_has_none() -> None:
    first, last = HOURS_OF_A_DAY[0], HOURS_OF_A_DAY[-1]

    assert unbroken([(first, last), (last, None)], first, None)
    assert not unbroken([(first, last)], first, None)
