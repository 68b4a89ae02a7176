"""A file of another recorder is written when it arrives, whatever times it states."""

from datetime import timedelta

import pytest

from patrol.core.errors import Refused
from patrol.ledger.model import LedgerEntry, LedgerPayload
from patrol.plans.model import Standing
from patrol.rounds import tracking
from patrol.rounds.model import Method, Passage, Round, TrackBatch
from patrol.rounds.rules import Fix, Grade
from patrol.rounds.tracks import Reading
from tests.conftest import NOW
from tests.rounds.test_rounds_service import MINUTE, STEP, ZONE, Walk, standing_at

HOUR = timedelta(hours=1)


@pytest.fixture
def walk(make, act):
    return Walk(make, act)


def filed(walk, cell, start, *, count=10, now):
    """A file of somebody standing in a cell; gives back how many of its fixes were taken."""
    spot = walk.cells[cell]
    run = [
        Fix(spot.lon, spot.lat + STEP * number / 1000, 8.0, start + timedelta(seconds=10 * number))
        for number in range(count)
    ]
    going = walk.make.reload(Round, walk.key)
    reading = Reading([run], {})
    return walk.act(tracking.take_file, walk.actor, going, reading, now=now, zone=ZONE)


def test_a_file_shows_what_was_not_written_down_then_and_counts_no_more_than_that(walk, make):
    easy = make.plan(walk.grid, grade="C")
    walk.start()

    filed(walk, 0, NOW, now=NOW + HOUR)

    (visit,) = walk.visits()
    assert (visit.method, visit.grade, visit.backfill) == (Method.TRACK, Grade.C, True)
    assert (visit.made_at, visit.reason) == (NOW + HOUR, "file")
    assert walk.credited(0) is None
    assert make.reload(Standing, (easy.id, walk.cells[0].id)).seen_at is None
    assert len(make.rows(Passage)) == 1


def test_a_file_of_the_last_minutes_is_as_good_as_the_phone(walk):
    walk.start()

    filed(walk, 0, NOW, now=NOW + 5 * MINUTE)

    (visit,) = walk.visits()
    assert (visit.grade, visit.backfill) == (Grade.B, False)
    assert walk.credited(0) == visit.seen_at


def test_a_file_settles_what_was_checked_in_at_the_time(walk):
    walk.start()
    walk.check_in(0, at=NOW + MINUTE)

    filed(walk, 0, NOW, now=NOW + HOUR)

    (visit,) = walk.visits()
    assert (visit.grade, visit.pending, visit.method) == (Grade.B, False, Method.CHECK_IN)
    assert walk.credited(0) == NOW + MINUTE


def test_what_is_older_than_a_day_is_not_taken_from_a_file(walk, make):
    walk.start()

    with pytest.raises(Refused, match="track-too-old"):
        filed(walk, 0, NOW, now=NOW + timedelta(days=2))
    taken = filed(walk, 0, NOW, count=30, now=NOW + timedelta(days=1, seconds=100))

    assert taken == 20
    assert [batch.filed for batch in make.rows(TrackBatch)] == [True]
    assert min(batch.from_at for batch in make.rows(TrackBatch)) == NOW + timedelta(seconds=100)


def test_a_batch_of_the_phone_does_not_vouch_for_the_file(walk):
    walk.start()
    filed(walk, 0, NOW, now=NOW + HOUR)

    walk.track((1.5, 0.5), (1.5, 0.5), start=NOW + 2 * MINUTE, now=NOW + HOUR)

    assert [visit.grade for visit in walk.visits()] == [Grade.C]


def test_what_the_phone_recorded_itself_counts_although_a_file_came_first(walk):
    walk.start()
    filed(walk, 0, NOW, now=NOW + HOUR)

    walk.track(*standing_at(0.5, 10), now=NOW + HOUR)

    assert sorted(visit.grade for visit in walk.visits()) == [Grade.B, Grade.C]
    assert walk.credited(0) is not None


def test_the_same_file_twice_adds_nothing(walk):
    walk.start()

    for _ in range(2):
        filed(walk, 0, NOW, now=NOW + HOUR)

    assert len(walk.visits()) == 1


def test_a_file_fills_the_silence_inside_a_batch_of_the_phone_and_nothing_twice(walk, make):
    walk.start()
    stood = standing_at(0.5, 10)
    walk.track(*stood, *[None] * 20, *stood, now=NOW + HOUR)

    filed(walk, 0, NOW, count=40, now=NOW + HOUR)

    (passage,) = make.rows(Passage)
    assert passage.seconds == pytest.approx(390)


def test_the_ledger_says_that_it_was_a_file(walk, make):
    walk.start()

    filed(walk, 0, NOW, now=NOW + HOUR)

    (line,) = make.rows(LedgerEntry, LedgerEntry.kind == "track.received")
    (told,) = make.rows(LedgerPayload, LedgerPayload.seq == line.seq)
    assert b'"file":true' in told.payload
