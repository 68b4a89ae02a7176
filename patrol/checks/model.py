"""The tables of checks: draws with all they were made from, what was drawn, what was seen."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from patrol.checks.rules import Saw
from patrol.core.store import Json, UTCDateTime, key, stored


class Draw(SQLModel, table=True):
    """A random draw of cells and checkers (随机抽巡), kept with all it was made from."""

    id: UUID = key()
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    officer_id: UUID = Field(foreign_key="person.id", index=True)  # who drew
    urn: dict[str, Any] = Field(sa_type=Json)  # seed, candidates, who answers where, how many
    excluded: list[list[str]] = Field(default_factory=list, sa_type=Json)  # [what, why]
    pairs: list[list[str]] = Field(sa_type=Json)  # [cell, checker]
    digest: str = Field(max_length=64)  # SHA-256 of the canonical urn
    drawn_at: datetime = Field(sa_type=UTCDateTime)
    due_at: datetime = Field(sa_type=UTCDateTime)


class SpotCheck(SQLModel, table=True):
    """A cell somebody was drawn to check."""

    __tablename__ = "spot_check"

    id: UUID = key()
    draw_id: UUID = Field(foreign_key="draw.id", index=True)
    cell_id: UUID = Field(foreign_key="cell.id")
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    officer_id: UUID = Field(foreign_key="person.id", index=True)  # who checks
    due_at: datetime = Field(sa_type=UTCDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Inspection(SQLModel, table=True):
    """What somebody who came unannounced (暗访) saw at a place."""

    __table_args__ = (Index("ix_inspection_cell_seen", "cell_id", "seen_at"),)

    id: UUID = Field(primary_key=True)  # the phone makes it
    check_id: UUID | None = Field(default=None, foreign_key="spot_check.id", index=True)
    finding_id: UUID | None = Field(default=None, foreign_key="finding.id")
    officer_id: UUID = Field(foreign_key="person.id", index=True)
    cell_id: UUID = Field(foreign_key="cell.id")
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    saw: Saw = Field(sa_type=stored(Saw))
    topics: list[str] = Field(default_factory=list, sa_type=Json)
    remark: str = Field(default="", max_length=1000)
    lon: float
    lat: float
    accuracy: float | None = None  # metres
    seen_at: datetime = Field(sa_type=UTCDateTime)
    made_at: datetime = Field(sa_type=UTCDateTime)
    received_at: datetime = Field(sa_type=UTCDateTime)
