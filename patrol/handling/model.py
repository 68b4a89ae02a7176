"""The table of steps: the way of a finding through the procedure, nothing overwritten."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from patrol.core.store import UTCDateTime, key, stored
from patrol.handling.rules import Stage


class Step(SQLModel, table=True):
    """One move of a finding from stage to stage, by whom, with which opinion."""

    id: UUID = key()
    finding_id: UUID = Field(foreign_key="finding.id", index=True)
    grid_id: UUID = Field(foreign_key="grid.id")
    officer_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    from_stage: Stage = Field(sa_type=stored(Stage))
    to_stage: Stage = Field(sa_type=stored(Stage))
    move: str = Field(max_length=32)
    opinion: str = Field(default="", max_length=1000)
    unit_id: UUID | None = Field(default=None, foreign_key="handling_unit.id")
    round_number: int = 0  # goes up with every return and rework
    at: datetime = Field(sa_type=UTCDateTime)
