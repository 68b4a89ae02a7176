"""The table of handovers: one person takes a place over from another, and both sign."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Index, or_
from sqlmodel import Field, SQLModel, col

from patrol.core.roles import Role
from patrol.core.store import Json, UTCDateTime, key, stored
from patrol.shifts.rules import Closing


class Handover(SQLModel, table=True):
    """A place passes on (交接); it is there before its moment, so that both can sign offline."""

    __table_args__ = (
        Index("ix_handover_giver_closed", "giver_id", "closed_at"),
        Index("ix_handover_taker_closed", "taker_id", "closed_at"),
    )

    id: UUID = key()
    grid_id: UUID = Field(foreign_key="grid.id", index=True)  # the first of them
    grids: list[str] = Field(sa_type=Json)
    role: Role = Field(sa_type=stored(Role))
    at: datetime = Field(sa_type=UTCDateTime, index=True)
    giver_id: UUID = Field(foreign_key="person.id")
    taker_id: UUID = Field(foreign_key="person.id")
    made_at: datetime = Field(sa_type=UTCDateTime)
    left: list[str] = Field(
        default_factory=list, sa_type=Json
    )  # findings the giver had before them
    note: str = Field(default="", max_length=1000)
    given_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # by the giver's phone
    given_received_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    taken: list[str] = Field(default_factory=list, sa_type=Json)  # what the taker had before them
    remark: str = Field(default="", max_length=1000)
    taken_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    taken_received_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closing: Closing | None = Field(default=None, sa_type=stored(Closing))
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    def concerns(self, person_id: UUID) -> bool:
        """Whether this person gives or takes."""
        return person_id in (self.giver_id, self.taker_id)

    @classmethod
    def concerning(cls, person_id: UUID) -> ColumnElement[bool]:
        """The same as `concerns`, as a condition."""
        return or_(col(cls.giver_id) == person_id, col(cls.taker_id) == person_id)
