"""Reading timetable patrols: lines, and how their timetable was kept."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import or_, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, within
from patrol.grid.model import Grid
from patrol.lines.model import LineStop, PatrolLine, Trip
from patrol.lines.rules import TOLERANCE, Gap, Halt, Kept, Timetable, days, gaps, kept
from patrol.people.queries import names
from patrol.plans.rules import State
from patrol.rounds.cards import Walk
from patrol.rounds.model import Round, Visit
from patrol.rounds.rules import NEAR_ENOUGH, Grade, metres_from


@dataclass(frozen=True)
class LineCard:
    """A line as a list shows it."""

    line: PatrolLine
    grid: str
    stops: int
    departures: Sequence[datetime]  # of today

    def following(self, now: datetime) -> datetime | None:
        """The first departure that has not been yet."""
        return next((at for at in self.departures if at >= now), None)


@dataclass(frozen=True)
class Row:
    """One stop of one trip as the rows show it."""

    halt: Halt
    stop: LineStop
    visit: Visit | None
    officer: str

    @property
    def grade(self) -> Grade | None:
        """How well the arrival is proven; None while that is pending."""
        return self.visit.grade if self.visit and not self.visit.pending else None

    @property
    def late(self) -> timedelta | None:
        """How much later than due; below zero where somebody came early."""
        return self.halt.came_at - self.halt.due_at if self.halt.came_at else None


@dataclass(frozen=True)
class GapRow:
    """A time in which nobody came to a stop."""

    gap: Gap
    stop: LineStop


@dataclass(frozen=True)
class Report:
    """How the timetable of a line was kept over some days."""

    line: PatrolLine
    stops: Sequence[LineStop]
    rows: Sequence[Row]
    gaps: Sequence[GapRow]  # the longest first
    planned: int  # departures that were made, or can no longer be in time
    run: int  # those somebody made

    @property
    def judged(self) -> list[Row]:
        """Stops that were reached, or can no longer be in time."""
        return [row for row in self.rows if row.halt.kept is not Kept.AHEAD]

    @property
    def on_time(self) -> int:
        """Stops at which somebody came in time."""
        return sum(row.halt.kept is Kept.ON_TIME for row in self.rows)

    @property
    def longest(self) -> GapRow | None:
        """The longest time in which nobody came to a stop."""
        return next(iter(self.gaps), None)


def listed(session: Session, actor: Actor, *, now: datetime, zone: ZoneInfo) -> list[LineCard]:
    """The lines this person may see that have not ended, by grid and name."""
    today = now.astimezone(zone).date()
    query = (
        select(PatrolLine, col(Grid.name))
        .join(Grid, col(Grid.id) == col(PatrolLine.grid_id))
        .where(within(actor, May.SEE_PLAN, PatrolLine))
        .where(or_(col(PatrolLine.ended_on).is_(None), col(PatrolLine.ended_on) >= today))
        .order_by(col(Grid.path), col(PatrolLine.name), col(PatrolLine.id))
    )
    found = session.execute(query).all()
    stops = stops_of(session, [line.id for line, _ in found])
    return [
        LineCard(line, grid, len(stops[line.id]), line.timetable(zone).departures_on(today))
        for line, grid in found
    ]


def to_run(session: Session, actor: Actor, *, now: datetime, zone: ZoneInfo) -> list[UUID]:
    """The lines with trips today in grids that this person walks."""
    today = now.astimezone(zone).date()
    walked = frozenset[UUID]().union(*actor.reaches(May.WALK_ROUND).values())
    query = select(PatrolLine).where(col(PatrolLine.grid_id).in_(walked))
    found = session.scalars(query.order_by(col(PatrolLine.id)))
    return [line.id for line in found if line.timetable(zone).departures_on(today)]


def stops_of(session: Session, ids: Collection[UUID]) -> dict[UUID, list[LineStop]]:
    """The stops of lines, in order."""
    query = select(LineStop).where(col(LineStop.line_id).in_(list(ids)))
    found: dict[UUID, list[LineStop]] = defaultdict(list)
    for stop in session.scalars(query.order_by(col(LineStop.number))):
        found[stop.line_id].append(stop)
    return found


def report(
    session: Session,
    line: PatrolLine,
    *,
    since: datetime,
    now: datetime,
    zone: ZoneInfo,
) -> Report:
    """How a line was run from a moment's day to now."""
    stops = stops_of(session, [line.id])[line.id]
    asked = days(since, now, zone)
    table = line.timetable(zone)
    departures = [at for day in asked for at in table.departures_on(day) if at <= now]
    trips = _trips(session, line.id, departures)
    came = _arrivals(session, line, stops, trips)
    named = names(session, [trip.officer_id for trip in trips])
    made = {trip.departs_at for trip in trips}
    rows = [
        _row(
            departs_at,
            stop,
            came.get((departs_at, stop.number)),
            named,
            run=departs_at in made,
            now=now,
        )
        for departs_at in departures
        for stop in stops
    ]
    silent = _gaps(table, stops, rows, asked, now)
    planned = [at for at in departures if at in made or at + TOLERANCE < now]
    return Report(line, stops, rows, silent, len(planned), len(made))


def current(session: Session, going: Round | None) -> Trip | None:
    """The trip that a round is."""
    return session.get(Trip, going.id) if going else None


def at_stops(walk: Walk, stops: Sequence[LineStop]) -> Walk:
    """A walk as that of a line: its stops alone, one after the other."""
    known = {cell.id: cell for cell in walk.cells}
    return replace(
        walk,
        cells=[
            replace(known[stop.cell_id], leg=1, turn=stop.number, due=True, state=State.FRESH)
            for stop in stops
            if stop.cell_id in known
        ],
        asked=(),
        more=0,
    )


def _trips(session: Session, line_id: UUID, departures: Sequence[datetime]) -> list[Trip]:
    if not departures:
        return []
    query = select(Trip).where(
        col(Trip.line_id) == line_id,
        col(Trip.departs_at) >= departures[0],
        col(Trip.departs_at) <= departures[-1],
    )
    return list(session.scalars(query.order_by(col(Trip.seen_at))))


Came = tuple[Visit, bool]  # a visit of a stop's cell, and whether it was beside the stop


def _arrivals(
    session: Session, line: PatrolLine, stops: Sequence[LineStop], trips: Sequence[Trip]
) -> dict[tuple[datetime, int], Came]:
    """For each departure and stop who came to the stop, else to its cell, nearest to when due."""
    departed = {trip.id: trip.departs_at for trip in trips}
    placed = {stop.cell_id: stop for stop in stops}
    query = select(Visit).where(
        col(Visit.round_id).in_(list(departed)),
        col(Visit.cell_id).in_(list(placed)),
        or_(col(Visit.backfill).is_(False), col(Visit.confirmed_by).is_not(None)),
    )
    found: dict[tuple[datetime, int], Came] = {}
    for visit in session.scalars(query.order_by(col(Visit.seen_at), col(Visit.id))):
        stop = placed[visit.cell_id]
        departs_at = departed[visit.round_id]
        place, due_at = (departs_at, stop.number), stop.due_at(departs_at)
        came = visit, _beside(visit, stop, line.radius)
        found[place] = min(found.get(place, came), came, key=lambda one: _apart(one, due_at))
    return found


def _apart(came: Came, due_at: datetime) -> tuple[bool, timedelta]:
    visit, beside = came
    return beside, abs(visit.seen_at - due_at)


def _beside(visit: Visit, stop: LineStop, radius: float) -> bool:
    """Whether a visit's position lies off the stop; one without a position is taken at its word."""
    if visit.lon is None or visit.lat is None:
        return False
    (apart,) = metres_from(visit.lon, visit.lat, np.array([[stop.lon, stop.lat]]))
    return float(apart) > radius + min(visit.accuracy or 0.0, NEAR_ENOUGH)


def _row(
    departs_at: datetime,
    stop: LineStop,
    came: Came | None,
    named: Mapping[UUID, str],
    *,
    run: bool,
    now: datetime,
) -> Row:
    due_at = stop.due_at(departs_at)
    visit, beside = came or (None, False)
    at = visit.seen_at if visit else None
    halt = Halt(
        departs_at,
        stop.number,
        due_at,
        at,
        kept(due_at, at, now=now, run=run, beside=beside),
    )
    return Row(halt, stop, visit, named.get(visit.officer_id, "") if visit else "")


def _gaps(
    table: Timetable,
    stops: Sequence[LineStop],
    rows: Sequence[Row],
    asked: Sequence[date],
    now: datetime,
) -> list[GapRow]:
    """Every time in which nobody came to a stop, within each day's hours there, longest first."""
    came: dict[int, list[datetime]] = defaultdict(list)
    for row in rows:
        if row.halt.came_at is not None and row.halt.kept is not Kept.BESIDE:
            came[row.stop.number].append(row.halt.came_at)
    found = [
        GapRow(gap, stop)
        for departures in map(table.departures_on, asked)
        if departures
        for stop in stops
        for gap in gaps(
            came[stop.number],
            stop.due_at(departures[0]),
            min(stop.due_at(departures[-1]), now),
        )
    ]
    return sorted(found, key=lambda row: (-row.gap.length, row.gap.start, row.stop.number))


def open_to(session: Session, actor: Actor, rows: Iterable[Row]) -> set[UUID]:
    """The rounds of these stops that the reader may look at."""
    ids = {row.visit.round_id for row in rows if row.visit}
    query = select(col(Round.id)).where(within(actor, May.SEE_ROUND, Round), col(Round.id).in_(ids))
    return set(session.scalars(query))
