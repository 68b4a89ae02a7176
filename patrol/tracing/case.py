"""One finding and what every gathering of facts about it needs."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from patrol.catalogue.model import EventClass
from patrol.core.calendar import WorkCalendar
from patrol.findings.model import Finding
from patrol.people.rules import Place
from patrol.tracing.facts import Figures
from patrol.tracing.ground import Ground

FIGURES = Figures()


@dataclass(frozen=True)
class Case:
    """The finding and what every gathering needs of it."""

    finding: Finding
    kind: EventClass
    path: tuple[Place, ...]
    ground: Ground
    since: datetime  # how far back windows and visits are looked at
    calendar: WorkCalendar

    @property
    def grids(self) -> list[UUID]:
        """The grids above the spot, now and before."""
        return list(self.ground.became)

    @property
    def subject(self) -> str:
        """How everything names this finding."""
        return f"finding:{self.finding.id}"
