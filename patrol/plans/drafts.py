"""What a leader may submit to plan patrols: one sentence of cadence, days, hours and topics."""

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from patrol.core.errors import Refused
from patrol.core.moments import Day
from patrol.core.roles import LINE_OF, Role
from patrol.plans.feasibility import FIGURES
from patrol.plans.model import Plan, Scope
from patrol.plans.rules import Cadence, Terms, rule_of
from patrol.plans.windows import WEEKDAYS, midnight, parts

OBLIGED = (Role.OFFICER, Role.WORKER, Role.HEAD, Role.SQUAD_LEADER, Role.BRIGADE_LEADER)
MOST_HOURS = 4
WORKDAYS = range(5)  # Monday to Friday
HOURS = r"^\s*(?:[01]?\d|2[0-3])[:：][0-5]\d\s*[-–—~至]\s*(?:[01]?\d|2[0-3])[:：][0-5]\d\s*$"

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Codes = Annotated[
    tuple[Annotated[str, StringConstraints(strip_whitespace=True, max_length=32)], ...],
    Field(max_length=5000),
]
Days = Annotated[tuple[int, ...], Field(max_length=31)]


class TemplateName(BaseModel):
    """What a template is to be called."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name


class PlanDraft(BaseModel):
    """The terms of a plan as the planner's form states them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    grid_id: UUID
    scope: Scope = Scope.ALL
    members: Codes = ()
    role: Role
    cadence: Cadence
    every: Annotated[int, Field(ge=1, le=12)] = 1
    weekdays: Days = ()
    monthdays: Days = ()
    nth: Annotated[int, Field(ge=-1, le=4)] = 0  # of these weekdays in a month; -1: the last
    workdays_only: bool = False
    times: Annotated[int, Field(ge=1, le=12)] = 1
    hours: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] = ""
    grace: Annotated[int, Field(ge=0, le=720)] = 0
    grade: Annotated[str, StringConstraints(pattern="^[ABC]$")] = "B"
    topics: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]
    minutes_per_cell: Annotated[float, Field(gt=0, le=120, allow_inf_nan=False)] = FIGURES.dwell
    valid_from: Day
    valid_to: Day | None = None
    replaces_id: UUID | None = None
    stands_in: bool = False  # for the plan it replaces, on its own days only

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """What one field alone cannot tell."""
        if self.role not in OBLIGED:
            raise Refused("plan-role", "role")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise Refused("plan-ends-early", "valid_to")
        if any(not 0 <= day <= 6 for day in self.weekdays):
            raise Refused("plan-weekdays", "weekdays")
        if self.by_weekday and not self.weekdays:
            raise Refused("plan-weekdays", "weekdays")
        if any(not 1 <= day <= 31 for day in self.monthdays):
            raise Refused("plan-monthdays", "monthdays")
        if self.scope is Scope.CELLS and not self.members:
            raise Refused("plan-members-missing", "members")
        if self.stands_in and (self.replaces_id is None or self.valid_to is None):
            raise Refused("plan-stand-in-days", "valid_to")
        ranges = self.ranges
        if ranges and self.times not in (1, len(ranges)):
            raise Refused("plan-times-and-hours", "times", times=self.times, hours=len(ranges))
        if _overlap(ranges):
            raise Refused("plan-hours-overlap", "hours")
        return self

    @property
    def ranges(self) -> tuple[tuple[time, time], ...]:
        """The stated hours; raises `Refused` where they cannot be read."""
        return read_hours(self.hours)

    @property
    def rrule(self) -> str:
        """The days as an iCalendar rule."""
        dates = self.cadence is Cadence.MONTHLY and not self.by_weekday
        days = self.monthdays if dates else self.weekdays
        if self.follows_workdays and set(days) == set(WORKDAYS):
            days = ()  # the calendar tells them, make-up days among them
        return rule_of(self.cadence, days, every=self.every, nth=self.nth)

    @property
    def follows_workdays(self) -> bool:
        """Whether it asks for workdays alone, as the calendar has them."""
        return self.workdays_only and self.cadence is Cadence.DAILY

    @property
    def by_weekday(self) -> bool:
        """Whether its months begin with one of their weekdays, not with a date."""
        return self.cadence is Cadence.MONTHLY and self.nth != 0

    def terms(self, zone: ZoneInfo) -> Terms:
        """The terms that the draft states, for a preview."""
        start = midnight(self.valid_from, zone)
        return self.to_plan(UUID(int=0), zone=zone, now=start).terms(zone)

    def _members(self) -> list[str]:
        named = self.scope in (Scope.CELLS, Scope.OBJECTS)
        return sorted(set(self.members)) if named else []

    def to_plan(self, maker: UUID, *, zone: ZoneInfo, now: datetime) -> Plan:
        """The plan as it is stored."""
        until = self.valid_to + timedelta(days=1) if self.valid_to else None
        return Plan(
            name=self.name,
            grid_id=self.grid_id,
            scope=self.scope,
            members=self._members(),
            line=LINE_OF[self.role],
            role=self.role,
            cadence=self.cadence,
            rrule=self.rrule,
            times=len(self.ranges) or self.times,
            hours=[[f"{one:%H:%M}", f"{two:%H:%M}"] for one, two in self.ranges],
            grace=self.grace,
            grade=self.grade,
            topics=sorted(set(self.topics)),
            minutes_per_cell=self.minutes_per_cell,
            workdays_only=self.follows_workdays,
            replaces_id=self.replaces_id,
            stands_in=self.stands_in,
            valid_from=midnight(self.valid_from, zone),
            valid_to=midnight(until, zone) if until else None,
            made_by=maker,
            made_at=now,
        )


def stated(plan: Plan) -> dict[str, Any]:
    """What a draft would state to make this plan, but for its days and what it replaces."""
    rule = parts(plan.rrule)
    named = [day for day in rule.get("BYDAY", "").split(",") if day in WEEKDAYS]
    return {
        "name": plan.name,
        "grid_id": str(plan.grid_id),
        "scope": plan.scope.value,
        "members": plan.members,
        "role": plan.role.value,
        "cadence": plan.cadence.value,
        "every": int(rule.get("INTERVAL", "1")),
        "weekdays": [WEEKDAYS.index(day) for day in named],
        "monthdays": [int(day) for day in rule.get("BYMONTHDAY", "").split(",") if day],
        "nth": int(rule.get("BYSETPOS", "0")),
        "workdays_only": plan.workdays_only,
        "times": plan.times,
        "hours": "、".join(f"{one}–{two}" for one, two in plan.hours),
        "grace": plan.grace,
        "grade": plan.grade,
        "topics": plan.topics,
        "minutes_per_cell": plan.minutes_per_cell,
    }


def read_hours(text: str) -> tuple[tuple[time, time], ...]:
    """`07:30–09:30、17:00–19:00` as times; Refused where a part is no pair of times."""
    ranges = [part for part in re.split(r"[,，、;；]", text) if part.strip()]
    if len(ranges) > MOST_HOURS or any(not re.match(HOURS, part) for part in ranges):
        raise Refused("plan-hours", "hours")
    clocks = [re.findall(r"(\d{1,2})[:：](\d\d)", part) for part in ranges]
    pairs = [tuple(time(int(hour), int(minute)) for hour, minute in pair) for pair in clocks]
    if any(one == two for one, two in pairs):
        raise Refused("plan-hours", "hours")
    return tuple(sorted((one, two) for one, two in pairs))


def _overlap(ranges: tuple[tuple[time, time], ...]) -> bool:
    """Whether two ranges of the same day, or of a night and the next day, share time."""

    def minutes(at: time) -> int:
        return at.hour * 60 + at.minute

    taken: set[int] = set()
    for one, two in ranges:
        length = (minutes(two) - minutes(one)) % 1440
        wanted = {(minutes(one) + step) % 1440 for step in range(length)}
        if wanted & taken:
            return True
        taken |= wanted
    return False
