"""When an act to stop a violation was done, and from when it counts."""

from datetime import timedelta

import pytest

from patrol.catalogue.queries import calendar
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.findings.model import Finding, Stopping
from patrol.tracing.gathering import facts
from tests.conftest import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STOP = {"kind": "advised", "outcome": "stopped"}


@pytest.fixture
def finding(make, database, browser):
    """What was seen and sent two days ago, by the officer who is signed in."""
    from patrol.escalation.service import seed_ladders

    with database.transaction() as session:
        seed_ladders(session, now=make.since)
    _street, _community, grid = make.tree()
    make.event_class()
    cell = make.cells(grid)[0]
    key, seen = uuid7(), NOW - 2 * DAY
    told = {"code": "E0405", "lon": cell.lon, "lat": cell.lat, "seen_at": seen, "made_at": seen}
    browser.sign_in(make.person(Role.OFFICER, grid)).send("/findings", told, key=key)
    return key


def stop(browser, finding, seen, made=None, *, status=201):
    times = {"seen_at": seen.isoformat()} | ({"made_at": made.isoformat()} if made else {})
    return browser.send(f"/findings/{finding}/stops", STOP | times, status=status).text


@pytest.mark.parametrize("seen", [NOW - 2 * DAY - 11 * MINUTE, NOW.replace(year=2001)])
def test_nothing_is_stopped_before_it_was_seen(browser, make, finding, seen):
    said = stop(browser, finding, seen, seen, status=422)

    assert "早于" in said
    assert make.rows(Stopping) == []
    assert make.reload(Finding, finding).stopped_at is None


def test_an_act_written_down_a_day_later_is_refused(browser, make, finding):
    said = stop(browser, finding, NOW - 25 * HOUR, status=422)

    assert "24 小时" in said
    assert make.rows(Stopping) == []


@pytest.mark.parametrize("seen", [NOW - 2 * DAY - 5 * MINUTE, NOW - 40 * HOUR])
def test_an_act_written_on_the_spot_counts_from_then_however_late_it_arrives(
    browser, make, finding, seen
):
    stop(browser, finding, seen, seen + 5 * MINUTE)

    assert make.reload(Finding, finding).stopped_at == seen


def test_an_act_written_down_later_counts_from_when_it_was_written(browser, make, finding):
    seen, written = NOW - 20 * HOUR, NOW - 18 * HOUR
    stop(browser, finding, seen, written)

    (act,) = make.rows(Stopping)
    assert (act.seen_at, act.made_at) == (seen, written)
    assert make.reload(Finding, finding).stopped_at == written


def test_a_trace_judges_an_act_by_when_it_counts(browser, database, finding):
    seen, written = NOW - 20 * HOUR, NOW - 18 * HOUR
    stop(browser, finding, seen, written)

    with database.reading() as session:
        traced = facts(session, session.get_one(Finding, finding), calendar(session))

    assert [one.at for one in traced.stoppings] == [written]
