"""Photos as records announce them and as their bytes arrive, each exactly once."""

from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.core.access import Actor
from patrol.core.errors import Conflict, NotFound
from patrol.core.store import uuid7
from patrol.ledger.service import note
from patrol.photos import files
from patrol.photos.drafts import Announcement
from patrol.photos.files import Picture
from patrol.photos.model import Photo
from patrol.photos.rules import Origin, View


def announce(
    session: Session,
    actor: Actor,
    subject: str,
    grid_id: UUID,
    draft: Announcement,
    *,
    now: datetime,
) -> Photo:
    """Note that a photo will follow; `Conflict` when its id stands for another one already."""
    if session.get(Photo, draft.id) is not None:
        raise Conflict("photo-known", "photo")
    photo = Photo(
        id=draft.id,
        subject=subject,
        officer_id=actor.id,
        grid_id=grid_id,
        view=draft.view,
        origin=draft.origin,
        sha256=draft.sha256,
        size=draft.size,
        taken_at=draft.taken(now),
        lon=draft.lon,
        lat=draft.lat,
        accuracy=draft.accuracy,
        announced_at=now,
    )
    session.add(photo)
    note(session, actor, "photo.announced", photo.id, {"of": subject, **draft.facts()}, at=now)
    return photo


def expected(session: Session, actor: Actor, photo_id: UUID, subject: str) -> Photo:
    """The photo this person announced with that record; nobody else may bring its bytes."""
    photo = session.get(Photo, photo_id)
    if photo is None or photo.officer_id != actor.id or photo.subject != subject:
        raise NotFound("photo-unannounced")
    return photo


def arrived(
    session: Session, actor: Actor, photo: Photo, picture: Picture, *, now: datetime
) -> Photo:
    """The bytes of an announced photo are on the disk; a repeat changes nothing.

    Raises `Conflict` when they are not the ones announced.
    """
    if photo.sha256 != picture.sha256:
        raise Conflict("photo-other", "photo")
    if photo.stored_at is not None:
        return photo
    photo.size, photo.mime = picture.size, picture.mime.value
    photo.width, photo.height = picture.width, picture.height
    photo.exif, photo.stored_at = picture.exif, now
    twin = _seen_before(session, photo)
    facts = {"of": photo.subject, "sha256": photo.sha256, "seen_before": twin}
    note(session, actor, "photo.stored", photo.id, facts, at=now)
    return photo


def bring(
    session: Session,
    actor: Actor,
    subject: str,
    grid_id: UUID,
    picture: Picture,
    view: View,
    *,
    now: datetime,
) -> Photo:
    """Take a photo that came at once, by a plain form: announced and here in one act."""
    known = session.scalar(
        select(Photo).where(
            col(Photo.subject) == subject,
            col(Photo.sha256) == picture.sha256,
            col(Photo.officer_id) == actor.id,
        )
    )
    draft = Announcement(
        id=uuid7(), sha256=picture.sha256, size=picture.size, view=view, origin=Origin.ALBUM
    )
    photo = known or announce(session, actor, subject, grid_id, draft, now=now)
    return arrived(session, actor, photo, picture, now=now)


def made(media: Path, stream: IO[bytes]) -> Picture:
    """Keep a picture we drew ourselves, such as the demo's, without a process of its own."""
    return files.store(media, stream, ours=True)


def _seen_before(session: Session, photo: Photo) -> str | None:
    """The earlier photo with the same bytes, anyone's: a strong hint of an old picture."""
    earlier = session.scalar(
        select(Photo)
        .where(
            col(Photo.sha256) == photo.sha256,
            col(Photo.id) != photo.id,
            col(Photo.stored_at).is_not(None),
        )
        .order_by(col(Photo.stored_at))
        .limit(1)
    )
    return str(earlier.id) if earlier else None
