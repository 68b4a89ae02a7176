"""What a phone takes along for a shift without signal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session, col

from patrol.core.access import Actor
from patrol.coverage.queries import tops
from patrol.findings.queries import FindingCard, open_in
from patrol.grid.model import Cell, Grid
from patrol.grid.queries import GridCard
from patrol.lines.queries import to_run
from patrol.plans.due import due_for
from patrol.rounds.cards import my_grids
from patrol.shifts.queries import for_me as handovers_for

MOST_GRIDS = 12  # walks of one shift
MOST_FINDINGS = 40


@dataclass(frozen=True)
class Shift:
    """Walks of today, the most pressing first, and what is open there."""

    grids: Sequence[Grid]
    cells: int
    findings: Sequence[FindingCard]
    handovers: Sequence[UUID]  # that wait for a signature
    lines: Sequence[UUID]  # with trips today
    maps: Sequence[GridCard]  # where the reader's view of coverage begins


def shift(session: Session, actor: Actor, *, now: datetime, zone: ZoneInfo) -> Shift:
    """What this person's posts ask for, as far as a phone should carry it."""
    order = {
        due.grid_id: place
        for place, due in reversed([*enumerate(due_for(session, actor, now=now))])
    }
    mine = sorted(my_grids(session, actor), key=lambda grid: order.get(grid.id, len(order)))
    grids = mine[:MOST_GRIDS]
    ids = [grid.id for grid in grids]
    lying = select(func.count()).where(col(Cell.grid_id).in_(ids), col(Cell.valid_to).is_(None))
    return Shift(
        grids=grids,
        cells=session.scalar(lying) or 0,
        findings=open_in(session, ids, limit=MOST_FINDINGS),
        handovers=handovers_for(session, actor),
        lines=to_run(session, actor, now=now, zone=zone),
        maps=tops(session, actor)[:MOST_GRIDS],
    )
