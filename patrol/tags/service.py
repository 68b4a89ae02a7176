"""Making tags for cells that have none, and revoking one that was lost or copied."""

from datetime import datetime

from sqlmodel import Session

from patrol.core.access import Actor, May, demand
from patrol.core.errors import Refused
from patrol.grid.model import Grid
from patrol.ledger.service import note
from patrol.tags import queries
from patrol.tags.model import Tag


def make(session: Session, actor: Actor, grid: Grid | None, *, now: datetime) -> list[Tag]:
    """Give each cell below a grid that has no tag in force a new one."""
    grid = demand(actor, May.MAKE_TAG, grid)
    bare = [each.cell for each in queries.tagged(session, grid) if each.tag is None]
    last = queries.serials(session, {cell.code for cell in bare})
    made = [
        Tag(
            cell_id=cell.id,
            grid_id=cell.grid_id,
            code=cell.code,
            serial=last.get(cell.code, 0) + 1,
            made_at=now,
            made_by=actor.id,
        )
        for cell in bare
    ]
    session.add_all(made)
    if made:
        told = {"grid": grid.code, "tags": [f"{tag.code}.{tag.serial}" for tag in made]}
        note(session, actor, "tags.made", f"grid:{grid.id}", told, at=now)
    return made


def revoke(session: Session, actor: Actor, tag: Tag | None, reason: str, *, now: datetime) -> Tag:
    """Let a tag count no longer, from now on; what it proved before stays proven.

    Raises `tag-revoked` when it was revoked before.
    """
    tag = demand(actor, May.MAKE_TAG, tag, seen=May.SEE_GRID)
    if tag.revoked_at is not None:
        raise Refused("tag-revoked", cell=tag.code)
    tag.revoked_at, tag.revoked_by, tag.reason = now, actor.id, reason
    told = {"tag": f"{tag.code}.{tag.serial}", "reason": reason}
    note(session, actor, "tag.revoked", tag.id, told, at=now)
    return tag
