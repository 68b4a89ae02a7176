"""The tables of phones: the key each signs with, what lets it deliver, when it was empty."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from patrol.core.store import UTCDateTime, key


class DeviceKey(SQLModel, table=True):
    """The public half of a key that never leaves its phone; it says which phone, not who."""

    __tablename__ = "device_key"

    id: UUID = Field(primary_key=True)  # the phone's own number
    public_key: str = Field(max_length=120)  # P-256 point, base64
    label: str = Field(max_length=80)
    enrolled_by: UUID = Field(foreign_key="person.id", index=True)
    enrolled_at: datetime = Field(sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    revoked_by: UUID | None = Field(default=None, foreign_key="person.id")


class UploadGrant(SQLModel, table=True):
    """Lets one phone deliver one person's evidence after the session has run out, nothing else."""

    __tablename__ = "upload_grant"

    id: str = Field(primary_key=True, max_length=64)  # SHA-256 of the token, hex
    device_id: UUID = Field(foreign_key="device_key.id", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    session_id: str = Field(foreign_key="session_token.id", max_length=64)  # ended there, dead here
    made_at: datetime = Field(sa_type=UTCDateTime)
    ends_at: datetime = Field(sa_type=UTCDateTime)


class OutboxReport(SQLModel, table=True):
    """A phone's word that nothing of this person waits on it any more."""

    __tablename__ = "outbox_report"

    id: UUID = key()
    device_id: UUID = Field(index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    last_seq: int  # the newest number the phone had given by then
    empty_at: datetime = Field(sa_type=UTCDateTime)  # by our clock
