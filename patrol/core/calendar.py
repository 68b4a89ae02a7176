"""Counts time as the offices do: continuous limits, work hours, make-up workdays and lights."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, cached_property
from itertools import chain, islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from chinese_calendar import constants as _china

SLOTS = ((time(8), time(12)), (time(14), time(18)))
WORK_DAY_HOURS = 8  # one 工作日 is eight hours inside the slots, whatever the slots add up to
YELLOW, RED = 0.8, 1.0
_IDLE = 3_660  # days without a work hour after which a calendar is taken to have none at all

Day = TypeVar("Day", date, datetime)


class LimitUnit(StrEnum):
    """In what a limit is counted (domain reference, section 4.3)."""

    URGENT_HOUR = "urgent_hour"  # 紧急工作时: continuous, nights and holidays included
    URGENT_DAY = "urgent_day"  # 紧急工作日, 自然日: continuous, 24 hours each
    WORK_HOUR = "work_hour"  # 工作时: inside work slots only
    WORK_DAY = "work_day"  # 工作日: eight work hours


_HOURS = {
    LimitUnit.URGENT_HOUR: 1,
    LimitUnit.URGENT_DAY: 24,
    LimitUnit.WORK_HOUR: 1,
    LimitUnit.WORK_DAY: WORK_DAY_HOURS,
}


@dataclass(frozen=True)
class Limit:
    """So many units of time, counted continuously or inside work slots."""

    amount: int
    unit: LimitUnit

    @property
    def length(self) -> timedelta:
        """How much counted time the limit allows."""
        return timedelta(hours=self.amount * _HOURS[self.unit])

    @property
    def continuous(self) -> bool:
        """Whether nights, weekends and holidays count too."""
        return self.unit in {LimitUnit.URGENT_HOUR, LimitUnit.URGENT_DAY}


@dataclass(frozen=True)
class WorkCalendar:
    """Monday to Friday, corrected by `exceptions` (day → is it a workday), in slots of `zone`."""

    zone: ZoneInfo
    exceptions: Mapping[date, bool] = field(default_factory=dict, hash=False)
    slots: tuple[tuple[time, time], ...] = SLOTS

    def __post_init__(self) -> None:
        edges = list(chain.from_iterable(self.slots))
        empty = any(opens == closes for opens, closes in self.slots)
        if not edges or empty or edges != sorted(edges):
            raise ValueError("work slots must be given, sorted and disjoint")

    @cached_property
    def years(self) -> frozenset[int]:
        """The years for which holidays and make-up days have been entered."""
        return frozenset(day.year for day in self.exceptions)

    def known(self, year: int) -> bool:
        """Whether the holidays of `year` are known; if not, plain Monday to Friday applies."""
        return year in self.years

    def is_workday(self, day: date) -> bool:
        """Whether offices work on `day`, make-up days and holidays considered."""
        return self.exceptions.get(day, day.weekday() < 5)

    def with_exceptions(self, days: Mapping[date, bool]) -> "WorkCalendar":
        """The same calendar with the days of a city's own table laid over it."""
        return WorkCalendar(self.zone, {**self.exceptions, **days}, self.slots)

    def shifts(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Work slots as UTC spans, from the one that holds or follows `moment` on, for ever."""
        day, idle = moment.astimezone(self.zone).date(), 0
        while idle < _IDLE:
            idle += 1
            if self.is_workday(day):
                for opens, closes in self.slots:
                    start, end = self._utc(day, opens), self._utc(day, closes)
                    if end > moment and end > start:
                        idle = 0
                        yield max(start, moment), end
            day += timedelta(days=1)

    def _utc(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


@cache
def china(zone: ZoneInfo = ZoneInfo("Asia/Shanghai")) -> WorkCalendar:  # noqa: B008 -- immutable
    """The State Council's holidays and make-up workdays, for every year announced so far."""
    return WorkCalendar(
        zone, {**dict.fromkeys(_china.holidays, False), **dict.fromkeys(_china.workdays, True)}
    )


def deadline(start: datetime, limit: Limit, calendar: WorkCalendar) -> datetime:
    """When a limit that began to run at `start` is used up (UTC)."""
    left = limit.length
    if limit.continuous or left <= timedelta(0):
        return start.astimezone(UTC) + max(left, timedelta(0))
    for opens, closes in calendar.shifts(start.astimezone(UTC)):
        if opens + left <= closes:
            return opens + left
        left -= closes - opens
    raise ValueError("a calendar without workdays has no deadlines")


def work_between(start: datetime, end: datetime, calendar: WorkCalendar) -> timedelta:
    """Work time inside the slots between two moments; nothing when they are out of order."""
    spent = timedelta(0)
    for opens, closes in calendar.shifts(start.astimezone(UTC)):
        if opens >= end:
            break
        spent += min(closes, end) - opens
    return spent


def spent_share(start: datetime, limit: Limit, now: datetime, calendar: WorkCalendar) -> float:
    """Which part of the limit has been used by `now`: 0 at the start, over 1 once it is late."""
    if limit.amount <= 0:
        return float(now >= start)
    spent = now - start if limit.continuous else work_between(start, now, calendar)
    return max(spent / limit.length, 0.0)


def add_workdays(day: Day, n: int, calendar: WorkCalendar) -> Day:
    """The `n`-th workday after `day`, which itself never counts; a moment keeps its local time."""
    if isinstance(day, datetime):
        local = day.astimezone(calendar.zone)
        last = add_workdays(local.date(), n, calendar)
        return datetime.combine(last, local.time(), calendar.zone).astimezone(UTC)
    following = (day + timedelta(days=ahead) for ahead in range(1, n * 3 + _IDLE))
    workdays = (each for each in following if calendar.is_workday(each))
    return next(islice(workdays, n - 1, None)) if n > 0 else day


class Light(StrEnum):
    """How much of a limit is used: under 80 %, up to all of it, more than it."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


def light(share: float) -> Light:
    """The light that belongs to a spent share."""
    if share < YELLOW:
        return Light.GREEN
    return Light.YELLOW if share <= RED else Light.RED
