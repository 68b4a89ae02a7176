"""The tables of timetable patrols (公交式巡逻): lines with their stops, trips made on them."""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, UniqueConstraint
from sqlmodel import Field, SQLModel, col

from patrol.core.roles import Role
from patrol.core.store import Json, UTCDateTime, key, stored
from patrol.lines.rules import Timetable
from patrol.rounds.model import Mode


class PatrolLine(SQLModel, table=True):
    """A line with its timetable, of which only the end may change: another one is another line."""

    __tablename__ = "patrol_line"

    id: UUID = key()
    name: str = Field(max_length=80)
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    role: Role = Field(sa_type=stored(Role))  # whom it obliges
    mode: Mode = Field(sa_type=stored(Mode))
    first: str = Field(max_length=5)  # departure of the day, in the city's zone: "08:00"
    last: str = Field(max_length=5)
    headway: int  # minutes from one departure to the next
    weekdays: list[int] = Field(sa_type=Json)  # 0 is Monday
    radius: float  # metres round a stop in which one is at it
    valid_from: date
    ended_on: date | None = None  # the last day
    made_by: UUID = Field(foreign_key="person.id")
    made_at: datetime = Field(sa_type=UTCDateTime)

    @property
    def officer_id(self) -> UUID:
        """Who made it."""
        return self.made_by

    @classmethod
    def owned_by(cls, person_id: UUID) -> ColumnElement[bool]:
        """The same as `officer_id`, as a condition."""
        return col(cls.made_by) == person_id

    def timetable(self, zone: ZoneInfo) -> Timetable:
        """When its trips depart."""
        return Timetable(
            first=time.fromisoformat(self.first),
            last=time.fromisoformat(self.last),
            headway=timedelta(minutes=self.headway),
            weekdays=frozenset(self.weekdays),
            valid_from=self.valid_from,
            ended_on=self.ended_on,
            zone=zone,
        )


class LineStop(SQLModel, table=True):
    """A stop of a line: a place in a cell, so many minutes after departure."""

    __tablename__ = "line_stop"
    __table_args__ = (
        UniqueConstraint("line_id", "number"),
        UniqueConstraint("line_id", "cell_id"),
    )

    id: UUID = key()
    line_id: UUID = Field(foreign_key="patrol_line.id", index=True)
    number: int  # from 1
    cell_id: UUID = Field(foreign_key="cell.id")
    cell_number: int
    lon: float
    lat: float
    minute: int  # after departure
    dwell: int  # minutes to stay

    def due_at(self, departs_at: datetime) -> datetime:
        """When it is due on the trip that departs then."""
        return departs_at + timedelta(minutes=self.minute)


class Trip(SQLModel, table=True):
    """One departure of a line as somebody made it: a round, whose visits of the stops it counts."""

    id: UUID = Field(primary_key=True, foreign_key="round.id")
    line_id: UUID = Field(foreign_key="patrol_line.id", index=True)
    officer_id: UUID = Field(foreign_key="person.id", index=True)
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    departs_at: datetime = Field(sa_type=UTCDateTime)  # as the timetable has it
    seen_at: datetime = Field(sa_type=UTCDateTime)
    received_at: datetime = Field(sa_type=UTCDateTime)
