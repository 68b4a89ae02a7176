"""A timetable patrol of the demo: one line past a school at noon, and a fortnight of its trips."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import partial
from random import Random
from uuid import UUID

from sqlmodel import Session

from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.demo.agenda import Agenda, Later
from patrol.demo.city import City, leader_of
from patrol.demo.walking import Halt, by_halts, in_bands
from patrol.grid.model import Grid
from patrol.lines import service
from patrol.lines.drafts import Depart, NewLine
from patrol.lines.model import LineStop
from patrol.lines.queries import stops_of
from patrol.rounds import evidence, tracking
from patrol.rounds import service as rounds
from patrol.rounds.drafts import CheckIn, End

DAYS = 14  # for how long the line has been running
DEPARTS = (time(12, 15), time(13, 0))
STOPS = 5
AWAY = 6  # days ago the officer was on leave, and nobody made the trips
LATE = {(12, 0): 17, (9, 1): 14, (4, 0): 22, (2, 1): 12}  # days ago, trip: minutes
SKIPPED = {(8, 0): 4, (3, 1): 2}  # days ago, trip: the stop left out
CREDIT = timedelta(seconds=70)  # after arriving, one checks in


def announce(agenda: Agenda, city: City, midnight: datetime, days: int, *, now: datetime) -> None:
    """Have a line laid out the day before its first, and its trips made."""
    first = min(days, DAYS)
    laid = midnight - timedelta(days=first, hours=8)
    agenda.add(laid, partial(_lay_out, city, midnight, first, now))


def _lay_out(
    city: City,
    midnight: datetime,
    first: int,
    until: datetime,
    session: Session,
    now: datetime,
) -> Iterator[Later]:
    """The squad leader lays the line out; whoever has the grid makes the trips."""
    grid = _grid(city)
    ordered = in_bands(city.cells[grid.id])
    cells = [ordered[(2 * turn + 1) * len(ordered) // (2 * STOPS)] for turn in range(STOPS)]
    draft = NewLine(
        grid_id=grid.id,
        name="校园周边午间线",
        stops=" ".join(str(cell.number) for cell in cells),
        first=DEPARTS[0],
        last=DEPARTS[-1],
        headway=45,
        valid_from=(midnight - timedelta(days=first)).date(),
    )
    actor = city.acting(session, leader_of(city, grid).id, now=now)
    line = service.make(session, actor, draft, now=now, zone=city.zone)
    stops = stops_of(session, [line.id])[line.id]
    for ago in range(first, -1, -1):
        day = (midnight - timedelta(days=ago)).date()
        for number, at in enumerate(DEPARTS):
            departs_at = datetime.combine(day, at, city.zone)
            begins = departs_at + timedelta(minutes=LATE.get((ago, number), 0))
            skipped = SKIPPED.get((ago, number))
            walked = [stop for stop in stops if stop.number != skipped]
            if ago != AWAY and begins < until:
                trip = partial(_depart, city, line.id, departs_at, walked, until)
                yield begins, trip


def _grid(city: City) -> Grid:
    """A grid of the first officer's that no daily plan asks for."""
    officer = city.staff.people[Role.OFFICER][0]
    own = {grid.id for grid in city.staff.held[officer.id]}
    daily = {grid.id for grid in (*city.hot, *city.markets)}
    return next(one for one in city.tiers[3] if one.parent_id in own and one.id not in daily)


def _depart(
    city: City,
    line_id: UUID,
    departs_at: datetime,
    stops: list[LineStop],
    until: datetime,
    session: Session,
    now: datetime,
) -> Iterator[Later]:
    actor = city.actor(session, Role.OFFICER, now=now)
    draft = Depart(departs_at=departs_at, seen_at=now, made_at=now)
    trip = service.depart(session, actor, line_id, draft, key=uuid7(), now=now, zone=city.zone)
    begun = now - timedelta(minutes=stops[0].minute)
    halts = [
        Halt(stop.lon, stop.lat, begun + timedelta(minutes=stop.minute),
             begun + timedelta(minutes=stop.minute + stop.dwell))
        for stop in stops
    ]  # fmt: skip
    back = min(halts[-1].leaves_at + timedelta(minutes=1), until)
    yield back, partial(_arrive, city, trip.id, stops, halts)


def _arrive(
    city: City,
    trip_id: UUID,
    stops: list[LineStop],
    halts: list[Halt],
    session: Session,
    now: datetime,
) -> None:
    """What the phone sends by `now`: a check-in at each stop, the track, the end."""
    actor = city.actor(session, Role.OFFICER, now=now)
    going = rounds.mine(session, actor, trip_id)
    for stop, halt in zip(stops, halts, strict=True):
        at = halt.comes_at + CREDIT
        if at > now:
            break
        seen = CheckIn(
            round_id=trip_id, cell_id=stop.cell_id, lon=round(stop.lon + 0.00005, 6),
            lat=round(stop.lat, 6), accuracy=8, seen_at=at, made_at=at,
        )  # fmt: skip
        evidence.check_in(session, actor, seen, key=uuid7(), now=now, zone=city.zone)
    fixes = [fix for fix in by_halts(halts, Random(str(halts[0].comes_at))) if fix.at <= now]
    if len(fixes) > 1:
        tracking.take_runs(session, actor, going, [fixes], now=now, zone=city.zone)
    if halts[-1].leaves_at < now:
        end = End(round_id=trip_id, seen_at=now, made_at=now)
        rounds.end(session, actor, end, now=now)
