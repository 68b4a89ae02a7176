"""Enrolling phones, letting them deliver later, and taking their word that they are empty."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from patrol.core.access import Actor
from patrol.core.errors import Conflict, NotFound, Refused
from patrol.devices import queries
from patrol.devices.drafts import Enrolment
from patrol.devices.model import DeviceKey, OutboxReport, UploadGrant
from patrol.devices.rules import LASTS, proof_of
from patrol.ledger.service import note
from patrol.people.model import SessionToken
from patrol.replay.rules import fits


@dataclass(frozen=True)
class Granted:
    """A token only the phone keeps, and until when it serves."""

    token: str
    ends_at: datetime


def enrol(
    session: Session, actor: Actor, session_id: str, draft: Enrolment, *, now: datetime
) -> Granted:
    """Know this phone by its key from now on, and let it deliver this person's evidence.

    Raises Refused `device-proof` when it does not hold the key, Conflict `device-known` when the
    number belongs to another key or to a phone that was struck off.
    """
    line = proof_of(draft.device, actor.id)
    if not fits(draft.public_key, draft.signature, line):
        raise Refused("device-proof")
    known = session.get(DeviceKey, draft.device)
    if known is not None and (known.public_key != draft.public_key or known.revoked_at):
        raise Conflict("device-known")
    if known is None:
        known = DeviceKey(
            id=draft.device,
            public_key=draft.public_key,
            label=draft.label,
            enrolled_by=actor.id,
            enrolled_at=now,
        )
        session.add(known)
        session.flush()
        facts = {"key": hashlib.sha256(draft.public_key.encode()).hexdigest()}
        note(session, actor, "device.enrolled", known.id, facts, at=now)
    return _grant(session, actor, session_id, known, now=now)


def strike_off(session: Session, actor: Actor, device_id: UUID, *, now: datetime) -> None:
    """Believe this phone no more: its signatures count for nothing, its grants are dead."""
    known = session.get(DeviceKey, device_id)
    if known is None or not _may_strike(session, actor, known):
        raise NotFound
    if known.revoked_at is None:
        known.revoked_at, known.revoked_by = now, actor.id
        note(session, actor, "device.struck-off", device_id, {}, at=now)


def report_empty(
    session: Session, actor: Actor, device_id: UUID, last_seq: int, *, now: datetime
) -> None:
    """Keep a phone's word that nothing of this person waits on it."""
    session.add(
        OutboxReport(device_id=device_id, person_id=actor.id, last_seq=last_seq, empty_at=now)
    )


def _grant(
    session: Session, actor: Actor, session_id: str, known: DeviceKey, *, now: datetime
) -> Granted:
    opened = session.get_one(SessionToken, session_id)
    token = secrets.token_urlsafe(32)
    grant = UploadGrant(
        id=hashlib.sha256(token.encode()).hexdigest(),
        device_id=known.id,
        person_id=actor.id,
        session_id=opened.id,
        made_at=now,
        ends_at=now + LASTS,
    )
    session.add(grant)
    return Granted(token, grant.ends_at)


def _may_strike(session: Session, actor: Actor, known: DeviceKey) -> bool:
    """One's own phone, one that delivered for oneself, or that of somebody one leads."""
    return (
        known.enrolled_by == actor.id
        or queries.delivers_for(session, known.id, actor.id)
        or bool(queries.led(session, actor, [known.enrolled_by]))
    )
