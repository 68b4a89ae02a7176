"""The tables of the ledger: one line for every act, chained, and never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from patrol.core.store import APPEND_ONLY, UTCDateTime


class LedgerEntry(SQLModel, table=True):
    """One act: who did what to which thing, when, and a commitment to the particulars."""

    __tablename__ = "ledger_entry"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UTCDateTime)
    actor_id: UUID | None = Field(default=None, index=True)  # none: the system itself
    kind: str = Field(max_length=64)
    subject: str = Field(max_length=96, index=True)
    commitment: str = Field(max_length=64)
    prev_hash: str = Field(max_length=64, unique=True)
    hash: str = Field(max_length=64, unique=True)


class LedgerPayload(SQLModel, table=True):
    """The particulars of an entry, opened by its salt; both can be redacted, the entry cannot."""

    __tablename__ = "ledger_payload"

    seq: int = Field(
        primary_key=True, foreign_key="ledger_entry.seq", sa_column_kwargs={"autoincrement": False}
    )
    salt: bytes = Field(sa_type=LargeBinary)
    payload: bytes = Field(sa_type=LargeBinary)


class LedgerHead(SQLModel, table=True):
    """The newest entry; its row is the lock under which the next one is appended."""

    __tablename__ = "ledger_head"

    id: int = Field(default=1, primary_key=True)
    seq: int
    hash: str = Field(max_length=64)


class LedgerReading(SQLModel, table=True):
    """How far the chain was read and found sound; sealed under a key that is not kept here."""

    __tablename__ = "ledger_reading"

    id: int = Field(default=1, primary_key=True)
    seq: int  # the last entry read
    hash: str = Field(max_length=64)
    read_at: datetime = Field(sa_type=UTCDateTime)
    whole_seq: int  # as far as the last reading from the first entry on came
    whole_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # and when it ended
    again_seq: int = 0  # how far the next such reading has come
    again_hash: str = Field(max_length=64)
    bad: int | None = None  # the first entry that was found changed
    fault: str = Field(default="", max_length=16)
    seal: str = Field(max_length=64)


APPEND_ONLY.add("ledger_entry")
