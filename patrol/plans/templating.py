"""Templates of plans: kept, renamed and withdrawn by whoever begins other plans with them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, demand
from patrol.core.errors import NotFound
from patrol.ledger.service import note
from patrol.plans.drafts import TemplateName, stated
from patrol.plans.model import Plan, PlanTemplate


def own(session: Session, actor: Actor) -> list[PlanTemplate]:
    """One's own templates by name."""
    query = select(PlanTemplate).where(
        PlanTemplate.owned_by(actor.id), col(PlanTemplate.withdrawn_at).is_(None)
    )
    return list(session.scalars(query.order_by(col(PlanTemplate.name), col(PlanTemplate.id))))


def template_for(session: Session, actor: Actor, template_id: UUID) -> PlanTemplate:
    """One of one's own templates; raises `NotFound` for another's and for a withdrawn one."""
    found = session.get(PlanTemplate, template_id)
    if found is None or found.made_by != actor.id or found.withdrawn_at is not None:
        raise NotFound
    return found


def keep(
    session: Session, actor: Actor, plan_id: UUID, draft: TemplateName, *, now: datetime
) -> PlanTemplate:
    """Keep the terms of a plan, in force or not, to begin others with."""
    plan = demand(actor, May.MAKE_PLAN, session.get(Plan, plan_id), seen=May.SEE_PLAN)
    made = PlanTemplate(name=draft.name, terms=stated(plan), made_by=actor.id, made_at=now)
    session.add(made)
    session.flush()
    told = {"plan": str(plan.id), "name": made.name}
    note(session, actor, "template.kept", made.id, told, at=now)
    return made


def rename(
    session: Session, actor: Actor, template_id: UUID, draft: TemplateName, *, now: datetime
) -> PlanTemplate:
    """Call a template by another name."""
    found = template_for(session, actor, template_id)
    found.name = draft.name
    note(session, actor, "template.renamed", found.id, {"name": found.name}, at=now)
    return found


def withdraw(session: Session, actor: Actor, template_id: UUID, *, now: datetime) -> None:
    """Offer a template no more; plans begun with it stay as they are."""
    found = template_for(session, actor, template_id)
    found.withdrawn_at = now
    note(session, actor, "template.withdrawn", found.id, {}, at=now)
