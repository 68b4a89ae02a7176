"""The tables of coverage: what days came to by grid and person, and who was urged."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Index
from sqlmodel import Field, SQLModel, col

from patrol.core.store import UTCDateTime
from patrol.rounds.model import Visit

COUNTING: tuple[ColumnElement[bool], ...] = (  # the visits that count, if graded as well as asked
    ~col(Visit.pending),
    ~col(Visit.backfill) | col(Visit.confirmed_by).is_not(None),
)


class DayTally(SQLModel, table=True):
    """What one person's visits, tracks and findings in one grid came to on one day of the city."""

    __tablename__ = "day_tally"
    __table_args__ = (Index("ix_day_tally_grid_day", "grid_id", "day"),)

    day: date = Field(primary_key=True)
    grid_id: UUID = Field(foreign_key="grid.id", primary_key=True)
    officer_id: UUID = Field(foreign_key="person.id", primary_key=True)
    visits: int = 0
    backfilled: int = 0  # 补录
    late: int = 0  # 迟传
    finds: int = 0
    metres: float = 0.0
    seconds: float = 0.0
    gap: float = 0.0  # seconds; the longest that a cell had waited for a visit of this day


class OnTime(SQLModel, table=True):
    """How many cells of a closed window were served before its end; kept only where grace was."""

    __tablename__ = "on_time"

    plan_id: UUID = Field(foreign_key="plan.id", primary_key=True)
    grid_id: UUID = Field(foreign_key="grid.id", primary_key=True)
    from_at: datetime = Field(sa_type=UTCDateTime, primary_key=True)
    cells: int


class Urge(SQLModel, table=True):
    """That somebody was urged to serve one window of a plan in one grid; once for each."""

    plan_id: UUID = Field(foreign_key="plan.id", primary_key=True)
    grid_id: UUID = Field(foreign_key="grid.id", primary_key=True)
    from_at: datetime = Field(sa_type=UTCDateTime, primary_key=True)
    officer_id: UUID = Field(foreign_key="person.id")  # who was urged
    cells: int  # not served by then
    urged_by: UUID = Field(foreign_key="person.id")
    urged_at: datetime = Field(sa_type=UTCDateTime)
