"""Taking a write once, however often its bytes arrive."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, case, select, update
from sqlmodel import Session, col

from patrol.core.access import Actor
from patrol.core.errors import Conflict
from patrol.core.store import at_the_end, insert_new
from patrol.ledger.service import head
from patrol.replay.model import Device, Receipt, RejectedSubmission

RANK = 200  # after the ledger, whose head every receipt carries

# Built once: every write from a phone goes through these.
_KNOWN = select(Receipt).where(
    col(Receipt.author_id) == bindparam("author"), col(Receipt.item_id) == bindparam("item")
)
_CLAIM = insert_new(Receipt.__table__).execution_options(  # type: ignore[attr-defined]
    preserve_rowcount=True
)
_FILLED = ("location", "answer", "ledger_seq", "ledger_hash")
_FILL = (
    update(Receipt.__table__)  # type: ignore[attr-defined]
    .where(col(Receipt.id) == bindparam("receipt"))
    .values({name: bindparam(f"its_{name}") for name in _FILLED})
)
_newest = case(
    (col(Device.last_seq) < bindparam("seq"), bindparam("seq")), else_=col(Device.last_seq)
)
_COUNT = (
    update(Device.__table__)  # type: ignore[attr-defined]
    .where(col(Device.id) == bindparam("device"))
    .values(last_seen_at=bindparam("now"), person_id=bindparam("author"), last_seq=_newest)
)
_DEVICE = insert_new(Device.__table__)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Item:
    """One write as it arrived: the id the phone gave it and the digest of its bytes."""

    id: UUID
    digest: str
    address: str
    device_id: UUID | None = None
    device_seq: int | None = None


def taken(session: Session, actor: Actor, item: Item) -> Receipt:
    """The receipt given before for these very bytes.

    Raises `Conflict` when the id came before with other bytes.
    """
    receipt = session.scalars(_KNOWN, {"author": actor.id, "item": item.id}).one()
    if receipt.digest != item.digest:
        raise Conflict("replay.conflict")
    return receipt


def take(session: Session, actor: Actor, item: Item, *, now: datetime) -> Receipt | None:
    """Open the receipt of a new write, filled in at the end; none when its id came before.

    The unique constraint decides a race before anything else is done: whoever comes second waits
    for the first.
    """
    receipt = Receipt(
        author_id=actor.id,
        item_id=item.id,
        digest=item.digest,
        address=item.address,
        device_id=item.device_id,
        device_seq=item.device_seq,
        received_at=now,
    )
    claimed = session.connection().execute(_CLAIM, receipt.model_dump())
    if claimed.rowcount == 0:
        return None
    if item.device_id is not None and item.device_seq is not None:
        _count(session, actor, item.device_id, item.device_seq, now=now)

    def witness(session: Session) -> None:
        receipt.ledger_seq, receipt.ledger_hash = head(session) or (None, None)
        told = {f"its_{name}": getattr(receipt, name) for name in _FILLED}
        session.connection().execute(_FILL, {"receipt": receipt.id, **told})

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
    told = {"device": device_id, "seq": seq, "author": actor.id, "now": now}
    counted = session.connection().execute(_COUNT, told)
    if counted.rowcount == 0:
        fresh = Device(
            id=device_id, person_id=actor.id, last_seq=seq, first_seen_at=now, last_seen_at=now
        )
        session.connection().execute(_DEVICE, fresh.model_dump())
