"""The tables behind writes from phones: devices, what was taken from them, what was refused."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from patrol.core.store import APPEND_ONLY, UTCDateTime, key


class Device(SQLModel, table=True):
    """A phone that sends; its counter shows what it has made and not delivered."""

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    last_seq: int
    first_seen_at: datetime = Field(sa_type=UTCDateTime)
    last_seen_at: datetime = Field(sa_type=UTCDateTime)


class Receipt(SQLModel, table=True):
    """One write that was taken; the same bytes under the same id get the same answer again."""

    __table_args__ = (UniqueConstraint("author_id", "item_id"),)

    id: UUID = key()
    author_id: UUID = Field(foreign_key="person.id")
    item_id: UUID
    digest: str = Field(max_length=64)  # SHA-256 of the body, hex
    device_id: UUID | None = Field(default=None, index=True)
    device_seq: int | None = None
    address: str = Field(max_length=200)
    received_at: datetime = Field(sa_type=UTCDateTime)
    location: str | None = Field(default=None, max_length=200)
    answer: str = ""
    ledger_seq: int | None = None
    ledger_hash: str | None = Field(default=None, max_length=64)
    mark: str | None = Field(default=None, max_length=64)  # of this item in its phone's chain
    prev: str | None = Field(default=None, max_length=64)  # mark of the item before it
    signature: str | None = Field(default=None, max_length=88)
    signed: bool | None = None  # by the phone's key; none: no signature or no key to ask
    supersedes: UUID | None = None  # the item this one was filed anew for
    supersedes_seq: int | None = None  # its number on the same phone, which never comes
    carried_by: UUID | None = None  # who brought it, when that was not its author


class RejectedSubmission(SQLModel, table=True):
    """What a phone sent and was refused, byte for byte: nothing an officer wrote is lost."""

    __tablename__ = "rejected_submission"

    id: UUID = key()
    author_id: UUID = Field(foreign_key="person.id", index=True)
    item_id: UUID
    digest: str = Field(max_length=64)
    address: str = Field(max_length=200)
    body: bytes = Field(sa_type=LargeBinary)
    status: int
    received_at: datetime = Field(sa_type=UTCDateTime)
    device_id: UUID | None = Field(default=None, index=True)
    device_seq: int | None = None


APPEND_ONLY.add("rejected_submission")
