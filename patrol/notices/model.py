"""The table of notices: who had to be told what, and what is known of it reaching them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Field, SQLModel, col

from patrol.core.store import Json, UTCDateTime, key, stored


class Channel(StrEnum):
    """The way a notice goes out."""

    INBOX = "inbox"


class Notice(SQLModel, table=True):
    """One person told one thing; no delivery receipt means not delivered, never unread."""

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    grid_id: UUID | None = Field(default=None, foreign_key="grid.id")
    kind: str = Field(max_length=64)
    subject: str = Field(max_length=96, index=True)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    channel: Channel = Field(default=Channel.INBOX, sa_type=stored(Channel))
    due_at: datetime = Field(sa_type=UTCDateTime)  # when it had to be told
    made_at: datetime = Field(sa_type=UTCDateTime)  # when we told
    delivered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    acted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    @property
    def officer_id(self) -> UUID:
        """Whose notice it is."""
        return self.person_id

    @classmethod
    def owned_by(cls, person_id: UUID) -> ColumnElement[bool]:
        """The same as `officer_id`, as a condition."""
        return col(cls.person_id) == person_id
