"""Which home a person gets, and how a month is folded into days."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from patrol.core.roles import Role
from patrol.desk.rules import Home, by_day, days, home_of, pressing, rates, share
from patrol.plans.rules import Cadence, State, Terms, moment, standing, tally

CITY = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)
moments = st.integers(0, 28 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes))


@given(st.sets(st.sampled_from(Role)))
def test_whoever_holds_a_post_has_a_home(roles):
    home = home_of(roles)

    assert (home is Home.NOBODY) == (not roles)


def test_a_leader_who_also_walks_sees_the_leaders_home():
    roles = {Role.OFFICER, Role.SQUAD_LEADER}

    assert home_of(roles) is Home.LEADER


def test_a_month_has_thirty_days_and_ends_today_in_the_city():
    late = datetime(2026, 11, 5, 16, 30, tzinfo=UTC)  # already the 6th in Zhengzhou

    month = days(CITY, late)

    assert len(month) == 30
    assert month[-1].isoformat() == "2026-11-06"


@given(st.lists(st.tuples(moments, st.integers(0, 50))))
def test_nothing_that_happened_in_the_month_is_lost(happened):
    month = by_day(happened, CITY, NOW)

    assert month.total == sum(much for _, much in happened)


def test_days_without_anything_due_have_no_rate():
    yesterday = NOW - timedelta(days=1)
    done, due = by_day([(yesterday, 3)], CITY, NOW), by_day([(yesterday, 4)], CITY, NOW)

    assert rates(done, due).points == (("11-05", 75.0),)
    assert share(done, due) == 75.0
    assert share(by_day([], CITY, NOW), by_day([], CITY, NOW)) is None


TERMS = Terms(
    cadence=Cadence.DAILY,
    rrule="FREQ=DAILY",
    times=2,
    hours=((time(7, 30), time(9, 30)), (time(17, 0), time(19, 0))),
    grace=timedelta(minutes=30),
    valid_from=NOW - timedelta(days=40),
    valid_to=None,
    zone=CITY,
)


@given(moments, st.booleans(), st.lists(st.none() | moments))
def test_cells_counted_together_stand_as_they_do_one_by_one(now, suspended, visits):
    at = moment(TERMS, now, suspended=suspended)
    seen = [visit for visit in visits if visit is not None]
    current = sum(visit >= (at.fresh_from or at.now) for visit in seen)
    lately = sum(at.done_from is None or visit >= at.done_from for visit in seen)

    counted = tally(at, len(visits), len(seen), current, lately)

    one_by_one = Counter(standing(at, visit) for visit in visits)
    assert +Counter(counted) == one_by_one


def test_what_is_overdue_stands_behind_this_shift_and_before_next_week():
    def asked(state=State.FRESH, left=None, done=0):
        return SimpleNamespace(state=state, minutes_left=left, done=done, total=4)

    shift, week = asked(left=80), asked(left=3 * 24 * 60)
    overdue, later, over = asked(State.OVERDUE), asked(), asked(left=5, done=4)

    ordered = sorted([over, later, week, overdue, shift], key=pressing)

    assert ordered == [shift, overdue, week, later, over]
