"""Who judges a doubt and who must keep out: whoever signed what it turns on, or was rung of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.core.roles import Role
from patrol.escalation.model import Climb, Matter
from patrol.people.model import Excuse
from patrol.people.queries import answering, paths_of
from patrol.plans.model import Plan
from patrol.tracing.model import Doubt


def bar(session: Session, doubt: Doubt, person_id: UUID) -> str | None:
    """What keeps somebody from judging a doubt, as a code; None where nothing does."""
    if doubt.concerns(person_id):
        return "doubt-own"
    if person_id in _rung(session, doubt.finding_id):
        return "doubt-rung"
    return "doubt-signed" if person_id in signers(session, doubt.facts) else None


def next_body(session: Session, doubt: Doubt, *, now: datetime) -> list[UUID]:
    """The supervisors to whom silence passes a doubt: the nearest above those asked who may judge.

    Nobody where no supervisor stands above them.
    """
    path = [one.grid_id for one in paths_of(session, [doubt.grid_id]).get(doubt.grid_id, [])]
    asked = answering(session, doubt.grid_id, Role.SUPERVISOR, at=doubt.opened_at)
    silent = {one.person_id for one in asked}
    lowest = max((path.index(one.grid_id) for one in asked if one.grid_id in path), default=-1)
    for grid_id in path[lowest + 1 :]:
        body = [one.answers for one in answering(session, grid_id, Role.SUPERVISOR, at=now)]
        free = [
            one for one in body
            if one is not None and one not in silent and bar(session, doubt, one) is None
        ]  # fmt: skip
        if free:
            return free
    return []


def _rung(session: Session, finding_id: UUID) -> set[UUID]:
    """Who was rung about a finding, in whatever round of its climbing."""
    query = (
        select(col(Climb.person_id))
        .join(Matter, col(Matter.id) == col(Climb.matter_id))
        .where(
            col(Matter.subject) == f"finding:{finding_id}",
            col(Climb.person_id).is_not(None),
            col(Climb.annulled_at).is_(None),
        )
    )
    return {one for one in session.scalars(query) if one is not None}


def signers(session: Session, facts: Mapping[str, Any]) -> set[UUID]:
    """Who signed a weaker plan, its end, or an entry that excuses somebody, that a trace shows."""
    windows = facts.get("windows", ())
    plans = {UUID(one["plan"]) for one in windows}
    shown = {each for one in windows for each in one["evidence"] if each.startswith("excuse:")}
    excuses = {UUID(one.partition(":")[2]) for one in shown}
    signed = select(col(Plan.floor_signed_by), col(Plan.end_signed_by))
    found = {one for row in session.execute(signed.where(col(Plan.id).in_(plans))) for one in row}
    entries = select(col(Excuse.approved_by), col(Excuse.recorded_by))
    for approved_by, recorded_by in session.execute(entries.where(col(Excuse.id).in_(excuses))):
        found.add(approved_by or recorded_by)
    found |= {UUID(one["by"]) for one in facts.get("signatures", ())}
    return {one for one in found if one is not None}
