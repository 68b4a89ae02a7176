"""Who walks along on a round, and until when that may still be said."""

from datetime import timedelta

import pytest

from patrol.core.errors import Refused
from patrol.core.roles import Role
from patrol.ledger.model import LedgerEntry
from patrol.notices.model import Notice
from patrol.people.model import Person
from patrol.rounds import cards, service
from patrol.rounds.drafts import Change, End
from patrol.rounds.model import FORGOTTEN, Leg, Mode, Round
from tests.conftest import NOW
from tests.rounds.test_rounds_service import MINUTE, ZONE, Walk

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def walk(make, act):
    return Walk(make, act)


def change(walk, *crew, at=None, now=NOW, **more):
    told = {"mode": Mode.FOOT, "crew": [each.id for each in crew], "seen_at": at, "made_at": at}
    draft = Change(round_id=walk.key, **{**told, **more})
    return walk.act(service.change, walk.actor, draft, now=now)


def end(walk, *, at):
    return walk.act(service.end, walk.actor, End(round_id=walk.key, seen_at=at, made_at=at), now=at)


def test_nobody_rewrites_the_crew_of_a_round_that_is_over(walk, make):
    fellow = make.person(Role.WORKER, walk.grid)
    walk.start()
    end(walk, at=NOW + HOUR)

    with pytest.raises(Refused, match="round-over"):
        change(walk, fellow, now=NOW + 30 * DAY)
    with pytest.raises(Refused, match="round-over"):
        change(walk, fellow, at=NOW + MINUTE, made_at=None, now=NOW + 30 * DAY)

    assert make.reload(Round, walk.key).crew == []
    assert len(make.rows(Leg)) == 1


def test_a_change_written_during_the_round_is_taken_however_late_it_arrives(walk, make):
    fellow = make.person(Role.WORKER, walk.grid)
    walk.start()
    end(walk, at=NOW + HOUR)

    change(walk, fellow, at=NOW + 30 * MINUTE, now=NOW + 3 * DAY)

    assert make.reload(Round, walk.key).crew == [str(fellow.id)]
    assert max(leg.from_at for leg in make.rows(Leg)) == NOW + 30 * MINUTE


@pytest.mark.parametrize(("off", "kept"), [(-5, 0), (65, 60)])
def test_a_leg_lies_within_its_round_where_the_clock_was_set_right(walk, make, off, kept):
    walk.start()
    end(walk, at=NOW + HOUR)

    change(walk, at=NOW + off * MINUTE, now=NOW + DAY)

    assert NOW + kept * MINUTE in {leg.from_at for leg in make.rows(Leg)}


def test_a_round_nobody_ended_can_be_ended_at_no_later_time_than_it_was(walk, make):
    walk.start()
    with make.database.transaction() as session:
        service.end_forgotten(session, now=NOW + DAY)
    over = make.reload(Round, walk.key).ended_at

    end(walk, at=NOW + 30 * DAY)

    ended = make.reload(Round, walk.key)
    assert ended.ended_at == over
    assert ended.left_because != FORGOTTEN


def test_only_who_holds_a_binding_post_there_at_that_time_walks_along(walk, make):
    elsewhere = make.person(Role.OFFICER, make.grid())
    unaccepted, former = make.person(), make.person()
    make.post(unaccepted, Role.WORKER, walk.grid, accepted_at=None)
    make.post(former, Role.WORKER, walk.grid, to_at=NOW - MINUTE)

    for fellow in (elsewhere, unaccepted, former):
        with pytest.raises(Refused, match="crew-elsewhere"):
            walk.start(crew=[fellow.id])

    walk.start()
    with pytest.raises(Refused, match="crew-elsewhere") as refusal:
        change(walk, elsewhere, at=NOW, now=NOW)
    assert refusal.value.facts == {"name": elsewhere.name}


def test_who_walked_along_then_may_hold_no_post_any_more(walk, make):
    former = make.person()
    make.post(former, Role.WORKER, walk.grid, to_at=NOW - MINUTE)

    walk.start(at=NOW - HOUR, now=NOW, crew=[former.id])

    assert make.reload(Round, walk.key).crew == [str(former.id)]


def test_who_was_disabled_later_did_walk_along(walk, make):
    fellow = make.person(Role.WORKER, walk.grid)
    walk.start()
    with make.database.transaction() as session:
        session.get_one(Person, fellow.id).disabled_at = NOW + HOUR

    change(walk, fellow, at=NOW + MINUTE, now=NOW + DAY)
    with pytest.raises(Refused, match="crew-unknown"):
        change(walk, fellow, at=NOW + 2 * HOUR, now=NOW + DAY)


def test_nobody_joins_earlier_than_it_is_written_down(walk, make):
    fellow = make.person(Role.WORKER, walk.grid)
    walk.start()
    written = NOW + 5 * HOUR

    change(walk, fellow, at=NOW + MINUTE, made_at=written, now=written)

    assert max(leg.from_at for leg in make.rows(Leg)) == written


def test_the_form_offers_nobody_it_would_refuse(walk, make, database):
    fellow = make.person(Role.WORKER, walk.grid)
    make.post(make.person(), Role.WORKER, walk.grid, accepted_at=None)

    with database.reading() as session:
        shown = cards.walk(session, walk.actor, walk.grid, None, zone=ZONE, now=NOW)

    assert [one for one, _ in shown.fellows] == [fellow.id]


def test_who_is_said_to_walk_along_is_told_once(walk, make):
    fellow, other = make.person(Role.WORKER, walk.grid), make.person(Role.WORKER, walk.grid)
    walk.start(crew=[fellow.id])

    change(walk, fellow, other)

    told = make.rows(Notice)
    assert {(one.person_id, one.kind) for one in told} == {
        (fellow.id, "round.along"), (other.id, "round.along"),
    }  # fmt: skip
    assert len(told) == 2
    assert told[0].facts == {"name": walk.officer.name, "grid": walk.grid.name}


def test_the_ledger_dates_an_end_by_its_arrival(walk, make):
    walk.start()
    told = End(round_id=walk.key, seen_at=NOW + HOUR, made_at=NOW + HOUR)

    walk.act(service.end, walk.actor, told, now=NOW + DAY)

    (line,) = make.rows(LedgerEntry, LedgerEntry.kind == "round.ended")
    assert line.at == NOW + DAY
    assert make.reload(Round, walk.key).ended_at == NOW + HOUR
