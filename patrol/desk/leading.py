"""How the grids right below a leader do now, the worst first, and all of them together."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from patrol.core.access import Actor
from patrol.coverage import figures
from patrol.coverage import queries as coverage
from patrol.coverage.figures import Stretch
from patrol.coverage.queries import Asked, GridLine
from patrol.coverage.rules import Rates, Tally
from patrol.grid.queries import children, grids_of

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Led:
    """The grids below a leader's own (or these, where none lie below), worst first."""

    grids: tuple[GridLine, ...]
    tally: Tally
    rates: Rates  # of seven days
    worst: GridLine | None  # the one with the largest gap


def led(session: Session, actor: Actor, *, zone: ZoneInfo, now: datetime) -> Led:
    """What this leader answers for, from standings kept as visits arrive."""
    own = coverage.tops(session, actor)
    rows = grids_of(session, [card.id for card in own])
    below = [card for top in rows.values() for card in children(session, top)] or own
    asked = Asked()
    path = own[0].path if len(own) == 1 else ""
    stood = coverage.stood(session, path, asked, zone=zone, now=now)
    counts = coverage.count(session, stood)
    rates = figures.rates(session, Stretch(path, now - WEEK, now, zone), asked)
    lines = coverage.lines(session, below, counts, rates, now=now)
    return Led(
        tuple(sorted(lines, key=_worst_first)),
        sum((line.tally for line in lines), Tally()),
        sum((line.rates for line in lines), Rates()),
        max(lines, key=lambda line: line.gap or timedelta(), default=None),
    )


def _worst_first(line: GridLine) -> tuple[float, str]:
    tally = line.tally
    return (tally.covered / tally.due if tally.due else 2.0), line.grid.code
