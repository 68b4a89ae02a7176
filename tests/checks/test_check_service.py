"""Draws keep all they were made from; checks at the place are kept beside what the patrol told."""

from datetime import timedelta

import pytest

from patrol.checks import queries, service
from patrol.checks.drafts import NewDraw, Seen
from patrol.checks.model import Draw, Inspection, SpotCheck
from patrol.checks.rules import Barred, Match
from patrol.core.errors import Conflict, Forbidden, NotFound, Refused
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.findings.model import Finding
from patrol.findings.rules import Source
from patrol.ledger.model import LedgerEntry
from patrol.notices.model import Notice
from patrol.people.model import Excuse, ExcuseKind
from patrol.rounds.model import ClearNote, Mode, Round
from patrol.rounds.rules import Grade
from tests.conftest import NOW

HOUR = timedelta(hours=1)


class Site:
    """Two blocks of a street with an officer each, a supervisor, plans."""

    def __init__(self, make, database):
        self.make, self.database = make, database
        self.street, community, self.one = make.tree()
        self.other = make.grid(community, name="经八路04网格")
        self.cells = make.cells(self.one) + make.cells(self.other)
        self.first = make.person(Role.OFFICER, self.one, name="李巡")
        self.second = make.person(Role.OFFICER, self.other, name="赵巡")
        self.supervisor = make.person(Role.SUPERVISOR, self.street, name="钱督")
        make.event_class()
        make.plan(self.one)
        make.plan(self.other)

    def draw(self, act, wanted=8, seed="seed"):
        draft = NewDraw(grid_id=self.street.id, cells=wanted)
        return act(service.draw, self.make.actor(self.supervisor), draft, seed=seed, now=NOW)

    def here(self, cell, **more):
        return Seen(**{"lon": cell.lon, "lat": cell.lat, "accuracy": 8, **more})

    def inspect(self, act, cell, person=None, **more):
        actor, draft = self.make.actor(person or self.supervisor), self.here(cell, **more)
        return act(service.inspect, actor, draft, key=uuid7(), now=NOW)

    def note(self, cell, officer):
        one = Round(
            id=uuid7(),
            officer_id=officer.id,
            grid_id=cell.grid_id,
            mode=Mode.FOOT,
            started_at=NOW - 2 * HOUR,
            made_at=NOW,
            received_at=NOW,
        )
        self.make.store(one)
        self.make.store(
            ClearNote(
                act_id=uuid7(),
                round_id=one.id,
                officer_id=officer.id,
                cell_id=cell.id,
                grid_id=cell.grid_id,
                topic="street_order",
                grade=Grade.B,
                seen_at=NOW - HOUR,
                made_at=NOW - HOUR,
                received_at=NOW - HOUR,
            )
        )

    def match(self):
        with self.database.reading() as session:
            (card,) = queries.inspections(session, self.make.actor(self.supervisor))
        return card.match


@pytest.fixture
def site(make, database):
    return Site(make, database)


def test_each_checks_the_others_cells_and_is_told(site, act):
    made = site.draw(act)

    tasks = site.make.rows(SpotCheck)
    assert len(tasks) == len(made.pairs) == 8
    for task in tasks:
        walks = site.first if task.grid_id == site.one.id else site.second
        assert task.officer_id != walks.id
    assert {notice.kind for notice in site.make.rows(Notice)} == {"check.drawn"}
    (entry,) = site.make.rows(LedgerEntry, LedgerEntry.kind == "draw.made")
    assert (entry.subject, entry.actor_id) == (f"draw:{made.id}", site.supervisor.id)


def test_what_was_kept_gives_the_same_draw_again(site, act):
    made = site.draw(act, wanted=3)

    kept = site.make.reload(Draw, made.id)
    assert queries.again(kept) == kept.pairs
    assert kept.urn["seed"] == "seed"
    kept.urn = {**kept.urn, "seed": "another"}
    assert queries.again(kept) != kept.pairs


def test_whoever_is_left_out_is_left_out_for_a_reason(site, act):
    bare = site.make.cells(site.make.grid(site.street, name="无计划"), 1)[0]
    newcomer = site.make.person(login="new")
    site.make.post(newcomer, Role.OFFICER, site.other, accepted_at=None)
    gone = site.make.person(Role.OFFICER, site.other)
    site.make.store(
        Excuse(
            person_id=gone.id,
            grid_id=site.other.id,
            kind=ExcuseKind.LEAVE,
            document="#1",
            from_at=NOW - HOUR,
            to_at=NOW + HOUR,
            recorded_by=site.supervisor.id,
            recorded_at=NOW - 2 * HOUR,
            approved_by=site.supervisor.id,
            approved_at=NOW - 2 * HOUR,
        )
    )
    site.inspect(act, site.cells[0], saw="clear", topics=["street_order"])

    excluded = dict(site.draw(act).excluded)

    assert excluded[f"cell:{bare.id}"] == Barred.NO_PLAN
    assert excluded[f"cell:{site.cells[0].id}"] == Barred.CHECKED_LATELY
    assert excluded[f"person:{newcomer.id}"] == Barred.UNBOUND
    assert excluded[f"person:{gone.id}"] == Barred.AWAY


def test_a_cell_that_everybody_answers_for_is_not_drawn(site, act):
    site.make.post(site.second, Role.OFFICER, site.one)
    made = site.draw(act)

    assert {cell for cell, _ in made.pairs} == {str(cell.id) for cell in site.cells[4:]}
    assert [f"cell:{site.cells[0].id}", Barred.OWN_DUTY] in made.excluded


def test_where_nothing_can_be_drawn_it_is_said(site, act, make):
    street = make.grid(tier=1)
    make.post(site.supervisor, Role.SUPERVISOR, street)
    draft = NewDraw(grid_id=street.id)
    actor = make.actor(site.supervisor)

    with pytest.raises(Refused) as told:
        act(service.draw, actor, draft, seed="seed", now=NOW)
    assert told.value.code == "nothing-to-draw"


def test_who_patrols_draws_nothing(site, act):
    draft, officer = NewDraw(grid_id=site.one.id), site.make.actor(site.first)

    with pytest.raises(Forbidden):
        act(service.draw, officer, draft, seed="seed", now=NOW)


def test_a_problem_opens_a_finding_by_another_hand(site, act):
    seen = site.inspect(act, site.cells[0], saw="problem", code="E0405", remark="桌椅摆到盲道")

    finding = site.make.reload(Finding, seen.finding_id)
    assert (finding.source, finding.officer_id) == (Source.INSPECTION, site.supervisor.id)
    assert (finding.cell_id, seen.topics) == (site.cells[0].id, ["street_order"])
    assert site.match() is Match.NOT_THERE


def test_a_problem_where_the_patrol_noted_nothing_contradicts_it(site, act):
    site.note(site.cells[0], site.first)

    site.inspect(act, site.cells[0], saw="problem", code="E0405")

    assert site.match() is Match.CONTRADICTS


def test_ones_own_note_is_no_word_of_the_patrol(site, act):
    site.note(site.cells[0], site.supervisor)

    site.inspect(act, site.cells[0], saw="clear", topics=["street_order"])

    assert site.match() is Match.NOT_THERE


def test_whoever_was_drawn_checks_that_cell_and_no_other(site, act):
    site.draw(act)
    task = next(one for one in site.make.rows(SpotCheck) if one.officer_id == site.second.id)
    cell = next(cell for cell in site.cells if cell.id == task.cell_id)
    clear = {"saw": "clear", "topics": ["street_order"], "check_id": task.id}

    with pytest.raises(NotFound):
        site.inspect(act, cell, site.second, **{**clear, "check_id": None})
    with pytest.raises(Refused) as told:
        site.inspect(act, site.cells[7], site.second, **clear)
    assert told.value.code == "check-elsewhere"

    site.inspect(act, cell, site.second, **clear)

    assert site.make.reload(SpotCheck, task.id).done_at == NOW
    with pytest.raises(Conflict):
        site.inspect(act, cell, site.second, **clear)
    (seen,) = site.make.rows(Inspection)
    assert (seen.check_id, seen.officer_id) == (task.id, site.second.id)


def test_nobody_takes_anothers_check(site, act):
    site.draw(act)
    task = next(one for one in site.make.rows(SpotCheck) if one.officer_id == site.second.id)
    cell = next(cell for cell in site.cells if cell.id == task.cell_id)

    with pytest.raises(NotFound):
        site.inspect(act, cell, site.first, saw="clear", topics=["street_order"], check_id=task.id)


def test_the_patrol_is_not_told_of_draws_nor_of_what_was_seen(site, act):
    site.draw(act)
    site.inspect(act, site.cells[0], saw="clear", topics=["street_order"])

    with site.database.reading() as session:
        officer = site.make.actor(site.first)
        assert queries.draws(session, officer) == []
        assert queries.inspections(session, officer) == []
