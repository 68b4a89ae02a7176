"""Taking a write once, however often its bytes arrive."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Boolean, bindparam, case, func, or_, select, update
from sqlmodel import Session, col

from patrol.core.access import Actor
from patrol.core.errors import Conflict, TooMuch
from patrol.core.questions import Write
from patrol.core.store import at_the_end, insert_new
from patrol.ledger.service import head, note
from patrol.replay.model import Device, Receipt, RejectedSubmission
from patrol.replay.rules import Link, fits

RANK = 200  # after the ledger, whose head every receipt carries
DAY = timedelta(days=1)
MOST_KEPT = 1000  # refused writes of one person kept in a day
MOST_BYTES = 8 * 1024 * 1024  # of theirs

# Built once: every write from a phone goes through these.
_KNOWN = select(Receipt).where(
    col(Receipt.author_id) == bindparam("author"), col(Receipt.item_id) == bindparam("item")
)
_CLAIM = Write(insert_new(Receipt))
_FILLED = ("location", "answer", "ledger_seq", "ledger_hash")
_FILL = Write(
    update(Receipt)
    .where(col(Receipt.id) == bindparam("receipt"))
    .values({name: bindparam(f"its_{name}") for name in _FILLED})
)
_newest = case(
    (col(Device.last_seq) < bindparam("seq"), bindparam("seq")), else_=col(Device.last_seq)
)
_COUNT = Write(
    update(Device)
    .where(
        col(Device.id) == bindparam("device"),
        or_(bindparam("signed", type_=Boolean), col(Device.person_id) == bindparam("author")),
    )
    .values(last_seen_at=bindparam("now"), person_id=bindparam("author"), last_seq=_newest)
)
_DEVICE = Write(insert_new(Device))


@dataclass(frozen=True)
class Item:
    """One write as it arrived: the id the phone gave it and the digest of its bytes."""

    id: UUID
    digest: str
    address: str
    device_id: UUID | None = None
    device_seq: int | None = None
    prev: str = ""
    signature: str | None = None
    supersedes: UUID | None = None
    supersedes_seq: int | None = None
    carrier: Actor | None = None  # who brings it, when that is not its author

    def link(self, author_id: UUID) -> Link | None:
        """Its place in the chain of its phone; none when it names no phone."""
        if self.device_id is None or self.device_seq is None:
            return None
        mine = self.id, author_id, self.address, self.digest, self.prev
        return Link(self.device_id, self.device_seq, *mine)


Keys = Callable[[Session, UUID, datetime], str | None]
_keys: list[Keys] = []


def keys_by(find: Keys) -> None:
    """Have `find` give the public key of a phone; the slice that knows phones does."""
    _keys[:] = [find]


def is_signed(session: Session, author_id: UUID, item: Item, *, now: datetime) -> bool | None:
    """Whether the phone's own key signed this item; none when there is nothing to judge by."""
    link = item.link(author_id)
    if link is None or item.signature is None:
        return None
    key = _key_of(session, link.device, now=now)
    return None if key is None else fits(key, item.signature, link.line)


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
    link = item.link(actor.id)
    receipt = Receipt(
        author_id=actor.id,
        item_id=item.id,
        digest=item.digest,
        address=item.address,
        device_id=item.device_id,
        device_seq=item.device_seq,
        received_at=now,
        mark=link.mark if link else None,
        prev=item.prev or None,
        signature=item.signature,
        signed=is_signed(session, actor.id, item, now=now),
        supersedes=item.supersedes,
        supersedes_seq=item.supersedes_seq,
        carried_by=item.carrier.id if item.carrier else None,
    )
    if _CLAIM.do(session, receipt.model_dump()) == 0:
        return None
    if item.carrier is not None:
        facts = {"author": str(actor.id), "item": str(item.id), "device": str(item.device_id)}
        note(session, item.carrier, "receipt.carried", receipt.id, facts, at=now)
    if link is not None and (receipt.signed or not _key_of(session, link.device, now=now)):
        _count(session, link, signed=bool(receipt.signed), now=now)

    def witness(session: Session) -> None:
        receipt.ledger_seq, receipt.ledger_hash = head(session) or (None, None)
        told = {f"its_{name}": getattr(receipt, name) for name in _FILLED}
        _FILL.do(session, {"receipt": receipt.id, **told})

    at_the_end(session, "patrol.replay", RANK, witness)
    return receipt


def keep_rejected(
    session: Session, actor: Actor, item: Item, body: bytes, status: int, *, now: datetime
) -> None:
    """Keep what was refused, byte for byte, once.

    Raises `TooMuch` when this person's room for the day is full.
    """
    known = session.scalar(
        select(col(RejectedSubmission.id)).where(
            col(RejectedSubmission.author_id) == actor.id,
            col(RejectedSubmission.item_id) == item.id,
            col(RejectedSubmission.digest) == item.digest,
        )
    )
    if known is None:
        _demand_room(session, actor, len(body), now=now)
        session.add(
            RejectedSubmission(
                author_id=actor.id,
                item_id=item.id,
                digest=item.digest,
                address=item.address,
                body=body,
                status=status,
                received_at=now,
                device_id=item.device_id,
                device_seq=item.device_seq,
            )
        )


def _demand_room(session: Session, actor: Actor, size: int, *, now: datetime) -> None:
    bytes_kept = func.coalesce(func.sum(func.length(col(RejectedSubmission.body))), 0)
    lately = select(func.count(), bytes_kept).where(
        col(RejectedSubmission.author_id) == actor.id,
        col(RejectedSubmission.received_at) > now - DAY,
    )
    count, kept = session.execute(lately).one()
    if count >= MOST_KEPT or kept + size > MOST_BYTES:
        raise TooMuch("replay.too-much")


def _key_of(session: Session, device_id: UUID, *, now: datetime) -> str | None:
    return next((found for find in _keys if (found := find(session, device_id, now))), None)


def _count(session: Session, link: Link, *, signed: bool, now: datetime) -> None:
    """Move the counter of a phone; without its signature only for who sent from it before."""
    told = {"device": link.device, "seq": link.seq, "author": link.author, "now": now}
    if _COUNT.do(session, {**told, "signed": signed}) == 0:
        fresh = Device(
            id=link.device,
            person_id=link.author,
            last_seq=link.seq,
            first_seen_at=now,
            last_seen_at=now,
        )
        _DEVICE.do(session, fresh.model_dump())
