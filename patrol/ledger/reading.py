"""How far the chain has been read: kept so that a page need not read it all, and never believed
without the site's secret.

Whoever changes the database alone cannot make or move such a mark: it is sealed under a key that
is not kept there, and one that does not hold counts for nothing. An entry before the mark that is
changed later is found when the chain is read again from its first entry, which the job does every
day piece by piece and `patrol ledger verify` at once; until then the page says what it has read
now and since when the rest has not been read.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from patrol.ledger.model import LedgerReading
from patrol.ledger.queries import START, Mark, Verdict, verify
from patrol.ledger.rules import vouch

SMALL = 20_000  # entries that a page reads whole
PIECE = 5_000  # entries in one step of the job: others wait meanwhile where there is one writer
EVERY = timedelta(days=1)  # how soon the chain is read again from its first entry


def known(session: Session, secret: str) -> LedgerReading | None:
    """How far the chain was read, if that was truly written by this site."""
    kept = session.get(LedgerReading, 1)
    return kept if kept is not None and kept.seal == vouch(_told(kept), secret) else None


def mark_of(kept: LedgerReading | None) -> Mark:
    """Where reading on begins."""
    return Mark(kept.seq, kept.hash) if kept is not None else START


def keep(session: Session, verdict: Verdict, secret: str, *, now: datetime) -> None:
    """Remember a reading to the end of the chain, and the fault it found."""
    kept = known(session, secret) or _begun(session, now)
    if verdict.sound:
        kept.seq, kept.hash, kept.read_at = verdict.entries, verdict.head, now
    if verdict.since == 1:
        kept.bad, kept.fault = verdict.bad, verdict.fault or ""
        if verdict.sound:
            kept.whole_seq, kept.whole_at = verdict.entries, now
            kept.again_seq, kept.again_hash = 0, START.hash
    elif not verdict.sound:
        kept.bad, kept.fault = verdict.bad, verdict.fault or ""
    kept.seal = vouch(_told(kept), secret)
    session.flush()


def read_on(session: Session, secret: str, *, now: datetime) -> int | None:
    """Read one piece: what is new, else what was read longest ago; None when all was read today.

    It gives 0, as reading changes nothing of what is read. A fault stays on record until the whole
    chain is found sound again.
    """
    kept = known(session, secret) or _begun(session, now)
    if kept.bad is not None:
        return None
    new = verify(session, after=mark_of(kept), most=PIECE)
    if new.sound and new.entries > kept.seq:
        last = new.entries - kept.seq < PIECE
        kept.seq, kept.hash, kept.read_at = new.entries, new.head, now
        if kept.whole_at is None and last:
            kept.whole_seq, kept.whole_at = kept.seq, now
    elif new.sound:
        if kept.whole_at is not None and now - kept.whole_at < EVERY:
            return None
        new = _again(session, kept, now)
    kept.bad, kept.fault = new.bad, new.fault or ""
    kept.seal = vouch(_told(kept), secret)
    session.flush()
    return 0


def _again(session: Session, kept: LedgerReading, now: datetime) -> Verdict:
    """Read a piece of what was read before, and note when the last of it is done."""
    most = min(PIECE, kept.seq - kept.again_seq)
    found = verify(session, after=Mark(kept.again_seq, kept.again_hash), most=most)
    kept.again_seq, kept.again_hash = found.entries, found.head
    if found.sound and found.entries >= kept.seq:
        kept.whole_seq, kept.whole_at = kept.seq, now
        kept.again_seq, kept.again_hash = 0, START.hash
    return found


def _begun(session: Session, now: datetime) -> LedgerReading:
    """A fresh record that nothing has been read; one that is not ours is written over."""
    fresh = LedgerReading(
        id=1, seq=0, hash=START.hash, read_at=now, whole_seq=0, again_hash=START.hash, seal=""
    )
    return session.merge(fresh)


def _told(kept: LedgerReading) -> dict[str, Any]:
    return kept.model_dump(exclude={"id", "seal"})
