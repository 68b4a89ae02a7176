"""Signatures: supervisors hear what waits for theirs, and who asked hears that it is given."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from patrol.core.access import Actor, May, demand
from patrol.core.roles import Role
from patrol.grid.model import Grid
from patrol.notices.queries import of_subject
from patrol.notices.service import acted, notify
from patrol.people.queries import answering
from patrol.plans import needs
from patrol.plans.model import Plan, PlanState

DRAFT, END, GIVEN = "plan.draft-asks", "plan.end-asks", "plan.signed"


def ask(
    session: Session, actor: Actor, plan_id: UUID, *, zone: ZoneInfo, now: datetime
) -> list[str]:
    """Tell the supervisors of a draft that it waits for their signature; their names."""
    plan = demand(actor, May.MAKE_PLAN, session.get(Plan, plan_id), seen=May.SEE_PLAN)
    if plan.state is not PlanState.DRAFT:
        return []
    if not needs.needed(session, plan, zone=zone, now=now).keys() - set(plan.signed_for):
        return []
    return tell_signers(session, plan, DRAFT, now=now)


def tell_signers(session: Session, plan: Plan, kind: str, *, now: datetime) -> list[str]:
    """Tell each supervisor of the plan's grid once, until that one has acted; their names."""
    subject = f"plan:{plan.id}"
    waiting = {
        notice.person_id
        for notice in of_subject(session, subject)
        if notice.kind == kind and notice.acted_at is None
    }
    signers = answering(session, plan.grid_id, Role.SUPERVISOR, at=now)
    for one in signers:
        if one.person_id is not None and one.person_id not in waiting:
            _tell(session, plan, one.person_id, kind, now=now)
    return [one.name for one in signers if one.name]


def given(session: Session, plan: Plan, signer: UUID, *, now: datetime) -> None:
    """Record that a supervisor has acted, and tell who waits for the signature."""
    acted(session, signer, f"plan:{plan.id}", now=now)
    asker = plan.made_by if plan.state is PlanState.DRAFT else plan.end_asked_by
    if asker not in (None, signer):
        _tell(session, plan, asker, GIVEN, now=now)


def _tell(session: Session, plan: Plan, person_id: UUID, kind: str, *, now: datetime) -> None:
    facts = {"plan": plan.name, "grid": session.get_one(Grid, plan.grid_id).name}
    subject = f"plan:{plan.id}"
    notify(session, person_id, kind, subject, facts, due_at=now, now=now, grid_id=plan.grid_id)
