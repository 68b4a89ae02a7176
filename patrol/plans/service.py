"""Plans as acts: made, signed, published, ended; their windows closed."""

from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, insert, or_, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, demand
from patrol.core.errors import Conflict, NotFound, Refused
from patrol.core.roles import WALKERS
from patrol.grid.model import Grid
from patrol.grid.queries import grid_path
from patrol.ledger.rules import canonical
from patrol.ledger.service import note
from patrol.people import queries as people
from patrol.plans import asking, needs, opening, scope, turning
from patrol.plans.drafts import PlanDraft
from patrol.plans.model import Need, Plan, PlanState, Standing, WindowCredit, WindowResult
from patrol.plans.opening import NEVER, facts
from patrol.plans.rules import Reach, Window, closing_after, closings

REVISED = (
    "name", "grid_id", "scope", "members", "line", "role", "cadence", "rrule", "times", "hours",
    "grace", "grade", "topics", "minutes_per_cell", "workdays_only", "valid_from", "valid_to",
    "stands_in",
)  # fmt: skip


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
    _check_members(session, plan)
    session.add(plan)
    session.flush()
    note(session, actor, "plan.made", plan.id, facts(plan), at=now)
    return plan


def revise(
    session: Session,
    actor: Actor,
    plan_id: UUID,
    draft: PlanDraft,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> Plan:
    """State the terms of a draft anew; what was signed for the old ones is void."""
    plan = demand(actor, May.MAKE_PLAN, session.get(Plan, plan_id), seen=May.SEE_PLAN)
    if plan.state is not PlanState.DRAFT:
        raise Conflict("plan-not-draft")
    demand(actor, May.MAKE_PLAN, session.get(Grid, draft.grid_id), seen=May.SEE_PLAN)
    told = draft.to_plan(actor.id, zone=zone, now=now)
    for name in REVISED:
        setattr(plan, name, getattr(told, name))
    plan.floor_signed_by, plan.floor_reason, plan.signed_for = None, "", []
    _check_members(session, plan)
    session.flush()
    note(session, actor, "plan.revised", plan.id, facts(plan), at=now)
    return plan


def sign(
    session: Session, actor: Actor, plan_id: UUID, reason: str, *, zone: ZoneInfo, now: datetime
) -> Plan:
    """A supervisor answers for all that a draft, or the end of a plan, needs a signature for."""
    plan = demand(actor, May.SIGN_PLAN, session.get(Plan, plan_id), seen=May.SEE_PLAN)
    if plan.state is not PlanState.DRAFT and not plan.end_waits:
        raise Conflict("plan-not-draft")
    if not (reason := reason.strip()[:400]):
        raise Refused("plan-reason-missing", "reason")
    if plan.state is PlanState.DRAFT:
        needed: Iterable[Need] = needs.needed(session, plan, zone=zone, now=now)
        plan.floor_signed_by, plan.floor_reason = actor.id, reason
        plan.signed_for = sorted(needed)
    else:
        needed = [Need.SCOPE]
        plan.end_signed_by, plan.end_signed_at, plan.end_reason = actor.id, now, reason
    told = {"reason": reason, "for": sorted(needed), "state": plan.state.value}
    note(session, actor, "plan.signed", plan.id, told, at=now)
    asking.given(session, plan, actor.id, now=now)
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
    if needs.needed(session, plan, zone=zone, now=now).keys() - set(plan.signed_for):
        raise Refused("plan-needs-signature")
    replaced = session.get(Plan, plan.replaces_id) if plan.replaces_id else None
    plan.valid_from = max(plan.valid_from, now)
    if replaced is not None and plan.stands_in:
        turning.stand_in(session, actor, plan, replaced, zone=zone, now=now)
    elif replaced is not None and replaced.state is not PlanState.ENDED:
        turning.give_way(session, actor, replaced, plan, zone=zone, now=now)
    opening.put_in_force(session, actor, plan, replaced, zone=zone, now=now)
    return plan


def end(session: Session, actor: Actor, plan_id: UUID, *, zone: ZoneInfo, now: datetime) -> Plan:
    """Stop asking for visits: at the end of the window now open, or at once between windows.

    Where that takes scope out it is only asked for, and carried out once a supervisor has signed.
    """
    plan = demand(actor, May.MAKE_PLAN, session.get(Plan, plan_id), seen=May.SEE_PLAN)
    if plan.state is PlanState.ENDED:
        raise Conflict("plan-not-live")
    signed = plan.state is PlanState.DRAFT or plan.end_signed_by is not None
    if signed or not (lost := needs.lost(session, plan, zone=zone, now=now)):
        return turning.end(session, actor, plan, zone=zone, now=now)
    if not plan.end_waits:
        plan.end_asked_by, plan.end_asked_at = actor.id, now
        note(session, actor, "plan.end-asked", plan.id, lost, at=now)
        asking.tell_signers(session, plan, asking.END, now=now)
    return plan


def keep(session: Session, actor: Actor, plan_id: UUID, *, now: datetime) -> Plan:
    """Let a plan go on whose end was asked for; what was signed for that is void."""
    plan = demand(actor, May.MAKE_PLAN, session.get(Plan, plan_id), seen=May.SEE_PLAN)
    if plan.state is PlanState.ENDED or plan.end_asked_at is None:
        raise Conflict("plan-not-live")
    plan.end_asked_by = plan.end_asked_at = plan.end_signed_by = plan.end_signed_at = None
    plan.end_reason = ""
    note(session, actor, "plan.kept", plan.id, {}, at=now)
    return plan


def _check_members(session: Session, plan: Plan) -> None:
    """Refuse codes that name nothing below the plan's grid."""
    if strange := scope.unknown(session, plan):
        raise Refused("plan-members-unknown", "members", codes="、".join(strange[:5]))


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
    came, went = scope.follow(session, plan, zone=zone, at=closes)
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
    } | ({"came": came, "went": went} if came or went else {})
    note(session, None, "window.closed", f"plan:{plan.id}", payload, at=closes)
    return len(rows)


def _results(session: Session, plan: Plan, reach: Reach) -> list[dict[str, Any]]:
    """What the window came to in each grid, in order of grids."""
    window = reach.window
    due = _by_grid(session, Standing, col(Standing.plan_id) == plan.id)
    served = col(WindowCredit.plan_id) == plan.id, col(WindowCredit.from_at) == window.start
    done = _by_grid(session, WindowCredit, *served)
    held = whose(session, plan, window, due)
    return [
        {
            "plan_id": plan.id,
            "grid_id": grid_id,
            "from_at": window.start,
            "to_at": window.end,
            "due": cells,
            "done": min(done.get(grid_id, 0), cells),
            "officer_id": held[grid_id][0],
            "excused": held[grid_id][1] and done.get(grid_id, 0) < cells,
            "closed_at": reach.closes,
        }
        for grid_id, cells in due.items()
    ]


def whose(
    session: Session, plan: Plan, window: Window, grids: Collection[UUID]
) -> dict[UUID, tuple[UUID | None, bool]]:
    """Whose a window is in each grid, should nobody have served it, and who is excused from it."""
    asked = asked_on(session, plan, grids)
    held = people.holding(session, set(asked.values()), plan.role, window.start, window.end)
    found: dict[UUID, tuple[UUID | None, bool]] = {}
    for grid_id in grids:
        one = held.get(asked[grid_id])
        person_id = one.person_id if one and one.posting else None
        found[grid_id] = person_id, bool(one and one.excuses)
    return found


def asked_on(session: Session, plan: Plan, due: Collection[UUID]) -> dict[UUID, UUID]:
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
