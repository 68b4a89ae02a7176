"""Putting a plan into force: a standing for each of its cells, and when its windows close."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlmodel import Session, col

from patrol.core.access import Actor
from patrol.core.errors import Refused
from patrol.ledger.service import note
from patrol.plans import scope
from patrol.plans.model import SEEN, Plan, PlanState, Scope, Standing
from patrol.plans.rules import closing_after
from patrol.plans.scope import Place

NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # when a plan closes next that has no windows left
_BATCH = 1_000


def put_in_force(
    session: Session,
    actor: Actor,
    plan: Plan,
    before: Plan | None,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Publish a plan whose days are settled; its cells stand where they stood under `before`.

    Raises `Refused` for days without a window, and for a scope without cells; hot spots alone
    may come later.
    """
    plan.state, plan.published_by, plan.published_at = PlanState.PUBLISHED, actor.id, now
    plan.closed_until = plan.valid_from
    plan.closes_next_at = closing_after(plan.terms(zone), plan.valid_from) or NEVER
    if plan.closes_next_at == NEVER:
        raise Refused("plan-without-windows", "valid_to")
    places = scope.asked(session, plan, zone=zone, at=plan.valid_from)
    if not places and plan.scope is not Scope.HOT:
        raise Refused("plan-without-cells", "grid_id")
    session.add(plan)
    session.flush()
    scope.open_places(session, plan, places)
    _open_standings(session, plan, places, before)
    told = facts(plan) | {"cells": len(places)}
    note(session, actor, "plan.published", plan.id, told, at=now)


def facts(plan: Plan) -> dict[str, object]:
    """What the ledger keeps of a plan's terms."""
    return {
        "grid": str(plan.grid_id),
        "scope": plan.scope.value,
        "members": sorted(plan.members),
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


def _open_standings(session: Session, plan: Plan, places: list[Place], before: Plan | None) -> None:
    stood = {}
    if before is not None:
        kept = select(Standing).where(col(Standing.plan_id) == before.id)
        stood = {row.cell_id: row for row in session.scalars(kept)}
    rows = [
        {"plan_id": plan.id, "cell_id": one.cell_id, "grid_id": one.grid_id}
        | {name: getattr(stood.get(one.cell_id), name, None) for name in SEEN}
        for one in places
    ]
    for first in range(0, len(rows), _BATCH):
        session.connection().execute(insert(Standing), rows[first : first + _BATCH])
