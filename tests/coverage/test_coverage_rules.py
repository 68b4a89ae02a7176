"""What standings add up to, without a database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.coverage import rules
from patrol.coverage.rules import Period, Slot, Tally
from patrol.plans.rules import Cadence, State, Terms, moment, standing

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)
TERMS = Terms(
    Cadence.DAILY, "FREQ=DAILY", 1, (), timedelta(0), NOW - timedelta(days=30), None, ZONE
)


@given(st.integers(-60 * 24 * 40, 60), st.integers(0, 60 * 24 * 3), st.booleans())
def test_steps_give_every_cell_the_state_the_rule_gives(minutes, later, suspended):
    now = NOW + timedelta(minutes=later)
    at = moment(TERMS, now, suspended=suspended)
    seen = now + timedelta(minutes=minutes)

    found = next(state for edge, state in rules.steps(at) if edge is None or seen >= edge)

    assert found == standing(at, seen)
    assert rules.never(at) == standing(at, None)


def test_a_grid_s_face_is_that_of_most_of_its_cells():
    assert rules.face(Tally()) is None
    assert rules.face(Tally(suspended=4)) == State.SUSPENDED
    assert rules.face(Tally(never=4, suspended=1)) == State.NEVER
    assert rules.face(Tally(fresh=8, due_soon=1, overdue=1)) == State.FRESH
    assert rules.face(Tally(fresh=7, overdue=3)) == State.DUE_SOON
    assert rules.face(Tally(fresh=6, never=4)) == State.OVERDUE


def test_tallies_add_up_and_suspended_cells_are_not_due():
    whole = Tally(1, 2, 3, 4, 5) + Tally(1, 1, 1, 1, 1)

    assert whole.parts == (2, 3, 4, 5, 6)
    assert (whole.total, whole.due, whole.covered) == (20, 14, 5)


@pytest.mark.parametrize(
    ("period", "begun"),
    [(Period.DAY, "2026-11-06"), (Period.WEEK, "2026-10-31"), (Period.MONTH, "2026-10-08")],
)
def test_a_period_begins_with_a_day_of_the_city(period, begun):
    assert rules.since(period, NOW, ZONE).isoformat() == f"{begun}T00:00:00+08:00"


def test_a_window_is_served_missed_excused_or_open():
    told = [
        rules.slot(closes, NOW, served=served, excused=excused)
        for closes in (NOW, NOW + timedelta(minutes=1))
        for served, excused in ((True, True), (False, True), (False, False))
    ]

    assert told == [Slot.SERVED, Slot.EXCUSED, Slot.MISSED, Slot.SERVED, Slot.OPEN, Slot.OPEN]
