"""The table of tags: the codes fixed to places, by which an officer shows to have stood there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from patrol.core.store import UTCDateTime, key


class Tag(SQLModel, table=True):
    """One printed code or NFC chip of a cell; a lost one is revoked and another made."""

    __table_args__ = (UniqueConstraint("code", "serial"),)

    id: UUID = key()
    cell_id: UUID = Field(foreign_key="cell.id", index=True)
    grid_id: UUID = Field(foreign_key="grid.id", index=True)  # the grid of the cell
    code: str = Field(max_length=32)  # the cell's, as it stands in the token
    serial: int  # 1 for the first tag of a cell
    made_at: datetime = Field(sa_type=UTCDateTime)
    made_by: UUID = Field(foreign_key="person.id")
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    revoked_by: UUID | None = Field(default=None, foreign_key="person.id")
    reason: str = Field(default="", max_length=200)
