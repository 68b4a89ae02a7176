"""Reading the ledger, and proving that nobody has changed it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, Uuid, column, func, select, table
from sqlmodel import Session, col

from patrol.ledger.model import LedgerEntry, LedgerHead, LedgerPayload
from patrol.ledger.rules import GENESIS, Line, commitment, seal

PIECE = 2000  # entries read at a time


@dataclass(frozen=True)
class Verdict:
    """What verification found: how far the chain is good, and the first entry that is not."""

    entries: int
    head: str
    bad: int | None = None  # number of the first bad entry
    fault: str | None = None  # gap, chain, hash, payload, head

    @property
    def sound(self) -> bool:
        """Whether nothing was found changed, missing or added."""
        return self.bad is None


@dataclass(frozen=True)
class EntryCard:
    """One line of the ledger, for a page."""

    seq: int
    at: datetime
    actor: str | None  # the name; none: the system itself
    kind: str
    subject: str
    hash: str


def verify(session: Session, told: Callable[[int], None] = lambda _: None) -> Verdict:
    """Walk the whole chain and recompute every seal; `told` hears how many are done."""
    seq, prev = 0, GENESIS
    for entry, payload in _walk(session):
        seq += 1
        if entry.seq != seq:
            return Verdict(seq - 1, prev, seq, "gap")
        if entry.prev_hash != prev:
            return Verdict(seq - 1, prev, seq, "chain")
        line = Line(entry.at, entry.actor_id, entry.kind, entry.subject, b"")
        if seal(seq, line, entry.commitment, prev) != entry.hash:
            return Verdict(seq - 1, prev, seq, "hash")
        if payload is None or commitment(payload.salt, payload.payload) != entry.commitment:
            return Verdict(seq - 1, prev, seq, "payload")
        prev = entry.hash
        if seq % PIECE == 0:
            told(seq)
    head = session.scalar(select(LedgerHead))
    if head is None or (head.seq, head.hash) != (seq, prev):
        return Verdict(seq, prev, seq + 1, "head")
    told(seq)
    return Verdict(seq, prev)


def size(session: Session) -> int:
    """How many entries there are."""
    return session.scalar(select(func.count()).select_from(LedgerEntry)) or 0


def latest(session: Session, *, before: int | None = None, limit: int = 50) -> list[EntryCard]:
    """The newest entries, newest first, from `before` backwards."""
    query = _cards().order_by(col(LedgerEntry.seq).desc()).limit(limit)
    if before is not None:
        query = query.where(col(LedgerEntry.seq) < before)
    return [EntryCard(*row) for row in session.execute(query)]


def entries_of(session: Session, subject: str) -> list[EntryCard]:
    """Everything the ledger says of one thing, oldest first."""
    query = _cards().where(col(LedgerEntry.subject) == subject).order_by(col(LedgerEntry.seq))
    return [EntryCard(*row) for row in session.execute(query)]


def _cards() -> Select[Any]:
    """The columns of an entry's card; names stand in a table this slice knows only by name."""
    person = table("person", column("id", Uuid()), column("name", String()))
    return (
        select(
            col(LedgerEntry.seq),
            col(LedgerEntry.at),
            person.c.name,
            col(LedgerEntry.kind),
            col(LedgerEntry.subject),
            col(LedgerEntry.hash),
        )
        .select_from(LedgerEntry)
        .outerjoin(person, person.c.id == col(LedgerEntry.actor_id))
    )


def _walk(session: Session) -> Iterator[tuple[LedgerEntry, LedgerPayload | None]]:
    last = -1
    while True:
        rows = session.execute(
            select(LedgerEntry, LedgerPayload)
            .outerjoin(LedgerPayload, col(LedgerPayload.seq) == col(LedgerEntry.seq))
            .where(col(LedgerEntry.seq) > last)
            .order_by(col(LedgerEntry.seq))
            .limit(PIECE)
        ).all()
        if not rows:
            return
        yield from ((entry, payload) for entry, payload in rows)
        last = rows[-1][0].seq
        session.expunge_all()
