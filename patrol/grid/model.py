"""The tables of the grid: tiers, grids and cells versioned in time, their changes and marks."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from patrol.core.store import Area, Json, UTCDateTime, key, stored


class Tier(SQLModel, table=True):
    """A level of the tree of grids; 1 is the highest."""

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str = Field(max_length=20)
    name_en: str = Field(max_length=40)


class Grid(SQLModel, table=True):
    """A piece of the city that somebody answers for, in one version."""

    id: UUID = key()
    code: str = Field(max_length=32, index=True)
    name: str = Field(max_length=80)
    tier: int = Field(foreign_key="tier.number", index=True)
    parent_id: UUID | None = Field(default=None, foreign_key="grid.id", index=True)
    path: str = Field(max_length=400, index=True)  # codes from the top, each followed by "/"
    area: float  # square metres
    boundary: Any = Field(sa_type=Area)
    valid_from: datetime = Field(sa_type=UTCDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UTCDateTime)

    @property
    def grid_id(self) -> UUID:
        """A grid belongs to itself."""
        return self.id


class Cell(SQLModel, table=True):
    """The basic unit of management (单元网格), in one version."""

    id: UUID = key()
    code: str = Field(max_length=32, index=True)
    grid_id: UUID = Field(foreign_key="grid.id", index=True)  # a grid of the lowest tier
    number: int  # its place in the grid, west to east and then north to south
    provisional: bool = False  # its code is not the national 15 digits
    area: float  # square metres
    lon: float  # a point inside, WGS 84
    lat: float
    boundary: Any = Field(sa_type=Area)
    valid_from: datetime = Field(sa_type=UTCDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UTCDateTime)
    name: str = Field(default="", max_length=40)  # what people call it, where they do
    retired: bool = False  # it ended without an heir: its ground is patrolled no more


class Alters(StrEnum):
    """What is done to grids or cells."""

    SPLIT = "split"
    MERGE = "merge"
    RENAME = "rename"
    RETIRE = "retire"
    RECUT = "recut"  # cut into cells anew


class Level(StrEnum):
    """Whether a change is about a grid or about cells in it."""

    GRID = "grid"
    CELL = "cell"


class Change(SQLModel, table=True):
    """One change of grids or cells from a moment on: planned, then carried out or called off."""

    __tablename__ = "grid_change"

    id: UUID = key()
    level: Level = Field(sa_type=stored(Level))
    kind: Alters = Field(sa_type=stored(Alters))
    grid_id: UUID = Field(foreign_key="grid.id", index=True)  # the grid, or the cells' grid
    terms: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    from_at: datetime = Field(sa_type=UTCDateTime, index=True)
    planned_by: UUID | None = Field(default=None, foreign_key="person.id")
    planned_at: datetime = Field(sa_type=UTCDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    off_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # called off, or unfit
    off_why: str = Field(default="", max_length=64)  # a code, where it no longer fitted
    followed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # by posts and plans


class GridHeir(SQLModel, table=True):
    """Which grid took over from which, and how much of its ground."""

    __tablename__ = "grid_heir"

    before_id: UUID = Field(foreign_key="grid.id", primary_key=True)
    after_id: UUID = Field(foreign_key="grid.id", primary_key=True, index=True)
    change_id: UUID = Field(foreign_key="grid_change.id", index=True)
    m2: float
    at: datetime = Field(sa_type=UTCDateTime)


class CellHeir(SQLModel, table=True):
    """Which cell took over from which, and how much of its ground."""

    __tablename__ = "cell_heir"

    before_id: UUID = Field(foreign_key="cell.id", primary_key=True)
    after_id: UUID = Field(foreign_key="cell.id", primary_key=True, index=True)
    change_id: UUID = Field(foreign_key="grid_change.id", index=True)
    m2: float
    at: datetime = Field(sa_type=UTCDateTime)


class HotSpot(SQLModel, table=True):
    """A mark that a cell needs more looking at: for which topic, and in which months."""

    __tablename__ = "hot_spot"

    id: UUID = key()
    cell_id: UUID = Field(foreign_key="cell.id", index=True)
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    topic: str = Field(max_length=32)  # code of a topic
    first_month: int = 1  # the season goes from the first day of this month …
    last_month: int = 12  # … to the last day of that one, across the new year where it is smaller
    reason: str = Field(default="", max_length=200)
    marked_by: UUID | None = Field(default=None, foreign_key="person.id")
    valid_from: datetime = Field(sa_type=UTCDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Sort(StrEnum):
    """What a patrol object is."""

    ROAD = "road"  # a section of a road (路段)
    PERMIT = "permit"  # a key point: the holder of a permit (许可点位)
    SITE = "site"  # a key point: a building site (工地)
    POINT = "point"  # another key point (重点点位)


class PatrolObject(SQLModel, table=True):
    """Something beside the cells that is patrolled: a road section or a key point."""

    __tablename__ = "patrol_object"
    __table_args__ = (Index("ix_patrol_object_code", "code", "valid_to"),)

    id: UUID = key()
    code: str = Field(max_length=32)
    sort: Sort = Field(sa_type=stored(Sort))
    name: str = Field(max_length=80)
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    cell_id: UUID | None = Field(default=None, foreign_key="cell.id", index=True)
    line: list[list[float]] = Field(default_factory=list, sa_type=Json)  # of points lon, lat
    permit: str = Field(default="", max_length=64)  # number
    permit_until: date | None = None
    site: str = Field(default="", max_length=120)  # address, or the site's name
    topic: str = Field(default="", max_length=32)
    valid_from: datetime = Field(sa_type=UTCDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UTCDateTime)
