"""Whatever happens in whatever order, what is kept of each cell is what its visits come to.

A model of an office: visits arrive at once or late, windows open and close, plans give way to
others, cells and grids are split and merged, posts are handed over. After every act the standings
that are kept are compared with those worked out from nothing but the visits, the plans' terms and
the family tree of cells.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update
from sqlmodel import col

from patrol import jobs
from patrol.core import clock
from patrol.core.access import Actor
from patrol.core.errors import NotFound, Refused
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.grid import changes
from patrol.grid.drafts import ChangeDraft
from patrol.grid.model import Cell, CellHeir, Grid
from patrol.people.model import Person, Post
from patrol.people.queries import actor_of
from patrol.plans import service
from patrol.plans.model import Plan, PlanState, Standing, WindowResult
from patrol.plans.rules import Cadence, window_at
from patrol.rounds import evidence
from patrol.rounds import service as rounds
from patrol.rounds.drafts import CheckIn, Start
from patrol.rounds.model import ByHandBecause, Method
from tests.conftest import NOW

EXAMPLES, STEPS = 12, 16  # about 40 s of computing on each database
ZONE = clock.city()
HOUR = timedelta(hours=1)
JOBS = {"close windows", "end plans", "change the grid"}
NEVER = datetime.min.replace(tzinfo=UTC)
WHOLE = 0.99  # of a cell that one heir took over
CADENCES = (
    {"cadence": Cadence.DAILY, "rrule": "FREQ=DAILY"},
    {"cadence": Cadence.DAILY, "rrule": "FREQ=DAILY", "times": 2},
    {"cadence": Cadence.DAILY, "rrule": "FREQ=DAILY", "hours": [["07:30", "11:00"]], "grace": 30},
    {"cadence": Cadence.WEEKLY, "rrule": "FREQ=WEEKLY;BYDAY=MO"},
)
picks = st.integers(0, 999)


@dataclass(frozen=True)
class Seen:
    """A visit that was taken: of which cell, and when it was seen."""

    id: UUID
    cell_id: UUID
    seen_at: datetime


class Office(RuleBasedStateMachine):
    """A community with a grid of cells, two officers of whom one holds the post, and plans."""

    make = None

    @initialize()
    def open(self):
        self.now, self.visits, self.changed_at = NOW, [], NOW - timedelta(days=400)
        make = self.make
        self.community = make.grid(make.grid(tier=1))
        grid = make.grid(self.community)
        make.cells(grid, 4)
        self.officers = [make.person(), make.person()]
        self.held = [(make.post(self.officers[0], Role.OFFICER, grid), 0)]
        self.leader = make.person(Role.SQUAD_LEADER, self.community)
        self.plans = [make.plan(self.community, closed_until=NOW - 10 * HOUR, grade="C").id]

    def teardown(self):
        """Leave nothing that the jobs of the next office would see."""
        if hasattr(self, "plans"):
            with self.make.database.transaction() as session:
                session.execute(
                    update(Plan).where(col(Plan.id).in_(self.ours(Plan))).values(state="draft")
                )

    # What happens

    @rule(hours=st.sampled_from([1, 5, 13, 24, 24 * 7]))
    def time_passes(self, hours):
        self.now += hours * HOUR
        self.run_jobs()

    @rule(pick=picks, hours=st.sampled_from([0, 0, 1, 6, 30]), stale=st.booleans())
    def visit(self, pick, hours, stale):
        """A visit arrives, perhaps hours later, perhaps from a phone with an old list of cells."""
        self.now += timedelta(minutes=1)
        seen_at = self.now - hours * HOUR - timedelta(seconds=30)
        known = [
            cell
            for cell in self.cells()
            if cell.valid_from <= seen_at and (stale or not self.ended(cell, seen_at))
        ]
        if not known:
            return
        cell = known[pick % len(known)]
        who = self.holder(seen_at)
        self.visits.append(Seen(self.check_in(who, cell, seen_at), cell.id, seen_at))

    @rule(pick=picks)
    def somebody_without_a_post_walks(self, pick):
        self.now += timedelta(minutes=1)
        cells = [cell for cell in self.cells() if cell.valid_to is None]
        if not cells or len(self.held) < 2:
            return
        other = self.officers[1 - self.held[-1][1]]
        with pytest.raises(NotFound):
            self.check_in(other, cells[pick % len(cells)], self.now)

    @rule(terms=st.sampled_from(CADENCES), grade=st.sampled_from("CCB"), follows=st.booleans())
    def another_plan(self, terms, grade, follows):
        """A plan is published, mostly instead of the one in force."""
        self.now += timedelta(minutes=1)
        last = self.row(Plan, self.plans[-1])
        instead = follows and last.state is PlanState.PUBLISHED
        plan = Plan(
            name="日常巡查", grid_id=self.community.id, line=last.line, role=Role.OFFICER,
            topics=["street_order"], grade=grade, state=PlanState.DRAFT, made_by=self.leader.id,
            made_at=self.now, valid_from=self.now, replaces_id=last.id if instead else None,
            floor_signed_by=self.leader.id, signed_for=["floor", "scope", "load"], **terms,
        )  # fmt: skip
        self.make.store(plan)
        with self.make.database.transaction() as session:
            service.publish(
                session, self.actor(session, self.leader), plan.id, zone=ZONE, now=self.now
            )
        self.plans.append(plan.id)

    @rule()
    def the_plan_ends(self):
        self.now += timedelta(minutes=1)
        if self.row(Plan, self.plans[-1]).state is PlanState.PUBLISHED:
            with self.make.database.transaction() as session:
                leader = self.actor(session, self.leader)
                session.get_one(Plan, self.plans[-1]).end_signed_by = leader.id
                service.end(session, leader, self.plans[-1], zone=ZONE, now=self.now)

    @rule(pick=picks)
    def a_cell_is_split(self, pick):
        cell = self.some_cell(pick)
        line = f"{cell.lon},{cell.lat - 0.002} {cell.lon},{cell.lat + 0.002}"
        self.change(cell.grid_id, level="cell", kind="split", members=[cell.code], line=line)

    @rule(pick=picks, other=picks)
    def cells_are_merged(self, pick, other):
        cell = self.some_cell(pick)
        beside = [one for one in self.cells() if one.valid_to is None and one.id != cell.id]
        if beside:
            codes = [cell.code, beside[other % len(beside)].code]
            self.change(cell.grid_id, level="cell", kind="merge", members=codes)

    @rule(pick=picks)
    def a_grid_is_split(self, pick):
        grids = [grid for grid in self.grids() if grid.valid_to is None]
        grid = grids[pick % len(grids)]
        cells = [one.code for one in self.cells() if one.grid_id == grid.id and not one.valid_to]
        number = len(self.grids())
        self.change(
            grid.id, level="grid", kind="split", members=cells[len(cells) // 2 :],
            code=f"{self.community.code}W{number}", name="西",
            other_code=f"{self.community.code}E{number}", other_name="东",
        )  # fmt: skip

    @rule()
    def grids_are_merged(self):
        grids = [grid for grid in self.grids() if grid.valid_to is None]
        if len(grids) > 1:
            code = f"{self.community.code}M{len(self.grids())}"
            self.change(
                grids[0].id, level="grid", kind="merge", members=[grids[1].code],
                code=code, name="合",
            )  # fmt: skip

    @rule()
    def the_post_is_handed_over(self):
        self.now += timedelta(minutes=1)
        turn = 1 - self.held[-1][1]
        with self.make.database.transaction() as session:
            grids = [grid.id for grid in self.grids()]
            open_posts = col(Post.grid_id).in_(grids) & col(Post.to_at).is_(None)
            for post in session.scalars(select(Post).where(open_posts)).all():
                post.to_at = self.now
                session.add(
                    Post(
                        person_id=self.officers[turn].id, role=Role.OFFICER, grid_id=post.grid_id,
                        from_at=self.now, recorded_at=self.now, accepted_at=self.now,
                    )
                )  # fmt: skip
            for each in self.officers:
                session.get_one(Person, each.id).access_version += 1
        self.held.append((SimpleNamespace(from_at=self.now), turn))

    # What must hold

    @invariant()
    def what_is_kept_is_what_the_visits_come_to(self):
        if hasattr(self, "plans"):
            self.learn()
            self.compare_standings()
            self.compare_closed_windows()

    def compare_standings(self):
        now_there = {cell.id for cell in self.known.values() if cell.valid_to is None}
        kept = {}
        for row in self.make.rows(Standing, col(Standing.plan_id).in_(list(self.terms))):
            kept.setdefault(row.plan_id, {})[row.cell_id] = row.seen_at
        for plan_id, plan in self.terms.items():
            if plan.state is PlanState.DRAFT:
                continue
            wanted = {cell_id: self.stood(plan, cell_id) for cell_id in now_there}
            assert kept.get(plan_id, {}) == wanted, f"{plan.name} {plan.valid_from}"

    def compare_closed_windows(self):
        """They count the cells seen and name who held the post; those since the last change."""
        rows = self.make.rows(WindowResult, col(WindowResult.plan_id).in_(list(self.terms)))
        for row in rows:
            if row.from_at <= self.changed_at:
                continue
            plan = self.terms[row.plan_id]
            cells = {
                one.cell_id
                for one in self.visits
                if self.known[one.cell_id].grid_id == row.grid_id
                and self.takes(plan, one.seen_at, row.from_at)
            }
            assert (row.done, row.officer_id) == (len(cells), self.holder(row.to_at).id)

    # Working it out from nothing

    def learn(self):
        """Read what there is: cells, who took over from whom, the terms of plans."""
        self.known = {cell.id: cell for cell in self.cells()}
        ids = list(self.known)
        self.after, self.before = {}, {}
        for heir in self.make.rows(CellHeir, col(CellHeir.before_id).in_(ids)):
            self.after.setdefault(heir.before_id, []).append(heir)
            self.before.setdefault(heir.after_id, []).append(heir.before_id)
        self.terms = {
            plan.id: plan for plan in self.make.rows(Plan, Plan.grid_id == self.community.id)
        }
        self.worked_out, self.served = {}, {}

    def stood(self, plan, cell_id):
        """When a cell was last seen as a plan counts it."""
        if (plan.id, cell_id) not in self.worked_out:
            seen = [
                one.seen_at
                for one in self.visits
                if self.lies_in(one) == cell_id and self.takes(plan, one.seen_at)
            ]
            came_before = [
                self.terms.get(one) for one in (plan.replaces_id, plan.resumes_id) if one
            ]
            seen += [self.stood(old, cell_id) for old in came_before if old]
            forebears = self.before.get(cell_id, [])
            if forebears and plan.published_at <= self.known[cell_id].valid_from:
                seen.append(min((self.stood(plan, one) for one in forebears), key=moment))
            self.worked_out[plan.id, cell_id] = max(seen, key=moment, default=None)
        return self.worked_out[plan.id, cell_id]

    def lies_in(self, visit):
        """The cell a visit counts for: the one seen, or the heir that has taken all of it over."""
        cell = self.known[visit.cell_id]
        while self.ended(cell, visit.seen_at):
            heirs = self.after.get(cell.id, [])
            if len(heirs) != 1 or heirs[0].m2 < WHOLE * cell.area:
                return None
            cell = self.known[heirs[0].after_id]
        return cell.id

    def takes(self, plan, seen_at, start=None):
        """Whether a plan counts a visit, in the window that begins at `start` if one is named."""
        key = plan.id, seen_at
        if key not in self.served:
            self.served[key] = window_at(plan.terms(ZONE), seen_at)
        reach = self.served[key]
        if plan.grade != "C" or reach is None:
            return False
        return start is None or reach.window.start == start

    # How it is done

    def run_jobs(self):
        told = SimpleNamespace(zone=ZONE)
        for job in jobs.jobs():
            while job.name in JOBS:
                with self.make.database.transaction() as session:
                    if job.step(session, told, self.now) is None:
                        break

    def change(self, grid_id, **draft):
        """Change the grid at once, where it can be."""
        self.now += timedelta(minutes=1)
        try:
            with self.make.database.transaction() as session:
                grid = session.get_one(Grid, grid_id)
                changes.plan(session, None, grid, ChangeDraft(**draft), zone=ZONE, now=self.now)
        except Refused:
            return
        self.changed_at = self.now
        self.run_jobs()

    def check_in(self, person, cell, seen_at):
        """Start a round in the cell's grid and check in by hand, as a phone would have then."""
        then, visit = {"seen_at": seen_at, "made_at": seen_at}, uuid7()
        with self.make.database.transaction() as session:
            actor = self.actor(session, person)
            begun = rounds.start(
                session, actor, Start(grid_id=cell.grid_id, **then), key=uuid7(), now=self.now
            )
            session.flush()
            draft = CheckIn(
                round_id=begun.id, cell_id=cell.id, method=Method.BY_HAND,
                because=ByHandBecause.INDOORS, **then,
            )  # fmt: skip
            evidence.check_in(session, actor, draft, key=visit, now=self.now, zone=ZONE)
        return visit

    def actor(self, session, person) -> Actor:
        return actor_of(session, person.id, now=self.now)

    def holder(self, at):
        """Who held the post at a moment."""
        turn = next(turn for post, turn in reversed(self.held) if post.from_at <= at)
        return self.officers[turn]

    def grids(self):
        path = self.community.path
        return self.make.rows(Grid, col(Grid.path).startswith(path), Grid.id != self.community.id)

    def cells(self):
        ids = [grid.id for grid in self.grids()]
        return sorted(
            self.make.rows(Cell, col(Cell.grid_id).in_(ids)), key=lambda one: (one.code, one.id)
        )

    def some_cell(self, pick):
        there = [cell for cell in self.cells() if cell.valid_to is None]
        return there[pick % len(there)]

    def ours(self, model):
        return [one.id for one in self.make.rows(model, model.grid_id == self.community.id)]

    def row(self, model, key):
        return self.make.reload(model, key)

    @staticmethod
    def ended(cell, at):
        return cell.valid_to is not None and cell.valid_to <= at


def moment(at):
    """A moment for comparing; never comes before all."""
    return at or NEVER


def test_what_is_kept_of_cells_is_what_their_visits_come_to(make):
    office = type("Of", (Office,), {"make": make})
    run_state_machine_as_test(
        office,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            phases=[Phase.generate],  # to make a failure smaller would take many minutes
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
