"""Where the spot of a violation lay before the ground was cut anew: in which cell, below what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.findings.model import Finding
from patrol.grid.model import CellHeir, GridHeir
from patrol.grid.queries import cell_at
from patrol.people.queries import paths_of
from patrol.people.rules import INSTANT, Place


@dataclass(frozen=True)
class Stay:
    """A time in which the spot lay in one cell."""

    until: datetime | None  # None: it lay there when the violation was found
    cell_id: UUID
    scopes: frozenset[UUID]  # the grids above it then, with those that they took over from


@dataclass(frozen=True)
class Ground:
    """The cells in which the spot lay, the latest first, and the grids that were above it."""

    stays: tuple[Stay, ...]
    became: dict[UUID, Place]  # every such grid, and which one is there in its place

    @property
    def cells(self) -> list[UUID]:
        """Every cell in which the spot lay."""
        return list(dict.fromkeys(stay.cell_id for stay in self.stays))

    @property
    def places(self) -> tuple[Place, ...]:
        """Every grid that was above the spot, with its tier."""
        return tuple(Place(grid_id, place.tier) for grid_id, place in self.became.items())

    def at(self, moment: datetime) -> Stay:
        """Where it lay at a moment."""
        left = ((stay.until, stay) for stay in self.stays if stay.until and moment < stay.until)
        return min(left, key=lambda one: one[0], default=(None, self.stays[0]))[1]


def ground(session: Session, finding: Finding, path: Sequence[Place], since: datetime) -> Ground:
    """Where the spot of a finding lay at every moment since one, by the changes of the grid."""
    own = {place.tier: place for place in path}
    became = {place.grid_id: place for place in path}
    grids, recut = _forebears(session, GridHeir, became)
    _, split = _forebears(session, CellHeir, [finding.cell_id])
    stays = [Stay(None, finding.cell_id, frozenset(grids))]
    for at in sorted(recut | split, reverse=True):
        if not since < at <= finding.seen_at:
            continue
        cell = cell_at(session, finding.lon, finding.lat, at=at - INSTANT)
        if cell is None:
            continue
        above = paths_of(session, [cell.grid_id], at=at - INSTANT)[cell.grid_id]
        scopes, _ = _forebears(session, GridHeir, [place.grid_id for place in above])
        stays.append(Stay(at, cell.id, frozenset(scopes)))
        became = {one.grid_id: own[one.tier] for one in above if one.tier in own} | became
    return Ground(tuple(stays), became)


def _forebears(
    session: Session, heirs: type[GridHeir] | type[CellHeir], ids: Iterable[UUID]
) -> tuple[set[UUID], set[datetime]]:
    """These and all that they took over from, however far back, and when they did."""
    found, moments = set(ids), set[datetime]()
    asked = found
    while asked:
        query = select(col(heirs.before_id), col(heirs.at)).where(col(heirs.after_id).in_(asked))
        rows = session.execute(query).all()
        moments |= {at for _, at in rows}
        asked = {before for before, _ in rows} - found
        found |= asked
    return found, moments
