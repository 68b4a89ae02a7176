"""Limits to stop, repeats, sources and powers."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from patrol.core.calendar import Limit, LimitUnit, WorkCalendar
from patrol.core.roles import Role
from patrol.findings.rules import (
    Candidate,
    Source,
    Stage,
    StopKind,
    candidates,
    first_stage,
    sources,
    stop_due,
    stops_allowed,
)

NIGHT = datetime(2026, 11, 6, 15, tzinfo=UTC)  # 23:00 in Zhengzhou, a Friday
PLAIN = WorkCalendar(ZoneInfo("Asia/Shanghai"))

known = st.lists(
    st.builds(
        Candidate,
        id=st.uuids(),
        metres=st.floats(0, 60),
        seen_at=st.integers(-120, 10).map(lambda days: NIGHT + timedelta(days=days)),
    )
)


def test_an_urgent_limit_to_stop_runs_through_the_night():
    due = stop_due(NIGHT, Limit(2, LimitUnit.URGENT_HOUR), PLAIN)

    assert due == NIGHT + timedelta(hours=2)


def test_a_class_without_limit_to_stop_has_no_such_clock():
    assert stop_due(NIGHT, None, PLAIN) is None


def test_a_repeat_lies_within_radius_and_ninety_days():
    same = Candidate(UUID(int=1), 29.0, NIGHT - timedelta(days=90))
    far = Candidate(UUID(int=2), 31.0, NIGHT)
    old = Candidate(UUID(int=3), 1.0, NIGHT - timedelta(days=91))

    assert candidates([same, far, old], NIGHT) == [same]


@given(known, st.floats(0, 60), st.floats(0, 60))
def test_a_wider_radius_never_loses_a_candidate(those, one, other):
    narrow, wide = sorted((one, other))

    assert set(candidates(those, NIGHT, narrow)) <= set(candidates(those, NIGHT, wide))


@given(known)
def test_candidates_come_nearest_first(those):
    metres = [each.metres for each in candidates(those, NIGHT)]

    assert metres == sorted(metres)


@given(st.booleans())
def test_an_order_needs_a_certificate_and_advice_never_does(certified):
    allowed = stops_allowed(certified=certified)

    assert (StopKind.ORDERED in allowed) is certified
    assert {StopKind.ADVISED, StopKind.REPORTED} <= set(allowed)


@given(st.sets(st.sampled_from(Role)))
def test_everyone_has_a_source_to_record_under(roles):
    assert sources(roles)


def test_a_supervisor_records_unannounced_checks():
    assert sources({Role.SUPERVISOR}) == (Source.INSPECTION,)


def test_what_was_put_right_on_the_spot_only_needs_checking():
    assert first_stage(Source.PATROL, self_handled=True) is Stage.CHECKING
    assert first_stage(Source.PUBLIC, self_handled=True) is Stage.RECEIVED
