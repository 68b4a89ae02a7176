"""The tables of the grid: tiers, grids and cells, versioned in time."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field, SQLModel

from patrol.core.store import Area, UTCDateTime, key


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
