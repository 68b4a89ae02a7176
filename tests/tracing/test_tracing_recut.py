"""Places that were cut anew: the trace goes back to what they took over from."""

from shapely import box
from sqlmodel import col, select

from patrol.core.roles import Role
from patrol.findings.model import Finding
from patrol.grid.model import Alters, Cell, CellHeir, Change, Grid, GridHeir
from patrol.grid.model import Level as Cut
from patrol.people.model import Post
from patrol.people.rules import Level
from patrol.plans.model import Plan
from patrol.rounds.model import ClearNote, Visit
from patrol.tracing import queries, service
from patrol.tracing.model import Doubt
from patrol.tracing.rules import Account
from tests.make import area
from tests.tracing.scenario import store_all
from tests.tracing.worked import CELL, FINDING, GRID, JIA, NEIGHBOURHOOD, PLAN, YI, at, name

LATER = at(7, 12)
BEFORE, BESIDE, CHANGE, CELL_BEFORE = name(17), name(18), name(91), name(19)


def ended(make, key, code, on):
    """A grid beside that of the worked example, until a day."""
    path = make.reload(Grid, GRID).path.replace("001001001/", f"{code[-9:]}/")
    make.store(
        Grid(
            id=key, code=code, name="经八路00网格", tier=3, parent_id=NEIGHBOURHOOD, path=path,
            area=8e6, boundary=area(box(113.65, 34.75, 113.69, 34.77)),
            valid_from=at(1), valid_to=on,
        )
    )  # fmt: skip


def split(make, *, on):
    """The grid of the worked example is one part of a grid that was split on a day."""
    make.now = LATER
    store_all(make)
    ended(make, BEFORE, "410105001001009", on)
    make.store(
        Change(
            id=CHANGE, level=Cut.GRID, kind=Alters.SPLIT, grid_id=BEFORE,
            from_at=on, planned_at=at(1), done_at=on,
        )
    )  # fmt: skip
    make.store(GridHeir(before_id=BEFORE, after_id=GRID, change_id=CHANGE, m2=4e6, at=on))
    follow(make, on)


def follow(make, on):
    """What lies before the day belongs to the cell and the grid of then."""
    with make.database.transaction() as session:
        session.get_one(Grid, GRID).valid_from = on
        session.get_one(Plan, PLAN).grid_id = BEFORE
        cell = session.get_one(Cell, CELL)
        former = cell.model_dump() | {"id": CELL_BEFORE, "grid_id": BEFORE, "valid_to": on}
        cell.valid_from = on
        session.add(Cell(**former))
        session.flush()
        session.add(CellHeir(before_id=CELL_BEFORE, after_id=CELL, change_id=CHANGE, m2=1e4, at=on))
        for table in (Visit, ClearNote):
            for seen in session.scalars(select(table).where(col(table.seen_at) < on)):
                seen.cell_id, seen.grid_id = CELL_BEFORE, BEFORE
        for post in list(session.scalars(select(Post).where(col(Post.grid_id) == GRID))):
            session.add(Post(**post.model_dump(exclude={"id"}) | {"from_at": on}))
            post.grid_id, post.to_at = BEFORE, on


def facts(make):
    finding = make.reload(Finding, FINDING)
    with make.database.reading() as session:
        return queries.facts_of(session, finding)


def test_what_was_walked_before_the_ground_was_cut_anew_counts(make, database):
    split(make, on=at(5))

    with database.reading() as session:
        found = queries.trace(session, FINDING, now=LATER)
    assert [(one.account, one.person) for one in found.windows] == [
        (Account.PATROLLED, JIA),
        (Account.PATROLLED, JIA),
        (Account.MISSED, YI),
        (Account.PATROLLED, YI),
        (Account.MISSED, YI),
    ]
    assert found.not_before == at(3, 9)


def test_a_plan_of_a_grid_that_came_in_by_a_merger_asks_nothing_here_before(make, database):
    split(make, on=at(5))
    ended(make, BESIDE, "410105001001008", at(5))
    with database.transaction() as session:
        plan = session.get_one(Plan, PLAN).model_dump() | {"id": name(20), "grid_id": BESIDE}
        session.add(Plan(**plan))
    make.store(GridHeir(before_id=BESIDE, after_id=GRID, change_id=CHANGE, m2=4e6, at=at(5)))

    starts = {one.plan: one.windows[0].window.start for one in facts(make).obligations}
    assert starts == {PLAN: at(2, 7), name(20): at(5, 7)}


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
