"""Timetables: when trips depart and stops are due, how well that was kept, how long nobody came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from math import ceil
from zoneinfo import ZoneInfo

TOLERANCE = timedelta(minutes=10)  # early or late by no more than this is on time
PACES = {"foot": 70.0, "bike": 170.0, "car": 330.0}  # metres a minute, from stop to stop
DAY = timedelta(days=1)


class Kept(StrEnum):
    """How the timetable was kept at one stop of one trip."""

    ON_TIME = "on_time"
    EARLY = "early"
    LATE = "late"
    BESIDE = "beside"  # in the stop's cell, but not at the stop
    SKIPPED = "skipped"  # the trip was made, this stop not
    NOT_RUN = "not_run"  # nobody made the trip
    AHEAD = "ahead"  # it may still be reached in time


@dataclass(frozen=True)
class Timetable:
    """Departures from `first` to `last` every `headway`, on some days of the week."""

    first: time
    last: time
    headway: timedelta
    weekdays: frozenset[int]  # 0 is Monday
    valid_from: date
    ended_on: date | None  # the last day
    zone: ZoneInfo

    def runs_on(self, day: date) -> bool:
        """Whether there are trips on a day."""
        begun = self.valid_from <= day and (self.ended_on is None or day <= self.ended_on)
        return begun and day.weekday() in self.weekdays

    def departures_on(self, day: date) -> list[datetime]:
        """The departures of a day, in order; none on a day without trips."""
        if not self.runs_on(day):
            return []
        first, last = (datetime.combine(day, at, self.zone) for at in (self.first, self.last))
        later = (last - first) // self.headway
        return [first + number * self.headway for number in range(later + 1)]


@dataclass(frozen=True)
class Halt:
    """One stop of one trip: when it was due and when somebody came."""

    departs_at: datetime
    stop: int
    due_at: datetime
    came_at: datetime | None
    kept: Kept


@dataclass(frozen=True, order=True)
class Gap:
    """A time in which nobody came to a stop, within its hours of service."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it was."""
        return self.end - self.start


def kept(
    due_at: datetime,
    came_at: datetime | None,
    *,
    now: datetime,
    run: bool = True,
    beside: bool = False,
) -> Kept:
    """How the timetable was kept at a stop that was due at `due_at`.

    `run` says whether the trip was made at all, `beside` that who came was in the stop's cell but
    not at the stop.
    """
    if came_at is None:
        if now <= due_at + TOLERANCE:
            return Kept.AHEAD
        return Kept.SKIPPED if run else Kept.NOT_RUN
    if beside:
        return Kept.BESIDE
    if abs(came_at - due_at) <= TOLERANCE:
        return Kept.ON_TIME
    return Kept.EARLY if came_at < due_at else Kept.LATE


def gaps(came: Iterable[datetime], opens: datetime, closes: datetime) -> list[Gap]:
    """The times between comings to a stop from its first to its last hour; both ends count.

    Whoever comes before it opens or after it closes ends no gap.
    """
    if closes <= opens:
        return []
    edges = [opens, *sorted(at for at in came if opens < at < closes), closes]
    return [Gap(start, end) for start, end in pairwise(edges) if end > start]


def minutes(metres: Sequence[float], dwell: int, pace: float) -> list[int]:
    """Minutes after departure at which each stop is due, with the way to each but the first.

    The first is due at departure; one stays `dwell` minutes at each before going on.
    """
    due = [0]
    for way in metres:
        due.append(due[-1] + dwell + max(1, ceil(way / pace)))
    return due


def days(since: datetime, until: datetime, zone: ZoneInfo) -> list[date]:
    """The days of the city that a span touches, in order."""
    day, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    return [day + number * DAY for number in range((last - day).days + 1)]
