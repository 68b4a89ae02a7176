"""The ladder as pure arithmetic: who holds an open matter when, and how far word of it came."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate

from patrol.core.roles import Role


@dataclass(frozen=True)
class Rung:
    """One step of a ladder: a role, of one tier of grids where that matters, and its time."""

    role: Role
    tier: int | None  # None: the nearest post of that role from the cell upwards
    patience: timedelta  # how long this rung may hold a matter


@dataclass(frozen=True, order=True)
class Stop:
    """A stretch in which the clock stood: signed by somebody, or we were down; half-open."""

    start: datetime
    end: datetime | None = None  # None: until further notice


class Heard(StrEnum):
    """How far word of a matter came with the one who holds it; blame differs with each."""

    NOBODY = "nobody"  # 无人: the rung has no post
    UNDELIVERED = "undelivered"  # 未送达: blames nobody
    UNREAD = "unread"  # 送达未读: told, not read
    READ = "read"  # 已读未办: read, not done
    ACKNOWLEDGED = "acknowledged"  # 签收未办: said so, and not done either
    DONE = "done"  # 已办


def merged(stops: Iterable[Stop]) -> list[Stop]:
    """The same stopped time as sorted stretches that neither touch nor overlap."""
    runs: list[Stop] = []
    for stop in sorted(stops, key=lambda one: one.start):
        if stop.end is not None and stop.end <= stop.start:
            continue
        last = runs[-1] if runs else None
        if last is None or (last.end is not None and last.end < stop.start):
            runs.append(stop)
        elif last.end is not None:
            end = None if stop.end is None else max(last.end, stop.end)
            runs[-1] = Stop(last.start, end)
    return runs


def due(start: datetime, wait: timedelta, stops: Iterable[Stop] = ()) -> datetime | None:
    """The first moment at which the clock has run for `wait`; None while it stands for good."""
    moment, left = start, wait
    for stop in merged(stops):
        if stop.end is not None and stop.end <= moment:
            continue
        ahead = max(stop.start - moment, timedelta())
        if left <= ahead:
            return moment + left
        if stop.end is None:
            return None
        moment, left = stop.end, left - ahead
    return moment + left


def stopped(start: datetime, end: datetime, stops: Iterable[Stop] = ()) -> timedelta:
    """How much of [start, end) the clock stood."""
    spans = ((max(one.start, start), min(one.end or end, end)) for one in merged(stops))
    return sum((b - a for a, b in spans if b > a), timedelta())


def handovers(
    ladder: Sequence[Rung], opened_at: datetime, stops: Iterable[Stop] = ()
) -> list[datetime]:
    """When each rung but the last must pass the matter upwards; shorter while the clock stands."""
    waits = accumulate(rung.patience for rung in ladder[:-1])
    moments = (due(opened_at, wait, stops) for wait in waits)
    return [moment for moment in moments if moment is not None]


def rung_at(
    ladder: Sequence[Rung], opened_at: datetime, now: datetime, stops: Iterable[Stop] = ()
) -> int:
    """Index of the rung that holds a matter still open at `now`."""
    return bisect_right(handovers(ladder, opened_at, stops), now)


def climbs(
    ladder: Sequence[Rung], opened_at: datetime, stops: Iterable[Stop], until: datetime
) -> list[tuple[int, datetime]]:
    """Every rung above the first that a matter open until `until` reached, dated when due."""
    moments = handovers(ladder, opened_at, list(stops))
    return [(index, at) for index, at in enumerate(moments, start=1) if at <= until]


def heard(
    *,
    nobody: bool,
    delivered_at: datetime | None,
    read_at: datetime | None,
    acknowledged_at: datetime | None,
    settled_at: datetime | None,
    at: datetime,
) -> Heard:
    """How far word had come at `at`; what came later counts for nothing."""
    if _by(settled_at, at):
        return Heard.DONE
    if nobody:
        return Heard.NOBODY
    if _by(acknowledged_at, at):
        return Heard.ACKNOWLEDGED
    if _by(read_at, at):
        return Heard.READ
    return Heard.UNREAD if _by(delivered_at, at) else Heard.UNDELIVERED


def is_delayed(due_at: datetime, fired_at: datetime, *, tolerance: timedelta) -> bool:
    """Whether we told late by our own fault, which every later review must show."""
    return fired_at - due_at > tolerance


def _by(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment <= at
