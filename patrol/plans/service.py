"""Plans as acts: made, signed, published, ended; their windows closed."""

from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, insert, or_, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, demand
from patrol.core.errors import Conflict, NotFound, Refused
from patrol.core.roles import WALKERS
from patrol.grid.model import Cell, Grid, Tier
from patrol.grid.queries import grid_path
from patrol.ledger.rules import canonical
from patrol.ledger.service import note
from patrol.people import queries as people
from patrol.plans.drafts import PlanDraft
from patrol.plans.model import Plan, PlanState, Standing, WindowCredit, WindowResult
from patrol.plans.rules import Reach, closing_after, closings, under_floor, window_at

NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # when a plan closes next that has no windows left
_BATCH = 1_000


def make(
    session: Session, actor: Actor, draft: PlanDraft, *, zone: ZoneInfo, now: datetime
) -> Plan:
    """Draw up a plan for a grid; it obliges nobody before it is published."""
    grid = demand(actor, May.MAKE_PLAN, session.get(Grid, draft.grid_id), seen=May.SEE_PLAN)
    if grid.valid_to is not None and grid.valid_to <= now:
        raise Refused("plan-grid-ended", "grid_id")
    old = None
    if draft.replaces_id is not None:
        old = demand(actor, May.MAKE_PLAN, session.get(Plan, draft.replaces_id))
        if old.state not in (PlanState.PUBLISHED, PlanState.SUSPENDED):
            raise Conflict("plan-not-live")
    plan = draft.to_plan(actor.id, zone=zone, now=now)
    plan.version = old.version + 1 if old else 1
    session.add(plan)
    session.flush()
    note(session, actor, "plan.made", plan.id, facts(plan), at=now)
    return plan


def sign(session: Session, actor: Actor, plan_id: UUID, reason: str, *, now: datetime) -> Plan:
    """A supervisor answers for a cadence under the floor, or for more than people can walk."""
    plan = demand(actor, May.SIGN_PLAN, session.get(Plan, plan_id), seen=May.SEE_PLAN)
    if plan.state is not PlanState.DRAFT:
        raise Conflict("plan-not-draft")
    if not reason.strip():
        raise Refused("plan-reason-missing", "reason")
    plan.floor_signed_by, plan.floor_reason = actor.id, reason.strip()[:400]
    note(session, actor, "plan.signed", plan.id, {"reason": plan.floor_reason}, at=now)
    return plan


def publish(
    session: Session, actor: Actor, plan_id: UUID, *, zone: ZoneInfo, now: datetime
) -> Plan:
    """Put a plan into force: every cell below its grid gets a standing; what it replaces ends.

    Raises `Refused` for a plan that needs a supervisor's signature and has none, and for a grid
    without cells.
    """
    plan = demand(actor, May.MAKE_PLAN, session.get(Plan, plan_id), seen=May.SEE_PLAN)
    if plan.state is not PlanState.DRAFT:
        raise Conflict("plan-not-draft")
    if needs_signature(session, plan, zone) and plan.floor_signed_by is None:
        raise Refused("plan-needs-signature")
    replaced = session.get(Plan, plan.replaces_id) if plan.replaces_id else None
    if replaced is not None and replaced.state is not PlanState.ENDED:
        _end(session, actor, replaced, zone=zone, now=now)
    plan.state, plan.published_by, plan.published_at = PlanState.PUBLISHED, actor.id, now
    earliest = replaced.valid_to if replaced is not None and replaced.valid_to else now
    plan.valid_from = max(plan.valid_from, earliest)
    plan.closed_until = plan.valid_from
    plan.closes_next_at = closing_after(plan.terms(zone), plan.valid_from) or NEVER
    cells = _open_standings(session, plan, replaced)
    if not cells:
        raise Refused("plan-without-cells", "grid_id")
    note(session, actor, "plan.published", plan.id, facts(plan) | {"cells": cells}, at=now)
    return plan


def end(session: Session, actor: Actor, plan_id: UUID, *, zone: ZoneInfo, now: datetime) -> Plan:
    """Stop asking for visits: at the end of the window now open, or at once between windows."""
    plan = demand(actor, May.MAKE_PLAN, session.get(Plan, plan_id), seen=May.SEE_PLAN)
    if plan.state is PlanState.ENDED:
        raise Conflict("plan-not-live")
    return _end(session, actor, plan, zone=zone, now=now)


def _end(session: Session, actor: Actor, plan: Plan, *, zone: ZoneInfo, now: datetime) -> Plan:
    if plan.state is not PlanState.DRAFT:
        reach = window_at(plan.terms(zone), now)
        last = reach.window.end if reach else now
        plan.valid_to = max(last, now) if plan.valid_to is None else min(plan.valid_to, last)
        after = plan.closed_until or plan.valid_from
        plan.closes_next_at = closing_after(plan.terms(zone), after) or NEVER
    plan.state = PlanState.ENDED
    until = plan.valid_to.isoformat() if plan.valid_to else None
    note(session, actor, "plan.ended", plan.id, {"valid_to": until}, at=now)
    return plan


def needs_signature(session: Session, plan: Plan, zone: ZoneInfo) -> bool:
    """Whether the plan asks for less than the floor of its grid's tier."""
    tiers = session.scalar(select(func.max(col(Tier.number))))
    grid = session.get_one(Grid, plan.grid_id)
    return under_floor(plan.terms(zone), grid.tier, tiers or 3)


def facts(plan: Plan) -> dict[str, object]:
    """What the ledger keeps of a plan's terms."""
    return {
        "grid": str(plan.grid_id),
        "role": plan.role.value,
        "cadence": plan.cadence.value,
        "rrule": plan.rrule,
        "times": plan.times,
        "hours": plan.hours,
        "grace": plan.grace,
        "grade": plan.grade,
        "topics": sorted(plan.topics),
        "valid_from": plan.valid_from.isoformat(),
        "valid_to": plan.valid_to.isoformat() if plan.valid_to else None,
        "version": plan.version,
    }


def _open_standings(session: Session, plan: Plan, replaced: Plan | None) -> int:
    """A standing for every cell below the plan's grid, taking over those of the plan before."""
    scope = session.get_one(Grid, plan.grid_id)
    found = session.execute(
        select(col(Cell.id), col(Cell.grid_id))
        .join(Grid, col(Grid.id) == col(Cell.grid_id))
        .where(
            col(Grid.path).startswith(scope.path, autoescape=True),
            col(Cell.valid_to).is_(None),
            col(Grid.valid_to).is_(None),
        )
    ).all()
    before = {}
    if replaced is not None:
        kept = select(Standing).where(col(Standing.plan_id) == replaced.id)
        before = {row.cell_id: row for row in session.scalars(kept)}
    fields = ("visit_id", "seen_at", "grade", "officer_id")
    rows = [
        {"plan_id": plan.id, "cell_id": cell_id, "grid_id": grid_id}
        | {name: getattr(before.get(cell_id), name, None) for name in fields}
        for cell_id, grid_id in found
    ]
    session.flush()
    for first in range(0, len(rows), _BATCH):
        session.connection().execute(insert(Standing), rows[first : first + _BATCH])
    return len(rows)


def close_windows(session: Session, *, zone: ZoneInfo, now: datetime) -> int | None:
    """Close one window of one plan: a row for each grid, one ledger line with their digest.

    Returns how many rows it wrote, None when no window waits. Rows are stamped with the moment
    the window closed; the ledger line tells how late we were.
    """
    plan = session.scalar(
        select(Plan)
        .where(
            col(Plan.state).in_([PlanState.PUBLISHED, PlanState.ENDED]),
            or_(col(Plan.closes_next_at).is_(None), col(Plan.closes_next_at) <= now),
        )
        .order_by(col(Plan.closes_next_at), col(Plan.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if plan is None:
        return None
    terms, after = plan.terms(zone), plan.closed_until or plan.valid_from
    closes = closing_after(terms, after)
    if closes is None or closes > now:
        plan.closes_next_at = closes or NEVER
        return 0
    reach = next(reach for reach in closings(terms, after, closes) if reach.closes == closes)
    rows = _results(session, plan, reach)
    session.flush()
    if rows:
        session.connection().execute(insert(WindowResult), rows)
    plan.closed_until, plan.closes_next_at = closes, closing_after(terms, closes) or NEVER
    told = [
        [str(row["grid_id"]), row["due"], row["done"], str(row["officer_id"]), row["excused"]]
        for row in rows
    ]
    payload = {
        "from": reach.window.start.isoformat(),
        "to": reach.window.end.isoformat(),
        "due": sum(row["due"] for row in rows),
        "done": sum(row["done"] for row in rows),
        "grids": len(rows),
        "digest": sha256(canonical({"rows": told})).hexdigest(),
        "delayed_by_system": int((now - closes).total_seconds()),
    }
    note(session, None, "window.closed", f"plan:{plan.id}", payload, at=closes)
    return len(rows)


def _results(session: Session, plan: Plan, reach: Reach) -> list[dict[str, Any]]:
    """What the window came to in each grid, in order of grids."""
    window = reach.window
    due = _by_grid(session, Standing, col(Standing.plan_id) == plan.id)
    served = col(WindowCredit.plan_id) == plan.id, col(WindowCredit.from_at) == window.start
    done = _by_grid(session, WindowCredit, *served)
    asked = _asked(session, plan, due)
    held = people.holding(session, set(asked.values()), plan.role, window.start, window.end)
    answers = {one: each.person_id for one, each in held.items() if each.posting}
    excused = {one for one, each in held.items() if each.excuse}
    return [
        {
            "plan_id": plan.id,
            "grid_id": grid_id,
            "from_at": window.start,
            "to_at": window.end,
            "due": cells,
            "done": min(done.get(grid_id, 0), cells),
            "officer_id": answers.get(asked[grid_id]),
            "excused": done.get(grid_id, 0) < cells and asked[grid_id] in excused,
            "closed_at": reach.closes,
        }
        for grid_id, cells in due.items()
    ]


def _asked(session: Session, plan: Plan, due: Collection[UUID]) -> dict[UUID, UUID]:
    """The grid whose holder a plan asks, for each grid of its cells.

    Walkers answer for the lowest grid, others for the plan's; where that was re-cut, for its heir.
    """
    if plan.role in WALKERS:
        return {grid_id: grid_id for grid_id in due}
    scope = session.get_one(Grid, plan.grid_id)
    if scope.valid_to is None:
        return dict.fromkeys(due, scope.id)
    paths = {grid_id: grid_path(session, grid_id) for grid_id in due}
    return {
        grid_id: next((one.id for one in path if one.tier == scope.tier), scope.id)
        for grid_id, path in paths.items()
    }


def _by_grid(session: Session, model: Any, *conditions: ColumnElement[bool]) -> dict[UUID, int]:
    """How many rows of a table lie in each grid, in order of grids."""
    rows = session.execute(
        select(col(model.grid_id), func.count())
        .where(*conditions)
        .group_by(col(model.grid_id))
        .order_by(col(model.grid_id))
    )
    return {grid_id: cells for grid_id, cells in rows}  # noqa: C416 -- dict() loses the types


def plan_for(session: Session, actor: Actor, plan_id: UUID) -> Plan:
    """One plan this person may see; raises `NotFound` otherwise."""
    plan = session.get(Plan, plan_id)
    if plan is None:
        raise NotFound
    return demand(actor, May.SEE_PLAN, plan)
