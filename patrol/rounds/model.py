"""The tables of rounds: what was walked, which cells were visited, and how well that is proven."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from patrol.core.store import Json, UTCDateTime, key, stored
from patrol.rounds.rules import Grade


class Mode(StrEnum):
    """How a round is made."""

    FOOT = "foot"
    BIKE = "bike"
    CAR = "car"


class Method(StrEnum):
    """How a visit came to be recorded."""

    PROPOSED = "proposed"  # the phone saw the cell entered, the officer confirmed
    CHECK_IN = "check_in"  # the officer pressed
    BY_HAND = "by_hand"  # without position, with a reason
    TRACK = "track"  # the officer just walked on; the track shows it


class ByHandBecause(StrEnum):
    """Why a visit has no position."""

    NO_SIGNAL = "no_signal"
    INDOORS = "indoors"
    PHONE = "phone"
    OTHER = "other"


class LeftBecause(StrEnum):
    """Why a round ended before all was walked."""

    SHIFT_OVER = "shift_over"
    ORDER = "order"
    WEATHER = "weather"
    UNWELL = "unwell"
    OTHER = "other"


FORGOTTEN = "forgotten"  # why a round ended that nobody ended
FILE = "file"  # why a visit comes later than it was: another recorder's file shows it


class OpenedFor(StrEnum):
    """Why somebody opened another's track."""

    QUESTION = "question"  # a question that the round raised
    DOUBT = "doubt"  # a doubt or a review
    CHECK = "check"
    COMPLAINT = "complaint"
    SAFETY = "safety"  # the officer cannot be reached
    OTHER = "other"


class Round(SQLModel, table=True):
    """What one officer walked from start to end, planned or ad hoc."""

    __table_args__ = (Index("ix_round_officer_ended", "officer_id", "ended_at"),)

    id: UUID = Field(primary_key=True)  # the phone makes it
    officer_id: UUID = Field(foreign_key="person.id")
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    plan_id: UUID | None = Field(default=None, foreign_key="plan.id")
    mode: Mode = Field(sa_type=stored(Mode))
    crew: list[str] = Field(default_factory=list, sa_type=Json)  # ids of those walking along
    duties: list[str] = Field(default_factory=list, sa_type=Json)  # roles the crew's posts oblige
    started_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    left_because: str = Field(default="", max_length=200)  # a code of LeftBecause, or own words
    made_at: datetime = Field(sa_type=UTCDateTime)
    received_at: datetime = Field(sa_type=UTCDateTime)


class Leg(SQLModel, table=True):
    """A part of a round walked by one crew in one mode; a change of either opens the next."""

    id: UUID = Field(primary_key=True)
    round_id: UUID = Field(foreign_key="round.id", index=True)
    mode: Mode = Field(sa_type=stored(Mode))
    crew: list[str] = Field(default_factory=list, sa_type=Json)
    from_at: datetime = Field(sa_type=UTCDateTime)


class Pause(SQLModel, table=True):
    """A stretch inside a round in which nothing was recorded."""

    id: UUID = Field(primary_key=True)
    round_id: UUID = Field(foreign_key="round.id", index=True)
    from_at: datetime = Field(sa_type=UTCDateTime)
    to_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Visit(SQLModel, table=True):
    """One cell at one time; its grade is pending until the evidence suffices."""

    __table_args__ = (
        Index("ix_visit_cell_seen", "cell_id", "seen_at"),
        Index("ix_visit_officer_seen", "officer_id", "seen_at"),
        Index("ix_visit_grid_seen", "grid_id", "seen_at"),
    )

    id: UUID = Field(primary_key=True)  # the phone makes it
    round_id: UUID = Field(foreign_key="round.id", index=True)
    officer_id: UUID = Field(foreign_key="person.id")
    cell_id: UUID = Field(foreign_key="cell.id")
    grid_id: UUID = Field(foreign_key="grid.id")
    method: Method = Field(sa_type=stored(Method))
    grade: Grade = Field(sa_type=stored(Grade))
    pending: bool = False
    lon: float | None = None
    lat: float | None = None
    accuracy: float | None = None  # metres
    metres: float | None = None  # of track inside the cell
    seconds: float | None = None  # spent inside the cell
    reason: str = Field(default="", max_length=200)  # a code of ByHandBecause, or own words
    backfill: bool = False  # 补录: made more than 10 minutes after it was seen
    tag_id: UUID | None = None  # the tag of the cell that was read on the spot
    confirmed_by: UUID | None = Field(default=None, foreign_key="person.id")
    seen_at: datetime = Field(sa_type=UTCDateTime)
    made_at: datetime = Field(sa_type=UTCDateTime)
    received_at: datetime = Field(sa_type=UTCDateTime)


class ClearNote(SQLModel, table=True):
    """The note "looked, nothing found" in one cell for one topic: a violation was not there."""

    __tablename__ = "clear_note"
    __table_args__ = (Index("ix_clear_note_cell_seen", "cell_id", "seen_at"),)

    id: UUID = key()
    act_id: UUID = Field(index=True)  # the one tap that made it, perhaps for several cells
    round_id: UUID = Field(foreign_key="round.id", index=True)
    officer_id: UUID = Field(foreign_key="person.id")
    cell_id: UUID = Field(foreign_key="cell.id")
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    visit_id: UUID | None = Field(default=None, foreign_key="visit.id")
    topic: str = Field(foreign_key="topic.code", max_length=32)
    grade: Grade = Field(sa_type=stored(Grade))
    pending: bool = False
    lon: float | None = None
    lat: float | None = None
    accuracy: float | None = None  # metres
    seen_at: datetime = Field(sa_type=UTCDateTime)
    made_at: datetime = Field(sa_type=UTCDateTime)
    received_at: datetime = Field(sa_type=UTCDateTime)


class TrackBatch(SQLModel, table=True):
    """A run of points of a round, as they were sent: [lon, lat, accuracy, epoch seconds]."""

    __tablename__ = "track_batch"
    __table_args__ = (UniqueConstraint("round_id", "first"),)

    id: UUID = Field(primary_key=True)
    round_id: UUID = Field(foreign_key="round.id", index=True)
    officer_id: UUID = Field(foreign_key="person.id", index=True)
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    first: int  # number of the first point within the round
    points: list[Any] = Field(sa_type=Json)
    gaps: list[int] = Field(default_factory=list, sa_type=Json)  # points before which it is broken
    filed: bool = False  # from a file of another recorder, not as the phone wrote it
    from_at: datetime = Field(sa_type=UTCDateTime)
    to_at: datetime = Field(sa_type=UTCDateTime, index=True)
    received_at: datetime = Field(sa_type=UTCDateTime)


class TrackOpening(SQLModel, table=True):
    """Somebody opened the track of another: who, whose, when and why."""

    __tablename__ = "track_opening"

    id: UUID = key()
    round_id: UUID = Field(foreign_key="round.id", index=True)
    officer_id: UUID = Field(foreign_key="person.id", index=True)  # who walked
    opener_id: UUID = Field(foreign_key="person.id")
    why: OpenedFor = Field(sa_type=stored(OpenedFor))
    remark: str = Field(default="", max_length=200)
    opened_at: datetime = Field(sa_type=UTCDateTime)


class TrackKeeping(SQLModel, table=True):
    """What became of the track of a round when its time was over."""

    __tablename__ = "track_keeping"

    round_id: UUID = Field(foreign_key="round.id", primary_key=True)
    thinned_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # to visits
    frozen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # it is evidence


class Passage(SQLModel, table=True):
    """How far and how long the track of a round ran inside one cell."""

    __table_args__ = (Index("ix_passage_grid_first", "grid_id", "first_at"),)

    round_id: UUID = Field(foreign_key="round.id", primary_key=True)
    cell_id: UUID = Field(foreign_key="cell.id", primary_key=True, index=True)
    grid_id: UUID = Field(foreign_key="grid.id")
    metres: float
    seconds: float
    first_at: datetime = Field(sa_type=UTCDateTime)
    last_at: datetime = Field(sa_type=UTCDateTime)
