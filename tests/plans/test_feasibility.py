"""Minutes asked of people: additive over cells, monotone in cells and plans, against windows."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from patrol.core.calendar import china
from patrol.plans.feasibility import FIGURES, Figures, Load, Sum, Work, asked, days_of, visits
from patrol.plans.rules import Cadence, Terms, windows
from tests.plans.test_windows import HOURS, SHANGHAI, all_terms, at, moments, plan

DAY = date(2026, 11, 21)  # a Saturday
DAILY = plan(Cadence.DAILY)
PEAKS = plan(Cadence.DAILY, hours=HOURS[2])
WEEKLY = plan(Cadence.WEEKLY)
local = all_terms().map(lambda terms: replace(terms, zone=SHANGHAI, grace=timedelta(0)))
works = st.builds(
    Work,
    terms=st.frozensets(st.sampled_from([DAILY, PEAKS, WEEKLY]), max_size=3),
    cells=st.integers(0, 200).map(float),
    dwell=st.floats(0.5, 30),
    area=st.floats(100, 1e6),
)


def told(*given_works: Work, day: date = DAY) -> Sum:
    return asked(given_works, day, SHANGHAI, FIGURES)


def near(one: float, two: float) -> bool:
    return abs(one - two) <= 1e-6 * max(1, abs(one), abs(two))


def test_a_day_is_visits_their_dwell_and_the_way_between_cells() -> None:
    day = told(Work(frozenset([DAILY]), 100, 2.0))

    assert (day.visits, day.dwell) == (100, 200)
    assert near(day.travel, 100 * 100 / 75)


def test_one_visit_serves_every_plan_that_waits_for_it() -> None:
    assert visits([DAILY], DAY, SHANGHAI) == 1
    assert visits([PEAKS], DAY, SHANGHAI) == 2
    assert visits([DAILY, PEAKS], DAY, SHANGHAI) == 2
    assert visits([DAILY, WEEKLY], DAY, SHANGHAI) == 1
    assert near(visits([WEEKLY], DAY, SHANGHAI), 1 / 7)
    assert visits([], DAY, SHANGHAI) == 0


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    night = plan(Cadence.DAILY, hours=((at(1, 1, 22).time(), at(1, 1, 2).time()),))
    nights = replace(night, zone=SHANGHAI)

    assert visits([nights], DAY, SHANGHAI) == 1


def test_leave_and_the_way_there_leave_less_of_a_shift() -> None:
    work = Sum(100, 200, 100)

    assert Load(DAY, work).possible
    assert Load(DAY, work).available == 420
    assert not Load(DAY, work, away=240).possible
    assert Load(DAY, work, away=1440).available == 0
    assert Load(DAY, Sum(), away=1440).possible
    assert not Load(DAY, work, figures=Figures(shift=300)).possible


@given(works, works)
def test_work_in_two_places_is_the_sum_of_both(one: Work, two: Work) -> None:
    both, apart = told(one, two), told(one) + told(two)

    assert near(both.minutes, apart.minutes)
    assert near(both.visits, apart.visits)


@given(works, st.integers(0, 300), st.integers(0, 300))
def test_disjoint_cells_of_the_same_plans_add_up(work: Work, one: int, two: int) -> None:
    whole = told(replace(work, cells=one + two))
    parts = told(replace(work, cells=one)), told(replace(work, cells=two))

    assert near(whole.minutes, parts[0].minutes + parts[1].minutes)
    assert whole.minutes >= parts[0].minutes - 1e-9


@given(st.frozensets(local, max_size=3), local, moments)
def test_one_more_plan_never_asks_for_less_nor_for_more_than_its_own(
    plans: frozenset[Terms], more: Terms, begins: datetime
) -> None:
    day = begins.astimezone(SHANGHAI).date()
    before, alone = visits(plans, day, SHANGHAI), visits([more], day, SHANGHAI)
    together = visits([*plans, more], day, SHANGHAI)

    assert before - 1e-9 <= together <= before + alone + 1e-9


@given(local, moments)
def test_the_visits_of_all_days_are_the_windows_of_the_plan(terms: Terms, begins: datetime) -> None:
    first = begins.astimezone(SHANGHAI).date()
    since = datetime.combine(first, at(1, 1).timetz())
    until = since + timedelta(days=40)
    days = [first + timedelta(days=ahead) for ahead in range(40)]
    spread = sum(visits([terms], day, SHANGHAI) for day in days)

    found = windows(terms, since, until)
    whole = [one for one in found if one.start >= since and one.end <= until]
    assert spread <= len(found) + 1e-6
    if not terms.hours and terms.times == 1:
        assert len(whole) - 1e-6 <= spread


def test_days_looked_at_hold_a_week_and_each_day_on_which_something_begins() -> None:
    night = ((at(1, 1, 20).time(), at(1, 1, 22).time()),)
    first_friday = plan(Cadence.MONTHLY, "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=1", hours=night)
    fortnight = plan(Cadence.WEEKLY, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", hours=night)

    def days(terms: Terms, first: date) -> list[date]:
        return days_of(replace(terms, zone=SHANGHAI), first)

    week = [DAY + timedelta(days=ahead) for ahead in range(7)]
    assert days(DAILY, DAY) == week
    assert days(first_friday, DAY) == [*week, date(2026, 12, 4)]
    assert set(days(fortnight, DAY)) & {date(2026, 11, 26), date(2026, 12, 3)}
    golden = replace(DAILY, calendar=china(SHANGHAI))
    assert date(2026, 10, 8) in days(golden, date(2026, 10, 1))
