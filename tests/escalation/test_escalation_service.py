"""A matter is told to each rung once, dated when due, and settled when the thing is done."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import col

from patrol.core.errors import Forbidden
from patrol.core.roles import Line, Role
from patrol.escalation import queries, service
from patrol.escalation.model import Climb, Matter
from patrol.escalation.rules import Heard
from patrol.ledger.model import LedgerEntry
from patrol.ledger.queries import verify
from patrol.notices import service as notices
from patrol.notices.model import Notice
from tests.conftest import NOW

HOUR = timedelta(hours=1)
SUBJECT = "finding:0192f000-0000-7000-8000-000000000001"


@pytest.fixture
def staff(make):
    """A block with everybody in its territorial line, and nobody in the other."""
    street, community, block = make.tree()
    people = [
        make.person(Role.WORKER, block, name="网格员"),
        make.person(Role.HEAD, block, name="责任网格长"),
        make.person(Role.HEAD, community, name="社区网格长"),
        make.person(Role.HEAD, street, name="街道网格长"),
    ]
    return block, people


def opened(database, block, severity="grave", now=NOW):
    with database.transaction() as session:
        matters = service.open_matter(session, SUBJECT, block.id, severity, now=now, title="E0405")
        return {session.get(queries.Ladder, one.ladder_id).line: one for one in matters}


def tick(database, now):
    done = []
    while True:
        with database.transaction() as session:
            step = service.climb_next(session, now=now)
        if step is None:
            return done
        done.append(step)


def climbs_of(make, matter):
    found = make.rows(Climb, col(Climb.matter_id) == matter.id)
    return sorted(found, key=lambda climb: (climb.cycle, climb.rung))


def card(database, matter):
    with database.reading() as session:
        return next(
            one for one in queries.matters_of(session, matter.subject) if one.id == matter.id
        )


def test_opening_tells_the_lowest_rung_of_both_lines(database, make, staff):
    block, people = staff

    lines = opened(database, block)

    climb = climbs_of(make, lines[Line.TERRITORY])[0]
    assert (climb.rung, climb.person_id, climb.due_at) == (0, people[0].id, NOW)
    assert climbs_of(make, lines[Line.UNIT])[0].person_id is None
    notices_ = make.rows(Notice)
    assert [(one.person_id, one.kind, one.subject) for one in notices_] == [
        (people[0].id, "matter.here", SUBJECT)
    ]


def test_opening_what_is_open_changes_nothing(database, make, staff):
    opened(database, staff[0])

    assert opened(database, staff[0]) == {}
    assert len(make.rows(Climb)) == 2


def test_every_rung_is_told_when_due_however_late_the_worker_comes(database, make, staff):
    block, people = staff
    matter = opened(database, block)[Line.TERRITORY]

    tick(database, NOW + 30 * HOUR)

    climbs = climbs_of(make, matter)
    assert [climb.person_id for climb in climbs] == [person.id for person in people]
    assert [climb.due_at for climb in climbs] == [NOW, NOW + HOUR, NOW + 3 * HOUR, NOW + 7 * HOUR]
    assert [climb.delayed_by_system for climb in climbs] == [0, 29 * 3600, 27 * 3600, 23 * 3600]
    assert make.reload(Matter, matter.id).rung == 3


def test_a_worker_in_time_is_no_delay(database, make, staff):
    matter = opened(database, staff[0])[Line.TERRITORY]

    tick(database, NOW + HOUR + timedelta(minutes=4))

    assert [climb.delayed_by_system for climb in climbs_of(make, matter)] == [0, 0]


def test_many_small_ticks_are_the_same_as_one(database, make, staff):
    matter = opened(database, staff[0])[Line.TERRITORY]

    for minutes in range(0, 600, 17):
        tick(database, NOW + timedelta(minutes=minutes))

    assert [climb.due_at for climb in climbs_of(make, matter)] == [
        NOW,
        NOW + HOUR,
        NOW + 3 * HOUR,
        NOW + 7 * HOUR,
    ]


def test_each_rung_is_one_ledger_entry_dated_when_it_was_due(database, make, staff):
    matter = opened(database, staff[0])[Line.TERRITORY]
    tick(database, NOW + 30 * HOUR)

    entries = make.rows(
        LedgerEntry,
        col(LedgerEntry.kind) == "matter.climbed",
        col(LedgerEntry.subject) == f"matter:{matter.id}",
    )

    assert sorted(entry.at for entry in entries) == [
        NOW,
        NOW + HOUR,
        NOW + 3 * HOUR,
        NOW + 7 * HOUR,
    ]
    with database.reading() as session:
        assert verify(session).sound


def test_a_rung_with_nobody_is_nobody_and_the_level_above_hears_of_the_gap(database, make):
    street, _, block = make.tree()
    leader = make.person(Role.SQUAD_LEADER, street)

    matter = opened(database, block)[Line.UNIT]

    climb = climbs_of(make, matter)[0]
    notice = make.rows(Notice)[0]
    assert climb.person_id is None
    assert (notice.person_id, notice.kind) == (leader.id, "matter.gap")
    assert card(database, matter).climbs[0].heard is Heard.NOBODY


def test_a_settled_matter_climbs_no_further(database, make, staff):
    matter = opened(database, staff[0])[Line.TERRITORY]
    with database.transaction() as session:
        service.settle(session, SUBJECT, now=NOW + HOUR / 2)

    assert tick(database, NOW + 30 * HOUR) == []
    assert len(climbs_of(make, matter)) == 1


def test_what_fell_due_before_it_was_settled_is_still_told(database, make, staff):
    matter = opened(database, staff[0])[Line.TERRITORY]

    with database.transaction() as session:
        service.settle(session, SUBJECT, now=NOW + 2 * HOUR)

    assert [climb.due_at for climb in climbs_of(make, matter)] == [NOW, NOW + HOUR]


def test_a_deed_that_was_sent_late_annuls_what_climbed_meanwhile(database, make, staff):
    matter = opened(database, staff[0])[Line.TERRITORY]
    tick(database, NOW + 4 * HOUR)

    with database.transaction() as session:
        service.settle(session, SUBJECT, now=NOW + 5 * HOUR, at=NOW + 2 * HOUR)

    climbs = climbs_of(make, matter)
    assert [climb.annulled_at for climb in climbs] == [None, None, NOW + 5 * HOUR]
    assert len(make.rows(LedgerEntry, col(LedgerEntry.kind) == "climb.annulled")) == 2


def test_opening_again_is_a_new_cycle_from_the_bottom(database, make, staff):
    matter = opened(database, staff[0])[Line.TERRITORY]
    tick(database, NOW + 2 * HOUR)
    with database.transaction() as session:
        service.settle(session, SUBJECT, now=NOW + 2 * HOUR)

    opened(database, staff[0], now=NOW + 10 * HOUR)
    tick(database, NOW + 11 * HOUR)

    assert [(climb.cycle, climb.rung) for climb in climbs_of(make, matter)] == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]
    assert [climb.rung for climb in card(database, matter).climbs] == [0, 1]


def test_a_signed_stop_holds_the_clock_and_is_shown(database, make, staff):
    block, people = staff
    matter = opened(database, block)[Line.TERRITORY]
    actor = make.actor(people[1])
    with database.transaction() as session:
        service.stop_clock(session, actor, SUBJECT, "等材料", now=NOW + HOUR / 2)
    tick(database, NOW + 10 * HOUR)
    assert len(climbs_of(make, matter)) == 1

    with database.transaction() as session:
        service.start_clock(session, actor, SUBJECT, now=NOW + 10 * HOUR)
    tick(database, NOW + 11 * HOUR)

    assert climbs_of(make, matter)[1].due_at == NOW + 10.5 * HOUR
    stop = card(database, matter).stops[0]
    assert (stop.reason, stop.signed_by, stop.end) == ("等材料", "责任网格长", NOW + 10 * HOUR)


def test_our_own_downtime_is_nobodys_fault(database, make, staff):
    matter = opened(database, staff[0])[Line.TERRITORY]
    with database.transaction() as session:
        service.record_downtime(session, NOW + HOUR / 2, NOW + 20 * HOUR, now=NOW + 20 * HOUR)

    tick(database, NOW + 20.6 * HOUR)

    climb = climbs_of(make, matter)[1]
    assert (climb.due_at, climb.delayed_by_system) == (NOW + 20.5 * HOUR, 360)
    assert card(database, matter).stops[0].signed_by is None


def test_told_and_not_read_is_kept_apart_from_read_and_not_done(database, make, staff):
    block, people = staff
    matter = opened(database, block)[Line.TERRITORY]
    reader = make.actor(people[0])
    with database.transaction() as session:
        notices.deliver(session, reader, now=NOW + HOUR / 4)
        service.acknowledge(session, reader, session.get(Matter, matter.id), now=NOW + HOUR / 2)
    tick(database, NOW + HOUR)
    with database.transaction() as session:
        notices.deliver(session, make.actor(people[1]), now=NOW + 2 * HOUR)
    tick(database, NOW + 3 * HOUR)

    found = card(database, matter).climbs

    assert [climb.heard for climb in found] == [
        Heard.ACKNOWLEDGED,
        Heard.UNREAD,
        Heard.UNDELIVERED,
    ]


def test_only_whoever_was_told_can_acknowledge(database, make, staff):
    block, people = staff
    matter = opened(database, block)[Line.TERRITORY]

    with pytest.raises(Forbidden), database.transaction() as session:
        service.acknowledge(session, make.actor(people[2]), session.get(Matter, matter.id), now=NOW)


def test_a_matter_that_cannot_climb_does_not_keep_the_others_down(
    database, make, staff, monkeypatch
):
    matter = opened(database, staff[0])[Line.TERRITORY]
    real = service._arrive

    def poisoned(session, one, *args, **kwargs):
        if one.id == matter.id:
            raise RuntimeError("poison")
        return real(session, one, *args, **kwargs)

    monkeypatch.setattr(service, "_arrive", poisoned)
    tick(database, NOW + HOUR)

    stuck = make.reload(Matter, matter.id)
    assert (stuck.rung, stuck.next_at) == (0, NOW + HOUR + service.BACK_OFF)
    assert sorted(one.rung for one in make.rows(Matter)) == [0, 1]


def test_four_workers_at_once_tell_each_rung_once(database, make, staff):
    subjects = [f"finding:{number:032d}" for number in range(60)]
    with database.transaction() as session:
        for subject in subjects:
            service.open_matter(session, subject, staff[0].id, "grave", now=NOW)
    faults = []

    def work():
        try:
            tick(database, NOW + 30 * HOUR)
        except Exception as error:  # noqa: BLE001
            faults.append(error)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert faults == []
    assert len(make.rows(Climb)) == 60 * 2 * 4
    assert {one.next_at for one in make.rows(Matter)} == {None}
    with database.reading() as session:
        assert verify(session).sound


def test_what_has_reached_the_top_is_found_there(database, make, staff):
    opened(database, staff[0])
    tick(database, NOW + 30 * HOUR)

    with database.reading() as session:
        found = queries.at_top(session)
        seen = queries.open_matters(session, make.actor(staff[1][1]))

    assert sorted(one.line for one in found) == [Line.TERRITORY, Line.UNIT]
    assert {one.id for one in seen} == {one.id for one in found}


def test_the_ladder_of_an_unknown_severity_is_the_ordinary_one(database, make, staff):
    matter = opened(database, staff[0], severity="unheard-of")[Line.TERRITORY]

    assert matter.next_at == NOW + 24 * HOUR
