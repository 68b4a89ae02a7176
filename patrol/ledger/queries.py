"""Reading the ledger, and proving that nobody has changed it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, Uuid, bindparam, column, func, select, table
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
    fault: str | None = None  # gap, chain, hash, payload, head, mark
    since: int = 1  # the first entry read

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


@dataclass(frozen=True)
class Mark:
    """An entry up to which the chain is known, and its hash then."""

    seq: int
    hash: str


START = Mark(0, GENESIS)


def verify(
    session: Session,
    told: Callable[[int], None] = lambda _: None,
    *,
    after: Mark = START,
    most: int | None = None,
) -> Verdict:
    """Recompute every seal after a mark, to the end of the chain or for `most` entries.

    `told` hears how far it is. What lies before the mark is not read; that the marked entry still
    is the one it was is.
    """
    since = after.seq + 1
    if after.seq and _hash_of(session, after.seq) != after.hash:
        return Verdict(after.seq - 1, after.hash, after.seq, "mark", since)
    last, *head = session.execute(_END).one_or_none() or (0, None, None)
    until = last if most is None else min(last, after.seq + most)
    seq, prev = after.seq, after.hash
    for entry in _walk(session, after.seq, until):
        seq += 1
        if fault := _fault(entry, seq, prev):
            return Verdict(seq - 1, prev, seq, fault, since)
        prev = entry.hash
        if seq % PIECE == 0:
            told(seq)
    told(seq)
    if until == last and head != [seq, prev]:
        return Verdict(seq, prev, seq + 1, "head", since)
    return Verdict(seq, prev, since=since)


def _hash_of(session: Session, seq: int) -> str | None:
    return session.scalar(select(col(LedgerEntry.hash)).where(col(LedgerEntry.seq) == seq))


def _fault(entry: Any, seq: int, prev: str) -> str | None:
    if entry.seq != seq:
        return "gap"
    if entry.prev_hash != prev:
        return "chain"
    line = Line(entry.at, entry.actor_id, entry.kind, entry.subject, b"")
    if seal(seq, line, entry.commitment, prev) != entry.hash:
        return "hash"
    if entry.payload is None or commitment(entry.salt, entry.payload) != entry.commitment:
        return "payload"
    return None


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


def _walk(session: Session, last: int, until: int) -> Iterator[Any]:
    """The entries after `last` up to `until` as plain rows, each with its particulars."""
    while last < until:
        asked = {"last": last, "until": until, "piece": PIECE}
        rows = session.execute(_LINES, asked).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].seq


_LINES = (
    select(
        *LedgerEntry.__table__.columns,  # type: ignore[attr-defined]
        col(LedgerPayload.salt),
        col(LedgerPayload.payload),
    )
    .outerjoin(LedgerPayload, col(LedgerPayload.seq) == col(LedgerEntry.seq))
    .where(col(LedgerEntry.seq) > bindparam("last"), col(LedgerEntry.seq) <= bindparam("until"))
    .order_by(col(LedgerEntry.seq))
    .limit(bindparam("piece"))
)
_END = select(  # at one moment: others go on appending meanwhile
    select(func.coalesce(func.max(col(LedgerEntry.seq)), 0)).scalar_subquery(),
    col(LedgerHead.seq),
    col(LedgerHead.hash),
)
