"""How long cells waited from one visit to the next, whatever windows asked for."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from patrol.coverage.figures import Stretch, seconds
from patrol.coverage.model import COUNTING
from patrol.grid.model import Cell, CellHeir
from patrol.rounds.model import Visit


def longest(session: Session, cells: Sequence[UUID], at: Stretch) -> dict[UUID, float]:
    """The longest real gap of each of these cells in a stretch, in seconds.

    From one visit that counts to the next, whatever windows asked for, and from the last one to
    the end. The first began with the last visit before the stretch.
    """
    before = func.lag(col(Visit.seen_at)).over(
        partition_by=col(Visit.cell_id), order_by=col(Visit.seen_at)
    )
    seen = (
        select(
            col(Visit.cell_id), col(Visit.seen_at),
            seconds(session, before, col(Visit.seen_at)).label("waited"),
        )
        .where(
            col(Visit.cell_id).in_(cells),
            col(Visit.seen_at) > at.since,
            col(Visit.seen_at) <= at.until,
            *COUNTING,
        )
        .subquery()
    )  # fmt: skip
    query = select(
        seen.c.cell_id, func.min(seen.c.seen_at), func.max(seen.c.seen_at), func.max(seen.c.waited)
    ).group_by(seen.c.cell_id)
    waits = _waits(session, cells, at.since)
    found = {one: (at.until - waits.get(one, at.since)).total_seconds() for one in cells}
    for cell_id, first, last, waited in session.execute(query):
        edges = max(first - waits[cell_id], at.until - last).total_seconds()
        found[cell_id] = max(edges, round(waited or 0.0, 3))
    return found


def _waits(session: Session, cells: Sequence[UUID], at: datetime) -> dict[UUID, datetime]:
    """Since when cells waited at a moment: their last visit, or where there was none, as long as
    one that they took over from, or else since they began.
    """
    last = (
        select(col(Visit.seen_at))
        .where(col(Visit.cell_id) == col(Cell.id), col(Visit.seen_at) <= at, *COUNTING)
        .order_by(col(Visit.seen_at).desc())
        .limit(1)
        .correlate(Cell)
        .scalar_subquery()
    )
    query = select(col(Cell.id), col(Cell.valid_from), last).where(col(Cell.id).in_(cells))
    rows = session.execute(query).all()
    found = {cell_id: seen_at or began for cell_id, began, seen_at in rows}
    unseen = [cell_id for cell_id, _began, seen_at in rows if seen_at is None]
    heirs = select(col(CellHeir.after_id), col(CellHeir.before_id))
    taken = session.execute(heirs.where(col(CellHeir.after_id).in_(unseen))).all()
    if taken:
        until = max(at, *(found[one] for one in unseen))
        before = _waits(session, [before_id for _after_id, before_id in taken], until)
        for after_id, before_id in taken:
            found[after_id] = min(found[after_id], before[before_id])
    return found
