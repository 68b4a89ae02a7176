"""Hot spots: cells marked as needing more looking at, for a topic, in a season."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, demand
from patrol.core.errors import Conflict, Refused
from patrol.grid import queries
from patrol.grid.drafts import HotSpotDraft
from patrol.grid.model import Cell, CellHeir, Grid, HotSpot
from patrol.ledger.service import note


def in_season(first_month: int, last_month: int, on: date) -> bool:
    """Whether a day lies in a season of whole months, which may go across the new year."""
    if first_month <= last_month:
        return first_month <= on.month <= last_month
    return on.month >= first_month or on.month <= last_month


def mark(
    session: Session, actor: Actor, grid: Grid, draft: HotSpotDraft, *, now: datetime
) -> HotSpot:
    """Mark a cell of a grid as a hot spot; raises `Refused` when it is one for that topic."""
    demand(actor, May.MARK_GRID, grid, seen=May.SEE_GRID)
    found = [cell for cell in queries.cells_in(session, grid.id) if cell.code == draft.cell]
    if not found:
        raise Refused("cells-unknown", "cell")
    if any(spot.topic == draft.topic for spot, _ in spots(session, [grid.id], cell=found[0].id)):
        raise Refused("hot-spot-twice", "topic")
    spot = HotSpot(
        cell_id=found[0].id,
        grid_id=grid.id,
        topic=draft.topic,
        first_month=draft.first_month,
        last_month=draft.last_month,
        reason=draft.reason,
        marked_by=actor.id,
        valid_from=now,
    )
    session.add(spot)
    session.flush()
    note(session, actor, "hot-spot.marked", f"grid:{grid.id}", facts(spot, draft.cell), at=now)
    return spot


def unmark(session: Session, actor: Actor, spot_id: UUID, *, now: datetime) -> HotSpot:
    """End a mark; that it was one stays on record."""
    spot = demand(actor, May.MARK_GRID, session.get(HotSpot, spot_id), seen=May.SEE_GRID)
    if spot.valid_to is not None:
        raise Conflict("hot-spot-over")
    spot.valid_to = now
    code = session.get_one(Cell, spot.cell_id).code
    note(session, actor, "hot-spot.ended", f"grid:{spot.grid_id}", facts(spot, code), at=now)
    return spot


def spots(
    session: Session,
    grid_ids: list[UUID],
    *,
    cell: UUID | None = None,
    at: datetime | None = None,
) -> list[tuple[HotSpot, Cell]]:
    """The marks on cells of these grids, as they stand or stood, by cell and topic."""
    query = (
        select(HotSpot, Cell)
        .join(Cell, col(Cell.id) == col(HotSpot.cell_id))
        .where(col(HotSpot.grid_id).in_(grid_ids), queries.current(HotSpot, at))
        .order_by(col(Cell.number), col(HotSpot.topic))
    )
    if cell is not None:
        query = query.where(col(HotSpot.cell_id) == cell)
    return [(spot, cell) for spot, cell in session.execute(query)]


def follow(session: Session, heirs: list[CellHeir], *, at: datetime) -> int:
    """Mark the heirs of marked cells as these were; returns how many marks began."""
    before = {heir.before_id for heir in heirs}
    marked = select(HotSpot).where(col(HotSpot.cell_id).in_(before), queries.current(HotSpot))
    by_cell: dict[UUID, list[HotSpot]] = {}
    for spot in session.scalars(marked):
        by_cell.setdefault(spot.cell_id, []).append(spot)
        spot.valid_to = at
    begun: dict[tuple[UUID, str], HotSpot] = {}
    for heir in heirs:
        for spot in by_cell.get(heir.before_id, ()):
            told = {name: getattr(spot, name) for name in _KEPT}
            lies_in = session.get_one(Cell, heir.after_id).grid_id
            again = HotSpot(cell_id=heir.after_id, grid_id=lies_in, valid_from=at, **told)
            begun.setdefault((heir.after_id, spot.topic), again)
    session.add_all(begun.values())
    session.flush()
    return len(begun)


_KEPT = ("topic", "first_month", "last_month", "reason", "marked_by")


def facts(spot: HotSpot, code: str) -> dict[str, object]:
    """What the ledger keeps of a mark."""
    return {
        "mark": str(spot.id),
        "cell": code,
        "topic": spot.topic,
        "months": [spot.first_month, spot.last_month],
    }
