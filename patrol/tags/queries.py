"""Reading tags: those of a grid's cells, and the one a token names."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from patrol.core.errors import Refused
from patrol.grid import queries as grids
from patrol.grid.model import Grid
from patrol.grid.queries import CellCard
from patrol.tags.model import Tag
from patrol.tags.rules import Mark, read


@dataclass(frozen=True)
class Tagged:
    """A cell and the tag that holds there now, if one does."""

    cell: CellCard
    tag: Tag | None


def tagged(session: Session, grid: Grid) -> list[Tagged]:
    """The cells below a grid with their tags, in the order of their codes."""
    cells = grids.cells_below(session, grid)
    held = in_force(session, {cell.grid_id for cell in cells})
    return [Tagged(cell, held.get(cell.id)) for cell in cells]


def in_force(session: Session, grid_ids: Collection[UUID]) -> dict[UUID, Tag]:
    """Tags not revoked, by cell."""
    query = select(Tag).where(col(Tag.grid_id).in_(grid_ids), col(Tag.revoked_at).is_(None))
    return {tag.cell_id: tag for tag in session.scalars(query)}


def serials(session: Session, codes: Collection[str]) -> dict[str, int]:
    """The last serial number given for each of these codes, where one was."""
    query = select(col(Tag.code), func.max(col(Tag.serial))).where(col(Tag.code).in_(codes))
    return dict(session.execute(query.group_by(col(Tag.code))).all())


def tag_of(session: Session, mark: Mark) -> Tag | None:
    """The tag a token names, revoked or not."""
    query = select(Tag).where(col(Tag.code) == mark.code, col(Tag.serial) == mark.serial)
    return session.scalars(query).one_or_none()


def proof(
    session: Session, mark: Mark | None, cell_id: UUID, at: datetime
) -> tuple[UUID | None, str]:
    """The tag that proves to have been in a cell at a moment, or none and why it does not."""
    tag = tag_of(session, mark) if mark else None
    if tag is None:
        return None, "tag-unreadable"
    if tag.cell_id != cell_id:
        return None, "tag-of-another-cell"
    if tag.revoked_at is not None and tag.revoked_at <= at:
        return None, "tag-revoked"
    return tag.id, ""


def shown(session: Session, secret: str, text: str, at: datetime) -> Tag:
    """The tag whose token was shown at a moment; raises `tag-unreadable` or `tag-revoked`."""
    tag = tag_of(session, read(secret, text))
    if tag is None:
        raise Refused("tag-unreadable", "tag")
    if tag.revoked_at is not None and tag.revoked_at <= at:
        raise Refused("tag-revoked", "tag", cell=tag.code)
    return tag
