"""What falls due on a day, as a list of deadlines and as figures in cells."""

from collections.abc import Callable
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from patrol.core.store import Database
from patrol.grid.model import HotSpot
from patrol.plans import duemap, scope, service
from patrol.plans.model import Plan, Scope
from patrol.plans.rules import Cadence
from tests.make import Make
from tests.plans.test_plans_service import NOW, ZONE, draft, published

Act = Callable[..., Any]
PEAKS = "07:30–09:30、17:00–19:00"


def looked_at(database: Database, plan: Plan, day: date) -> duemap.DueMap:
    with database.reading() as session:
        plan = session.get_one(Plan, plan.id)
        places = scope.places_of(session, plan, zone=ZONE, now=NOW)
        return duemap.due_on(session, plan, places, day, zone=ZONE)


def test_a_day_tells_by_when_which_plan_asks_and_how_often_each_cell(
    make: Make, act: Act, database: Database, ground: SimpleNamespace
) -> None:
    spot = {"topic": "street_order", "valid_from": NOW}
    make.store(HotSpot(cell_id=ground.cells[2].id, grid_id=ground.grid.id, **spot))
    published(act, ground.leader, ground.grid.id)
    hot = published(act, ground.leader, ground.grid.id, name="热点", scope=Scope.HOT, hours=PEAKS)

    found = looked_at(database, hot, date(2026, 11, 10))

    told = [(one.window.end.astimezone(ZONE), one.plan, one.cells, one.own)
            for one in found.deadlines]  # fmt: skip
    assert told == [
        (datetime(2026, 11, 10, 9, 30, tzinfo=ZONE), "热点", 1, True),
        (datetime(2026, 11, 10, 19, tzinfo=ZONE), "热点", 1, True),
        (datetime(2026, 11, 11, tzinfo=ZONE), "日常巡查", 6, False),
    ]
    assert [spot.visits for spot in found.spots] == [1, 1, 2, 1, 1, 1]
    assert (found.visits, found.of_cells) == (7, True)
    assert all(spot.path.startswith("M") and spot.path.endswith("Z") for spot in found.spots)


def test_a_draft_is_shown_instead_of_what_it_replaces(
    act: Act, database: Database, ground: SimpleNamespace
) -> None:
    old = published(act, ground.leader, ground.grid.id)
    told = draft(ground.grid.id, name="新", replaces_id=old.id, cadence=Cadence.WEEKLY)
    new = act(service.make, ground.leader, told, zone=ZONE, now=NOW)

    sunday = looked_at(database, new, date(2026, 11, 15))
    monday = looked_at(database, new, date(2026, 11, 16))

    assert [(one.plan, one.cells) for one in sunday.deadlines] == [("新", 6)]
    assert monday.deadlines == []
    assert monday.visits == 0


def test_where_there_are_too_many_cells_their_grids_are_drawn(
    act: Act, database: Database, ground: SimpleNamespace, monkeypatch: Any
) -> None:
    monkeypatch.setattr(duemap, "MOST", 5)
    plan = published(act, ground.leader, ground.grid.id)

    found = looked_at(database, plan, date(2026, 11, 10))

    assert [(spot.name, spot.visits) for spot in found.spots] == [(ground.grid.name, 6)]
    assert not found.of_cells
