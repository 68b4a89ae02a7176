"""Keeps what is still to happen in the demo, in order of time, each act telling what follows it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

from sqlmodel import Session

Act = Callable[[Session, datetime], "Iterable[Later] | None"]
Later = tuple[datetime, Act]


@dataclass
class Agenda:
    """Acts by their moment; what was put in first goes first where two share one."""

    waiting: list[tuple[datetime, int, Act]] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=count)

    def add(self, at: datetime, act: Act) -> None:
        """Have something happen at a moment."""
        heappush(self.waiting, (at, next(self.numbers), act))

    def next_by(self, until: datetime) -> tuple[datetime, Act] | None:
        """The next thing to happen by `until`, taken out."""
        if not self.waiting or self.waiting[0][0] > until:
            return None
        at, _, act = heappop(self.waiting)
        return at, act

    def follow(self, later: Iterable[Later] | None) -> None:
        """Put in what an act said follows it."""
        for at, act in later or ():
            self.add(at, act)
