"""What was seen under a plan that gives way to another counts for that one too, however late."""

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlmodel import Session, col

from patrol.grid.model import CellHeir
from patrol.plans import recut
from patrol.plans.model import PastStanding, Plan, PlanState, Standing

_LAST = ("visit_id", "seen_at", "grade", "officer_id")


def pass_on(session: Session, moved: Iterable[tuple[UUID, UUID]]) -> None:
    """Move where cells stand under the plans that follow those under which they were seen.

    `moved` is of plans and cells. A cell that has ended meanwhile moves what its heirs took over.
    """
    waiting = sorted(set(moved))
    while waiting:
        plan_id, cell_id = waiting.pop()
        for follower in _followers(session, plan_id):
            for one in _with_heirs(session, cell_id):
                _take_over(session, plan_id, follower, one)
            waiting.append((follower, cell_id))


def _followers(session: Session, plan_id: UUID) -> list[UUID]:
    query = select(col(Plan.id)).where(
        or_(col(Plan.replaces_id) == plan_id, col(Plan.resumes_id) == plan_id),
        col(Plan.state) != PlanState.DRAFT,
    )
    return list(session.scalars(query))


def _with_heirs(session: Session, cell_id: UUID) -> Iterator[UUID]:
    """A cell and all that took over from it, the elder first."""
    waiting = [cell_id]
    while waiting:
        yield (one := waiting.pop(0))
        query = select(col(CellHeir.after_id)).where(col(CellHeir.before_id) == one)
        waiting += session.scalars(query)


def _take_over(session: Session, plan_id: UUID, follower: UUID, cell_id: UUID) -> None:
    """Have a cell stand under a plan no worse than under the one it follows."""
    stood = _stood(session, Standing, plan_id, cell_id) or _stood(
        session, PastStanding, plan_id, cell_id
    )
    if stood is None or stood.seen_at is None:
        return
    moved = session.execute(
        update(Standing)
        .where(
            col(Standing.plan_id) == follower,
            col(Standing.cell_id) == cell_id,
            or_(col(Standing.seen_at).is_(None), col(Standing.seen_at) < stood.seen_at),
        )
        .values(**stood._mapping)  # noqa: SLF001  the public name of a row's mapping
        .execution_options(synchronize_session=False)
    )
    if not moved.rowcount:  # type: ignore[attr-defined]
        last = SimpleNamespace(**stood._mapping, id=stood.visit_id, cell_id=cell_id)  # noqa: SLF001
        recut.arrived_late(session, follower, last, since=None)


def _stood(session: Session, model: Any, plan_id: UUID, cell_id: UUID) -> Any:
    fields = (getattr(model, name) for name in _LAST)
    query = select(*fields).where(model.plan_id == plan_id, model.cell_id == cell_id)
    return session.execute(query).one_or_none()
