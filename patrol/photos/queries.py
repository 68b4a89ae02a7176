"""Reading photos: which belong to a record, and whether their bytes have arrived."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from patrol.photos.model import Photo
from patrol.photos.rules import Origin, View


@dataclass(frozen=True)
class PhotoCard:
    """A photo ready for a page."""

    id: UUID
    subject: str
    view: View
    origin: Origin
    officer_id: UUID
    sha256: str
    taken_at: datetime | None
    announced_at: datetime
    stored_at: datetime | None  # none: its bytes have not arrived

    @property
    def here(self) -> bool:
        """Whether it can be looked at."""
        return self.stored_at is not None

    @property
    def at(self) -> datetime:
        """When it was taken, as far as is known."""
        return self.taken_at or self.announced_at


def by_id(session: Session, photo_id: UUID) -> Photo | None:
    """One photo."""
    return session.get(Photo, photo_id)


def of_subject(session: Session, subject: str) -> list[PhotoCard]:
    """The photos of a record in the order they were taken."""
    return of_subjects(session, [subject]).get(subject, [])


def of_subjects(session: Session, subjects: Iterable[str]) -> dict[str, list[PhotoCard]]:
    """The photos of several records."""
    query = (
        select(Photo)
        .where(col(Photo.subject).in_(set(subjects)))
        .order_by(func.coalesce(col(Photo.taken_at), col(Photo.announced_at)), col(Photo.id))
    )
    found: dict[str, list[PhotoCard]] = {}
    for photo in session.scalars(query):
        found.setdefault(photo.subject, []).append(card(photo))
    return found


def card(photo: Photo) -> PhotoCard:
    """A photo as pages see it."""
    return PhotoCard(
        photo.id,
        photo.subject,
        photo.view,
        photo.origin,
        photo.officer_id,
        photo.sha256,
        photo.taken_at,
        photo.announced_at,
        photo.stored_at,
    )


def stored_after(session: Session, subject: str, *, since: datetime | None = None) -> bool:
    """Whether a photo of afterwards is here, taken in since `since`."""
    query = select(func.count()).where(
        col(Photo.subject) == subject,
        col(Photo.view) == View.AFTER,
        col(Photo.stored_at).is_not(None),
    )
    if since is not None:
        query = query.where(col(Photo.announced_at) >= since)
    return bool(session.scalar(query))
