"""Taking a write once, however often its bytes arrive."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, select, update
from sqlmodel import Session, col

from patrol.core.access import Actor
from patrol.core.errors import Conflict
from patrol.core.store import at_the_end
from patrol.ledger.service import head
from patrol.replay.model import Device, Receipt, RejectedSubmission

RANK = 200  # after the ledger, whose head every receipt carries


@dataclass(frozen=True)
class Item:
    """One write as it arrived: the id the phone gave it and the digest of its bytes."""

    id: UUID
    digest: str
    address: str
    device_id: UUID | None = None
    device_seq: int | None = None


def taken(session: Session, actor: Actor, item: Item) -> Receipt | None:
    """The receipt given before for these very bytes; none when they are new.

    Raises `Conflict` when the id came before with other bytes.
    """
    receipt = session.scalar(
        select(Receipt).where(col(Receipt.author_id) == actor.id, col(Receipt.item_id) == item.id)
    )
    if receipt is not None and receipt.digest != item.digest:
        raise Conflict("replay.conflict")
    return receipt


def take(session: Session, actor: Actor, item: Item, *, now: datetime) -> Receipt:
    """Open the receipt of a new write; the ledger's head is filled in at the end."""
    receipt = Receipt(
        author_id=actor.id,
        item_id=item.id,
        digest=item.digest,
        address=item.address,
        device_id=item.device_id,
        device_seq=item.device_seq,
        received_at=now,
    )
    session.add(receipt)
    session.flush()  # the unique constraint decides a race, before anything else is done
    if item.device_id is not None and item.device_seq is not None:
        _count(session, actor, item.device_id, item.device_seq, now=now)

    def witness(session: Session) -> None:
        if (last := head(session)) is not None:
            receipt.ledger_seq, receipt.ledger_hash = last

    at_the_end(session, "patrol.replay", RANK, witness)
    return receipt


def keep_rejected(
    session: Session, actor: Actor, item: Item, body: bytes, status: int, *, now: datetime
) -> None:
    """Keep what was refused, byte for byte, once."""
    known = session.scalar(
        select(col(RejectedSubmission.id)).where(
            col(RejectedSubmission.author_id) == actor.id,
            col(RejectedSubmission.item_id) == item.id,
            col(RejectedSubmission.digest) == item.digest,
        )
    )
    if known is None:
        session.add(
            RejectedSubmission(
                author_id=actor.id,
                item_id=item.id,
                digest=item.digest,
                address=item.address,
                body=body,
                status=status,
                received_at=now,
            )
        )


def _count(session: Session, actor: Actor, device_id: UUID, seq: int, *, now: datetime) -> None:
    newest = case((col(Device.last_seq) < seq, seq), else_=col(Device.last_seq))
    counted = session.connection().execute(
        update(Device)
        .where(col(Device.id) == device_id)
        .values(last_seen_at=now, person_id=actor.id, last_seq=newest)
    )
    if counted.rowcount == 0:
        session.add(
            Device(
                id=device_id, person_id=actor.id, last_seq=seq, first_seen_at=now, last_seen_at=now
            )
        )
