"""What may be submitted about timetable patrols: a line with its timetable, and a departure."""

import re
from datetime import time
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from patrol.core.errors import Refused
from patrol.core.moments import Day, Moment
from patrol.core.roles import WALKERS, Role
from patrol.rounds.model import Mode

FEWEST, MOST = 2, 40  # stops of a line
MOST_TRIPS = 96  # of a day
_STOP = re.compile(r"(\d{1,6})(?:@(\d{1,4}))?")

Weekday = Annotated[int, Field(ge=0, le=6)]


class NewLine(BaseModel):
    """A line: stops in order, when trips depart, from which day on."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    grid_id: UUID
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    stops: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
    dwell: Annotated[int, Field(ge=1, le=30)] = 2
    radius: Annotated[int, Field(ge=30, le=50)] = 40
    role: Role = Role.OFFICER
    mode: Mode = Mode.FOOT
    first: time
    last: time
    headway: Annotated[int, Field(ge=5, le=720)] = 60
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = [0, 1, 2, 3, 4, 5, 6]
    valid_from: Day

    @model_validator(mode="after")
    def _can_run(self) -> "NewLine":
        if self.role not in WALKERS:
            raise Refused("role-walks-not", "role")
        if self.last < self.first:
            raise Refused("last-before-first", "last")
        if (_minute(self.last) - _minute(self.first)) // self.headway >= MOST_TRIPS:
            raise Refused("trips-too-many", "headway", most=MOST_TRIPS)
        numbers = [number for number, _ in self.halts]
        if not FEWEST <= len(numbers) <= MOST:
            raise Refused("stops-too-few-or-many", "stops", fewest=FEWEST, most=MOST)
        if twice := {number for number in numbers if numbers.count(number) > 1}:
            raise Refused("stop-twice", "stops", number=min(twice))
        return self

    @property
    def halts(self) -> list[tuple[int, int | None]]:
        """The stops as numbers of cells, each with its minute after departure where one is said."""
        words = [word for word in re.split(r"[\s,，、;；>→-]+", self.stops) if word]
        found = [_STOP.fullmatch(word) for word in words]
        for word, match in zip(words, found, strict=True):
            if match is None:
                raise Refused("stops-not-read", "stops", word=word)
        return [(int(m[1]), int(m[2]) if m[2] else None) for m in found if m]


class Depart(BaseModel):
    """One makes the trip that the timetable has at `departs_at`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    seen_at: Moment | None = None
    made_at: Moment | None = None
    departs_at: Moment
    mode: Mode | None = None
    crew: Annotated[list[UUID], Field(max_length=20)] = []


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
