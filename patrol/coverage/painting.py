"""What a map may colour cells by besides their state, and what sorts their list alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from uuid import UUID

from sqlmodel import Session

from patrol.coverage import figures, gaps, queries, shown
from patrol.coverage.asking import Choice
from patrol.coverage.figures import Stretch
from patrol.coverage.queries import CellLine
from patrol.coverage.rules import GROWS_BETTER, Figures, Paint
from patrol.grid.views import ON_MAP
from patrol.plans.rules import State

AT_ONCE = 1000  # ids in one question


@dataclass(frozen=True)
class Measures:
    """What a cell came to in a period; seconds, metres, findings an hour."""

    since: float | None = None  # the last visit; none without one
    gap: float = 0.0
    metres: float = 0.0
    seconds: float = 0.0
    finds_per_hour: float | None = None  # none without a track of a minute

    def of(self, paint: Paint) -> float | None:
        """The one that colours the map."""
        return {
            Paint.SINCE: self.since,
            Paint.GAP: self.gap,
            Paint.METRES: self.metres,
            Paint.MINUTES: self.seconds,
            Paint.FINDS: self.finds_per_hour,
        }.get(paint)


Measured = tuple[CellLine, Measures]


def paint_of(session: Session, path: str, chosen: Choice, *, now: datetime) -> Paint:
    """What colours the cells below a path: their state alone where they are too many to draw."""
    fits = queries.many(session, path, now=now) <= ON_MAP
    return chosen.paint if fits else Paint.STATE


def cells(
    session: Session,
    path: str,
    chosen: Choice,
    state: State | None,
    *,
    page: int,
    size: int,
    now: datetime,
) -> list[Measured]:
    """Cells that a plan asks for with their measures, one more than a page holds.

    In the order of what colours them: the worst first, what is not known after all others, and
    a cell that was never seen before all.
    """
    at = chosen.stretch(path, now=now)
    paint = paint_of(session, path, chosen, now=now)
    if paint is Paint.STATE:
        found = shown.cells(session, path, chosen, state, page=page, size=size, now=now)
        return measured(session, found, at)
    whole = shown.cells(session, path, chosen, state, page=1, size=ON_MAP, now=now)
    ranked = by_paint(session, whole, paint, at)
    ranked.sort(key=lambda one: _place(paint, one[1]), reverse=chosen.turned)
    listed = [line for line, _value in ranked[(page - 1) * size : page * size + 1]]
    return measured(session, listed, at)


def by_paint(
    session: Session, lines: Sequence[CellLine], paint: Paint, at: Stretch
) -> list[tuple[CellLine, float | None]]:
    """The one measure of each cell that colours it."""
    found = measured(session, lines, at, only=paint)
    return [(line, measures.of(paint)) for line, measures in found]


def measured(
    session: Session, lines: Sequence[CellLine], at: Stretch, *, only: Paint | None = None
) -> list[Measured]:
    """Each cell with its measures, or with `only` one of them."""
    walked: dict[UUID, tuple[float, float]] = {}
    waited: dict[UUID, float] = {}
    found: dict[UUID, int] = {}
    for ids in _batches([line.id for line in lines]):
        if only not in {Paint.SINCE, Paint.GAP}:
            walked |= figures.walked(session, ids, at)
        if only in {None, Paint.GAP}:
            waited |= gaps.longest(session, ids, at)
        if only in {None, Paint.FINDS}:
            found |= figures.found(session, ids, at)
    return [
        (line, _measures(line, at, walked.get(line.id), waited.get(line.id), found.get(line.id)))
        for line in lines
    ]


def _measures(
    line: CellLine,
    at: Stretch,
    walked: tuple[float, float] | None,
    gap: float | None,
    finds: int | None,
) -> Measures:
    metres, seconds = walked or (0.0, 0.0)
    return Measures(
        (at.until - line.last).total_seconds() if line.last else None,
        gap or 0.0,
        metres,
        seconds,
        Figures(finds=finds or 0, seconds=seconds).finds_per_hour,
    )


def _place(paint: Paint, value: float | None) -> float:
    if value is None:
        return -inf if paint is Paint.SINCE else inf
    return value if paint in GROWS_BETTER else -value


def _batches(ids: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    return (ids[first : first + AT_ONCE] for first in range(0, len(ids), AT_ONCE))
