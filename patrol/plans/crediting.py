"""Crediting visits to the windows they serve, in the order in which they arrive."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, or_, select, update
from sqlmodel import Session, col

from patrol.core.roles import Role
from patrol.core.store import insert_new
from patrol.ledger.service import note
from patrol.plans import recut
from patrol.plans.model import Plan, PlanState, Standing, WindowCredit, WindowResult
from patrol.plans.recut import Seen
from patrol.plans.rules import Reach, Terms, Window, window_at

_GRADES = "ABC"  # the best first
_REACHES = "patrol.plans.reaches"  # where a session keeps the windows it credited last

# Built once: visits come by the hundred, and building a statement costs more than running it.
_ASKING = (
    select(
        col(Plan.id), col(Plan.grade), col(Plan.closed_until), col(Plan.state), col(Plan.valid_to)
    )
    .join(Standing, col(Standing.plan_id) == col(Plan.id))
    .where(
        col(Standing.cell_id) == bindparam("cell"),
        col(Plan.role).in_(bindparam("roles", expanding=True)),
        col(Plan.state) != PlanState.DRAFT,
    )
)
_MOVE = (
    update(Standing.__table__)  # type: ignore[attr-defined]
    .where(
        col(Standing.plan_id) == bindparam("plan"),
        col(Standing.cell_id) == bindparam("cell"),
        or_(col(Standing.seen_at).is_(None), col(Standing.seen_at) <= bindparam("at")),
    )
    .values(
        seen_at=bindparam("at"),
        visit_id=bindparam("visit"),
        grade=bindparam("grade"),
        officer_id=bindparam("officer"),
    )
)
_COUNT = insert_new(WindowCredit.__table__).returning(  # type: ignore[attr-defined]
    col(WindowCredit.cell_id)
)  # nothing comes back for a cell that was counted before


def credit(
    session: Session,
    visit: Seen,
    roles: Collection[Role],
    *,
    grade: str | None = None,
    zone: ZoneInfo,
    now: datetime,
) -> list[UUID]:
    """Credit a visit to every plan that obliges its crew and was waiting at `seen_at`.

    A visit graded lower than a plan asks, or 补录 that nobody confirmed, earns nothing. Crediting
    again changes nothing, so a visit may be credited anew when later evidence lifts its grade. A
    visit that arrives after its window was closed amends the window's result. Returns the plans.
    """
    if visit.backfill and visit.confirmed_by is None:
        return []
    told = str(grade if grade is not None else getattr(visit, "grade", "C"))
    asked = {"cell": visit.cell_id, "roles": [role.value for role in roles]}
    found = session.connection().execute(_ASKING, asked).all()
    if not found:
        return _credit_ended(session, visit, asked, told, roles, zone=zone, now=now)
    credited = []
    for plan_id, wanted, closed_until, state, valid_to in found:
        if _GRADES.find(told) > _GRADES.find(wanted):
            continue
        reach = _open_at(session, plan_id, (state, valid_to), visit.seen_at, zone)
        if reach is not None:
            credited.append(plan_id)
            _credit(session, plan_id, visit, told, reach.window, closed_until, now=now)
    return credited


def _credit_ended(
    session: Session,
    visit: Seen,
    asked: dict[str, Any],
    grade: str,
    roles: Collection[Role],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> list[UUID]:
    """Credit a visit of a cell that has ended meanwhile, or of one that no plan asks for.

    Seen before the end it counts where the cell stood then, and moves what its heirs took over;
    seen afterwards it counts for the one heir that took over the whole cell.
    """
    credited = []
    for plan_id, wanted, closed_until, state, valid_to, until in recut.asked_then(session, asked):
        if visit.seen_at >= until:
            heir = recut.on_todays_cell(session, visit)
            return credit(session, heir, roles, grade=grade, zone=zone, now=now) if heir else []
        reach = _open_at(session, plan_id, (state, valid_to), visit.seen_at, zone)
        if reach is None or _GRADES.find(grade) > _GRADES.find(wanted):
            continue
        credited.append(plan_id)
        start = reach.window.start
        closed = closed_until is not None and closed_until > start
        recut.arrived_late(session, plan_id, visit, grade, since=None if closed else start)
        if closed:
            _credit(session, plan_id, visit, grade, reach.window, closed_until, now=now)
    return credited


def _open_at(
    session: Session, plan_id: UUID, version: object, seen_at: datetime, zone: ZoneInfo
) -> Reach | None:
    """The window that a visit serves; kept in the session, as visits come many at a time."""
    known: dict[tuple[UUID, object], tuple[Terms, Reach | None]]
    known = session.info.setdefault(_REACHES, {})
    if (plan_id, version) not in known:
        known[plan_id, version] = session.get_one(Plan, plan_id).terms(zone), None
    terms, last = known[plan_id, version]
    if last is None or not last.holds(seen_at):
        last = window_at(terms, seen_at)
        known[plan_id, version] = terms, last
    return last


def _credit(
    session: Session,
    plan_id: UUID,
    visit: Seen,
    grade: str,
    window: Window,
    closed_until: datetime | None,
    *,
    now: datetime,
) -> None:
    """Move the standing if this is the latest visit, and count the cell in its window once."""
    connection = session.connection()
    told = {
        "plan": plan_id,
        "cell": visit.cell_id,
        "at": visit.seen_at,
        "visit": visit.id,
        "grade": grade,
        "officer": visit.officer_id,
    }
    connection.execute(_MOVE, told)
    row = {"plan_id": plan_id, "from_at": window.start, "cell_id": visit.cell_id}
    counted = connection.execute(_COUNT, row | {"grid_id": visit.grid_id}).first() is not None
    if counted and closed_until is not None and closed_until > window.start:
        _amend(session, plan_id, visit, window, now=now)


def _amend(session: Session, plan_id: UUID, visit: Seen, window: Window, *, now: datetime) -> None:
    """Count a visit that came after its window was closed, by a new entry."""
    result = session.get(WindowResult, (plan_id, visit.grid_id, window.start))
    if result is None:
        return
    result.done = min(result.done + 1, result.due)
    told = {
        "from": window.start.isoformat(),
        "grid": str(visit.grid_id),
        "cell": str(visit.cell_id),
        "visit": str(visit.id),
    }
    note(session, None, "window.amended", f"plan:{plan_id}", told, at=now)
