"""Who must keep out of judging a doubt: whoever signed what it turns on, or was rung about it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.people.model import Excuse
from patrol.plans.model import Plan


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
