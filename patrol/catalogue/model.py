"""The tables of the catalogue: topics, classes with conditions and limits, calendar, settings."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field, SQLModel

from patrol.catalogue.rules import Persistence
from patrol.core.calendar import LimitUnit
from patrol.core.store import Json, UTCDateTime, key, stored


class Topic(SQLModel, table=True):
    """A group of classes that a plan covers and a clear note speaks of."""

    code: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=40)  # Chinese, as in the city's table
    name_en: str = Field(max_length=60)
    position: int = 0


class EventClass(SQLModel, table=True):
    """A minor class of component or event, in one version of the city's table."""

    __tablename__ = "event_class"

    id: UUID = key()
    code: str = Field(max_length=16, index=True)  # kind + major + minor, such as E0401
    name: str = Field(max_length=80)
    name_en: str = Field(default="", max_length=120)
    major: str = Field(max_length=40)
    topic: str = Field(foreign_key="topic.code", max_length=32, index=True)
    persistence: Persistence = Field(sa_type=stored(Persistence))
    severity: str = Field(max_length=16)
    radius: int = 30  # metres within which a second finding may be the same one
    stop_amount: int | None = None  # limit to stop (制止时限)
    stop_unit: LimitUnit | None = Field(default=None, sa_type=stored(LimitUnit))
    favourite: int = 0  # position among the ten big chips; 0: not among them
    valid_from: datetime = Field(sa_type=UTCDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Condition(SQLModel, table=True):
    """One filing condition of a class with its limit to handle."""

    id: UUID = key()
    class_id: UUID = Field(foreign_key="event_class.id", index=True)
    number: int
    filing: str = ""  # 立案条件
    closing: str = ""  # 结案条件
    limit_amount: int
    limit_unit: LimitUnit = Field(sa_type=stored(LimitUnit))


class HandlingUnit(SQLModel, table=True):
    """A unit that puts findings right (专业部门)."""

    __tablename__ = "handling_unit"

    id: UUID = key()
    code: str = Field(max_length=32, unique=True)
    name: str = Field(max_length=80)


class CalendarDay(SQLModel, table=True):
    """A day that is not what its weekday says: a holiday, or a make-up workday."""

    __tablename__ = "calendar_day"

    day: date = Field(primary_key=True)
    works: bool
    name: str = Field(default="", max_length=40)


class Setting(SQLModel, table=True):
    """A figure or switch of this site, such as the kind of site it is."""

    key: str = Field(primary_key=True, max_length=64)
    value: Any = Field(sa_type=Json)
