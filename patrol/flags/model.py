"""The tables of flags: questions a round's records raise, what was answered, what was looked at."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel, col

from patrol.core.store import Json, UTCDateTime, key, stored
from patrol.flags.rules import Kind, Verdict
from patrol.rounds.model import Round


class Flag(SQLModel, table=True):
    """A question the records of a round raise; somebody looks at it, nothing follows by itself."""

    __table_args__ = (UniqueConstraint("round_id", "kind"),)

    id: UUID = key()
    round_id: UUID = Field(foreign_key="round.id")
    officer_id: UUID = Field(foreign_key="person.id", index=True)  # who walked
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    kind: Kind = Field(sa_type=stored(Kind))
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # the figures behind it
    from_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    to_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    raised_at: datetime = Field(sa_type=UTCDateTime, index=True)
    verdict: Verdict | None = Field(default=None, sa_type=stored(Verdict))
    remark: str = Field(default="", max_length=1000)
    settled_by: UUID | None = Field(default=None, foreign_key="person.id")
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class FlagReply(SQLModel, table=True):
    """What the officer asked says to it."""

    __tablename__ = "flag_reply"

    id: UUID = Field(primary_key=True)  # the phone makes it
    flag_id: UUID = Field(foreign_key="flag.id", index=True)
    officer_id: UUID = Field(foreign_key="person.id")
    grid_id: UUID = Field(foreign_key="grid.id")
    text: str = Field(max_length=4000)
    made_at: datetime = Field(sa_type=UTCDateTime)
    received_at: datetime = Field(sa_type=UTCDateTime)


class Weighing(SQLModel, table=True):
    """How far a round was looked at, and what its track is known again by."""

    __table_args__ = (Index("ix_weighing_grid_weighed", "grid_id", "weighed_at"),)

    round_id: UUID = Field(primary_key=True, foreign_key="round.id")
    grid_id: UUID = Field(foreign_key="grid.id")
    parts: int = 0  # batches and acts that were there
    track: list[int] = Field(default_factory=list, sa_type=Json)
    weighed_at: datetime = Field(sa_type=UTCDateTime)
    look_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)


# The job asks for rounds by their end; a round ends once, so a check-in does not pay for it.
Index("ix_round_ended_at", col(Round.ended_at))
