"""The tables of tracing: doubts that facts have opened, and the evidence frozen for them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, UniqueConstraint, exists
from sqlalchemy.orm import object_session
from sqlmodel import Field, SQLModel, col, select

from patrol.core.store import Json, UTCDateTime, key, stored
from patrol.tracing.rules import Span, Trigger


class DoubtState(StrEnum):
    """What became of a doubt."""

    OPEN = "open"
    TAKEN_UP = "taken_up"
    REFUSED = "refused"


class Doubt(SQLModel, table=True):
    """A question facts have raised about how a place was answered for; never a verdict."""

    __table_args__ = (UniqueConstraint("finding_id", "trigger"),)

    id: UUID = key()
    finding_id: UUID = Field(foreign_key="finding.id", index=True)
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    trigger: Trigger = Field(sa_type=stored(Trigger))
    span: Span | None = Field(default=None, sa_type=stored(Span))
    ground: str = Field(max_length=80)  # code of the text it stands on
    facts: dict[str, Any] = Field(sa_type=Json)  # the trace as it was when the doubt opened
    digest: str = Field(max_length=64)  # SHA-256 of the canonical facts
    opened_at: datetime = Field(sa_type=UTCDateTime)
    answer_by: datetime = Field(sa_type=UTCDateTime)  # 5 working days to take up or refuse
    state: DoubtState = Field(default=DoubtState.OPEN, sa_type=stored(DoubtState), index=True)
    decided_by: UUID | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    reason: str = Field(default="", max_length=1000)
    passed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # silence passed on

    @classmethod
    def concerning(cls, person_id: UUID) -> ColumnElement[bool]:
        """The doubts that name this person."""
        return exists().where(col(Named.doubt_id) == col(cls.id), col(Named.person_id) == person_id)

    def concerns(self, person_id: UUID) -> bool:
        """Whether this doubt names this person."""
        session = object_session(self)
        found = select(Named.id).where(
            col(Named.doubt_id) == self.id, col(Named.person_id) == person_id
        )
        return session is not None and session.scalar(found) is not None


class Named(SQLModel, table=True):
    """A person whose duty a doubt asks about, with the first question answered no."""

    __table_args__ = (UniqueConstraint("doubt_id", "person_id"),)

    id: UUID = key()
    doubt_id: UUID = Field(foreign_key="doubt.id", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    post_id: UUID | None = Field(default=None, foreign_key="post.id")
    question: str = Field(max_length=32)
    code: str = Field(default="", max_length=32)  # what the first no is
    at: datetime = Field(sa_type=UTCDateTime)  # when that was


class DoubtReply(SQLModel, table=True):
    """What a person asked by a doubt says to it, before anything is judged."""

    __tablename__ = "doubt_reply"

    id: UUID = Field(primary_key=True)  # the phone makes it
    doubt_id: UUID = Field(foreign_key="doubt.id", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    text: str = Field(max_length=4000)
    made_at: datetime = Field(sa_type=UTCDateTime)
    received_at: datetime = Field(sa_type=UTCDateTime)


class Watch(SQLModel, table=True):
    """When time alone may next open a doubt about a finding."""

    finding_id: UUID = Field(foreign_key="finding.id", primary_key=True)
    looked_at: datetime = Field(sa_type=UTCDateTime)
    next_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)


class Freeze(SQLModel, table=True):
    """Evidence that no deletion rule may touch while a doubt or review needs it."""

    __table_args__ = (UniqueConstraint("finding_id", "subject"),)

    id: UUID = key()
    finding_id: UUID = Field(foreign_key="finding.id", index=True)
    subject: str = Field(max_length=96, index=True)
    frozen_at: datetime = Field(sa_type=UTCDateTime)
