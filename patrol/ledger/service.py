"""Appending to the ledger: acts are collected while they are done and chained at the end."""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, col

from patrol.core.access import Actor
from patrol.core.questions import Question, Write
from patrol.core.store import at_the_end
from patrol.ledger.model import LedgerEntry, LedgerHead, LedgerPayload
from patrol.ledger.rules import Line, canonical, commitment, seal

COLLECTED = "patrol.ledger"
HEAD = "patrol.ledger.head"  # (seq, hash) of the last entry of this transaction
RANK = 100

# Built once: all of a site's writes queue behind these.
_LAST = Question(select(col(LedgerHead.seq), col(LedgerHead.hash)).with_for_update())
_ENTRY = Write(insert(LedgerEntry))
_PAYLOAD = Write(insert(LedgerPayload))
_MOVE = Write(update(LedgerHead).values(seq=bindparam("last"), hash=bindparam("sealed")))


def note(
    session: Session,
    actor: Actor | None,
    kind: str,
    subject: UUID | str,
    payload: Mapping[str, Any],
    *,
    at: datetime,
) -> None:
    """Collect one act; it is chained last in the same transaction, or not at all.

    `kind` is such as `finding.recorded`; a bare id becomes `<kind's noun>:<id>`. `actor` is none
    where the system itself acts. `at` is when the act is dated.
    """
    named = subject if isinstance(subject, str) else f"{kind.partition('.')[0]}:{subject}"
    lines: list[Line] = session.info.setdefault(COLLECTED, [])
    lines.append(Line(at, actor.id if actor else None, kind, named, canonical(payload)))
    at_the_end(session, COLLECTED, RANK, append)


def append(session: Session) -> None:
    """Chain what was collected, under the lock of the head, which is the last one taken."""
    lines: list[Line] = session.info.pop(COLLECTED, [])
    if not lines:
        return
    [(seq, prev)] = _LAST.ask(session)
    entries, payloads = [], []
    for line in lines:
        seq += 1
        salt = os.urandom(32)
        committed = commitment(salt, line.payload)
        sealed = seal(seq, line, committed, prev)
        entries.append(
            {
                "seq": seq,
                "at": line.at,
                "actor_id": line.actor_id,
                "kind": line.kind,
                "subject": line.subject,
                "commitment": committed,
                "prev_hash": prev,
                "hash": sealed,
            }
        )
        payloads.append({"seq": seq, "salt": salt, "payload": line.payload})
        prev = sealed
    _ENTRY.do(session, *entries)
    _PAYLOAD.do(session, *payloads)
    _MOVE.do(session, {"last": seq, "sealed": prev})
    session.info[HEAD] = (seq, prev)


def head(session: Session) -> tuple[int, str] | None:
    """Number and hash of the last entry this transaction appended."""
    found: tuple[int, str] | None = session.info.get(HEAD)
    return found
