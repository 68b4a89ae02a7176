"""What is due for one person now: the first page of everybody who walks, asked for most."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, case, cast, func, null, or_, select
from sqlmodel import Session, col

from patrol.core import clock
from patrol.core.access import Actor
from patrol.core.questions import Question
from patrol.core.roles import WALKERS, Role
from patrol.core.store import UTCDateTime, engine_of
from patrol.grid.model import Cell, Grid
from patrol.people.model import Post
from patrol.plans.model import Plan, PlanState, Standing
from patrol.plans.queries import LIVE, moment_of, terms
from patrol.plans.rules import Cadence, Moment, State, Terms, Window, tally

REMEMBERED = 5000  # places kept in memory; each is read anew every minute
_known_places: dict[tuple[UUID, int], Any] = {}
_known_plans: dict[UUID, "_Published"] = {}
_known_duties: dict[Any, dict[UUID, Terms]] = {}  # the terms in which plans obliged, by duties
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORST_FIRST = (State.OVERDUE, State.NEVER, State.DUE_SOON, State.FRESH, State.SUSPENDED)


@dataclass(frozen=True)
class Due:
    """One plan in one grid as its officer sees it today."""

    plan_id: UUID
    plan_name: str
    grid_id: UUID
    grid_name: str
    cadence: Cadence
    topics: tuple[str, ...]
    grade: str
    state: State  # the worst of its cells
    window: Window | None  # open now
    upcoming: Window | None
    minutes_left: int | None
    minutes_over: int | None
    done: int = 0  # cells credited in the open window; between windows, in the last one
    counts: Mapping[State, int] = field(default_factory=dict)
    lon: float = 0.0  # middle of the grid's cells, WGS 84
    lat: float = 0.0

    @property
    def total(self) -> int:
        """Cells the plan asks for in this grid."""
        return sum(self.counts.values())


class _Counted(NamedTuple):
    """The cells of one plan in one grid, as the database counts them."""

    id: UUID
    state: PlanState
    valid_to: datetime | None
    grid_id: UUID
    cells: int
    seen: int
    fresh: int
    lately: int


@dataclass(frozen=True)
class _Published:
    """What a plan says; once it is published only its state and its end may still change."""

    name: str
    cadence: Cadence
    topics: tuple[str, ...]
    grade: str
    terms: Terms

    def until(self, valid_to: datetime | None) -> "_Published":
        """The same with another end."""
        if self.terms.valid_to == valid_to:
            return self
        return replace(self, terms=replace(self.terms, valid_to=valid_to))


def due_for(session: Session, actor: Actor, *, now: datetime) -> list[Due]:
    """What the plans ask of this person's own posts now, the least time left first."""
    duties = _duties(session, actor, now=now)
    if not duties:
        return []
    rows, said, at = _counted(session, duties, now=now)
    places = _places(session, {row.grid_id for row in rows}, now=now)
    begun = (row for row in rows if said[row.id].terms.valid_from <= now)
    return sorted(
        (_due(row, said[row.id], at[row.id], places[row.grid_id]) for row in begun), key=_urgency
    )


def _counted(
    session: Session, duties: list[tuple[Role, Collection[UUID]]], *, now: datetime
) -> tuple[list[_Counted], dict[UUID, _Published], dict[UUID, Moment]]:
    """Of each live plan that obliges the cells in each grid, what it says, and its moment.

    Cells are counted by the edges of windows the plans had when they were read last; where a plan
    turns out to have other ones, they are counted again.
    """
    shape = tuple((role in WALKERS, len(grids)) for role, grids in duties)
    own: dict[str, Any] = {}
    for number, (role, grids) in enumerate(duties):
        own[f"role{number}"] = role
        own |= {f"grid{number}_{place}": grid for place, grid in enumerate(grids)}
    asked = (engine_of(session), *((role, frozenset(grids)) for role, grids in duties))
    expected = _known_duties.get(asked, {})
    while True:
        for number, (plan_id, known) in enumerate(expected.items()):
            then = moment_of(known, now)
            own |= {
                f"plan{number}": plan_id,
                f"fresh{number}": then.fresh_from or then.now,
                f"done{number}": then.done_from or EPOCH,
            }
        rows = [_Counted(*row) for row in _counting(shape, len(expected)).ask(session, **own)]
        ends = {row.id: (row.valid_to, row.state is PlanState.SUSPENDED) for row in rows}
        said = _said(session, {one: until for one, (until, _) in ends.items()})
        found = {one: plan.terms for one, plan in said.items()}
        if found == expected:
            at = {
                one: moment_of(found[one], now, suspended=rests) for one, (_, rests) in ends.items()
            }
            return rows, said, at
        if len(_known_duties) > REMEMBERED:
            _known_duties.clear()
        expected = _known_duties[asked] = found


def _said(session: Session, ends: Mapping[UUID, datetime | None]) -> dict[UUID, _Published]:
    """What published plans say, read once; `ends` are theirs as of now."""
    said = {one: _known_plans[one] for one in ends if one in _known_plans}
    if missing := ends.keys() - said.keys():
        if len(_known_plans) > REMEMBERED:
            _known_plans.clear()
        for plan in session.scalars(select(Plan).where(col(Plan.id).in_(missing))):
            told = (plan.name, plan.cadence, tuple(plan.topics), plan.grade)
            said[plan.id] = _known_plans[plan.id] = _Published(*told, terms(plan, clock.city()))
    return {one: said[one].until(valid_to) for one, valid_to in ends.items()}


def _duties(
    session: Session, actor: Actor, *, now: datetime
) -> list[tuple[Role, Collection[UUID]]]:
    """The roles a person holds with their grids: all below for walkers, the post's for heads."""
    walked: list[tuple[Role, Collection[UUID]]] = [
        (role, grids) for role, grids in actor.roles.items() if role in WALKERS
    ]
    if len(walked) == len(actor.roles):
        return walked
    held = session.execute(
        select(col(Post.role), col(Post.grid_id)).where(
            col(Post.person_id) == actor.id,
            col(Post.from_at) <= now,
            or_(col(Post.to_at).is_(None), col(Post.to_at) > now),
        )
    )
    own = defaultdict(list)
    for role, grid_id in held:
        if role in actor.roles and role not in WALKERS:
            own[role].append(grid_id)
    return walked + list(own.items())


# Building a statement costs more than running it: it is built once for each shape.


@cache
def _counting(shape: tuple[tuple[bool, int], ...], plans: int) -> Question:
    """The live plans of these duties, by grid: cells, those ever seen, and since two edges."""
    plan_id, grid_id, seen = col(Standing.plan_id), col(Standing.grid_id), col(Standing.seen_at)
    since = {edge: _edges(edge, plans) for edge in ("fresh", "done")}
    cells = (
        select(
            plan_id,
            grid_id,
            func.count().label("cells"),
            func.count(seen).label("seen"),
            func.count().filter(seen >= since["fresh"]).label("fresh"),
            func.count().filter(seen >= since["done"]).label("lately"),
        )
        .where(_obliged(shape))
        .group_by(plan_id, grid_id)
        .subquery()
    )
    figures = (cells.c.grid_id, cells.c.cells, cells.c.seen, cells.c.fresh, cells.c.lately)
    return Question(
        select(col(Plan.id), col(Plan.state), col(Plan.valid_to), *figures)
        .join(cells, cells.c.plan_id == col(Plan.id))
        .where(or_(*(col(Plan.state) == state for state in LIVE)))
        .order_by(col(Plan.id))
    )


def _edges(edge: str, plans: int) -> ColumnElement[Any]:
    """Of the plan of a standing, the moment since which a visit counts; none for other plans."""
    each = {
        bindparam(f"plan{n}", type_=Uuid()): bindparam(f"{edge}{n}", type_=UTCDateTime())
        for n in range(plans)
    }
    return case(each, value=col(Standing.plan_id)) if each else cast(null(), UTCDateTime())


def _obliged(shape: tuple[tuple[bool, int], ...]) -> ColumnElement[bool]:
    """Which standings are a person's own: walkers by the cell's grid, heads by the plan's."""
    either: list[ColumnElement[bool]] = []
    for number, (walks, places) in enumerate(shape):
        role = col(Plan.role) == bindparam(f"role{number}")
        grids: Any = [bindparam(f"grid{number}_{place}", type_=Uuid()) for place in range(places)]
        if walks:
            plans = select(col(Plan.id)).where(role)
            either.append(col(Standing.grid_id).in_(grids) & col(Standing.plan_id).in_(plans))
        else:
            plans = select(col(Plan.id)).where(role, col(Plan.grid_id).in_(grids))
            either.append(col(Standing.plan_id).in_(plans))
    return or_(*either)


def _due(row: _Counted, said: _Published, at: Moment, place: tuple[str, float, float]) -> Due:
    name, lon, lat = place
    counts = tally(at, row.cells, row.seen, row.fresh, row.lately)
    return Due(
        plan_id=row.id,
        plan_name=said.name,
        grid_id=row.grid_id,
        grid_name=name,
        cadence=said.cadence,
        topics=said.topics,
        grade=said.grade,
        state=next(state for state in _WORST_FIRST if counts.get(state)),
        window=at.current,
        upcoming=at.upcoming,
        minutes_left=at.minutes_left,
        minutes_over=at.minutes_over,
        # A cell credited in the window before is still fresh for most of the open one, not done.
        done=row.fresh,
        counts={state: count for state, count in counts.items() if count > 0},
        lon=lon,
        lat=lat,
    )


def _urgency(due: Due) -> tuple[bool, bool, float, str]:
    """Unfinished before finished, open windows first, then by time left."""
    left = due.minutes_left if due.minutes_left is not None else float("inf")
    return due.done == due.total, due.window is None, left, due.grid_name


def _places(
    session: Session, grids: Collection[UUID], *, now: datetime
) -> dict[UUID, tuple[str, float, float]]:
    """The name and the middle of the cells of each grid, as of this minute."""
    minute = int(now.timestamp()) // 60
    if missing := [grid_id for grid_id in grids if (grid_id, minute) not in _known_places]:
        if len(_known_places) > REMEMBERED:
            _known_places.clear()
        rows = session.execute(
            select(col(Grid.id), col(Grid.name), func.avg(col(Cell.lon)), func.avg(col(Cell.lat)))
            .join(Cell, col(Cell.grid_id) == col(Grid.id))
            .where(col(Grid.id).in_(missing))
            .group_by(col(Grid.id), col(Grid.name))
        )
        _known_places.update({(grid_id, minute): tuple(place) for grid_id, *place in rows})
    return {grid_id: _known_places[grid_id, minute] for grid_id in grids}
