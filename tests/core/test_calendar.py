"""Limits, lights and workdays, counted by rule and by brute force."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.core.calendar import (
    Light,
    Limit,
    LimitUnit,
    WorkCalendar,
    add_workdays,
    china,
    deadline,
    light,
    spent_share,
    work_between,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
MAKE_UP_2026 = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]

SINCE, UNTIL = map(datetime.fromisoformat, ("2025-06-01", "2027-06-01"))
moments = st.datetimes(SINCE, UNTIL, timezones=st.just(UTC))
work_limits = st.builds(
    Limit, st.integers(1, 20), st.sampled_from([LimitUnit.WORK_HOUR, LimitUnit.WORK_DAY])
)
limits = work_limits | st.builds(Limit, st.integers(0, 20), st.sampled_from(LimitUnit))
calendars = st.sampled_from([china(), china(NEW_YORK), WorkCalendar(SHANGHAI)])


def here(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(("month", "day"), MAKE_UP_2026)
def test_a_make_up_day_of_2026_is_worked_although_it_is_a_weekend(month: int, day: int) -> None:
    made_up = date(2026, month, day)

    assert made_up.weekday() >= 5
    assert china().is_workday(made_up)


def test_the_national_holiday_is_free_although_it_falls_on_weekdays() -> None:
    week = [date(2026, 10, day) for day in range(1, 8)]

    assert not any(china().is_workday(day) for day in week)


def test_a_year_nobody_has_announced_falls_back_to_monday_to_friday_and_says_so() -> None:
    calendar = china()

    assert calendar.known(2026)
    assert not calendar.known(2035)
    assert calendar.is_workday(date(2035, 10, 1))  # a Monday
    assert not calendar.is_workday(date(2035, 10, 6))


def test_a_citys_own_table_lies_over_the_states() -> None:
    marathon = date(2026, 11, 20)

    assert china().is_workday(marathon)
    assert not china().with_exceptions({marathon: False}).is_workday(marathon)


def test_a_workday_from_four_in_the_afternoon_ends_the_next_day_at_four() -> None:
    start = here(2026, 11, 17, 16)  # a Tuesday

    end = deadline(start, Limit(1, LimitUnit.WORK_DAY), china())

    assert end == here(2026, 11, 18, 16)


def test_work_hours_skip_lunch_the_night_and_the_weekend() -> None:
    assert deadline(here(2026, 11, 20, 11), Limit(2, LimitUnit.WORK_HOUR), china()) == here(
        2026, 11, 20, 15
    )
    assert deadline(here(2026, 11, 20, 17), Limit(2, LimitUnit.WORK_HOUR), china()) == here(
        2026, 11, 23, 9
    )


def test_a_limit_used_up_at_closing_time_does_not_slip_to_the_next_morning() -> None:
    end = deadline(here(2026, 11, 20, 16), Limit(2, LimitUnit.WORK_HOUR), china())

    assert end == here(2026, 11, 20, 18)


def test_urgent_limits_run_through_the_night_and_the_holiday() -> None:
    start = here(2026, 10, 1, 23)

    assert deadline(start, Limit(2, LimitUnit.URGENT_HOUR), china()) == here(2026, 10, 2, 1)
    assert deadline(start, Limit(2, LimitUnit.URGENT_DAY), china()) == here(2026, 10, 3, 23)


@given(moments, work_limits, calendars)
def test_a_deadline_leaves_exactly_the_limit_of_work_time(
    start: datetime, limit: Limit, calendar: WorkCalendar
) -> None:
    end = deadline(start, limit, calendar)

    assert work_between(start, end, calendar) == limit.length


@given(moments, limits, calendars)
def test_all_of_a_limit_is_spent_at_its_deadline_and_not_before(
    start: datetime, limit: Limit, calendar: WorkCalendar
) -> None:
    end = deadline(start, limit, calendar)

    assert spent_share(start, limit, end, calendar) == 1
    assert end >= start
    if limit.amount:
        assert spent_share(start, limit, end - timedelta(minutes=1), calendar) < 1


@given(moments, moments, limits, calendars)
def test_a_later_start_never_has_an_earlier_deadline(
    one: datetime, other: datetime, limit: Limit, calendar: WorkCalendar
) -> None:
    earlier, later = sorted((one, other))

    assert deadline(earlier, limit, calendar) <= deadline(later, limit, calendar)


@given(moments, st.integers(0, 4 * 24 * 4), calendars)
def test_work_time_agrees_with_a_count_of_quarters_of_an_hour(
    start: datetime, quarters: int, calendar: WorkCalendar
) -> None:
    start = start.replace(minute=0, second=0, microsecond=0)
    steps = [start + timedelta(minutes=15 * step) for step in range(quarters)]
    local = [step.astimezone(calendar.zone) for step in steps]

    worked = sum(
        calendar.is_workday(step.date())
        and any(opens <= step.time() < closes for opens, closes in calendar.slots)
        for step in local
    )

    end = start + timedelta(minutes=15 * quarters)
    assert work_between(start, end, calendar) == timedelta(minutes=15 * worked)


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.integers(0, 60), calendars)
def test_the_nth_workday_after_a_day_is_a_workday_with_n_of_them_behind_it(
    day: date, n: int, calendar: WorkCalendar
) -> None:
    last = add_workdays(day, n, calendar)

    between = [day + timedelta(days=ahead) for ahead in range(1, (last - day).days + 1)]
    assert sum(calendar.is_workday(each) for each in between) == n
    assert n == 0 or calendar.is_workday(last)


def test_a_moment_keeps_its_local_time_over_workdays() -> None:
    served = here(2026, 9, 24, 15, 30)  # the day before Mid-Autumn

    assert add_workdays(served, 1, china()) == here(2026, 9, 28, 15, 30)


def test_lights_change_at_eighty_and_at_a_hundred_percent() -> None:
    assert [light(share) for share in (0, 0.79, 0.8, 1, 1.01)] == [
        Light.GREEN, Light.GREEN, Light.YELLOW, Light.YELLOW, Light.RED,
    ]  # fmt: skip


def test_a_calendar_without_a_workday_says_so_instead_of_searching_for_ever() -> None:
    closed = china().with_exceptions(
        {date(2026, 1, 1) + timedelta(days=ahead): False for ahead in range(5_000)}
    )

    with pytest.raises(ValueError, match="without workdays"):
        deadline(here(2026, 1, 1, 9), Limit(1, LimitUnit.WORK_DAY), closed)


def test_slots_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="disjoint"):
        WorkCalendar(SHANGHAI, {}, ((time(14), time(18)), (time(8), time(12))))
