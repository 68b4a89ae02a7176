"""Plans follow the ground: where cells end, the standings and open windows go to their heirs.

A plan goes on over re-cut cells without being published anew. An heir stands where the least
lately seen of the cells it took over from stood: it counts as seen only when all of them were.
What came to be before stays: closed windows keep their results, ended cells their last standing,
and a visit that arrives late moves the ended cell and what its heirs took over from it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlmodel import Session, col

from patrol.core.store import insert_new
from patrol.grid import changes, lineage
from patrol.grid.model import Alters, Cell, CellHeir, Change
from patrol.ledger.service import note
from patrol.people import succession
from patrol.plans import scope
from patrol.plans.model import SEEN, PastStanding, Plan, PlanState, Standing, WindowCredit
from patrol.plans.rules import window_at

_BATCH = 500
_NEVER = datetime.min.replace(tzinfo=UTC)  # before anything was seen
_WHOLE = 0.99  # of a cell that one heir took over: it is the same ground
OF_PLAN: tuple[Any, ...] = (  # what is read of a plan that may be credited
    col(Plan.id), col(Plan.grade), col(Plan.closed_until), col(Plan.state), col(Plan.valid_from),
    col(Plan.valid_to), col(Plan.cadence), col(Plan.rrule), col(Plan.times), col(Plan.hours),
    col(Plan.grace), col(Plan.workdays_only),
)  # fmt: skip
_ASKED_THEN = (
    select(col(PastStanding.cell_id), col(PastStanding.until), *OF_PLAN)
    .join(PastStanding, col(PastStanding.plan_id) == col(Plan.id))
    .where(
        col(PastStanding.cell_id).in_(bindparam("cells", expanding=True)),
        col(Plan.role).in_(bindparam("roles", expanding=True)),
        col(Plan.state) != PlanState.DRAFT,
    )
    .order_by(col(Plan.id))
)
Kept = Standing | PastStanding


class _Stood(Protocol):
    """Where a cell stood: when it was last seen."""

    seen_at: datetime | None


S = TypeVar("S", bound=_Stood)


class Seen(Protocol):
    """What a visit tells about itself."""

    id: UUID
    cell_id: UUID
    grid_id: UUID
    officer_id: UUID
    seen_at: datetime
    backfill: bool
    confirmed_by: UUID | None

    @property
    def grade(self) -> str:
        """How well it is proven: A, B or C."""


@dataclass
class Moved:
    """A visit of a cell that had ended, as one of the cell that took over its ground."""

    id: UUID
    cell_id: UUID
    grid_id: UUID
    officer_id: UUID
    seen_at: datetime
    backfill: bool
    confirmed_by: UUID | None
    grade: str


def inherited(stood: Sequence[S]) -> S | None:
    """What an heir takes over: the standing seen least lately; never seen comes before all."""
    return min(stood, key=lambda one: one.seen_at or _NEVER, default=None)


def carry_out_next(session: Session, *, zone: ZoneInfo, now: datetime) -> int | None:
    """Carry out one change of the grid that is due, with the posts and plans upon it.

    Returns how many standings moved; None when nothing is due, or when windows that closed before
    the change still wait to be closed over the cells of then.
    """
    change = _unfollowed(session)
    if change is None:
        change = lineage.next_due(session, now=now)
        if change is None or _windows_wait(session, change.from_at):
            return None
        if not changes.carry_out(session, change, now=now):
            return 0
    succession.follow(session, change, now=now)
    change.followed_at = now
    return _follow(session, change, zone)


def _unfollowed(session: Session) -> Change | None:
    """A change made at once, such as a new cut, that nothing has followed yet."""
    query = select(Change).where(
        col(Change.done_at).is_not(None), col(Change.followed_at).is_(None)
    )
    return session.scalars(query.order_by(col(Change.from_at)).limit(1)).one_or_none()


def _windows_wait(session: Session, at: datetime) -> bool:
    query = select(col(Plan.id)).where(
        col(Plan.state).in_([PlanState.PUBLISHED, PlanState.ENDED]),
        or_(col(Plan.closes_next_at).is_(None), col(Plan.closes_next_at) <= at),
    )
    return session.scalar(query.limit(1)) is not None


def _follow(session: Session, change: Change, zone: ZoneInfo) -> int:
    """Move the standings of the cells that a change ended to the cells that began."""
    heirs = lineage.cell_heirs(session, change.id)
    ended = {heir.before_id for heir in heirs} | set(_retired(session, change))
    by_plan: dict[UUID, dict[UUID, Standing]] = defaultdict(dict)
    for some in _batches(sorted(ended)):
        for row in session.scalars(select(Standing).where(col(Standing.cell_id).in_(some))):
            by_plan[row.plan_id][row.cell_id] = row
    forebears: dict[UUID, list[UUID]] = defaultdict(list)
    for heir in heirs:
        forebears[heir.after_id].append(heir.before_id)
    lies_in = _grids(session, forebears)
    scope.follow_heirs(session, forebears, ended, at=change.from_at)
    for plan_id, stood in sorted(by_plan.items()):
        rows = [
            {"plan_id": plan_id, "cell_id": cell_id, "grid_id": lies_in[cell_id], **_last(taken)}
            for cell_id, before in sorted(forebears.items())
            if (taken := inherited([stood[one] for one in before if one in stood])) is not None
        ]
        _retire(session, plan_id, stood.values(), change.from_at)
        _insert(session, insert(Standing), rows)
        _reopen(session, plan_id, stood, rows, change.from_at, zone)
        told = {"change": str(change.id), "ended": len(stood), "heirs": len(rows)}
        note(session, None, "plan.followed", f"plan:{plan_id}", told, at=change.from_at)
    return sum(map(len, by_plan.values()))


def _retired(session: Session, change: Change) -> list[UUID]:
    """The cells that a change ended without an heir."""
    if change.kind is not Alters.RETIRE:
        return []
    query = select(col(Cell.id)).where(
        col(Cell.valid_to) == change.from_at,
        col(Cell.grid_id).in_(lineage.ids_below(session, change.grid_id)),
    )
    return list(session.scalars(query))


def _grids(session: Session, cells: Iterable[UUID]) -> dict[UUID, UUID]:
    found: dict[UUID, UUID] = {}
    for some in _batches(list(cells)):
        query = select(col(Cell.id), col(Cell.grid_id)).where(col(Cell.id).in_(some))
        found |= {cell_id: grid_id for cell_id, grid_id in session.execute(query)}  # noqa: C416  rows are no pairs
    return found


def _last(stood: Kept) -> dict[str, Any]:
    return {name: getattr(stood, name) for name in SEEN}


def _retire(session: Session, plan_id: UUID, stood: Iterable[Standing], at: datetime) -> None:
    """Keep where the cells stood when they ended, and take them off the plan."""
    rows = [
        {"plan_id": plan_id, "cell_id": one.cell_id, "grid_id": one.grid_id, "until": at}
        | _last(one)
        for one in stood
    ]
    _insert(session, insert(PastStanding), rows)
    for some in _batches([row["cell_id"] for row in rows]):
        session.execute(
            delete(Standing)
            .where(col(Standing.plan_id) == plan_id, col(Standing.cell_id).in_(some))
            .execution_options(synchronize_session=False)
        )


def _reopen(
    session: Session,
    plan_id: UUID,
    ended: Iterable[UUID],
    rows: Sequence[dict[str, Any]],
    at: datetime,
    zone: ZoneInfo,
) -> None:
    """Count the heirs instead of the ended cells in the window that is open at a change."""
    reach = window_at(session.get_one(Plan, plan_id).terms(zone), at)
    if reach is None:
        return
    start = reach.window.start
    for some in _batches(sorted(ended)):
        session.execute(
            delete(WindowCredit)
            .where(
                col(WindowCredit.plan_id) == plan_id,
                col(WindowCredit.from_at) == start,
                col(WindowCredit.cell_id).in_(some),
            )
            .execution_options(synchronize_session=False)
        )
    counted = [
        {name: row[name] for name in ("plan_id", "cell_id", "grid_id")} | {"from_at": start}
        for row in rows
        if row["seen_at"] is not None and row["seen_at"] >= start
    ]
    _insert(session, insert_new(WindowCredit), counted)


# Visits that arrive late, or from a phone that did not know yet


def on_todays_cell(session: Session, visit: Seen) -> Moved | None:
    """A visit of a cell after it had ended, as one of the one cell that took all of it over."""
    found = session.execute(
        select(col(CellHeir.after_id), col(CellHeir.m2), col(CellHeir.at), col(Cell.area))
        .join(Cell, col(Cell.id) == col(CellHeir.before_id))
        .where(col(CellHeir.before_id) == visit.cell_id)
    ).all()
    if len(found) != 1:
        return None
    after_id, m2, at, area = found[0]
    if visit.seen_at < at or m2 < _WHOLE * area:
        return None
    heir = session.get_one(Cell, after_id)
    return Moved(visit.id, heir.id, heir.grid_id, visit.officer_id, visit.seen_at,
                 visit.backfill, visit.confirmed_by, visit.grade)  # fmt: skip


def asked_then(session: Session, asked: dict[str, Any]) -> Sequence[Any]:
    """The plans that asked for cells until these ended, and until when."""
    return session.connection().execute(_ASKED_THEN, asked).all()


def arrived_late(session: Session, plan_id: UUID, visit: Seen, *, since: datetime | None) -> None:
    """Move where an ended cell stood, and what its heirs took over from it, however far on.

    `since` is the start of the window that the visit serves while that window is still open.
    """
    row = session.get(PastStanding, (plan_id, visit.cell_id))
    if row is None or (row.seen_at is not None and row.seen_at >= visit.seen_at):
        return
    row.visit_id, row.seen_at = visit.id, visit.seen_at
    row.grade, row.officer_id = str(visit.grade), visit.officer_id
    session.flush()
    waiting = [visit.cell_id]
    while waiting:
        query = select(col(CellHeir.after_id)).where(col(CellHeir.before_id) == waiting.pop())
        heirs = list(session.scalars(query))
        waiting += [heir for heir in heirs if _inherits_anew(session, plan_id, heir, since)]


def _inherits_anew(session: Session, plan_id: UUID, heir_id: UUID, since: datetime | None) -> bool:
    """Work out again what one heir took over; whether that moved it."""
    before = select(col(CellHeir.before_id)).where(col(CellHeir.after_id) == heir_id)
    query = select(PastStanding).where(
        col(PastStanding.plan_id) == plan_id, col(PastStanding.cell_id).in_(before)
    )
    taken = inherited(list(session.scalars(query)))
    if taken is None or taken.seen_at is None:
        return False
    moved = False
    for model in (Standing, PastStanding):
        unseen = or_(col(model.seen_at).is_(None), col(model.seen_at) < taken.seen_at)
        found = session.execute(
            update(model)
            .where(col(model.plan_id) == plan_id, col(model.cell_id) == heir_id, unseen)
            .values(**_last(taken))
            .returning(col(model.grid_id))
            .execution_options(synchronize_session=False)
        ).first()
        moved = moved or found is not None
        if found and model is Standing and since is not None and taken.seen_at >= since:
            row = {"plan_id": plan_id, "cell_id": heir_id, "grid_id": found[0], "from_at": since}
            _insert(session, insert_new(WindowCredit), [row])
    session.expire_all()
    return moved


def _insert(session: Session, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    session.flush()
    for some in _batches(rows):
        session.connection().execute(statement, some)


def _batches(items: Sequence[Any]) -> Iterable[list[Any]]:
    return (list(items[start : start + _BATCH]) for start in range(0, len(items), _BATCH))
