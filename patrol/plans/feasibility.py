"""Sums up what plans ask of a person on a day: visits, minutes in cells, minutes between them.

One visit of a cell serves every plan whose window is open, so plans over the same cells ask for
the fewest visits that serve all their windows. A window of a day at most asks for its visit on the
day it begins; a longer one asks for an equal part on each of its days, unless a visit is due there
anyway.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt
from zoneinfo import ZoneInfo

from patrol.plans.rules import Terms, Window, windows
from patrol.plans.windows import LASTS, midnight, parts, window_after

AHEAD = 7  # days looked at in any case
_DAY = timedelta(days=1)
_HOUR_MORE = timedelta(hours=25)  # a day on which clocks go back


@dataclass(frozen=True)
class Figures:
    """What a day of a person holds, how fast people walk, how long they look: the usual figures."""

    shift: float = 480  # minutes, where none is rostered
    way: float = 60  # minutes to get there and back
    pace: float = 75  # metres a minute, 4.5 km/h
    dwell: float = 2.0  # minutes in a cell, where a plan says nothing else


FIGURES = Figures()


@dataclass(frozen=True)
class Work:
    """Cells that the same plans ask of one person."""

    terms: frozenset[Terms]
    cells: float  # a part of one where several people share it
    dwell: float  # minutes a visit of one takes
    area: float = 10_000  # square metres of one


@dataclass(frozen=True)
class Sum:
    """What is asked of one person on one day."""

    visits: float = 0
    dwell: float = 0  # minutes in cells
    travel: float = 0  # minutes from one to the next

    @property
    def minutes(self) -> float:
        """All of it."""
        return self.dwell + self.travel

    def __add__(self, other: "Sum") -> "Sum":
        """Both."""
        return Sum(self.visits + other.visits, self.dwell + other.dwell, self.travel + other.travel)


@dataclass(frozen=True)
class Load:
    """What is asked of one person on one day, against what the day holds."""

    day: date
    asked: Sum
    away: float = 0  # minutes of leave, or on another order
    figures: Figures = FIGURES

    @property
    def available(self) -> float:
        """Minutes of the shift that are left for walking."""
        here = max(self.figures.shift - self.away, 0)
        return max(here - self.figures.way, 0)

    @property
    def planned(self) -> float:
        """Minutes the plans ask for."""
        return self.asked.minutes

    @property
    def possible(self) -> bool:
        """Whether it can be done; a day off on which nothing is asked can."""
        return self.planned <= self.available + 1e-6


def days_of(terms: Terms, first: date) -> list[date]:
    """The days to look at: a week, and each day of one period on which a window begins.

    Where nothing begins in that time, the week from the first window on.
    """
    lasts = max(AHEAD, LASTS[terms.cadence] * int(parts(terms.rrule).get("INTERVAL", "1")))
    days = {first + ahead * _DAY for ahead in range(AHEAD)}
    opens, closes = midnight(first, terms.zone), midnight(first + lasts * _DAY, terms.zone)
    begun = [one for one in windows(terms, opens, closes) if one.start >= opens]
    if begun:
        return sorted(days | {_day(one, terms.zone) for one in begun})
    following = window_after(terms, closes)
    if following is None:
        return sorted(days)
    return sorted(days | {_day(following, terms.zone) + ahead * _DAY for ahead in range(AHEAD)})


def visits(plans: Collection[Terms], day: date, zone: ZoneInfo) -> float:
    """How many visits of one cell serve all windows of these plans, as far as this day goes."""
    opens, closes = midnight(day, zone), midnight(day + _DAY, zone)
    short: list[Window] = []
    spread = 0.0
    for terms in plans:
        here = windows(terms, opens, closes)
        short += [one for one in here if one.length <= _HOUR_MORE and one.start >= opens]
        spread = max(spread, sum(_part(one, opens, closes) for one in here))
    return max(float(fewest(short)), spread)


def asked(works: Iterable[Work], day: date, zone: ZoneInfo, figures: Figures) -> Sum:
    """What all this work comes to on one day."""
    total = Sum()
    for work in works:
        often = visits(work.terms, day, zone) * work.cells
        total += Sum(often, often * work.dwell, often * sqrt(work.area) / figures.pace)
    return total


def _day(window: Window, zone: ZoneInfo) -> date:
    return window.start.astimezone(zone).date()


def _part(window: Window, opens: datetime, closes: datetime) -> float:
    """The part of a window longer than a day that falls into one."""
    if window.length <= _HOUR_MORE:
        return 0.0
    return (min(window.end, closes) - max(window.start, opens)) / window.length


def fewest(spans: Iterable[Window]) -> int:
    """The fewest moments of which each of the windows holds one."""
    count, last = 0, None
    for window in sorted(spans, key=lambda one: (one.end, one.start)):
        if last is None or window.start >= last:
            count, last = count + 1, window.end
    return count
