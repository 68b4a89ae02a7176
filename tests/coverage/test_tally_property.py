"""In whatever order acts arrive, and however a job stumbles, tallies are what a recount gives."""

from collections import defaultdict
from contextlib import suppress
from datetime import timedelta

import pytest
from geoalchemy2.shape import from_shape
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from shapely import Point
from sqlmodel import col

from patrol.core import clock
from patrol.core.store import uuid7
from patrol.coverage import figures, tallying
from patrol.coverage.figures import Stretch
from patrol.coverage.model import DayTally, OnTime
from patrol.coverage.queries import Asked
from patrol.coverage.rules import By
from patrol.findings.model import Finding
from patrol.findings.rules import Severity, Source, Stage
from patrol.handling.model import Step
from patrol.ledger.service import note
from patrol.plans.model import WindowCredit, WindowResult
from patrol.plans.windows import midnight
from patrol.rounds.model import Method, Mode, Passage, Round, Visit
from patrol.rounds.rules import LATE, Grade
from tests.conftest import NOW

EXAMPLES = 20  # a few seconds on each database
ZONE = clock.city()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG_AGO = NOW - 30 * DAY

cells, persons, picks = st.integers(0, 3), st.integers(0, 1), st.integers(0, 99)
hours = st.integers(0, 90).map(lambda ago: NOW - ago * HOUR)  # few enough for two at one moment
late = st.sampled_from([0, 0, 1, 40]).map(lambda after: after * HOUR)
acts = st.one_of(
    st.tuples(st.just("visit"), cells, persons, hours, late, st.booleans(), st.booleans()),
    st.tuples(st.just("grade"), picks),
    st.tuples(st.just("confirm"), picks),
    st.tuples(st.just("track"), cells, persons, hours, st.integers(1, 300)),
    st.tuples(st.just("find"), cells, persons, hours, st.sampled_from(Source)),
    st.tuples(st.just("void"), picks),
    st.tuples(st.just("join"), picks),
    st.tuples(st.just("close"), st.integers(0, 1), st.integers(1, 4)),
    st.tuples(st.just("follow"), st.integers(1, 3)),
    st.tuples(st.just("stumble")),
    st.tuples(st.just("again"), st.integers(1, 9)),
)


class Lost(Exception):
    """The power went before the step was kept."""


class Office:
    """Two grids of two cells, two officers who walk in both, and a plan with a grace."""

    def __init__(self, make, database):
        self.make, self.database = make, database
        self.community = make.grid(make.grid(tier=1))
        self.grids = [make.grid(self.community), make.grid(self.community)]
        self.cells = [cell for grid in self.grids for cell in make.cells(grid, 2)]
        self.officers = [make.person(), make.person()]
        self.plan = make.plan(self.community, grace=120, grade="B")
        self.kind = make.event_class()
        self.rounds = [
            Round(
                id=uuid7(), officer_id=one.id, grid_id=self.community.id, mode=Mode.FOOT,
                duties=["officer"], started_at=LONG_AGO, made_at=NOW, received_at=NOW,
            )
            for one in self.officers
        ]  # fmt: skip
        make.store(*self.rounds)

    def rows(self, model):
        """What is kept of these grids."""
        return self.make.rows(model, col(model.grid_id).in_([grid.id for grid in self.grids]))

    def one(self, model, pick):
        """One of them, if there are any."""
        found = sorted(self.rows(model), key=lambda row: row.id)
        return found[pick % len(found)] if found else None

    def tell(self, kind, subject, *rows):
        """Keep rows, and their line of the ledger, as one act."""
        with self.database.transaction() as session:
            for row in rows:
                session.merge(row)
            note(session, None, kind, subject, {}, at=NOW)

    # What happens

    def visit(self, cell, person, seen, after, backfill, pending):
        visit = Visit(
            id=uuid7(), round_id=self.rounds[person].id, officer_id=self.officers[person].id,
            cell_id=self.cells[cell].id, grid_id=self.cells[cell].grid_id, method=Method.TRACK,
            grade=Grade.C if pending else Grade.B, pending=pending, backfill=backfill,
            seen_at=seen, made_at=seen, received_at=seen + after,
        )  # fmt: skip
        self.tell("visit.recorded", visit.id, visit, *self.amended(visit))

    def grade(self, pick):
        if (visit := self.one(Visit, pick)) and visit.pending:
            visit.pending, visit.grade = False, Grade.B
            self.tell("visit.graded", visit.id, visit, *self.amended(visit))

    def confirm(self, pick):
        if (visit := self.one(Visit, pick)) and visit.backfill:
            visit.confirmed_by = self.officers[0].id
            self.tell("visit.confirmed", visit.id, visit, *self.amended(visit))

    def track(self, cell, person, first, minutes):
        """A batch adds to what the round came to in a cell, and may lie before it or after."""
        going, cell = self.rounds[person], self.cells[cell]
        known = self.make.rows(
            Passage, Passage.round_id == going.id, Passage.cell_id == cell.id
        ) or [
            Passage(
                round_id=going.id, cell_id=cell.id, grid_id=cell.grid_id, metres=0, seconds=0,
                first_at=first, last_at=first,
            )
        ]  # fmt: skip
        (passage,) = known
        last = first + minutes * HOUR / 60
        passage.metres += minutes * 40.0
        passage.seconds += minutes * 60.0
        passage.first_at, passage.last_at = (
            min(first, passage.first_at), max(last, passage.last_at)
        )  # fmt: skip
        self.tell("track.received", f"round:{going.id}", passage)

    def find(self, cell, person, seen, source):
        cell, key = self.cells[cell], uuid7()
        finding = Finding(
            id=key, number=str(key)[-30:], class_id=self.kind.id, severity=Severity.ORDINARY,
            topic="street_order", source=source, cell_id=cell.id, grid_id=cell.grid_id,
            officer_id=self.officers[person].id, lon=cell.lon, lat=cell.lat, stage=Stage.RECEIVED,
            spot=from_shape(Point(cell.lon, cell.lat), srid=4326), seen_at=seen, made_at=seen,
            received_at=NOW,
        )  # fmt: skip
        self.tell("finding.recorded", key, finding)

    def void(self, pick):
        """A finding is declared void; one that was is taken up again."""
        if finding := self.one(Finding, pick):
            before = finding.stage
            finding.stage = Stage.RECEIVED if before is Stage.VOID else Stage.VOID
            step = Step(
                finding_id=finding.id, grid_id=finding.grid_id, from_stage=before,
                to_stage=finding.stage, move="void", at=NOW,
            )  # fmt: skip
            self.tell("finding.moved", finding.id, finding, step)

    def join(self, pick):
        if finding := self.one(Finding, pick):
            finding.stage = Stage.VOID
            self.tell("finding.joined", finding.id, finding)

    def close(self, place, ago):
        """A window of a morning is closed after its grace: what was seen in it by then counts."""
        grid, start = self.grids[place], midnight(NOW.date() - ago * DAY, ZONE)
        if any(row.from_at == start and row.grid_id == grid.id for row in self.rows(WindowResult)):
            return
        end, closed = start + 12 * HOUR, start + 14 * HOUR
        seen = {one.cell_id for one in self.rows(Visit) if self.serves(one, start, closed)}
        credits_ = [
            WindowCredit(plan_id=self.plan.id, from_at=start, cell_id=cell.id, grid_id=grid.id)
            for cell in self.cells
            if cell.grid_id == grid.id and cell.id in seen
        ]
        result = WindowResult(
            plan_id=self.plan.id, grid_id=grid.id, from_at=start, to_at=end, due=2,
            done=len(credits_), closed_at=closed,
        )  # fmt: skip
        with self.database.transaction() as session:
            session.add_all([result, *credits_])
            note(session, None, "window.closed", f"plan:{self.plan.id}", {}, at=closed)

    def amended(self, visit):
        """What a visit adds to a window that was closed before it counted."""
        for row in self.rows(WindowResult):
            if row.grid_id != visit.grid_id or not self.serves(visit, row.from_at, row.closed_at):
                continue
            kept = {one.cell_id for one in self.rows(WindowCredit) if one.from_at == row.from_at}
            if visit.cell_id not in kept:
                row.done += 1
                yield row
                yield WindowCredit(
                    plan_id=self.plan.id, from_at=row.from_at, cell_id=visit.cell_id,
                    grid_id=visit.grid_id,
                )  # fmt: skip

    # How it is counted

    def follow(self, steps):
        for _ in range(steps):
            with self.database.transaction() as session:
                tallying.tally_next(session, zone=ZONE)

    def stumble(self):
        with suppress(Lost), self.database.transaction() as session:
            tallying.tally_next(session, zone=ZONE)
            raise Lost

    def again(self, back):
        """A step is taken anew from lines that were followed before."""
        with self.database.transaction() as session:
            if kept := session.get(tallying.Setting, tallying.TALLIED):
                kept.value = [max(kept.value[0] - back, 0), kept.value[1]]

    def follow_to_the_end(self):
        with self.database.transaction() as session:
            while tallying.tally_next(session, zone=ZONE) is not None:
                pass

    # What must hold, by a count of its own

    @staticmethod
    def serves(visit, start, until):
        proven = not visit.pending and visit.grade in {Grade.A, Grade.B}
        vouched = not visit.backfill or visit.confirmed_by is not None
        return proven and vouched and start <= visit.seen_at < until

    def recount(self):
        found = defaultdict(lambda: [0, 0, 0, 0, 0.0, 0.0, 0.0])
        visits = self.rows(Visit)
        for one in visits:
            told = found[day_of(one.seen_at), one.grid_id, one.officer_id]
            before = [v.seen_at for v in visits if v.cell_id == one.cell_id]
            before = max((at for at in before if at < one.seen_at), default=one.seen_at)
            told[0] += 1
            told[1] += one.backfill
            told[2] += one.received_at - one.made_at > LATE
            told[6] = max(told[6], (one.seen_at - before).total_seconds())
        for one in self.rows(Finding):
            if one.source is Source.PATROL and one.stage is not Stage.VOID:
                found[day_of(one.seen_at), one.grid_id, one.officer_id][3] += 1
        walkers = {going.id: going.officer_id for going in self.rounds}
        for one in self.rows(Passage):
            told = found[day_of(one.first_at), one.grid_id, walkers[one.round_id]]
            told[4] += one.metres
            told[5] += one.seconds
        return {key: tuple(told) for key, told in found.items()}

    def recount_on_time(self):
        visits = self.rows(Visit)
        kept = {(one.from_at, one.grid_id, one.cell_id) for one in self.rows(WindowCredit)}
        return {
            (row.from_at, row.grid_id): len(
                {
                    one.cell_id
                    for one in visits
                    if (row.from_at, row.grid_id, one.cell_id) in kept
                    and self.serves(one, row.from_at, row.to_at)
                }
            )
            for row in self.rows(WindowResult)
        }


def day_of(at):
    return at.astimezone(ZONE).date()


def parts(row):
    return (row.visits, row.backfilled, row.late, row.finds, row.metres, row.seconds, row.gap)


def added(rows):
    sums = [sum(column) for column in zip(*rows, strict=True)]
    return (*sums[:6], max(row[6] for row in rows))


@pytest.mark.timeout(300)
@settings(
    max_examples=EXAMPLES, database=None, deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(happened=st.lists(acts, min_size=4, max_size=24), lines=st.integers(1, 5))
def test_tallies_are_what_an_independent_recount_gives(make, database, happened, lines):
    office = Office(make, database)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tallying, "LINES", lines)
        for act, *told in happened:
            getattr(office, act)(*told)
        office.follow_to_the_end()

    counted = office.recount()
    rows = office.rows(DayTally)
    assert {(row.day, row.grid_id, row.officer_id): parts(row) for row in rows} == counted
    kept = {(row.from_at, row.grid_id): row.cells for row in office.rows(OnTime)}
    assert kept == office.recount_on_time()
    at = Stretch(office.community.path, midnight(day_of(LONG_AGO), ZONE), NOW + DAY, ZONE)
    with database.reading() as session:
        for place, by in enumerate((By.DAY, By.GRID, By.PERSON)):
            whole = defaultdict(list)
            for key, told in counted.items():
                whole[key[place]].append(told)
            told = figures.figures(session, at, Asked(), by)
            assert {key: parts(told[key]) for key in whole} == {
                key: added(some) for key, some in whole.items()
            }
