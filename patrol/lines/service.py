"""Timetable patrols as leaders lay them out and officers run them."""

from datetime import datetime
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlmodel import Session

from patrol.core.access import Actor, May, demand
from patrol.core.errors import Conflict, Refused
from patrol.grid.model import Grid
from patrol.grid.queries import CellCard, cells_below
from patrol.ledger.service import note
from patrol.lines.drafts import Depart, NewLine
from patrol.lines.model import LineStop, PatrolLine, Trip
from patrol.lines.rules import PACES, minutes
from patrol.rounds import service as rounds
from patrol.rounds.drafts import Start
from patrol.rounds.rules import metres_from, times


def make(
    session: Session, actor: Actor, draft: NewLine, *, now: datetime, zone: ZoneInfo
) -> PatrolLine:
    """Lay out a line; stops without a minute of their own are due after staying and going there.

    Raises `line-in-the-past`, `stop-elsewhere`, `grid-too-wide`, `stops-out-of-time`.
    """
    grid = demand(actor, May.MAKE_PLAN, session.get(Grid, draft.grid_id), seen=May.SEE_PLAN)
    if draft.valid_from < now.astimezone(zone).date():
        raise Refused("line-in-the-past", "valid_from")
    cells = _stops(session, grid, [number for number, _ in draft.halts])
    line = PatrolLine(
        **draft.model_dump(include={"name", "role", "mode", "headway", "radius", "valid_from"}),
        grid_id=grid.id,
        first=f"{draft.first:%H:%M}",
        last=f"{draft.last:%H:%M}",
        weekdays=sorted(set(draft.weekdays)),
        made_by=actor.id,
        made_at=now,
    )
    session.add(line)
    session.flush()
    due = _due(cells, draft)
    for number, (cell, minute) in enumerate(zip(cells, due, strict=True), 1):
        session.add(
            LineStop(
                line_id=line.id,
                number=number,
                cell_id=cell.id,
                cell_number=cell.number,
                lon=cell.lon,
                lat=cell.lat,
                minute=minute,
                dwell=draft.dwell,
            )
        )
    facts = {
        "grid": str(grid.id),
        "stops": [[str(cell.id), minute] for cell, minute in zip(cells, due, strict=True)],
        "departs": [line.first, line.last, line.headway],
        "weekdays": line.weekdays,
        "valid_from": line.valid_from.isoformat(),
    }
    note(session, actor, "line.made", line.id, facts, at=now)
    return line


def end(
    session: Session, actor: Actor, line_id: UUID, *, now: datetime, zone: ZoneInfo
) -> PatrolLine:
    """Let today be the last day of a line. Raises `line-ended`."""
    line = demand(actor, May.MAKE_PLAN, session.get(PatrolLine, line_id), seen=May.SEE_PLAN)
    if line.ended_on is not None:
        raise Conflict("line-ended")
    line.ended_on = now.astimezone(zone).date()
    note(session, actor, "line.ended", line.id, {"on": line.ended_on.isoformat()}, at=now)
    return line


def depart(
    session: Session,
    actor: Actor,
    line_id: UUID,
    draft: Depart,
    *,
    key: UUID,
    now: datetime,
    zone: ZoneInfo,
) -> Trip:
    """Begin the round that is a trip of a line; its visits of the stops' cells are its arrivals.

    Raises `departure-unknown`, and what starting a round does.
    """
    line = demand(actor, May.SEE_PLAN, session.get(PatrolLine, line_id))
    told = times(draft.seen_at, draft.made_at, now)
    day = told.seen.astimezone(zone).date()
    if draft.departs_at not in line.timetable(zone).departures_on(day):
        raise Refused("departure-unknown", "departs_at")
    begin = Start(
        grid_id=line.grid_id,
        mode=draft.mode or line.mode,
        crew=draft.crew,
        seen_at=draft.seen_at,
        made_at=draft.made_at,
    )
    begun = rounds.start(session, actor, begin, key=key, now=now)
    trip = Trip(
        id=begun.id,
        line_id=line.id,
        officer_id=actor.id,
        grid_id=line.grid_id,
        departs_at=draft.departs_at,
        seen_at=told.seen,
        received_at=now,
    )
    session.add(trip)
    facts = {"line": str(line.id), "departs_at": draft.departs_at.isoformat(), **told.facts()}
    note(session, actor, "trip.started", trip.id, facts, at=now)
    return trip


def _stops(session: Session, grid: Grid, numbers: list[int]) -> list[CellCard]:
    cards = cells_below(session, grid)
    known = {card.number: card for card in cards}
    if len(known) < len(cards):
        raise Refused("grid-too-wide", "grid_id")
    if missing := [number for number in numbers if number not in known]:
        raise Refused("stop-elsewhere", "stops", number=missing[0])
    return [known[number] for number in numbers]


def _due(cells: list[CellCard], draft: NewLine) -> list[int]:
    """When each stop is due; a minute that is said moves those after it along."""
    spots = np.array([(cell.lon, cell.lat) for cell in cells])
    ways = [
        float(metres_from(float(lon), float(lat), there[None])[0])
        for (lon, lat), there in pairwise(spots)
    ]
    reckoned = minutes(ways, draft.dwell, PACES[draft.mode])
    due: list[int] = []
    for at, (_, said) in enumerate(draft.halts):
        plain = due[-1] + reckoned[at] - reckoned[at - 1] if due else 0
        due.append(plain if said is None else said)
    if due[0] != 0 or any(later <= earlier for earlier, later in pairwise(due)):
        raise Refused("stops-out-of-time", "stops")
    return due
