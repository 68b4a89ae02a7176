"""Reading coverage from standings and closed windows; history is never scanned."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, within
from patrol.core.roles import Line, Role
from patrol.core.store import engine_of, is_sqlite
from patrol.coverage import sorting
from patrol.coverage.rules import RANKS, Rates, Slot, Tally, face, never, slot, steps, tally
from patrol.coverage.sorting import Shape
from patrol.grid import queries as grids
from patrol.grid.model import Cell, Grid
from patrol.grid.queries import GridCard
from patrol.people import queries as people
from patrol.plans import queries as plans
from patrol.plans.model import Plan, Standing, WindowCredit, WindowResult
from patrol.plans.rules import Cadence, Moment, Reach, State, Window, reaches
from patrol.plans.scope import held_over
from patrol.rounds import queries as rounds
from patrol.rounds.model import Round, Visit
from patrol.rounds.rules import Grade

REMEMBERED = 5000  # places kept in memory
MOST_CODES = 200_000  # cells kept in memory
_known_many: dict[tuple[Any, str], tuple[int, int | None]] = {}
_known_codes: dict[Any, dict[str, str]] = {}


@dataclass(frozen=True)
class Asked:
    """Which plans a reader looks at, whose grids, and how well proven a visit must be."""

    cadence: Cadence | None = None
    topic: str | None = None
    line: Line | None = None
    people: frozenset[UUID | None] | None = None  # whose figures; None in it: nobody's
    grids: frozenset[UUID] | None = None  # where the posts of those people are, for states
    roles: frozenset[Role] | None = None  # of those posts
    grade: Grade | None = None

    def takes(self, plan: Plan) -> bool:
        """Whether a plan is among them, and obliges a post of the people chosen."""
        return self.names(plan) and (self.roles is None or plan.role in self.roles)

    def names(self, plan: Plan) -> bool:
        """Whether a plan is among them, whomever it obliges."""
        return (
            self.cadence in {None, plan.cadence}
            and self.line in {None, plan.line}
            and (self.topic is None or self.topic in plan.topics)
        )

    @property
    def of_plans(self) -> bool:
        """Whether some plans are left out."""
        return not (self.cadence is None and self.topic is None and self.line is None)


@dataclass(frozen=True)
class Stood:
    """The plans over the cells below a grid, and what sorts their standings into states."""

    plans: Sequence[Plan]
    moments: Mapping[UUID, Moment]
    shape: Shape
    told: Mapping[str, Any]


@dataclass(frozen=True)
class Count:
    """One lowest grid: its cells by state, and the longest unvisited of those ever visited."""

    tally: Tally
    oldest: datetime | None


@dataclass(frozen=True)
class GridLine:
    """A grid in the list beside the map."""

    grid: GridCard
    tally: Tally
    gap: timedelta | None  # since the last visit of the cell that waits longest
    holder: str | None
    rates: Rates

    @property
    def state(self) -> State | None:
        """Its face on a map."""
        return face(self.tally)


@dataclass(frozen=True)
class CellLine:
    """A cell in the list behind a number."""

    id: UUID
    code: str
    number: int
    grid_name: str
    state: State
    last: datetime | None


@dataclass(frozen=True)
class Past:
    """One window of a plan in one cell, with the visits that fell into it."""

    window: Window
    closes: datetime
    slot: Slot
    visits: Sequence[Visit]


@dataclass(frozen=True)
class CellPlan:
    """How a cell stands under one plan, and how it stood window by window."""

    plan: Plan
    state: State
    last: datetime | None
    grade: str | None
    officer: str | None
    minutes: int | None  # left if positive, over if negative
    past: Sequence[Past]


# Now


def stood(session: Session, path: str, asked: Asked, *, zone: ZoneInfo, now: datetime) -> Stood:
    """The standings below a path of the tree under the plans asked for."""
    ids = session.connection().execute(sorting.PLANS, {"path": path}).scalars()
    chosen = [plan for plan in plans.live(session, ids, now=now) if asked.takes(plan)]
    moments = plans.moments(chosen, zone, now=now)
    different, told = sorting.told(path, moments)
    if asked.grids is not None:
        told["among"] = list(asked.grids)
    if asked.grade is not None:
        told["grade"] = asked.grade.value
    shape = Shape(different, among=asked.grids is not None, graded=asked.grade is not None)
    return Stood(chosen, moments, shape, told)


def many(session: Session, path: str, *, now: datetime) -> int:
    """How many cells lie below a path of the tree, under a plan or not; as of this minute."""
    minute = int(now.timestamp()) // 60
    key = engine_of(session), path
    known, then = _known_many.get(key, (0, None))
    if then != minute:
        if len(_known_many) > REMEMBERED:
            _known_many.clear()
        known = session.connection().execute(sorting.CELLS, {"path": path}).scalar_one()
        _known_many[key] = known, minute
    return known


def states(session: Session, path: str, found: Stood) -> dict[State, list[str]]:
    """The codes of the cells in each state; the worst where several plans cover one."""
    if not found.plans:
        return {}
    asked = sorting.states(found.shape, by_index=is_sqlite(session))
    row = session.connection().execute(asked, found.told).one()
    keys = {RANKS[rank]: told.split(" ") for rank, told in enumerate(row) if told}
    known = _known_codes.setdefault(engine_of(session), {})
    try:
        return {one: [*map(known.__getitem__, some)] for one, some in keys.items()}
    except KeyError:
        _read_codes(session, path, known)
    return {one: [known[key] for key in some if key in known] for one, some in keys.items()}


def _read_codes(session: Session, path: str, known: dict[str, str]) -> None:
    """The codes of the cells below a path, by key: a cell keeps its code as long as it lasts."""
    if len(known) > MOST_CODES:
        known.clear()
    rows = session.connection().execute(sorting.CODES, {"path": path})
    known.update((key, code) for key, code in rows)


def count(session: Session, found: Stood) -> dict[UUID, Count]:
    """The cells of each lowest grid by state."""
    if not found.plans:
        return {}
    by_state: dict[UUID, Counter[State]] = defaultdict(Counter)
    oldest: dict[UUID, datetime] = {}
    rows = session.connection().execute(sorting.counts(found.shape), found.told)
    for grid_id, rank, number, last in rows:
        by_state[grid_id][RANKS[rank]] += number
        if last is not None:
            oldest[grid_id] = min(last, oldest.get(grid_id, last))
    return {one: Count(tally(found), oldest.get(one)) for one, found in by_state.items()}


def cells(
    session: Session, found: Stood, state: State | None, *, page: int, size: int
) -> list[CellLine]:
    """Cells below a grid, the worst and longest unvisited first; one more than a page holds."""
    if not found.plans:
        return []
    ranks = [RANKS.index(one) for one in (RANKS if state is None else [state])]
    asked = {"ranks": ranks, "offset": (page - 1) * size, "limit": size + 1}
    rows = session.connection().execute(sorting.cells(found.shape), {**found.told, **asked})
    return [
        CellLine(one, code, number, name, RANKS[rank], last)
        for one, code, number, name, rank, last in rows
    ]


# The list beside the map


def tops(session: Session, actor: Actor) -> list[GridCard]:
    """Where a reader's view of coverage begins."""
    return grids.tops(grids.cards_within(session, within(actor, May.SEE_COVERAGE, Grid)))


def lines(
    session: Session,
    below: Sequence[GridCard],
    standing: Mapping[UUID, Count],
    rates: Mapping[UUID, Rates],
    *,
    now: datetime,
) -> list[GridLine]:
    """One line for each of these grids, with what lies below it added up."""
    paths = grids.paths(session, {*standing, *rates})
    holders = people.chains(session, [card.id for card in below], Line.TERRITORY, at=now)
    found = []
    for card in below:
        inside = [one for one, path in paths.items() if path.startswith(card.path)]
        sums = [standing[one] for one in inside if one in standing]
        oldest = min((one.oldest for one in sums if one.oldest), default=None)
        found.append(
            GridLine(
                card,
                sum((one.tally for one in sums), Tally()),
                now - oldest if oldest else None,
                _holder(holders.get(card.id, []), card),
                sum((rates[one] for one in inside if one in rates), Rates()),
            )
        )
    return found


def _holder(chain: Sequence[people.Holder], card: GridCard) -> str | None:
    """Who holds a grid: the post on it itself, else the lowest level that answers."""
    own = (holder for holder in chain if holder.grid_id == card.id and holder.answers_name)
    lowest = (holder for holder in chain if holder.answers_name)
    chosen = next(own, None) or next(lowest, None)
    return chosen.answers_name if chosen else None


# One cell


def history(
    session: Session, cell: Cell, *, since: datetime, zone: ZoneInfo, now: datetime
) -> list[CellPlan]:
    """How a cell stands under each live plan, and its windows since then with their visits."""
    standings = {
        row.plan_id: row
        for row in session.scalars(select(Standing).where(col(Standing.cell_id) == cell.id))
    }
    chosen = plans.live(session, list(standings), now=now)
    moments = plans.moments(chosen, zone, now=now)
    asked = {plan.id: _asked(session, plan, cell, since, zone, now) for plan in chosen}
    starts = {reach.window.start for reached in asked.values() for reach in reached}
    visits = rounds.visits_in(
        session, cell.id, min(starts, default=since), now + timedelta(seconds=1)
    )
    known = people.names(session, (row.officer_id for row in standings.values()))
    duties = _duties(session, {visit.round_id for visit in visits})
    served = _told(session, WindowCredit, asked, starts, col(WindowCredit.cell_id) == cell.id)
    in_grid = col(WindowResult.grid_id) == cell.grid_id
    excused = _told(session, WindowResult, asked, starts, in_grid & col(WindowResult.excused))
    found = []
    for plan in chosen:
        row, at = standings[plan.id], moments[plan.id]
        state = next(
            (one for edge, one in steps(at) if row.seen_at and (not edge or row.seen_at >= edge)),
            never(at),
        )
        over = at.minutes_over if state in {State.OVERDUE, State.NEVER} else None
        minutes = at.minutes_left if over is None else -over
        mine = [one for one in visits if plan.role in duties[one.round_id]]
        past = []
        for reach in asked[plan.id]:
            key = plan.id, reach.window.start
            told = slot(reach.closes, now, served=key in served, excused=key in excused)
            inside = [one for one in mine if reach.holds(one.seen_at)]
            if told is Slot.SERVED and not inside:  # by a crew that changed before its round ended
                inside = [one for one in visits if reach.holds(one.seen_at)]
            past.append(Past(reach.window, reach.closes, told, inside))
        officer = known.get(row.officer_id) if row.officer_id else None
        found.append(CellPlan(plan, state, row.seen_at, row.grade, officer, minutes, past))
    return found


def _asked(
    session: Session, plan: Plan, cell: Cell, since: datetime, zone: ZoneInfo, now: datetime
) -> list[Reach]:
    """The windows since then in which a plan asked for a cell; none that closed before it did."""
    held = held_over(session, plan, cell.id)
    return [
        reach
        for reach in reaches(plans.terms(plan, zone), max(since, plan.valid_from), now)
        if cell.valid_from < reach.closes
        and any(
            one.since < reach.closes and (one.until is None or reach.window.start < one.until)
            for one in held
        )
    ]


def _told(
    session: Session,
    table: Any,
    of_plans: Iterable[UUID],
    starts: Collection[datetime],
    condition: ColumnElement[bool],
) -> set[tuple[UUID, datetime]]:
    """The windows that a table tells this of, by plan and start."""
    query = select(table.plan_id, table.from_at).where(
        table.plan_id.in_(list(of_plans)), table.from_at.in_(starts), condition
    )
    return {(plan_id, start) for plan_id, start in session.execute(query)}


def _duties(session: Session, ids: set[UUID]) -> dict[UUID, list[str]]:
    """The roles that obliged the crew of each round when it ended."""
    query = select(col(Round.id), col(Round.duties)).where(col(Round.id).in_(ids))
    return {row[0]: row[1] for row in session.execute(query)}
