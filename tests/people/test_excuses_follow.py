"""What excuses somebody goes on when the grid it was entered for is split or merged."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from shapely import box

from patrol.core import clock
from patrol.core.roles import Role
from patrol.grid import changes, lineage, queries
from patrol.grid.drafts import ChangeDraft
from patrol.people import service, stops
from patrol.people.leave import excuses
from patrol.people.model import Excuse, ExcuseKind
from patrol.plans import recut
from patrol.plans.model import WindowResult
from patrol.plans.service import close_windows
from tests.conftest import NOW
from tests.make import STEP

DAY = timedelta(days=1)


@pytest.fixture
def split(make, database):
    """A grid of four cells, its officer on leave, split now, and who leads an heir."""
    community = make.grid(make.grid(tier=1))
    grid = make.grid(community, shape=box(113.7, 34.7, 113.7 + 4 * STEP, 34.7 + STEP))
    cells = make.cells(grid, 4)
    officer = make.person(Role.OFFICER, grid)
    make.plan(community, closed_until=NOW - timedelta(hours=10))
    entered = Excuse(
        person_id=officer.id, grid_id=grid.id, kind=ExcuseKind.LEAVE, document="#118",
        from_at=NOW - DAY, to_at=NOW + 3 * DAY, recorded_by=officer.id, recorded_at=NOW - 2 * DAY,
    )  # fmt: skip
    make.store(entered)
    with database.transaction() as session:
        draft = ChangeDraft(
            level="grid", kind="split", members=[cell.code for cell in cells[2:]],
            code="W", name="西", other_code="E", other_name="东",
        )  # fmt: skip
        found = queries.grid_by_code(session, grid.code)
        changes.plan(session, None, found, draft, zone=clock.city(), now=NOW)
    with database.transaction() as session:
        while close_windows(session, zone=clock.city(), now=NOW) is not None:
            pass
        while recut.carry_out_next(session, zone=clock.city(), now=NOW) is not None:
            pass
        heir = queries.grid_by_code(session, "W")
    lead = make.person(Role.SQUAD_LEADER, heir, name="西头")
    return SimpleNamespace(excuse=entered, officer=officer, heir=heir, lead=lead)


def approve(make, database, split):
    with database.transaction() as session:
        entry = session.get(Excuse, split.excuse.id)
        actor = make.actor(split.lead)
        service.rule_on_excuse(session, actor, entry, approve=True, now=NOW + timedelta(hours=1))


def test_who_leads_an_heir_sees_and_rules_on_what_was_entered_before(make, database, split):
    with database.reading() as session:
        seen = excuses(session, make.actor(split.lead))

    assert [card.document for card in seen] == ["#118"]
    approve(make, database, split)
    assert make.reload(Excuse, split.excuse.id).approved_by == split.lead.id


def test_windows_of_the_heirs_are_excused(make, database, split):
    approve(make, database, split)

    with database.transaction() as session:
        while close_windows(session, zone=clock.city(), now=NOW + DAY) is not None:
            pass

    rows = make.rows(WindowResult)
    assert {row.grid_id for row in rows} >= {split.heir.id}
    assert all(row.excused and row.officer_id == split.officer.id for row in rows)


def test_a_post_given_in_an_heir_shares_the_stop_of_what_was_split(make, database, split):
    storm = Excuse(
        person_id=split.officer.id, grid_id=split.excuse.grid_id, kind=ExcuseKind.WEATHER,
        document="#119", from_at=NOW, to_at=NOW + DAY, recorded_by=split.lead.id, recorded_at=NOW,
    )  # fmt: skip
    make.store(storm)
    relief = make.person()
    post = make.post(relief, Role.OFFICER, split.heir, from_at=NOW)

    with database.transaction() as session:
        stops.share(session, post)

    (shared,) = make.rows(Excuse, Excuse.person_id == relief.id)
    assert shared.document == "#119"


def test_a_stop_of_one_of_two_that_were_merged_is_not_one_of_the_whole(make, database, split):
    with database.transaction() as session:
        draft = ChangeDraft(level="grid", kind="merge", members=["E"], code="M", name="合")
        heir = queries.grid_by_code(session, "W")
        changes.plan(session, None, heir, draft, zone=clock.city(), now=NOW + DAY)
    with database.transaction() as session:
        while close_windows(session, zone=clock.city(), now=NOW + DAY) is not None:
            pass
        while recut.carry_out_next(session, zone=clock.city(), now=NOW + DAY) is not None:
            pass
        whole = queries.grid_by_code(session, "M")

        assert lineage.held_whole(session, [whole.id]) == set()
        assert lineage.held_whole(session, [split.heir.id]) == {split.excuse.grid_id}
