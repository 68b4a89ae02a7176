"""What a draft needs a signature for: less than the floor, scope taken out, too much to walk."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from patrol.grid.model import Grid, Tier
from patrol.plans import loads, scope
from patrol.plans.model import Need, Plan, PlanState, Standing
from patrol.plans.rules import under_floor
from patrol.plans.scope import Place


def needed(
    session: Session, plan: Plan, *, zone: ZoneInfo, now: datetime
) -> dict[Need, dict[str, object]]:
    """What must be signed for before a draft may be published, each with its facts."""
    places = scope.places_of(session, plan, zone=zone, now=now)
    found: dict[Need, dict[str, object]] = {}
    if _lowers_the_floor(session, plan, places, zone=zone):
        found[Need.FLOOR] = {}
    if taken := taken_out(session, plan, places):
        found[Need.SCOPE] = taken
    heavy = [
        one for one in loads.by_officer(session, plan, places, zone=zone, now=now) if one.too_much
    ]
    if heavy:
        found[Need.LOAD] = {"people": [one.name for one in heavy]}
    return found


def taken_out(session: Session, plan: Plan, places: list[Place]) -> dict[str, object]:
    """Cells and topics of the plan it replaces that a draft asks for no more."""
    old = session.get(Plan, plan.replaces_id) if plan.replaces_id else None
    if old is None or old.state is PlanState.ENDED:
        return {}
    held = set(
        session.scalars(select(col(Standing.cell_id)).where(col(Standing.plan_id) == old.id))
    )
    cells = len(held - {one.cell_id for one in places})
    if plan.scope is old.scope and plan.scope in scope.FOLLOWING and plan.grid_id == old.grid_id:
        cells = 0 if set(old.members) <= set(plan.members) or not plan.members else cells
    topics = sorted(set(old.topics) - set(plan.topics))
    return {"cells": cells, "topics": topics} if cells or topics else {}


def tiers(session: Session) -> int:
    """How many tiers of grids there are."""
    return session.scalar(select(func.max(col(Tier.number)))) or 3


def _lowers_the_floor(session: Session, plan: Plan, places: list[Place], *, zone: ZoneInfo) -> bool:
    """Whether some of its cells would be looked at less often than their tier's floor.

    A plan beside another one that keeps to the floor there lowers nothing.
    """
    tier, lowest = session.get_one(Grid, plan.grid_id).tier, tiers(session)
    if not under_floor(plan.terms(zone), tier, lowest):
        return False
    beside = session.scalars(
        select(Plan).where(
            col(Plan.state) == PlanState.PUBLISHED,
            col(Plan.role) == plan.role,
            or_(col(Plan.valid_to).is_(None), col(Plan.valid_to) >= plan.valid_to)
            if plan.valid_to
            else col(Plan.valid_to).is_(None),
            col(Plan.id) != (plan.replaces_id or plan.id),
            col(Plan.id).in_(
                select(col(Standing.plan_id)).where(
                    col(Standing.grid_id).in_({one.grid_id for one in places})
                )
            ),
        )
    )
    kept = [
        one.id
        for one in beside
        if not under_floor(one.terms(zone), tier, lowest) and set(plan.topics) <= set(one.topics)
    ]
    held = set(
        session.scalars(select(col(Standing.cell_id)).where(col(Standing.plan_id).in_(kept)))
    )
    return bool({one.cell_id for one in places} - held) or not places
