"""The tables of photos: the original by its hash, and what is known of how it was taken."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field, SQLModel

from patrol.core.store import Json, UTCDateTime, stored
from patrol.photos.rules import Origin, View


class Photo(SQLModel, table=True):
    """A picture announced with a record; complete once its bytes have arrived."""

    id: UUID = Field(primary_key=True)  # the phone makes it
    subject: str = Field(max_length=96, index=True)  # such as finding:<id>
    officer_id: UUID = Field(foreign_key="person.id", index=True)
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    view: View = Field(sa_type=stored(View))
    origin: Origin = Field(sa_type=stored(Origin))
    sha256: str = Field(max_length=64, index=True)
    size: int
    mime: str | None = Field(default=None, max_length=40)
    width: int | None = None
    height: int | None = None
    taken_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # by the phone
    lon: float | None = None
    lat: float | None = None
    accuracy: float | None = None  # metres
    exif: dict[str, Any] | None = Field(default=None, sa_type=Json)
    announced_at: datetime = Field(sa_type=UTCDateTime)
    stored_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
