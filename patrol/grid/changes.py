"""Changes of grids and cells as acts: planned from a day on, called off, carried out when due."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from patrol.core.access import Actor, May, demand
from patrol.core.errors import Conflict, Refused
from patrol.core.store import uuid7
from patrol.grid import lineage, marking, objects
from patrol.grid.drafts import ChangeDraft
from patrol.grid.model import Change, Grid
from patrol.grid.recasting import recast
from patrol.ledger.service import note


def plan(
    session: Session,
    actor: Actor | None,
    grid: Grid,
    draft: ChangeDraft,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> Change:
    """Plan a change of a grid from the first minute of a day, or from now on.

    It is tried out at once by the very function that will carry it out, and refused where it
    does not fit. Raises `Refused`: `change-in-the-past`, or what `recast` raises.
    """
    if actor is not None:
        demand(actor, May.CHANGE_GRID, grid, seen=May.SEE_GRID)
    from_at = now if draft.from_day is None else _first_minute(draft.from_day, zone)
    if draft.from_day is not None and from_at < _first_minute(now.astimezone(zone).date(), zone):
        raise Refused("change-in-the-past", "from_day")
    change = Change(
        id=uuid7(),
        level=draft.level,
        kind=draft.kind,
        grid_id=grid.id,
        terms=draft.terms,
        from_at=max(from_at, now),
        planned_by=actor.id if actor else None,
        planned_at=now,
    )
    session.add(change)
    session.flush()
    with _tried(session):
        recast(session, change, at=change.from_at)
    note(session, actor, "grid.change-planned", f"grid:{grid.id}", facts(change), at=now)
    return change


def call_off(session: Session, actor: Actor, change_id: UUID, *, now: datetime) -> Change:
    """Take a planned change back before it takes effect."""
    change = demand(actor, May.CHANGE_GRID, session.get(Change, change_id), seen=May.SEE_GRID)
    if change.done_at is not None or change.off_at is not None:
        raise Conflict("change-over")
    change.off_at = now
    note(session, actor, "grid.change-called-off", f"grid:{change.grid_id}", facts(change), at=now)
    return change


def carry_out(session: Session, change: Change, *, now: datetime) -> bool:
    """Do a change that is due, dated when it was due; False where it no longer fits.

    The world may have changed since it was planned; then nothing is done, and the ledger says so.
    """
    at = change.from_at
    told = facts(change) | {"delayed_by_system": int((now - at).total_seconds())}
    try:
        with session.begin_nested():
            recast(session, change, at=at)
    except Refused as refused:
        change.off_at, change.off_why = now, refused.code
        told["why"] = refused.code
        note(session, None, "grid.change-unfit", f"grid:{change.grid_id}", told, at=now)
        return False
    heirs = lineage.cell_heirs(session, change.id)
    marking.follow(session, heirs, at=at)
    ended = {heir.before_id for heir in lineage.grid_heirs(session, change.id)}
    objects.follow(session, [change.grid_id, *ended], at=at)
    change.done_at = now
    told["heirs"] = len({heir.after_id for heir in heirs})
    note(session, None, "grid.changed", f"grid:{change.grid_id}", told, at=at)
    return True


def facts(change: Change) -> dict[str, Any]:
    """What the ledger keeps of a change."""
    return {
        "change": str(change.id),
        "level": change.level.value,
        "kind": change.kind.value,
        "from": change.from_at.isoformat(),
        "terms": change.terms,
    }


def _first_minute(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


@contextmanager
def _tried(session: Session) -> Iterator[None]:
    """Do something and take it back."""
    trial = session.begin_nested()
    try:
        yield
    finally:
        trial.rollback()
