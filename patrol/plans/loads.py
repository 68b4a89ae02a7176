"""What the plans ask of each person, day by day, with a draft among them before it holds."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlmodel import Session, col

from patrol.core.roles import WALKERS
from patrol.grid.model import Cell, Grid
from patrol.people import queries as people
from patrol.people.model import Excuse, Post, Shift
from patrol.people.rules import ExcuseKind
from patrol.plans import measures
from patrol.plans.feasibility import AHEAD, Figures, Load, Work, asked, days_of
from patrol.plans.model import Plan, PlanState, Standing
from patrol.plans.rules import Terms
from patrol.plans.scope import Place
from patrol.plans.windows import midnight

_DAY = timedelta(days=1)
_NOON = time(12)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class OfficerLoads:
    """What the coming days ask of one person."""

    person_id: UUID
    name: str
    days: tuple[Load, ...]

    @property
    def worst(self) -> Load:
        """The day with the least to spare."""
        return min(self.days, key=lambda one: (one.available - one.planned, one.day))

    @property
    def too_much(self) -> bool:
        """Whether some day asks for more than it holds."""
        return not self.worst.possible


@dataclass
class _Heap:
    """Cells of one grid that the same plans ask for."""

    cells: int = 0
    area: float = 0.0


_Key = tuple[UUID, frozenset[UUID]]  # the grid whose holder is asked, and the plans
_Span = tuple[datetime, datetime]
_Rostered = Mapping[tuple[UUID, date], Sequence[_Span]]
_Teams = Mapping[UUID, Sequence[UUID]]  # who walks a grid on a day


def by_officer(
    session: Session,
    plan: Plan,
    places: Sequence[Place],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> list[OfficerLoads]:
    """The days of everybody whom a plan asks, all other plans counted in, the worst first.

    A plan that is not in force yet counts as if it were, and what it replaces does not. A place
    that nobody holds asks nobody.
    """
    days = _days(plan, [plan], zone, now)
    places_of = _asked_grids(plan, places)
    persons = {
        one for day in days for team in _teams(session, places_of, plan, day, zone).values()
        for one in team
    }  # fmt: skip
    if not persons:
        return []
    grids = places_of | _grids_of(session, persons, plan, days, zone)
    heaps, plans = _heaps(session, plan, places, grids)
    days = _days(plan, plans, zone, now)
    terms = {one.id: one.terms(zone) for one in plans}
    dwell = {one.id: one.minutes_per_cell for one in plans}
    rostered = _rostered(session, persons, days, zone)
    away = _away(session, persons, rostered, days, zone)
    figures = measures.figures(session)
    hours = _hours(persons, rostered, days, figures)
    told: dict[UUID, list[Load]] = defaultdict(list)
    for day in days:
        teams = _teams(session, grids, plan, day, zone)
        off = {one for one in persons if away.get((one, day), 0.0) >= hours[one, day].shift}
        works = _works(heaps, teams, off, terms, dwell)
        for person in persons:
            asked_of, own = asked(works[person], day, zone, figures), hours[person, day]
            told[person].append(Load(day, asked_of, away.get((person, day), 0.0), own))
    names = people.names(session, persons)
    found = [OfficerLoads(one, names.get(one, "—"), tuple(told[one])) for one in persons]
    return sorted(found, key=lambda one: (one.worst.available - one.worst.planned, one.name))


def _days(plan: Plan, plans: Iterable[Plan], zone: ZoneInfo, now: datetime) -> list[date]:
    """The days of a plan on which these plans may ask for most."""
    first = max(plan.valid_from, now).astimezone(zone).date()
    days = sorted({day for one in plans for day in days_of(one.terms(zone), first)})
    until = plan.valid_to
    return [one for one in days if until is None or midnight(one, zone) < until] or days[:1]


def _asked_grids(plan: Plan, places: Iterable[Place]) -> set[UUID]:
    """The grids whose holders a plan asks: of walkers the lowest ones, of others its own."""
    return {one.grid_id for one in places} if plan.role in WALKERS else {plan.grid_id}


def _teams(
    session: Session, grids: Collection[UUID], plan: Plan, day: date, zone: ZoneInfo
) -> dict[UUID, list[UUID]]:
    """Who answers for each grid at noon of a day: all who hold it as whoever comes first does."""
    noon = midnight(day, zone, _NOON)
    found = people.answering_each(session, grids, plan.role, at=noon)
    return {
        grid_id: [one.person_id for one in held if one.kind is held[0].kind and one.person_id]
        for grid_id, held in found.items()
        if held
    }


def _grids_of(
    session: Session, persons: Collection[UUID], plan: Plan, days: Sequence[date], zone: ZoneInfo
) -> set[UUID]:
    """The grids that these persons may have to walk in these days."""
    held = select(col(Post.grid_id)).where(
        col(Post.person_id).in_(persons),
        col(Post.role) == plan.role,
        col(Post.from_at) < midnight(days[-1] + _DAY, zone),
        or_(col(Post.to_at).is_(None), col(Post.to_at) > midnight(days[0], zone)),
    )
    if plan.role not in WALKERS:
        return set(session.scalars(held))
    tops = session.scalars(select(col(Grid.path)).where(col(Grid.id).in_(held))).all()
    below = or_(*(col(Grid.path).startswith(top, autoescape=True) for top in tops))
    return set(session.scalars(select(col(Grid.id)).where(below))) if tops else set()


def _heaps(
    session: Session, plan: Plan, places: Sequence[Place], grids: Collection[UUID]
) -> tuple[dict[_Key, _Heap], list[Plan]]:
    """The cells of these grids by the plans that ask for them, and these plans."""
    walks = plan.role in WALKERS
    rows = session.execute(
        select(col(Standing.plan_id), col(Standing.cell_id), col(Standing.grid_id),
               col(Plan.grid_id), col(Cell.area))
        .join(Plan, col(Plan.id) == col(Standing.plan_id))
        .join(Cell, col(Cell.id) == col(Standing.cell_id))
        .where(
            col(Plan.state) == PlanState.PUBLISHED,
            col(Plan.role) == plan.role,
            col(Plan.id) != plan.id,
            (col(Standing.grid_id) if walks else col(Plan.grid_id)).in_(grids),
        )
    )  # fmt: skip
    by_cell: dict[tuple[UUID, UUID], set[UUID]] = defaultdict(set)
    areas: dict[UUID, float] = {}
    for plan_id, cell_id, grid_id, scope_id, area in rows:
        if plan_id != plan.replaces_id:
            by_cell[grid_id if walks else scope_id, cell_id].add(plan_id)
            areas[cell_id] = area
    areas |= _areas(session, {one.cell_id for one in places} - areas.keys())
    for one in places:
        by_cell[one.grid_id if walks else plan.grid_id, one.cell_id].add(plan.id)
    heaps: dict[_Key, _Heap] = defaultdict(_Heap)
    for (grid_id, cell_id), asking in by_cell.items():
        heap = heaps[grid_id, frozenset(asking)]
        heap.cells += 1
        heap.area += areas.get(cell_id, 0.0)
    others = {one for _, asking in heaps for one in asking} - {plan.id}
    known = session.scalars(select(Plan).where(col(Plan.id).in_(others)))
    return heaps, [plan, *known]


def _areas(session: Session, cells: Collection[UUID]) -> dict[UUID, float]:
    found: dict[UUID, float] = {}
    for first in range(0, len(cells), 500):
        some = sorted(cells)[first : first + 500]
        rows = session.execute(select(col(Cell.id), col(Cell.area)).where(col(Cell.id).in_(some)))
        found |= {cell_id: area for cell_id, area in rows}  # noqa: C416  rows are no pairs
    return found


def _works(
    heaps: Mapping[_Key, _Heap],
    teams: _Teams,
    off: Collection[UUID],
    terms: Mapping[UUID, Terms],
    dwell: Mapping[UUID, float],
) -> dict[UUID, list[Work]]:
    """The work of each person on a day; who is off all day leaves it to the others there."""
    works: dict[UUID, list[Work]] = defaultdict(list)
    for (grid_id, asking), heap in heaps.items():
        team = teams.get(grid_id, ())
        here = [one for one in team if one not in off] or team
        for person in here:
            works[person].append(
                Work(
                    frozenset(terms[one] for one in asking),
                    heap.cells / len(here),
                    max(dwell[one] for one in asking),
                    heap.area / heap.cells,
                )
            )
    return works


def _away(
    session: Session,
    persons: Collection[UUID],
    rostered: _Rostered,
    days: Sequence[date],
    zone: ZoneInfo,
) -> dict[tuple[UUID, date], float]:
    """Minutes of leave, or on another order, that each day's shift of each person loses.

    Where nothing is rostered that may be at any hour of the day.
    """
    first, last = midnight(days[0], zone), midnight(days[-1] + 2 * _DAY, zone)
    entries = session.scalars(
        select(Excuse).where(
            col(Excuse.person_id).in_(persons),
            col(Excuse.from_at) < last,
            col(Excuse.to_at) > first,
            col(Excuse.refused_at).is_(None),
            col(Excuse.kind) != ExcuseKind.WEATHER,
        )
    ).all()
    away: dict[tuple[UUID, date], float] = defaultdict(float)
    for entry in entries:
        if entry.approved_at is None and entry.recorded_by == entry.person_id:
            continue
        for day in days:
            at = entry.person_id, day
            whole = [(midnight(day, zone), midnight(day + _DAY, zone))]
            for opens, closes in rostered.get(at, whole):
                shared = min(entry.to_at, closes) - max(entry.from_at, opens)
                away[at] += max(shared / _MINUTE, 0.0)
    return away


def _hours(
    persons: Collection[UUID], rostered: _Rostered, days: Sequence[date], figures: Figures
) -> dict[tuple[UUID, date], Figures]:
    """The shift of each person on each day: as rostered, or the usual one where nothing is."""
    lasting = {
        at: sum(((end - start) / _MINUTE for start, end in spans), 0.0)
        for at, spans in rostered.items()
    }
    return {
        (person, day): replace(figures, shift=lasting[person, day])
        if (person, day) in lasting
        else figures
        for person in persons
        for day in days
    }


def _rostered(
    session: Session, persons: Collection[UUID], days: Sequence[date], zone: ZoneInfo
) -> _Rostered:
    """The shifts that begin on each day; none of a person who has no shift within a week of it."""
    shifts = session.scalars(
        select(Shift).where(
            col(Shift.person_id).in_(persons),
            col(Shift.from_at) < midnight(days[-1] + _DAY, zone),
            col(Shift.to_at) > midnight(days[0], zone),
            col(Shift.cancelled_at).is_(None),
        )
    ).all()
    begun: dict[UUID, dict[date, list[_Span]]] = defaultdict(lambda: defaultdict(list))
    for one in shifts:
        day = one.from_at.astimezone(zone).date()
        begun[one.person_id][day].append((one.from_at, one.to_at))
    return {
        (person, day): known.get(day, [])
        for person, known in begun.items()
        for day in days
        if any(abs(other - day) < AHEAD * _DAY for other in known)
    }
