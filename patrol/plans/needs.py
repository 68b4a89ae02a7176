"""What a draft needs a signature for: less than the floor, scope taken out, too much to walk."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session, col

from patrol.core.spans import unbroken
from patrol.grid.model import Grid, Tier
from patrol.plans import loads, scope, turning
from patrol.plans.model import Need, Plan, PlanState, Standing
from patrol.plans.rules import asks_as_often, under_floor
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
    held = _cells(session, [old.id])
    if sooner := _ends_sooner(plan, old):
        return {"cells": len(held), "topics": [], "sooner": sooner}
    cells = len(held - {one.cell_id for one in places})
    if plan.scope is old.scope and plan.scope in scope.FOLLOWING and plan.grid_id == old.grid_id:
        cells = 0 if set(old.members) <= set(plan.members) or not plan.members else cells
    topics = sorted(set(old.topics) - set(plan.topics))
    return {"cells": cells, "topics": topics} if cells or topics else {}


def _ends_sooner(plan: Plan, old: Plan) -> bool:
    """Whether a plan that replaces another for good would hold for a shorter time."""
    if plan.stands_in or plan.valid_to is None:
        return False
    return old.valid_to is None or plan.valid_to < old.valid_to


def lost(session: Session, plan: Plan, *, zone: ZoneInfo, now: datetime) -> dict[str, object]:
    """What ending a plan now takes out: cells, and topics, that nothing else goes on asking for.

    Only plans for the same role count that ask as often as the floor of its tier, or as the plan
    itself where it fell below; what ends in its time takes nothing out.
    """
    ends = turning.ends_at(plan, zone, now)
    if ends == plan.valid_to:
        return {}
    tier, lowest = session.get_one(Grid, plan.grid_id).tier, tiers(session)
    own = plan.terms(zone)
    others = {
        one.id: one
        for one in session.scalars(select(Plan).where(*_beside(plan, _grids_of(session, plan))))
        if not under_floor(terms := one.terms(zone), tier, lowest) or asks_as_often(terms, own)
    }
    groups: Counter[frozenset[UUID]] = Counter(_asking(session, plan, others).values())
    cells, topics = 0, set[str]()
    for asking, count in groups.items():
        spans = [(one, others[one].valid_from, others[one].valid_to) for one in asking]
        gone = {
            topic
            for topic in plan.topics
            if not unbroken(
                [(since, until) for one, since, until in spans if topic in others[one].topics],
                max(ends, plan.valid_from),
                plan.valid_to,
            )
        }
        if gone == set(plan.topics):
            cells += count
        else:
            topics |= gone
    return {"cells": cells, "topics": sorted(topics)} if cells or topics else {}


def _asking(session: Session, plan: Plan, others: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Which of the other plans ask for each cell of a plan."""
    rows = session.execute(
        select(col(Standing.cell_id), col(Standing.plan_id)).where(
            col(Standing.plan_id).in_([plan.id, *others])
        )
    )
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for cell_id, plan_id in rows:
        found[cell_id].add(plan_id)
    return {
        cell: frozenset(asking - {plan.id}) for cell, asking in found.items() if plan.id in asking
    }


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
            *_beside(plan, {one.grid_id for one in places}),
            or_(col(Plan.valid_to).is_(None), col(Plan.valid_to) >= plan.valid_to)
            if plan.valid_to
            else col(Plan.valid_to).is_(None),
            col(Plan.id) != (plan.replaces_id or plan.id),
        )
    )
    kept = [
        one.id
        for one in beside
        if not under_floor(one.terms(zone), tier, lowest) and set(plan.topics) <= set(one.topics)
    ]
    held = _cells(session, kept)
    return bool({one.cell_id for one in places} - held) or not places


def _beside(plan: Plan, grids: Collection[UUID]) -> list[ColumnElement[bool]]:
    """The other plans in force for the same role that ask for cells of these grids."""
    asking = select(col(Standing.plan_id)).where(col(Standing.grid_id).in_(grids))
    return [
        col(Plan.state) == PlanState.PUBLISHED,
        col(Plan.role) == plan.role,
        col(Plan.id) != plan.id,
        col(Plan.id).in_(asking),
    ]


def _grids_of(session: Session, plan: Plan) -> set[UUID]:
    query = select(col(Standing.grid_id)).where(col(Standing.plan_id) == plan.id)
    return set(session.scalars(query.distinct()))


def _cells(session: Session, plans: Collection[UUID]) -> set[UUID]:
    """The cells that any of these plans asks for."""
    query = select(col(Standing.cell_id)).where(col(Standing.plan_id).in_(plans))
    return set(session.scalars(query))
