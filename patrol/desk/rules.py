"""Decides which home a person gets, and folds what happened into the days of a month."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import inf
from typing import Protocol
from zoneinfo import ZoneInfo

from patrol.core.roles import Role
from patrol.plans.rules import State

MONTH = timedelta(days=30)
SHIFT = 8 * 60  # minutes


class Home(StrEnum):
    """The kinds of first page."""

    WALKER = "walker"
    LEADER = "leader"
    SUPERVISOR = "supervisor"
    CLERK = "clerk"
    HANDLER = "handler"
    AUDITOR = "auditor"
    ADMIN = "admin"
    NOBODY = "nobody"  # signed in, and without a post


class Due(Protocol):
    """What is asked of an officer, as far as its order matters."""

    @property
    def state(self) -> State:
        """The worst of its cells."""

    @property
    def minutes_left(self) -> int | None:
        """Of the window open now; None between windows."""

    @property
    def done(self) -> int:
        """Cells that need no visit now."""

    @property
    def total(self) -> int:
        """Cells in all."""


_FIRST: tuple[tuple[Home, frozenset[Role]], ...] = (
    (Home.SUPERVISOR, frozenset({Role.SUPERVISOR, Role.LEGAL})),
    (
        Home.LEADER,
        frozenset({Role.HEAD, Role.SQUAD_LEADER, Role.BRIGADE_LEADER, Role.BUREAU_LEADER}),
    ),
    (Home.WALKER, frozenset({Role.OFFICER, Role.WORKER})),
    (Home.CLERK, frozenset({Role.DISPATCHER})),
    (Home.HANDLER, frozenset({Role.HANDLER})),
    (Home.AUDITOR, frozenset({Role.AUDITOR})),
    (Home.ADMIN, frozenset({Role.ADMIN})),
)


def home_of(roles: Collection[Role]) -> Home:
    """The home of somebody who holds these roles; the farthest view of them wins."""
    return next((home for home, fits in _FIRST if fits & frozenset(roles)), Home.NOBODY)


@dataclass(frozen=True)
class Days:
    """One figure for each day of a month, oldest first."""

    points: tuple[tuple[str, float], ...]  # ("11-06", 12)

    @property
    def total(self) -> float:
        """All days together."""
        return sum(value for _, value in self.points)


def days(zone: ZoneInfo, now: datetime) -> list[date]:
    """The thirty days of the city that end today."""
    today = now.astimezone(zone).date()
    return [today - timedelta(days=back) for back in range(MONTH.days - 1, -1, -1)]


def by_day(happened: Iterable[tuple[datetime, float]], zone: ZoneInfo, now: datetime) -> Days:
    """How much happened on each of the last thirty days."""
    sums: dict[date, float] = defaultdict(float)
    for at, much in happened:
        sums[at.astimezone(zone).date()] += much
    return Days(tuple((f"{day:%m-%d}", sums.get(day, 0)) for day in days(zone, now)))


def rates(part: Days, whole: Days) -> Days:
    """The share of one figure in another in per cent, on the days on which there was any."""
    pairs = zip(part.points, whole.points, strict=True)
    return Days(tuple((day, 100 * done / due) for (day, done), (_, due) in pairs if due))


def share(part: Days, whole: Days) -> float | None:
    """The same for the whole month; None where nothing was due."""
    return 100 * part.total / whole.total if whole.total else None


def pressing(due: Due) -> tuple[bool, float]:
    """What to walk first has the least of this: unfinished, then by time left.

    What is overdue and has no window open now stands behind the windows of this shift.
    """
    if due.minutes_left is not None:
        left: float = due.minutes_left
    else:
        left = SHIFT if due.state is State.OVERDUE else inf
    return due.done == due.total, left
