"""The page of a walk as cards: how each cell stands, what is due, where it lies."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.catalogue import queries as catalogue
from patrol.catalogue.model import Topic
from patrol.core.access import Actor
from patrol.core.roles import LINE_OF, WALKERS, Role
from patrol.grid.model import Cell, Grid
from patrol.grid.queries import CellCard as CellPlace
from patrol.grid.queries import cell_shapes
from patrol.people import queries as people
from patrol.plans import queries as plans
from patrol.plans.model import Plan, Standing
from patrol.plans.rules import Moment, State, standing
from patrol.rounds import queries
from patrol.rounds.drawing import Sheet, gaps, sheet
from patrol.rounds.model import Round, Visit
from patrol.rounds.ordering import Stop, going_on, legs
from patrol.rounds.rules import Fix, Grade, walked

MOST_CELLS = 600  # on one page
_WORST_FIRST = (State.OVERDUE, State.NEVER, State.DUE_SOON, State.FRESH, State.SUSPENDED)


@dataclass(frozen=True)
class CellCard:
    """One cell of a walk: how it stands, what is due, where it lies on the sheet."""

    id: UUID
    code: str
    number: int
    state: State | None  # the worst of its plans; None where no plan asks for it
    due: bool  # a window is open that it has not been credited in
    minutes: int | None  # left in that window; below zero since the last one was missed
    visited_at: datetime | None  # on this round
    grade: Grade | None  # of that visit; None while pending
    path: str
    x: int
    y: int
    ends: int | None = None  # minutes to the end of the first window that is open here
    leg: int | None = None  # of the suggested walk, from 1; None where nothing is due
    turn: int | None = None  # in that walk, from 1

    @property
    def place(self) -> str:
        """What it is to who walks: on this round `seen` with proof or only `told`, else `due`."""
        if self.visited_at is not None:
            return "seen" if self.grade and self.grade.meets(Grade.B) else "told"
        if self.state is None:
            return "free"
        return "due" if self.due and self.state is State.FRESH else self.state.value


@dataclass(frozen=True)
class Asked:
    """One plan that asks for this walk."""

    id: UUID
    name: str
    topics: tuple[str, ...]
    minutes_left: int | None


@dataclass(frozen=True)
class Walk:
    """Everything the page of a walk shows, before it starts and while it goes on."""

    grid_id: UUID
    grid_name: str
    going: Round | None
    paused: bool
    asked: Sequence[Asked]
    cells: Sequence[CellCard]
    more: int  # cells beyond those shown
    sheet: Sheet
    lines: Sequence[str]
    gaps: Sequence[str]
    topics: Sequence[Topic]
    fellows: Sequence[tuple[UUID, str]]
    recent: Collection[UUID]  # cells of 本段

    @property
    def way(self) -> list[CellCard]:
        """The cells still to be walked, in the order suggested."""
        return [cell for cell in self.cells if cell.turn and cell.visited_at is None]

    @property
    def done(self) -> int:
        """Cells that need nothing now."""
        return sum(not cell.due or cell.visited_at is not None for cell in self.cells)

    @property
    def minutes_left(self) -> int | None:
        """Until the first open window ends."""
        return min((a.minutes_left for a in self.asked if a.minutes_left is not None), default=None)

    @property
    def wanted(self) -> set[str]:
        """The topics its plans look at."""
        return {topic for each in self.asked for topic in each.topics}


def walk(
    session: Session,
    actor: Actor,
    grid: Grid,
    going: Round | None,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> Walk:
    """The walk of one grid, the most urgent cells first."""
    shapes = cell_shapes(session, grid)
    roles = _roles(actor, grid, going)
    asked, standings = _asked(session, {place.grid_id for place, _ in shapes}, roles, now)
    at = plans.moments(asked.values(), zone, now=now)
    made = _visits(session, going)
    visits = best(made)
    on = sheet(shape for _, shape in shapes)
    lines = lines_of(session, going)
    cells = sorted(
        (
            cell_card(place, shape, standings.get(place.id, ()), at, visits, on)
            for place, shape in shapes
        ),
        key=_urgency,
    )
    return Walk(
        grid_id=grid.id,
        grid_name=grid.name,
        going=going,
        paused=going is not None and queries.open_pause(session, going.id) is not None,
        asked=sorted((_plan(plan, at[plan.id]) for plan in asked.values()), key=_soonest),
        cells=in_turn(cells[:MOST_CELLS]),
        more=max(0, len(cells) - MOST_CELLS),
        sheet=on,
        lines=[on.line(line) for line in lines],
        gaps=gaps(lines, on),
        topics=catalogue.topics(session),
        fellows=_fellows(session, grid.id, actor.id, now=now),
        recent=set(walked({visit.cell_id: visit.seen_at for visit in made}, now)),
    )


def my_grids(session: Session, actor: Actor) -> list[Grid]:
    """The lowest grids that this person's posts walk."""
    ids = {one for role, grids in actor.roles.items() if role in WALKERS for one in grids}
    leaves = select(col(Cell.grid_id)).where(col(Cell.grid_id).in_(ids))
    query = select(Grid).where(col(Grid.id).in_(leaves), col(Grid.valid_to).is_(None))
    return list(session.scalars(query.order_by(col(Grid.path))))


def _roles(actor: Actor, grid: Grid, going: Round | None) -> set[Role]:
    if going is not None and going.duties:
        return {Role(role) for role in going.duties}
    return {role for role, grids in actor.roles.items() if role in LINE_OF and grid.id in grids}


def _asked(
    session: Session, grids: Collection[UUID], roles: Collection[Role], now: datetime
) -> tuple[dict[UUID, Plan], dict[UUID, list[tuple[UUID, datetime | None]]]]:
    """The live plans that oblige these roles here, and each cell's credit under them."""
    rows = session.execute(
        select(col(Standing.plan_id), col(Standing.cell_id), col(Standing.seen_at)).where(
            col(Standing.grid_id).in_(list(grids))
        )
    ).all()
    live = plans.live(session, {row.plan_id for row in rows}, now=now)
    asked = {plan.id: plan for plan in live if plan.role in roles}
    standings: dict[UUID, list[tuple[UUID, datetime | None]]] = defaultdict(list)
    for plan_id, cell_id, seen_at in rows:
        if plan_id in asked:
            standings[cell_id].append((plan_id, seen_at))
    return asked, standings


def cell_card(
    place: CellPlace,
    shape: Any,
    standings: Iterable[tuple[UUID, datetime | None]],
    at: Mapping[UUID, Moment],
    visits: Mapping[UUID, Visit],
    on: Sheet,
) -> CellCard:
    """One cell as it stands under its plans and on this round, drawn on the sheet."""
    known = [(at[plan_id], seen_at) for plan_id, seen_at in standings]
    states = {standing(moment, seen_at) for moment, seen_at in known}
    due = [moment for moment, seen_at in known if _is_due(moment, seen_at)]
    left = [moment.minutes_left for moment in due if moment.minutes_left is not None]
    ends = [moment.minutes_left for moment, _ in known if moment.minutes_left is not None]
    over = [moment.minutes_over for moment, _ in known if moment.minutes_over is not None]
    state = next((state for state in _WORST_FIRST if state in states), None)
    visit = visits.get(place.id)
    x, y = on.spot(place.lon, place.lat)
    return CellCard(
        id=place.id,
        code=place.code,
        number=place.number,
        state=state,
        due=bool(due),
        minutes=-min(over) if state is State.OVERDUE and over else min(left, default=None),
        visited_at=visit.seen_at if visit else None,
        grade=visit.grade if visit and not visit.pending else None,
        path=on.path(shape),
        x=x,
        y=y,
        ends=min(left or ends, default=None),
    )


def in_turn(cells: Sequence[CellCard]) -> list[CellCard]:
    """The cells to walk in the order suggested, then the others as they come.

    Those seen on this round keep their turns, so that the walk stays the same while it is walked.
    """
    asked = {cell.id: cell for cell in cells if cell.due or cell.visited_at is not None}
    walk = legs(Stop(cell.id, cell.x, cell.y, cell.ends) for cell in asked.values())
    ways = [[stop.key for stop in leg] for leg in walk]
    places = [(key, number) for number, way in enumerate(ways, 1) for key in way]
    turned = {
        key: replace(asked[key], leg=leg, turn=turn) for turn, (key, leg) in enumerate(places, 1)
    }
    seen = {cell.id: cell.visited_at for cell in cells if cell.visited_at is not None}
    left = going_on(ways, sorted(seen, key=lambda key: (seen[key], str(key))))
    ahead = set(left)
    rest = (turned.get(cell.id, cell) for cell in cells if cell.id not in ahead)
    return [*(turned[key] for key in left), *rest]


def _is_due(moment: Moment, seen_at: datetime | None) -> bool:
    if moment.suspended or moment.current is None:
        return False
    return seen_at is None or seen_at < moment.current.start


def _urgency(cell: CellCard) -> tuple[bool, int, int]:
    """What is due first, the worst of it first, then by number."""
    rank = _WORST_FIRST.index(cell.state) if cell.state else len(_WORST_FIRST)
    return not cell.due or cell.visited_at is not None, rank, cell.number


def _plan(plan: Plan, moment: Moment) -> Asked:
    return Asked(plan.id, plan.name, tuple(plan.topics), moment.minutes_left)


def _soonest(asked: Asked) -> tuple[float, str]:
    return asked.minutes_left if asked.minutes_left is not None else float("inf"), asked.name


def _visits(session: Session, going: Round | None) -> list[Visit]:
    if going is None:
        return []
    query = select(Visit).where(col(Visit.round_id) == going.id).order_by(col(Visit.seen_at))
    return list(session.scalars(query))


def best(visits: Iterable[Visit]) -> dict[UUID, Visit]:
    """For each cell the visit that proves most, the latest of those."""
    ranked = sorted(visits, key=lambda v: (v.pending, v.grade.value, -v.seen_at.timestamp()))
    return {visit.cell_id: visit for visit in reversed(ranked)}


def lines_of(session: Session, one: Round | None) -> list[list[Fix]]:
    """The unbroken stretches of a round's whole track."""
    if one is None:
        return []
    batches = queries.batches_around(
        session, one.id, one.started_at, one.ended_at or one.started_at + timedelta(days=2)
    )
    return queries.stretches(batches)


def _fellows(session: Session, grid_id: UUID, me: UUID, *, now: datetime) -> list[tuple[UUID, str]]:
    """Others whose posts walk here, who may come along."""
    holders = (
        holder
        for role in sorted(WALKERS)
        for holder in people.answering(session, grid_id, role, at=now)
    )
    return list(
        dict.fromkeys(
            (holder.person_id, holder.name or "")
            for holder in holders
            if holder.binding and holder.person_id is not None and holder.person_id != me
        )
    )
