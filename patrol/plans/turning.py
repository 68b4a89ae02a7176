"""How one version of a plan gives way to the next: at once, on a day, or for some days only.

A window that has begun is served to its end by the version it belongs to. A plan that stands in
for another on stated days ends that one before them and has a copy of it go on after them; where
the other's windows are longer than those days, both simply hold.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlmodel import Session, col

from patrol.core.access import Actor
from patrol.core.errors import Conflict, Refused
from patrol.ledger.service import note
from patrol.plans import crediting, opening
from patrol.plans.model import Plan, PlanState, Standing
from patrol.plans.opening import NEVER
from patrol.plans.rules import closing_after, window_at

_COPIED = (
    "name", "grid_id", "scope", "members", "line", "role", "cadence", "rrule", "times", "hours",
    "grace", "grade", "topics", "minutes_per_cell", "workdays_only", "made_by", "floor_signed_by",
    "floor_reason", "signed_for",
)  # fmt: skip


def end(session: Session, actor: Actor, plan: Plan, *, zone: ZoneInfo, now: datetime) -> Plan:
    """Stop asking for visits: at the end of the window now open, or at once between windows."""
    if plan.state is not PlanState.DRAFT:
        plan.valid_to = ends_at(plan, zone, now)
        _close_next(plan, zone)
    plan.state = PlanState.ENDED
    _note_end(session, actor, plan, now)
    return plan


def ends_at(plan: Plan, zone: ZoneInfo, now: datetime) -> datetime:
    """When a plan would hold no longer, were it ended now."""
    reach = window_at(plan.terms(zone), now)
    last = reach.window.end if reach else now
    return max(last, now) if plan.valid_to is None else min(plan.valid_to, last)


def give_way(
    session: Session, actor: Actor, old: Plan, new: Plan, *, zone: ZoneInfo, now: datetime
) -> None:
    """End a plan where the one that replaces it begins, and have that begin no sooner."""
    if _resuming(session, old):
        raise Conflict("plan-stand-in-waits")
    if new.valid_from <= now:
        end(session, actor, old, zone=zone, now=now)
    else:
        _stop(session, actor, old, new.valid_from, zone=zone, now=now)
    new.valid_from = max(new.valid_from, old.valid_to or now)


def stand_in(
    session: Session, actor: Actor, plan: Plan, base: Plan, *, zone: ZoneInfo, now: datetime
) -> None:
    """Have a plan hold instead of another on its own days, and that one go on after them."""
    if plan.valid_to is None or plan.valid_to <= plan.valid_from:
        raise Refused("plan-stand-in-days", "valid_to")
    if base.state is not PlanState.PUBLISHED:
        raise Conflict("plan-not-live")
    if _resuming(session, base):
        raise Conflict("plan-stand-in-waits")
    until, last = base.valid_to, served_out(base, plan.valid_from, zone)
    if last >= plan.valid_to or (until is not None and until <= last):
        return
    _stop(session, actor, base, plan.valid_from, zone=zone, now=now)
    if until is None or until > plan.valid_to:
        again = Plan(
            **{name: getattr(base, name) for name in _COPIED},
            version=plan.version + 1,
            replaces_id=plan.id,
            resumes_id=base.id,
            valid_from=plan.valid_to,
            valid_to=until,
            made_at=now,
        )
        if closing_after(again.terms(zone), plan.valid_to) is None:
            return
        opening.put_in_force(session, actor, again, base, zone=zone, now=now)


def served_out(plan: Plan, at: datetime, zone: ZoneInfo) -> datetime:
    """When a plan can end for another to begin at `at`: once a window begun before is over."""
    reach = window_at(plan.terms(zone), at)
    return max(reach.window.end, at) if reach and reach.window.start < at else at


def end_next(session: Session, *, now: datetime) -> int | None:
    """End one plan whose days are over and whose windows are closed; None when there is none.

    What was seen under it moves on to the plans that follow it.
    """
    plan = session.scalar(
        select(Plan)
        .where(
            col(Plan.state).in_([PlanState.PUBLISHED, PlanState.SUSPENDED]),
            col(Plan.valid_to) <= now,
            col(Plan.closes_next_at) >= NEVER,
        )
        .order_by(col(Plan.valid_to), col(Plan.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if plan is None:
        return None
    plan.state = PlanState.ENDED
    _note_end(session, None, plan, plan.valid_to or now)
    session.flush()
    followers = session.scalars(
        select(col(Plan.id)).where(
            or_(col(Plan.replaces_id) == plan.id, col(Plan.resumes_id) == plan.id),
            col(Plan.state) == PlanState.PUBLISHED,
        )
    ).all()
    seen = session.scalars(
        select(Standing).where(col(Standing.plan_id) == plan.id, col(Standing.seen_at).is_not(None))
    ).all()
    crediting.move(
        session,
        [
            {"plan": follower, "cell": row.cell_id, "at": row.seen_at, "visit": row.visit_id}
            | {"grade": row.grade, "officer": row.officer_id}
            for follower in followers
            for row in seen
        ],
    )
    return 1


def _resuming(session: Session, plan: Plan) -> bool:
    """Whether a copy of this plan waits already, to go on after another has stood in for it."""
    query = select(col(Plan.id)).where(
        col(Plan.resumes_id) == plan.id, col(Plan.state) != PlanState.ENDED
    )
    return session.scalar(query.limit(1)) is not None


def _stop(
    session: Session, actor: Actor, plan: Plan, at: datetime, *, zone: ZoneInfo, now: datetime
) -> None:
    """Have a plan hold until `at`, or until the window that is open then has ended."""
    last = served_out(plan, at, zone)
    plan.valid_to = last if plan.valid_to is None else min(plan.valid_to, last)
    _close_next(plan, zone)
    _note_end(session, actor, plan, now)


def _close_next(plan: Plan, zone: ZoneInfo) -> None:
    after = plan.closed_until or plan.valid_from
    plan.closes_next_at = closing_after(plan.terms(zone), after) or NEVER


def _note_end(session: Session, actor: Actor | None, plan: Plan, at: datetime) -> None:
    until = plan.valid_to.isoformat() if plan.valid_to else None
    note(session, actor, "plan.ended", plan.id, {"valid_to": until}, at=at)
