"""The tables of plans: what is to be patrolled how often, and where each cell stands."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Index
from sqlmodel import Field, SQLModel, col

from patrol.core.calendar import china
from patrol.core.roles import Line, Role
from patrol.core.store import Json, UTCDateTime, key, stored
from patrol.plans.rules import Cadence, Terms

SEEN = ("visit_id", "seen_at", "grade", "officer_id")  # the fields that tell of a last visit


class PlanState(StrEnum):
    """Where a plan is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Scope(StrEnum):
    """Which cells below its grid a plan asks for."""

    ALL = "all"
    CELLS = "cells"  # those named
    HOT = "hot"  # those marked as hot spots for its topics, in their season
    OBJECTS = "objects"  # those in which the road sections and key points lie that it names


class Need(StrEnum):
    """What a plan does that a supervisor must sign for."""

    FLOOR = "floor"  # it asks for less than the floor of its tier
    SCOPE = "scope"  # it leaves out what the plan before it asked for
    LOAD = "load"  # it asks for more than people can walk


class Plan(SQLModel, table=True):
    """One version of an obligation to patrol: scope, cadence, line and role, evidence asked for."""

    id: UUID = key()
    name: str = Field(max_length=80)
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    scope: Scope = Field(default=Scope.ALL, sa_type=stored(Scope))  # of the cells below
    members: list[str] = Field(default_factory=list, sa_type=Json)  # codes, or kinds of objects
    line: Line = Field(sa_type=stored(Line))
    role: Role = Field(sa_type=stored(Role))  # whom it obliges
    cadence: Cadence = Field(sa_type=stored(Cadence))
    rrule: str = Field(max_length=200)  # iCalendar, in the city's zone
    times: int = 1  # visits in a period
    hours: list[list[str]] = Field(default_factory=list, sa_type=Json)  # [["07:30", "09:30"], …]
    grace: int = 0  # minutes
    grade: str = Field(default="B", max_length=1)  # evidence asked for
    topics: list[str] = Field(default_factory=list, sa_type=Json)
    minutes_per_cell: float = 2.0
    state: PlanState = Field(default=PlanState.DRAFT, sa_type=stored(PlanState), index=True)
    version: int = 1
    replaces_id: UUID | None = Field(default=None, foreign_key="plan.id")
    stands_in: bool = False  # it replaces that plan for its own days only
    resumes_id: UUID | None = Field(default=None, foreign_key="plan.id")  # after such days
    valid_from: datetime = Field(sa_type=UTCDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UTCDateTime)
    made_by: UUID = Field(foreign_key="person.id")
    made_at: datetime = Field(sa_type=UTCDateTime)
    published_by: UUID | None = Field(default=None, foreign_key="person.id")
    published_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    floor_signed_by: UUID | None = Field(default=None, foreign_key="person.id")
    floor_reason: str = Field(default="", max_length=400)
    signed_for: list[str] = Field(default_factory=list, sa_type=Json)  # needs, see `Need`
    workdays_only: bool = False  # a daily plan that rests on holidays and works on make-up days
    end_asked_by: UUID | None = Field(default=None, foreign_key="person.id")  # takes scope out
    end_asked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    end_signed_by: UUID | None = Field(default=None, foreign_key="person.id")
    end_signed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    end_reason: str = Field(default="", max_length=400)
    closed_until: datetime | None = Field(default=None, sa_type=UTCDateTime)  # windows so far
    closes_next_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)

    @property
    def officer_id(self) -> UUID:
        """Who made it."""
        return self.made_by

    @classmethod
    def owned_by(cls, person_id: UUID) -> ColumnElement[bool]:
        """The same as `officer_id`, as a condition."""
        return col(cls.made_by) == person_id

    @property
    def end_waits(self) -> bool:
        """Whether its end was asked for, and nobody has signed for that yet."""
        asked = self.end_asked_at is not None and self.end_signed_by is None
        return asked and self.state is not PlanState.ENDED

    def terms(self, zone: ZoneInfo) -> Terms:
        """When this version of the plan asks for visits."""
        return Terms(
            cadence=self.cadence,
            rrule=self.rrule,
            times=self.times,
            hours=tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in self.hours),
            grace=timedelta(minutes=self.grace),
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            zone=zone,
            calendar=china(zone) if self.workdays_only else None,
        )


class PlanTemplate(SQLModel, table=True):
    """The terms of a plan, without its days, that its maker begins other plans with."""

    __tablename__ = "plan_template"

    id: UUID = key()
    name: str = Field(max_length=80)
    terms: dict[str, Any] = Field(sa_type=Json)  # as a draft states them
    made_by: UUID = Field(foreign_key="person.id", index=True)
    made_at: datetime = Field(sa_type=UTCDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    @property
    def officer_id(self) -> UUID:
        """Whose it is."""
        return self.made_by

    @classmethod
    def owned_by(cls, person_id: UUID) -> ColumnElement[bool]:
        """The same as `officer_id`, as a condition."""
        return col(cls.made_by) == person_id


class Standing(SQLModel, table=True):
    """The last visit of a cell that a plan took as credit; all states derive from it."""

    __table_args__ = (
        Index("ix_standing_grid_plan", "grid_id", "plan_id"),
        # covers a map of all plans without touching the rows, in the order it is grouped by
        Index("ix_standing_grid_cell", "grid_id", "cell_id", "plan_id", "seen_at"),
    )

    plan_id: UUID = Field(foreign_key="plan.id", primary_key=True)
    cell_id: UUID = Field(foreign_key="cell.id", primary_key=True, index=True)
    grid_id: UUID = Field(foreign_key="grid.id")
    visit_id: UUID | None = None  # of the visit, which belongs to a slice above
    seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    grade: str | None = Field(default=None, max_length=1)
    officer_id: UUID | None = Field(default=None, foreign_key="person.id")


class PastStanding(SQLModel, table=True):
    """Where a cell stood under a plan when the cell ended; a late visit still moves it."""

    __tablename__ = "past_standing"

    plan_id: UUID = Field(foreign_key="plan.id", primary_key=True)
    cell_id: UUID = Field(foreign_key="cell.id", primary_key=True, index=True)
    grid_id: UUID = Field(foreign_key="grid.id")
    visit_id: UUID | None = None
    seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    grade: str | None = Field(default=None, max_length=1)
    officer_id: UUID | None = Field(default=None, foreign_key="person.id")
    until: datetime = Field(sa_type=UTCDateTime)


class PlanPlace(SQLModel, table=True):
    """A cell that a plan of narrower scope asks for, since when and until when, and why."""

    __tablename__ = "plan_place"

    id: UUID = key()
    plan_id: UUID = Field(foreign_key="plan.id", index=True)
    cell_id: UUID = Field(foreign_key="cell.id", index=True)
    why: list[str] = Field(default_factory=list, sa_type=Json)  # codes of topics or objects
    from_at: datetime = Field(sa_type=UTCDateTime)
    to_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class WindowCredit(SQLModel, table=True):
    """One cell that was credited in one window of a plan."""

    __tablename__ = "window_credit"

    plan_id: UUID = Field(foreign_key="plan.id", primary_key=True)
    from_at: datetime = Field(sa_type=UTCDateTime, primary_key=True)
    cell_id: UUID = Field(foreign_key="cell.id", primary_key=True)
    grid_id: UUID = Field(foreign_key="grid.id")


class WindowResult(SQLModel, table=True):
    """What one closed window of a plan came to in one grid."""

    __tablename__ = "window_result"
    __table_args__ = (Index("ix_window_result_grid_to", "grid_id", "to_at"),)

    plan_id: UUID = Field(foreign_key="plan.id", primary_key=True)
    grid_id: UUID = Field(foreign_key="grid.id", primary_key=True)
    from_at: datetime = Field(sa_type=UTCDateTime, primary_key=True)
    to_at: datetime = Field(sa_type=UTCDateTime, index=True)
    due: int  # cells
    done: int
    officer_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    excused: bool = False
    closed_at: datetime = Field(sa_type=UTCDateTime)
