"""Reading phones: their keys, what they may deliver, and the numbers that never arrived."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, false, func, or_, select, union
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from patrol.core.access import GRANTS, Actor, May
from patrol.devices.model import DeviceKey, OutboxReport, UploadGrant
from patrol.devices.rules import Gap, gaps
from patrol.people.model import Person, Post, SessionToken
from patrol.people.queries import actor_of, names
from patrol.people.roster import seen
from patrol.people.rules import assignable
from patrol.replay.model import Device, Receipt, RejectedSubmission

HEARD = timedelta(days=30)  # phones silent for longer are not asked after
MOST_PHONES = 200
MOST_ROWS = 200
_MOST_KEYS = 20_000
_minutes: dict[UUID, tuple[int, str | None]] = {}


@dataclass(frozen=True)
class Phone:
    """A phone as its owner and leader see it."""

    id: UUID
    person: str  # who sent from it last
    label: str
    enrolled_at: datetime | None  # none: nothing it sends is signed
    revoked_at: datetime | None
    last_seq: int
    last_seen_at: datetime
    empty_at: datetime | None
    gaps: tuple[Gap, ...]
    may_strike: bool

    @property
    def missing(self) -> int:
        """How many numbers never arrived."""
        return sum(gap.count for gap in self.gaps)

    @property
    def lost(self) -> bool:
        """Whether it says to hold nothing more, yet something never arrived."""
        return bool(self.gaps) and self.empty_at is not None and self.empty_at >= self.last_seen_at

    @property
    def short(self) -> str:
        """The end of its number, enough to tell phones apart."""
        return self.id.hex[-6:]


@dataclass(frozen=True)
class Signed:
    """The phone that signed a record, and who brought it when that was not its author."""

    phone: str
    carrier: str | None


def live_key(session: Session, device_id: UUID, now: datetime) -> str | None:
    """The public key of a phone that is not struck off; asked of the database once a minute."""
    minute = int(now.timestamp() // 60)
    kept = _minutes.get(device_id)
    if kept is not None and kept[0] == minute:
        return kept[1]
    key = session.scalar(
        select(col(DeviceKey.public_key)).where(
            col(DeviceKey.id) == device_id, col(DeviceKey.revoked_at).is_(None)
        )
    )
    if len(_minutes) > _MOST_KEYS:
        _minutes.clear()
    if key is not None:  # a phone that enrols is believed at once
        _minutes[device_id] = (minute, key)
    return key


def forget_keys() -> None:
    """Ask the database again: a key was struck off here."""
    _minutes.clear()


def granted(
    session: Session, token: str, device_id: UUID, person_id: UUID, *, now: datetime
) -> Actor | None:
    """Whose evidence this phone may still deliver; none when the grant is over or taken back."""
    found = session.scalar(
        select(col(UploadGrant.person_id))
        .join(DeviceKey, col(DeviceKey.id) == col(UploadGrant.device_id))
        .join(SessionToken, col(SessionToken.id) == col(UploadGrant.session_id))
        .join(Person, col(Person.id) == col(UploadGrant.person_id))
        .where(
            col(UploadGrant.id) == hashlib.sha256(token.encode()).hexdigest(),
            col(UploadGrant.device_id) == device_id,
            col(UploadGrant.person_id) == person_id,
            col(UploadGrant.ends_at) > now,
            col(DeviceKey.revoked_at).is_(None),
            col(SessionToken.revoked_at).is_(None),
            col(Person.disabled_at).is_(None),
        )
    )
    return None if found is None else actor_of(session, found, now=now)


def delivers_for(session: Session, device_id: UUID, person_id: UUID) -> bool:
    """Whether this person ever let this phone deliver for them, which takes signing in on it."""
    query = select(col(UploadGrant.id)).where(
        col(UploadGrant.device_id) == device_id, col(UploadGrant.person_id) == person_id
    )
    return session.scalar(query.limit(1)) is not None


def led(session: Session, actor: Actor, people: Collection[UUID]) -> frozenset[UUID]:
    """Those of these people who have or had a post below the reader's own, in the same line."""
    below = [
        and_(col(Post.role).in_(assignable({role})), col(Post.grid_id).in_(grids))
        for role, grids in actor.roles.items()
        if May.CONFIRM_VISIT in GRANTS[role]
    ]
    query = select(col(Post.person_id)).where(
        col(Post.person_id).in_(people), Post.bound(), or_(false(), *below)
    )
    return frozenset(session.scalars(query))


def emptied(session: Session, persons: Iterable[UUID]) -> list[tuple[UUID, datetime]]:
    """When phones of these people said that nothing more waits on them."""
    query = select(col(OutboxReport.person_id), col(OutboxReport.empty_at)).where(
        col(OutboxReport.person_id).in_(list(persons))
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def signed_by(session: Session, author_id: UUID, items: Collection[UUID]) -> dict[UUID, Signed]:
    """By record, the phone whose key signed it as it was sent: which phone, not who held it."""
    carrier = aliased(Person)
    rows = session.execute(
        select(
            col(Receipt.item_id), col(Receipt.device_id), col(DeviceKey.label), col(carrier.name)
        )
        .join(DeviceKey, col(DeviceKey.id) == col(Receipt.device_id))
        .outerjoin(carrier, col(carrier.id) == col(Receipt.carried_by))
        .where(
            col(Receipt.author_id) == author_id,
            col(Receipt.item_id).in_(list(items)),
            col(Receipt.signed).is_(True),
        )
    )
    return {
        item: Signed(f"{label} {device.hex[-6:]}".strip(), carried)
        for item, device, label, carried in rows
    }


def phones(session: Session, actor: Actor, *, now: datetime) -> list[Phone]:
    """The phones of oneself and of those one leads, what is missing from them first."""
    rows = session.execute(
        select(Device, col(Person.name), DeviceKey)
        .join(Person, col(Person.id) == col(Device.person_id))
        .outerjoin(DeviceKey, col(DeviceKey.id) == col(Device.id))
        .where(seen(actor), col(Device.last_seen_at) >= now - HEARD)
        .order_by(col(Device.last_seen_at).desc(), col(Device.id))
        .limit(MOST_PHONES)
    ).all()
    ids = [device.id for device, _, _ in rows]
    numbers, empty = _numbers(session, ids), _empty(session, ids)
    below = led(session, actor, {key.enrolled_by for _, _, key in rows if key}) | {actor.id}
    found = [
        Phone(
            device.id,
            name,
            key.label if key else "",
            key.enrolled_at if key else None,
            key.revoked_at if key else None,
            device.last_seq,
            device.last_seen_at,
            empty.get((device.id, device.person_id)),
            tuple(gaps(numbers[device.id], device.last_seq)) if device.id in numbers else (),
            device.person_id == actor.id or (key is not None and key.enrolled_by in below),
        )
        for device, name, key in rows
    ]
    return sorted(found, key=lambda phone: (not phone.lost, not phone.gaps))


@dataclass(frozen=True)
class Arrival:
    """One record that came from a phone, taken or refused."""

    seq: int | None
    address: str  # where it was sent
    received_at: datetime
    page: str | None  # where it can be looked at; none for refused ones
    signed: bool | None
    taken: bool
    carrier: str | None = None  # who brought it, when that was not its author


def arrivals(session: Session, actor: Actor, device_id: UUID) -> list[Arrival]:
    """What came from a phone by people this person sees, the latest first."""
    taken = session.scalars(
        select(Receipt)
        .join(Person, col(Person.id) == col(Receipt.author_id))
        .where(col(Receipt.device_id) == device_id, seen(actor))
        .order_by(col(Receipt.received_at).desc(), col(Receipt.id))
        .limit(MOST_ROWS)
    ).all()
    brought = names(session, [receipt.carried_by for receipt in taken])
    refused = session.scalars(
        select(RejectedSubmission)
        .join(Person, col(Person.id) == col(RejectedSubmission.author_id))
        .where(col(RejectedSubmission.device_id) == device_id, seen(actor))
        .order_by(col(RejectedSubmission.received_at).desc(), col(RejectedSubmission.id))
        .limit(MOST_ROWS)
    )
    rows = [
        *(
            Arrival(
                r.device_seq,
                r.address,
                r.received_at,
                r.location,
                r.signed,
                taken=True,
                carrier=brought.get(r.carried_by) if r.carried_by else None,
            )
            for r in taken
        ),
        *(
            Arrival(r.device_seq, r.address, r.received_at, None, None, taken=False)
            for r in refused
        ),
    ]
    return sorted(rows, key=lambda row: (row.received_at, row.seq or 0), reverse=True)[:MOST_ROWS]


def sent(session: Session, actor: Actor, device_id: UUID) -> int:
    """How many records of people this person sees were taken from a phone."""
    query = (
        select(func.count())
        .select_from(Receipt)
        .join(Person, col(Person.id) == col(Receipt.author_id))
        .where(col(Receipt.device_id) == device_id, seen(actor))
    )
    return session.scalar(query) or 0


def _numbers(session: Session, devices: list[UUID]) -> dict[UUID, set[int]]:
    """The numbers that arrived from each phone where one is missing, refused ones among them."""
    here = select(col(Device.id), col(Device.last_seq)).where(col(Device.id).in_(devices))
    arrived = union(
        _arrivals(Receipt, "device_seq", devices),
        _arrivals(Receipt, "supersedes_seq", devices),
        _arrivals(RejectedSubmission, "device_seq", devices),
    ).subquery()
    counted = dict(
        session.execute(
            select(arrived.c.device_id, func.count()).group_by(arrived.c.device_id)
        ).all()
    )
    short = [device for device, newest in session.execute(here) if counted.get(device) != newest]
    found: dict[UUID, set[int]] = {device: set() for device in short}
    for device, seq in session.execute(
        select(arrived.c.device_id, arrived.c.device_seq).where(arrived.c.device_id.in_(short))
    ):
        found[device].add(seq)
    return found


def _arrivals(model: type[Receipt | RejectedSubmission], name: str, devices: list[UUID]) -> Any:
    """Numbers of one kind of arrival that its phone counts; `name` is their column."""
    number = getattr(model, name)
    return (
        select(col(model.device_id), number.label("device_seq"))
        .join(Device, col(Device.id) == col(model.device_id))
        .where(col(model.device_id).in_(devices), number.between(1, col(Device.last_seq)))
    )


def _empty(session: Session, devices: list[UUID]) -> dict[tuple[UUID, UUID], datetime]:
    query = (
        select(col(OutboxReport.device_id), col(OutboxReport.person_id), col(OutboxReport.empty_at))
        .where(col(OutboxReport.device_id).in_(devices))
        .order_by(col(OutboxReport.empty_at))
    )
    return {(device, person): at for device, person, at in session.execute(query)}
