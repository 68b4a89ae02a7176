"""Urging (督办): whoever answers for cells not served is told so, once for each window."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, demand
from patrol.core.roles import Role
from patrol.core.store import insert_new
from patrol.coverage import queries
from patrol.coverage.model import Urge
from patrol.coverage.queries import Asked
from patrol.coverage.rules import steps
from patrol.grid.model import Grid
from patrol.ledger.service import note
from patrol.notices.service import notify
from patrol.people import queries as people
from patrol.people.rules import INSTANT, Held
from patrol.plans.model import Plan, Standing
from patrol.plans.rules import Moment, State, Window
from patrol.plans.service import asked_on

NAMED = 3  # grids in a notice; of more it says that there are more
_NEW = insert_new(Urge.__table__).returning(col(Urge.plan_id))  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Behind:
    """Cells of one lowest grid that one window of a plan still waits for, and who answers."""

    plan: Plan
    grid_id: UUID
    window: Window
    cells: int
    officer_id: UUID | None


@dataclass(frozen=True)
class Urged:
    """What an urging came to."""

    told: int  # people told
    again: int  # windows that somebody had been urged about before
    nobody: int  # windows for which nobody answers


def behind(
    session: Session, path: str, asked: Asked, *, zone: ZoneInfo, now: datetime
) -> list[Behind]:
    """The open windows below a path that have overdue or soon due cells, by plan and grid.

    Without those that will close excused: nobody is urged to what nobody is held to.
    """
    stood = queries.stood(session, path, asked, zone=zone, now=now)
    below = select(col(Grid.id)).where(col(Grid.path).startswith(path, autoescape=True))
    if asked.grids is not None:
        below = below.where(col(Grid.id).in_(asked.grids))
    waiting: list[tuple[Plan, UUID, Window, int]] = []
    for plan in stood.plans:
        at = stood.moments[plan.id]
        window, edge = at.current, _edge(at)
        if window is None or edge is None or at.suspended:
            continue
        counts = session.execute(
            select(col(Standing.grid_id), func.count())
            .where(
                col(Standing.plan_id) == plan.id,
                col(Standing.grid_id).in_(below),
                or_(col(Standing.seen_at).is_(None), col(Standing.seen_at) < edge),
            )
            .group_by(col(Standing.grid_id))
            .order_by(col(Standing.grid_id))
        )
        waiting += [(plan, grid_id, window, cells) for grid_id, cells in counts]
    answers = _answers(session, waiting, now=now)
    return [
        Behind(plan, grid_id, window, cells, answers[plan.id, grid_id])
        for plan, grid_id, window, cells in waiting
        if (plan.id, grid_id) in answers
    ]


def urge(
    session: Session, actor: Actor, grid: Grid, asked: Asked, *, zone: ZoneInfo, now: datetime
) -> Urged:
    """Tell everybody who answers for cells behind below a grid; once for each window and grid."""
    demand(actor, May.URGE_PATROL, grid, seen=May.SEE_COVERAGE)
    found = behind(session, grid.path, asked, zone=zone, now=now)
    fresh = [one for one in found if one.officer_id and _is_new(session, actor, one, now=now)]
    for one in fresh:
        told = {
            "grid": str(one.grid_id),
            "from": one.window.start.isoformat(),
            "officer": str(one.officer_id),
            "cells": one.cells,
        }
        note(session, actor, "patrol.urged", f"plan:{one.plan.id}", told, at=now)
    by_officer: dict[UUID, list[Behind]] = defaultdict(list)
    for one in fresh:
        if one.officer_id is not None:
            by_officer[one.officer_id].append(one)
    for officer_id, own in by_officer.items():
        _tell(session, officer_id, own, grid, zone=zone, now=now)
    nobody = sum(one.officer_id is None for one in found)
    return Urged(len(by_officer), len(found) - nobody - len(fresh), nobody)


def urged(session: Session, found: Sequence[Behind]) -> dict[tuple[UUID, UUID], datetime]:
    """When the windows behind were urged, by plan and grid."""
    starts = {one.window.start for one in found}
    query = select(Urge).where(
        col(Urge.grid_id).in_({one.grid_id for one in found}), col(Urge.from_at).in_(starts)
    )
    windows = {(one.plan.id, one.grid_id): one.window.start for one in found}
    return {
        (row.plan_id, row.grid_id): row.urged_at
        for row in (session.scalars(query) if found else ())
        if windows.get((row.plan_id, row.grid_id)) == row.from_at
    }


def _tell(
    session: Session,
    officer_id: UUID,
    own: Sequence[Behind],
    grid: Grid,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """One notice to one person, of all that waits for them."""
    places = session.execute(
        select(col(Grid.code), col(Grid.name))
        .where(col(Grid.id).in_({one.grid_id for one in own}))
        .order_by(col(Grid.path))
    ).all()
    names = "、".join(name for _, name in places[:NAMED]) + ("…" if places[NAMED:] else "")
    until = min(one.window.end for one in own).astimezone(zone)
    facts = {
        "grid": names,
        "cells": sum(one.cells for one in own),
        "until": until.strftime("%m-%d %H:%M"),
    }
    code = places[0][0] if len(places) == 1 else grid.code
    notify(
        session, officer_id, "patrol.urged", f"urged:{code}", facts,
        due_at=now, now=now, grid_id=own[0].grid_id,
    )  # fmt: skip


def _edge(at: Moment) -> datetime | None:
    """Cells credited before this are behind; None while none can be."""
    well = [edge for edge, state in steps(at) if edge is not None and state is State.FRESH]
    return min(well, default=None)


def _is_new(session: Session, actor: Actor, one: Behind, *, now: datetime) -> bool:
    row: dict[str, Any] = {
        "plan_id": one.plan.id,
        "grid_id": one.grid_id,
        "from_at": one.window.start,
        "officer_id": one.officer_id,
        "cells": one.cells,
        "urged_by": actor.id,
        "urged_at": now,
    }
    return session.connection().execute(_NEW, row).first() is not None


def _answers(
    session: Session, waiting: Sequence[tuple[Plan, UUID, Window, int]], *, now: datetime
) -> dict[tuple[UUID, UUID], UUID | None]:
    """Who answers now in each grid of these plans; left out where the window is excused."""
    alike: dict[tuple[Role, Window], dict[tuple[UUID, UUID], UUID]] = defaultdict(dict)
    grids: dict[UUID, list[UUID]] = defaultdict(list)
    for plan, grid_id, _window, _cells in waiting:
        grids[plan.id].append(grid_id)
    for plan, window in {plan.id: (plan, window) for plan, _, window, _ in waiting}.values():
        for grid_id, place in asked_on(session, plan, grids[plan.id]).items():
            alike[plan.role, window][plan.id, grid_id] = place
    wanted: dict[Role, set[UUID]] = defaultdict(set)
    for (role, _), places in alike.items():
        wanted[role] |= set(places.values())
    standing = {
        one: people.holding(session, wanted[one], one, now, now + INSTANT) for one in wanted
    }
    found: dict[tuple[UUID, UUID], UUID | None] = {}
    for (role, window), places in alike.items():
        closing = people.holding(session, set(places.values()), role, window.start, window.end)
        for key, place in places.items():
            if not (place in closing and closing[place].excuses):
                found[key] = _told(standing[role].get(place))
    return found


def _told(held: Held | None) -> UUID | None:
    """Who is to hear of it: who holds the place, or who gave it, unless excused just now."""
    return held.person_id if held and held.posting and not held.excuses else None
