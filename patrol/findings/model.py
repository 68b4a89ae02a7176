"""The tables of findings: what was seen where, proof of when it began, and acts to stop it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from patrol.core.store import Point, UTCDateTime, key, stored
from patrol.findings.rules import (
    Proof,
    Severity,
    Source,
    Stage,
    StopKind,
    StopOutcome,
    counts_from,
)


class Finding(SQLModel, table=True):
    """Something an officer saw in a cell and somebody must put right."""

    __table_args__ = (Index("ix_finding_class_cell", "class_id", "cell_id"),)

    id: UUID = Field(primary_key=True)  # the phone makes it
    number: str = Field(max_length=32, unique=True)  # E0401-20261106-0007
    class_id: UUID = Field(foreign_key="event_class.id")
    condition_id: UUID | None = Field(default=None, foreign_key="condition.id")
    severity: Severity = Field(sa_type=stored(Severity))
    topic: str = Field(max_length=32, index=True)
    source: Source = Field(sa_type=stored(Source))
    cell_id: UUID = Field(foreign_key="cell.id", index=True)
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    officer_id: UUID = Field(foreign_key="person.id", index=True)  # who recorded it
    unit_id: UUID | None = Field(default=None, foreign_key="handling_unit.id", index=True)
    round_id: UUID | None = Field(default=None, foreign_key="round.id")
    spot: Any = Field(sa_type=Point)
    lon: float
    lat: float
    own_lon: float | None = None  # where the officer stood
    own_lat: float | None = None
    own_accuracy: float | None = None  # metres
    distance: float | None = None  # metres from the officer to the spot
    remark: str = Field(default="", max_length=2000)
    party: str = Field(default="", max_length=200)  # whom it concerns
    self_handled: bool = False  # 自处置
    repeat_of: UUID | None = Field(default=None, foreign_key="finding.id", index=True)
    joined_to: UUID | None = Field(default=None, foreign_key="finding.id", index=True)
    stage: Stage = Field(sa_type=stored(Stage), index=True)
    stop_due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    handle_due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    stopped_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)
    remedied: bool | None = None  # with proof, or closed without remedy
    seen_at: datetime = Field(sa_type=UTCDateTime, index=True)  # by the phone's clock
    made_at: datetime = Field(sa_type=UTCDateTime)
    received_at: datetime = Field(sa_type=UTCDateTime)  # by ours


class Onset(SQLModel, table=True):
    """One piece of evidence on when a finding can have begun."""

    id: UUID = key()
    finding_id: UUID = Field(foreign_key="finding.id", index=True)
    proof: Proof = Field(sa_type=stored(Proof))
    at: datetime = Field(sa_type=UTCDateTime)
    source: str = Field(max_length=96)  # such as clear_note:<id>, photo:<id>, complaint number
    remark: str = Field(default="", max_length=400)
    officer_id: UUID = Field(foreign_key="person.id", index=True)  # who brought it
    grid_id: UUID = Field(foreign_key="grid.id")
    recorded_at: datetime = Field(sa_type=UTCDateTime)


class Stopping(SQLModel, table=True):
    """An act to stop a violation (制止), apart from handling it."""

    id: UUID = Field(primary_key=True)  # the phone makes it
    finding_id: UUID = Field(foreign_key="finding.id", index=True)
    officer_id: UUID = Field(foreign_key="person.id", index=True)
    grid_id: UUID = Field(foreign_key="grid.id")
    kind: StopKind = Field(sa_type=stored(StopKind))
    outcome: StopOutcome = Field(sa_type=stored(StopOutcome))
    certificate: str | None = Field(default=None, max_length=40)  # number printed on an order
    remark: str = Field(default="", max_length=400)
    seen_at: datetime = Field(sa_type=UTCDateTime)
    made_at: datetime = Field(sa_type=UTCDateTime)
    received_at: datetime = Field(sa_type=UTCDateTime)

    @property
    def counts_from(self) -> datetime:
        """When it counts as done."""
        return counts_from(self.seen_at, self.made_at)
