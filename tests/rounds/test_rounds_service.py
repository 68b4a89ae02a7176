"""Rounds as they are walked, on both databases."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from patrol.core.errors import Conflict, Forbidden, NotFound, Refused
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.grid.model import Cell
from patrol.plans.model import Standing
from patrol.rounds import evidence, queries, service, tracking
from patrol.rounds.drafts import Batch, Change, CheckIn, Clear, End, Start, Turn
from patrol.rounds.model import (
    ByHandBecause,
    ClearNote,
    LeftBecause,
    Leg,
    Method,
    Mode,
    Passage,
    Pause,
    Round,
    TrackBatch,
    Visit,
)
from patrol.rounds.rules import Grade
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
STEP = 0.001


class Walk:
    """An officer with a grid of four cells, a daily plan and a round under way."""

    def __init__(self, make, act):
        self.make, self.act = make, act
        self.street, self.community, self.grid = make.tree()
        self.cells = make.cells(self.grid)
        self.officer = make.person(Role.OFFICER, self.grid)
        self.plan = make.plan(self.grid)
        make.topic()
        self.actor = make.actor(self.officer)
        self.key = uuid7()

    def start(self, *, at=NOW, now=None, **more):
        draft = Start(grid_id=self.grid.id, seen_at=at, made_at=at, **more)
        return self.act(service.start, self.actor, draft, key=self.key, now=now or at)

    def draft(self, cell, at, **more):
        told = {"lon": cell.lon, "lat": cell.lat, "accuracy": 8, "seen_at": at, "made_at": at}
        return CheckIn(round_id=self.key, cell_id=cell.id, **{**told, **more})

    def check_in(self, number, *, at=NOW, now=None, actor=None, **more):
        draft = self.draft(self.cells[number], at, **more)
        return self.act(
            evidence.check_in, actor or self.actor, draft, key=uuid7(), now=now or at, zone=ZONE
        )

    def track(self, *spots, first=0, start=NOW, every=10, now=None):
        """Spots are (cells east of the west border, cells north), one each ten seconds."""
        west, south = self.cells[0].lon - STEP / 2, self.cells[0].lat - STEP / 2
        words = []
        for number, spot in enumerate(spots):
            if spot is None:
                words.append("-")
                continue
            east, north = spot
            words.append(f"{west + east * STEP:.6f}_{south + north * STEP:.6f}_8_{number * every}")
        draft = Batch(round_id=self.key, first=first, from_at=start, points=" ".join(words))
        at = now or start + timedelta(seconds=every * len(spots))
        return self.act(tracking.take_track, self.actor, draft, key=uuid7(), now=at, zone=ZONE)

    def visits(self):
        return sorted(self.make.rows(Visit), key=lambda visit: visit.seen_at)

    def credited(self, number):
        return self.make.reload(Standing, (self.plan.id, self.cells[number].id)).seen_at


@pytest.fixture
def walk(make, act):
    return Walk(make, act)


def standing_at(east, count, north=0.5):
    return [(east, north)] * count


# Start, pause, end


def test_a_round_knows_the_duties_of_its_crew(walk, make):
    fellow = make.person(Role.WORKER, walk.grid)

    walk.start(crew=[fellow.id, walk.officer.id], mode=Mode.BIKE, plan_id=walk.plan.id)

    begun = make.reload(Round, walk.key)
    assert begun.duties == ["officer", "worker"]
    assert begun.crew == [str(fellow.id)]
    assert [leg.mode for leg in make.rows(Leg)] == [Mode.BIKE]


def test_nobody_starts_a_round_where_no_post_of_theirs_walks(walk, make):
    stranger = make.actor(make.person(Role.OFFICER, make.grid()))

    with pytest.raises(NotFound):
        walk.act(service.start, stranger, Start(grid_id=walk.grid.id), key=uuid7(), now=NOW)


def test_a_round_started_offline_is_judged_by_the_post_held_then(walk, make, act):
    former = make.person()
    make.post(former, Role.OFFICER, walk.grid, to_at=NOW - 60 * MINUTE)
    actor, key = make.actor(former), uuid7()
    then = NOW - 90 * MINUTE

    act(
        service.start,
        actor,
        Start(grid_id=walk.grid.id, seen_at=then, made_at=then),
        key=key,
        now=NOW,
    )

    assert make.reload(Round, key).started_at == then
    with pytest.raises(NotFound):
        act(service.start, actor, Start(grid_id=walk.grid.id), key=uuid7(), now=NOW)


def test_a_plan_for_another_grid_is_refused(walk, make):
    elsewhere = make.plan(make.grid())

    with pytest.raises(Refused, match="plan-elsewhere"):
        walk.start(plan_id=elsewhere.id)


def test_a_round_forgotten_open_ends_where_the_next_begins(walk, make):
    walk.start()
    forgotten, walk.key = walk.key, uuid7()

    walk.start(at=NOW + 60 * MINUTE)

    assert make.reload(Round, forgotten).ended_at == NOW + 60 * MINUTE


def test_pausing_twice_is_one_pause_and_ending_closes_it(walk, make, act):
    walk.start()
    for minute in (5, 6):
        turn = Turn(round_id=walk.key, seen_at=NOW + minute * MINUTE)
        act(service.pause, walk.actor, turn, key=uuid7(), now=NOW + minute * MINUTE)

    done = End(round_id=walk.key, because=LeftBecause.WEATHER, seen_at=NOW + 9 * MINUTE)
    act(service.end, walk.actor, done, now=NOW + 9 * MINUTE)

    (pause,) = make.rows(Pause)
    assert (pause.from_at, pause.to_at) == (NOW + 5 * MINUTE, NOW + 9 * MINUTE)
    ended = make.reload(Round, walk.key)
    assert (ended.ended_at, ended.left_because) == (NOW + 9 * MINUTE, "weather")


def test_going_on_after_a_pause_ends_it(walk, make, act):
    walk.start()
    act(service.pause, walk.actor, Turn(round_id=walk.key), key=uuid7(), now=NOW)
    act(service.resume, walk.actor, Turn(round_id=walk.key), now=NOW + MINUTE)

    assert make.rows(Pause)[0].to_at == NOW + MINUTE


def test_ending_again_changes_nothing(walk, make, act):
    walk.start()
    act(service.end, walk.actor, End(round_id=walk.key), now=NOW + MINUTE)
    act(service.end, walk.actor, End(round_id=walk.key, words="later"), now=NOW + 9 * MINUTE)

    assert make.reload(Round, walk.key).ended_at == NOW + MINUTE


def test_another_crew_or_mode_is_a_new_leg(walk, make, act):
    fellow = make.person(Role.WORKER, walk.grid)
    walk.start()
    then = NOW + 30 * MINUTE
    new = Change(round_id=walk.key, mode=Mode.CAR, crew=[fellow.id], seen_at=then, made_at=then)

    act(service.change, walk.actor, new, now=then)

    assert make.reload(Round, walk.key).duties == ["officer", "worker"]
    assert sorted(leg.mode for leg in make.rows(Leg)) == [Mode.CAR, Mode.FOOT]


# Visits


def test_a_check_in_waits_for_the_track_and_is_then_credited(walk):
    walk.start()
    pending = walk.check_in(0, at=NOW + MINUTE)
    assert pending.pending
    assert walk.credited(0) is None

    walk.track(*standing_at(0.5, 10))

    (visit,) = walk.visits()
    assert (visit.grade, visit.pending, visit.method) == (Grade.B, False, Method.CHECK_IN)
    assert visit.seconds == 90
    assert walk.credited(0) == NOW + MINUTE


def test_a_check_in_after_the_track_needs_not_wait(walk):
    walk.start()
    walk.track(*standing_at(0.5, 5), start=NOW)
    walk.track(*standing_at(0.5, 3), start=NOW + timedelta(seconds=40), first=4)

    visit = walk.check_in(0, at=NOW + timedelta(seconds=62))

    assert (visit.grade, visit.seconds) == (Grade.B, 60)


def test_too_short_a_stay_leaves_it_pending(walk):
    walk.start()
    walk.check_in(0, at=NOW + timedelta(seconds=30))

    walk.track(*standing_at(0.5, 4))

    assert [(visit.grade, visit.pending) for visit in walk.visits()] == [(Grade.C, True)]
    assert walk.credited(0) is None


def test_a_position_in_another_cell_is_no_visit_of_this_one(walk):
    walk.start()
    there = {"lon": walk.cells[2].lon, "lat": walk.cells[2].lat}

    with pytest.raises(Refused, match="outside-cell") as refusal:
        walk.check_in(0, **there)

    assert 130 < refusal.value.facts["metres"] < 150


def test_jitter_over_the_border_is_taken_but_proves_nothing(walk):
    walk.start()
    walk.check_in(0, at=NOW + MINUTE, lon=walk.cells[0].lon + STEP * 0.6)

    walk.track(*standing_at(1.1, 10))

    visits = {visit.method: visit for visit in walk.visits()}
    assert visits[Method.CHECK_IN].pending
    assert visits[Method.TRACK].cell_id == walk.cells[1].id


def test_a_blind_position_is_pending_until_a_track_runs_through(walk):
    walk.start()
    walk.check_in(0, at=NOW + MINUTE, accuracy=400)

    walk.track(*((0.1 + number / 10, 0.5) for number in range(9)))

    (visit,) = walk.visits()
    assert (visit.grade, visit.pending) == (Grade.B, False)
    assert 70 < visit.metres < 75


def test_by_hand_is_grade_c_and_serves_only_plans_that_ask_no_more(walk, make):
    easy = make.plan(walk.grid, grade="C")
    walk.start()

    visit = walk.check_in(
        0, method=Method.BY_HAND, because=ByHandBecause.NO_SIGNAL, lon=None, lat=None, accuracy=None
    )

    assert (visit.grade, visit.pending, visit.reason) == (Grade.C, False, "no_signal")
    assert walk.credited(0) is None
    assert make.reload(Standing, (easy.id, walk.cells[0].id)).seen_at == NOW


@pytest.mark.parametrize("because", [None, ByHandBecause.OTHER])
def test_by_hand_needs_a_reason(walk, because):
    with pytest.raises(Refused, match="reason-needed"):
        walk.draft(walk.cells[0], NOW, method=Method.BY_HAND, because=because)


def test_a_cell_of_another_grid_is_refused(walk, make):
    walk.start()
    (cell,) = make.cells(make.grid(), 1)

    with pytest.raises(Refused, match="cell-elsewhere"):
        walk.act(
            evidence.check_in, walk.actor, walk.draft(cell, NOW), key=uuid7(), now=NOW, zone=ZONE
        )


def test_nobody_checks_in_on_the_round_of_another(walk, make):
    walk.start()
    colleague = make.actor(make.person(Role.OFFICER, walk.grid))

    with pytest.raises(NotFound):
        walk.check_in(0, actor=colleague)


def test_sent_late_keeps_its_grade_whatever_its_age(walk):
    walk.start()
    walk.track(*standing_at(0.5, 8))

    visit = walk.check_in(0, at=NOW + MINUTE, now=NOW + timedelta(days=3))

    assert visit.grade is Grade.B
    assert walk.credited(0) == NOW + MINUTE


def test_a_track_goes_to_the_cells_of_its_time_however_late(walk, make):
    walk.start()
    cut = NOW + timedelta(hours=1)
    with make.database.transaction() as session:
        cell = session.get_one(Cell, walk.cells[0].id)
        cell.valid_to, told = cut, cell.model_dump()
        session.add(
            Cell(**told | {"id": uuid7(), "code": "Z", "valid_from": cut, "valid_to": None})
        )
    arrived = NOW + timedelta(hours=2)

    walk.track(*standing_at(0.5, 10), now=arrived)
    walk.track(*standing_at(0.5, 10), first=10, start=cut + MINUTE, now=arrived)

    before, after = sorted(walk.visits(), key=lambda visit: visit.seen_at)
    assert before.cell_id == walk.cells[0].id
    assert make.reload(Cell, after.cell_id).code == "Z"


# 补录


def test_a_backfill_is_grade_c_and_counts_once_another_confirms(walk, make, act):
    easy = make.plan(walk.grid, grade="C")
    walk.start()
    made = NOW + 40 * MINUTE
    visit = walk.check_in(0, at=NOW + MINUTE, made_at=made, now=made, because=ByHandBecause.PHONE)
    standing = (easy.id, walk.cells[0].id)
    assert (visit.grade, visit.backfill, visit.pending) == (Grade.C, True, False)
    assert make.reload(Standing, standing).seen_at is None

    head = make.actor(make.person(Role.HEAD, walk.community))
    act(evidence.confirm, head, visit.id, known=False, now=made, zone=ZONE)

    assert make.reload(Standing, standing).seen_at == NOW + MINUTE
    with pytest.raises(Conflict, match="nothing-to-confirm"):
        act(evidence.confirm, head, visit.id, known=False, now=made, zone=ZONE)


def test_nobody_confirms_their_own_backfill(walk, make, act):
    make.post(walk.officer, Role.HEAD, walk.community)
    walk.start()
    made = NOW + 40 * MINUTE
    visit = walk.check_in(0, made_at=made, now=made, because=ByHandBecause.PHONE)

    with pytest.raises(Forbidden, match="own-visit"):
        act(evidence.confirm, make.actor(walk.officer), visit.id, known=False, now=made, zone=ZONE)


def test_a_colleague_may_not_confirm(walk, make, act):
    walk.start()
    made = NOW + 40 * MINUTE
    visit = walk.check_in(0, made_at=made, now=made, because=ByHandBecause.PHONE)

    with pytest.raises((NotFound, Forbidden)):
        act(
            evidence.confirm,
            make.actor(make.person(Role.WORKER, walk.grid)),
            visit.id,
            known=False,
            now=made,
            zone=ZONE,
        )


def test_a_backfill_needs_a_reason_and_ends_after_a_day(walk):
    walk.start()

    with pytest.raises(Refused, match="backfill-needs-reason"):
        walk.check_in(0, made_at=NOW + 11 * MINUTE, now=NOW + 11 * MINUTE)
    with pytest.raises(Refused, match="backfill-too-old"):
        walk.check_in(0, made_at=NOW + 1441 * MINUTE, now=NOW + 1441 * MINUTE, words="忘了")


def test_minutes_ago_by_hand_is_a_backfill_too(walk):
    walk.start(at=NOW - 60 * MINUTE)

    visit = walk.check_in(0, minutes_ago=30, method=Method.BY_HAND, words="手机没电")

    assert (visit.backfill, visit.seen_at) == (True, NOW - 30 * MINUTE)


def test_a_clock_that_runs_ahead_is_set_right(walk):
    walk.start()

    visit = walk.check_in(0, at=NOW + timedelta(days=1), now=NOW + MINUTE)

    assert visit.seen_at == visit.made_at == NOW + MINUTE


# Tracks


def test_walking_on_is_a_visit_of_every_cell_walked_through(walk):
    walk.start()

    walk.track(*((0.05 + number / 10, 0.5) for number in range(25)))

    assert [(visit.cell_id, visit.method, visit.grade) for visit in walk.visits()] == [
        (walk.cells[0].id, Method.TRACK, Grade.B),
        (walk.cells[1].id, Method.TRACK, Grade.B),
    ]
    assert all(visit.lon is not None for visit in walk.visits())
    assert walk.credited(1) is not None
    assert walk.credited(2) is None
    passages = {row.cell_id: row for row in walk.make.rows(Passage)}
    assert passages[walk.cells[0].id].metres == pytest.approx(0.95 * 91.5, abs=1)
    assert passages[walk.cells[2].id].metres == pytest.approx(0.45 * 91.5, abs=1)


def test_two_batches_make_one_stay_and_nothing_is_counted_twice(walk, make):
    walk.start()
    spots = [(0.1 + number / 20, 0.5) for number in range(11)]
    walk.track(*spots[:6])
    assert walk.visits() == []

    walk.track(*spots[5:], first=5, start=NOW + timedelta(seconds=50))
    walk.track(*spots[5:], first=900, start=NOW + timedelta(seconds=50))

    assert len(walk.visits()) == 1
    (passage,) = make.rows(Passage)
    assert passage.seconds == pytest.approx(100, abs=1)


def test_a_number_already_taken_loses_no_batch(walk, make):
    walk.start()
    walk.track(*standing_at(0.5, 3))
    walk.track(*standing_at(0.5, 3), start=NOW + 5 * MINUTE)

    assert sorted(batch.first for batch in make.rows(TrackBatch)) == [0, 1]


def test_nothing_is_counted_across_a_gap(walk, make):
    walk.start()

    walk.track((0.2, 0.5), (0.3, 0.5), None, (2.2, 0.5), (2.3, 0.5))

    seconds = {row.cell_id: row.seconds for row in make.rows(Passage)}
    assert seconds == {walk.cells[0].id: 10, walk.cells[2].id: 10}
    assert make.rows(TrackBatch)[0].gaps == [2]


def test_passing_by_is_no_visit(walk, make):
    walk.start()

    walk.track((0.8, 0.5), (1.2, 0.5))

    assert walk.visits() == []
    assert len(make.rows(Passage)) == 2


def test_a_track_from_a_clock_that_runs_ahead_is_set_right(walk, make):
    walk.start()

    walk.track(*standing_at(0.5, 3), start=NOW + timedelta(days=1), now=NOW + MINUTE)

    assert make.rows(TrackBatch)[0].to_at == NOW + MINUTE


def test_nobody_adds_to_the_track_of_another(walk, make):
    walk.start()
    walk.actor = make.actor(make.person(Role.OFFICER, walk.grid))

    with pytest.raises(NotFound):
        walk.track(*standing_at(0.5, 3))


# Looked, nothing found


def clear(walk, *numbers, at=NOW, now=None, topics=("street_order",), **more):
    draft = Clear(
        round_id=walk.key,
        cells=[walk.cells[number].id for number in numbers],
        topics=list(topics),
        seen_at=at,
        made_at=more.pop("made_at", at),
        **more,
    )
    return walk.act(evidence.clear, walk.actor, draft, key=uuid7(), now=now or at)


def test_a_note_is_as_good_as_the_visit_of_its_cell(walk, make):
    walk.start()
    walk.track(*((0.05 + number / 10, 0.5) for number in range(20)), every=15)

    clear(walk, 0, 1, 2, at=NOW + 5 * MINUTE)

    notes = {note.cell_id: note for note in make.rows(ClearNote)}
    assert [notes[cell.id].pending for cell in walk.cells[:3]] == [False, False, True]
    first = notes[walk.cells[0].id]
    assert (first.grade, first.accuracy) == (Grade.B, 8)
    assert first.visit_id == walk.visits()[0].id


def test_a_note_before_its_track_is_settled_by_it(walk, make):
    walk.start()
    clear(walk, 0, at=NOW + 2 * MINUTE)
    assert make.rows(ClearNote)[0].pending

    walk.track(*standing_at(0.5, 10))

    (note,) = make.rows(ClearNote)
    assert (note.pending, note.grade) == (False, Grade.B)
    assert note.lon == pytest.approx(walk.cells[0].lon)


def test_a_note_long_after_the_visit_stays_unproven(walk, make):
    walk.start()
    walk.track(*standing_at(0.5, 10))

    clear(walk, 0, at=NOW + 30 * MINUTE)

    assert make.rows(ClearNote)[0].pending


def test_a_cell_walked_only_after_a_note_is_not_of_its_stretch(walk, make):
    walk.start()
    clear(walk, 0, 1, at=NOW)

    walk.track(*standing_at(0.5, 10), start=NOW - 2 * MINUTE)
    walk.track(*standing_at(1.5, 10), first=20, start=NOW + 5 * MINUTE)

    proven = {note.cell_id for note in make.rows(ClearNote) if not note.pending}
    assert proven == {walk.cells[0].id}


def test_a_note_written_down_later_is_never_better_than_c(walk, make):
    walk.start()
    walk.track(*standing_at(0.5, 10))

    clear(walk, 0, at=NOW + MINUTE, made_at=NOW + 20 * MINUTE, now=NOW + 20 * MINUTE)

    (note,) = make.rows(ClearNote)
    assert (note.grade, note.pending) == (Grade.C, False)


def test_a_note_speaks_of_known_topics_and_own_cells(walk, make):
    walk.start()
    with pytest.raises(Refused, match="topic-unknown"):
        clear(walk, 0, topics=("weather",))
    walk.cells += make.cells(make.grid(), 1)
    with pytest.raises(Refused, match="cell-elsewhere"):
        clear(walk, 4)


# Reading


def test_what_was_seen_is_found_by_cell_and_span(walk, database):
    walk.start()
    walk.track(*standing_at(0.5, 10))
    clear(walk, 0, at=NOW + MINUTE)
    cell = walk.cells[0].id

    with database.reading() as session:
        assert len(queries.visits_in(session, cell, NOW, NOW + MINUTE)) == 1
        assert queries.visits_in(session, cell, NOW + MINUTE, NOW + 2 * MINUTE) == []
        assert len(queries.notes_in(session, cell, NOW + MINUTE, NOW + 2 * MINUTE)) == 1
        assert len(queries.passages_in(session, cell, NOW + MINUTE, NOW + 2 * MINUTE)) == 1
        assert queries.passages_in(session, cell, NOW + 2 * MINUTE, NOW + 3 * MINUTE) == []


def test_the_current_round_is_the_open_one(walk, act, database):
    walk.start()
    with database.reading() as session:
        assert queries.current_round(session, walk.officer.id).id == walk.key
    act(service.end, walk.actor, End(round_id=walk.key), now=NOW + MINUTE)
    with database.reading() as session:
        assert queries.current_round(session, walk.officer.id) is None
