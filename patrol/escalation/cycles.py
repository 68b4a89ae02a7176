"""Every time a matter climbed its ladder: what was reopened keeps the times before."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.core.roles import Line
from patrol.escalation import queries
from patrol.escalation.model import Matter
from patrol.escalation.queries import MatterCard
from patrol.ledger.model import LedgerEntry, LedgerPayload


def cycles_of(session: Session, subject: str) -> list[MatterCard]:
    """The matters of a subject, each as often as it was opened, the first time first."""
    found = queries.of_subject(session, subject)
    every = [one for matter in found for one in (*_past(session, matter), matter)]
    return queries.cards(session, every)


def _past(session: Session, matter: Matter) -> Iterator[Matter]:
    """A matter as it was settled each time before the present one, by the ledger."""
    if matter.cycle == 0:
        return
    opened: dict[str, Any] = {}
    for kind, at, told in _entries(session, matter):
        if kind == "matter.opened":
            opened = {**told, "at": at}
        elif told["cycle"] < matter.cycle:
            line, severity = Line(opened["line"]), opened["severity"]
            ladder = queries.ladder_for(session, line, severity, at=opened["at"])
            before = matter.model_dump() | {
                "ladder_id": ladder.id if ladder else matter.ladder_id,
                "cycle": told["cycle"],
                "rung": told["rung"],
                "opened_at": opened["at"],
                "settled_at": datetime.fromisoformat(told["done_at"]),
                "next_at": None,
            }
            yield Matter.model_construct(**before)


def _entries(session: Session, matter: Matter) -> Iterator[tuple[str, datetime, dict[str, Any]]]:
    """When a matter was opened and settled, and what was said of it."""
    query = (
        select(col(LedgerEntry.kind), col(LedgerEntry.at), col(LedgerPayload.payload))
        .join(LedgerPayload, col(LedgerPayload.seq) == col(LedgerEntry.seq))
        .where(
            col(LedgerEntry.subject) == f"matter:{matter.id}",
            col(LedgerEntry.kind).in_(("matter.opened", "matter.settled")),
        )
        .order_by(col(LedgerEntry.seq))
    )
    for kind, at, payload in session.execute(query):
        yield kind, at, json.loads(payload)
