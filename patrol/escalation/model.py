"""The tables of escalation: ladders as data, matters that climb them, and every rung passed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from patrol.core.roles import Line, Role
from patrol.core.store import UTCDateTime, key, stored


class Ladder(SQLModel, table=True):
    """The rungs of one line for one severity, in one version."""

    id: UUID = key()
    line: Line = Field(sa_type=stored(Line))
    severity: str = Field(max_length=16)
    version: int = 1
    valid_from: datetime = Field(sa_type=UTCDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UTCDateTime)


class LadderRung(SQLModel, table=True):
    """One rung: the role at a tier that holds a matter, and for how long it may."""

    __tablename__ = "ladder_rung"
    __table_args__ = (UniqueConstraint("ladder_id", "number"),)

    id: UUID = key()
    ladder_id: UUID = Field(foreign_key="ladder.id", index=True)
    number: int  # 0 is the lowest
    role: Role = Field(sa_type=stored(Role))
    tier: int | None = None  # tier of the grid whose post it is
    patience: int  # minutes


class Matter(SQLModel, table=True):
    """Something unresolved that climbs one ladder until it is settled."""

    __table_args__ = (UniqueConstraint("subject", "ladder_id"),)

    id: UUID = key()
    subject: str = Field(max_length=96, index=True)  # such as finding:<id>
    title: str = Field(default="", max_length=200)  # what a notice calls it: number and class
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    ladder_id: UUID = Field(foreign_key="ladder.id")
    cycle: int = 0  # goes up when it is opened again
    rung: int = 0  # the rung that holds it
    opened_at: datetime = Field(sa_type=UTCDateTime)
    next_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Climb(SQLModel, table=True):
    """A matter arriving at a rung, dated when it was due, with whom it was then told to."""

    __table_args__ = (UniqueConstraint("matter_id", "cycle", "rung"),)

    id: UUID = key()
    matter_id: UUID = Field(foreign_key="matter.id", index=True)
    cycle: int
    rung: int
    due_at: datetime = Field(sa_type=UTCDateTime)
    fired_at: datetime = Field(sa_type=UTCDateTime)
    delayed_by_system: int = 0  # seconds
    person_id: UUID | None = Field(default=None, foreign_key="person.id")  # none: nobody held it
    post_id: UUID | None = Field(default=None, foreign_key="post.id")
    notice_id: UUID | None = Field(default=None, foreign_key="notice.id")
    annulled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # settled before due


class ClockStop(SQLModel, table=True):
    """A signed stop of a matter's clock, or a downtime of the system (no matter named)."""

    __tablename__ = "clock_stop"

    id: UUID = key()
    matter_id: UUID | None = Field(default=None, foreign_key="matter.id", index=True)
    from_at: datetime = Field(sa_type=UTCDateTime)
    to_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    reason: str = Field(max_length=400)
    signed_by: UUID | None = Field(default=None, foreign_key="person.id")
    recorded_at: datetime = Field(sa_type=UTCDateTime)
