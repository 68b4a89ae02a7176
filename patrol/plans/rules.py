"""Judges what windows came to: a cell's standing, and floors of cadence.

A cell is *fresh* when it was credited in the open window or, between windows, in the last one;
credited only in the one before, it stays fresh until 80 % of the open window are gone and is then
*due soon*. It is *overdue* once a window has closed without a credit since it began, and *never*
while it has no credit at all; a suspended plan suspends all of its cells.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from patrol.plans.windows import (
    LASTS,
    Cadence,
    Reach,
    Terms,
    Window,
    closing_after,
    closings,
    parts,
    reaches,
    rule_of,
    window_after,
    window_at,
    window_before,
    windows,
)

__all__ = [
    "Cadence", "Moment", "Reach", "State", "Terms", "Window",
    "asks_as_often", "closing_after", "closings", "floor", "lasts_until", "missed", "moment",
    "overdue_since", "reaches", "rule_of", "standing", "under_floor", "window_at",
    "windows",
]  # fmt: skip

DUE_SOON_SHARE = 0.8
WORKDAYS = 5  # a plan for fewer days of the week is not daily
_DAY = timedelta(days=1)


class State(StrEnum):
    """How a cell stands under a plan."""

    FRESH = "fresh"  # 已巡
    DUE_SOON = "due_soon"  # 将到期
    OVERDUE = "overdue"  # 逾期未巡
    NEVER = "never"  # 从未
    SUSPENDED = "suspended"  # 暂停


@dataclass(frozen=True)
class Moment:
    """Everything about a plan at `now` that does not depend on the cell."""

    now: datetime
    current: Window | None  # open now, or in its grace
    previous: Window | None  # the last one that has closed
    upcoming: Window | None  # the next to begin
    suspended: bool

    @property
    def fresh_from(self) -> datetime | None:
        """A credit from here on makes a cell fresh."""
        window = self.current or self.previous
        return window.start if window else None

    @property
    def done_from(self) -> datetime | None:
        """A cell without a credit from here on is overdue; None while nothing can be."""
        return self.previous.start if self.previous else None

    @property
    def due_soon(self) -> bool:
        """Whether 80 % of the open window are gone."""
        window = self.current
        return window is not None and self.now - window.start >= DUE_SOON_SHARE * window.length

    @property
    def minutes_left(self) -> int | None:
        """Minutes to the end of the open window, below zero in its grace; None between windows."""
        return ceil((self.current.end - self.now) / timedelta(minutes=1)) if self.current else None

    @property
    def minutes_over(self) -> int | None:
        """Minutes since the last closed window ended."""
        previous = self.previous
        return int((self.now - previous.end) / timedelta(minutes=1)) if previous else None


def moment(terms: Terms, now: datetime, *, suspended: bool = False) -> Moment:
    """The thresholds of a plan at `now`, computed once for all of its cells."""
    reach = window_at(terms, now)
    current = reach.window if reach else None
    edge = current.start if current else now
    previous = window_before(terms, edge)
    upcoming = window_after(terms, max(current.end, now) if current else now)
    return Moment(now, current, previous, upcoming, suspended)


def lasts_until(at: Moment, terms: Terms) -> datetime:
    """Up to when the windows of this moment stay what they are, and only `now` goes on."""
    edges = [at.now + _DAY]
    if at.current is not None:
        edges += [at.current.end, at.current.end + terms.grace]
    if at.upcoming is not None:
        edges.append(at.upcoming.start)
    return min(edge for edge in edges if edge > at.now)


def standing(moment: Moment, last_seen_at: datetime | None) -> State:
    """How a cell stands whose last *credited* visit was at `last_seen_at`."""
    if moment.suspended:
        return State.SUSPENDED
    if last_seen_at is None:
        return State.NEVER
    if moment.fresh_from is not None and last_seen_at >= moment.fresh_from:
        return State.FRESH
    if moment.done_from is None or last_seen_at >= moment.done_from:
        return State.DUE_SOON if moment.due_soon else State.FRESH
    return State.OVERDUE


def tally(at: Moment, total: int, seen: int, current: int, lately: int) -> dict[State, int]:
    """Cells by standing, from four counts: all, ever seen, since `fresh_from`, since `done_from`.

    The same answer as `standing` for each cell, without looking at each.
    """
    if at.suspended:
        return {State.SUSPENDED: total}
    between = max(lately - current, 0)
    return {
        State.FRESH: current + (0 if at.due_soon else between),
        State.DUE_SOON: between if at.due_soon else 0,
        State.OVERDUE: seen - current - between,
        State.NEVER: total - seen,
    }


def missed(terms: Terms, seen: Sequence[datetime], since: datetime, until: datetime) -> list[Reach]:
    """Windows closed in (since, until] that none of the sorted moments `seen` served."""
    return [
        reach
        for reach in closings(terms, since, until)
        if bisect_left(seen, reach.window.start) == bisect_left(seen, reach.closes)
    ]


def overdue_since(terms: Terms, last_seen_at: datetime | None, now: datetime) -> datetime | None:
    """End of the first window that closed by `now` without a credit since it began, if any."""
    earliest = terms.valid_from if last_seen_at is None else last_seen_at
    closed = closings(terms, earliest, now) if earliest < now else []
    unserved = (
        reach.window for reach in closed if reach.window.start > earliest or not last_seen_at
    )
    return next((window.end for window in unserved), None)


FLOORS = (Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY)  # from the lowest tier upwards


def floor(tier: int, tiers: int = 3) -> Cadence:
    """The slowest cadence a tier may have unsigned; tier 1 is the top, `tiers` the lowest."""
    return FLOORS[min(max(tiers - tier, 0), len(FLOORS) - 1)]


def under_floor(terms: Terms, tier: int, tiers: int = 3) -> bool:
    """Whether the terms ask for less than the tier's floor, so that a supervisor must sign."""
    return _apart(terms) > LASTS[floor(tier, tiers)]


def asks_as_often(terms: Terms, before: Terms) -> bool:
    """Whether terms ask for visits at least as often as others did."""
    return _apart(terms) <= _apart(before) and terms.times >= before.times


def _apart(terms: Terms) -> int:
    """How many days a period lasts; daily on few days of the week is no more than weekly."""
    given = parts(terms.rrule)
    named = given["BYDAY"].count(",") + 1 if "BYDAY" in given else WORKDAYS
    thin = terms.cadence is Cadence.DAILY and named < WORKDAYS
    return LASTS[Cadence.WEEKLY if thin else terms.cadence] * int(given.get("INTERVAL", "1"))
