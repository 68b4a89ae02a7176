"""Places that were cut anew: the trace goes back to what they took over from."""

from shapely import box

from patrol.core.roles import Role
from patrol.findings.model import Finding
from patrol.grid.model import Alters, Change, Grid, GridHeir
from patrol.grid.model import Level as Cut
from patrol.people.rules import Level
from patrol.plans.model import Plan
from patrol.tracing import queries, service
from patrol.tracing.model import Doubt
from tests.make import area
from tests.tracing.scenario import store_all
from tests.tracing.worked import FINDING, GRID, NEIGHBOURHOOD, PLAN, at, name

LATER = at(7, 12)
BEFORE, CHANGE = name(17), name(91)


def split(make, *, on):
    """The grid of the worked example is one part of a grid that was split on a day."""
    make.now = LATER
    store_all(make)
    with make.database.transaction() as session:
        heir = session.get_one(Grid, GRID)
        heir.valid_from = on
        trail = heir.path.replace("001001001/", "001001009/")
    make.store(
        Grid(
            id=BEFORE, code="410105001001009", name="经八路00网格", tier=3,
            parent_id=NEIGHBOURHOOD, path=trail, area=8e6,
            boundary=area(box(113.65, 34.75, 113.69, 34.77)),
            valid_from=at(1), valid_to=on,
        )
    )  # fmt: skip
    make.store(
        Change(
            id=CHANGE, level=Cut.GRID, kind=Alters.SPLIT, grid_id=BEFORE,
            from_at=on, planned_at=at(1), done_at=on,
        )
    )  # fmt: skip
    make.store(GridHeir(before_id=BEFORE, after_id=GRID, change_id=CHANGE, m2=4e6, at=on))


def facts(make):
    finding = make.reload(Finding, FINDING)
    with make.database.reading() as session:
        return queries.facts_of(session, finding)


def test_a_plan_of_heads_on_a_grid_that_was_split_is_traced_in_its_heirs(make, database):
    split(make, on=at(4))
    with database.transaction() as session:
        plan = session.get_one(Plan, PLAN)
        plan.grid_id, plan.role = BEFORE, Role.HEAD
    with database.transaction() as session:
        service.open_doubts(session, now=LATER)

    (planned,) = facts(make).obligations
    assert planned.level == Level(Role.HEAD, 3)
    assert make.rows(Doubt)
